#include "core/text.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace galatea {

namespace {

bool isDeceptive(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x61C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void appendEscape(std::string& out, uint32_t c) {
    std::array<char, 16> buffer{};
    if (c == '\n')
        out += "\\n";
    else if (c == '\t')
        out += "\\t";
    else if (c == '\r')
        out += "\\r";
    else {
        std::snprintf(buffer.data(), buffer.size(), c < 0x100 ? "\\x%02x" : "\\u%04x", c);
        out += buffer.data();
    }
}

} // namespace

size_t decodeUtf8(std::string_view text, uint32_t& codePoint) {
    if (text.empty())
        return 0;
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    size_t length = lead < 0x80         ? 1
                    : (lead >> 5) == 6  ? 2
                    : (lead >> 4) == 14 ? 3
                    : (lead >> 3) == 30 ? 4
                                        : 0;
    if (length == 0 || length > text.size())
        return 0;
    codePoint = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) >> 6) != 2)
            return 0;
        codePoint = (codePoint << 6) | (byte(i) & 0x3F);
    }
    constexpr std::array<uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = codePoint >= 0xD800 && codePoint <= 0xDFFF;
    if (codePoint < smallest[length] || surrogate || codePoint > 0x10FFFF)
        return 0;
    return length;
}

void appendUtf8(std::string& text, uint32_t c) {
    const auto tail = [c](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
    if (c < 0x80) {
        text += static_cast<char>(c);
    } else if (c < 0x800) {
        text += {static_cast<char>(0xC0 | (c >> 6)), tail(0)};
    } else if (c < 0x10000) {
        text += {static_cast<char>(0xE0 | (c >> 12)), tail(6), tail(0)};
    } else {
        text += {static_cast<char>(0xF0 | (c >> 18)), tail(12), tail(6), tail(0)};
    }
}

bool isUtf8(std::string_view text) {
    while (!text.empty()) {
        uint32_t codePoint = 0;
        const size_t length = decodeUtf8(text, codePoint);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string latin1ToUtf8(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char c : text)
        appendUtf8(out, static_cast<unsigned char>(c));
    return out;
}

namespace {
std::string_view withoutPlus(std::string_view text) {
    const bool signedTwice = text.size() > 1 && text[1] == '-';
    return text.starts_with('+') && !signedTwice ? text.substr(1) : text;
}
} // namespace

std::string escapedWhere(std::string_view text, bool (*bad)(uint32_t)) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        uint32_t c = 0;
        size_t length = decodeUtf8(text, c);
        if (length == 0) {
            appendEscape(out, static_cast<unsigned char>(text[0]));
            length = 1;
        } else if (bad(c)) {
            appendEscape(out, c);
        } else {
            out.append(text.substr(0, length));
        }
        text.remove_prefix(length);
    }
    return out;
}

std::string escaped(std::string_view text) {
    return escapedWhere(text, isDeceptive);
}

std::string lowerCase(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos)
        return {};
    return std::string(text.substr(begin, text.find_last_not_of(blanks) - begin + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (size_t at = 0; at <= text.size();) {
        const size_t end = std::min(text.find(separator, at), text.size());
        parts.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    std::string out;
    for (const std::string& part : parts) {
        if (!out.empty() || &part != parts.data())
            out += separator;
        out += part;
    }
    return out;
}

std::string humanBytes(double bytes) {
    constexpr std::array<const char*, 5> units{"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    while (bytes >= 1000 && unit + 1 < units.size()) {
        bytes /= 1000;
        ++unit;
    }
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return buffer.data();
}

bool parseBytes(std::string_view text, int64_t& bytes) {
    std::string lower = lowerCase(trimmed(text));
    for (const char* ending : {"ib", "b"})
        if (lower.ends_with(ending)) {
            lower.resize(lower.size() - std::string_view(ending).size());
            break;
        }
    constexpr std::string_view units = "kmgt";
    double factor = 1;
    if (!lower.empty() && units.find(lower.back()) != std::string_view::npos) {
        for (size_t i = 0; i <= units.find(lower.back()); ++i)
            factor *= 1024;
        lower.pop_back();
    }
    double value = 0;
    if (!parseNumber(trimmed(lower), value) || !(value * factor >= 1) || value * factor > 9e18)
        return false;
    bytes = static_cast<int64_t>(value * factor);
    return true;
}

bool parseNumber(std::string_view text, double& value) {
    text = withoutPlus(text);
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    return status == std::errc() && end == text.data() + text.size();
}

bool parseInteger(std::string_view text, long long& value) {
    text = withoutPlus(text);
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    return status == std::errc() && end == text.data() + text.size();
}

} // namespace galatea
