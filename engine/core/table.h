#pragma once
// Catalogue tables: named columns of equal length, with the units and UCDs of astronomy.

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace galatea {

struct Column {
    using Values = std::variant<std::vector<double>, std::vector<int64_t>, std::vector<std::string>>;
    std::string name;
    Values values;
    std::string unit{};        ///< e.g. "mag", "arcsec"; empty if dimensionless or unknown
    std::string ucd{};         ///< IVOA Unified Content Descriptor, e.g. "phot.mag;em.opt.R"
    std::string description{}; ///< one line

    int64_t size() const;
    bool isText() const { return std::holds_alternative<std::vector<std::string>>(values); }
    /// The row as a number; NaN for text that is no number.
    double number(int64_t row) const;
    /// The row as text, numbers in shortest exact form, NaN as "".
    std::string text(int64_t row) const;
};

class Table {
  public:
    int64_t rowCount() const { return columns_.empty() ? 0 : columns_.front().size(); }
    const std::vector<Column>& columns() const { return columns_; }
    /// nullptr if there is no such column.
    const Column* find(const std::string& name) const;
    /// Adds or replaces. Throws std::length_error if its length differs from the other columns'.
    void set(Column column);
    /// The given rows, in that order.
    Table select(std::span<const int64_t> rows) const;

  private:
    std::vector<Column> columns_;
};

/// Whole numbers of which some are missing: integers if none is; otherwise numbers with NaN or, where a
/// double would lose digits, text with "". `present` is as long as `values`.
Column integersWithGaps(std::string name, std::vector<int64_t> values, const std::vector<bool>& present);

/// Text cells as the narrowest type that holds them all exactly: integer, double (empty cells NaN), or text.
/// Blanks around a number do not count. Whole numbers too large for their type stay text.
Column columnFromText(std::string name, const std::vector<std::string>& cells);

} // namespace galatea
