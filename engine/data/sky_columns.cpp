// Which columns of a table are right ascension and declination, and their values in degrees.

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "core/error.h"
#include "core/text.h"
#include "data/join.h"

namespace galatea {

namespace {

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

/// The first names are the surest.
constexpr std::array raNames{
    "ra",     "ra_deg",  "radeg",       "raj2000",        "_raj2000",  "ra_icrs",         "ra_j2000",
    "raicrs", "ramean",  "alpha_j2000", "alphawin_j2000", "alpha_sky", "right_ascension", "rightascension",
    "alpha",  "coord_ra"};
constexpr std::array decNames{
    "dec",         "dec_deg", "decdeg",  "dej2000",     "_dej2000",       "de_icrs",
    "dec_j2000",   "deicrs",  "decmean", "delta_j2000", "deltawin_j2000", "delta_sky",
    "declination", "decl",    "delta",   "coord_dec",   "decj2000"};

bool ucdIs(const std::string& ucd, const std::string& first, bool main) {
    const std::vector<std::string> words = split(lowerCase(ucd), ';');
    bool isMain = false;
    for (const std::string& word : words)
        isMain = isMain || trimmed(word) == "meta.main";
    return trimmed(words.front()) == first && (isMain || !main);
}

const Column* byUcd(const Table& table, const std::string& ucd) {
    for (const bool main : {true, false})
        for (const Column& column : table.columns())
            if (ucdIs(column.ucd, ucd, main))
                return &column;
    return nullptr;
}

template <class Names>
const Column* byName(const Table& table, const Names& names) {
    for (const char* name : names)
        for (const Column& column : table.columns())
            if (lowerCase(column.name) == name)
                return &column;
    return nullptr;
}

/// Degrees per unit; nothing for a unit that is no angle.
std::optional<double> degreesPer(const std::string& given) {
    const std::string unit = lowerCase(trimmed(given));
    if (unit.empty() || unit.starts_with("deg") || unit == "d" || unit == "°")
        return 1.0;
    if (unit.starts_with("rad"))
        return 180 / std::numbers::pi;
    if (unit == "h" || unit.starts_with("hour") || unit == "hr")
        return 15.0;
    if (unit == "arcmin")
        return 1.0 / 60;
    if (unit == "arcsec")
        return 1.0 / 3600;
    if (unit == "mas")
        return 1.0 / 3.6e6;
    return std::nullopt;
}

std::vector<double> degreesOf(const Column& column, bool isRa, const std::string& file) {
    const std::optional<double> factor = degreesPer(column.unit);
    const bool mayBeSexagesimal = column.isText();
    if (!factor && !mayBeSexagesimal)
        throw InputError(file,
                         "column '" + escaped(column.name) + "' is in '" + escaped(column.unit) +
                             "', which is no angle",
                         "give positions in degrees");
    std::vector<double> degrees;
    degrees.reserve(static_cast<size_t>(column.size()));
    for (int64_t row = 0; row < column.size(); ++row) {
        double value = column.number(row) * factor.value_or(1.0);
        if (std::isnan(value) && mayBeSexagesimal)
            if (const auto parsed = sexagesimal(column.text(row)))
                value = *parsed * (isRa ? 15 : 1);
        degrees.push_back(std::isfinite(value) ? value : notANumber);
    }
    return degrees;
}

} // namespace

std::optional<double> sexagesimal(const std::string& given) {
    std::string text = trimmed(given);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.erase(0, 1);
    for (char& c : text)
        if (std::string_view(":hmsdHMSD'\"").find(c) != std::string_view::npos)
            c = ' ';
    double value = 0, scale = 1;
    int parts = 0;
    for (const std::string& part : split(text, ' ')) {
        if (part.empty())
            continue;
        double number = 0;
        const bool isNumber = part.find_first_not_of("0123456789.") == std::string::npos;
        if (!isNumber || !parseNumber(part, number) || parts == 3 || (parts > 0 && number >= 60))
            return std::nullopt;
        value += number / scale;
        scale *= 60;
        ++parts;
    }
    if (parts < 2)
        return std::nullopt;
    return negative ? -value : value;
}

SkyColumns findSkyColumns(const Table& table, const std::string& file) {
    const Column* ra = byUcd(table, "pos.eq.ra");
    const Column* dec = byUcd(table, "pos.eq.dec");
    if (ra == nullptr || dec == nullptr) {
        ra = byName(table, raNames);
        dec = byName(table, decNames);
    }
    if (ra == nullptr || dec == nullptr)
        throw InputError(file,
                         std::string("no column is recognised as ") +
                             (ra == nullptr ? "right ascension" : "declination"),
                         "call the columns ra and dec, in degrees");
    SkyColumns sky{ra->name, dec->name, degreesOf(*ra, true, file), degreesOf(*dec, false, file), 0};
    for (size_t row = 0; row < sky.ra.size(); ++row) {
        const bool valid = std::isfinite(sky.ra[row]) && std::isfinite(sky.dec[row]) &&
                           std::abs(sky.dec[row]) <= 90 && sky.ra[row] >= -360 && sky.ra[row] <= 720;
        if (valid)
            continue;
        sky.ra[row] = sky.dec[row] = notANumber;
        ++sky.unusable;
    }
    return sky;
}

} // namespace galatea
