#include "mixture/mixture.h"

#include <algorithm>
#include <limits>
#include <numbers>
#include <numeric>
#include <stdexcept>

#include "core/error.h"
#include "mixture/cholesky.h"
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

/// One D×D block of [K,D,D].
std::vector<double> blockOf(const std::vector<double>& covariances, int64_t k, int64_t dims) {
    const auto begin = covariances.begin() + k * dims * dims;
    return {begin, begin + dims * dims};
}

/// The factor of component k's covariance. Throws std::invalid_argument unless it is positive definite.
std::vector<double> factorOfComponent(const GaussianMixture& mixture, int64_t k) {
    std::vector<double> block = blockOf(mixture.covariances, k, mixture.dimensions);
    if (!factorise(block, mixture.dimensions))
        throw std::invalid_argument("covariance " + std::to_string(k) + " is not positive definite");
    return block;
}

void checkCovariances(const GaussianMixture& mixture) {
    const int64_t dims = mixture.dimensions;
    if (static_cast<int64_t>(mixture.covariances.size()) !=
        checkedElementCount(std::vector{mixture.components, dims, dims}))
        throw std::invalid_argument("the covariances do not fit the components and dimensions");
    requireAll(mixture.covariances, "covariance entry", false);
    for (int64_t k = 0; k < mixture.components; ++k) {
        const double *block = mixture.covariances.data() + k * dims * dims,
                     *variance = mixture.variances.data() + k * dims;
        for (int64_t i = 0; i < dims; ++i) {
            if (block[i * dims + i] != variance[i])
                throw std::invalid_argument("covariance " + std::to_string(k) +
                                            " has another diagonal than the variances");
            for (int64_t j = 0; j < i; ++j)
                if (block[i * dims + j] != block[j * dims + i])
                    throw std::invalid_argument("covariance " + std::to_string(k) + " is not symmetric");
        }
        factorOfComponent(mixture, k);
    }
}

ScaledCentres diagonalCentres(const GaussianMixture& mixture) {
    ScaledCentres centres{mixture.components, mixture.dimensions, mixture.means, {}};
    centres.scale.reserve(mixture.variances.size());
    for (const double variance : mixture.variances)
        centres.scale.push_back(1 / std::sqrt(variance));
    return centres;
}

/// Also gives each covariance's log determinant.
WhitenedCentres fullCentres(const GaussianMixture& mixture, std::vector<double>& logDeterminants) {
    WhitenedCentres centres(mixture.dimensions, mixture.means);
    for (int64_t k = 0; k < mixture.components; ++k) {
        std::vector<double> factor = factorOfComponent(mixture, k);
        logDeterminants.push_back(logDeterminant(factor, mixture.dimensions));
        invertLower(factor, mixture.dimensions);
        centres.setMap(k, factor);
    }
    return centres;
}

/// [K,D,D] lower triangular: a covariance times its transpose each. Empty for diagonal ones.
std::vector<double> deviationFactors(const GaussianMixture& mixture) {
    std::vector<double> factors;
    for (int64_t k = 0; k < mixture.components && !mixture.covariances.empty(); ++k) {
        const std::vector<double> factor = factorOfComponent(mixture, k);
        factors.insert(factors.end(), factor.begin(), factor.end());
    }
    return factors;
}

} // namespace

const char* covarianceName(Covariance covariance) {
    return covariance == Covariance::Full ? "full" : "diag";
}

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
    if (!covariances.empty())
        checkCovariances(*this);
}

GaussianMixture restrictedMixture(const GaussianMixture& mixture, const std::vector<int64_t>& chosen) {
    GaussianMixture part{static_cast<int64_t>(chosen.size()), mixture.dimensions, {}, {}, {}};
    const auto take = [](const std::vector<double>& from, int64_t k, int64_t width, std::vector<double>& to) {
        to.insert(to.end(), from.begin() + k * width, from.begin() + (k + 1) * width);
    };
    for (const int64_t k : chosen) {
        if (k < 0 || k >= mixture.components)
            throw std::invalid_argument("component " + std::to_string(k) + " is not in the mixture");
        part.weights.push_back(mixture.weights[static_cast<size_t>(k)]);
        take(mixture.means, k, mixture.dimensions, part.means);
        take(mixture.variances, k, mixture.dimensions, part.variances);
        if (!mixture.covariances.empty())
            take(mixture.covariances, k, mixture.dimensions * mixture.dimensions, part.covariances);
    }
    const double sum = std::accumulate(part.weights.begin(), part.weights.end(), 0.0);
    if (!(sum > 0))
        throw std::invalid_argument("a mixture needs components of positive weight");
    for (double& weight : part.weights)
        weight /= sum;
    return part;
}

MixtureEvaluator::MixtureEvaluator(const GaussianMixture& mixture) {
    const int64_t dims = mixture.dimensions;
    std::vector<double> logDeterminants;
    if (mixture.covariances.empty()) {
        centres_ = diagonalCentres(mixture);
        for (int64_t k = 0; k < mixture.components; ++k) {
            double sum = 0;
            for (int64_t d = 0; d < dims; ++d)
                sum += std::log(mixture.variances[static_cast<size_t>(k * dims + d)]);
            logDeterminants.push_back(sum);
        }
    } else {
        centres_ = fullCentres(mixture, logDeterminants);
    }
    for (size_t k = 0; k < mixture.weights.size(); ++k)
        offset_.push_back(
            std::log(mixture.weights[k]) -
            0.5 * (static_cast<double>(dims) * std::log(2 * std::numbers::pi) + logDeterminants[k]));
}

MixtureEvaluator::MixtureEvaluator(ScaledCentres centres, std::vector<double> offset)
    : centres_(std::move(centres)), offset_(std::move(offset)) {}

MixtureEvaluator::MixtureEvaluator(WhitenedCentres centres, std::vector<double> offset)
    : centres_(std::move(centres)), offset_(std::move(offset)) {}

void MixtureEvaluator::jointLog(RowTile& tile) const {
    if (const auto* full = std::get_if<WhitenedCentres>(&centres_))
        full->squaredDistances(tile);
    else
        tile.squaredDistances(std::get<ScaledCentres>(centres_));
    for (int64_t k = 0; k < components(); ++k) {
        double* values = tile.values(k);
        for (int64_t r = 0; r < RowTile::capacity; ++r)
            values[r] = offset_[static_cast<size_t>(k)] - 0.5 * values[r];
    }
}

double MixtureEvaluator::responsibilities(RowTile& tile, double* each) const {
    static const double leastLog = std::log(negligibleWeight);
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
            values[r] = difference < leastLog ? 0 : std::exp(difference);
            sum[r] += values[r];
        }
    }
    double total = 0;
    for (int64_t r = 0; r < tile.rows(); ++r) {
        const double logLikelihood = largest[r] + std::log(sum[r]);
        total += logLikelihood;
        if (each)
            each[r] = logLikelihood;
    }
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

Array responsibilities(const GaussianMixture& mixture, const Array& z, std::vector<double>* logLikelihood) {
    const Array rows = matchingRows(mixture, z);
    const MixtureEvaluator evaluator(mixture);
    Array result({rows.dim(0), mixture.components});
    if (logLikelihood)
        logLikelihood->resize(static_cast<size_t>(rows.dim(0)));
    overTiles(rows, mixture.components, [&](RowTile& tile, int64_t row) {
        const double sum =
            evaluator.responsibilities(tile, logLikelihood ? logLikelihood->data() + row : nullptr);
        copyValues(tile, row, result);
        return sum;
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
    forEachBlock(RowBlocks(rows.dim(0)), {}, [&](int64_t, int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; ++n) {
            const float* row = rows.data() + n * columns;
            result[static_cast<size_t>(n)] = std::max_element(row, row + columns) - row;
        }
    });
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
    const std::vector<double> factors = deviationFactors(mixture);
    std::vector<double> normal(static_cast<size_t>(dims));
    Array result({count, dims});
    for (int64_t n = 0; n < count; ++n) {
        const int64_t k = component >= 0 ? component : drawComponent(cumulative, random);
        if (drawnComponents)
            (*drawnComponents)[static_cast<size_t>(n)] = k;
        for (double& value : normal)
            value = random.normal();
        for (int64_t d = 0; d < dims; ++d) {
            const auto entry = static_cast<size_t>(k * dims + d);
            const double deviation =
                factors.empty()
                    ? temperature * std::sqrt(mixture.variances[entry]) * normal[static_cast<size_t>(d)]
                    : temperature * std::inner_product(normal.begin(), normal.begin() + d + 1,
                                                       factors.begin() + static_cast<int64_t>(entry) * dims,
                                                       0.0);
            result.data()[n * dims + d] = static_cast<float>(mixture.means[entry] + deviation);
        }
    }
    return result;
}

} // namespace galatea
