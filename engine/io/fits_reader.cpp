#include "io/fits_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/error.h"
#include "core/text.h"
#include "io/compressed_fits.h"
#include "io/fits_scan.h"

namespace galatea {

namespace {

constexpr int64_t chunkBytes = int64_t{1} << 18; ///< read and converted at a time

int64_t productOf(const std::vector<int64_t>& axes, size_t from) {
    int64_t product = 1;
    for (size_t n = from; n < axes.size(); ++n)
        if (__builtin_mul_overflow(product, axes[n], &product))
            return std::numeric_limits<int64_t>::max();
    return product;
}

/// `count` values stored one behind the other, in chunks.
void readValues(const ByteSource& bytes, int64_t offset, float* out, int64_t count,
                const FitsScaling& scaling) {
    const int64_t each = std::abs(scaling.bitpix) / 8;
    std::vector<std::byte> raw(static_cast<size_t>(std::min(count * each, chunkBytes)));
    for (int64_t done = 0; done < count;) {
        const int64_t now = std::min(count - done, chunkBytes / each);
        bytes.readAt(offset + done * each, std::span(raw).first(static_cast<size_t>(now * each)));
        convertFitsPixels(raw.data(), out + done, now, scaling);
        done += now;
    }
}

} // namespace

bool FitsHdu::hasPixels() const {
    return (kind == FitsKind::Image || kind == FitsKind::CompressedImage) && !axes.empty() &&
           std::none_of(axes.begin(), axes.end(), [](int64_t axis) { return axis == 0; });
}

int64_t FitsHdu::planes() const {
    return hasPixels() ? productOf(axes, std::min<size_t>(2, axes.size())) : 0;
}

FitsReader::FitsReader(const std::string& path) : bytes_(openUnpacked(path, notes_)) {
    scan();
}

FitsReader::FitsReader(ByteSourcePtr bytes) : bytes_(std::move(bytes)) {
    scan();
}

void FitsReader::scan() {
    FitsScan scan = scanFits(*bytes_);
    hdus_ = std::move(scan.hdus);
    notes_.insert(notes_.end(), scan.notes.begin(), scan.notes.end());
}

void FitsReader::requirePixels(const FitsHdu& hdu, int64_t values) const {
    if (!hdu.fault.empty())
        throw InputError(path(), hdu.fault, "get it again or check how it was made");
    if (!hdu.hasPixels())
        throw InputError(path(), "HDU " + std::to_string(hdu.index) + " holds no pixels",
                         "name an HDU that holds an image");
    if (values > maxReadBytes / 4)
        throw InputError(path(), "the image is larger than can be read at once", "make it smaller");
}

Array FitsReader::readImage(const FitsHdu& hdu) const {
    Array planes = readPlanes(hdu, 0, hdu.planes());
    return planes.reshaped({hdu.axes.rbegin(), hdu.axes.rend()});
}

Array FitsReader::readPlanes(const FitsHdu& hdu, int64_t begin, int64_t end) const {
    requirePixels(hdu, 0);
    if (begin < 0 || end < begin || end > hdu.planes())
        throw std::out_of_range("planes outside the FITS image");
    const int64_t planePixels = productOf({hdu.width(), hdu.height()}, 0);
    if (end > begin && planePixels > maxReadBytes / 4 / (end - begin))
        requirePixels(hdu, maxReadBytes);
    if (hdu.kind == FitsKind::CompressedImage)
        return decodedRows(hdu, begin * hdu.height(), end * hdu.height())
            .reshaped({end - begin, hdu.height(), hdu.width()});
    Array result({end - begin, hdu.height(), hdu.width()});
    readValues(*bytes_, hdu.dataOffset + begin * planePixels * (std::abs(hdu.bitpix) / 8), result.data(),
               result.size(), {hdu.bitpix, hdu.bscale, hdu.bzero, hdu.blank});
    return result;
}

Array FitsReader::readRegion(const FitsHdu& hdu, const FitsRegion& region) const {
    requirePixels(hdu, 0);
    const auto inside = [](int64_t low, int64_t high, int64_t size) {
        return low >= 0 && high >= low && high <= size;
    };
    if (region.plane < 0 || region.plane >= hdu.planes() || !inside(region.y0, region.y1, hdu.height()) ||
        !inside(region.x0, region.x1, hdu.width()))
        throw std::out_of_range("region outside the FITS image");
    const int64_t height = region.y1 - region.y0, width = region.x1 - region.x0;
    if (width > 0 && height > maxReadBytes / 4 / width)
        requirePixels(hdu, maxReadBytes);
    Array result({height, width});
    if (hdu.kind == FitsKind::CompressedImage) {
        const int64_t first = region.plane * hdu.height();
        const Array rows = decodedRows(hdu, first + region.y0, first + region.y1);
        for (int64_t y = 0; y < height; ++y)
            std::copy_n(rows.data() + y * hdu.width() + region.x0, width, result.data() + y * width);
        return result;
    }
    const FitsScaling scaling{hdu.bitpix, hdu.bscale, hdu.bzero, hdu.blank};
    const int64_t first = (region.plane * hdu.height() + region.y0) * hdu.width() + region.x0;
    const int64_t each = std::abs(hdu.bitpix) / 8;
    if (width == hdu.width())
        readValues(*bytes_, hdu.dataOffset + first * each, result.data(), result.size(), scaling);
    else
        for (int64_t y = 0; y < height; ++y)
            readValues(*bytes_, hdu.dataOffset + (first + y * hdu.width()) * each, result.data() + y * width,
                       width, scaling);
    return result;
}

Array FitsReader::decodedRows(const FitsHdu& hdu, int64_t begin, int64_t end) const {
    if (bytes_->descriptor() < 0)
        throw InputError(path(), "tile-compressed images can be read from files only", "unpack it (funpack)");
    if (begin == end)
        return Array({0, hdu.width()});
    const CompressedFitsImage image{hdu.headerOffset, hdu.dataOffset - hdu.headerOffset, hdu.dataBytes,
                                    hdu.axes};
    return readCompressedFits(bytes_->descriptor(), path(), image, begin, end).values;
}

std::optional<std::vector<int64_t>> FitsReader::imageShape(const FitsColumn& column) {
    if (!column.isNumber() || column.repeat < 4)
        return {};
    const std::vector<int64_t>& axes = column.dimensions;
    if (axes.size() == 2 || axes.size() == 3) {
        const std::vector<int64_t> shape{axes.size() == 3 ? axes[2] : 1, axes[1], axes[0]};
        const bool full = productOf(axes, 0) == column.repeat;
        return full ? std::optional(shape) : std::nullopt;
    }
    const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(column.repeat))));
    if (!axes.empty() || side * side != column.repeat)
        return {};
    return std::vector<int64_t>{1, side, side};
}

Array FitsReader::readImageColumn(const FitsHdu& hdu, const FitsColumn& column, int64_t begin,
                                  int64_t end) const {
    const auto shape = imageShape(column);
    if (!hdu.fault.empty() || hdu.kind != FitsKind::BinaryTable || !shape)
        throw InputError(path(), "column '" + column.name + "' holds no images", "name one that does");
    if (begin < 0 || end < begin || end > hdu.rows)
        throw std::out_of_range("rows outside the FITS table");
    if (end > begin && column.repeat > maxReadBytes / 4 / (end - begin))
        throw InputError(path(), "the images are larger than can be read at once", "read fewer");
    static constexpr std::string_view types = "BIJKED";
    constexpr std::array<int, 6> bitpix{8, 16, 32, 64, -32, -64};
    FitsScaling scaling{bitpix[types.find(column.type)], column.scale, column.zero, {}};
    if (scaling.bitpix > 0)
        scaling.blank = column.null;
    Array result({end - begin, (*shape)[0], (*shape)[1], (*shape)[2]});
    for (int64_t row = begin; row < end; ++row)
        readValues(*bytes_, hdu.dataOffset + row * hdu.rowBytes + column.offset,
                   result.data() + (row - begin) * column.repeat, column.repeat, scaling);
    return result;
}

} // namespace galatea
