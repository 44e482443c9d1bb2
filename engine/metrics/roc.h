#pragma once
// The receiver operating characteristic of a score that should be higher for positives.

#include <cstdint>
#include <span>
#include <vector>

namespace galatea {

/// One point per distinct threshold, strictest first: from (0,0) with an infinite threshold to (1,1).
struct RocCurve {
    std::vector<double> threshold; ///< objects with score ≥ threshold are called positive
    std::vector<double> falsePositiveRate, truePositiveRate;
    int64_t positives = 0, negatives = 0; ///< with a finite score
    /// The share of pairs in which the positive scores higher, ties counting half; NaN if a class is empty.
    double area = 0;
};

/// `positive[i]` not 0: object i is one. Scores that are not finite are left out. Throws
/// std::invalid_argument if the lists differ in length.
RocCurve rocCurve(std::span<const double> scores, std::span<const uint8_t> positive);

/// Index of the point nearest to (0,1).
size_t nearestToCorner(const RocCurve& curve);

} // namespace galatea
