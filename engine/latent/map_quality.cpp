#include "latent/map_quality.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "latent/team.h"

namespace galatea {

namespace {

/// Squared distances of one row to all; its own is infinite, so that it is nobody's neighbour.
void distancesFrom(const Array& points, int64_t row, std::vector<double>& distance) {
    const int64_t n = points.dim(0), dims = points.dim(1);
    const float* all = points.data();
    const float* here = all + row * dims;
    distance.resize(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) {
        double sum = 0;
        for (int64_t d = 0; d < dims; ++d) {
            const double difference = static_cast<double>(all[i * dims + d]) - here[d];
            sum += difference * difference;
        }
        distance[static_cast<size_t>(i)] = sum;
    }
    distance[static_cast<size_t>(row)] = INFINITY;
}

/// The k nearest, nearest first, the lower row first on ties.
std::vector<int64_t> nearest(const std::vector<double>& distance, int64_t k) {
    std::vector<int64_t> rows(distance.size());
    std::iota(rows.begin(), rows.end(), int64_t{0});
    std::partial_sort(rows.begin(), rows.begin() + k, rows.end(), [&](int64_t a, int64_t b) {
        const double left = distance[static_cast<size_t>(a)], right = distance[static_cast<size_t>(b)];
        return left < right || (left == right && a < b);
    });
    rows.resize(static_cast<size_t>(k));
    return rows;
}

/// Σ max(0, r − k) over the rows, r being a row's rank by `distance` (1: the nearest): one pass for all of
/// them.
double excessOfRanks(const std::vector<int64_t>& rows, const std::vector<double>& distance, int64_t k) {
    std::vector<std::pair<double, int64_t>> limits;
    for (const int64_t row : rows)
        limits.emplace_back(distance[static_cast<size_t>(row)], row);
    std::sort(limits.begin(), limits.end());
    std::vector<int64_t> between(limits.size() +
                                 1); // rows that come before limit i, but not before limit i − 1
    for (size_t i = 0; i < distance.size(); ++i) {
        const std::pair<double, int64_t> place{distance[i], static_cast<int64_t>(i)};
        if (place.first <= limits.back().first)
            ++between[static_cast<size_t>(std::upper_bound(limits.begin(), limits.end(), place) -
                                          limits.begin())];
    }
    double excess = 0;
    int64_t before = 0;
    for (size_t i = 0; i < limits.size(); ++i) {
        before += between[i];
        // A limit itself is counted in the interval after it, so `before` is the number of those before it.
        excess += static_cast<double>(std::max<int64_t>(0, before + 1 - k));
    }
    return excess;
}

int64_t inBoth(std::vector<int64_t> a, std::vector<int64_t> b) {
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    std::vector<int64_t> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return static_cast<int64_t>(both.size());
}

std::vector<int64_t> sampledRows(int64_t n, int64_t sample, uint64_t seed) {
    std::vector<int64_t> rows(static_cast<size_t>(n));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    if (sample <= 0 || sample >= n)
        return rows;
    RandomStream random(seed, "map quality");
    for (int64_t i = 0; i < sample; ++i)
        std::swap(rows[static_cast<size_t>(i)], rows[static_cast<size_t>(i + random.below(n - i))]);
    rows.resize(static_cast<size_t>(sample));
    std::sort(rows.begin(), rows.end());
    return rows;
}

/// Ranks from 1, equal values sharing their mean.
std::vector<double> ranks(const std::vector<double>& values) {
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
    std::vector<double> result(values.size());
    for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
        while (end < order.size() && values[order[end]] == values[order[begin]])
            ++end;
        for (size_t i = begin; i < end; ++i)
            result[order[i]] = 0.5 * static_cast<double>(begin + end + 1);
    }
    return result;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
    const auto n = static_cast<double>(a.size());
    const double meanA = std::accumulate(a.begin(), a.end(), 0.0) / n,
                 meanB = std::accumulate(b.begin(), b.end(), 0.0) / n;
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - meanA) * (b[i] - meanB);
        aa += (a[i] - meanA) * (a[i] - meanA);
        bb += (b[i] - meanB) * (b[i] - meanB);
    }
    return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

/// Spearman's ρ over all pairs of at most 1000 of the rows.
double distanceCorrelation(const Array& z, const Array& map, const std::vector<int64_t>& rows) {
    const size_t count = std::min<size_t>(rows.size(), 1000), step = rows.size() / count;
    std::vector<double> here, there, of;
    for (size_t i = 0; i < count; ++i) {
        for (const auto& [points, list] : {std::pair{&z, &here}, std::pair{&map, &there}}) {
            distancesFrom(*points, rows[i * step], of);
            for (size_t j = 0; j < i; ++j)
                list->push_back(of[static_cast<size_t>(rows[j * step])]);
        }
    }
    return correlation(ranks(here), ranks(there));
}

void requirePoints(const Array& points, const char* what) {
    if (points.shape().size() != 2 || points.dim(0) < 4)
        throw UsageError(what, "it is no table of at least four places", "give one row per object");
    for (const float value : points.values())
        if (!std::isfinite(value))
            throw UsageError(what, "it holds places that are not finite", "leave those objects out");
}

struct Sums {
    double kept = 0, intruded = 0, extruded = 0;
};

} // namespace

MapQuality mapQuality(const Array& z, const Array& map, const MapQualityOptions& options,
                      const StopToken& stop, ProgressSink& progress) {
    const Array latents = z.contiguousCopy(), places = map.contiguousCopy();
    requirePoints(latents, "latents");
    requirePoints(places, "map");
    const int64_t n = latents.dim(0);
    if (places.dim(0) != n)
        throw UsageError(
            "map", "it has " + std::to_string(places.dim(0)) + " rows, the latents " + std::to_string(n),
            "give the map of these latents");
    MapQuality quality;
    quality.rows = sampledRows(n, options.sample, options.seed);
    const auto count = static_cast<int64_t>(quality.rows.size());
    std::vector<int64_t> sizes;
    for (const int64_t k : options.neighbors)
        sizes.push_back(std::clamp<int64_t>(k, 1, (2 * n - 2) / 3));
    std::vector<std::vector<Sums>> sums(static_cast<size_t>(count), std::vector<Sums>(sizes.size()));
    constexpr int64_t together = 64; // rows between two looks at the stop token
    for (int64_t first = 0; first < count; first += together) {
        throwIfStopped(stop);
        overTeam(std::min(together, count - first), [&](int64_t piece) {
            std::vector<double> here, there;
            const auto i = static_cast<size_t>(first + piece);
            distancesFrom(latents, quality.rows[i], here);
            distancesFrom(places, quality.rows[i], there);
            for (size_t s = 0; s < sizes.size(); ++s) {
                const std::vector<int64_t> near = nearest(here, sizes[s]), shown = nearest(there, sizes[s]);
                sums[i][s] = {static_cast<double>(inBoth(near, shown)), excessOfRanks(shown, here, sizes[s]),
                              excessOfRanks(near, there, sizes[s])};
            }
        });
        progress.update({"neighbourhoods", std::min(first + together, count), count, "objects", {}});
    }
    for (size_t s = 0; s < sizes.size(); ++s) {
        Sums all;
        for (const std::vector<Sums>& row : sums) {
            all.kept += row[s].kept;
            all.intruded += row[s].intruded;
            all.extruded += row[s].extruded;
        }
        const auto k = static_cast<double>(sizes[s]), rows = static_cast<double>(count);
        const double most = rows * k * (2.0 * static_cast<double>(n) - 3 * k - 1) / 2;
        quality.neighborhoods.push_back(
            {sizes[s], all.kept / (rows * k), 1 - all.intruded / most, 1 - all.extruded / most});
    }
    quality.distanceCorrelation = distanceCorrelation(latents, places, quality.rows);
    return quality;
}

double neighborClassAccuracy(const Array& points, const std::vector<int64_t>& classes, int64_t k,
                             const std::vector<int64_t>& rows, const StopToken& stop) {
    const Array places = points.contiguousCopy();
    requirePoints(places, "places");
    if (static_cast<int64_t>(classes.size()) != places.dim(0))
        throw UsageError("classes", "there are not as many as places", "give one for each object");
    int64_t known = 0;
    for (const int64_t each : classes)
        known += each >= 0;
    const int64_t neighbors = std::min(k, known - 1);
    std::vector<char> right(rows.size());
    if (neighbors < 1)
        return std::nan("");
    overTeam(static_cast<int64_t>(rows.size()), [&](int64_t i) {
        const auto row = static_cast<size_t>(rows[static_cast<size_t>(i)]);
        if (classes[row] < 0 || stop.stop_requested())
            return;
        std::vector<double> distance;
        distancesFrom(places, static_cast<int64_t>(row), distance);
        for (size_t other = 0; other < classes.size(); ++other)
            if (classes[other] < 0)
                distance[other] = INFINITY;
        std::map<int64_t, int64_t> votes;
        int64_t winner = -1;
        for (const int64_t neighbor :
             nearest(distance, neighbors)) { // the first to reach the highest count wins
            const int64_t of = classes[static_cast<size_t>(neighbor)];
            if (++votes[of] > (winner < 0 ? 0 : votes[winner]))
                winner = of;
        }
        right[static_cast<size_t>(i)] = winner == classes[row];
    });
    throwIfStopped(stop);
    const auto looked = std::count_if(rows.begin(), rows.end(),
                                      [&](int64_t row) { return classes[static_cast<size_t>(row)] >= 0; });
    return static_cast<double>(std::count(right.begin(), right.end(), 1)) / static_cast<double>(looked);
}

} // namespace galatea
