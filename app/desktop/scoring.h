#pragma once
// What makes an object strange: scores of all objects, and where in one image its score comes from. Plain
// values a worker thread can use without touching the document.

#include "app/desktop/document.h"

namespace galatea {

/// Higher is stranger in all of them.
enum class ScoreKind { Model, Reconstruction, Density, Likelihood };

struct Scoring {
    ScoreKind kind = ScoreKind::Model;
    ModelPtr model;
    DatasetPtr data;
    LatentContent latents;
    GaussianMixture mixture;

    Scoring(const Document& document, ScoreKind score);
    std::vector<double> scores(const StopToken& stop, ProgressSink& progress) const;
    /// [H,W], rows as the data have them: exact shares where the score is a sum over pixels, else by
    /// occlusion.
    Array contribution(int64_t row, const StopToken& stop) const;
};

} // namespace galatea
