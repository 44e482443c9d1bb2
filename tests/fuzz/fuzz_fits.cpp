// FITS: the scanner, every kind of reading, and the choice of images.

#include <cstdlib>
#include <string>

#include "core/error.h"
#include "data/fits_layout.h"
#include "io/fits_reader.h"

using namespace galatea;

namespace {

constexpr int64_t mostPixels = 1 << 20; ///< larger ones are looked at in part

void readPixels(const FitsReader& file, const FitsHdu& hdu) {
    const int64_t width = std::min<int64_t>(hdu.width(), 1000),
                  height = std::min<int64_t>(hdu.height(), 1000);
    const Array region = file.readRegion(
        hdu, {hdu.planes() - 1, hdu.height() - height, hdu.height(), hdu.width() - width, hdu.width()});
    if (region.shape() != std::vector<int64_t>{height, width})
        std::abort();
    if (hdu.width() <= mostPixels / hdu.height() && hdu.planes() <= mostPixels / hdu.width() / hdu.height())
        if (file.readImage(hdu).size() != hdu.width() * hdu.height() * hdu.planes())
            std::abort();
}

void readTable(const FitsReader& file, const FitsHdu& hdu) {
    std::vector<std::string> notes;
    const Table table = file.readTable(hdu, notes, {.cells = mostPixels});
    if (!table.columns().empty() && table.rowCount() != hdu.rows)
        std::abort();
    for (const FitsColumn& column : hdu.columns)
        if (hdu.kind == FitsKind::BinaryTable && FitsReader::imageShape(column) && hdu.rows > 0 &&
            column.repeat < mostPixels)
            file.readImageColumn(hdu, column, hdu.rows - 1, hdu.rows);
}

template <class Call>
void orRefuse(const Call& call) {
    try {
        call();
    } catch (const InputError&) {
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    orRefuse([&] {
        const FitsReader file(bytesInMemory(std::string(reinterpret_cast<const char*>(data), size), "input"));
        for (const FitsHdu& hdu : file.hdus()) {
            hdu.header.keywords();
            fitsPixelScale(hdu.header);
            if (hdu.dataBytes > static_cast<int64_t>(size) && hdu.fault.empty())
                std::abort();
            if (hdu.kind == FitsKind::Image && hdu.hasPixels() && hdu.fault.empty())
                orRefuse([&] { readPixels(file, hdu); });
            if (hdu.kind == FitsKind::BinaryTable || hdu.kind == FitsKind::AsciiTable)
                orRefuse([&] { readTable(file, hdu); });
        }
        chooseFitsLayout(file, {});
    });
    return 0;
}
