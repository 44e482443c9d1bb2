#include "mixture/k_means.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "mixture/mixture.h"
#include "mixture/row_blocks.h"
#include "mixture/row_tiles.h"

namespace galatea {

namespace {

/// Seeds are sought among at most this many rows per centre (and at least 20 000): more add time alone.
constexpr int64_t seedRowsPerCentre = 200;

Array seedRows(const Array& z, int64_t clusters, RandomStream& random) {
    const int64_t wanted = std::max<int64_t>(20000, seedRowsPerCentre * clusters);
    if (z.dim(0) <= wanted)
        return z;
    std::vector<int64_t> rows(static_cast<size_t>(wanted));
    for (int64_t i = 0; i < wanted; ++i) // one from each of `wanted` equal stretches
        rows[static_cast<size_t>(i)] =
            i * z.dim(0) / wanted + random.below((i + 1) * z.dim(0) / wanted - i * z.dim(0) / wanted);
    return gatherRows(z, rows);
}

ScaledCentres unitCentres(const Array& z, const std::vector<int64_t>& rows) {
    ScaledCentres centres{static_cast<int64_t>(rows.size()), z.dim(1), {}, {}};
    for (const int64_t row : rows)
        centres.centre.insert(centres.centre.end(), z.data() + row * z.dim(1),
                              z.data() + (row + 1) * z.dim(1));
    centres.scale.assign(centres.centre.size(), 1);
    return centres;
}

/// A row drawn with probability proportional to its squared distance from the nearest seed so far.
int64_t drawRow(const std::vector<double>& cumulative, RandomStream& random) {
    const auto rows = static_cast<int64_t>(cumulative.size());
    if (!(cumulative.back() > 0)) // every row coincides with a seed
        return random.below(rows);
    const double place = random.uniform() * cumulative.back();
    return std::min<int64_t>(
        std::upper_bound(cumulative.begin(), cumulative.end(), place) - cumulative.begin(), rows - 1);
}

/// For each candidate the distances to the nearest seed if it became one. → [candidates][rows]
std::vector<std::vector<double>> trialDistances(const Array& z, const std::vector<int64_t>& candidates,
                                                const std::vector<double>& nearest, const StopToken& stop) {
    std::vector<std::vector<double>> result(candidates.size(), nearest);
    const ScaledCentres centres = unitCentres(z, candidates);
    forEachBlock(RowBlocks(z.dim(0)), stop, [&](int64_t, int64_t begin, int64_t end) {
        RowTile tile(z.dim(1), centres.count);
        for (int64_t row = begin; row < end; row += RowTile::capacity) {
            tile.load(z.data(), row, end);
            tile.squaredDistances(centres);
            for (size_t c = 0; c < result.size(); ++c)
                for (int64_t r = 0; r < tile.rows(); ++r) {
                    double& distance = result[c][static_cast<size_t>(row + r)];
                    distance = std::min(distance, tile.value(static_cast<int64_t>(c), r));
                }
        }
    });
    return result;
}

std::vector<double> seedCentres(const Array& z, int64_t clusters, RandomStream& random,
                                const StopToken& stop) {
    const auto trials = static_cast<size_t>(2 + std::log(static_cast<double>(clusters)));
    std::vector<int64_t> seeds{random.below(z.dim(0))};
    std::vector<double> nearest(static_cast<size_t>(z.dim(0)), std::numeric_limits<double>::infinity());
    nearest = trialDistances(z, seeds, nearest, stop).front();
    std::vector<double> cumulative(nearest.size());
    while (static_cast<int64_t>(seeds.size()) < clusters) {
        std::partial_sum(nearest.begin(), nearest.end(), cumulative.begin());
        std::vector<int64_t> candidates(trials);
        for (int64_t& candidate : candidates)
            candidate = drawRow(cumulative, random);
        auto distances = trialDistances(z, candidates, nearest, stop);
        size_t best = 0;
        double bestSum = std::numeric_limits<double>::infinity();
        for (size_t c = 0; c < trials; ++c) {
            const double sum = std::accumulate(distances[c].begin(), distances[c].end(), 0.0);
            if (sum < bestSum) {
                bestSum = sum;
                best = c;
            }
        }
        seeds.push_back(candidates[best]);
        nearest = std::move(distances[best]);
    }
    return unitCentres(z, seeds).centre;
}

/// What one pass over a block of rows finds.
struct LloydPart {
    WeightedSums sums;
    double inertia = 0, farthest = -1;
    int64_t farthestRow = 0, changed = 0;
};

/// Labels the tile's rows and adds them to their centres.
void labelTile(RowTile& tile, int64_t row, const ScaledCentres& centres, std::vector<int32_t>& label,
               LloydPart& part) {
    tile.squaredDistances(centres);
    double smallest[RowTile::capacity], centre[RowTile::capacity];
    tile.smallestValues(smallest, centre);
    for (int64_t r = 0; r < tile.rows(); ++r) {
        const auto best = static_cast<int64_t>(centre[r]);
        const double distance = smallest[r];
        part.inertia += distance;
        if (distance > part.farthest) {
            part.farthest = distance;
            part.farthestRow = row + r;
        }
        int32_t& mine = label[static_cast<size_t>(row + r)];
        part.changed += mine != best;
        mine = static_cast<int32_t>(best);
        part.sums.addRow(tile.row(r), best, centres.centre);
    }
}

LloydPart labelRows(const Array& z, const ScaledCentres& centres, std::vector<int32_t>& label,
                    const StopToken& stop) {
    const RowBlocks blocks(z.dim(0));
    std::vector<LloydPart> parts(static_cast<size_t>(blocks.count()));
    forEachBlock(blocks, stop, [&](int64_t block, int64_t begin, int64_t end) {
        LloydPart& part = parts[static_cast<size_t>(block)];
        part.sums = WeightedSums(centres.count, centres.dims);
        RowTile tile(z.dim(1), centres.count);
        for (int64_t row = begin; row < end; row += RowTile::capacity) {
            tile.load(z.data(), row, end);
            labelTile(tile, row, centres, label, part);
        }
    });
    LloydPart whole = std::move(parts.front());
    for (size_t block = 1; block < parts.size(); ++block) {
        whole.sums += parts[block].sums;
        whole.inertia += parts[block].inertia;
        whole.changed += parts[block].changed;
        if (parts[block].farthest > whole.farthest) {
            whole.farthest = parts[block].farthest;
            whole.farthestRow = parts[block].farthestRow;
        }
    }
    return whole;
}

/// Moves the centres to their rows' means; one centre without rows goes to the row farthest from its own,
/// others stay for a later pass. Returns the summed squared movement.
double moveCentres(const Array& z, const LloydPart& part, ScaledCentres& centres) {
    double movement = 0;
    bool placed = part.farthest <= 0; // with no distance anywhere there is no better place
    for (int64_t k = 0; k < centres.count; ++k) {
        const double weight = part.sums.weight[static_cast<size_t>(k)];
        for (int64_t d = 0; d < centres.dims; ++d) {
            double& centre = centres.centre[static_cast<size_t>(k * centres.dims + d)];
            double step = 0;
            if (weight > 0)
                step = part.sums.first[static_cast<size_t>(k * centres.dims + d)] / weight;
            else if (!placed)
                step = z.data()[part.farthestRow * centres.dims + d] - centre;
            centre += step;
            movement += step * step;
        }
        placed = placed || weight == 0;
    }
    return movement;
}

/// The mean over dimensions of the data's variance.
double meanVariance(const Array& z, const StopToken& stop) {
    std::vector<int32_t> label(static_cast<size_t>(z.dim(0)));
    ScaledCentres centre = unitCentres(z, {0});
    moveCentres(z, labelRows(z, centre, label, stop), centre);
    return labelRows(z, centre, label, stop).inertia / static_cast<double>(z.size());
}

} // namespace

Clusters findClusters(const Array& z, int64_t clusters, RandomStream& random, int64_t maxIterations,
                      const StopToken& stop) {
    ScaledCentres centres{clusters, z.dim(1), {}, {}};
    centres.centre = seedCentres(seedRows(z, clusters, random), clusters, random, stop);
    centres.scale.assign(centres.centre.size(), 1);
    const double smallMovement = 1e-4 * meanVariance(z, stop);
    Clusters result{clusters, z.dim(1), {}, std::vector<int32_t>(static_cast<size_t>(z.dim(0)), -1), 0, 0};
    LloydPart part;
    for (bool settled = false; !settled && result.iterations < maxIterations; ++result.iterations) {
        part = labelRows(z, centres, result.label, stop);
        settled = moveCentres(z, part, centres) <= smallMovement || part.changed == 0;
    }
    result.inertia = labelRows(z, centres, result.label, stop).inertia; // labels of the final centres
    result.centres = std::move(centres.centre);
    return result;
}

Array kMeans(const Array& z, int64_t clusters, RandomStream& random, int64_t maxIterations) {
    requireFiniteRows(z);
    if (clusters < 1 || z.dim(0) < clusters)
        throw UsageError(
            "clusters", std::to_string(clusters) + " cannot be made of " + std::to_string(z.dim(0)) + " rows",
            "ask for at least 1 and at most as many as there are rows");
    const Clusters found = findClusters(z.contiguousCopy(), clusters, random, maxIterations, {});
    Array result({clusters, found.dims});
    std::copy(found.centres.begin(), found.centres.end(), result.data());
    return result;
}

} // namespace galatea
