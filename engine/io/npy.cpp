#include "io/npy.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "core/error.h"
#include "core/text.h"

namespace galatea {

namespace {

constexpr int64_t maxHeaderBytes = 1 << 20;
constexpr size_t maxAxes = 32; // NumPy's own limit
constexpr std::string_view magic = "\x93NUMPY";

/// The header is a Python dictionary literal with exactly three entries.
class HeaderParser {
  public:
    explicit HeaderParser(std::string_view text) : rest_(text) {}

    NpyHeader parse() {
        NpyHeader header;
        bool type = false, order = false, shape = false;
        expect('{');
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr" && !type) {
                parseType(header);
                type = true;
            } else if (key == "fortran_order" && !order) {
                header.fortranOrder = truth();
                order = true;
            } else if (key == "shape" && !shape) {
                parseShape(header);
                shape = true;
            } else {
                damaged();
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        if (!type || !order || !shape || !trimmed(rest_).empty())
            damaged();
        return header;
    }

  private:
    [[noreturn]] static void damaged() { throw std::runtime_error("its header is damaged"); }

    void skipBlanks() {
        const size_t at = rest_.find_first_not_of(" \t\n\r");
        rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
    }
    bool accept(char c) {
        skipBlanks();
        if (!rest_.starts_with(c))
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!accept(c))
            damaged();
    }
    std::string quoted() {
        skipBlanks();
        const char mark = rest_.empty() ? ' ' : rest_.front();
        const size_t end = mark == '\'' || mark == '"' ? rest_.find(mark, 1) : std::string_view::npos;
        if (end == std::string_view::npos)
            damaged();
        std::string text(rest_.substr(1, end - 1));
        rest_.remove_prefix(end + 1);
        return text;
    }
    bool truth() {
        skipBlanks();
        for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)})
            if (rest_.starts_with(word)) {
                rest_.remove_prefix(std::string_view(word).size());
                return value;
            }
        damaged();
    }

    void parseType(NpyHeader& header) {
        skipBlanks();
        if (rest_.starts_with('['))
            throw std::runtime_error("it holds records, not numbers");
        const std::string type = quoted();
        long long bytes = 0;
        if (type == "|O" || type == "O" || type.starts_with("|O"))
            throw std::runtime_error("it holds Python objects, which are programs and are not opened");
        if (type.size() < 3 || !parseInteger(type.substr(2), bytes) || bytes < 0 || bytes > (1 << 20))
            throw std::runtime_error("its type '" + type + "' is unknown");
        header.kind = type[1];
        header.bigEndian = type[0] == '>';
        header.itemBytes = header.kind == 'U' ? bytes * 4 : bytes;
        const bool power = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
        const bool known = (header.kind == 'f' && power && bytes > 1) || (header.kind == 'b' && bytes == 1) ||
                           ((header.kind == 'i' || header.kind == 'u') && power) || header.kind == 'S' ||
                           header.kind == 'U';
        if (!known || std::string_view("<>|=").find(type[0]) == std::string_view::npos)
            throw std::runtime_error("its type '" + type + "' cannot be read");
    }

    void parseShape(NpyHeader& header) {
        expect('(');
        while (!accept(')')) {
            skipBlanks();
            const size_t digits = rest_.find_first_not_of("0123456789");
            long long axis = 0;
            if (digits == 0 || digits == std::string_view::npos ||
                !parseInteger(rest_.substr(0, digits), axis) || header.shape.size() >= maxAxes)
                damaged();
            rest_.remove_prefix(digits);
            accept('L'); // Python 2
            header.shape.push_back(axis);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
    }

    std::string_view rest_;
};

NpyHeader readHeader(const ByteSource& bytes) {
    const std::string start = bytes.bytesAt(0, 12);
    if (start.size() < 10 || !looksLikeNpy(start))
        throw std::runtime_error("it is no NumPy array");
    const int version = static_cast<unsigned char>(start[6]);
    if (version < 1 || version > 3)
        throw std::runtime_error("its format version " + std::to_string(version) + " is unknown");
    const size_t lengthBytes = version == 1 ? 2 : 4;
    uint64_t length = 0;
    for (size_t i = lengthBytes; i-- > 0;)
        length = length << 8 | static_cast<unsigned char>(start.size() > 8 + i ? start[8 + i] : 0);
    const int64_t offset = 8 + static_cast<int64_t>(lengthBytes);
    if (length > static_cast<uint64_t>(std::min(maxHeaderBytes, std::max<int64_t>(bytes.size() - offset, 0))))
        throw std::runtime_error("its header is longer than the file");
    const std::string text = bytes.bytesAt(offset, static_cast<int64_t>(length));
    NpyHeader header = HeaderParser(text).parse();
    header.dataOffset = offset + static_cast<int64_t>(length);
    int64_t claimed = header.itemBytes;
    for (const int64_t axis : header.shape)
        if (__builtin_mul_overflow(claimed, axis, &claimed))
            throw std::runtime_error("it claims more bytes than any file has");
    if (claimed > bytes.size() - header.dataOffset)
        throw std::runtime_error(
            "it is cut short (" + humanBytes(static_cast<double>(claimed)) + " are announced, " +
            humanBytes(static_cast<double>(bytes.size() - header.dataOffset)) + " are there)");
    return header;
}

uint64_t loadBits(const std::byte* at, int64_t bytes, bool bigEndian) {
    uint64_t bits = 0;
    for (int64_t i = 0; i < bytes; ++i)
        bits = bits << 8 | static_cast<uint64_t>(at[bigEndian ? i : bytes - 1 - i]);
    return bits;
}

/// IEEE 754 half precision.
float fromHalf(uint16_t bits) {
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const float sign = bits >> 15 != 0 ? -1.0f : 1.0f;
    if (exponent == 31)
        return fraction != 0 ? std::numeric_limits<float>::quiet_NaN()
                             : sign * std::numeric_limits<float>::infinity();
    if (exponent == 0)
        return sign * std::ldexp(static_cast<float>(fraction), -24);
    return sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

int64_t signExtended(uint64_t bits, int64_t bytes) {
    const int64_t shift = 64 - 8 * bytes;
    return static_cast<int64_t>(bits << shift) >> shift;
}

float toFloat(const std::byte* at, const NpyHeader& header) {
    const uint64_t bits = loadBits(at, header.itemBytes, header.bigEndian);
    switch (header.kind) {
    case 'f':
        return header.itemBytes == 2   ? fromHalf(static_cast<uint16_t>(bits))
               : header.itemBytes == 4 ? std::bit_cast<float>(static_cast<uint32_t>(bits))
                                       : static_cast<float>(std::bit_cast<double>(bits));
    case 'i':
        return static_cast<float>(signExtended(bits, header.itemBytes));
    case 'b':
        return bits != 0 ? 1.0f : 0.0f;
    default:
        return static_cast<float>(bits);
    }
}

/// `count` values one behind the other.
void readValues(const ByteSource& bytes, const NpyHeader& header, int64_t first, float* out, int64_t count) {
    const int64_t offset = header.dataOffset + first * header.itemBytes;
    if (header.kind == 'f' && header.itemBytes == 4 && !header.bigEndian) {
        bytes.readAt(offset, std::as_writable_bytes(std::span(out, static_cast<size_t>(count))));
        return;
    }
    constexpr int64_t chunk = 1 << 15; // values at a time
    std::vector<std::byte> raw(static_cast<size_t>(std::min(count, chunk) * header.itemBytes));
    for (int64_t done = 0; done < count;) {
        const int64_t now = std::min(chunk, count - done);
        bytes.readAt(offset + done * header.itemBytes,
                     std::span(raw).first(static_cast<size_t>(now * header.itemBytes)));
        for (int64_t i = 0; i < now; ++i)
            out[done + i] = toFloat(raw.data() + i * header.itemBytes, header);
        done += now;
    }
}

/// Rows of an array whose first axis runs fastest: a short run of values for every combination of the other
/// axes, the second running fastest.
void readFortranRows(const ByteSource& bytes, const NpyHeader& header, int64_t begin, Array& result) {
    const int64_t rows = result.dim(0), rowSize = rows > 0 ? result.size() / rows : 0;
    std::vector<float> run(static_cast<size_t>(rows));
    std::vector<int64_t> index(header.shape.size(), 0);
    for (int64_t n = 0; n < rowSize; ++n) {
        readValues(bytes, header, n * header.shape[0] + begin, run.data(), rows);
        int64_t place = 0;
        for (size_t axis = 1; axis < index.size(); ++axis)
            place = place * header.shape[axis] + index[axis];
        for (int64_t row = 0; row < rows; ++row)
            result.data()[row * rowSize + place] = run[static_cast<size_t>(row)];
        for (size_t axis = 1; axis < index.size() && ++index[axis] == header.shape[axis]; ++axis)
            index[axis] = 0;
    }
}

std::string textCell(const std::byte* at, const NpyHeader& header) {
    std::string text;
    const int64_t each = header.kind == 'U' ? 4 : 1;
    for (int64_t i = 0; i < header.itemBytes; i += each) {
        const auto c = static_cast<uint32_t>(loadBits(at + i, each, header.bigEndian));
        if (header.kind == 'S' || c < 0x80) {
            text += static_cast<char>(c);
        } else if (c < 0x800) {
            text += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
        } else if (c < 0x10000) {
            text += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
                     static_cast<char>(0x80 | (c & 63))};
        } else {
            text += {static_cast<char>(0xF0 | (c >> 18 & 7)), static_cast<char>(0x80 | (c >> 12 & 63)),
                     static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
        }
    }
    text.resize(text.find_last_not_of('\0') + 1);
    return escaped(text);
}

} // namespace

int64_t NpyHeader::size() const {
    int64_t count = 1;
    for (const int64_t axis : shape)
        count *= axis; // checked on opening unless the items have no bytes
    return count;
}

NpyArray::NpyArray(std::string name, ByteSourcePtr bytes) : name_(std::move(name)), bytes_(std::move(bytes)) {
    try {
        header_ = readHeader(*bytes_);
    } catch (const std::runtime_error& fault) {
        throw InputError(bytes_->name(), fault.what(), "save it again as an array of numbers");
    }
}

Array NpyArray::readFloat(int64_t begin, int64_t end) const {
    if (!header_.isNumber() || header_.shape.empty())
        throw InputError(bytes_->name(), "the array holds no numbers to be read by rows", "choose another");
    if (begin < 0 || end < begin || end > header_.shape[0])
        throw std::out_of_range("rows outside the array");
    std::vector<int64_t> shape = header_.shape;
    shape[0] = end - begin;
    int64_t count = 1;
    for (const int64_t axis : shape)
        if (__builtin_mul_overflow(count, axis, &count) || count > maxReadBytes / 4)
            throw InputError(bytes_->name(), "the array is larger than can be read at once",
                             "read fewer rows");
    Array result(shape);
    if (count == 0)
        return result;
    const int64_t rowSize = count / shape[0];
    if (header_.fortranOrder && shape.size() > 1)
        readFortranRows(*bytes_, header_, begin, result);
    else
        readValues(*bytes_, header_, begin * rowSize, result.data(), count);
    return result;
}

Column NpyArray::readColumn() const {
    constexpr int64_t mostRows = 50'000'000;
    if (header_.shape.size() != 1 || header_.itemBytes == 0 || header_.shape[0] > mostRows ||
        header_.size() * header_.itemBytes > maxReadBytes)
        throw InputError(bytes_->name(), "the array is no column of a table", "store one value per image");
    const std::string raw = bytes_->bytesAt(header_.dataOffset, header_.size() * header_.itemBytes);
    const auto* at = reinterpret_cast<const std::byte*>(raw.data());
    const auto count = static_cast<size_t>(header_.size());
    Column column{escaped(name_), std::vector<double>()};
    const bool wide = header_.kind == 'u' && header_.itemBytes == 8;
    if (!header_.isNumber()) {
        std::vector<std::string> cells;
        for (size_t i = 0; i < count; ++i, at += header_.itemBytes)
            cells.push_back(textCell(at, header_));
        column.values = std::move(cells);
    } else if (header_.kind == 'f' || wide) {
        std::vector<double> cells;
        for (size_t i = 0; i < count; ++i, at += header_.itemBytes) {
            const uint64_t bits = loadBits(at, header_.itemBytes, header_.bigEndian);
            cells.push_back(wide                     ? static_cast<double>(bits)
                            : header_.itemBytes == 8 ? std::bit_cast<double>(bits)
                                                     : static_cast<double>(toFloat(at, header_)));
        }
        column.values = std::move(cells);
    } else {
        std::vector<int64_t> cells;
        for (size_t i = 0; i < count; ++i, at += header_.itemBytes) {
            const uint64_t bits = loadBits(at, header_.itemBytes, header_.bigEndian);
            cells.push_back(header_.kind == 'i' ? signExtended(bits, header_.itemBytes)
                                                : static_cast<int64_t>(bits));
        }
        column.values = std::move(cells);
    }
    return column;
}

bool looksLikeNpy(const std::string& firstBytes) {
    return firstBytes.starts_with(magic);
}

} // namespace galatea
