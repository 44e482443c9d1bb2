#include "io/fits_scan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "core/text.h"

namespace galatea {

namespace {

constexpr int64_t blockBytes = 2880, cardBytes = 80;
constexpr int64_t maxHeaderBytes = int64_t{16} << 20; // 200 000 cards
constexpr int64_t maxHeadersBytes = int64_t{256} << 20;
constexpr int64_t maxHdus = 20000;
constexpr int64_t maxStandardAxes = 999, maxAxes = 9;
constexpr size_t spelledOut = 20; // notes on single HDUs

std::string counted(int64_t count, const std::string& one) {
    return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

bool isEnd(std::string_view card) {
    return card.starts_with("END") && card.substr(3, 5) == "     ";
}

/// Reads headers block by block until END.
class HeaderReader {
  public:
    explicit HeaderReader(const ByteSource& bytes) : bytes_(bytes) {}

    /// The cards before END; moves `offset` to the data unit.
    std::string read(int64_t& offset) {
        std::string cards;
        for (;;) {
            if (static_cast<int64_t>(cards.size()) >= maxHeaderBytes)
                throw FitsFault("its header has no END within " +
                                humanBytes(static_cast<double>(maxHeaderBytes)));
            const int64_t step = cards.empty() ? blockBytes : 16 * blockBytes;
            const std::string part = bytes_.bytesAt(offset, step);
            for (int64_t at = 0; at + cardBytes <= std::ssize(part); at += cardBytes)
                if (isEnd(std::string_view(part).substr(static_cast<size_t>(at), cardBytes))) {
                    cards.append(part, 0, static_cast<size_t>(at));
                    offset += (at / blockBytes + 1) * blockBytes;
                    return cards;
                }
            if (std::ssize(part) < step)
                throw FitsFault("the file ends within a header (there is no END)");
            cards += part;
            offset += step;
        }
    }

  private:
    const ByteSource& bytes_;
};

/// What is odd about the cards themselves.
void noteOddCards(const FitsHeader& header, std::vector<std::string>& notes) {
    const std::string& cards = header.cards();
    const bool odd = std::any_of(cards.begin(), cards.end(), [](char c) { return c < 0x20 || c > 0x7e; });
    if (odd)
        notes.emplace_back("holds characters that are not plain ASCII; they are shown escaped");
    std::vector<std::string> structural;
    for (const std::string& key : header.contradictions())
        for (const char* prefix :
             {"NAXIS", "BITPIX", "PCOUNT", "GCOUNT", "BSCALE", "BZERO", "BLANK", "TFIELDS", "TFORM", "TTYPE",
              "TSCAL", "TZERO", "TNULL", "ZNAXIS", "ZTILE", "ZBITPIX"})
            if (key.starts_with(prefix)) {
                structural.push_back(key);
                break;
            }
    if (structural.size() > 5)
        structural.resize(5);
    if (!structural.empty())
        notes.push_back("gives " + joined(structural, ", ") +
                        " twice with different values; the first counts");
}

void multiply(int64_t& product, int64_t factor) {
    if (__builtin_mul_overflow(product, factor, &product))
        throw FitsFault("it claims more bytes than any file has");
}

/// Axes by NAXIS and NAXISn, `prefix` being "" or "Z".
std::vector<int64_t> readAxes(const FitsHeader& header, const std::string& prefix) {
    const int64_t count = fitsCount(header, prefix + "NAXIS", 0, maxStandardAxes);
    std::vector<int64_t> axes;
    for (int64_t n = 1; n <= count; ++n)
        axes.push_back(fitsCount(header, prefix + "NAXIS" + std::to_string(n), 0, INT64_MAX));
    return axes;
}

bool isRandomGroups(const FitsHdu& hdu) {
    return hdu.index == 0 && !hdu.axes.empty() && hdu.axes[0] == 0 &&
           hdu.header.logical("GROUPS").value_or(false);
}

/// Bytes of the data unit (equations 1 to 4 of the standard).
int64_t claimedBytes(const FitsHdu& hdu) {
    const bool groups = isRandomGroups(hdu);
    int64_t count = hdu.axes.empty() ? 0 : 1;
    for (size_t n = groups ? 1 : 0; n < hdu.axes.size(); ++n)
        multiply(count, hdu.axes[n]);
    // PCOUNT and GCOUNT have no meaning in a primary image; strays there are ignored.
    const bool counts = groups || hdu.index > 0;
    const int64_t heap =
        counts && hdu.header.has("PCOUNT") ? fitsCount(hdu.header, "PCOUNT", 0, INT64_MAX) : 0;
    const int64_t copies =
        counts && hdu.header.has("GCOUNT") ? fitsCount(hdu.header, "GCOUNT", 0, INT64_MAX) : 1;
    if (__builtin_add_overflow(count, heap, &count))
        throw FitsFault("it claims more bytes than any file has");
    multiply(count, copies);
    multiply(count, std::abs(hdu.bitpix) / 8);
    return count;
}

/// The first two keywords must stand where they belong; later ones out of order are only odd.
void checkOrder(const FitsHdu& hdu, std::vector<std::string>& notes) {
    std::vector<std::string> order{hdu.index == 0 ? "SIMPLE" : "XTENSION", "BITPIX", "NAXIS"};
    for (size_t n = 1; n <= hdu.axes.size() && n <= static_cast<size_t>(maxAxes); ++n)
        order.push_back("NAXIS" + std::to_string(n));
    if (hdu.index > 0) {
        order.emplace_back("PCOUNT");
        order.emplace_back("GCOUNT");
    }
    for (size_t i = 0; i < order.size(); ++i) {
        const std::string_view cards = hdu.header.cards();
        if (i * cardBytes >= cards.size() ||
            trimmed(cards.substr(i * static_cast<size_t>(cardBytes), 8)) != order[i]) {
            notes.push_back("has " + order[i] + (hdu.header.has(order[i]) ? " out of order" : " missing"));
            return;
        }
    }
}

FitsKind kindOf(const FitsHdu& hdu) {
    if (isRandomGroups(hdu))
        return FitsKind::RandomGroups;
    if (hdu.index == 0 || hdu.extension == "IMAGE" || hdu.extension == "IUEIMAGE")
        return FitsKind::Image;
    if (hdu.extension == "TABLE")
        return FitsKind::AsciiTable;
    if (hdu.extension == "BINTABLE" || hdu.extension == "A3DTABLE")
        return hdu.header.logical("ZIMAGE").value_or(false) ? FitsKind::CompressedImage
                                                            : FitsKind::BinaryTable;
    return FitsKind::Unknown;
}

void checkGroups(const FitsHdu& hdu, int64_t leastHeap, int64_t mostHeap) {
    if (hdu.index == 0)
        return;
    if (hdu.header.has("PCOUNT"))
        fitsCount(hdu.header, "PCOUNT", leastHeap, mostHeap);
    if (hdu.header.has("GCOUNT"))
        fitsCount(hdu.header, "GCOUNT", 1, 1);
}

/// What depends on the kind of HDU, its extent being known.
void readDetails(FitsHdu& hdu, std::vector<std::string>& notes) {
    switch (hdu.kind) {
    case FitsKind::Image:
        checkGroups(hdu, 0, 0);
        if (std::ssize(hdu.axes) > maxAxes)
            throw FitsFault("it has " + std::to_string(hdu.axes.size()) + " axes; at most 9 are read");
        readFitsScaling(hdu, notes);
        return;
    case FitsKind::BinaryTable:
    case FitsKind::AsciiTable:
    case FitsKind::CompressedImage:
        checkGroups(hdu, 0, hdu.kind == FitsKind::AsciiTable ? 0 : INT64_MAX);
        if (hdu.bitpix != 8 || hdu.axes.size() != 2)
            throw FitsFault("a table needs BITPIX = 8 and NAXIS = 2");
        hdu.rowBytes = hdu.axes[0];
        hdu.rows = hdu.axes[1];
        readFitsColumns(hdu, notes);
        if (hdu.kind == FitsKind::CompressedImage)
            readFitsTiling(hdu, notes);
        else
            hdu.axes.clear();
        return;
    case FitsKind::RandomGroups:
        throw FitsFault("it holds random groups (visibilities), which are no images");
    case FitsKind::Unknown:
        throw FitsFault("its extension type '" + hdu.extension + "' is unknown");
    }
}

class Scanner {
  public:
    explicit Scanner(const ByteSource& bytes) : bytes_(bytes), headers_(bytes) {}

    FitsScan run() {
        int64_t offset = 0;
        while (next(offset))
            ;
        if (odd_ > spelledOut)
            scan_.notes.push_back("and " + std::to_string(odd_ - spelledOut) + " more notes on its HDUs");
        refuseIfNothingIsGood();
        return std::move(scan_);
    }

  private:
    static std::string label(const FitsHdu& hdu) {
        std::string text = "HDU " + std::to_string(hdu.index);
        return hdu.name.empty() ? text : text + " (" + escaped(hdu.name.substr(0, 40)) + ")";
    }

    void note(const FitsHdu& hdu, const std::string& what) {
        if (++odd_ <= spelledOut)
            scan_.notes.push_back(label(hdu) + " " + what);
    }

    /// Scans one HDU; false if there is none behind it.
    bool next(int64_t& offset) {
        if (offset >= bytes_.size())
            return false;
        const int64_t index = std::ssize(scan_.hdus);
        if (index >= maxHdus || headerBytes_ > maxHeadersBytes) {
            scan_.notes.push_back("only the first " + std::to_string(index) + " HDUs are used");
            return false;
        }
        if (index > 0 && bytes_.bytesAt(offset, 9) != "XTENSION=") {
            scan_.notes.push_back(counted(bytes_.size() - offset, "byte") +
                                  " behind the last HDU are no FITS and were left out");
            return false;
        }
        FitsHdu hdu;
        hdu.index = index;
        bool known = false;
        try {
            known = readHeader(hdu, offset);
        } catch (const FitsFault& fault) {
            hdu.fault = fault.what();
        }
        scan_.hdus.push_back(std::move(hdu));
        return known;
    }

    /// True if the place of the next HDU is known.
    bool readHeader(FitsHdu& hdu, int64_t& offset) {
        hdu.headerOffset = offset;
        hdu.header = FitsHeader(headers_.read(offset));
        hdu.dataOffset = offset;
        headerBytes_ += hdu.header.cardCount() * cardBytes * 2;
        hdu.name = hdu.header.text("EXTNAME").value_or("");
        hdu.version = hdu.header.integer("EXTVER").value_or(1);
        if (hdu.index == 0 && !hdu.header.logical("SIMPLE").value_or(false))
            throw FitsFault("SIMPLE is not T, so that the file does not keep to the FITS standard");
        if (hdu.index > 0)
            hdu.extension = hdu.header.text("XTENSION").value_or("");
        const int64_t bitpix = fitsCount(hdu.header, "BITPIX", -64, INT64_MAX);
        if (!legalBitpix(bitpix))
            throw FitsFault("BITPIX = " + std::to_string(bitpix) + " is none of 8, 16, 32, 64, -32, -64");
        hdu.bitpix = static_cast<int>(bitpix);
        hdu.axes = readAxes(hdu.header, "");
        hdu.kind = kindOf(hdu);
        hdu.dataBytes = claimedBytes(hdu);
        std::vector<std::string> notes;
        noteOddCards(hdu.header, notes);
        checkOrder(hdu, notes);
        const bool whole = placeNext(hdu, offset);
        try {
            readDetails(hdu, notes);
        } catch (const FitsFault& fault) {
            if (hdu.fault.empty())
                hdu.fault = fault.what();
        }
        checkSum(hdu, notes);
        for (const std::string& odd : notes)
            note(hdu, odd);
        return whole;
    }

    /// DATASUM, where the data are few (Standard 4.0, section 4.4.2.7 and appendix J).
    void checkSum(const FitsHdu& hdu, std::vector<std::string>& notes) {
        long long expected = 0;
        const int64_t padded = (hdu.dataBytes + blockBytes - 1) / blockBytes * blockBytes;
        if (!hdu.fault.empty() || hdu.dataBytes == 0 || padded > summable_ ||
            !parseInteger(trimmed(hdu.header.text("DATASUM").value_or("")), expected))
            return;
        summable_ -= padded;
        const std::string data = bytes_.bytesAt(hdu.dataOffset, padded);
        uint64_t sum = 0;
        for (size_t at = 0; at + 4 <= data.size(); at += 4) {
            uint32_t word = 0;
            std::memcpy(&word, data.data() + at, 4);
            sum += __builtin_bswap32(word);
        }
        while (sum >> 32 != 0)
            sum = (sum & 0xFFFFFFFF) + (sum >> 32);
        if (static_cast<long long>(sum) != expected)
            notes.emplace_back("has data that differ from their checksum (DATASUM)");
    }

    bool placeNext(FitsHdu& hdu, int64_t& offset) {
        const int64_t left = bytes_.size() - offset;
        if (hdu.dataBytes > left) {
            hdu.fault = "its data are cut short (" + humanBytes(static_cast<double>(hdu.dataBytes)) +
                        " are announced, " + humanBytes(static_cast<double>(std::max<int64_t>(left, 0))) +
                        " are there)";
            return false;
        }
        const int64_t padded = (hdu.dataBytes + blockBytes - 1) / blockBytes * blockBytes;
        if (padded > left) {
            note(hdu, "is not filled up to a whole block of 2880 bytes");
            return false;
        }
        offset += padded;
        return true;
    }

    /// A damaged HDU is left out with a note if there is anything good beside it.
    void refuseIfNothingIsGood() {
        const FitsHdu* bad = nullptr;
        bool good = false;
        for (const FitsHdu& hdu : scan_.hdus) {
            if (hdu.fault.empty() && hdu.dataBytes > 0)
                good = true;
            else if (!hdu.fault.empty() && bad == nullptr)
                bad = &hdu;
        }
        if (bad != nullptr && (!good || scan_.hdus.front().header.cardCount() == 0))
            throw InputError(bytes_.name(),
                             (bad->index == 0 ? std::string() : label(*bad) + ": ") + bad->fault,
                             "get it again or check how it was made");
        size_t said = 0;
        for (const FitsHdu& hdu : scan_.hdus)
            if (!hdu.fault.empty() && ++said <= spelledOut)
                scan_.notes.push_back(label(hdu) + " was left out: " + escaped(hdu.fault));
        if (said > spelledOut)
            scan_.notes.push_back("and " + std::to_string(said - spelledOut) + " more HDUs were left out");
    }

    const ByteSource& bytes_;
    HeaderReader headers_;
    FitsScan scan_;
    int64_t headerBytes_ = 0;
    int64_t summable_ = int64_t{16} << 20; ///< bytes still read only to compare checksums
    size_t odd_ = 0;
};

} // namespace

bool legalBitpix(int64_t bitpix) {
    constexpr std::array<int64_t, 6> legal{8, 16, 32, 64, -32, -64};
    return std::find(legal.begin(), legal.end(), bitpix) != legal.end();
}

int64_t fitsCount(const FitsHeader& header, const std::string& key, int64_t least, int64_t most) {
    if (!header.has(key))
        throw FitsFault("the keyword " + key + " is missing");
    const std::optional<int64_t> value = header.integer(key);
    if (!value)
        throw FitsFault(key + " is no whole number");
    if (*value < least || *value > most)
        throw FitsFault(key + " = " + std::to_string(*value) + " is not possible");
    return *value;
}

void readFitsScaling(FitsHdu& hdu, std::vector<std::string>& notes) {
    const FitsHeader& header = hdu.header;
    for (const auto& [key, place] : {std::pair("BSCALE", &hdu.bscale), std::pair("BZERO", &hdu.bzero)}) {
        if (!header.has(key))
            continue;
        const std::optional<double> value = header.number(key);
        if (!value || !std::isfinite(*value))
            throw FitsFault(std::string(key) + " is no finite number");
        *place = *value;
    }
    if (hdu.bscale == 0 && hdu.hasPixels())
        notes.emplace_back("has BSCALE = 0, which makes all its pixels equal");
    if (header.has("BLANK")) {
        hdu.blank = header.integer("BLANK");
        if (!hdu.blank)
            throw FitsFault("BLANK is no whole number");
        if (hdu.bitpix < 0) {
            notes.emplace_back("has BLANK, which means nothing for floating-point pixels");
            hdu.blank.reset();
        }
    }
    hdu.unit = header.text("BUNIT").value_or("");
}

FitsScan scanFits(const ByteSource& bytes) {
    const std::string start = bytes.bytesAt(0, 80);
    if (start.empty())
        throw InputError(bytes.name(), "the file is empty", "get it again");
    if (!looksLikeFits(start))
        throw InputError(bytes.name(), "this is no FITS file (it does not begin with SIMPLE)",
                         "check what it is");
    return Scanner(bytes).run();
}

bool looksLikeFits(const std::string& firstBytes) {
    return firstBytes.starts_with("SIMPLE  =");
}

} // namespace galatea
