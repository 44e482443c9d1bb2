#include "mixture/mixture.h"

#include <algorithm>
#include <limits>
#include <numbers>
#include <numeric>
#include <stdexcept>

#include "core/error.h"
#include "mixture/evaluator.h"
#include "mixture/row_blocks.h"

namespace galatea {

namespace {

void requireAll(const std::vector<double>& values, const char* name, bool positive) {
    for (size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i]))
            throw std::invalid_argument(std::string(name) + " " + std::to_string(i) + " is not finite");
        if (positive && values[i] <= 0)
            throw std::invalid_argument(std::string(name) + " " + std::to_string(i) + " is not positive");
    }
}

/// Runs `each(tile, row)` over all tiles of z, `row` being the tile's first, and adds up what it returns.
template <class Each>
double overTiles(const Array& z, int64_t centres, Each each) {
    const RowBlocks blocks(z.dim(0));
    std::vector<double> sums(static_cast<size_t>(blocks.count()));
    forEachBlock(blocks, {}, [&](int64_t block, int64_t begin, int64_t end) {
        RowTile tile(z.dim(1), centres);
        double sum = 0;
        for (int64_t row = begin; row < end; row += RowTile::capacity) {
            tile.load(z.data(), row, end);
            sum += each(tile, row);
        }
        sums[static_cast<size_t>(block)] = sum;
    });
    return std::accumulate(sums.begin(), sums.end(), 0.0);
}

void copyValues(RowTile& tile, int64_t row, Array& result) {
    const int64_t components = result.dim(1);
    for (int64_t k = 0; k < components; ++k)
        for (int64_t r = 0; r < tile.rows(); ++r)
            result.data()[(row + r) * components + k] = static_cast<float>(tile.value(k, r));
}

int64_t drawComponent(const std::vector<double>& cumulative, RandomStream& random) {
    const double place = random.uniform() * cumulative.back();
    const auto found = std::upper_bound(cumulative.begin(), cumulative.end(), place);
    return std::min<int64_t>(found - cumulative.begin(), static_cast<int64_t>(cumulative.size()) - 1);
}

} // namespace

void GaussianMixture::check() const {
    if (components <= 0 || dimensions <= 0)
        throw std::invalid_argument("a mixture needs at least one component and one dimension");
    if (static_cast<int64_t>(weights.size()) != components)
        throw std::invalid_argument("the number of weights is not the number of components");
    const auto entries = static_cast<size_t>(checkedElementCount(std::vector{components, dimensions}));
    if (means.size() != entries)
        throw std::invalid_argument("the means do not fit the components and dimensions");
    if (variances.size() != entries)
        throw std::invalid_argument("the variances do not fit the components and dimensions");
    requireAll(weights, "weight", true);
    requireAll(means, "mean", false);
    requireAll(variances, "variance", true);
    if (std::abs(std::accumulate(weights.begin(), weights.end(), 0.0) - 1) > 1e-6)
        throw std::invalid_argument("the weights do not sum to 1");
}

MixtureEvaluator::MixtureEvaluator(const GaussianMixture& mixture)
    : centres_{mixture.components, mixture.dimensions, mixture.means, {}} {
    centres_.scale.reserve(mixture.variances.size());
    for (const double variance : mixture.variances)
        centres_.scale.push_back(1 / std::sqrt(variance));
    for (int64_t k = 0; k < mixture.components; ++k) {
        double logDeterminant = 0;
        for (int64_t d = 0; d < mixture.dimensions; ++d)
            logDeterminant += std::log(mixture.variances[static_cast<size_t>(k * mixture.dimensions + d)]);
        offset_.push_back(std::log(mixture.weights[static_cast<size_t>(k)]) -
                          0.5 * (static_cast<double>(mixture.dimensions) * std::log(2 * std::numbers::pi) +
                                 logDeterminant));
    }
}

void MixtureEvaluator::jointLog(RowTile& tile) const {
    tile.squaredDistances(centres_);
    for (int64_t k = 0; k < components(); ++k) {
        double* values = tile.values(k);
        for (int64_t r = 0; r < RowTile::capacity; ++r)
            values[r] = offset_[static_cast<size_t>(k)] - 0.5 * values[r];
    }
}

double MixtureEvaluator::responsibilities(RowTile& tile) const {
    jointLog(tile);
    double largest[RowTile::capacity], sum[RowTile::capacity] = {};
    std::fill(std::begin(largest), std::end(largest), -std::numeric_limits<double>::infinity());
    for (int64_t k = 0; k < components(); ++k)
        for (int64_t r = 0; r < RowTile::capacity; ++r)
            largest[r] = std::max(largest[r], tile.values(k)[r]);
    for (int64_t k = 0; k < components(); ++k) {
        double* values = tile.values(k);
        for (int64_t r = 0; r < tile.rows(); ++r) {
            const double difference = values[r] - largest[r];
            values[r] = difference < -745 ? 0 : std::exp(difference); // below, exp() is zero anyway
            sum[r] += values[r];
        }
    }
    double total = 0;
    for (int64_t r = 0; r < tile.rows(); ++r)
        total += largest[r] + std::log(sum[r]);
    for (int64_t k = 0; k < components(); ++k)
        for (int64_t r = 0; r < tile.rows(); ++r)
            tile.values(k)[r] /= sum[r];
    return total;
}

Array matchingRows(const GaussianMixture& mixture, const Array& z) {
    mixture.check();
    if (z.rank() != 2 || z.dim(1) != mixture.dimensions)
        throw UsageError("latents",
                         "their dimensions are not the mixture's " + std::to_string(mixture.dimensions),
                         "give latents of the same model");
    return z.contiguousCopy();
}

Array jointLogProbability(const GaussianMixture& mixture, const Array& z) {
    const Array rows = matchingRows(mixture, z);
    const MixtureEvaluator evaluator(mixture);
    Array result({rows.dim(0), mixture.components});
    overTiles(rows, mixture.components, [&](RowTile& tile, int64_t row) {
        evaluator.jointLog(tile);
        copyValues(tile, row, result);
        return 0.0;
    });
    return result;
}

Array responsibilities(const GaussianMixture& mixture, const Array& z) {
    const Array rows = matchingRows(mixture, z);
    const MixtureEvaluator evaluator(mixture);
    Array result({rows.dim(0), mixture.components});
    overTiles(rows, mixture.components, [&](RowTile& tile, int64_t row) {
        const double logLikelihood = evaluator.responsibilities(tile);
        copyValues(tile, row, result);
        return logLikelihood;
    });
    return result;
}

double meanLogLikelihood(const GaussianMixture& mixture, const Array& z) {
    const Array rows = matchingRows(mixture, z);
    if (rows.dim(0) == 0)
        throw UsageError("latents", "there are none", "give at least one row");
    const MixtureEvaluator evaluator(mixture);
    const double sum = overTiles(rows, mixture.components,
                                 [&](RowTile& tile, int64_t) { return evaluator.responsibilities(tile); });
    return sum / static_cast<double>(rows.dim(0));
}

std::vector<int64_t> largestPerRow(const Array& values) {
    if (values.rank() != 2 || values.dim(1) == 0)
        throw std::invalid_argument("largestPerRow needs a table with at least one column");
    const Array rows = values.contiguousCopy();
    std::vector<int64_t> result(static_cast<size_t>(rows.dim(0)));
    const int64_t columns = rows.dim(1);
    for (int64_t n = 0; n < rows.dim(0); ++n) {
        const float* row = rows.data() + n * columns;
        result[static_cast<size_t>(n)] = std::max_element(row, row + columns) - row;
    }
    return result;
}

Array sampleMixture(const GaussianMixture& mixture, int64_t count, int64_t component, double temperature,
                    RandomStream& random, std::vector<int64_t>* drawnComponents) {
    mixture.check();
    if (component < -1 || component >= mixture.components)
        throw UsageError("component", std::to_string(component) + " is not in the mixture",
                         "choose one of 0 to " + std::to_string(mixture.components - 1));
    if (!(temperature >= 0) || !std::isfinite(temperature))
        throw UsageError("temperature", "it must be a number not below 0", "1 draws as the mixture says");
    if (count < 0)
        throw UsageError("count", "it is negative", "ask for at least 0");
    std::vector<double> cumulative(mixture.weights.size());
    std::partial_sum(mixture.weights.begin(), mixture.weights.end(), cumulative.begin());
    if (drawnComponents)
        drawnComponents->assign(static_cast<size_t>(count), component);
    const int64_t dims = mixture.dimensions;
    Array result({count, dims});
    for (int64_t n = 0; n < count; ++n) {
        const int64_t k = component >= 0 ? component : drawComponent(cumulative, random);
        if (drawnComponents)
            (*drawnComponents)[static_cast<size_t>(n)] = k;
        for (int64_t d = 0; d < dims; ++d) {
            const auto entry = static_cast<size_t>(k * dims + d);
            const double deviation = temperature * std::sqrt(mixture.variances[entry]);
            result.data()[n * dims + d] =
                static_cast<float>(mixture.means[entry] + deviation * random.normal());
        }
    }
    return result;
}

} // namespace galatea
