#pragma once
// Best fits: the latents whose decoded image is nearest to a given one (Murray, Fabbro & Yi 2019,
// section 2.3). With a mask only the observed pixels count, and what the model draws in the hidden ones is an
// inpainting.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/array.h"
#include "core/options.h"
#include "core/progress.h"
#include "core/stop_token.h"
#include "models/model.h"

namespace galatea {

struct BestFitOptions {
    int64_t steps = 200;        ///< of Adam
    double learningRate = 0.25; ///< paper
    int64_t starts = 4;         ///< fits per image
    /// Where they begin: "mixed" (the first at the encoder's answer, the others at random), "encoder" (all
    /// there, the others moved by `spread`) or "random" (drawn from the unit Gaussian or the model's
    /// mixture).
    std::string start = "mixed";
    double spread = 0.5;    ///< deviation by which encoder starts after the first are moved
    double prior = 0;       ///< weight of the mean square of the latents beside the mean squared error
    double tolerance = 1.5; ///< fills count towards mean and spread up to this multiple of the lowest loss
    int64_t batch = 128;    ///< fits at a time
    uint64_t seed = 1;
};
OptionSet describe(BestFitOptions& options);

/// A look at a batch of fits in progress; the arrays may be kept.
struct BestFitFrame {
    int64_t firstFit = 0; ///< fits are numbered image · starts + start
    int64_t step = 0;
    Array losses; ///< [fits]
    Array images; ///< [fits,C,H,W] in the data's units
};

struct BestFitReport {
    Array latents;                ///< [N,S,D]: those of the lowest loss met on the way
    Array images;                 ///< [N,S,C,H,W] their images, in the data's units
    Array losses;                 ///< [N,S] mean squared error over observed pixels, in the network's units
    Array curves;                 ///< [N,S,steps + 1] that error at each step; column 0 is the start
    std::vector<int64_t> best;    ///< [N] the start with the lowest loss
    std::vector<int64_t> counted; ///< [N] starts within the tolerance
    Array mean, spread;           ///< [N,C,H,W] over those: mean and standard deviation
};

/// images [N,C,H,W] in the data's units; observed, of the same shape, 1 or 0 (mask.h; anything between
/// weighs). A hidden pixel's value is never used. `every`: steps between two calls of `onFrame`, 0: none.
/// Throws ModelError if the model is not differentiable() or draws what is not finite, Interrupted on stop.
BestFitReport bestFit(const Model& model, const Array& images, const Array& observed,
                      const BestFitOptions& options, const StopToken& stop = {},
                      ProgressSink& progress = silentProgress(),
                      const std::function<void(const BestFitFrame&)>& onFrame = {}, int64_t every = 10);

/// The images of one start of each. [N,C,H,W]
Array imagesOfStart(const BestFitReport& report, int64_t start);

/// The encoder's answer where pixels are hidden: they are taken for the channel's offset at first, then twice
/// for what the model draws there. Without hidden pixels plainly encode(). [N,D]
Array encodeObserved(const Model& model, const Array& images, const Array& observed);

/// Mean squared difference over the observed pixels of each image, in the network's units. [N]
Array observedError(const ModelCard& card, const Array& images, const Array& other, const Array& observed);

} // namespace galatea
