#pragma once
// The best fit of one object as the window shows it: plain engine calls, made on the job thread.

#include <memory>

#include "app/desktop/export.h"
#include "inversion/best_fit.h"

namespace galatea {

struct FitRequest {
    ModelPtr model;
    DatasetPtr data;
    int64_t row = 0;
    QString object;                      ///< its name
    std::vector<int64_t> hiddenChannels; ///< whole bands
    Array hiddenPixels;                  ///< [H,W] as in the arrays, not 0 where hidden; may be empty
    BestFitOptions options;
};

struct FitResult {
    FitRequest request;
    Array image;    ///< [C,H,W] with what was hidden from the fit
    Array observed; ///< [C,H,W] 1 where the fit looked, else 0
    BestFitReport report;
    std::vector<int64_t> order; ///< starts, the lowest error first
    bool hides = false;         ///< something was hidden
    double spread = 0;          ///< root mean square over the hidden pixels, or over all if none was
    double hiddenError = 0;     ///< root mean square of mean − truth there, data's units; NaN without truth
    double chiSquare = 0;       ///< mean of residual² / variance over observed pixels; NaN without variance

    Array fit(int64_t start) const; ///< [C,H,W]; −1: the mean over those that count
    /// The observed pixels as they are, the others from a fit.
    Array filled(const Array& fit) const;
    std::vector<float> latent(int64_t start) const; ///< −1: of the best
};
using FitResultPtr = std::shared_ptr<const FitResult>;

/// Throws as observedPixels() and bestFit().
FitResultPtr fitObject(const FitRequest& request, const StopToken& stop, ProgressSink& progress,
                       const std::function<void(const BestFitFrame&)>& onFrame);

/// FITS with one extension each for the filled, the fitted (best and mean), the spread, the residual and the
/// observed image, with the object's sky coordinates; hidden pixels are NaN in the last two.
void exportFitFits(const FitResult& result, const Provenance& provenance, const QString& path);

} // namespace galatea
