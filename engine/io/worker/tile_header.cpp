#include "io/worker/tile_fits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "core/error.h"
#include "core/text.h"

namespace galatea::decode {

namespace {

class Cards {
  public:
    void text(const std::string& key, const std::string& value) { add(key, "'" + value + "'"); }
    void number(const std::string& key, int64_t value) { add(key, std::to_string(value)); }
    void real(const std::string& key, double value) {
        std::array<char, 40> digits{};
        std::snprintf(digits.data(), digits.size(), "%.17E", value);
        add(key, digits.data());
    }
    void truth(const std::string& key) { add(key, "T"); }
    const std::string& all() const { return cards_; }

  private:
    void add(const std::string& key, const std::string& value) {
        std::array<char, 81> card{};
        // Numbers end in column 30, texts start in column 11.
        std::snprintf(card.data(), card.size(),
                      value.starts_with('\'') ? "%-8.8s= %-70.70s" : "%-8.8s= %20s%-50s", key.c_str(),
                      value.c_str(), "");
        cards_.append(card.data(), 80);
    }
    std::string cards_;
};

bool isOneOf(const std::string& text, std::initializer_list<const char*> known) {
    return std::find(known.begin(), known.end(), text) != known.end();
}

void addTable(Cards& cards, const TileTable& table) {
    cards.text("XTENSION", "BINTABLE");
    cards.number("BITPIX", 8);
    cards.number("NAXIS", 2);
    cards.number("NAXIS1", table.rowBytes);
    cards.number("NAXIS2", table.rows);
    cards.number("PCOUNT", table.behindTable);
    cards.number("GCOUNT", 1);
    cards.number("TFIELDS", static_cast<int64_t>(table.fields.size()));
    for (size_t i = 0; i < table.fields.size(); ++i) {
        const TileField& field = table.fields[i];
        const bool known =
            isOneOf(field.name, {"COMPRESSED_DATA", "GZIP_COMPRESSED_DATA", "UNCOMPRESSED_DATA", "ZSCALE",
                                 "ZZERO", "ZBLANK", "NULL_PIXEL_MASK"});
        cards.text("TTYPE" + std::to_string(i + 1), known ? field.name : "OTHER" + std::to_string(i + 1));
        cards.text("TFORM" + std::to_string(i + 1), field.format);
    }
    if (table.heapOffset != table.rowBytes * table.rows)
        cards.number("THEAP", table.heapOffset);
}

void addImage(Cards& cards, const TileTable& table) {
    cards.truth("ZIMAGE");
    cards.text("ZCMPTYPE", table.algorithm);
    cards.number("ZBITPIX", table.bitpix);
    cards.number("ZNAXIS", static_cast<int64_t>(table.axes.size()));
    for (size_t axis = 0; axis < table.axes.size(); ++axis) {
        cards.number("ZNAXIS" + std::to_string(axis + 1), table.axes[axis]);
        cards.number("ZTILE" + std::to_string(axis + 1), table.tile[axis]);
    }
}

/// Parameters and scales, those the library knows and that are numbers.
void addValues(Cards& cards, const FitsHeader& header) {
    const std::string quantized = trimmed(header.text("ZQUANTIZ").value_or(""));
    if (isOneOf(quantized, {"NONE", "NO_DITHER", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2"}))
        cards.text("ZQUANTIZ", quantized);
    for (const char* key : {"ZDITHER0", "ZBLANK", "BLANK"})
        if (const auto value = header.integer(key))
            cards.number(key, *value);
    for (const char* key : {"ZSCALE", "ZZERO", "BSCALE", "BZERO"})
        if (const auto value = header.number(key); value && std::isfinite(*value))
            cards.real(key, *value);
    int64_t parameter = 0;
    for (int index = 1; index < 100 && header.has("ZNAME" + std::to_string(index)); ++index) {
        const std::string name = trimmed(header.text("ZNAME" + std::to_string(index)).value_or(""));
        const auto value = header.number("ZVAL" + std::to_string(index));
        if (!value || !std::isfinite(*value) ||
            !isOneOf(name, {"BLOCKSIZE", "BYTEPIX", "SCALE", "SMOOTH", "NOISEBIT"}))
            continue;
        const std::string number = std::to_string(++parameter);
        cards.text("ZNAME" + number, name);
        if (std::abs(*value) < 1e9 && *value == std::floor(*value))
            cards.number("ZVAL" + number, static_cast<int64_t>(*value));
        else
            cards.real("ZVAL" + number, *value);
    }
}

} // namespace

std::string plainTileHeader(const TileTable& table, const FitsHeader& header, int64_t bytes,
                            const std::string& name) {
    Cards cards;
    addTable(cards, table);
    addImage(cards, table);
    addValues(cards, header);
    constexpr size_t card = 80;
    std::string plain = cards.all();
    if (plain.size() + card > static_cast<size_t>(bytes))
        throw InputError(name, "the header of its compressed image repeats itself", "get the file again");
    // Blank cards fill it, so that the data keep their place.
    plain.resize(static_cast<size_t>(bytes), ' ');
    plain.replace(plain.size() - card, 3, "END");
    return plain;
}

} // namespace galatea::decode
