#include "mixture/selection.h"

#include <cmath>
#include <string>

#include "core/error.h"

namespace galatea {

namespace {

double minusTwoLogLikelihood(double meanLogLikelihood, int64_t rows) {
    return -2 * meanLogLikelihood * static_cast<double>(rows);
}

/// Puts the fits of a selection one after another. A fit that has not settled is the caller's to tell, once.
class SelectionProgress : public ProgressSink {
  public:
    SelectionProgress(ProgressSink& sink, int64_t fits) : sink_(sink), fits_(fits) {}
    void begin(int64_t components) {
        ++begun_;
        components_ = components;
    }
    void update(const ProgressUpdate& inner) override {
        ProgressUpdate outer = inner;
        outer.stage = "fitting " + std::to_string(components_) + " components";
        outer.done = (begun_ - 1) * inner.total + inner.done;
        outer.total = fits_ * inner.total;
        sink_.update(outer);
    }
    void warn(const std::string&) override {}

  private:
    ProgressSink& sink_;
    int64_t fits_, begun_ = 0, components_ = 0;
};

} // namespace

int64_t freeParameters(const GaussianMixture& mixture) {
    const int64_t k = mixture.components, d = mixture.dimensions;
    const int64_t shape = mixture.covariance() == Covariance::Full ? d * (d + 1) / 2 : d;
    return k - 1 + k * d + k * shape;
}

double bayesCriterion(const GaussianMixture& mixture, double meanLogLikelihood, int64_t rows) {
    return minusTwoLogLikelihood(meanLogLikelihood, rows) +
           static_cast<double>(freeParameters(mixture)) * std::log(static_cast<double>(rows));
}

double akaikeCriterion(const GaussianMixture& mixture, double meanLogLikelihood, int64_t rows) {
    return minusTwoLogLikelihood(meanLogLikelihood, rows) + 2 * static_cast<double>(freeParameters(mixture));
}

SelectionReport selectMixture(const Array& z, const MixtureOptions& options, int64_t fewest, int64_t most,
                              Criterion criterion, const StopToken& stop, ProgressSink& progress) {
    if (fewest < 1 || most < fewest)
        throw UsageError("components",
                         std::to_string(fewest) + " to " + std::to_string(most) + " are no range",
                         "give at least 1, and the fewest first");
    SelectionReport result;
    SelectionProgress whole(progress, most - fewest + 1);
    std::string unsettled;
    for (int64_t k = fewest; k <= most; ++k) {
        MixtureOptions mine = options;
        mine.components = k;
        whole.begin(k);
        Candidate candidate;
        candidate.report = fitMixture(z, mine, stop, whole);
        const MixtureReport& report = candidate.report;
        candidate.bayes = bayesCriterion(report.mixture, report.meanLogLikelihood, z.dim(0));
        candidate.akaike = akaikeCriterion(report.mixture, report.meanLogLikelihood, z.dim(0));
        if (!report.converged)
            unsettled += (unsettled.empty() ? "" : ", ") + std::to_string(k);
        result.candidates.push_back(std::move(candidate));
        const auto figure = [&](size_t i) {
            return criterion == Criterion::Bayes ? result.candidates[i].bayes : result.candidates[i].akaike;
        };
        if (figure(result.candidates.size() - 1) < figure(result.best))
            result.best = result.candidates.size() - 1;
    }
    if (!unsettled.empty())
        progress.warn("mixtures of these numbers of components had not settled after " +
                      std::to_string(options.maxIterations) + " iterations: " + unsettled);
    return result;
}

} // namespace galatea
