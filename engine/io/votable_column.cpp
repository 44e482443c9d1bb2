#include "io/votable_column.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/text.h"

namespace galatea::votable {

namespace {

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr uint64_t mostElements = uint64_t{1} << 40;

struct Datatype {
    const char* name;
    Kind kind;
    size_t bytes;
};

constexpr std::array datatypes{Datatype{"boolean", Kind::Boolean, 1},
                               Datatype{"bit", Kind::Bit, 1},
                               Datatype{"unsignedByte", Kind::Integer, 1},
                               Datatype{"short", Kind::Integer, 2},
                               Datatype{"int", Kind::Integer, 4},
                               Datatype{"long", Kind::Integer, 8},
                               Datatype{"char", Kind::Char, 1},
                               Datatype{"unicodeChar", Kind::UnicodeChar, 2},
                               Datatype{"float", Kind::Float, 4},
                               Datatype{"double", Kind::Double, 8},
                               Datatype{"floatComplex", Kind::FloatComplex, 4},
                               Datatype{"doubleComplex", Kind::DoubleComplex, 8}};

/// Whole numbers also as 0x1F.
std::optional<int64_t> parseWhole(std::string_view text) {
    long long value = 0;
    if (parseInteger(text, value))
        return value;
    if (text.size() < 3 || text.size() > 18 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
        return std::nullopt;
    uint64_t bits = 0;
    for (const char c : text.substr(2)) {
        const size_t digit = std::string_view("0123456789abcdef").find(lowerCase({&c, 1}));
        if (digit == std::string_view::npos)
            return std::nullopt;
        bits = bits << 4 | digit;
    }
    return static_cast<int64_t>(bits);
}

std::optional<int64_t> parseBoolean(std::string_view text) {
    const std::string word = lowerCase(text);
    if (word == "t" || word == "1" || word == "true")
        return 1;
    if (word == "f" || word == "0" || word == "false")
        return 0;
    return std::nullopt;
}

std::string utf8Of(std::string_view ucs2) {
    std::string out;
    const auto unit = [&](size_t i) {
        return static_cast<uint32_t>(static_cast<unsigned char>(ucs2[i]) << 8 |
                                     static_cast<unsigned char>(ucs2[i + 1]));
    };
    for (size_t i = 0; i + 1 < ucs2.size(); i += 2) {
        uint32_t c = unit(i);
        if (c == 0)
            break;
        const bool high = c >= 0xD800 && c < 0xDC00;
        if (high && i + 3 < ucs2.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
            i += 2;
        } else if (c >= 0xD800 && c < 0xE000) {
            c = 0xFFFD; // half a character
        }
        appendUtf8(out, c);
    }
    return out;
}

/// The next word, taken from the front; empty at the end.
std::string_view nextWord(std::string_view& text) {
    constexpr std::string_view blanks = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

} // namespace

std::string_view ByteCursor::take(size_t count) {
    if (count > bytes_.size())
        throw std::out_of_range("the stream ends within a row");
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
}

uint64_t ByteCursor::number(size_t width) {
    uint64_t bits = 0;
    for (const char c : take(width))
        bits = bits << 8 | static_cast<unsigned char>(c);
    return bits;
}

ColumnBuilder::ColumnBuilder(Field field, const VoTableLimits& limits)
    : field_(std::move(field)), cellBytes_(limits.cellBytes) {
    bool known = false;
    for (const Datatype& type : datatypes) {
        if (field_.datatype == type.name) {
            kind_ = type.kind;
            elementBytes_ = type.bytes;
            known = true;
        }
    }
    if (!known)
        throw std::invalid_argument("its datatype '" + field_.datatype + "' is none of VOTable's");
    readArraySize();
    if (field_.null)
        nullInteger_ = parseWhole(trimmed(*field_.null));
    makeSlots(limits);
}

/// "8", "*", "8*", "64x64", "64x*": the last axis may be open.
void ColumnBuilder::readArraySize() {
    if (field_.arraysize.empty())
        return;
    const std::vector<std::string> axes = split(field_.arraysize, 'x');
    for (size_t i = 0; i < axes.size(); ++i) {
        std::string axis = trimmed(axes[i]);
        if (axis.ends_with('*')) {
            variable_ = true;
            axis.pop_back();
            if (i + 1 < axes.size())
                throw std::invalid_argument("its arraysize '" + field_.arraysize + "' is malformed");
            if (axis.empty())
                continue;
        }
        long long length = 0;
        if (!parseInteger(axis, length) || length < 0)
            throw std::invalid_argument("its arraysize '" + field_.arraysize + "' is malformed");
        if (length > 0 && count_ > mostElements / static_cast<uint64_t>(length))
            throw std::invalid_argument("its arraysize '" + field_.arraysize + "' is too large");
        count_ *= static_cast<uint64_t>(length);
    }
}

void ColumnBuilder::makeSlots(const VoTableLimits& limits) {
    if (!variable_ && count_ == 0)
        return; // no row holds anything
    if (isText()) {
        slots_.resize(1);
        return;
    }
    if (variable_ || count_ > static_cast<uint64_t>(limits.expand))
        return;
    for (uint64_t i = 0; i < count_; ++i) {
        const std::string suffix = count_ > 1 ? "_" + std::to_string(i + 1) : "";
        for (size_t part = 0; part < parts(); ++part) {
            Slot slot;
            slot.suffix = suffix + (parts() == 1 ? "" : part == 0 ? "_re" : "_im");
            slots_.push_back(std::move(slot));
        }
    }
}

void ColumnBuilder::putText(std::string text) {
    if (static_cast<int64_t>(text.size()) > cellBytes_) {
        auto end = static_cast<size_t>(cellBytes_);
        while (end > 0 && (static_cast<unsigned char>(text[end]) >> 6) == 2)
            --end;
        text.resize(end);
        ++oddities_.cut;
    }
    const bool isNull = field_.null && !field_.null->empty() && text == *field_.null;
    slots_.front().texts.push_back(isNull ? std::string() : std::move(text));
}

void ColumnBuilder::putNumber(Slot& slot, double value) {
    double null = 0;
    if (field_.null && parseNumber(trimmed(*field_.null), null) && value == null)
        value = notANumber;
    slot.numbers.push_back(value);
}

void ColumnBuilder::putInteger(Slot& slot, std::optional<int64_t> value) {
    const bool missing = !value || (nullInteger_ && *value == *nullInteger_);
    slot.integers.push_back(missing ? 0 : *value);
    slot.present.push_back(!missing);
}

void ColumnBuilder::putMissing(Slot& slot) {
    if (isText())
        slot.texts.emplace_back();
    else if (isWhole())
        putInteger(slot, std::nullopt);
    else
        slot.numbers.push_back(notANumber);
}

void ColumnBuilder::addMissing() {
    for (Slot& slot : slots_)
        putMissing(slot);
}

void ColumnBuilder::unreadable(std::string_view text) {
    if (oddities_.unreadable++ == 0)
        oddities_.firstUnreadable = std::string(text.substr(0, 40));
}

void ColumnBuilder::putPart(Slot& slot, std::string_view text) {
    if (isWhole()) {
        const std::optional<int64_t> value = kind_ == Kind::Integer ? parseWhole(text) : parseBoolean(text);
        if (!value && text != "?")
            unreadable(text);
        return putInteger(slot, value);
    }
    double value = 0;
    if (!parseNumber(text, value)) {
        unreadable(text);
        value = notANumber;
    }
    const bool isSingle = kind_ == Kind::Float || kind_ == Kind::FloatComplex;
    putNumber(slot, isSingle ? static_cast<double>(static_cast<float>(value)) : value);
}

void ColumnBuilder::addText(const std::string& cell) {
    if (skipped())
        return;
    if (isText())
        return putText(cell);
    std::string_view rest = cell;
    for (Slot& slot : slots_) {
        std::string_view word = nextWord(rest);
        if (kind_ == Kind::Bit && word.size() > 1) { // bits written without blanks
            rest = std::string_view(word.data() + 1, rest.size() + word.size() - 1);
            word = word.substr(0, 1);
        }
        if (word.empty())
            putMissing(slot);
        else
            putPart(slot, word);
    }
    if (!nextWord(rest).empty())
        unreadable(cell);
}

std::optional<int64_t> ColumnBuilder::integerOf(uint64_t bits) const {
    if (kind_ == Kind::Boolean) {
        const char c = static_cast<char>(bits);
        return parseBoolean({&c, 1});
    }
    switch (elementBytes_) {
    case 1:
        return static_cast<int64_t>(bits); // unsignedByte
    case 2:
        return static_cast<int16_t>(bits);
    case 4:
        return static_cast<int32_t>(bits);
    default:
        return static_cast<int64_t>(bits);
    }
}

double ColumnBuilder::realOf(uint64_t bits) const {
    if (elementBytes_ == 4)
        return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    return std::bit_cast<double>(bits);
}

void ColumnBuilder::putBits(std::string_view packed, size_t count) {
    if (count == 1) // writers disagree which bit of the byte it is
        return putInteger(slots_.front(), packed.front() != 0);
    for (size_t i = 0; i < count; ++i)
        putInteger(slots_[i], (static_cast<unsigned char>(packed[i / 8]) >> (7 - i % 8)) & 1);
}

void ColumnBuilder::addBinary(ByteCursor& bytes, bool null) {
    const uint64_t count = variable_ ? bytes.number(4) : count_;
    const uint64_t size = kind_ == Kind::Bit ? count / 8 + (count % 8 != 0) : count * elementBytes_ * parts();
    const std::string_view taken = bytes.take(size);
    if (skipped())
        return;
    if (null)
        return addMissing();
    if (kind_ == Kind::Bit)
        return putBits(taken, slots_.size());
    if (kind_ == Kind::UnicodeChar)
        return putText(utf8Of(taken));
    if (kind_ == Kind::Char) {
        std::string text(taken.substr(0, taken.find('\0')));
        if (!variable_) // padded to its length
            text.resize(text.find_last_not_of(' ') + 1);
        return putText(isUtf8(text) ? std::move(text) : latin1ToUtf8(text));
    }
    ByteCursor cell(taken);
    for (Slot& slot : slots_) {
        const uint64_t bits = cell.number(elementBytes_);
        if (isWhole())
            putInteger(slot, integerOf(bits));
        else
            putNumber(slot, realOf(bits));
    }
}

std::vector<Column> ColumnBuilder::finish() {
    std::vector<Column> columns;
    for (Slot& slot : slots_) {
        Column column;
        if (isText())
            column.values = std::move(slot.texts);
        else if (isWhole())
            column = integersWithGaps("", std::move(slot.integers), slot.present);
        else
            column.values = std::move(slot.numbers);
        const std::string& given = field_.name.empty() ? field_.id : field_.name;
        column.name = given.empty() ? "" : given + slot.suffix;
        column.unit = field_.unit;
        column.ucd = field_.ucd;
        column.description = field_.description;
        columns.push_back(std::move(column));
    }
    slots_.clear();
    return columns;
}

} // namespace galatea::votable
