// The two phases of CasVAE: an autoencoder on the images, then, with its weights held, a variational
// autoencoder on its features (Sun et al. 2019, section 2.4).

#include "models/recipe.h"
#include "models/family_parts.h"

#include <cmath>
#include <functional>

#include "models/casvae/divergence.h"
#include "models/casvae/model.h"
#include "models/casvae/orientation.h"
#include "nn/image_tensor.h"
#include "nn/kl_divergence.h"
#include "nn/linear.h"

namespace galatea {

namespace {

using torch::Tensor;

/// How fast the concordances follow the batches.
constexpr double orientationMomentum = 0.05;

class CasVaeRecipe final : public Recipe {
  public:
    CasVaeRecipe(const ModelInput& input, const CasVaeOptions& options, uint64_t seed, double epochScale)
        : options_(options), network_(input, options), epochScale_(epochScale),
          doublePeak_(peakDivergence(options.divergence), {options.peak, options.peakDeviation}) {
        initialiseWeights(*network_, seed);
        network_->to(computeDevice());
        const auto onDevice = torch::TensorOptions(torch::kFloat32).device(computeDevice());
        brightness_ = torch::zeros({2}, onDevice);
        if (network_->cascade())
            candidates_.push_back(network_->classifier);
        for (int64_t k = 1; network_->cascade() && k < options.candidates; ++k) {
            candidates_.emplace_back(options.features, options.classifierHidden);
            initialiseWeights(*candidates_.back(), seed + 1000 * static_cast<uint64_t>(k));
            candidates_.back()->to(computeDevice());
        }
        const auto columns = static_cast<int64_t>(candidates_.size()) + 1;
        concordances_ = torch::zeros({columns, columns}, onDevice);
    }

    std::vector<TrainingPhase> phases() const override {
        const auto scaled = [&](int64_t epochs) {
            return std::max<int64_t>(1, std::llround(static_cast<double>(epochs) * epochScale_));
        };
        if (!network_->cascade())
            return {{"vae", scaled(options_.autoencoderEpochs)}};
        return {{"autoencoder", scaled(options_.autoencoderEpochs), {0}},
                {"classifier", scaled(options_.classifierEpochs), {1}}};
    }

    std::vector<std::pair<std::string, Tensor>> parameters() const override {
        std::vector<std::pair<std::string, Tensor>> list;
        for (const auto& item : network_->named_parameters())
            list.emplace_back(item.key(), item.value());
        for (const auto& item : network_->named_buffers())
            list.emplace_back(item.key(), item.value());
        list.emplace_back("training.brightness", brightness_);
        list.emplace_back("training.concordances", concordances_);
        for (size_t k = 1; k < candidates_.size(); ++k)
            for (const auto& item : candidates_[k]->named_parameters())
                list.emplace_back("classifier." + std::to_string(k) + "." + item.key(), item.value());
        return list;
    }

    std::vector<ParameterGroup> groups() const override {
        ParameterGroup images{network_->cascade() ? "autoencoder" : "vae", {}}, classifier{"classifier", {}};
        for (const auto& item : network_->named_parameters())
            (ofClassifier(item.key()) ? classifier : images).tensors.push_back(item.value());
        for (size_t k = 1; k < candidates_.size(); ++k)
            for (const Tensor& tensor : candidates_[k]->parameters())
                classifier.tensors.push_back(tensor);
        if (!network_->cascade())
            return {images};
        return {images, classifier};
    }

    std::vector<std::string> termNames() const override {
        if (!network_->cascade())
            return {"total", "reconstruction", options_.prior == "unit" ? "kl_unit" : "double_peak"};
        return {"total", "reconstruction", "reproduction", "kl_unit", "double_peak"};
    }

    std::vector<std::string> beginPhase(size_t, const BatchSource&, int64_t, RandomStream&,
                                        const StopToken&) override {
        return {};
    }

    LossTerms loss(const Tensor& images, const TrainingPosition& position, BatchContext& context) override {
        const PreparedObjects objects = network_->prepare(images);
        const BatchContext* learn = position.training ? &context : nullptr;
        if (!network_->cascade())
            return vaeLoss(objects, learn, context);
        holdAutoencoder(position.phase > 0);
        return position.phase == 0 ? autoencoderLoss(objects, learn)
                                   : classifierLoss(objects, position, context);
    }

    ModelPtr snapshot(const Json& training, const Json& metrics) const override {
        CasVaeNetwork copy(network_->input(), options_);
        copyModule(*network_, *copy);
        const torch::NoGradGuard guard;
        const Tensor known = brightness_.to(torch::kCPU);
        if (known[1].item<float>() > 0)
            copy->brightness.fill_((known[0] / known[1]).item<float>());
        if (network_->cascade()) {
            const int64_t others = static_cast<int64_t>(candidates_.size());
            const Tensor agreement = concordances_.to(torch::kCPU);
            const int64_t kept = mostAgreedWith(agreement.narrow(0, 0, others).narrow(1, 0, others));
            copyModule(*candidates_[static_cast<size_t>(kept)], *copy->classifier);
            if (const float sign = agreement[kept][others].item<float>(); sign != 0) // 0: not trained yet
                copy->orientation[1] = sign < 0 ? -1 : 1;
        }
        ModelCard card;
        card.name = "CasVAE";
        card.training = training;
        card.metrics = metrics;
        return makeCasVae(std::move(copy), std::move(card));
    }

  private:
    static bool ofClassifier(const std::string& name) { return name.rfind("classifier.", 0) == 0; }

    /// In the second phase the loss passes through the autoencoder's decoder without moving it.
    void holdAutoencoder(bool held) {
        for (auto& item : network_->named_parameters())
            if (!ofClassifier(item.key()))
                item.value().set_requires_grad(!held);
    }

    static Tensor squaredDistance(const Tensor& a, const Tensor& b) { return (a - b).square().sum(1).mean(); }

    LossTerms autoencoderLoss(const PreparedObjects& objects, const BatchContext* learn) {
        const Tensor drawn = network_->draw(network_->features(objects.pixels, learn), learn);
        const Tensor reconstruction = squaredDistance(drawn, objects.pixels);
        if (learn)
            countBrightness(objects, *learn);
        return {reconstruction, {{"reconstruction", reconstruction}, {"total", reconstruction}}};
    }

    LossTerms vaeLoss(const PreparedObjects& objects, const BatchContext* learn, BatchContext& context) {
        const Tensor h = network_->hiddenLayers(objects.pixels, learn);
        const Tensor mean = connected(network_->narrow, h), logvar = connected(network_->logvar, h);
        const Tensor z = mean + context.normal({mean.size(1)}) * (0.5 * logvar).exp();
        const Tensor reconstruction = squaredDistance(network_->draw(z, learn), objects.pixels);
        const bool unit = options_.prior == "unit";
        const Tensor divergence =
            unit ? klToUnitGaussian(mean, logvar).mean() : doublePeak_(mean, logvar).sum(1).mean();
        if (learn)
            countBrightness(objects, *learn);
        const Tensor total = reconstruction + options_.divergenceWeight * divergence;
        return {total,
                {{"reconstruction", reconstruction},
                 {unit ? "kl_unit" : "double_peak", divergence},
                 {"total", total}}};
    }

    LossTerms classifierLoss(const PreparedObjects& objects, const TrainingPosition& position,
                             BatchContext& context) {
        Tensor features;
        {
            const torch::NoGradGuard guard;
            features = network_->features(objects.pixels, nullptr);
        }
        const auto count = static_cast<int64_t>(candidates_.size());
        const Tensor noise = context.normal({count, 2}), drop = context.uniform({count, 1});
        const ReproductionError error = errorOf(objects, features);
        Tensor reproduction, unit, peaks;
        std::vector<Tensor> scores;
        for (int64_t k = 0; k < count; ++k) {
            FeatureClassifier& classifier = candidates_[static_cast<size_t>(k)];
            const auto [mean, logvar] = classifier->encode(features);
            Tensor z = mean + noise.select(1, k) * (0.5 * logvar).exp();
            if (position.training && options_.reproducerDropout > 0) {
                const Tensor kept = drop.select(1, k).ge(options_.reproducerDropout).to(z.dtype());
                z = z * torch::cat({kept, torch::ones_like(kept)}, 1);
            }
            const auto add = [&](Tensor& sum, const Tensor& term) {
                sum = sum.defined() ? sum + term / static_cast<double>(count)
                                    : term / static_cast<double>(count);
            };
            add(reproduction, error(classifier->decode(z)));
            add(unit, klToUnitGaussian(mean.narrow(1, 0, 1), logvar.narrow(1, 0, 1)).mean());
            add(peaks, doublePeak_(mean.select(1, 1), logvar.select(1, 1)).mean());
            scores.push_back(mean.select(1, 1).detach());
        }
        if (position.training)
            followOrientation(scores, objects.extent, context);
        const Tensor total = reproduction + options_.divergenceWeight * (unit + peaks);
        return {
            total,
            {{"reproduction", reproduction}, {"kl_unit", unit}, {"double_peak", peaks}, {"total", total}}};
    }

    /// ⟨‖y − x‖²⟩ of reproduced features, against the features or the image that is drawn of them.
    using ReproductionError = std::function<Tensor(const Tensor& decoded)>;
    ReproductionError errorOf(const PreparedObjects& objects, const Tensor& features) {
        if (options_.reproduction != "image")
            return [features](const Tensor& decoded) { return squaredDistance(decoded, features); };
        if (!options_.hidden.empty())
            return [this, pixels = objects.pixels](const Tensor& decoded) {
                return squaredDistance(network_->draw(decoded, nullptr), pixels);
            };
        // Where drawing is one linear layer, ‖W d + b − x‖² = d·WᵀW d − 2 d·Wᵀ(x − b) + ‖x − b‖²: the pixels
        // are looked at once for all candidates.
        const torch::NoGradGuard guard;
        const Tensor& weight = network_->output->weight;
        const Tensor rest = objects.pixels - network_->output->bias;
        return [square = torch::matmul(weight.t(), weight), along = torch::matmul(rest, weight),
                all = rest.square().sum(1).mean()](const Tensor& decoded) {
            return ((torch::matmul(decoded, square) - 2 * along) * decoded).sum(1).mean() + all;
        };
    }

    void countBrightness(const PreparedObjects& objects, const BatchContext& context) {
        const torch::NoGradGuard guard;
        const Tensor sum = context.sumOverBatch(objects.peak.log().sum(0, true));
        brightness_ += torch::cat({sum, torch::full_like(sum, static_cast<double>(context.share().total))});
    }

    /// How far the candidates' scores agree, with each other and (last column) with the objects' extent.
    void followOrientation(const std::vector<Tensor>& scores, const Tensor& extent,
                           const BatchContext& context) {
        const torch::NoGradGuard guard;
        std::vector<Tensor> columns = scores;
        columns.push_back(extent);
        concordances_.lerp_(rankConcordances(context.gathered(torch::stack(columns, 1))),
                            orientationMomentum);
    }

    CasVaeOptions options_;
    mutable CasVaeNetwork network_;
    double epochScale_;
    DoublePeakDivergence doublePeak_;
    std::vector<FeatureClassifier> candidates_; ///< the first is the network's own
    Tensor brightness_;                         ///< sum of log peaks, number of objects
    Tensor concordances_; ///< [R+1,R+1] running: of the candidates' class latents and, last, the extent
};

} // namespace

std::unique_ptr<Recipe> casVaeRecipe(const ModelInput& input, const Json& json, uint64_t seed,
                                     double epochScale) {
    const auto options = optionsFrom<CasVaeOptions>(json, "casvae");
    requireOpenableSize(weightCount(input, options), "casvae");
    return std::make_unique<CasVaeRecipe>(input, options, seed, epochScale);
}

} // namespace galatea
