#pragma once
// The learning rate of every epoch.

#include <cstdint>

#include "training/train.h"

namespace galatea {

/// Where an epoch stands: in the whole training, and in its phase.
struct EpochPlace {
    int64_t epoch = 0, epochs = 0;             ///< from 0, of all
    int64_t epochOfPhase = 0, phaseEpochs = 0; ///< from 0, of the phase
};

/// exponential: r₀ (r₁/r₀)^f; cosine: r₁ + ½ (r₀ − r₁)(1 + cos πf) (Loshchilov & Hutter 2017), with
/// f = epoch / (epochs − 1); milestones: r₀ · factor^(milestones passed).
double learningRate(const TrainOptions& options, const EpochPlace& place);

} // namespace galatea
