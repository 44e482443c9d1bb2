#include "mixture/moments.h"

#include <algorithm>
#include <functional>

#include "core/error.h"
#include "mixture/row_blocks.h"

namespace galatea {

namespace {

constexpr int64_t mostSumBytes = int64_t{1} << 29; ///< of all blocks together

template <class Sums>
double addTiles(Sums& sums, RowTile& tile, const Array& z, int64_t begin, int64_t end,
                const std::vector<double>& reference, const std::function<double(RowTile&, int64_t)>& weigh) {
    double logLikelihood = 0;
    for (int64_t row = begin; row < end; row += RowTile::capacity) {
        tile.load(z.data(), row, end);
        logLikelihood += weigh(tile, row);
        sums.add(tile, reference);
    }
    return logLikelihood;
}

/// Sums of all rows, block by block. `weigh` fills a tile's values, given its first row.
template <class Sums>
Moments collect(const Array& z, int64_t components, int64_t leastRows, const std::vector<double>& reference,
                const std::function<double(RowTile&, int64_t)>& weigh, const StopToken& stop) {
    const RowBlocks blocks(z.dim(0), leastRows);
    std::vector<Sums> parts(static_cast<size_t>(blocks.count()));
    std::vector<double> logLikelihood(parts.size());
    forEachBlock(blocks, stop, [&](int64_t block, int64_t begin, int64_t end) {
        Sums& part = parts[static_cast<size_t>(block)];
        part = Sums(components, z.dim(1));
        RowTile tile(z.dim(1), components);
        logLikelihood[static_cast<size_t>(block)] = addTiles(part, tile, z, begin, end, reference, weigh);
    });
    Moments whole{std::move(parts.front()), logLikelihood.front()};
    for (size_t block = 1; block < parts.size(); ++block) {
        std::get<Sums>(whole.sums) += parts[block];
        whole.logLikelihood += logLikelihood[block];
    }
    return whole;
}

Moments collect(const Array& z, int64_t components, Covariance covariance,
                const std::vector<double>& reference, const std::function<double(RowTile&, int64_t)>& weigh,
                const StopToken& stop) {
    constexpr int64_t leastRows = 1024;
    if (covariance == Covariance::Diagonal)
        return collect<WeightedSums>(z, components, leastRows, reference, weigh, stop);
    const int64_t most = std::max<int64_t>(1, mostSumBytes / productSumsBytes(components, z.dim(1)));
    return collect<ProductSums>(z, components, std::max(leastRows, (z.dim(0) + most - 1) / most), reference,
                                weigh, stop);
}

} // namespace

void requireRoom(int64_t components, int64_t dims, Covariance covariance) {
    constexpr int64_t mostDims = 1 << 15; // far above, and its square times the components still fits
    if (covariance == Covariance::Full &&
        (dims > mostDims || components > mostSumBytes || productSumsBytes(components, dims) > mostSumBytes))
        throw UsageError("full covariances",
                         std::to_string(components) + " of " + std::to_string(dims) +
                             " dimensions take too much memory",
                         "use diagonal ones, or fewer components");
}

int64_t Moments::components() const {
    return std::visit([](const auto& s) { return s.count; }, sums);
}

double Moments::weight(int64_t k) const {
    return std::visit([&](const auto& s) { return s.weight[static_cast<size_t>(k)]; }, sums);
}

const double* Moments::first(int64_t k) const {
    return std::visit([&](const auto& s) { return s.first.data() + k * s.dims; }, sums);
}

double Moments::second(int64_t k, int64_t i, int64_t j) const {
    if (const auto* products = std::get_if<ProductSums>(&sums))
        return products->product(k, i, j);
    const auto& squares = std::get<WeightedSums>(sums);
    return squares.second[static_cast<size_t>(k * squares.dims + i)];
}

Moments expectation(const Array& z, const MixtureEvaluator& evaluator, Covariance covariance,
                    const std::vector<double>& reference, const StopToken& stop) {
    return collect(
        z, evaluator.components(), covariance, reference,
        [&](RowTile& tile, int64_t) { return evaluator.responsibilities(tile); }, stop);
}

Moments momentsOfLabels(const Array& z, const std::vector<int32_t>& labels, Covariance covariance,
                        const std::vector<double>& reference, const StopToken& stop) {
    const int64_t components = static_cast<int64_t>(reference.size()) / z.dim(1);
    return collect(
        z, components, covariance, reference,
        [&](RowTile& tile, int64_t row) {
            for (int64_t k = 0; k < components; ++k)
                for (int64_t r = 0; r < tile.rows(); ++r)
                    tile.values(k)[r] = labels[static_cast<size_t>(row + r)] == k;
            return 0.0;
        },
        stop);
}

} // namespace galatea
