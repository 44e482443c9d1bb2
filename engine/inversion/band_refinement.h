#pragma once
// A hidden band from a best fit and from what the fit leaves over in the bands that were seen.

#include <cstdint>
#include <vector>

#include "core/progress.h"
#include "core/stop_token.h"
#include "inversion/best_fit.h"
#include "inversion/linear_prediction.h"

namespace galatea {

/// A generator draws a galaxy's shape and colour but not each of its knots. Those it misses show in the bands
/// that were seen, and go on into the hidden one. For each hidden channel h a least-squares formula, in the
/// network's units,
///     x̂_h = Σ_{c seen} a_c · x_c + Σ_{all c} b_c · G(ẑ)_c + constant,
/// where a_c and b_c cover the pixel and its eight neighbours, is found from reference objects whose band h
/// is known and was hidden from their fit as well. With a_c = 0 it is the fit alone, with b_c = 0 the best
/// linear prediction: on its reference objects it is never worse than either. Not in Murray, Fabbro & Yi
/// 2019.
class BandRefinement {
  public:
    /// references [N,C,H,W] in the data's units: other objects of the same survey. `channels` are hidden and
    /// refined. The fits are made with `options`, one start each. Throws UsageError if nothing is hidden, all
    /// is, or fewer than 16 references are given; else as bestFit().
    BandRefinement(const Model& model, const Array& references, const std::vector<int64_t>& channels,
                   BestFitOptions options, const StopToken& stop = {},
                   ProgressSink& progress = silentProgress());

    /// Fits [n,C,H,W] of `images`, both in the data's units, with the hidden channels refined. Where another
    /// pixel than the hidden channels' was not observed (see observedPixels()), the fit stands for it.
    Array refined(const Array& images, const Array& observed, const Array& fits) const;

  private:
    ModelInput input_;
    std::vector<int64_t> channels_;
    std::vector<LinearPrediction> formulas_; ///< one for each of channels_
};

/// Reference objects: rows of 0 … count − 1 that are not fitted themselves, as many as wanted or as there
/// are, each set of them as likely as any other (selection sampling, Knuth, TAOCP 2, 3.4.2). Ascending.
std::vector<int64_t> referenceRows(int64_t count, std::vector<int64_t> fitted, int64_t wanted, uint64_t seed);

} // namespace galatea
