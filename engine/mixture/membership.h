#pragma once
// Who belongs to which component of a mixture, read from responsibilities γ [N,K] (rows sum to 1).

#include <cstdint>
#include <span>
#include <vector>

#include "core/array.h"

namespace galatea {

/// AstroVaDEr's responsibilities: the joint log-probabilities [N,K] scaled from their smallest and largest
/// value to [−range, 0] before the softmax (Cao et al. 2020). During training that is done within each batch,
/// here over all rows given. Softer than the posterior, so more objects lie between components.
Array scaledResponsibilities(const Array& jointLogProbability, double range = 50);

/// How many objects each component has: by its largest responsibility. [K]
std::vector<int64_t> populations(std::span<const int64_t> component, int64_t components);

/// Objects whose responsibility in a component is at least `probability`.
struct ProbabilityCut {
    double probability = 0;
    std::vector<int64_t> counts; ///< per component; below ½ an object can count in several
    int64_t objects = 0;         ///< that pass in any component
};
ProbabilityCut cutAt(const Array& responsibility, double probability);

/// Rows, ascending, whose responsibility in any of these components is at least `probability`.
std::vector<int64_t> membersOf(const Array& responsibility, std::span<const int64_t> components,
                               double probability);

/// Mean responsibility in component k of the objects whose component is j: [K,K], row j, column k; rows sum
/// to 1. NaN where a component has no objects.
Array overlapMatrix(const Array& responsibility, std::span<const int64_t> component);

/// The most probable of some components, the others ignored; e.g. the shape of galaxies whose own component
/// stands for their neighbours. Throws std::invalid_argument if there are none or one is outside.
std::vector<int64_t> secondLabels(const Array& responsibility, std::span<const int64_t> among);

} // namespace galatea
