#include "mixture/dirichlet_process.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "core/error.h"
#include "mixture/k_means.h"
#include "mixture/special_functions.h"
#include "mixture/wishart.h"

namespace galatea {

namespace {

/// A component that expects fewer rows than this has returned to the prior and is left out of all sums.
constexpr double vanished = 1e-6;

/// q of one stick, Beta(a, b).
struct Stick {
    double a = 1, b = 1;

    double expectedLog() const { return digamma(a) - digamma(a + b); }
    double expectedLogRest() const { return digamma(b) - digamma(a + b); }
    /// KL against Beta(1, α).
    double divergence(double concentration) const {
        return logBeta(1, concentration) - logBeta(a, b) + (a - 1) * digamma(a) +
               (b - concentration) * digamma(b) + (1 + concentration - a - b) * digamma(a + b);
    }
    /// ln ∫ of the stick's likelihood over its prior.
    double logEvidence(double concentration) const { return logBeta(a, b) - logBeta(1, concentration); }
    static double logBeta(double x, double y) { return logGamma(x) + logGamma(y) - logGamma(x + y); }
};

/// Components, the largest first, and what they are updated from.
class Process {
  public:
    Process(const Array& z, const DirichletProcessOptions& options, const StopToken& stop)
        : z_(z), options_(options), stop_(stop),
          prior_(priorBelief(z, options.covariance, options.meanPrecision, options.degreesOfFreedom,
                             options.varianceFloor, stop)) {}

    void startFrom(const Clusters& clusters) {
        learn(momentsOfLabels(z_, clusters.label, options_.covariance, clusters.centres, stop_),
              clusters.centres);
    }

    /// One expectation and maximisation. Returns the bound as it stood between them.
    double step() {
        std::vector<double> means;
        for (const ComponentBelief& belief : beliefs_)
            means.insert(means.end(), belief.mean.begin(), belief.mean.end());
        const double divergences = divergence();
        const Moments moments = expectation(z_, evaluator(means), options_.covariance, means, stop_);
        learn(moments, means);
        return moments.logLikelihood - divergences;
    }

    size_t components() const { return beliefs_.size(); }

    /// Components below the active weight, which are the last ones.
    size_t small() const {
        const std::vector<double> all = weights();
        return static_cast<size_t>(
            std::count_if(all.begin(), all.end(), [&](double w) { return w < options_.activeWeight; }));
    }

    /// The process without its `count` smallest components; their rows go where they are likely next.
    Process without(size_t count) const {
        Process rest = *this;
        rest.beliefs_.resize(beliefs_.size() - std::min(count, beliefs_.size() - 1));
        rest.breakSticks();
        return rest;
    }

    /// Two components and what the bound would gain if one took over both's rows, but for the doubt about
    /// whose they are, which is lost too.
    struct Merger {
        size_t first, second;
        double gain;
    };

    /// Of neighbours, the most promising first; none that is sure to lose.
    std::vector<Merger> mergers() const {
        std::vector<Merger> result;
        for (size_t k = 0; k < beliefs_.size(); ++k)
            for (const size_t other : neighbours(k)) {
                const auto [first, second] = std::minmax(k, other);
                if (std::any_of(result.begin(), result.end(),
                                [&](const Merger& m) { return m.first == first && m.second == second; }))
                    continue;
                const double gain = mergerGain(first, second);
                if (gain > 0)
                    result.push_back({first, second, gain});
            }
        std::stable_sort(result.begin(), result.end(),
                         [](const Merger& a, const Merger& b) { return a.gain > b.gain; });
        return result;
    }

    Process merged(const Merger& merger) const {
        Process rest = *this;
        rest.beliefs_[merger.first] = mergedBelief(beliefs_[merger.first], beliefs_[merger.second], prior_);
        rest.beliefs_.erase(rest.beliefs_.begin() + static_cast<std::ptrdiff_t>(merger.second));
        rest.sortBySize();
        return rest;
    }

    /// Expected weights: E[v_k] Π_{j<k} (1 − E[v_j]).
    std::vector<double> weights() const {
        std::vector<double> result;
        double rest = 1;
        for (const Stick& stick : sticks_) {
            result.push_back(rest * stick.a / (stick.a + stick.b));
            rest *= stick.b / (stick.a + stick.b);
        }
        return result;
    }

    /// The components above the active weight; the heaviest if none is.
    GaussianMixture mixture() const {
        const std::vector<double> all = weights();
        GaussianMixture result;
        result.dimensions = prior_.dims();
        std::vector<int64_t> active;
        for (size_t k = 0; k < all.size(); ++k) {
            add(beliefs_[k], all[k], result);
            if (all[k] > options_.activeWeight)
                active.push_back(static_cast<int64_t>(k));
        }
        if (active.empty())
            active.push_back(std::max_element(all.begin(), all.end()) - all.begin());
        std::stable_sort(active.begin(), active.end(), [&](int64_t a, int64_t b) {
            return all[static_cast<size_t>(a)] > all[static_cast<size_t>(b)];
        });
        return restrictedMixture(result, active);
    }

  private:
    void learn(const Moments& moments, const std::vector<double>& reference) {
        beliefs_.clear();
        for (int64_t k = 0; k < moments.components(); ++k)
            if (moments.weight(k) > vanished)
                beliefs_.push_back(updatedBelief(prior_, moments, k, reference.data() + k * prior_.dims()));
        sortBySize();
    }

    void sortBySize() {
        std::stable_sort(beliefs_.begin(), beliefs_.end(),
                         [](const auto& a, const auto& b) { return a.rows > b.rows; });
        breakSticks();
    }

    /// The few components whose means are the nearest, in units of both's deviations.
    std::vector<size_t> neighbours(size_t k) const {
        constexpr size_t most = 3;
        std::vector<std::pair<double, size_t>> others;
        for (size_t other = 0; other < beliefs_.size(); ++other)
            if (other != k)
                others.emplace_back(separation(beliefs_[k], beliefs_[other]), other);
        const size_t count = std::min(most, others.size());
        std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(count), others.end());
        std::vector<size_t> result;
        for (size_t i = 0; i < count; ++i)
            result.push_back(others[i].second);
        return result;
    }

    static double separation(const ComponentBelief& a, const ComponentBelief& b) {
        const size_t dims = a.mean.size(), step = a.covariance == Covariance::Full ? dims + 1 : 1;
        double sum = 0;
        for (size_t d = 0; d < dims; ++d) {
            const double difference = a.mean[d] - b.mean[d];
            sum += difference * difference / (a.scatter[d * step] / a.nu + b.scatter[d * step] / b.nu);
        }
        return sum;
    }

    double mergerGain(size_t first, size_t second) const {
        const ComponentBelief both = mergedBelief(beliefs_[first], beliefs_[second], prior_);
        std::vector<double> rows;
        for (size_t k = 0; k < beliefs_.size(); ++k)
            if (k != second)
                rows.push_back(k == first ? both.rows : beliefs_[k].rows);
        std::sort(rows.rbegin(), rows.rend());
        const double alpha = options_.concentration;
        double sticks = 0, after = 0;
        for (size_t k = rows.size(); k-- > 0; after += rows[k])
            sticks += Stick{1 + rows[k], alpha + after}.logEvidence(alpha);
        for (const Stick& stick : sticks_)
            sticks -= stick.logEvidence(alpha);
        return sticks + logEvidence(both, prior_) - logEvidence(beliefs_[first], prior_) -
               logEvidence(beliefs_[second], prior_);
    }

    void breakSticks() {
        sticks_.resize(beliefs_.size());
        double after = 0;
        for (size_t k = beliefs_.size(); k-- > 0; after += beliefs_[k].rows)
            sticks_[k] = {1 + beliefs_[k].rows, options_.concentration + after};
    }

    /// KL of everything that is believed against the priors.
    double divergence() const {
        double sum = 0;
        for (const ComponentBelief& belief : beliefs_)
            sum += galatea::divergence(belief, prior_);
        for (const Stick& stick : sticks_)
            sum += stick.divergence(options_.concentration);
        return sum;
    }

    /// E[ln π_k + ln N(z; μ_k, Λ_k⁻¹)], Bishop's (10.46) to (10.65): a Gaussian's form again.
    MixtureEvaluator evaluator(const std::vector<double>& means) const {
        const int64_t dims = prior_.dims();
        const auto width = static_cast<double>(dims);
        std::vector<double> offset;
        double rest = 0;
        for (size_t k = 0; k < beliefs_.size(); ++k) {
            offset.push_back(rest + sticks_[k].expectedLog() +
                             0.5 * (beliefs_[k].expectedLogPrecision() - width / beliefs_[k].beta -
                                    width * std::log(2 * std::numbers::pi)));
            rest += sticks_[k].expectedLogRest();
        }
        if (options_.covariance == Covariance::Full) {
            WhitenedCentres centres(dims, means);
            for (size_t k = 0; k < beliefs_.size(); ++k)
                centres.setMap(static_cast<int64_t>(k), beliefs_[k].inverse, std::sqrt(beliefs_[k].nu));
            return {std::move(centres), std::move(offset)};
        }
        ScaledCentres centres{static_cast<int64_t>(beliefs_.size()), dims, means, {}};
        for (const ComponentBelief& belief : beliefs_)
            for (const double scatter : belief.scatter)
                centres.scale.push_back(std::sqrt(belief.nu / scatter));
        return {std::move(centres), std::move(offset)};
    }

    static void add(const ComponentBelief& belief, double weight, GaussianMixture& mixture) {
        ++mixture.components;
        mixture.weights.push_back(weight);
        mixture.means.insert(mixture.means.end(), belief.mean.begin(), belief.mean.end());
        const std::vector<double> covariance = belief.expectedCovariance();
        if (belief.covariance == Covariance::Diagonal) {
            mixture.variances.insert(mixture.variances.end(), covariance.begin(), covariance.end());
            return;
        }
        for (int64_t d = 0; d < belief.dims(); ++d)
            mixture.variances.push_back(covariance[static_cast<size_t>(d * belief.dims() + d)]);
        mixture.covariances.insert(mixture.covariances.end(), covariance.begin(), covariance.end());
    }

    Array z_;
    DirichletProcessOptions options_;
    StopToken stop_;
    ComponentBelief prior_;
    std::vector<ComponentBelief> beliefs_;
    std::vector<Stick> sticks_;
};

/// With the defaults that depend on the data filled in.
DirichletProcessOptions checkedOptions(DirichletProcessOptions options, const Array& z) {
    const auto refuse = [](const std::string& fault, const std::string& cure) {
        throw UsageError("dirichlet process", fault, cure);
    };
    const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
    if (options.maxComponents < 1 || options.starts < 1 || options.maxIterations < 1)
        refuse("components, starts and iterations must be at least 1", "raise them");
    if (z.dim(0) < std::max<int64_t>(2, options.maxComponents))
        refuse(std::to_string(z.dim(0)) + " rows are too few for at most " +
                   std::to_string(options.maxComponents) + " components",
               "ask for fewer components");
    if (options.concentration == 0)
        options.concentration = 1 / static_cast<double>(options.maxComponents);
    if (options.degreesOfFreedom == 0)
        options.degreesOfFreedom = static_cast<double>(z.dim(1));
    if (!positive(options.concentration) || !positive(options.meanPrecision) ||
        !positive(options.varianceFloor))
        refuse("concentration, mean precision and variance floor must be positive", "raise them");
    const double leastFreedom =
        options.covariance == Covariance::Full ? static_cast<double>(z.dim(1) - 1) : 0;
    if (!(options.degreesOfFreedom > leastFreedom) || !std::isfinite(options.degreesOfFreedom))
        refuse("the degrees of freedom must be above " + std::to_string(static_cast<int64_t>(leastFreedom)),
               "raise them");
    if (!(options.tolerance >= 0) || !(options.activeWeight >= 0 && options.activeWeight < 1))
        refuse("the tolerance must not be negative, the active weight at least 0 and below 1",
               "1e-6 and 0.01 are usual");
    return options;
}

/// Components that are not needed vanish by themselves, but only after many iterations or never: small ones
/// are left out at once, and neighbours become one, where the bound is the higher for it.
class Thinning {
  public:
    /// Steps taken; `bound` and the process are better than before or untouched. `settled`: time to look
    /// closely.
    int64_t attempt(Process& process, double& bound, bool settled) {
        return leaveOut(process, bound) + merge(process, bound, settled ? 6 : 1);
    }

  private:
    static constexpr int64_t steps = 2;

    static bool isBetter(Process trial, Process& process, double& bound) {
        double reached = 0;
        for (int64_t i = 0; i < steps; ++i)
            reached = trial.step();
        if (!(reached > bound))
            return false;
        bound = reached;
        process = std::move(trial);
        return true;
    }

    int64_t leaveOut(Process& process, double& bound) {
        size_t count = std::min(process.small(), process.components() - 1);
        if (rejected_ > 0)
            count = std::min(count, rejected_ / 2);
        if (count == 0)
            return 0;
        rejected_ = isBetter(process.without(count), process, bound) ? 0 : count;
        return steps;
    }

    static int64_t merge(Process& process, double& bound, size_t trials) {
        const std::vector<Process::Merger> mergers = process.mergers();
        for (size_t i = 0; i < std::min(trials, mergers.size()); ++i)
            if (isBetter(process.merged(mergers[i]), process, bound))
                return static_cast<int64_t>(i + 1) * steps;
        return static_cast<int64_t>(std::min(trials, mergers.size())) * steps;
    }

    size_t rejected_ = 0; ///< so many were too many to leave out, last time
};

DirichletProcessReport run(Process& process, const DirichletProcessOptions& options, int64_t rows,
                           int64_t start, ProgressSink& progress) {
    constexpr int64_t thinningEvery = 10;
    DirichletProcessReport report;
    Thinning thinning;
    while (report.iterations < options.maxIterations && !report.converged) {
        double bound = process.step();
        ++report.iterations;
        const bool settled = !report.history.empty() &&
                             bound - report.history.back() < options.tolerance * static_cast<double>(rows);
        const double unthinned = bound;
        if (settled || report.history.size() % thinningEvery == thinningEvery - 1)
            report.iterations += thinning.attempt(process, bound, settled);
        report.converged = settled && bound == unthinned;
        report.history.push_back(bound);
        progress.update({"fitting the Dirichlet process", start * options.maxIterations + report.iterations,
                         options.starts * options.maxIterations, "iterations",
                         std::to_string(process.components()) + " components"});
    }
    report.lowerBound = report.history.back();
    report.weights = process.weights();
    report.mixture = process.mixture();
    return report;
}

} // namespace

DirichletProcessReport fitDirichletProcess(const Array& z, const DirichletProcessOptions& wanted,
                                           const StopToken& stop, ProgressSink& progress) {
    requireFiniteRows(z);
    const DirichletProcessOptions options = checkedOptions(wanted, z);
    requireRoom(options.maxComponents, z.dim(1), options.covariance);
    const Array rows = z.contiguousCopy();
    constexpr int64_t kMeansIterations = 50;
    RandomStream random(options.seed, "dirichlet process");
    DirichletProcessReport best;
    for (int64_t start = 0; start < options.starts; ++start) {
        Process process(rows, options, stop);
        process.startFrom(findClusters(rows, options.maxComponents, random, kMeansIterations, stop));
        DirichletProcessReport report = run(process, options, rows.dim(0), start, progress);
        throwIfStopped(stop);
        if (start == 0 || report.lowerBound > best.lowerBound)
            best = std::move(report);
    }
    best.meanLogLikelihood = meanLogLikelihood(best.mixture, rows);
    if (!best.converged)
        progress.warn("the mixture had not settled after " + std::to_string(best.iterations) + " iterations");
    return best;
}

} // namespace galatea
