#include "mixture/wishart.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mixture/cholesky.h"
#include "mixture/special_functions.h"

namespace galatea {

namespace {

size_t place(int64_t i, int64_t j, int64_t dims) {
    return static_cast<size_t>(i * dims + j);
}

/// ln of the Wishart density's normaliser 1 / B(Ψ⁻¹, ν), Bishop's (B.79) turned over.
double logNormaliser(double nu, double logDeterminant, int64_t dims) {
    return 0.5 * nu * static_cast<double>(dims) * std::numbers::ln2 - 0.5 * nu * logDeterminant +
           logMultivariateGamma(0.5 * nu, dims);
}

/// E over q(Λ) of tr(Ψ₀ Λ) = ν tr(Ψ₀ Ψ⁻¹) = ν |L⁻¹ L₀|².
double trace(const ComponentBelief& belief, const ComponentBelief& prior) {
    const int64_t dims = belief.dims();
    double sum = 0;
    for (int64_t i = 0; i < dims; ++i)
        for (int64_t j = 0; j <= i; ++j) {
            double entry = 0;
            for (int64_t k = j; k <= i; ++k)
                entry += belief.inverse[place(i, k, dims)] * prior.factor[place(k, j, dims)];
            sum += entry * entry;
        }
    return sum;
}

double squaredDistance(const ComponentBelief& belief, const std::vector<double>& mean) {
    const int64_t dims = belief.dims();
    double sum = 0;
    for (int64_t i = 0; i < dims; ++i) {
        double entry = 0;
        for (int64_t j = 0; j <= i; ++j)
            entry += belief.inverse[place(i, j, dims)] *
                     (mean[static_cast<size_t>(j)] - belief.mean[static_cast<size_t>(j)]);
        sum += entry * entry;
    }
    return sum;
}

/// Of a whole belief: one Wishart, or one gamma for each dimension.
double logNormaliser(const ComponentBelief& belief) {
    if (belief.covariance == Covariance::Full)
        return logNormaliser(belief.nu, belief.logDeterminant, belief.dims());
    return static_cast<double>(belief.dims()) * logNormaliser(belief.nu, 0, 1) -
           0.5 * belief.nu * belief.logDeterminant;
}

/// Of N(m, (βΛ)⁻¹) against the prior's, Λ given, in one dimension and without the means' distance.
double meanDivergence(double beta, double priorBeta) {
    return 0.5 * (priorBeta / beta - 1 - std::log(priorBeta / beta));
}

} // namespace

void ComponentBelief::prepare() {
    if (covariance == Covariance::Diagonal) {
        logDeterminant = 0;
        for (const double value : scatter)
            logDeterminant += std::log(value);
        return;
    }
    const double least = 1e-15 * *std::max_element(scatter.begin(), scatter.end());
    inverse = factor = factorOf(scatter, dims(), least);
    invertLower(inverse, dims());
    logDeterminant = galatea::logDeterminant(factor, dims());
}

double ComponentBelief::expectedLogPrecision() const {
    const auto width = static_cast<double>(dims());
    const double gamma =
        covariance == Covariance::Full ? multivariateDigamma(0.5 * nu, dims()) : width * digamma(0.5 * nu);
    return gamma + width * std::numbers::ln2 - logDeterminant;
}

std::vector<double> ComponentBelief::expectedCovariance() const {
    std::vector<double> result = scatter;
    for (double& value : result)
        value /= nu;
    return result;
}

ComponentBelief priorBelief(const Array& z, Covariance covariance, double meanPrecision,
                            double degreesOfFreedom, double varianceFloor, const StopToken& stop) {
    const int64_t dims = z.dim(1);
    ComponentBelief prior;
    prior.covariance = covariance;
    prior.beta = meanPrecision;
    prior.nu = degreesOfFreedom;
    for (int64_t d = 0; d < dims; ++d)
        prior.mean.push_back(static_cast<double>(z.data()[d])); // near enough that nothing cancels
    const std::vector<int32_t> one(static_cast<size_t>(z.dim(0)), 0);
    for (int pass = 0; pass < 2; ++pass) { // the mean, then the moments around it
        const Moments moments = momentsOfLabels(z, one, covariance, prior.mean, stop);
        const double rows = moments.weight(0);
        if (pass == 0) {
            for (int64_t d = 0; d < dims; ++d)
                prior.mean[static_cast<size_t>(d)] += moments.first(0)[d] / rows;
            continue;
        }
        const bool full = covariance == Covariance::Full;
        prior.scatter.assign(static_cast<size_t>(full ? dims * dims : dims), 0);
        for (int64_t i = 0; i < dims; ++i) {
            for (int64_t j = 0; full && j < i; ++j)
                prior.scatter[place(i, j, dims)] = prior.scatter[place(j, i, dims)] =
                    moments.second(0, i, j) / (rows - 1);
            prior.scatter[full ? place(i, i, dims) : static_cast<size_t>(i)] =
                moments.second(0, i, i) / (rows - 1) + varianceFloor;
        }
    }
    prior.prepare();
    return prior;
}

ComponentBelief updatedBelief(const ComponentBelief& prior, const Moments& moments, int64_t k,
                              const double* reference) {
    const int64_t dims = prior.dims();
    const double rows = moments.weight(k);
    const double* first = moments.first(k);
    ComponentBelief belief;
    belief.covariance = prior.covariance;
    belief.rows = rows;
    belief.beta = prior.beta + rows;
    belief.nu = prior.nu + rows;
    belief.mean.resize(static_cast<size_t>(dims));
    // Around the prior's mean and with a = reference − m₀: Ψ = Ψ₀ + Σγ (z − m₀)(z − m₀)ᵀ − β (m − m₀)(m −
    // m₀)ᵀ, written so that only deviations from the rows' own mean are subtracted.
    std::vector<double> shift(static_cast<size_t>(dims)), away(static_cast<size_t>(dims));
    for (size_t d = 0; d < shift.size(); ++d) {
        shift[d] = rows > 0 ? first[d] / rows : 0;
        away[d] = reference[d] + shift[d] - prior.mean[d];
        belief.mean[d] = prior.mean[d] + rows / belief.beta * away[d];
    }
    const double pull = prior.beta * rows / belief.beta;
    const auto entry = [&](int64_t i, int64_t j) {
        const auto a = static_cast<size_t>(i), b = static_cast<size_t>(j);
        return moments.second(k, i, j) - first[i] * shift[b] + pull * away[a] * away[b];
    };
    belief.scatter = prior.scatter;
    for (int64_t i = 0; i < dims; ++i) {
        if (prior.covariance == Covariance::Diagonal) {
            belief.scatter[static_cast<size_t>(i)] += std::max(0.0, entry(i, i));
            continue;
        }
        for (int64_t j = 0; j < i; ++j)
            belief.scatter[place(j, i, dims)] = belief.scatter[place(i, j, dims)] += entry(i, j);
        belief.scatter[place(i, i, dims)] += std::max(0.0, entry(i, i));
    }
    belief.prepare();
    return belief;
}

ComponentBelief mergedBelief(const ComponentBelief& a, const ComponentBelief& b,
                             const ComponentBelief& prior) {
    const int64_t dims = prior.dims();
    ComponentBelief belief;
    belief.covariance = prior.covariance;
    belief.rows = a.rows + b.rows;
    belief.beta = a.beta + b.beta - prior.beta;
    belief.nu = a.nu + b.nu - prior.nu;
    std::vector<double> fromA, fromB, from; // means less the prior's, so that little cancels
    for (size_t d = 0; d < prior.mean.size(); ++d) {
        fromA.push_back(a.mean[d] - prior.mean[d]);
        fromB.push_back(b.mean[d] - prior.mean[d]);
        from.push_back((a.beta * fromA[d] + b.beta * fromB[d]) / belief.beta);
        belief.mean.push_back(prior.mean[d] + from[d]);
    }
    belief.scatter.resize(prior.scatter.size());
    for (size_t entry = 0; entry < prior.scatter.size(); ++entry) {
        const bool full = prior.covariance == Covariance::Full;
        const size_t i = full ? entry / static_cast<size_t>(dims) : entry,
                     j = full ? entry % static_cast<size_t>(dims) : entry;
        belief.scatter[entry] = a.scatter[entry] + b.scatter[entry] - prior.scatter[entry] +
                                a.beta * fromA[i] * fromA[j] + b.beta * fromB[i] * fromB[j] -
                                belief.beta * from[i] * from[j];
    }
    belief.prepare();
    return belief;
}

double logEvidence(const ComponentBelief& belief, const ComponentBelief& prior) {
    const auto width = static_cast<double>(belief.dims());
    return -0.5 * belief.rows * width * std::log(2 * std::numbers::pi) +
           0.5 * width * std::log(prior.beta / belief.beta) + logNormaliser(belief) - logNormaliser(prior);
}

double divergence(const ComponentBelief& belief, const ComponentBelief& prior) {
    const int64_t dims = belief.dims();
    const auto width = static_cast<double>(dims);
    double traces = 0, distance = 0;
    if (belief.covariance == Covariance::Full) {
        traces = trace(belief, prior);
        distance = squaredDistance(belief, prior.mean);
    } else {
        for (size_t d = 0; d < belief.mean.size(); ++d) {
            const double difference = belief.mean[d] - prior.mean[d];
            traces += prior.scatter[d] / belief.scatter[d];
            distance += difference * difference / belief.scatter[d];
        }
    }
    const double means =
        width * meanDivergence(belief.beta, prior.beta) + 0.5 * prior.beta * belief.nu * distance;
    const double expected = belief.expectedLogPrecision();
    const double normalisers = logNormaliser(prior) - logNormaliser(belief);
    return means + normalisers + 0.5 * (belief.nu - prior.nu) * expected - 0.5 * belief.nu * width +
           0.5 * belief.nu * traces;
}

} // namespace galatea
