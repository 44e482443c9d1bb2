#pragma once
// Inside engine/data/survey only: SEP's status codes as exceptions, its image description.

#include <stdexcept>
#include <string>

extern "C" { // SEP's header does not say so itself
#include <sep.h>
}

namespace galatea::survey {

/// Throws std::runtime_error with SEP's own sentence unless the status is 0.
inline void requireSep(int status, const char* what) {
    if (status == 0)
        return;
    char message[64] = "";
    sep_get_errmsg(status, message);
    throw std::runtime_error(std::string(what) + " failed (" + message + ")");
}

/// Describes float pixels and byte marks, which must outlive it.
inline sep_image sepImage(const float* pixels, int64_t width, int64_t height, const unsigned char* mask) {
    sep_image image{};
    image.data = pixels;
    image.dtype = SEP_TFLOAT;
    image.w = static_cast<int>(width);
    image.h = static_cast<int>(height);
    image.mask = mask;
    image.mdtype = SEP_TBYTE;
    image.maskthresh = 0.5;
    image.noise_type = SEP_NOISE_NONE;
    return image;
}

} // namespace galatea::survey
