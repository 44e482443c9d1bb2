#pragma once
// What charts draw of millions of rows: counts, not points. Every function takes a mask of the rows that are
// shown (empty: all), and may run on any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/column_view.h"
#include "core/stop_token.h"

namespace galatea {

/// A class for each row: of text and whole numbers with few distinct values.
struct ClassCodes {
    static constexpr uint8_t none = 255;
    static constexpr size_t most = 24;
    std::vector<uint8_t> code;      ///< [N] indexes names, or none: missing
    std::vector<std::string> names; ///< ascending
};
/// Nothing for a column with more than `most` different values, or with none.
std::optional<ClassCodes> classCodesOf(const ColumnView& column);

using RowMaskView = std::span<const uint8_t>;

/// Where most values lie: the 0.2nd to the 99.8th percentile of the rows that are shown (of an even sample,
/// where they are more than 200,000), the whole range where that is not much wider. `logarithmic`: of log10,
/// of positive ones. Nothing without a finite value.
struct ValueRange {
    double low = 0, high = 1;
};
std::optional<ValueRange> bulkOf(std::span<const double> values, RowMaskView mask, bool logarithmic = false);

/// Numbers of rows in equal steps of the value, or of its log10. The outer bins hold what lies beyond.
struct BinnedValues {
    ValueRange range; ///< of what is drawn: log10 if logarithmic
    bool logarithmic = false;
    std::vector<std::vector<int64_t>> counts; ///< [class, or 1][bin]
    std::vector<int64_t> selected;            ///< [bin] of the selected rows; empty without any
};
BinnedValues binsOf(std::span<const double> values, RowMaskView mask, const ClassCodes* classes,
                    std::span<const int64_t> selection, int bins, bool logarithmic,
                    const StopToken& stop = {});

/// Two columns against each other: numbers of rows by cell, and the rows themselves where they are few.
struct GriddedValues {
    ValueRange x, y;
    int columns = 0, rows = 0;
    std::vector<std::vector<uint32_t>> counts; ///< [class, or 1][cell], row by row from the bottom
    std::vector<uint32_t> selected;            ///< [cell]; empty without any
    std::vector<int64_t> points;               ///< the rows, if there are at most 20,000 of them
    int64_t inside = 0, outside = 0;           ///< finite ones within the ranges, and beyond
};
GriddedValues gridOf(std::span<const double> x, std::span<const double> y, RowMaskView mask,
                     const ClassCodes* classes, std::span<const int64_t> selection, int columns, int rows,
                     const StopToken& stop = {});

/// Five figures of a class's values: 5th, 25th, 50th, 75th and 95th percentile.
struct ClassSpread {
    std::array<double, 5> quantiles{};
    int64_t count = 0, selected = 0;
};
/// One for each class, in order; one in all without classes.
std::vector<ClassSpread> spreadsOf(std::span<const double> values, RowMaskView mask,
                                   const ClassCodes* classes, std::span<const int64_t> selection,
                                   const StopToken& stop = {});

/// Rows of class i of one and class j of the other, row-major.
std::vector<int64_t> crossTable(const ClassCodes& one, const ClassCodes& other, RowMaskView mask);

/// Rows that are shown and whose value lies in [low, high].
std::vector<int64_t> rowsBetween(std::span<const double> values, RowMaskView mask, double low, double high);
/// Rows that are shown and whose point lies inside the polygon by the even-odd rule.
std::vector<int64_t> rowsInside(std::span<const double> x, std::span<const double> y, RowMaskView mask,
                                std::span<const std::array<double, 2>> polygon);
/// Rows that are shown and of that class (of both, where there are two).
std::vector<int64_t> rowsOfClass(const ClassCodes& one, int which, RowMaskView mask,
                                 const ClassCodes* other = nullptr, int otherWhich = 0);

} // namespace galatea
