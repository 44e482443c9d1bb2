#include "metrics/classification.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace galatea {

namespace {

double ratio(int64_t part, int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole)
                     : std::numeric_limits<double>::quiet_NaN();
}

void checkScores(std::span<const double> scores, std::span<const uint8_t> positive) {
    if (scores.size() != positive.size())
        throw UsageError(
            "scores", "are " + std::to_string(scores.size()) + ", labels " + std::to_string(positive.size()),
            "give one label per score");
    if (std::any_of(scores.begin(), scores.end(), [](double score) { return std::isnan(score); }))
        throw UsageError("scores", "include some that are no numbers", "leave those objects out");
}

} // namespace

Confusion confusionAt(std::span<const double> scores, std::span<const uint8_t> positive, double threshold) {
    checkScores(scores, positive);
    Confusion result;
    for (size_t i = 0; i < scores.size(); ++i) {
        const bool called = scores[i] >= threshold;
        if (positive[i])
            ++(called ? result.truePositives : result.falseNegatives);
        else
            ++(called ? result.falsePositives : result.trueNegatives);
    }
    return result;
}

double Confusion::accuracy() const {
    return ratio(truePositives + trueNegatives, total());
}
double Confusion::balancedAccuracy() const {
    return 0.5 * (recall() + ratio(trueNegatives, trueNegatives + falsePositives));
}
double Confusion::precision() const {
    return ratio(truePositives, truePositives + falsePositives);
}
double Confusion::recall() const {
    return ratio(truePositives, truePositives + falseNegatives);
}
double Confusion::f1() const {
    return ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives);
}

double Confusion::matthews() const {
    const auto tp = static_cast<double>(truePositives), fp = static_cast<double>(falsePositives),
               tn = static_cast<double>(trueNegatives), fn = static_cast<double>(falseNegatives);
    const double norm = std::sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
    return norm > 0 ? (tp * tn - fp * fn) / norm : 0;
}

RunSummary summaryOf(std::span<const double> figures) {
    if (figures.empty())
        throw UsageError("figures", "are none", "give at least one run");
    RunSummary summary;
    summary.runs = static_cast<int64_t>(figures.size());
    summary.mean = std::accumulate(figures.begin(), figures.end(), 0.0) / static_cast<double>(figures.size());
    const auto [lowest, highest] = std::minmax_element(figures.begin(), figures.end());
    summary.lowest = *lowest;
    summary.highest = *highest;
    double squares = 0;
    for (const double figure : figures)
        squares += (figure - summary.mean) * (figure - summary.mean);
    if (figures.size() > 1)
        summary.deviation = std::sqrt(squares / static_cast<double>(figures.size() - 1));
    return summary;
}

} // namespace galatea
