// Columns of FITS tables (Standard 4.0, section 7) and the tiling of compressed images (section 10).

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/text.h"
#include "io/fits_scan.h"

namespace galatea {

namespace {

constexpr int64_t maxColumns = 999;

int64_t typeBytes(char type) {
    switch (type) {
    case 'L':
    case 'B':
    case 'A':
    case 'X':
        return 1;
    case 'I':
        return 2;
    case 'J':
    case 'E':
        return 4;
    case 'K':
    case 'D':
    case 'C':
    case 'P':
        return 8;
    case 'M':
    case 'Q':
        return 16;
    default:
        return 0;
    }
}

/// "12A", "E", "1PJ(30)": repeat count, type, the rest.
void parseBinaryForm(FitsColumn& column, const std::string& key, const std::string& form) {
    const std::string text = trimmed(form);
    size_t at = 0;
    int64_t repeat = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
        if (__builtin_mul_overflow(repeat, 10, &repeat) ||
            __builtin_add_overflow(repeat, text[at] - '0', &repeat))
            throw FitsFault(key + " = '" + text + "' is not possible");
    column.repeat = at == 0 ? 1 : repeat;
    column.type = at < text.size() ? text[at] : ' ';
    if (column.type >= 'a' && column.type <= 'z')
        column.type = static_cast<char>(column.type - 'a' + 'A');
    const int64_t each = typeBytes(column.type);
    if (each == 0)
        throw FitsFault(key + " = '" + text + "' is no type of a table column");
    if ((column.type == 'P' || column.type == 'Q') && column.repeat > 1)
        throw FitsFault(key + " = '" + text + "' is not possible");
    if (column.type == 'X')
        column.bytes = column.repeat / 8 + (column.repeat % 8 != 0);
    else if (__builtin_mul_overflow(column.repeat, each, &column.bytes))
        throw FitsFault(key + " = '" + text + "' is not possible");
}

/// "A10", "I6", "F8.3", "E15.7", "D23.15": type and width.
void parseAsciiForm(FitsColumn& column, const std::string& key, const std::string& form) {
    const std::string text = trimmed(form);
    long long width = 0;
    const bool known = !text.empty() && std::string_view("AIFED").find(text[0]) != std::string_view::npos;
    if (!known || !parseInteger(text.substr(1, text.find('.') - 1), width) || width < 0)
        throw FitsFault(key + " = '" + text + "' is no type of a text table's column");
    column.type = text[0];
    column.bytes = width;
}

/// "(64,64)"; empty if it is nothing of the kind.
std::vector<int64_t> parseDimensions(const std::string& text) {
    const std::string inner = trimmed(text);
    if (inner.size() < 3 || inner.front() != '(' || inner.back() != ')')
        return {};
    std::vector<int64_t> result;
    for (const std::string& part : split(inner.substr(1, inner.size() - 2), ',')) {
        long long value = 0;
        if (!parseInteger(trimmed(part), value) || value < 0 || result.size() >= 9)
            return {};
        result.push_back(value);
    }
    return result;
}

double finiteOr(const FitsHeader& header, const std::string& key, double otherwise) {
    if (!header.has(key))
        return otherwise;
    const std::optional<double> value = header.number(key);
    if (!value || !std::isfinite(*value))
        throw FitsFault(key + " is no finite number");
    return *value;
}

void readMeaning(FitsColumn& column, const FitsHeader& header, const std::string& n,
                 std::vector<std::string>& notes) {
    // TNAME: the name itself where TTYPE, which takes letters, digits and _ only, could not hold it.
    column.name = trimmed(header.text("TNAME" + n).value_or(header.text("TTYPE" + n).value_or("")));
    column.description = header.text("TCOMM" + n).value_or(header.comment("TTYPE" + n));
    column.unit = trimmed(header.text("TUNIT" + n).value_or(""));
    column.ucd = header.text("TUCD" + n).value_or(header.text("TBUCD" + n).value_or(""));
    column.scale = finiteOr(header, "TSCAL" + n, 1);
    column.zero = finiteOr(header, "TZERO" + n, 0);
    column.null = header.integer("TNULL" + n);
    column.nullText = trimmed(header.text("TNULL" + n).value_or(""));
    const std::optional<std::string> dimensions = header.text("TDIM" + n);
    if (!dimensions)
        return;
    column.dimensions = parseDimensions(*dimensions);
    int64_t product = column.dimensions.empty() ? -1 : 1;
    for (const int64_t axis : column.dimensions)
        if (__builtin_mul_overflow(product, axis, &product))
            product = -1;
    if (column.type != 'P' && column.type != 'Q' && (product < 0 || product > column.repeat)) {
        notes.push_back("has TDIM" + n + " = '" + escaped(*dimensions).substr(0, 40) +
                        "', which does not fit its column and is ignored");
        column.dimensions.clear();
    }
}

void placeAscii(FitsColumn& column, const FitsHdu& hdu, const std::string& n) {
    column.offset = fitsCount(hdu.header, "TBCOL" + n, 1, INT64_MAX) - 1;
    if (column.offset > hdu.rowBytes || column.bytes > hdu.rowBytes - column.offset)
        throw FitsFault("column " + n + " reaches past the end of its row");
}

void makeNamesUnique(std::vector<FitsColumn>& columns) {
    std::set<std::string> taken;
    for (size_t i = 0; i < columns.size(); ++i) {
        const std::string base = columns[i].name.empty() ? "column" + std::to_string(i + 1) : columns[i].name;
        columns[i].name = base;
        for (int copy = 2; !taken.insert(columns[i].name).second; ++copy)
            columns[i].name = base + "_" + std::to_string(copy);
    }
}

int64_t tilesAlong(int64_t axis, int64_t tile) {
    return axis / tile + (axis % tile != 0);
}

void checkRice(const FitsHeader& header, std::vector<std::string>& notes) {
    for (int n = 1; n <= 9; ++n) {
        const std::string place = std::to_string(n);
        const std::string name = header.text("ZNAME" + place).value_or("");
        if (name == "BLOCKSIZE")
            fitsCount(header, "ZVAL" + place, 1, 1024);
        if (name == "BYTEPIX") {
            const int64_t value = fitsCount(header, "ZVAL" + place, INT64_MIN, INT64_MAX);
            if (value != 1 && value != 2 && value != 4 && value != 8)
                notes.push_back("has the RICE parameter BYTEPIX = " + std::to_string(value) +
                                ", which is not possible and is ignored");
        }
    }
}

} // namespace

bool FitsColumn::isNumber() const {
    return std::string_view("BIJKED").find(type) != std::string_view::npos;
}

void readFitsColumns(FitsHdu& hdu, std::vector<std::string>& notes) {
    const FitsHeader& header = hdu.header;
    const bool ascii = hdu.kind == FitsKind::AsciiTable;
    const int64_t count = fitsCount(header, "TFIELDS", 0, maxColumns);
    int64_t offset = 0;
    for (int64_t i = 1; i <= count; ++i) {
        const std::string n = std::to_string(i), key = "TFORM" + n;
        const std::optional<std::string> form = header.text(key);
        if (!form)
            throw FitsFault("the keyword " + key + " is missing");
        FitsColumn column;
        ascii ? parseAsciiForm(column, key, *form) : parseBinaryForm(column, key, *form);
        if (ascii)
            placeAscii(column, hdu, n);
        else
            column.offset = offset;
        readMeaning(column, header, n, notes);
        if (!ascii && __builtin_add_overflow(offset, column.bytes, &offset))
            throw FitsFault("its columns are wider than any row");
        hdu.columns.push_back(std::move(column));
    }
    if (offset > hdu.rowBytes)
        throw FitsFault("its columns need " + std::to_string(offset) + " bytes per row, NAXIS1 gives " +
                        std::to_string(hdu.rowBytes));
    if (!ascii && offset < hdu.rowBytes)
        notes.push_back("has rows of " + std::to_string(hdu.rowBytes) + " bytes, its columns need only " +
                        std::to_string(offset));
    makeNamesUnique(hdu.columns);
}

void readFitsTiling(FitsHdu& hdu, std::vector<std::string>& notes) {
    const FitsHeader& header = hdu.header;
    constexpr std::array known{"RICE_1",      "RICE_ONE", "GZIP_1",    "GZIP_2",
                               "HCOMPRESS_1", "PLIO_1",   "NOCOMPRESS"};
    const std::string algorithm = header.text("ZCMPTYPE").value_or("");
    if (std::find(known.begin(), known.end(), algorithm) == known.end())
        throw FitsFault("its pixels are packed by an unknown method '" + algorithm + "'");
    if (algorithm.starts_with("RICE"))
        checkRice(header, notes);
    const int64_t bitpix = fitsCount(header, "ZBITPIX", -64, 64);
    if (!legalBitpix(bitpix))
        throw FitsFault("ZBITPIX = " + std::to_string(bitpix) + " is none of 8, 16, 32, 64, -32, -64");
    hdu.bitpix = static_cast<int>(bitpix);
    const int64_t count = fitsCount(header, "ZNAXIS", 1, 9);
    hdu.axes.clear();
    int64_t pixels = 1, tiles = 1;
    for (int64_t i = 1; i <= count; ++i) {
        const std::string n = std::to_string(i);
        const int64_t axis = fitsCount(header, "ZNAXIS" + n, 1, INT64_MAX);
        const int64_t tile =
            header.has("ZTILE" + n) ? fitsCount(header, "ZTILE" + n, 1, INT64_MAX) : (i == 1 ? axis : 1);
        if (__builtin_mul_overflow(pixels, axis, &pixels) || pixels > FitsReader::maxReadBytes)
            throw FitsFault("its pixels would be more than can be read");
        if (__builtin_mul_overflow(tiles, tilesAlong(axis, tile), &tiles))
            throw FitsFault("it has more tiles than any file");
        hdu.axes.push_back(axis);
    }
    if (tiles != hdu.rows)
        throw FitsFault("its size needs " + std::to_string(tiles) + " tiles, the table has " +
                        std::to_string(hdu.rows));
    const bool packed = std::any_of(hdu.columns.begin(), hdu.columns.end(), [](const FitsColumn& column) {
        return column.name == "COMPRESSED_DATA" || column.name == "GZIP_COMPRESSED_DATA" ||
               column.name == "UNCOMPRESSED_DATA";
    });
    if (!packed)
        throw FitsFault("it has no column COMPRESSED_DATA");
    readFitsScaling(hdu, notes);
}

} // namespace galatea
