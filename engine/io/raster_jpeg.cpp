// libjpeg reports errors by longjmp. The functions that call setjmp therefore own nothing themselves: all
// memory belongs to their callers.

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <vector>

#include <jerror.h>
#include <jpeglib.h>

#include "core/error.h"
#include "core/text.h"
#include "io/raster_codec.h"

namespace galatea::raster {

namespace {

constexpr int maxScans = 200; // a progressive file can ask for endless passes over the same picture

struct Decoding {
    jpeg_decompress_struct info{};
    jpeg_error_mgr errors{};
    jpeg_progress_mgr progress{};
    std::jmp_buf escape{};
    std::string fault;
    std::vector<std::string> notes;
    std::vector<JSAMPLE> row;
    Array pixels;
    bool inverted = false;
    ~Decoding() { jpeg_destroy_decompress(&info); }
};

Decoding& stateOf(j_common_ptr info) {
    return *static_cast<Decoding*>(info->client_data);
}

void onError(j_common_ptr info) {
    Decoding& state = stateOf(info);
    char message[JMSG_LENGTH_MAX] = "";
    info->err->format_message(info, message);
    if (state.fault.empty())
        state.fault = message;
    std::longjmp(state.escape, 1);
}

void onMessage(j_common_ptr info, int level) {
    if (level >= 0)
        return; // tracing
    Decoding& state = stateOf(info);
    if (info->err->msg_code == JWRN_JPEG_EOF || info->err->msg_code == JWRN_HIT_MARKER) {
        addNote(state.notes, "the picture is cut short");
        return;
    }
    char message[JMSG_LENGTH_MAX] = "";
    info->err->format_message(info, message);
    addNote(state.notes, message);
}

void onProgress(j_common_ptr info) {
    if (info->is_decompressor && reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > maxScans) {
        stateOf(info).fault = "too many passes";
        std::longjmp(stateOf(info).escape, 1);
    }
}

bool readHeader(Decoding& state, const std::string& bytes) {
    if (setjmp(state.escape) != 0)
        return false;
    jpeg_create_decompress(&state.info);
    state.info.client_data = &state;
    state.info.progress = &state.progress;
    jpeg_mem_src(&state.info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&state.info, TRUE);
    switch (state.info.jpeg_color_space) {
    case JCS_GRAYSCALE:
        state.info.out_color_space = JCS_GRAYSCALE;
        break;
    case JCS_CMYK:
    case JCS_YCCK:
        state.info.out_color_space = JCS_CMYK;
        state.inverted = state.info.saw_Adobe_marker; // Adobe stores ink as 255 - amount
        break;
    default:
        state.info.out_color_space = JCS_RGB;
    }
    return true;
}

void storeCmyk(Decoding& state, int64_t y) {
    const JSAMPLE* in = state.row.data();
    for (int64_t x = 0; x < state.pixels.dim(2); ++x, in += 4)
        for (int64_t c = 0; c < 3; ++c) {
            const int light = state.inverted ? in[c] : 255 - in[c];
            const int key = state.inverted ? in[3] : 255 - in[3];
            state.pixels.at(c, y, x) = static_cast<float>(light * key) / (255.0f * 255.0f);
        }
}

void storeRow(Decoding& state, int64_t y) {
    if (state.info.out_color_space == JCS_CMYK)
        return storeCmyk(state, y);
    const int64_t channels = state.pixels.dim(0);
    const JSAMPLE* in = state.row.data();
    for (int64_t x = 0; x < state.pixels.dim(2); ++x)
        for (int64_t c = 0; c < channels; ++c)
            state.pixels.at(c, y, x) = static_cast<float>(*in++) / 255.0f;
}

bool readPixels(Decoding& state) {
    if (setjmp(state.escape) != 0)
        return false;
    jpeg_start_decompress(&state.info);
    JSAMPROW row = state.row.data();
    while (state.info.output_scanline < state.info.output_height) {
        const int64_t y = state.info.output_scanline;
        if (jpeg_read_scanlines(&state.info, &row, 1) == 1)
            storeRow(state, y);
    }
    jpeg_finish_decompress(&state.info);
    return true;
}

[[noreturn]] void fail(const Decoding& state, const std::string& name) {
    throw InputError(name, "the JPEG is damaged (" + state.fault + ")", "get it again");
}

} // namespace

Raster decodeJpeg(const std::string& bytes, const std::string& name, int64_t maxSamples) {
    Decoding state;
    state.info.err = jpeg_std_error(&state.errors);
    state.info.client_data = &state;
    state.errors.error_exit = onError;
    state.errors.emit_message = onMessage;
    state.progress.progress_monitor = onProgress;
    if (!readHeader(state, bytes))
        fail(state, name);
    const int64_t channels = state.info.out_color_space == JCS_GRAYSCALE ? 1 : 3;
    checkSize(name, channels, state.info.image_height, state.info.image_width, maxSamples);
    state.pixels = Array({channels, static_cast<int64_t>(state.info.image_height),
                          static_cast<int64_t>(state.info.image_width)});
    state.row.resize(size_t{state.info.image_width} * 4);
    if (!readPixels(state))
        fail(state, name);
    return {state.pixels, 8, state.notes};
}

} // namespace galatea::raster
