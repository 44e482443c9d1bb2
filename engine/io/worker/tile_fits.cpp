#include "io/worker/tile_fits.h"

#include <fitsio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "core/error.h"
#include "core/text.h"

namespace galatea::decode {

namespace {

/// Part of a file, mapped so that only what is looked at is read. A file that shrinks meanwhile ends this
/// process, which is what it is for.
class MappedPart {
  public:
    MappedPart(const RegularFile& file, int64_t offset, int64_t bytes) {
        if (offset < 0 || bytes <= 0 || offset > file.size() || bytes > file.size() - offset)
            throw InputError(file.path(), "its compressed image ends behind the file", "get the file again");
        const int64_t page = sysconf(_SC_PAGESIZE), start = offset / page * page;
        mappedBytes_ = static_cast<size_t>(offset - start + bytes);
        // Private and writable: the header is replaced in this view, the file stays as it is.
        mapped_ = mmap(nullptr, mappedBytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
                       file.descriptor(), start);
        if (mapped_ == MAP_FAILED)
            throw std::runtime_error("the file cannot be mapped");
        data_ = static_cast<std::byte*>(mapped_) + (offset - start);
        bytes_ = static_cast<size_t>(bytes);
    }
    ~MappedPart() { munmap(mapped_, mappedBytes_); }
    MappedPart(const MappedPart&) = delete;
    MappedPart& operator=(const MappedPart&) = delete;
    std::span<std::byte> bytes() const { return {data_, bytes_}; }

  private:
    void* mapped_ = nullptr;
    size_t mappedBytes_ = 0, bytes_ = 0;
    std::byte* data_ = nullptr;
};

FitsHeader headerOf(std::span<const std::byte> hdu, int64_t headerBytes, const std::string& name) {
    const std::string_view text(reinterpret_cast<const char*>(hdu.data()), static_cast<size_t>(headerBytes));
    for (size_t card = 0; card + 80 <= text.size(); card += 80)
        if (text.substr(card, 8) == "END     ")
            return FitsHeader(std::string(text.substr(0, card)));
    throw InputError(name, "the header of its compressed image has no end", "get the file again");
}

/// The library's own words, which it keeps on a stack.
std::string libraryMessage(int status) {
    std::array<char, FLEN_STATUS> what{};
    std::array<char, FLEN_ERRMSG> line{};
    fits_get_errstatus(status, what.data());
    std::string text = what.data();
    if (fits_read_errmsg(line.data()) != 0 && line[0] != '\0')
        text += ": " + trimmed(line.data());
    fits_clear_errmsg();
    return text;
}

class OpenedImage {
  public:
    OpenedImage(std::span<std::byte> hdu, const std::string& name)
        : name_(name), memory_(hdu.data()), bytes_(hdu.size()) {
        int status = 0;
        fits_clear_errmsg();
        fits_open_memfile(&file_, "image", READONLY, &memory_, &bytes_, 0, nullptr, &status);
        if (status != 0)
            fail(status);
    }
    ~OpenedImage() {
        int status = 0;
        if (file_ != nullptr)
            fits_close_file(file_, &status);
        fits_clear_errmsg();
    }
    OpenedImage(const OpenedImage&) = delete;
    OpenedImage& operator=(const OpenedImage&) = delete;

    void requireShape(const TileTable& table) {
        int status = 0, axes = 0, bitpix = 0;
        std::array<LONGLONG, 9> sizes{};
        if (fits_is_compressed_image(file_, &status) == 0 ||
            fits_get_img_paramll(file_, 9, &bitpix, &axes, sizes.data(), &status) != 0)
            fail(status);
        if (!std::equal(table.axes.begin(), table.axes.end(), sizes.begin(), sizes.begin() + axes))
            throw InputError(name_, "its compressed image contradicts itself", "get the file again");
    }

    void read(int64_t firstPixel, std::span<float> out) {
        int status = 0, anyNull = 0;
        float missing = std::numeric_limits<float>::quiet_NaN();
        fits_read_img(file_, TFLOAT, firstPixel + 1, static_cast<LONGLONG>(out.size()), &missing, out.data(),
                      &anyNull, &status);
        // NUM_OVERFLOW: values beyond float32, which became infinite or the largest number.
        if (status != 0)
            fail(status);
    }

  private:
    [[noreturn]] void fail(int status) const {
        throw InputError(name_, "its compressed image is damaged (" + libraryMessage(status) + ")",
                         "get the file again");
    }
    const std::string& name_;
    void* memory_;
    size_t bytes_;
    fitsfile* file_ = nullptr;
};

} // namespace

std::vector<std::string> decodeTileRows(const RegularFile& file, const CompressedFitsImage& image,
                                        int64_t begin, int64_t end, std::span<float> out) {
    const int64_t rows = rowCount(image.axes);
    if (begin < 0 || end < begin || end > rows)
        throw std::out_of_range("rows outside the image");
    if (static_cast<int64_t>(out.size()) != (end - begin) * image.axes[0])
        throw std::invalid_argument("the room for an image has the wrong size");
    if (image.headerBytes <= 0 || image.headerBytes > file.size() || image.dataBytes < 0 ||
        image.dataBytes > file.size())
        throw InputError(file.path(), "its compressed image ends behind the file", "get the file again");
    // The library wants whole blocks; the last one of a file may be missing.
    constexpr int64_t block = 2880;
    const int64_t used = image.headerBytes + image.dataBytes, padded = (used + block - 1) / block * block;
    const MappedPart part(file, image.headerOffset, std::min(padded, file.size() - image.headerOffset));
    const auto hdu = part.bytes();
    if (static_cast<int64_t>(hdu.size()) < used)
        throw InputError(file.path(), "its compressed image ends behind the file", "get the file again");
    const FitsHeader header = headerOf(hdu, image.headerBytes, file.path());
    const TileTable table = checkTileHeader(header, image, file.path());
    checkTiles(table, hdu.subspan(static_cast<size_t>(image.headerBytes)), begin, end, file.path());
    if (begin == end)
        return table.notes;
    const std::string plain = plainTileHeader(table, header, image.headerBytes, file.path());
    std::memcpy(hdu.data(), plain.data(), plain.size()); // into our private view of the file
    OpenedImage opened(hdu, file.path());
    opened.requireShape(table);
    opened.read(begin * image.axes[0], out);
    return table.notes;
}

} // namespace galatea::decode
