#pragma once
// What is in a column, and its rows in the order of its values.

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/column_view.h"
#include "core/stop_token.h"

namespace galatea {

/// Rows in the order they are shown in; fewer than 4,294,967,295.
using RowList = std::vector<uint32_t>;
using RowListPtr = std::shared_ptr<const RowList>;

struct ColumnStatistics {
    static constexpr double none = std::numeric_limits<double>::quiet_NaN();
    int64_t rows = 0;
    int64_t missing = 0;  ///< NaN, infinite, or the empty text
    int64_t distinct = 0; ///< among the others; −1: text with more than 65,536 different ones
    double least = none, median = none, mean = none, greatest = none; ///< of numbers
    /// Numbers of rows in equal steps from `low` to `high` (1st to 99th percentile, widened to the whole
    /// range where that is not much wider); the outer bars also hold what lies beyond. Of text: its most
    /// frequent values, the most frequent first.
    std::vector<int64_t> bars;
    double low = none, high = none;
    std::vector<std::string> names; ///< of text: what the bars stand for
};

inline constexpr int statisticsBars = 32;

/// Of these rows, or of all if there is no list. Throws Interrupted.
ColumnStatistics statisticsOf(const ColumnView& column, const RowListPtr& rows, const StopToken& stop = {});

/// The rows with mask[row] != 0, ascending; `among`: only those, in their order.
RowList rowsWhere(const std::vector<uint8_t>& mask, const RowListPtr& among = {});

/// The rows (0 … N−1 if there is no list) by the column's values. Stable: rows of equal value stay in the
/// order they had, in descending order too. Missing values come last either way. Throws Interrupted.
RowList orderBy(const ColumnView& column, const RowListPtr& rows, bool descending,
                const StopToken& stop = {});

} // namespace galatea
