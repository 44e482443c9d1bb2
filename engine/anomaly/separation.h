#pragma once
// How anomaly scores part a normal class from the others, and thresholds that follow from them.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "anomaly/scores.h"

namespace galatea {

/// Four ascending thresholds. With scores of both kinds: the scores that 5 % and 20 % of the strangers stay
/// below and the scores that 20 % and 5 % of the normal objects exceed, in ascending order; so objects in the
/// outer regions are seldom of the other kind. Without strangers: the scores that 50, 20, 5 and 1 % of the
/// normal objects exceed. Scores that are not finite are left out. Throws UsageError if no normal score is
/// finite.
RegionThresholds proposedThresholds(std::span<const double> normal, std::span<const double> strange = {});

/// What the four thresholds say of labelled objects (regions: see regionLabel()).
struct RegionTally {
    std::map<double, int64_t> regions; ///< objects per region label
    int64_t right = 0, wrong = 0; ///< of the decided ones, in regions 0, 0.2 (normal) and 0.8, 1 (strange)
    int64_t undecided = 0;        ///< in the middle region
    double accuracy() const;      ///< right / decided; NaN if none is decided
};
RegionTally tally(std::span<const double> scores, std::span<const uint8_t> strange,
                  const RegionThresholds& thresholds);

/// Whether an embedding has shrunk to a point: the variance of its coordinates over the objects, and beside
/// it what it must be compared with.
struct EmbeddingSpread {
    double variance = 0;             ///< mean over the coordinates
    double meanSquare = 0;           ///< of the coordinates; variance / meanSquare near 0 is a collapse
    double smallestVariance = 0;     ///< of a coordinate
    int64_t effectiveDimensions = 0; ///< coordinates whose variance is above a thousandth of the largest one
};
/// embeddings [N,D]. Throws std::invalid_argument if it is empty.
EmbeddingSpread embeddingSpread(const Array& embeddings);

} // namespace galatea
