#pragma once
// Columns of another catalogue for the objects of a table: matched by identifier or by place on the sky.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/stop_token.h"
#include "core/table.h"

namespace galatea {

/// For each position of the first list its nearest neighbour in the second.
struct SkyMatches {
    std::vector<int64_t> nearest;   ///< index into the second list; −1: none within the radius
    std::vector<double> separation; ///< arcsec; NaN without a match
    std::vector<bool> ambiguous;    ///< more than one lies within the radius
};

/// Great-circle distances, right across RA 0 and at the poles. Degrees; positions that are not finite or have
/// |dec| > 90 match nothing. Time grows as n log n, whatever the radius. The separation is exact to about
/// 1e-9 arcsec (formula of Vincenty 1975). Throws std::invalid_argument if ra and dec differ in length.
SkyMatches matchSky(std::span<const double> ra, std::span<const double> dec, std::span<const double> otherRa,
                    std::span<const double> otherDec, double radiusArcsec, const StopToken& stop = {});

/// Angle between two directions given in degrees, in arcsec.
double separationArcsec(double ra1, double dec1, double ra2, double dec2);

/// "12:34:56.7", "12 34 56.7", "-01d02m03s"; in units of its first part. Nothing if it is no such text.
std::optional<double> sexagesimal(const std::string& text);

/// Where a table keeps its sky positions: degrees, one per row, NaN where there is none.
struct SkyColumns {
    std::string raName, decName;
    std::vector<double> ra, dec;
    int64_t unusable = 0; ///< rows without a valid position
};

/// By UCD (pos.eq.ra, pos.eq.dec; those with meta.main first), otherwise by the names catalogues use (ra,
/// dec, RAJ2000, ALPHA_J2000, ra_icrs …). Units deg, rad, h, arcsec …; text also as 12:34:56.7 or 12h34m56.7s
/// (RA then in hours). Throws InputError naming `file` if there are no such columns.
SkyColumns findSkyColumns(const Table& table, const std::string& file);

enum class JoinBy { Id, Sky };

struct JoinOptions {
    JoinBy by = JoinBy::Id;
    double radius = 1;        ///< arcsec, for Sky
    std::string idColumn{};   ///< of the catalogue, for Id; empty: found by name
    std::string suffix{"_2"}; ///< given to a column whose name is taken
};

struct JoinReport {
    int64_t rows = 0, catalogRows = 0;
    int64_t matched = 0;              ///< rows with a partner
    int64_t unmatched = 0;            ///< rows without one: their new cells are empty
    int64_t unusedInCatalog = 0;      ///< catalogue rows that are nobody's partner
    int64_t ambiguous = 0;            ///< rows with several candidates; the best was taken
    int64_t sharedInCatalog = 0;      ///< catalogue rows that are the partner of more than one row
    std::vector<std::string> added;   ///< columns
    std::vector<std::string> renamed; ///< "name → name_2"
    std::vector<std::string> notes;
    std::string sentence() const; ///< the figures in one line
};

/// The table with the catalogue's columns behind its own, units and UCDs kept; rows and their order stay. By
/// id (the table's column of the same name, otherwise its column "id"): text or whole numbers, blanks around
/// them ignored; the first of several rows of one id is taken. By sky: the nearest within the radius; a
/// column "separation" (arcsec) is added. Whole-number columns in which some rows find no partner become
/// numbers with NaN or text, as integersWithGaps() says. `tableName` and `catalogName` are for messages.
/// Throws InputError if a needed column is missing, UsageError for a bad radius.
Table joinCatalog(const Table& table, const std::string& tableName, const Table& catalog,
                  const std::string& catalogName, const JoinOptions& options, JoinReport& report,
                  const StopToken& stop = {});

/// A catalogue file to be joined, as the person asks for it.
struct JoinRequest {
    std::string path{}; ///< CSV, FITS table or VOTable; empty: nothing is joined
    JoinOptions options{};
};

/// Reads the catalogue at once, so that a bad one is told before long work starts.
class CatalogJoin {
  public:
    /// Throws as readTableFile() does, and UsageError for a bad radius.
    explicit CatalogJoin(const JoinRequest& request);
    /// As joinCatalog(); the file's own notes are among the report's.
    Table apply(const Table& table, const std::string& tableName, JoinReport& report,
                const StopToken& stop = {}) const;

  private:
    JoinRequest request_;
    Table catalog_;
    std::vector<std::string> notes_;
};

} // namespace galatea
