#include "app/desktop/scoring.h"

#include "anomaly/contribution.h"
#include "anomaly/scores.h"
#include "core/error.h"
#include "evaluation/reconstruction.h"

namespace galatea {

namespace {

std::vector<double> negated(std::vector<double> values) {
    for (double& value : values)
        value = -value;
    return values;
}

Decoding reconstructed(const Model& model, const Array& image) {
    const Array one = image.reshaped({1, image.dim(0), image.dim(1), image.dim(2)});
    return model.decode(model.encode(one).mean);
}

[[noreturn]] void hasNoVariance(const Model& model) {
    throw ModelError(model.card().name, "draws images without a variance", "choose another score");
}

} // namespace

Scoring::Scoring(const Document& document, ScoreKind score)
    : kind(score), model(document.model().model), data(document.data().data), latents(document.latents()),
      mixture(document.mixture()) {}

std::vector<double> Scoring::scores(const StopToken& stop, ProgressSink& progress) const {
    switch (kind) {
    case ScoreKind::Model: {
        const AnomalyScores scored = scoreImages(*model, *data, {}, stop, progress);
        if (scored.notFinite > 0)
            progress.warn(std::to_string(scored.notFinite) + " objects have no score and come last");
        return scored.score;
    }
    case ScoreKind::Density:
        return negated(latents.logLikelihood);
    case ScoreKind::Reconstruction:
        if (latents.latents &&
            static_cast<int64_t>(latents.latents->reconstructionError.size()) == data->size())
            return latents.latents->reconstructionError;
        return reconstructImages(*model, *data, {}, stop, progress).squaredError;
    case ScoreKind::Likelihood: {
        const ReconstructionReport report = reconstructImages(*model, *data, {}, stop, progress);
        if (!report.hasVariance)
            hasNoVariance(*model);
        return negated(report.logLikelihood);
    }
    }
    return {};
}

Array Scoring::contribution(int64_t row, const StopToken& stop) const {
    const Array image = data->readOne(row).contiguousCopy();
    if (kind == ScoreKind::Reconstruction)
        return squaredErrorContribution(image, reconstructed(*model, image).mean.row(0).contiguousCopy());
    if (kind == ScoreKind::Likelihood) {
        const Decoding drawn = reconstructed(*model, image);
        if (drawn.variance.empty())
            hasNoVariance(*model);
        return likelihoodContribution(image, drawn.mean.row(0).contiguousCopy(),
                                      drawn.variance.row(0).contiguousCopy());
    }
    const auto score = [this](const Array& images) {
        if (kind == ScoreKind::Model) {
            const Array scored = model->score(images).contiguousCopy();
            return std::vector<double>(scored.values().begin(), scored.values().end());
        }
        std::vector<double> likelihood;
        responsibilities(mixture, model->encode(images).mean, &likelihood);
        return negated(std::move(likelihood));
    };
    return occlusionContribution(score, image, {}, stop);
}

} // namespace galatea
