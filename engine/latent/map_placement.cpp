#include "latent/map_placement.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "latent/neighbors.h"
#include "latent/team.h"

namespace galatea {

namespace {

/// Shepard weights of the first k of k + 1 neighbours; they add up to 1. A neighbour at distance 0 has all.
std::vector<double> weightsOf(const NearestRows& found, int64_t query) {
    const int64_t k = found.k - 1;
    std::vector<double> weights(static_cast<size_t>(k));
    const double reach = found.distance(query, k);
    double sum = 0;
    for (int64_t j = 0; j < k; ++j) {
        const double d = found.distance(query, j);
        const double root = d > 0 ? (reach - d) / (reach * d) : INFINITY;
        sum += weights[static_cast<size_t>(j)] = root * root;
    }
    for (double& weight : weights)
        weight = std::isinf(sum) ? (std::isinf(weight) ? 1.0 : 0.0) : sum > 0 ? weight / sum : 1.0;
    sum = 0; // several at distance 0, or all equally far, share
    for (const double weight : weights)
        sum += weight;
    for (double& weight : weights)
        weight /= sum;
    return weights;
}

/// Weighted mean of the neighbours' rows of `of`.
void weightedMean(const Array& of, const NearestRows& found, int64_t query,
                  const std::vector<double>& weights, std::vector<double>& mean) {
    const int64_t dims = of.dim(1);
    mean.assign(static_cast<size_t>(dims), 0);
    for (size_t j = 0; j < weights.size(); ++j) {
        const float* row = of.data() + found.rowOf(query, static_cast<int64_t>(j)) * dims;
        for (int64_t d = 0; d < dims; ++d)
            mean[static_cast<size_t>(d)] += weights[j] * row[d];
    }
}

double distanceTo(const Array& of, int64_t row, const std::vector<double>& place) {
    double squared = 0;
    for (size_t d = 0; d < place.size(); ++d)
        squared += std::pow(of.at(row, static_cast<int64_t>(d)) - place[d], 2);
    return std::sqrt(squared);
}

/// Weighted geometric median by Weiszfeld's iteration, from the mean.
void towardsMedian(const Array& of, const NearestRows& found, int64_t query,
                   const std::vector<double>& weights, std::vector<double>& place) {
    if (weights.front() == 1)
        return;
    std::vector<double> pulls(weights.size());
    for (int iteration = 0; iteration < 30; ++iteration) {
        double largest = 0, sum = 0;
        for (size_t j = 0; j < weights.size(); ++j)
            largest = std::max(largest, distanceTo(of, found.rowOf(query, static_cast<int64_t>(j)), place));
        for (size_t j = 0; j < weights.size(); ++j)
            sum += pulls[j] =
                weights[j] / std::max(distanceTo(of, found.rowOf(query, static_cast<int64_t>(j)), place),
                                      1e-6 * largest + 1e-30);
        for (double& pull : pulls)
            pull /= sum;
        weightedMean(of, found, query, pulls, place);
    }
}

Array checked(const Array& given, int64_t columns, const char* what) {
    if (given.rank() != 2 || given.dim(1) != columns)
        throw UsageError(what, "they do not have " + std::to_string(columns) + " columns",
                         "use the same model and map");
    Array values = given.contiguousCopy();
    for (const float value : values.values())
        if (!std::isfinite(value))
            throw UsageError(what, "they hold a value that is not finite", "leave that row out");
    return values;
}

/// Distance to the nearest row in units of the spacing about it, for each query.
std::vector<double> offData(const Array& rows, const NearestRows& found, int64_t queries,
                            const StopToken& stop) {
    Array nearest({queries, rows.dim(1)});
    for (int64_t i = 0; i < queries; ++i)
        std::copy_n(rows.data() + found.rowOf(i, 0) * rows.dim(1), rows.dim(1),
                    nearest.data() + i * rows.dim(1));
    const NearestRows around = nearestRows(rows, nearest, found.k, stop); // the row itself among them
    const auto k = static_cast<double>(found.k - 1);
    std::vector<double> result;
    for (int64_t i = 0; i < queries; ++i) {
        const double spacing =
            around.distance(i, found.k - 1) / std::pow(k, 1.0 / static_cast<double>(rows.dim(1)));
        const double distance = found.distance(i, 0);
        result.push_back(distance == 0 ? 0 : distance / spacing);
    }
    return result;
}

} // namespace

MapPlacement::MapPlacement(const Array& z, const Array& map, int64_t neighbors)
    : z_(z.contiguousCopy()), map_(map.contiguousCopy()) {
    if (z.rank() != 2 || map.rank() != 2 || z.dim(0) != map.dim(0) || z.dim(0) < 2)
        throw UsageError("map", "it does not show the objects that the latents are of",
                         "give the latents it was made of");
    neighbors_ = std::clamp<int64_t>(neighbors, 1, z.dim(0) - 1);
}

MapPlacement::OnMap MapPlacement::place(const Array& latents, const StopToken& stop, bool measured) const {
    const Array given = checked(latents, z_.dim(1), "latents");
    const int64_t count = given.dim(0), dims = map_.dim(1);
    const NearestRows found = nearestRows(z_, given, neighbors_ + 1, stop);
    OnMap result{Array({count, dims}), {}};
    if (measured)
        result.offData = offData(z_, found, count, stop);
    overBlocks(count, [&](int64_t begin, int64_t end) {
        std::vector<double> place;
        for (int64_t i = begin; i < end; ++i) {
            const std::vector<double> weights = weightsOf(found, i);
            weightedMean(map_, found, i, weights, place);
            towardsMedian(map_, found, i, weights, place);
            std::copy(place.begin(), place.end(), result.places.data() + i * dims);
        }
    });
    return result;
}

MapPlacement::InLatents MapPlacement::invert(const Array& places, const StopToken& stop) const {
    const Array given = checked(places, map_.dim(1), "places");
    const int64_t count = given.dim(0), dims = z_.dim(1);
    const NearestRows found = nearestRows(map_, given, neighbors_ + 1, stop);
    InLatents result{Array({count, dims}), offData(map_, found, count, stop),
                     std::vector<double>(static_cast<size_t>(count))};
    overBlocks(count, [&](int64_t begin, int64_t end) {
        std::vector<double> mean;
        for (int64_t i = begin; i < end; ++i) {
            const std::vector<double> weights = weightsOf(found, i);
            weightedMean(z_, found, i, weights, mean);
            double squared = 0;
            for (size_t j = 0; j < weights.size(); ++j)
                squared +=
                    weights[j] * std::pow(distanceTo(z_, found.rowOf(i, static_cast<int64_t>(j)), mean), 2);
            result.spread[static_cast<size_t>(i)] = std::sqrt(squared);
            std::copy(mean.begin(), mean.end(), result.latents.data() + i * dims);
        }
    });
    return result;
}

} // namespace galatea
