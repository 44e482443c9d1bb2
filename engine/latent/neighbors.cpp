#include "latent/neighbors.h"

#include <faiss/utils/Heap.h>
#include <faiss/utils/distances.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"
#include "latent/team.h"
#include "mixture/row_blocks.h"
#include "mixture/row_tiles.h"

namespace galatea {

namespace {

bool nearer(const Neighbor& a, const Neighbor& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
}

ScaledCentres centresFrom(const Array& rows) {
    const Array values = rows.contiguousCopy();
    ScaledCentres centres{rows.dim(0), rows.dim(1), {}, {}};
    centres.centre.assign(values.values().begin(), values.values().end());
    centres.scale.assign(centres.centre.size(), 1);
    return centres;
}

/// Calls found(block, row, query, squared distance) for every row of z and every query.
template <class Found>
void overDistances(const Array& z, const ScaledCentres& queries, const RowBlocks& blocks,
                   const StopToken& stop, Found found) {
    const Array rows = z.contiguousCopy();
    forEachBlock(blocks, stop, [&](int64_t block, int64_t begin, int64_t end) {
        RowTile tile(rows.dim(1), queries.count);
        for (int64_t row = begin; row < end; row += RowTile::capacity) {
            tile.load(rows.data(), row, end);
            tile.squaredDistances(queries);
            for (int64_t q = 0; q < queries.count; ++q)
                for (int64_t r = 0; r < tile.rows(); ++r)
                    found(block, row + r, q, tile.value(q, r));
        }
    });
}

void requireQuery(const Array& z, const Array& query) {
    if (z.rank() != 2 || query.rank() != 1 || query.dim(0) != z.dim(1))
        throw UsageError("latent", "it does not have the data's number of dimensions",
                         "use the same model's");
    const Array values = query.contiguousCopy();
    for (const float value : values.values())
        if (!std::isfinite(value))
            throw UsageError("latent", "it is not finite", "choose another");
}

} // namespace

std::vector<Neighbor> nearestNeighbors(const Array& z, const Array& query, int64_t k, int64_t leaveOut,
                                       const StopToken& stop) {
    requireQuery(z, query);
    if (k < 1)
        throw UsageError("neighbours", "none were asked for", "ask for at least 1");
    const auto wanted = static_cast<size_t>(std::min(k, z.dim(0)));
    const RowBlocks blocks(z.dim(0));
    // Each block keeps its k nearest as a heap with the farthest on top.
    std::vector<std::vector<Neighbor>> kept(static_cast<size_t>(blocks.count()));
    const ScaledCentres centres = centresFrom(query.contiguousCopy().reshaped({1, z.dim(1)}));
    overDistances(z, centres, blocks, stop, [&](int64_t block, int64_t row, int64_t, double squared) {
        std::vector<Neighbor>& heap = kept[static_cast<size_t>(block)];
        const Neighbor candidate{row, squared};
        if (row == leaveOut || !(squared < std::numeric_limits<double>::infinity()))
            return;
        if (heap.size() == wanted) {
            if (!nearer(candidate, heap.front()))
                return;
            std::pop_heap(heap.begin(), heap.end(), nearer);
            heap.pop_back();
        }
        heap.push_back(candidate);
        std::push_heap(heap.begin(), heap.end(), nearer);
    });
    std::vector<Neighbor> all;
    for (const auto& heap : kept)
        all.insert(all.end(), heap.begin(), heap.end());
    std::sort(all.begin(), all.end(), nearer);
    all.resize(std::min(all.size(), wanted));
    for (Neighbor& neighbor : all)
        neighbor.distance = std::sqrt(neighbor.distance);
    return all;
}

double NearestRows::distance(int64_t query, int64_t j) const {
    return std::sqrt(std::max(0.0, static_cast<double>(squared[static_cast<size_t>(query * k + j)])));
}

NearestRows nearestRows(const Array& rows, const Array& queries, int64_t k, const StopToken& stop) {
    if (rows.rank() != 2 || queries.rank() != 2 || queries.dim(1) != rows.dim(1) || k < 1 || k > rows.dim(0))
        throw UsageError("neighbours", "there are not so many, or the latents are not alike",
                         "use the same model's latents and ask for fewer");
    NearestRows found{k, std::vector<float>(static_cast<size_t>(queries.dim(0) * k)),
                      std::vector<int64_t>(static_cast<size_t>(queries.dim(0) * k))};
    constexpr int64_t together =
        16; // below faiss's limit for its matrix form, which loses digits to cancellation
    const int64_t count = queries.dim(0), dims = rows.dim(1);
    overTeam((count + together - 1) / together, [&](int64_t piece) {
        if (stop.stop_requested())
            return;
        const int64_t begin = piece * together, n = std::min(together, count - begin);
        faiss::float_maxheap_array_t heaps{static_cast<size_t>(n), static_cast<size_t>(k),
                                           found.row.data() + begin * k, found.squared.data() + begin * k};
        faiss::knn_L2sqr(queries.data() + begin * dims, rows.data(), static_cast<size_t>(dims),
                         static_cast<size_t>(n), static_cast<size_t>(rows.dim(0)), &heaps);
    });
    throwIfStopped(stop);
    return found;
}

double typicalSpacing(const Array& z, int64_t sample, const StopToken& stop) {
    if (z.rank() != 2 || z.dim(0) < 2)
        throw UsageError("latents", "spacing needs at least two rows", "embed more images");
    const int64_t count = std::clamp<int64_t>(sample, 1, z.dim(0));
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < count; ++i)
        rows.push_back(i * z.dim(0) / count);
    const RowBlocks blocks(z.dim(0));
    const auto queries = static_cast<size_t>(count);
    std::vector<std::vector<double>> nearest(
        static_cast<size_t>(blocks.count()),
        std::vector<double>(queries, std::numeric_limits<double>::infinity()));
    overDistances(z, centresFrom(gatherRows(z, rows)), blocks, stop,
                  [&](int64_t block, int64_t row, int64_t q, double squared) {
                      double& best = nearest[static_cast<size_t>(block)][static_cast<size_t>(q)];
                      if (row != rows[static_cast<size_t>(q)] && squared < best)
                          best = squared;
                  });
    std::vector<double> spacing = nearest.front();
    for (const auto& block : nearest)
        for (size_t q = 0; q < queries; ++q)
            spacing[q] = std::min(spacing[q], block[q]);
    std::sort(spacing.begin(), spacing.end());
    const size_t middle = spacing.size() / 2;
    const double upper = std::sqrt(spacing[middle]);
    return spacing.size() % 2 == 1 ? upper : 0.5 * (upper + std::sqrt(spacing[middle - 1]));
}

double distanceToData(const Array& z, const Array& query, double spacing) {
    const auto nearest = nearestNeighbors(z, query, 1);
    if (nearest.empty())
        throw UsageError("latents", "there are none", "embed some images first");
    const double distance = nearest.front().distance;
    if (spacing > 0)
        return distance / spacing;
    return distance > 0 ? std::numeric_limits<double>::infinity() : 0;
}

} // namespace galatea
