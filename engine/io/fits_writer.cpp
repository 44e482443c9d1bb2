#include "io/fits_writer.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <fitsio.h>
#include <stdexcept>

#include "core/error.h"
#include "io/atomic_file.h"

namespace galatea {

namespace {

/// The file grows in memory: cfitsio is never given a name it could interpret.
class MemoryFits {
  public:
    explicit MemoryFits(std::string target) : target_(std::move(target)) {
        check(fits_create_memfile(&file_, &buffer_, &size_, 1 << 20, std::realloc, &status_));
    }
    ~MemoryFits() {
        int ignored = 0;
        if (file_ != nullptr)
            fits_close_file(file_, &ignored);
        std::free(buffer_);
    }
    MemoryFits(const MemoryFits&) = delete;
    MemoryFits& operator=(const MemoryFits&) = delete;

    fitsfile* file() const { return file_; }
    int* status() { return &status_; }

    void check(int status) const {
        if (status == 0)
            return;
        std::array<char, FLEN_STATUS> reason{};
        fits_get_errstatus(status, reason.data());
        throw InputError(target_, std::string("the FITS file cannot be made (") + reason.data() + ")",
                         "make the cube smaller");
    }

    std::string_view finish() {
        LONGLONG header = 0, data = 0, end = 0;
        check(fits_flush_file(file_, &status_));
        check(fits_get_hduaddrll(file_, &header, &data, &end, &status_));
        fitsfile* closing = file_;
        file_ = nullptr;
        check(fits_close_file(closing, &status_));
        return {static_cast<const char*>(buffer_), static_cast<size_t>(end)};
    }

  private:
    std::string target_;
    fitsfile* file_ = nullptr;
    void* buffer_ = nullptr;
    size_t size_ = 0;
    int status_ = 0;
};

std::string printable(const std::string& text) {
    std::string out = text;
    for (char& c : out)
        if (c < ' ' || c > '~')
            c = '?';
    return out;
}

void checkCard(const FitsCard& card) {
    const bool legal =
        !card.key.empty() && card.key.size() <= 8 &&
        card.key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == std::string::npos;
    if (!legal)
        throw std::invalid_argument("'" + card.key + "' is no FITS keyword");
    const auto* number = std::get_if<double>(&card.value);
    if (number != nullptr && !std::isfinite(*number))
        throw std::invalid_argument("FITS cannot hold the value of " + card.key);
}

void writeCard(MemoryFits& fits, const FitsCard& card) {
    checkCard(card);
    const std::string comment = printable(card.comment);
    const char* key = card.key.c_str();
    if (const auto* text = std::get_if<std::string>(&card.value)) {
        const std::string value = printable(*text);
        if (value.size() > 60)
            fits_write_key_longwarn(fits.file(), fits.status());
        fits.check(fits_write_key_longstr(fits.file(), key, value.c_str(), comment.c_str(), fits.status()));
    } else if (const auto* number = std::get_if<double>(&card.value)) {
        fits.check(fits_write_key_dbl(fits.file(), key, *number, -15, comment.c_str(), fits.status()));
    } else {
        fits.check(fits_write_key_lng(fits.file(), key, std::get<int64_t>(card.value), comment.c_str(),
                                      fits.status()));
    }
}

} // namespace

void writeFitsCube(const std::string& path, const Array& images, const std::vector<FitsCard>& cards) {
    if (images.rank() < 2 || images.rank() > 4 || images.empty())
        throw std::invalid_argument("a FITS cube needs 2 to 4 axes and at least one pixel");
    AtomicFile target(path);
    MemoryFits fits(path);
    std::vector<LONGLONG> axes(images.shape().rbegin(), images.shape().rend());
    fits.check(
        fits_create_imgll(fits.file(), FLOAT_IMG, static_cast<int>(axes.size()), axes.data(), fits.status()));
    writeCard(fits, {"ROWORDER", std::string("TOP-DOWN"), "first row is the top of the picture"});
    for (const FitsCard& card : cards)
        writeCard(fits, card);
    Array values = images.copy(); // cfitsio's interface is not const
    fits.check(fits_write_img(fits.file(), TFLOAT, 1, values.size(), values.data(), fits.status()));
    target.write(fits.finish());
    target.commit();
}

} // namespace galatea
