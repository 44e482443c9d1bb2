// Binary and ASCII tables of FITS files → columns.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.h"
#include "core/text.h"
#include "io/fits_scan.h"

namespace galatea {

namespace {

constexpr int64_t chunkBytes = int64_t{4} << 20;
constexpr int64_t maxRowBytes = int64_t{256} << 20;
constexpr int64_t mostBits = 62; ///< of a bit column that is read as one number

uint64_t bigEndian(const char* at, int64_t bytes) {
    uint64_t value = 0;
    for (int64_t i = 0; i < bytes; ++i)
        value = value << 8 | static_cast<unsigned char>(at[i]);
    return value;
}

/// Collects one element of one column over all rows.
class Cells {
  public:
    virtual ~Cells() = default;
    virtual void add(const char* row) = 0;
    virtual Column::Values finish(std::string& note) = 0;
};

/// Whole numbers, with an offset for the unsigned kinds; NaN where null.
class IntegerCells : public Cells {
  public:
    /// `nullable`: `null` is a stored value.
    IntegerCells(char type, int64_t offset, int64_t bytes, double zero, std::optional<int64_t> null)
        : type_(type), offset_(offset), bytes_(bytes), null_(null), longUnsigned_(zero == 0x1p63),
          zero_(longUnsigned_ ? 0 : static_cast<int64_t>(zero)) {}

    void add(const char* row) override {
        const char* at = row + offset_;
        uint64_t bits = bigEndian(at, bytes_);
        int64_t value = static_cast<int64_t>(bits);
        bool isNull = false;
        if (type_ == 'L') {
            isNull = *at != 'T' && *at != 'F';
            value = *at == 'T';
        } else if (type_ == 'I') {
            value = static_cast<int16_t>(bits);
        } else if (type_ == 'J') {
            value = static_cast<int32_t>(bits);
        }
        isNull = isNull || (null_ && value == *null_);
        if (longUnsigned_) {
            bits = static_cast<uint64_t>(value) ^ (uint64_t{1} << 63);
            tooLarge_ = tooLarge_ || (!isNull && bits > static_cast<uint64_t>(INT64_MAX));
            value = static_cast<int64_t>(bits);
        } else if (__builtin_add_overflow(value, zero_, &value)) {
            isNull = true;
        }
        if (isNull)
            nulls_.push_back(std::ssize(values_));
        values_.push_back(isNull ? 0 : value);
    }

    Column::Values finish(std::string& note) override {
        if (nulls_.empty() && !tooLarge_)
            return std::move(values_);
        std::vector<double> reals;
        bool rounded = false;
        for (const int64_t value : values_) {
            reals.push_back(longUnsigned_ ? static_cast<double>(static_cast<uint64_t>(value))
                                          : static_cast<double>(value));
            rounded = rounded || std::abs(reals.back()) > 0x1p53;
        }
        for (const int64_t row : nulls_)
            reals[static_cast<size_t>(row)] = std::numeric_limits<double>::quiet_NaN();
        if (rounded)
            note = "its largest numbers are rounded";
        return reals;
    }

  private:
    char type_;
    int64_t offset_, bytes_;
    std::optional<int64_t> null_;
    bool longUnsigned_;
    int64_t zero_;
    bool tooLarge_ = false;
    std::vector<int64_t> values_, nulls_;
};

/// Floating-point numbers and scaled integers.
class RealCells : public Cells {
  public:
    RealCells(const FitsColumn& column, int64_t offset, int64_t bytes)
        : type_(column.type), offset_(offset), bytes_(bytes), scale_(column.scale), zero_(column.zero),
          null_(column.null) {}

    void add(const char* row) override {
        const uint64_t bits = bigEndian(row + offset_, bytes_);
        double value = 0;
        bool isNull = false;
        if (type_ == 'E')
            value = static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits)));
        else if (type_ == 'D')
            value = std::bit_cast<double>(bits);
        else {
            const int64_t whole = type_ == 'B'   ? static_cast<int64_t>(bits)
                                  : type_ == 'I' ? static_cast<int16_t>(bits)
                                  : type_ == 'J' ? static_cast<int32_t>(bits)
                                                 : static_cast<int64_t>(bits);
            isNull = null_ && whole == *null_;
            value = static_cast<double>(whole);
        }
        if (scale_ != 1 || zero_ != 0)
            value = zero_ + scale_ * value;
        values_.push_back(isNull ? std::numeric_limits<double>::quiet_NaN() : value);
    }
    Column::Values finish(std::string&) override { return std::move(values_); }

  private:
    char type_;
    int64_t offset_, bytes_;
    double scale_, zero_;
    std::optional<int64_t> null_;
    std::vector<double> values_;
};

class TextCells : public Cells {
  public:
    TextCells(int64_t offset, int64_t bytes) : offset_(offset), bytes_(bytes) {}

    void add(const char* row) override {
        std::string_view text(row + offset_, static_cast<size_t>(bytes_));
        text = text.substr(0, text.find('\0'));
        const size_t last = text.find_last_not_of(' ');
        text = last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
        const bool odd = std::any_of(text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; });
        odd_ = odd_ || odd;
        values_.push_back(odd ? escaped(text) : std::string(text));
    }
    Column::Values finish(std::string& note) override {
        if (odd_)
            note = "it holds characters that are not plain ASCII, kept escaped";
        return std::move(values_);
    }

  private:
    int64_t offset_, bytes_;
    bool odd_ = false;
    std::vector<std::string> values_;
};

/// Numbers written as text in an ASCII table.
class WrittenCells : public Cells {
  public:
    explicit WrittenCells(const FitsColumn& column) : column_(column) {}

    void add(const char* row) override {
        std::string text = trimmed({row + column_.offset, static_cast<size_t>(column_.bytes)});
        const bool isNull = text.empty() || text == column_.nullText ||
                            (column_.null && text == std::to_string(*column_.null));
        for (char& c : text)
            c = c == 'D' || c == 'd' ? 'E' : c;
        double real = 0;
        long long whole = 0;
        if (isNull || !parseNumber(text, real)) {
            unreadable_ += !isNull;
            real = std::numeric_limits<double>::quiet_NaN();
            allWhole_ = false;
        } else if (allWhole_ && parseInteger(text, whole)) {
            wholes_.push_back(whole);
        } else {
            allWhole_ = false;
        }
        reals_.push_back(column_.zero + column_.scale * real);
    }
    Column::Values finish(std::string& note) override {
        if (unreadable_ > 0)
            note = std::to_string(unreadable_) + " of its cells are no numbers";
        if (column_.type == 'I' && allWhole_ && column_.scale == 1 && column_.zero == 0)
            return std::move(wholes_);
        return std::move(reals_);
    }

  private:
    FitsColumn column_;
    bool allWhole_ = true;
    int64_t unreadable_ = 0;
    std::vector<int64_t> wholes_;
    std::vector<double> reals_;
};

struct Slot {
    Column column; ///< all but the values
    std::unique_ptr<Cells> cells;
};

class TableReader {
  public:
    TableReader(const ByteSource& bytes, const FitsHdu& hdu, std::vector<std::string>& notes,
                const FitsTableLimits& limits)
        : bytes_(bytes), hdu_(hdu), notes_(notes), limits_(limits) {}

    Table read() {
        for (const FitsColumn& column : hdu_.columns)
            addColumn(column);
        if (leftOut_ > 0)
            notes_.push_back("only the first " + std::to_string(limits_.columns) + " columns are used, " +
                             std::to_string(leftOut_) + " were left out");
        checkCells();
        readRows();
        Table table;
        for (Slot& slot : slots_) {
            std::string note;
            slot.column.values = slot.cells->finish(note);
            if (!note.empty())
                notes_.push_back("column '" + escaped(slot.column.name) + "': " + note);
            slot.cells.reset();
            table.set(std::move(slot.column));
        }
        return table;
    }

  private:
    void leaveOut(const FitsColumn& column, const std::string& why) {
        notes_.push_back("column '" + escaped(column.name) + "' " + why + " and was left out");
    }

    void addSlot(const FitsColumn& column, const std::string& suffix, std::unique_ptr<Cells> cells) {
        if (std::ssize(slots_) >= limits_.columns) {
            ++leftOut_;
            return;
        }
        Slot slot{{}, std::move(cells)};
        slot.column.name = escaped(column.name) + suffix;
        slot.column.unit = escaped(column.unit);
        slot.column.ucd = escaped(column.ucd);
        slot.column.description = escaped(column.description);
        slots_.push_back(std::move(slot));
    }

    void addColumn(const FitsColumn& column) {
        if (column.bytes == 0)
            return; // columns of no width hold nothing
        if (hdu_.kind == FitsKind::AsciiTable) {
            if (column.type == 'A')
                addSlot(column, "", std::make_unique<TextCells>(column.offset, column.bytes));
            else
                addSlot(column, "", std::make_unique<WrittenCells>(column));
            return;
        }
        switch (column.type) {
        case 'P':
        case 'Q':
            return leaveOut(column, "has cells of varying length");
        case 'C':
        case 'M':
            return leaveOut(column, "holds complex numbers");
        case 'X':
            if (column.repeat > mostBits)
                return leaveOut(column, "holds more bits than one number takes");
            return addBits(column);
        case 'A':
            return addTexts(column);
        default:
            return addNumbers(column);
        }
    }

    void addBits(const FitsColumn& column);
    void addTexts(const FitsColumn& column) {
        const int64_t width = column.dimensions.size() > 1 ? column.dimensions[0] : column.repeat;
        const int64_t count = width > 0 ? column.repeat / width : 0;
        if (count < 1 || count > limits_.expand)
            return leaveOut(column, "holds " + std::to_string(count) + " texts per row");
        for (int64_t i = 0; i < count; ++i)
            addSlot(column, count == 1 ? "" : "_" + std::to_string(i + 1),
                    std::make_unique<TextCells>(column.offset + i * width, width));
    }

    void addNumbers(const FitsColumn& column) {
        const int64_t each = column.bytes / column.repeat;
        if (column.repeat > limits_.expand) {
            if (!FitsReader::imageShape(column))
                leaveOut(column, "holds " + std::to_string(column.repeat) + " numbers per row");
            return; // images are no part of a catalogue
        }
        for (int64_t i = 0; i < column.repeat; ++i)
            addSlot(column, column.repeat == 1 ? "" : "_" + std::to_string(i + 1),
                    numberCells(column, column.offset + i * each, each));
    }

    static std::unique_ptr<Cells> numberCells(const FitsColumn& column, int64_t offset, int64_t bytes) {
        const bool real = column.type == 'E' || column.type == 'D';
        const bool wholeZero = std::abs(column.zero) <= 0x1p62 && std::trunc(column.zero) == column.zero;
        const bool longUnsigned = column.type == 'K' && column.zero == 0x1p63;
        if (column.type == 'L' || (!real && column.scale == 1 && (wholeZero || longUnsigned)))
            return std::make_unique<IntegerCells>(column.type, offset, bytes,
                                                  column.type == 'L' ? 0 : column.zero,
                                                  column.type == 'L' ? std::nullopt : column.null);
        return std::make_unique<RealCells>(column, offset, bytes);
    }

    void checkCells() const {
        int64_t weight = 0; // a text costs four numbers
        for (const Slot& slot : slots_)
            weight += dynamic_cast<const TextCells*>(slot.cells.get()) != nullptr ? 4 : 1;
        if (weight > 0 && hdu_.rows > limits_.cells / weight)
            throw InputError(bytes_.name(),
                             "its table is larger than can be read (" + std::to_string(hdu_.rows) +
                                 " rows of " + std::to_string(slots_.size()) + " columns)",
                             "leave out rows or columns");
    }

    /// Stretches of a row that hold columns in use; images between them are not read.
    std::vector<std::pair<int64_t, int64_t>> stretches() const {
        std::vector<std::pair<int64_t, int64_t>> result;
        for (const FitsColumn& column : hdu_.columns) {
            const bool wide = column.repeat > limits_.expand && column.type != 'A' && column.type != 'X';
            if (wide || column.bytes == 0)
                continue;
            if (!result.empty() && column.offset >= result.back().first &&
                column.offset - result.back().second < 1024)
                result.back().second = std::max(result.back().second, column.offset + column.bytes);
            else
                result.emplace_back(column.offset, column.offset + column.bytes);
        }
        return result;
    }

    void readRows() {
        if (slots_.empty())
            return;
        if (hdu_.rowBytes > maxRowBytes)
            throw InputError(bytes_.name(), "the rows of its table are longer than can be read",
                             "store the images apart");
        const auto used = stretches();
        int64_t usedBytes = 0;
        for (const auto& [begin, end] : used)
            usedBytes += end - begin;
        const bool sparse = usedBytes < hdu_.rowBytes / 4 && hdu_.rowBytes > 4096;
        const int64_t most =
            sparse ? 1 : std::max<int64_t>(1, chunkBytes / std::max<int64_t>(hdu_.rowBytes, 1));
        std::string rows(static_cast<size_t>(std::min(most, hdu_.rows) * hdu_.rowBytes), '\0');
        const auto bytes = std::as_writable_bytes(std::span(rows));
        for (int64_t row = 0; row < hdu_.rows;) {
            const int64_t now = std::min(most, hdu_.rows - row),
                          offset = hdu_.dataOffset + row * hdu_.rowBytes;
            if (sparse)
                for (const auto& [begin, end] : used)
                    bytes_.readAt(offset + begin, bytes.subspan(static_cast<size_t>(begin),
                                                                static_cast<size_t>(end - begin)));
            else
                bytes_.readAt(offset, bytes.first(static_cast<size_t>(now * hdu_.rowBytes)));
            for (const Slot& slot : slots_)
                for (int64_t i = 0; i < now; ++i)
                    slot.cells->add(rows.data() + i * hdu_.rowBytes);
            row += now;
        }
    }

    const ByteSource& bytes_;
    const FitsHdu& hdu_;
    std::vector<std::string>& notes_;
    const FitsTableLimits& limits_;
    std::vector<Slot> slots_;
    int64_t leftOut_ = 0;
};

/// Bits, most significant first, as one number.
class BitCells : public Cells {
  public:
    BitCells(int64_t offset, int64_t bits) : offset_(offset), bits_(bits) {}
    void add(const char* row) override {
        const int64_t bytes = (bits_ + 7) / 8;
        values_.push_back(static_cast<int64_t>(bigEndian(row + offset_, bytes) >> (bytes * 8 - bits_)));
    }
    Column::Values finish(std::string&) override { return std::move(values_); }

  private:
    int64_t offset_, bits_;
    std::vector<int64_t> values_;
};

void TableReader::addBits(const FitsColumn& column) {
    addSlot(column, "", std::make_unique<BitCells>(column.offset, column.repeat));
}

} // namespace

Table FitsReader::readTable(const FitsHdu& hdu, std::vector<std::string>& notes,
                            const FitsTableLimits& limits) const {
    if (!hdu.fault.empty())
        throw InputError(path(), hdu.fault, "get it again or check how it was made");
    if (hdu.kind != FitsKind::BinaryTable && hdu.kind != FitsKind::AsciiTable)
        throw InputError(path(), "HDU " + std::to_string(hdu.index) + " is no table", "name a table");
    return TableReader(*bytes_, hdu, notes, limits).read();
}

} // namespace galatea
