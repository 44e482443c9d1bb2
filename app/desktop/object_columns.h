#pragma once
// The columns of the objects: first the catalogue's, then what the model and the person say of each. Names of
// derived columns:
//
//   component         most probable component of the mixture, counted from 1
//   probability       of that component
//   log_likelihood    log p(z) under the mixture
//   reconstruction_error, anomaly_score
//   map_x, map_y, map_z    place on the map
//   z1 … zD           latents, counted from 1
//   label, label_confidence, label_by, label_time    once there are classes; time in UTC as ISO 8601 has it
//
// A name the catalogue has already gets the suffix _galatea. Document::columns() gives them.

#include <vector>

#include "app/desktop/document.h"
#include "core/column_view.h"

namespace galatea {

/// What the label book said of the objects.
struct LabelSnapshot {
    std::shared_ptr<const TextCodes> label;
    std::shared_ptr<const std::vector<uint32_t>>
        place; ///< [N] of the label's mark in those below; 0: no label
    std::shared_ptr<const std::vector<std::string>> who, when;
    std::shared_ptr<const std::vector<float>> confidence;
};
using LabelSnapshotPtr = std::shared_ptr<const LabelSnapshot>;

/// What the columns see; as long as it is the same, so are they.
struct ColumnSources {
    DatasetPtr data;
    LatentsPtr latents;
    FittedMixturePtr fitted;
    Array map;
    uint64_t labelRevision = 0;
    bool sameAs(const ColumnSources& other) const; ///< as far as here

    std::shared_ptr<const std::vector<double>> logLikelihood = {}; ///< of the latents under the mixture
    LabelSnapshotPtr labels = {};
    ColumnViewPtr component = {}, label = {}; ///< columns that charts draw in colours of their own
};

} // namespace galatea
