#include "training/split.h"

#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "core/text.h"

namespace galatea {

namespace {

std::vector<int64_t> selectedRows(const Dataset& data, const TrainOptions& options) {
    std::vector<int64_t> rows(static_cast<size_t>(data.size()));
    std::iota(rows.begin(), rows.end(), 0);
    if (options.selectColumn.empty())
        return rows;
    const Column* column = data.catalog().find(options.selectColumn);
    if (!column)
        throw UsageError(data.info().name, "has no catalogue column '" + options.selectColumn + "'",
                         "'galatea-cli info' lists its columns");
    std::erase_if(rows, [&](int64_t row) { return column->text(row) != options.selectValue; });
    if (rows.empty())
        throw UsageError(data.info().name,
                         "has no object whose " + options.selectColumn + " is '" + options.selectValue + "'",
                         "look at the column's values with 'galatea-cli info'");
    return rows;
}

} // namespace

Split splitRows(const Dataset& data, const TrainOptions& options) {
    std::vector<int64_t> rows = selectedRows(data, options);
    RandomStream(options.seed, "split").shuffle(rows);
    const auto held = std::llround(options.validationFraction * static_cast<double>(rows.size()));
    Split split{{rows.begin() + held, rows.end()}, {rows.begin(), rows.begin() + held}};
    if (split.training.empty())
        throw UsageError(data.info().name, "leaves no images to train on",
                         "hold out fewer images or bring more");
    return split;
}

} // namespace galatea
