#include "data/join.h"

#include <array>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "core/error.h"
#include "core/text.h"
#include "io/table_file.h"

namespace galatea {

namespace {

constexpr std::array idNames{"id",        "objid",    "galaxyid", "source_id",
                             "object_id", "objectid", "number",   "name"};

struct Partners {
    std::vector<int64_t> row; ///< of the catalogue, for each row of the table; −1: none
    std::vector<double> separation{};
    int64_t ambiguous = 0;
    std::string dropped{}; ///< the catalogue's column that says nothing new
};

/// Two spellings of one identifier become the same text: blanks off, 12.0 as 12.
std::string idText(const Column& column, int64_t row) {
    if (const auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
        const double value = (*numbers)[static_cast<size_t>(row)];
        if (value == std::floor(value) && std::abs(value) < 9.007199254740992e15)
            return std::to_string(static_cast<int64_t>(value));
    }
    std::string text = trimmed(column.text(row));
    long long integer = 0;
    if (column.isText() && parseInteger(text, integer) && text.starts_with('+'))
        text.erase(0, 1);
    return text;
}

const Column& catalogIds(const Table& catalog, const std::string& catalogName, const JoinOptions& options) {
    if (!options.idColumn.empty()) {
        if (const Column* column = catalog.find(options.idColumn))
            return *column;
        throw InputError(catalogName, "it has no column '" + options.idColumn + "'",
                         "name the column that holds the identifiers");
    }
    for (const Column& column : catalog.columns()) // the UCD is the surest sign
        if (lowerCase(column.ucd).starts_with("meta.id") &&
            lowerCase(column.ucd).find("meta.main") != std::string::npos)
            return column;
    for (const char* name : idNames)
        for (const Column& column : catalog.columns())
            if (lowerCase(column.name) == name)
                return column;
    throw InputError(catalogName, "no column is recognised as an identifier",
                     "call it id or name it with --join-id");
}

Partners partnersById(const Table& table, const std::string& tableName, const Table& catalog,
                      const std::string& catalogName, const JoinOptions& options, JoinReport& report) {
    const Column& theirs = catalogIds(catalog, catalogName, options);
    const Column* ours = table.find(theirs.name);
    if (ours == nullptr)
        ours = table.find("id");
    if (ours == nullptr)
        throw InputError(tableName, "it has no column 'id'", "join by sky instead");
    struct Place {
        int64_t first = 0, count = 0;
    };
    std::unordered_map<std::string, Place> places;
    int64_t repeated = 0, empty = 0;
    for (int64_t row = 0; row < catalog.rowCount(); ++row) {
        const std::string id = idText(theirs, row);
        if (id.empty()) {
            ++empty;
            continue;
        }
        Place& place = places.try_emplace(id, Place{row, 0}).first->second;
        repeated += place.count++ > 0;
    }
    if (repeated > 0)
        report.notes.push_back(std::to_string(repeated) + " rows of " + escaped(catalogName) +
                               " repeat an identifier; the first of each was taken");
    if (empty > 0)
        report.notes.push_back(std::to_string(empty) + " rows of " + escaped(catalogName) +
                               " have no identifier");
    Partners partners;
    partners.dropped = theirs.name;
    for (int64_t row = 0; row < table.rowCount(); ++row) {
        const auto found = places.find(idText(*ours, row));
        partners.row.push_back(found == places.end() ? -1 : found->second.first);
        partners.ambiguous += found != places.end() && found->second.count > 1;
    }
    return partners;
}

void noteUnusable(const SkyColumns& sky, const std::string& file, std::vector<std::string>& notes) {
    if (sky.unusable > 0)
        notes.push_back(std::to_string(sky.unusable) + " of " + std::to_string(sky.ra.size()) + " rows of " +
                        escaped(file) + " have no valid position");
}

void requireRadius(const JoinOptions& options) {
    if (!(options.radius > 0) || options.radius > 648000)
        throw UsageError("the matching radius", "must lie above 0 and within half a turn",
                         "give it in arcseconds");
}

Partners partnersBySky(const Table& table, const std::string& tableName, const Table& catalog,
                       const std::string& catalogName, const JoinOptions& options, JoinReport& report,
                       const StopToken& stop) {
    requireRadius(options);
    const SkyColumns ours = findSkyColumns(table, tableName);
    const SkyColumns theirs = findSkyColumns(catalog, catalogName);
    noteUnusable(ours, tableName, report.notes);
    noteUnusable(theirs, catalogName, report.notes);
    SkyMatches matches = matchSky(ours.ra, ours.dec, theirs.ra, theirs.dec, options.radius, stop);
    Partners partners;
    partners.row = std::move(matches.nearest);
    partners.separation = std::move(matches.separation);
    for (const bool ambiguous : matches.ambiguous)
        partners.ambiguous += ambiguous;
    return partners;
}

void count(const Partners& partners, const Table& catalog, JoinReport& report) {
    std::vector<int64_t> uses(static_cast<size_t>(catalog.rowCount()));
    for (const int64_t partner : partners.row) {
        report.matched += partner >= 0;
        if (partner >= 0)
            ++uses[static_cast<size_t>(partner)];
    }
    report.rows = static_cast<int64_t>(partners.row.size());
    report.catalogRows = catalog.rowCount();
    report.unmatched = report.rows - report.matched;
    report.ambiguous = partners.ambiguous;
    for (const int64_t n : uses) {
        report.unusedInCatalog += n == 0;
        report.sharedInCatalog += n > 1;
    }
}

/// The catalogue's cells in the table's order.
Column taken(const Column& column, const std::vector<int64_t>& partners) {
    const auto each = [&](auto&& put) {
        for (size_t row = 0; row < partners.size(); ++row)
            put(row, static_cast<size_t>(std::max<int64_t>(partners[row], 0)), partners[row] >= 0);
    };
    Column result = column;
    if (const auto* integers = std::get_if<std::vector<int64_t>>(&column.values)) {
        std::vector<int64_t> values(partners.size());
        std::vector<bool> present(partners.size());
        each([&](size_t row, size_t from, bool found) {
            values[row] = found ? (*integers)[from] : 0;
            present[row] = found;
        });
        result.values = integersWithGaps("", std::move(values), present).values;
    } else if (const auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
        std::vector<double> values(partners.size(), std::numeric_limits<double>::quiet_NaN());
        each([&](size_t row, size_t from, bool found) {
            if (found)
                values[row] = (*numbers)[from];
        });
        result.values = std::move(values);
    } else {
        const auto& texts = std::get<std::vector<std::string>>(column.values);
        std::vector<std::string> values(partners.size());
        each([&](size_t row, size_t from, bool found) {
            if (found)
                values[row] = texts[from];
        });
        result.values = std::move(values);
    }
    return result;
}

void addColumn(Table& joined, Column column, const JoinOptions& options, JoinReport& report) {
    const std::string given = column.name;
    for (int n = 0; joined.find(column.name) != nullptr; ++n)
        column.name = given + options.suffix + (n == 0 ? "" : "_" + std::to_string(n));
    if (column.name != given)
        report.renamed.push_back(given + " → " + column.name);
    report.added.push_back(column.name);
    joined.set(std::move(column));
}

} // namespace

std::string JoinReport::sentence() const {
    const auto number = [](int64_t n) { return std::to_string(n); };
    std::string text = number(matched) + " of " + number(rows) + " rows matched, " + number(unmatched) +
                       " without a partner; " + number(unusedInCatalog) + " of " + number(catalogRows) +
                       " catalogue rows unused";
    if (ambiguous > 0)
        text += "; " + number(ambiguous) + " rows had several candidates";
    if (sharedInCatalog > 0)
        text += "; " + number(sharedInCatalog) + " catalogue rows serve more than one";
    return text;
}

Table joinCatalog(const Table& table, const std::string& tableName, const Table& catalog,
                  const std::string& catalogName, const JoinOptions& options, JoinReport& report,
                  const StopToken& stop) {
    const Partners partners =
        options.by == JoinBy::Id
            ? partnersById(table, tableName, catalog, catalogName, options, report)
            : partnersBySky(table, tableName, catalog, catalogName, options, report, stop);
    count(partners, catalog, report);
    if (report.matched == 0)
        report.notes.push_back("no row of " + escaped(catalogName) + " belongs to any object");
    Table joined = table;
    for (const Column& column : catalog.columns())
        if (column.name != partners.dropped)
            addColumn(joined, taken(column, partners.row), options, report);
    if (options.by == JoinBy::Sky)
        addColumn(joined,
                  {"separation", partners.separation, "arcsec", "pos.angDistance",
                   "distance to the catalogue's position"},
                  options, report);
    return joined;
}

CatalogJoin::CatalogJoin(const JoinRequest& request) : request_(request) {
    if (request.options.by == JoinBy::Sky)
        requireRadius(request.options);
    catalog_ = readTableFile(request.path, notes_);
}

Table CatalogJoin::apply(const Table& table, const std::string& tableName, JoinReport& report,
                         const StopToken& stop) const {
    for (const std::string& note : notes_)
        report.notes.push_back(escaped(request_.path) + ": " + note);
    return joinCatalog(table, tableName, catalog_, request_.path, request_.options, report, stop);
}

} // namespace galatea
