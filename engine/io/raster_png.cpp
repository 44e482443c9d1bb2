// libpng reports errors by longjmp. The functions that call setjmp therefore own nothing themselves: all
// memory belongs to their callers.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <png.h>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/raster_codec.h"

namespace galatea::raster {

namespace {

struct Decoding {
    const std::string& bytes;
    const std::string& name;
    int64_t maxSamples;
    size_t at = 0;
    std::string fault;
    std::vector<std::string> notes;
    png_uint_32 width = 0, height = 0;
    int channels = 0, bits = 0;
    std::vector<png_byte> samples;
    std::vector<png_bytep> rows;
    bool pixelsDone = false;
    png_structp png = nullptr;
    png_infop info = nullptr;
    ~Decoding() { png_destroy_read_struct(&png, &info, nullptr); }
};

void onError(png_structp png, png_const_charp message) {
    auto* state = static_cast<Decoding*>(png_get_error_ptr(png));
    if (state->fault.empty())
        state->fault = message;
    png_longjmp(png, 1);
}

void onWarning(png_structp png, png_const_charp message) {
    addNote(static_cast<Decoding*>(png_get_error_ptr(png))->notes, message);
}

void readBytes(png_structp png, png_bytep out, size_t count) {
    auto* state = static_cast<Decoding*>(png_get_io_ptr(png));
    if (count > state->bytes.size() - state->at)
        png_error(png, "the picture is cut short");
    std::memcpy(out, state->bytes.data() + state->at, count);
    state->at += count;
}

/// Text, profiles and the like are never looked at: they can unpack to far more than the picture.
void ignoreAncillaryChunks(png_structp png) {
    static const png_byte chunks[] = "iCCP\0tEXt\0zTXt\0iTXt\0sPLT\0eXIf\0hIST\0pCAL\0sCAL";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, chunks, 9);
}

void setTransforms(png_structp png, png_infop info) {
    if (png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    if (png_get_color_type(png, info) == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

/// False on any fault; what went wrong is in `state`.
bool readHeader(Decoding& state) {
    if (setjmp(png_jmpbuf(state.png)) != 0)
        return false;
    png_set_read_fn(state.png, &state, readBytes);
    png_set_user_limits(state.png, 1 << 20, 1 << 20);
    ignoreAncillaryChunks(state.png);
    png_read_info(state.png, state.info);
    state.width = png_get_image_width(state.png, state.info);
    state.height = png_get_image_height(state.png, state.info);
    if ((png_get_color_type(state.png, state.info) & PNG_COLOR_MASK_ALPHA) != 0)
        state.notes.emplace_back("transparency was dropped");
    setTransforms(state.png, state.info);
    state.channels = png_get_channels(state.png, state.info);
    state.bits = png_get_bit_depth(state.png, state.info);
    return true;
}

bool readPixels(Decoding& state) {
    if (setjmp(png_jmpbuf(state.png)) != 0)
        return state.pixelsDone;
    png_read_image(state.png, state.rows.data());
    state.pixelsDone = true;
    png_read_end(state.png, nullptr);
    return true;
}

Array toArray(const Decoding& state) {
    const auto height = static_cast<int64_t>(state.height), width = static_cast<int64_t>(state.width);
    Array result({state.channels, height, width});
    for (int64_t y = 0; y < height; ++y) {
        const png_byte* in = state.rows[static_cast<size_t>(y)];
        for (int64_t x = 0; x < width; ++x)
            for (int64_t c = 0; c < state.channels; ++c) {
                int value = *in++;
                if (state.bits == 16)
                    value = value * 256 + *in++;
                result.at(c, y, x) = static_cast<float>(value) / (state.bits == 16 ? 65535.0f : 255.0f);
            }
    }
    return result;
}

[[noreturn]] void fail(const Decoding& state) {
    throw InputError(state.name, "the PNG is damaged (" + state.fault + ")", "get it again");
}

struct Encoding {
    std::string bytes, fault;
    png_structp png = nullptr;
    png_infop info = nullptr;
    ~Encoding() { png_destroy_write_struct(&png, &info); }
};

void onEncodeError(png_structp png, png_const_charp message) {
    static_cast<Encoding*>(png_get_error_ptr(png))->fault = message;
    png_longjmp(png, 1);
}

void ignoreWarning(png_structp, png_const_charp) {}

void appendBytes(png_structp png, png_bytep bytes, size_t count) {
    static_cast<Encoding*>(png_get_io_ptr(png))->bytes.append(reinterpret_cast<const char*>(bytes), count);
}

void flushNothing(png_structp) {}

bool encode(Encoding& state, png_uint_32 width, png_uint_32 height, int channels, png_bytepp rows) {
    if (setjmp(png_jmpbuf(state.png)) != 0)
        return false;
    png_set_write_fn(state.png, &state, appendBytes, flushNothing);
    png_set_IHDR(state.png, state.info, width, height, 8,
                 channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(state.png, state.info);
    png_write_image(state.png, rows);
    png_write_end(state.png, nullptr);
    return true;
}

} // namespace

Raster decodePng(const std::string& bytes, const std::string& name, int64_t maxSamples) {
    Decoding state{bytes, name, maxSamples, 0, {}, {}, 0, 0, 0, 0, {}, {}, false, nullptr, nullptr};
    state.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, onError, onWarning);
    state.info = state.png != nullptr ? png_create_info_struct(state.png) : nullptr;
    if (state.info == nullptr)
        throw std::bad_alloc();
    if (!readHeader(state))
        fail(state);
    checkSize(name, state.channels, state.height, state.width, maxSamples);
    const size_t rowBytes =
        size_t{state.width} * static_cast<size_t>(state.channels) * static_cast<size_t>(state.bits / 8);
    state.samples.resize(rowBytes * state.height);
    for (size_t y = 0; y < state.height; ++y)
        state.rows.push_back(state.samples.data() + y * rowBytes);
    if (!readPixels(state))
        fail(state);
    if (!state.fault.empty())
        addNote(state.notes, "the end of the file is damaged (" + escaped(state.fault) + ")");
    return {toArray(state), state.bits, state.notes};
}

} // namespace galatea::raster

namespace galatea {

void writePng(const std::string& path, const Array& image) {
    const Array planes = image.rank() == 2 ? image.reshaped({1, image.dim(0), image.dim(1)}) : image;
    if (planes.rank() != 3 || (planes.dim(0) != 1 && planes.dim(0) != 3) || planes.empty())
        throw std::invalid_argument("a PNG needs 1 or 3 channels and at least one pixel");
    const int64_t channels = planes.dim(0), height = planes.dim(1), width = planes.dim(2);
    std::vector<png_byte> samples;
    samples.reserve(static_cast<size_t>(planes.size()));
    for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x)
            for (int64_t c = 0; c < channels; ++c) {
                const float value = planes.at(c, y, x);
                const float clamped = std::isnan(value) ? 0.0f : std::clamp(value, 0.0f, 1.0f);
                samples.push_back(static_cast<png_byte>(std::lround(clamped * 255.0f)));
            }
    std::vector<png_bytep> rows;
    for (int64_t y = 0; y < height; ++y)
        rows.push_back(samples.data() + y * width * channels);

    AtomicFile file(path);
    raster::Encoding state;
    state.png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, raster::onEncodeError, raster::ignoreWarning);
    state.info = state.png != nullptr ? png_create_info_struct(state.png) : nullptr;
    if (state.info == nullptr)
        throw std::bad_alloc();
    if (!raster::encode(state, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height),
                        static_cast<int>(channels), rows.data()))
        throw InputError(path, "the picture could not be packed (" + state.fault + ")", "make it smaller");
    file.write(state.bytes);
    file.commit();
}

} // namespace galatea
