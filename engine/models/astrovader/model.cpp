#include "models/astrovader/model.h"

#include "core/error.h"
#include "models/model_checks.h"
#include "nn/image_tensor.h"

namespace galatea {

namespace {

using torch::Tensor;

class AstroVaDErModel final : public Model {
  public:
    AstroVaDErModel(AstroVaDErNetwork network, ModelCard card)
        : card_(std::move(card)), network_(std::move(network)) {
        network_->eval();
        for (Tensor& parameter : network_->parameters()) {
            parameter.set_requires_grad(false);
            // Weights in the activations' layout save a reordering at every call.
            if (parameter.dim() == 4)
                parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
        }
        network_->to(computeDevice());
        const auto perChannel = [](const std::vector<double>& values) {
            return values.empty()
                       ? Tensor()
                       : torch::tensor(values, torch::kFloat32).view({1, -1, 1, 1}).to(computeDevice());
        };
        offset_ = perChannel(card_.input.offset);
        scale_ = perChannel(card_.input.scale);
    }

    const ModelCard& card() const override { return card_; }

    Encoding encode(const Array& images) const override {
        requireImages(card_, images);
        const c10::InferenceMode guard;
        Tensor x = toTensor(images).to(computeDevice());
        if (offset_.defined())
            x = x - offset_;
        if (scale_.defined())
            x = x / scale_;
        const auto [mean, logvar] = network().encode(x);
        return {toArray(mean), toArray(logvar)};
    }

    Decoding decode(const Array& latents) const override {
        requireLatents(card_, latents);
        const c10::InferenceMode guard;
        Tensor y = network().decode(toTensor(latents).to(computeDevice()));
        if (scale_.defined())
            y = y * scale_;
        if (offset_.defined())
            y = y + offset_;
        return {toArray(y), {}};
    }

    Array score(const Array&) const override {
        requireMethod(card_, "score");
        return {};
    }

    NamedArrays weights() const override {
        NamedArrays result;
        for (const auto& item : network_->named_parameters())
            result.emplace_back(item.key(), toArray(item.value()));
        return result;
    }

    std::optional<ScriptedForm> scripted() const override { return scriptedAstroVaDEr(network_, weights()); }

  private:
    /// forward methods are non-const in LibTorch, though they change nothing here.
    AstroVaDErNetworkImpl& network() const { return const_cast<AstroVaDErNetworkImpl&>(*network_); }

    ModelCard card_;
    AstroVaDErNetwork network_;
    Tensor offset_, scale_;
};

AstroVaDErOptions optionsFrom(const Json& json, const std::string& source) {
    AstroVaDErOptions options;
    describe(options).fromJson(json, source);
    checkOptions(options, source);
    return options;
}

void copyWeights(AstroVaDErNetwork& network, const NamedArrays& weights, const std::string& source) {
    const torch::NoGradGuard guard;
    auto parameters = network->named_parameters();
    if (weights.size() != parameters.size())
        throw InputError(source,
                         "holds " + std::to_string(weights.size()) +
                             " weight arrays, its card describes a network of " +
                             std::to_string(parameters.size()),
                         "the file is damaged or was edited; get it again");
    for (const auto& [name, array] : weights) {
        Tensor* parameter = parameters.find(name);
        if (!parameter || parameter->sizes() != c10::IntArrayRef(array.shape()))
            throw InputError(source,
                             "the weight array '" + name + "' does not fit the network its card describes",
                             "the file is damaged or was edited; get it again");
        parameter->copy_(toTensor(array));
        if (!parameter->isfinite().all().item<bool>())
            throw InputError(source, "the weight array '" + name + "' holds values that are not finite",
                             "train the model again or get another copy");
    }
}

/// More weights than this could never lie in a file we would open.
void checkSize(const ModelInput& input, const AstroVaDErOptions& options, const std::string& source) {
    double flat = static_cast<double>(input.height) * static_cast<double>(input.width) *
                  static_cast<double>(options.filters.back());
    for (size_t i = 0; i < options.filters.size(); ++i)
        flat /= 4;
    if (flat * static_cast<double>(options.latent) * 3 > 2e9)
        throw InputError(source, "describes a network of more than two thousand million weights",
                         "use smaller images, fewer filters or fewer latents");
}

} // namespace

ModelPtr makeAstroVaDEr(AstroVaDErNetwork network, ModelCard card) {
    AstroVaDErOptions options = network->options();
    card.family = "astrovader";
    card.input = network->input();
    card.latent = options.latent;
    card.methods = {"encode", "decode"};
    card.options = describe(options).toJson();
    return std::make_shared<AstroVaDErModel>(std::move(network), std::move(card));
}

ModelPtr buildAstroVaDEr(const ModelCard& card, const NamedArrays& weights, const std::string& source) {
    try {
        const AstroVaDErOptions options = optionsFrom(card.options, source);
        if (options.latent != card.latent)
            throw InputError(source, "its card gives two different numbers of latents", "get the file again");
        checkSize(card.input, options, source);
        AstroVaDErNetwork network(card.input, options);
        copyWeights(network, weights, source);
        return makeAstroVaDEr(std::move(network), card);
    } catch (const UsageError& error) {
        // Wrong options inside a file are the file's fault, not the person's.
        throw InputError(source, "its card: " + error.fault(), error.cure());
    }
}

ModelPtr randomAstroVaDEr(const ModelInput& input, const Json& options, uint64_t seed) {
    AstroVaDErNetwork network(input, optionsFrom(options, "astrovader"));
    initialiseWeights(*network, seed);
    ModelCard card;
    card.name = "untrained AstroVaDEr";
    return makeAstroVaDEr(std::move(network), std::move(card));
}

} // namespace galatea
