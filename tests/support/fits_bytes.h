#pragma once
// FITS and NumPy files made byte by byte, independent of the program's own writers.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace galatea {

inline std::string fitsCard(const std::string& text) {
    std::string card = text.substr(0, 80);
    card.resize(80, ' ');
    return card;
}

template <class Value>
std::string fitsCard(const std::string& key, const Value& value) {
    std::string text = key;
    text.resize(8, ' ');
    if constexpr (std::is_same_v<Value, bool>)
        return fitsCard(text + "= " + std::string(19, ' ') + (value ? "T" : "F"));
    else if constexpr (std::is_arithmetic_v<Value>)
        return fitsCard(text + "= " + std::to_string(value));
    else
        return fitsCard(text + "= '" + std::string(value) + "'");
}

inline std::string fitsBlocks(std::string bytes, char fill) {
    bytes.resize((bytes.size() + 2879) / 2880 * 2880, fill);
    return bytes;
}

inline std::string fitsUnit(const std::string& cards, const std::string& data = {}, char fill = '\0') {
    return fitsBlocks(cards + fitsCard("END"), ' ') + fitsBlocks(data, fill);
}

/// Cards up to the axes; as a primary or an IMAGE extension.
inline std::string fitsImageCards(int bitpix, const std::vector<int64_t>& axes, bool extension = false) {
    std::string cards = extension ? fitsCard("XTENSION", "IMAGE   ") : fitsCard("SIMPLE", true);
    cards += fitsCard("BITPIX", bitpix) + fitsCard("NAXIS", int64_t(axes.size()));
    for (size_t n = 0; n < axes.size(); ++n)
        cards += fitsCard("NAXIS" + std::to_string(n + 1), axes[n]);
    if (extension)
        cards += fitsCard("PCOUNT", 0) + fitsCard("GCOUNT", 1);
    return cards;
}

template <class Value>
std::string bigEndian(Value value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    return {std::make_reverse_iterator(bytes + sizeof value), std::make_reverse_iterator(bytes)};
}

template <class Values>
std::string bigEndianAll(const Values& values) {
    std::string bytes;
    for (const auto value : values)
        bytes += bigEndian(value);
    return bytes;
}

inline std::string npyBytes(const std::string& type, const std::string& shape, const std::string& data,
                            bool fortran = false) {
    std::string head = "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") +
                       ", 'shape': " + shape + ", }";
    head.resize((head.size() + 10 + 64) / 64 * 64 - 10 - 1, ' ');
    head += '\n';
    return std::string("\x93NUMPY\x01\x00", 8) + char(head.size() & 255) + char(head.size() >> 8) + head +
           data;
}

template <class Values>
std::string littleEndianAll(const Values& values) {
    std::string bytes;
    for (const auto value : values)
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    return bytes;
}

/// A zip archive of stored entries; `checksums` are not looked at for stored entries and left 0.
inline std::string zipBytes(const std::vector<std::pair<std::string, std::string>>& entries) {
    const auto number = [](uint64_t value, int bytes) {
        std::string text;
        for (int i = 0; i < bytes; ++i)
            text += char(value >> (8 * i) & 255);
        return text;
    };
    std::string out, directory;
    for (const auto& [name, content] : entries) {
        const std::string common = number(20, 2) + number(0, 12) + number(content.size(), 4) +
                                   number(content.size(), 4) + number(name.size(), 2) + number(0, 2);
        directory += "PK\x01\x02" + number(20, 2) + common + number(0, 10) + number(out.size(), 4) + name;
        out += "PK\x03\x04" + common + name + content;
    }
    return out + directory + "PK\x05\x06" + number(0, 4) + number(entries.size(), 2) +
           number(entries.size(), 2) + number(directory.size(), 4) + number(out.size(), 4) + number(0, 2);
}

} // namespace galatea
