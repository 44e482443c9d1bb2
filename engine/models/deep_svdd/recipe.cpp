// Deep SVDD's training (Ruff et al. 2018): pretraining as an autoencoder, then a sphere around the embeddings
// made small.

#include "models/recipe.h"
#include "models/family_parts.h"

#include <algorithm>
#include <cmath>

#include "models/deep_svdd/model.h"
#include "nn/image_tensor.h"

namespace galatea {

namespace {

using torch::Tensor;

class DeepSvddRecipe final : public Recipe {
  public:
    DeepSvddRecipe(const ModelInput& input, const DeepSvddOptions& options, uint64_t seed, double epochScale)
        : options_(options), network_(input, options), decoder_(input, options), epochScale_(epochScale) {
        initialiseWeights(*network_, seed);
        initialiseWeights(*decoder_, seed + 1);
        network_->to(computeDevice());
        decoder_->to(computeDevice());
    }

    std::vector<TrainingPhase> phases() const override {
        const auto scaled = [&](int64_t epochs) {
            return epochs == 0
                       ? 0
                       : std::max<int64_t>(1, std::llround(static_cast<double>(epochs) * epochScale_));
        };
        return {{"autoencoder", scaled(options_.autoencoderEpochs), {0}},
                {options_.objective, scaled(options_.epochs), {1}}};
    }

    std::vector<std::pair<std::string, Tensor>> parameters() const override {
        std::vector<std::pair<std::string, Tensor>> list;
        append(*network_, "", list);
        append(*decoder_, "decoder.", list);
        return list;
    }

    /// The description starts with an optimiser of its own.
    std::vector<ParameterGroup> groups() const override {
        ParameterGroup autoencoder{"autoencoder", network_->parameters()},
            svdd{"encoder", network_->parameters()};
        const std::vector<Tensor> decoder = decoder_->parameters();
        autoencoder.tensors.insert(autoencoder.tensors.end(), decoder.begin(), decoder.end());
        autoencoder.epsilon = svdd.epsilon = 1e-8;
        return {autoencoder, svdd};
    }

    std::vector<std::string> termNames() const override {
        return {"total", "reconstruction", "distance", "radius", "embedding_variance"};
    }

    std::vector<std::string> beginPhase(size_t phase, const BatchSource& batch, int64_t batches,
                                        RandomStream&, const StopToken& stop) override {
        const torch::NoGradGuard guard;
        std::vector<std::string> told;
        if (phase == 0 || options_.autoencoderEpochs == 0)
            told.push_back(findRange(batch, batches, stop));
        if (phase == 1)
            told.push_back(findCentre(batch, batches, stop));
        return told;
    }

    LossTerms loss(const Tensor& images, const TrainingPosition& position, BatchContext& context) override {
        const Tensor seen = network_->prepared(images);
        const NormalisingContext statistics = position.training ? &context : nullptr;
        const Tensor embedding = network_->embed(seen, statistics);
        LossTerms result = position.phase == 0 ? autoencoderLoss(seen, embedding, statistics)
                                               : sphereLoss(embedding, position, context);
        result.terms.emplace_back("embedding_variance",
                                  embedding.detach().var(0, false).mean()); // 0: collapsed to a point
        result.terms.emplace_back("total", result.total);
        return result;
    }

    ModelPtr snapshot(const Json& training, const Json& metrics) const override {
        DeepSvddNetwork copy(network_->input(), options_);
        copyModule(*network_, *copy);
        ModelCard card;
        card.name = "Deep SVDD";
        card.training = training;
        card.metrics = metrics;
        return makeDeepSvdd(std::move(copy), std::move(card));
    }

  private:
    static void append(const torch::nn::Module& module, const std::string& prefix,
                       std::vector<std::pair<std::string, Tensor>>& list) {
        for (const auto& item : module.named_parameters())
            list.emplace_back(prefix + item.key(), item.value());
        for (const auto& item : module.named_buffers())
            list.emplace_back(prefix + item.key(), item.value());
    }

    /// Squared error summed over the pixels, mean over the images.
    LossTerms autoencoderLoss(const Tensor& seen, const Tensor& embedding, NormalisingContext statistics) {
        const Tensor decoded = decoder_->forward(embedding, statistics);
        LossTerms result;
        result.total = (decoded - seen).square().flatten(1).sum(1).mean();
        result.terms = {{"reconstruction", result.total}};
        return result;
    }

    LossTerms sphereLoss(const Tensor& embedding, const TrainingPosition& position,
                         const BatchContext& context) {
        const Tensor distance = network_->squaredDistance(embedding);
        LossTerms result;
        if (options_.objective == "one-class") {
            result.total = distance.mean();
        } else {
            const Tensor squaredRadius = network_->radius.square().squeeze();
            result.total = squaredRadius.clone() + (distance - squaredRadius).relu().mean() / options_.nu;
            if (position.training && warmedUp(position))
                moveRadius(context.gathered(distance));
        }
        result.terms = {{"distance", distance.mean()},
                        {"radius", network_->radius.detach().clone().squeeze()}};
        return result;
    }

    bool warmedUp(const TrainingPosition& position) const {
        return position.phaseFraction * static_cast<double>(options_.epochs) >=
               static_cast<double>(options_.warmUpEpochs);
    }

    /// R becomes the (1 − ν) quantile of the batch's distances: best for this network (Ruff et al. 2018,
    /// section 3.3).
    void moveRadius(const Tensor& squaredDistances) {
        const torch::NoGradGuard guard;
        network_->radius.fill_(squaredDistances.sqrt().quantile(1 - options_.nu).item<float>());
    }

    std::string findRange(const BatchSource& batch, int64_t batches, const StopToken& stop) {
        float low = std::numeric_limits<float>::infinity(), high = -low;
        for (int64_t i = 0; i < batches; ++i) {
            throwIfStopped(stop);
            const Tensor images = DeepSvddNetworkImpl::contrastNormalised(batch());
            low = std::min(low, images.min().item<float>());
            high = std::max(high, images.max().item<float>());
        }
        network_->imageLow.fill_(low);
        network_->imageHigh.fill_(high > low ? high : low + 1);
        return "the normalised training images span " + std::to_string(low) + " to " + std::to_string(high) +
               ", which the network sees as 0 to 1";
    }

    /// Mean of the embeddings, its coordinates kept away from zero: there zero weights would be a solution.
    std::string findCentre(const BatchSource& batch, int64_t batches, const StopToken& stop) {
        Tensor sum = torch::zeros_like(network_->centre);
        int64_t count = 0;
        for (int64_t i = 0; i < batches; ++i) {
            throwIfStopped(stop);
            const Tensor embedding = network_->embed(network_->prepared(batch()));
            sum += embedding.sum(0);
            count += embedding.size(0);
        }
        const Tensor mean = sum / static_cast<double>(std::max<int64_t>(count, 1));
        const double margin = options_.centreMargin;
        const Tensor sign = torch::where(mean < 0, -torch::ones_like(mean), torch::ones_like(mean));
        network_->centre.copy_(torch::where(mean.abs() < margin, sign * margin, mean));
        return "the sphere's centre is the mean of " + std::to_string(count) + " embeddings, " +
               std::to_string((mean.abs() < margin).sum().item<int64_t>()) + " of " +
               std::to_string(options_.latent) + " coordinates moved away from zero";
    }

    DeepSvddOptions options_;
    mutable DeepSvddNetwork network_;
    mutable DeepSvddDecoder decoder_;
    double epochScale_;
};

} // namespace

std::unique_ptr<Recipe> deepSvddRecipe(const ModelInput& input, const Json& json, uint64_t seed,
                                       double epochScale) {
    const auto options = optionsFrom<DeepSvddOptions>(json, "deep-svdd");
    requireOpenableSize(weightCount(input, options), "deep-svdd");
    return std::make_unique<DeepSvddRecipe>(input, options, seed, epochScale);
}

} // namespace galatea
