#pragma once
// Latents as a table for other programs: the catalogue's columns, then what the model says of each object.

#include <string>
#include <vector>

#include "core/table.h"
#include "latent/latents.h"

namespace galatea {

struct LatentTableOptions {
    bool deviations = false; ///< also sigma_0 …, the encoding's standard deviations
};

/// One row per object. First the catalogue's columns where `catalog` is given: row by row if its ids are the
/// latents', otherwise those of the same id (objects it lacks have empty cells; a note says how many). Then
/// z_0 … z_(D-1), component (from 0), responsibility_0 …, score, reconstruction_error as available, all with
/// UCDs and descriptions. Names the catalogue has already get the suffix _latent.
Table latentTable(const Latents& latents, const Table* catalog, std::vector<std::string>& notes,
                  const LatentTableOptions& options = {});

} // namespace galatea
