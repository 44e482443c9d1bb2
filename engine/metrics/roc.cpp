#include "metrics/roc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace galatea {

RocCurve rocCurve(std::span<const double> scores, std::span<const uint8_t> positive) {
    if (scores.size() != positive.size())
        throw std::invalid_argument("scores and classes differ in number");
    std::vector<size_t> order;
    RocCurve curve;
    for (size_t i = 0; i < scores.size(); ++i)
        if (std::isfinite(scores[i])) {
            order.push_back(i);
            ++(positive[i] ? curve.positives : curve.negatives);
        }
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto rate = [&](int64_t count, int64_t of) {
        return of > 0 ? static_cast<double>(count) / static_cast<double>(of) : nan;
    };
    int64_t truePositives = 0, falsePositives = 0;
    const auto addPoint = [&](double threshold) {
        curve.threshold.push_back(threshold);
        curve.truePositiveRate.push_back(rate(truePositives, curve.positives));
        curve.falsePositiveRate.push_back(rate(falsePositives, curve.negatives));
    };
    addPoint(std::numeric_limits<double>::infinity());
    for (size_t i = 0; i < order.size(); ++i) {
        ++(positive[order[i]] ? truePositives : falsePositives);
        if (i + 1 == order.size() || scores[order[i + 1]] < scores[order[i]])
            addPoint(scores[order[i]]);
    }
    for (size_t i = 1; i < curve.threshold.size(); ++i)
        curve.area += (curve.falsePositiveRate[i] - curve.falsePositiveRate[i - 1]) *
                      (curve.truePositiveRate[i] + curve.truePositiveRate[i - 1]) / 2;
    if (curve.positives == 0 || curve.negatives == 0)
        curve.area = nan;
    return curve;
}

size_t nearestToCorner(const RocCurve& curve) {
    size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < curve.threshold.size(); ++i) {
        const double distance = std::hypot(curve.falsePositiveRate[i], 1 - curve.truePositiveRate[i]);
        if (distance < least - 1e-12) { // of equally near ones the strictest, whatever rounding says
            least = distance;
            best = i;
        }
    }
    return best;
}

} // namespace galatea
