// What the walls around decoding cost: the same file decoded in this process and by galatea-decode-worker.
//   bench_decode PACKED.gz|PACKED.bz2|PICTURE.tif|COMPRESSED.fits.fz [TIMES]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "io/compressed_fits.h"
#include "io/decode_worker.h"
#include "io/fits_reader.h"
#include "io/inflate.h"
#include "io/raster.h"
#include "io/worker/inflate_stream.h"
#include "io/worker/tiff_picture.h"
#include "io/worker/tile_fits.h"

using namespace galatea;

namespace {

using Call = std::function<void()>;

double milliseconds(const Call& call) {
    const auto start = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void report(const char* what, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    const size_t n = times.size();
    std::printf("%-28s median %9.3f ms   quartiles %9.3f %9.3f\n", what, times[n / 2], times[n / 4],
                times[3 * n / 4]);
}

/// Alternating, so that what else the machine does hits both.
void compare(const Call& here, const Call& walled, int times) {
    std::vector<double> inside, outside, extra;
    here();
    walled();
    for (int i = 0; i < times; ++i) {
        inside.push_back(milliseconds(here));
        outside.push_back(milliseconds(walled));
        extra.push_back(outside.back() - inside.back());
    }
    report("in this process", inside);
    report("by the worker", outside);
    report("difference, pair by pair", extra);
}

void comparePacked(const RegularFile& file, int times) {
    const InflateOptions options;
    compare(
        [&] {
            SealedMemory memory = SealedMemory::room(options.maxBytes);
            memory.seal(decode::inflateInto(file, memory.descriptor(), options).bytes);
        },
        [&] { inflate(file, options); }, times);
}

void comparePicture(const RegularFile& file, int times) {
    compare(
        [&] {
            decode::TiffPicture picture(file, maxRasterSamples);
            Array pixels({picture.shape().channels, picture.shape().height, picture.shape().width});
            picture.decode(pixels.values());
        },
        [&] { readRaster(file.path()); }, times);
}

void compareTiles(const RegularFile& file, int times) {
    const FitsReader fits(file.path());
    for (const FitsHdu& hdu : fits.hdus()) {
        if (hdu.kind != FitsKind::CompressedImage)
            continue;
        const int64_t header = (hdu.header.cardCount() * 80 + 80 + 2879) / 2880 * 2880;
        const CompressedFitsImage image{hdu.dataOffset - header, header, hdu.dataBytes, hdu.axes};
        const int64_t rows = decode::rowCount(image.axes);
        std::printf("HDU %d: %d x %d\n", static_cast<int>(hdu.index), static_cast<int>(hdu.width()),
                    static_cast<int>(rows));
        compare(
            [&] {
                Array values({rows, hdu.width()});
                decode::decodeTileRows(file, image, 0, rows, values.values());
            },
            [&] { readCompressedFits(file.descriptor(), file.path(), image, 0, rows); }, times);
        return;
    }
    std::puts("no tile-compressed image in it");
}

void measureStart(const RegularFile& file) {
    std::vector<double> starts, questions;
    for (int i = 0; i < 21; ++i)
        starts.push_back(milliseconds([&] {
            decode::DecodeWorker worker(file.path(), false);
            worker.attach(file.path(), file.descriptor());
        }));
    decode::DecodeWorker worker(file.path(), false);
    for (int i = 0; i < 501; ++i)
        questions.push_back(milliseconds([&] { worker.attach(file.path(), file.descriptor()); }));
    report("start to first answer", starts);
    report("one question", questions);
}

} // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fputs("bench_decode FILE [TIMES]\n", stderr);
        return 2;
    }
    try {
        const RegularFile file = openRegular(arguments[1]);
        const int times = count > 2 ? std::max(1, std::atoi(arguments[2])) : 21;
        measureStart(file);
        if (packingOf(file.firstBytes(10)) != Packing::None)
            comparePacked(file, times);
        else if (looksLikeRaster(arguments[1]))
            comparePicture(file, times);
        else
            compareTiles(file, times);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 3;
    }
    return 0;
}
