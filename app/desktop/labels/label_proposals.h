#pragma once
// Labels proposed for objects without one, from the labelled objects nearest to them in latent space.

#include <cstdint>
#include <vector>

#include "app/desktop/labels/label_types.h"
#include "core/array.h"
#include "core/progress.h"
#include "core/stop_token.h"

namespace galatea {

struct ProposalOptions {
    int64_t neighbours = 10;
    double leastConfidence = 0.5; ///< less sure ones are not proposed
    double work = 4e11;           ///< comparisons × dimensions; beyond it a sample of the labelled is asked
};

/// `latents` [N,D]; `labels` [N] the class of each row, negative without. The proposed class is the one with
/// most votes among the nearest labelled rows, a vote weighing 1 / (distance + spacing), where a class's
/// spacing is the median distance of its rows to the nearest other one of it (of up to 500 rows). The
/// confidence is the winner's share of the votes, times spacing / distance to its nearest row where that is
/// less than 1: what lies far from all that is known is not known. Ascending rows. Throws Interrupted on
/// stop.
std::vector<LabelProposal> proposeLabels(const Array& latents, const std::vector<int16_t>& labels,
                                         const ProposalOptions& options, const StopToken& stop = {},
                                         ProgressSink& progress = silentProgress());

} // namespace galatea
