// Tile-compressed FITS images as the decode worker decodes them: our checks, and cfitsio behind them.

#include <algorithm>
#include <vector>

#include "core/error.h"
#include "io/fits_reader.h"
#include "io/worker/tile_fits.h"
#include "memory_file.h"

using namespace galatea;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        const FitsReader fits(bytesInMemory(std::string(reinterpret_cast<const char*>(data), size), "input"));
        const RegularFile file = memoryFile(data, size);
        for (const FitsHdu& hdu : fits.hdus()) {
            if (hdu.kind != FitsKind::CompressedImage || !hdu.hasPixels())
                continue;
            const int64_t headerBytes = (hdu.header.cardCount() * 80 + 80 + 2879) / 2880 * 2880;
            const CompressedFitsImage image{hdu.dataOffset - headerBytes, headerBytes, hdu.dataBytes,
                                            hdu.axes};
            const int64_t rows = decode::rowCount(image.axes);
            if (hdu.width() > (1 << 20) / std::max<int64_t>(rows, 1))
                continue;
            std::vector<float> out(static_cast<size_t>(rows * hdu.width()));
            decode::decodeTileRows(file, image, 0, rows, out);
        }
    } catch (const InputError&) {
    }
    return 0;
}
