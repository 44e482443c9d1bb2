// The s3VDC schedule of AstroVaDEr: γ-training, a mixture started from embeddings, then annealing and
// static phases in turn (Cao et al. 2020; Spindler et al. 2021, sections 3.3 and 4).

#include "models/recipe.h"
#include "models/family_parts.h"

#include <cmath>

#include "core/error.h"
#include "models/astrovader/model.h"
#include "nn/image_tensor.h"
#include "nn/kl_divergence.h"

namespace galatea {

namespace {

using torch::Tensor;

Tensor toTensor64(const std::vector<double>& values, std::vector<int64_t> shape) {
    return torch::tensor(values, torch::kFloat32).view(shape).to(computeDevice());
}

std::vector<double> toVector64(const Tensor& tensor) {
    const Tensor flat = tensor.detach().to(torch::kCPU, torch::kFloat64).contiguous().view(-1);
    return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

class AstroVaDErRecipe final : public Recipe {
  public:
    AstroVaDErRecipe(const ModelInput& input, const AstroVaDErOptions& options, uint64_t seed,
                     double epochScale)
        : options_(options), network_(input, options), epochScale_(epochScale), seed_(seed) {
        initialiseWeights(*network_, seed);
        network_->to(computeDevice());
        for (Tensor& parameter : network_->parameters())
            if (parameter.dim() == 4)
                parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
        const auto onDevice = torch::TensorOptions(torch::kFloat32).device(computeDevice());
        logits_ = torch::zeros({options.components}, onDevice).requires_grad_();
        means_ = torch::zeros({options.components, options.latent}, onDevice).requires_grad_();
        logVariances_ = torch::zeros({options.components, options.latent}, onDevice).requires_grad_();
        started_ = torch::zeros({1}, onDevice);
    }

    std::vector<TrainingPhase> phases() const override {
        const auto scaled = [&](int64_t epochs) {
            return epochs == 0
                       ? 0
                       : std::max<int64_t>(1, std::llround(static_cast<double>(epochs) * epochScale_));
        };
        std::vector<TrainingPhase> list{{"gamma-training", scaled(options_.gammaEpochs)}};
        for (int64_t period = 1; period <= options_.periods; ++period) {
            list.push_back({"annealing " + std::to_string(period), scaled(options_.annealingEpochs)});
            list.push_back({"static " + std::to_string(period), scaled(options_.staticEpochs)});
        }
        return list;
    }

    std::vector<std::pair<std::string, Tensor>> parameters() const override {
        std::vector<std::pair<std::string, Tensor>> list;
        for (const auto& item : network_->named_parameters())
            list.emplace_back(item.key(), item.value());
        list.emplace_back("mixture.logits", logits_);
        list.emplace_back("mixture.means", means_);
        list.emplace_back("mixture.log_variances", logVariances_);
        list.emplace_back("mixture.started", started_);
        return list;
    }

    std::vector<std::string> termNames() const override {
        return {"total", "reconstruction", "squared_error", "kl_unit", "kl_mixture", "weights"};
    }

    std::vector<std::string> beginPhase(size_t phase, const BatchSource& batch, int64_t, RandomStream& random,
                                        const StopToken& stop) override {
        if (phase == 0 || mixtureStarted())
            return {};
        return startMixture(batch, random, stop);
    }

    LossTerms loss(const Tensor& images, const TrainingPosition& position, BatchContext& context) override {
        const auto [mean, logvar] = network_->encode(images);
        const Tensor noise = context.normal({mean.size(1)});
        const Tensor z = mean + noise * (0.5 * logvar).exp();
        const Tensor linear = network_->decodeLinear(z);
        LossTerms result;
        const bool crossEntropy = options_.loss == "binary-cross-entropy";
        const Tensor decoded = crossEntropy ? linear.sigmoid() : linear.relu();
        const Tensor squaredError = (decoded - images).square().mean();
        const double pixels = static_cast<double>(images[0].numel());
        const Tensor reconstruction =
            pixels * (crossEntropy ? torch::binary_cross_entropy_with_logits(linear, images) : squaredError);
        const Tensor weights = options_.l2 * squaredWeights();
        const Tensor unit = klToUnitGaussian(mean, logvar).mean();
        result.terms = {
            {"reconstruction", reconstruction}, {"squared_error", squaredError}, {"kl_unit", unit}};
        if (mixtureStarted()) {
            const MixtureTensors mixture = tensors();
            const Tensor joint = jointLogProbability(mixture, z);
            const Tensor gamma = scaledResponsibilities(
                joint, options_.gammaRange, context.minimumOverBatch(joint), context.maximumOverBatch(joint));
            const Tensor kl = klToMixture(mean, logvar, gamma, mixture).mean();
            result.total = reconstruction + options_.mixtureWeight * klWeight(position) * kl + weights;
            result.terms.emplace_back("kl_mixture", kl);
        } else {
            result.total = reconstruction + options_.gammaWeight * unit + weights;
        }
        result.terms.emplace_back("weights", weights);
        result.terms.emplace_back("total", result.total);
        return result;
    }

    void startFrom(const ModelCard& card) override {
        if (card.mixture.empty() || card.mixture.components != options_.components ||
            card.mixture.dimensions != options_.latent)
            return;
        const torch::NoGradGuard guard;
        setMixture(card.mixture);
    }

    ModelPtr snapshot(const Json& training, const Json& metrics) const override {
        AstroVaDErNetwork copy(network_->input(), options_);
        copyModule(*network_, *copy);
        ModelCard card;
        card.name = "AstroVaDEr";
        card.training = training;
        card.metrics = metrics;
        if (mixtureStarted())
            card.mixture = mixture();
        return makeAstroVaDEr(std::move(copy), std::move(card));
    }

  private:
    bool mixtureStarted() const { return started_.item<float>() > 0; }

    /// Odd phases anneal (the weight rises as a power of the phase's fraction), even ones are static.
    double klWeight(const TrainingPosition& position) const {
        return position.phase % 2 == 1 ? std::pow(position.phaseFraction, options_.annealingPower) : 1.0;
    }

    Tensor squaredWeights() const {
        Tensor sum = torch::zeros({}, logits_.options().requires_grad(false));
        for (const Tensor& parameter : network_->parameters())
            sum = sum + parameter.square().sum();
        return sum;
    }

    MixtureTensors tensors() const {
        return {torch::log_softmax(logits_, 0), means_, options_.varianceFloor + logVariances_.exp()};
    }

    GaussianMixture mixture() const {
        const torch::NoGradGuard guard;
        const MixtureTensors now = tensors();
        GaussianMixture result;
        result.components = options_.components;
        result.dimensions = options_.latent;
        result.weights = toVector64(now.logWeights.to(torch::kFloat64).softmax(0));
        result.means = toVector64(now.means);
        result.variances = toVector64(now.variances);
        return result;
    }

    void setMixture(const GaussianMixture& mixture) {
        const std::vector<int64_t> shape{options_.components, options_.latent};
        logits_.copy_(toTensor64(mixture.weights, {options_.components}).log());
        means_.copy_(toTensor64(mixture.means, shape));
        const Tensor variances = toTensor64(mixture.variances, shape);
        logVariances_.copy_((variances - options_.varianceFloor).clamp_min(1e-8).log());
        started_.fill_(1);
    }

    /// K-means and diagonal EM on embeddings drawn like the training's own latents.
    std::vector<std::string> startMixture(const BatchSource& batch, RandomStream& random,
                                          const StopToken& stop) {
        const torch::NoGradGuard guard;
        std::vector<Tensor> embeddings;
        auto generator = torch::make_generator<torch::CPUGeneratorImpl>(random.bits() >> 1);
        for (int64_t i = 0; i < options_.mixtureBatches; ++i) {
            throwIfStopped(stop);
            const auto [mean, logvar] = network_->encode(batch());
            const Tensor noise = torch::randn(mean.sizes(), generator, torch::kFloat32).to(mean.device());
            embeddings.push_back(mean + noise * (0.5 * logvar).exp());
        }
        const Array z = toArray(torch::cat(embeddings));
        MixtureOptions fit;
        fit.components = options_.components;
        fit.starts = 4;
        fit.varianceFloor = options_.varianceFloor;
        fit.seed = seed_;
        const MixtureReport report = fitMixture(z, fit, stop);
        setMixture(report.mixture);
        return {"the mixture was started from " + std::to_string(z.dim(0)) +
                " embeddings, mean log-likelihood " + std::to_string(report.meanLogLikelihood)};
    }

    AstroVaDErOptions options_;
    mutable AstroVaDErNetwork network_;
    double epochScale_;
    uint64_t seed_;
    Tensor logits_, means_, logVariances_, started_;
};

} // namespace

std::unique_ptr<Recipe> astroVaDErRecipe(const ModelInput& input, const Json& json, uint64_t seed,
                                         double epochScale) {
    const auto options = optionsFrom<AstroVaDErOptions>(json, "astrovader");
    requireOpenableSize(weightCount(input, options), "astrovader");
    return std::make_unique<AstroVaDErRecipe>(input, options, seed, epochScale);
}

} // namespace galatea
