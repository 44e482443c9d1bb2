#pragma once
// Round numbers along an axis.

#include <algorithm>
#include <cmath>
#include <vector>

namespace galatea {

struct Ticks {
    std::vector<double> values;
    double step = 1;
    int decimals = 0;
};

/// Multiples of 1, 2 or 5 times a power of ten inside [low, high], about `wanted` of them.
inline Ticks roundTicks(double low, double high, double wanted) {
    Ticks ticks;
    if (!(high > low) || !(wanted > 0) || !std::isfinite(high - low))
        return ticks;
    const double rough = (high - low) / wanted;
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    const double part = rough / power;
    ticks.step = power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
    ticks.decimals = std::clamp(static_cast<int>(-std::floor(std::log10(ticks.step) + 1e-9)), 0, 9);
    for (double k = std::ceil(low / ticks.step); k * ticks.step <= high && ticks.values.size() < 200; ++k)
        ticks.values.push_back(k * ticks.step);
    return ticks;
}

/// Values to mark on an axis from 10^low to 10^high: powers of ten, where these are few also twice and five
/// times them, where even these are few round numbers. Ascending, as logarithms.
inline std::vector<double> logarithmicTicks(double low, double high, double wanted) {
    std::vector<double> ticks;
    if (!(high > low) || !(wanted > 0) || !std::isfinite(high - low))
        return ticks;
    if (high - low < 0.7) {
        for (const double value : roundTicks(std::pow(10, low), std::pow(10, high), wanted).values)
            ticks.push_back(std::log10(value));
        return ticks;
    }
    const bool between = high - low < 0.5 * wanted;
    const double every = std::max(1.0, std::ceil((high - low) / wanted));
    for (double power = every * std::floor(low / every); power <= high && ticks.size() < 200; power += every)
        for (const double times : {1.0, 2.0, 5.0}) {
            const double at = power + std::log10(times);
            if (at >= low && at <= high && (times == 1 || between))
                ticks.push_back(at);
        }
    return ticks;
}

/// Logical pixels between grid lines, about.
inline constexpr double gridSpacing = 110;

} // namespace galatea
