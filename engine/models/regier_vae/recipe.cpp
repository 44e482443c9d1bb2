// Training of Regier et al.'s model: the negative lower bound on log p(x), one draw of z per image
// (sections 2.1 and 3.1 of the paper).

#include "models/recipe.h"
#include "models/family_parts.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/regier_vae/model.h"
#include "nn/gaussian_likelihood.h"
#include "nn/image_tensor.h"
#include "nn/kl_divergence.h"

namespace galatea {

namespace {

using torch::Tensor;

class RegierVaeRecipe final : public Recipe {
  public:
    RegierVaeRecipe(const ModelInput& input, const RegierVaeOptions& options, uint64_t seed,
                    double epochScale)
        : options_(options), network_(input, options), epochScale_(epochScale) {
        initialiseWeights(*network_, seed);
        network_->to(computeDevice());
    }

    std::vector<TrainingPhase> phases() const override {
        const auto scaled = [&](int64_t epochs) {
            return epochs == 0
                       ? 0
                       : std::max<int64_t>(1, std::llround(static_cast<double>(epochs) * epochScale_));
        };
        return {{"mean", scaled(options_.meanEpochs)}, {"lower bound", scaled(options_.epochs)}};
    }

    std::vector<std::pair<std::string, Tensor>> parameters() const override {
        std::vector<std::pair<std::string, Tensor>> list;
        for (const auto& item : network_->named_parameters())
            list.emplace_back(item.key(), item.value());
        return list;
    }

    std::vector<std::string> termNames() const override {
        return {"total", "negative_log_likelihood", "kl_unit", "squared_error", "mean_variance"};
    }

    std::vector<std::string> beginPhase(size_t, const BatchSource&, int64_t, RandomStream&,
                                        const StopToken&) override {
        return {};
    }

    LossTerms loss(const Tensor& images, const TrainingPosition& position, BatchContext& context) override {
        const auto [mean, logvar] = network_->encode(images);
        const Tensor z = mean + context.normal({mean.size(1)}) * (0.5 * logvar).exp();
        const auto [decoded, variance] = network_->decode(z);
        const Tensor kl = klToUnitGaussian(mean, logvar).mean();
        const bool meanFirst = position.phase == 0;
        // In the first phase the variance learns from a mean that it does not move.
        const Tensor likelihood =
            gaussianNegativeLogLikelihood(images, meanFirst ? decoded.detach() : decoded, variance).mean();
        const Tensor squares = squaredError(images, decoded, meanFirst);
        LossTerms result;
        result.total = options_.klWeight * kl + likelihood;
        if (meanFirst)
            result.total = result.total + underFixedVariance(squares, images[0].numel());
        result.terms = {{"total", result.total},
                        {"negative_log_likelihood", likelihood},
                        {"kl_unit", kl},
                        {"squared_error", squares / static_cast<double>(images[0].numel())},
                        {"mean_variance", variance.detach().mean()}};
        return result;
    }

    ModelPtr snapshot(const Json& training, const Json& metrics) const override {
        RegierVaeNetwork copy(network_->input(), options_);
        copyModule(*network_, *copy);
        ModelCard card;
        card.name = "Regier VAE";
        card.training = training;
        card.metrics = metrics;
        return makeRegierVae(std::move(copy), std::move(card));
    }

  private:
    /// ⟨Σ (x − μ)²⟩ per image
    static Tensor squaredError(const Tensor& images, const Tensor& decoded, bool learn) {
        return (images - (learn ? decoded : decoded.detach())).square().flatten(1).sum(1).mean();
    }

    /// The mean learns first, under one fixed variance: while it is wrong, a variance learned along with it
    /// would excuse just the pixels that matter most.
    Tensor underFixedVariance(const Tensor& squares, int64_t pixels) const {
        const double variance = options_.meanVariance;
        return 0.5 *
               (squares / variance + static_cast<double>(pixels) * std::log(2 * std::numbers::pi * variance));
    }

    RegierVaeOptions options_;
    mutable RegierVaeNetwork network_;
    double epochScale_;
};

} // namespace

std::unique_ptr<Recipe> regierVaeRecipe(const ModelInput& input, const Json& json, uint64_t seed,
                                        double epochScale) {
    const auto options = optionsFrom<RegierVaeOptions>(json, "regier-vae");
    requireOpenableSize(weightCount(input, options), "regier-vae");
    return std::make_unique<RegierVaeRecipe>(input, options, seed, epochScale);
}

} // namespace galatea
