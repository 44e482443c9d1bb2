#pragma once
// The best fit of one object as the window shows it: plain engine calls, made on the job thread.

#include <memory>

#include "app/desktop/export.h"
#include "inversion/band_refinement.h"
#include "inversion/best_fit.h"

namespace galatea {

struct Refinement;

struct FitRequest {
    ModelPtr model;
    DatasetPtr data;
    int64_t row = 0;
    QString object;                      ///< its name
    std::vector<int64_t> hiddenChannels; ///< whole bands
    Array hiddenPixels;                  ///< [H,W] as in the arrays, not 0 where hidden; may be empty
    BestFitOptions options;
    int64_t references = 0; ///< other objects that refine hidden bands (band_refinement.h); 0: none
    std::shared_ptr<const Refinement> refinement = {}; ///< an earlier one, taken if it serves; may be empty
};

/// What other objects told of hidden bands; good for every object that is not among them.
struct Refinement {
    Refinement(const FitRequest& request, const StopToken& stop, ProgressSink& progress);
    bool serves(const FitRequest& request) const;

    ModelPtr model;
    DatasetPtr data;
    std::vector<int64_t> channels;
    BestFitOptions options;
    std::vector<int64_t> rows; ///< of the other objects, ascending
    BandRefinement formula;
};

struct FitResult {
    /// Fits that are no single start.
    static constexpr int64_t meanOfStarts = -1, refinedMean = -2;

    FitRequest request;
    Array image;    ///< [C,H,W] with what was hidden from the fit
    Array observed; ///< [C,H,W] 1 where the fit looked, else 0
    BestFitReport report;
    std::shared_ptr<const Refinement> refinement;
    Array refined;              ///< [C,H,W] the mean with hidden bands refined; may be empty
    std::vector<int64_t> order; ///< starts, the lowest error first
    bool hides = false;         ///< something was hidden
    double spread = 0;          ///< root mean square over the hidden pixels, or over all if none was
    double hiddenError = 0;     ///< root mean square of mean − truth there, data's units; NaN without truth
    double refinedError = 0;    ///< the same of the refined mean; NaN if there is none
    double chiSquare = 0;       ///< mean of residual² / variance over observed pixels; NaN without variance

    std::vector<int64_t> fits() const; ///< all there are, the best first: refined, mean, starts in order
    Array fit(int64_t which) const;    ///< [C,H,W]; one of fits()
    /// The observed pixels as they are, the others from a fit.
    Array filled(const Array& fit) const;
    std::vector<float> latent(int64_t which) const; ///< of the best start where several were combined
};
using FitResultPtr = std::shared_ptr<const FitResult>;

/// Throws as observedPixels(), bestFit() and BandRefinement.
FitResultPtr fitObject(const FitRequest& request, const StopToken& stop, ProgressSink& progress,
                       const std::function<void(const BestFitFrame&)>& onFrame);

/// FITS with one extension each for the filled, the fitted (best, mean, and refined if it was), the spread,
/// the residual and the observed image, with the object's sky coordinates; hidden pixels are NaN in the last
/// two.
void exportFitFits(const FitResult& result, const Provenance& provenance, const QString& path);

} // namespace galatea
