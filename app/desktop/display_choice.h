#pragma once
// Sensible first choices for data nobody has described: how to draw it, how to make it fit a model.

#include <QString>

#include "app/desktop/document_types.h"
#include "data/dataset.h"
#include "data/transforms.h"
#include "models/card.h"

namespace galatea {

/// Bands of the composite by name; the rendering is kept.
DisplaySettings chooseDisplay(const DatasetInfo& info, const Rendering& rendering);

/// Pixels in [0,1] are taken as display-like (linear, fixed cuts); anything else as flux: asinh, with cuts
/// about the sky where most pixels are sky, else at 99.5 % of each image. `sample` [n,C,H,W] is a look at
/// some of the images.
Rendering chooseRendering(const Array& sample);

/// What makes images of this shape fit the model's input: centre crop (192 where the model sees 128 and the
/// picture is large enough, as Galaxy Zoo cut-outs are published; else the smallest side), gray for a
/// one-channel model, resize, and rescaling to [0,1]. nothing() is returned where the shape fits already.
struct Fit {
    bool possible = true;
    TransformOptions transform;
    QString sentence; ///< what is done, or why nothing can be done; empty if the data fit as they are
};
Fit fitToModel(const DatasetInfo& data, const ModelInput& input);

/// "centre 192 × 192, gray, 128 × 128, rescaled to 0 … 1"
QString transformText(const TransformOptions& transform);

} // namespace galatea
