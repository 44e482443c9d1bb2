#include "commands/evaluate/summary.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <limits>
#include <numeric>

namespace galatea::cli {

double quantileOf(std::vector<double> values, double fraction) {
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty())
        return std::numeric_limits<double>::quiet_NaN();
    std::sort(values.begin(), values.end());
    const double place = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(values.size() - 1);
    const auto below = static_cast<size_t>(place);
    const size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

Json summaryOf(const std::vector<double>& values) {
    double sum = 0, count = 0;
    for (const double value : values)
        if (std::isfinite(value)) {
            sum += value;
            ++count;
        }
    if (count == 0)
        return nullptr;
    return {{"mean", sum / count},
            {"median", quantileOf(values, 0.5)},
            {"lower_quartile", quantileOf(values, 0.25)},
            {"upper_quartile", quantileOf(values, 0.75)},
            {"smallest", quantileOf(values, 0)},
            {"largest", quantileOf(values, 1)}};
}

std::vector<int64_t> rankedRows(const std::vector<double>& values) {
    std::vector<int64_t> rows;
    for (size_t i = 0; i < values.size(); ++i)
        if (std::isfinite(values[i]))
            rows.push_back(static_cast<int64_t>(i));
    std::stable_sort(rows.begin(), rows.end(), [&](int64_t a, int64_t b) {
        return values[static_cast<size_t>(a)] < values[static_cast<size_t>(b)];
    });
    return rows;
}

std::string format(const char* pattern, ...) {
    char text[512];
    va_list list;
    va_start(list, pattern);
    std::vsnprintf(text, sizeof text, pattern, list);
    va_end(list);
    return text;
}

} // namespace galatea::cli
