// Adversarial training in turns (discriminator, generator, embedder), then the embedder alone on the finished
// generator (Murray, Fabbro & Yi 2019, section 2.2).

#include "models/recipe.h"
#include "models/family_parts.h"

#include <cmath>

#include "models/lsgan/loss.h"
#include "models/lsgan/model.h"
#include "nn/image_tensor.h"
#include "nn/spectral_norm.h"

namespace galatea {

namespace {

using torch::Tensor;

enum Group : size_t { Discriminator, Generator, Embedder };

/// A tower in training: its own weights, and what spectral normalisation makes of them.
struct NormalisedTower {
    NormalisedTower(const ModelInput& input, const LsganOptions& options, int64_t outputs, uint64_t seed)
        : tower(input, options, outputs) {
        initialiseLsgan(*tower, seed);
        tower->to(computeDevice());
        if (options.spectral)
            norm = SpectralNorm(tower->weights(), seed);
    }

    std::vector<Tensor> weights(bool learn) {
        return norm.is_empty() ? tower->weights() : norm->normalised(tower->weights(), learn);
    }
    Tensor forward(const Tensor& x, bool learn) { return tower->forward(x, weights(learn)); }
    /// For another's loss: the tower is only looked through, its weights get no gradient.
    Tensor fixed(const Tensor& x) {
        std::vector<Tensor> constant = weights(false);
        for (Tensor& weight : constant)
            weight = weight.detach();
        return tower->forward(x, constant);
    }

    /// The weights were replaced.
    void settle() {
        if (!norm.is_empty())
            norm->settle(tower->weights());
    }

    LsganTower tower;
    SpectralNorm norm{nullptr};
};

class LsganRecipe final : public Recipe {
  public:
    LsganRecipe(const ModelInput& input, const LsganOptions& options, uint64_t seed, double epochScale)
        : input_(input), options_(options), epochScale_(epochScale), generator_(input, options),
          discriminator_(input, options, 1, seed + 1), embedder_(input, options, options.latent, seed + 2) {
        initialiseLsgan(*generator_, seed);
        generator_->to(computeDevice());
        if (options.average > 0) {
            averaged_ = LsganGenerator(input, options);
            averaged_->to(computeDevice());
            copyModule(*generator_, *averaged_);
            for (Tensor& parameter : averaged_->parameters())
                parameter.set_requires_grad(false);
        }
    }

    std::vector<TrainingPhase> phases() const override {
        const auto scaled = [&](int64_t epochs) {
            return epochs == 0
                       ? 0
                       : std::max<int64_t>(1, std::llround(static_cast<double>(epochs) * epochScale_));
        };
        std::vector<TrainingPhase> list;
        if (options_.redrawingEpochs > 0)
            list.push_back({"redrawing", scaled(options_.redrawingEpochs), {Generator, Embedder}});
        list.push_back({"adversarial", scaled(options_.epochs), {Discriminator, Generator, Embedder}});
        list.push_back({"embedder", scaled(options_.embedderEpochs), {Embedder}});
        return list;
    }

    std::vector<std::pair<std::string, Tensor>> parameters() const override {
        std::vector<std::pair<std::string, Tensor>> list;
        const auto add = [&](const std::string& prefix, const torch::nn::Module& module) {
            for (const auto& item : module.named_parameters())
                list.emplace_back(prefix + item.key(), item.value());
            for (const auto& item : module.named_buffers())
                list.emplace_back(prefix + item.key(), item.value());
        };
        add("generator.", *generator_);
        add("discriminator.", *discriminator_.tower);
        add("embedder.", *embedder_.tower);
        if (options_.spectral) {
            add("discriminator_spectral.", *discriminator_.norm);
            add("embedder_spectral.", *embedder_.norm);
        }
        if (options_.average > 0)
            add("averaged.", *averaged_);
        return list;
    }

    std::vector<ParameterGroup> groups() const override {
        const auto group = [&](const char* name, const torch::nn::Module& module, double rate) {
            return ParameterGroup{.name = name,
                                  .tensors = module.parameters(),
                                  .beta1 = options_.beta1,
                                  .beta2 = options_.beta2,
                                  .epsilon = 1e-8,
                                  .learningRateFactor = rate};
        };
        return {group("discriminator", *discriminator_.tower, options_.discriminatorRate),
                group("generator", *generator_, options_.generatorRate),
                group("embedder", *embedder_.tower, options_.embedderRate)};
    }

    std::vector<std::string> termNames() const override {
        return {"discriminator",      "real",  "made", "generator", "embedder", "redrawing",
                "embedder_redrawing", "prior", "total"};
    }

    std::vector<std::string> beginPhase(size_t, const BatchSource&, int64_t, RandomStream&,
                                        const StopToken&) override {
        return {};
    }

    LossTerms loss(const Tensor& images, const TrainingPosition& position, BatchContext& context) override {
        const Tensor z = context.normal({options_.latent});
        const TrainingPhase phase = phases()[position.phase];
        const bool sampled = phase.name != "redrawing"; // G(z) is looked at
        switch (phase.updates[position.update]) {
        case Discriminator:
            return ofDiscriminator(images, z, position.training);
        case Generator:
            return ofGenerator(images, z, sampled);
        default:
            return ofEmbedder(images, z, context, sampled, position.training);
        }
    }

    void afterStep(const TrainingPosition& position) override {
        if (options_.average == 0 || phases()[position.phase].updates[position.update] != Generator)
            return;
        const torch::NoGradGuard guard;
        auto kept = averaged_->parameters();
        const auto present = generator_->parameters();
        for (size_t i = 0; i < kept.size(); ++i)
            kept[i].lerp_(present[i], 1 - options_.average);
    }

    /// A model holds the averaged generator and the embedder's normalised weights.
    void startFrom(const ModelCard&) override {
        if (options_.average > 0)
            copyModule(*generator_, *averaged_);
        embedder_.settle();
    }

    ModelPtr snapshot(const Json& training, const Json& metrics) const override {
        const torch::NoGradGuard guard;
        LsganNetwork copy(input_, options_);
        copyModule(*keptGenerator(), *copy->generator);
        copyModule(*embedder_.tower, *copy->embedder);
        // What inference needs is the normalised weight: it replaces the one that was trained.
        const std::vector<Tensor> normalised = embedder_.weights(false);
        std::vector<Tensor> targets = copy->embedder->weights();
        for (size_t i = 0; i < targets.size(); ++i)
            targets[i].copy_(normalised[i]);
        ModelCard card;
        card.name = "LSGAN";
        card.training = training;
        card.metrics = metrics;
        return makeLsgan(std::move(copy), std::move(card));
    }

  private:
    /// The generator that the model will have.
    const LsganGenerator& keptGenerator() const { return options_.average > 0 ? averaged_ : generator_; }

    Tensor made(LsganGenerator generator, const Tensor& z) {
        const torch::NoGradGuard guard;
        return generator->forward(z);
    }

    LossTerms ofDiscriminator(const Tensor& images, const Tensor& z, bool learn) {
        // One pass for both: nothing in the tower couples the images of a batch.
        const Tensor output = discriminator_.forward(torch::cat({images, made(generator_, z)}), learn);
        const Tensor real = output.narrow(0, 0, images.size(0)),
                     fake = output.narrow(0, images.size(0), z.size(0));
        LossTerms result;
        result.total = lsganDiscriminatorLoss(real, fake);
        result.terms = {{"discriminator", result.total}, {"real", real.mean()}, {"made", fake.mean()}};
        return result;
    }

    LossTerms ofGenerator(const Tensor& images, const Tensor& z, bool sampled) {
        LossTerms result;
        if (sampled)
            add(result, "generator", lsganGeneratorLoss(discriminator_.fixed(generator_->forward(z))), 1);
        if (options_.reconstruction > 0)
            add(result, "redrawing", redrawingLoss(images, generator_->forward(embedder_.fixed(images))),
                options_.reconstruction);
        return result;
    }

    LossTerms ofEmbedder(const Tensor& images, const Tensor& z, BatchContext& context, bool sampled,
                         bool learn) {
        LossTerms result;
        if (sampled)
            add(result, "embedder", embedderLoss(z, embedder_.forward(made(keptGenerator(), z), learn)), 1);
        if (options_.reconstruction == 0 && options_.prior == 0)
            return result;
        const Tensor embedded = embedder_.forward(images, learn && !sampled); // power iteration once a turn
        // The sum over latents weighs against the mean over pixels: both are brought to one latent's share.
        if (options_.reconstruction > 0)
            add(result, "embedder_redrawing",
                redrawingLoss(images, redrawnBy(sampled ? keptGenerator() : generator_, embedded)),
                options_.reconstruction * static_cast<double>(options_.latent));
        if (options_.prior > 0)
            add(result, "prior",
                priorLoss(embedded, context.gathered(embedded), context.share().first,
                          context.gathered(context.normal({options_.latent}))),
                options_.prior);
        return result;
    }

    static void add(LossTerms& result, const char* name, const Tensor& term, double weight) {
        result.terms.emplace_back(name, term);
        result.total = result.total.defined() ? result.total + weight * term : weight * term;
    }

    /// G(z) through a generator that stands still: z gets a gradient, its weights none.
    static Tensor redrawnBy(LsganGenerator generator, const Tensor& z) {
        const auto learnable = [&](bool learn) {
            for (Tensor& parameter : generator->parameters())
                parameter.set_requires_grad(learn);
        };
        const bool before = generator->parameters().front().requires_grad();
        learnable(false);
        Tensor redrawn = generator->forward(z);
        learnable(before);
        return redrawn;
    }

    ModelInput input_;
    LsganOptions options_;
    double epochScale_;
    LsganGenerator generator_, averaged_{nullptr};
    NormalisedTower discriminator_;
    mutable NormalisedTower embedder_; // weights(false) changes nothing, though LibTorch's are not const
};

} // namespace

std::unique_ptr<Recipe> lsganRecipe(const ModelInput& input, const Json& json, uint64_t seed,
                                    double epochScale) {
    const auto options = optionsFrom<LsganOptions>(json, "lsgan");
    requireOpenableSize(weightCount(input, options), "lsgan");
    return std::make_unique<LsganRecipe>(input, options, seed, epochScale);
}

} // namespace galatea
