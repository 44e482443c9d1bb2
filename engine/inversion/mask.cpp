#include "inversion/mask.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/text.h"

namespace galatea {

namespace {

/// The mask as [1 or N, 1 or C, H, W].
Array maskOfRank4(const Array& hidden, const Array& images) {
    std::vector<int64_t> shape = hidden.shape();
    while (shape.size() < 4)
        shape.insert(shape.begin(), 1);
    const bool fits = shape.size() == 4 && (shape[0] == 1 || shape[0] == images.dim(0)) &&
                      (shape[1] == 1 || shape[1] == images.dim(1)) && shape[2] == images.dim(2) &&
                      shape[3] == images.dim(3);
    if (!fits)
        throw UsageError("mask", "does not have the size of the images",
                         "give one image of " + std::to_string(images.dim(2)) + "×" +
                             std::to_string(images.dim(3)) + " pixels, or one per object");
    return hidden.reshaped(shape).contiguousCopy();
}

} // namespace

Array observedPixels(const Array& images, const std::vector<int64_t>& hiddenChannels, const Array& hidden) {
    const Array values = images.contiguousCopy();
    const int64_t count = images.dim(0), channels = images.dim(1), pixels = images.dim(2) * images.dim(3);
    for (const int64_t channel : hiddenChannels)
        if (channel < 0 || channel >= channels)
            throw UsageError("mask", "there is no channel " + std::to_string(channel),
                             "the images have " + std::to_string(channels));
    const Array mask = hidden.empty() ? Array() : maskOfRank4(hidden, images);
    Array observed(images.shape());
    for (int64_t n = 0; n < count; ++n) {
        int64_t left = 0;
        for (int64_t c = 0; c < channels; ++c) {
            const bool whole = std::count(hiddenChannels.begin(), hiddenChannels.end(), c) > 0;
            const int64_t plane = (n * channels + c) * pixels;
            const float* painted =
                mask.empty()
                    ? nullptr
                    : mask.data() +
                          ((mask.dim(0) > 1 ? n : 0) * mask.dim(1) + (mask.dim(1) > 1 ? c : 0)) * pixels;
            for (int64_t p = 0; p < pixels; ++p) {
                const bool seen =
                    !whole && !(painted && painted[p] != 0) && std::isfinite(values.data()[plane + p]);
                observed.data()[plane + p] = seen ? 1.0f : 0.0f;
                left += seen;
            }
        }
        if (left == 0)
            throw UsageError("mask", "hides every pixel of image " + std::to_string(n) + " of the selection",
                             "leave some of it to be fitted");
    }
    return observed;
}

Array observedOver(const Array& images, const Array& observed, const Array& fill) {
    Array result = fill.copy();
    const Array values = images.contiguousCopy(), seen = observed.contiguousCopy();
    for (int64_t i = 0; i < result.size(); ++i)
        if (seen.data()[i] != 0)
            result.data()[i] = values.data()[i];
    return result;
}

std::vector<int64_t> channelsNamed(const std::vector<std::string>& names,
                                   const std::vector<std::string>& bands, int64_t channels) {
    std::vector<int64_t> found;
    for (const std::string& name : names) {
        const auto band = std::find(bands.begin(), bands.end(), name);
        double number = -1;
        if (band != bands.end())
            number = static_cast<double>(band - bands.begin());
        else if (!parseNumber(name, number) || number < 0 || number >= static_cast<double>(channels) ||
                 number != std::floor(number))
            throw UsageError("--mask-bands " + name, "there is no such band",
                             bands.empty() ? "write numbers from 0 to " + std::to_string(channels - 1)
                                           : "there are " + joined(bands, ", "));
        found.push_back(static_cast<int64_t>(number));
    }
    return found;
}

} // namespace galatea
