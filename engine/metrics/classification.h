#pragma once
// What a threshold on a score gets right, and figures of repeated runs. The curve over all thresholds: roc.h.

#include <cstdint>
#include <span>

namespace galatea {

/// An object is called positive if its score is at least the threshold.
struct Confusion {
    int64_t truePositives = 0, falsePositives = 0, trueNegatives = 0, falseNegatives = 0;

    int64_t total() const { return truePositives + falsePositives + trueNegatives + falseNegatives; }
    double accuracy() const;
    double balancedAccuracy() const; ///< mean of both classes' parts that are right
    double precision() const;        ///< NaN where nothing is called positive, likewise below
    double recall() const;
    double f1() const;
    double matthews() const; ///< correlation of truth and answer, −1 … 1; 0 where one of them is constant
};

/// `positive[i]` not 0: object i is one. Throws UsageError if lengths differ or a score is NaN.
Confusion confusionAt(std::span<const double> scores, std::span<const uint8_t> positive, double threshold);

/// Of figures from repeated runs. Deviation: of the sample, n − 1; 0 for one run.
struct RunSummary {
    int64_t runs = 0;
    double mean = 0, deviation = 0, highest = 0, lowest = 0;
};
RunSummary summaryOf(std::span<const double> figures);

} // namespace galatea
