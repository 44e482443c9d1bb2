#pragma once
// A second data set to be shown above the map of the first.

#include "app/desktop/document.h"
#include "core/progress.h"

namespace galatea {

/// A layer from a latents file, or from images that `model` encodes (nullptr: none is open). `width`: latents
/// of the open map. Throws InputError naming what does not fit, Interrupted on stop.
DataLayerPtr readLayer(const QString& path, const ModelPtr& model, int64_t width, const StopToken& stop,
                       ProgressSink& progress);

} // namespace galatea
