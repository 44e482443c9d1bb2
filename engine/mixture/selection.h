#pragma once
// How many components: likelihood against the number of free parameters.

#include <vector>

#include "mixture/mixture.h"

namespace galatea {

/// Numbers that may be chosen freely: K − 1 weights, K·D means, and K·D variances or K·D(D+1)/2 covariances.
int64_t freeParameters(const GaussianMixture& mixture);

/// Bayesian information criterion −2 ln L + p ln N (Schwarz 1978): lower is better. `meanLogLikelihood` is
/// per row, N the rows it was taken over; likewise below.
double bayesCriterion(const GaussianMixture& mixture, double meanLogLikelihood, int64_t rows);

/// Akaike's information criterion −2 ln L + 2 p (1974): lower is better.
double akaikeCriterion(const GaussianMixture& mixture, double meanLogLikelihood, int64_t rows);

enum class Criterion { Bayes, Akaike };

/// One number of components and what became of it.
struct Candidate {
    MixtureReport report;
    double bayes = 0, akaike = 0;
};

struct SelectionReport {
    std::vector<Candidate> candidates; ///< from the fewest components to the most
    size_t best = 0;                   ///< of the lowest criterion; the fewest components on ties
};

/// Fits every number of components from `fewest` to `most` with the other options as given, each with its own
/// stream of random numbers: the same mixture as fitted alone. Throws as fitMixture(), and UsageError for a
/// range without numbers.
SelectionReport selectMixture(const Array& z, const MixtureOptions& options, int64_t fewest, int64_t most,
                              Criterion criterion, const StopToken& stop = {},
                              ProgressSink& progress = silentProgress());

} // namespace galatea
