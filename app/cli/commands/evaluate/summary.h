#pragma once
// Figures that several tasks report.

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"

namespace galatea::cli {

/// The value below which `fraction` of the finite values lie, interpolated; NaN if there are none.
double quantileOf(std::vector<double> values, double fraction);

/// {mean, median, lower_quartile, upper_quartile, smallest, largest} of the finite values.
Json summaryOf(const std::vector<double>& values);

/// Indices from the smallest value to the largest; those that are not finite are left out.
std::vector<int64_t> rankedRows(const std::vector<double>& values);

/// printf into a string.
std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));

} // namespace galatea::cli
