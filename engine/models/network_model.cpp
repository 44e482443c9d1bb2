#include "models/network_model.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/error.h"
#include "models/input_scaling.h"
#include "models/model_checks.h"
#include "nn/image_tensor.h"

namespace galatea {

namespace {

using torch::Tensor;

class NetworkModel final : public Model {
  public:
    NetworkModel(std::shared_ptr<FamilyNetwork> network, ModelCard card)
        : card_(std::move(card)), network_(std::move(network)), scaling_(card_.input) {
        network_->eval();
        network_->to(computeDevice());
        for (Tensor& parameter : network_->parameters()) {
            parameter.set_requires_grad(false);
            // Weights in the activations' layout save a reordering at every call.
            if (parameter.dim() == 4)
                parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
        }
    }

    const ModelCard& card() const override { return card_; }

    Encoding encode(const Array& images) const override {
        requireMethod(card_, "encode");
        requireImages(card_, images);
        const c10::InferenceMode guard;
        const auto [mean, logvar] = network_->encodeImages(onDevice(images));
        return {toArray(mean), arrayOrEmpty(logvar)};
    }

    Decoding decode(const Array& latents) const override {
        requireMethod(card_, "decode");
        requireLatents(card_, latents);
        const c10::InferenceMode guard;
        const auto [mean, variance] = network_->decodeLatents(toTensor(latents).to(computeDevice()));
        return {toArray(scaling_.toData(mean)),
                variance.defined() ? toArray(scaling_.varianceToData(mean, variance)) : Array()};
    }

    bool differentiable() const override { return card_.can("decode"); }

    Array decodeGradient(const Array& latents, const PixelGradient& gradient) const override {
        requireMethod(card_, "decode");
        requireLatents(card_, latents);
        const torch::AutoGradMode recording(true);
        // A copy: the caller may change its latents while autograd still looks at them.
        const Tensor z = toTensor(latents).to(computeDevice()).clone().requires_grad_();
        const Tensor images = scaling_.toData(network_->decodeLatents(z).first);
        const Array cotangent = gradient(toArray(images.detach()));
        if (cotangent.shape() != images.sizes().vec())
            throw std::invalid_argument("a pixel gradient must have the shape of the images");
        return toArray(torch::autograd::grad({images}, {z}, {toTensor(cotangent).to(images.device())})[0]);
    }

    Array score(const Array& images) const override {
        requireMethod(card_, "score");
        requireImages(card_, images);
        const c10::InferenceMode guard;
        return toArray(network_->scoreImages(onDevice(images)));
    }

    NamedArrays weights() const override { return namedWeights(*network_); }

    std::optional<ScriptedForm> scripted() const override { return network_->scripted(weights()); }

  private:
    Tensor onDevice(const Array& images) const {
        return scaling_.toNetwork(toTensor(images).to(computeDevice()));
    }
    static Array arrayOrEmpty(const Tensor& tensor) { return tensor.defined() ? toArray(tensor) : Array(); }

    ModelCard card_;
    std::shared_ptr<FamilyNetwork> network_; // its methods change nothing, though LibTorch's are not const
    InputScaling scaling_;
};

/// Parameters and buffers as they stand in model files.
std::vector<std::pair<std::string, Tensor>> namedTensors(const torch::nn::Module& module) {
    std::vector<std::pair<std::string, Tensor>> tensors;
    for (const auto& item : module.named_parameters())
        tensors.emplace_back(item.key(), item.value());
    for (const auto& item : module.named_buffers())
        if (item.value().is_floating_point()) // counters of steps say nothing that inference needs
            tensors.emplace_back(item.key(), item.value());
    return tensors;
}

[[noreturn]] void notThisNetwork(const std::string& source) {
    throw ModelError(source, "cannot do what its card says",
                     "this is a fault of the model's family; report it");
}

} // namespace

std::pair<Tensor, Tensor> FamilyNetwork::encodeImages(const Tensor&) {
    notThisNetwork("encode");
}
std::pair<Tensor, Tensor> FamilyNetwork::decodeLatents(const Tensor&) {
    notThisNetwork("decode");
}
Tensor FamilyNetwork::scoreImages(const Tensor&) {
    notThisNetwork("score");
}
std::optional<ScriptedForm> FamilyNetwork::scripted(const NamedArrays&) const {
    return std::nullopt;
}

ModelPtr makeNetworkModel(std::shared_ptr<FamilyNetwork> network, ModelCard card) {
    return std::make_shared<NetworkModel>(std::move(network), std::move(card));
}

NamedArrays namedWeights(const torch::nn::Module& module) {
    NamedArrays result;
    for (const auto& [name, tensor] : namedTensors(module))
        result.emplace_back(name, toArray(tensor));
    return result;
}

void copyWeights(torch::nn::Module& module, const NamedArrays& weights, const std::string& source) {
    const torch::NoGradGuard guard;
    auto tensors = namedTensors(module);
    if (weights.size() != tensors.size())
        throw InputError(source,
                         "holds " + std::to_string(weights.size()) +
                             " weight arrays, its card describes a network of " +
                             std::to_string(tensors.size()),
                         "the file is damaged or was edited; get it again");
    for (const auto& entry : weights) {
        const std::string& name = entry.first;
        const auto target =
            std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.first == name; });
        if (target == tensors.end() || target->second.sizes() != c10::IntArrayRef(entry.second.shape()))
            throw InputError(source,
                             "the weight array '" + name + "' does not fit the network its card describes",
                             "the file is damaged or was edited; get it again");
        target->second.copy_(toTensor(entry.second));
        if (!target->second.isfinite().all().item<bool>())
            throw InputError(source, "the weight array '" + name + "' holds values that are not finite",
                             "train the model again or get another copy");
    }
}

void copyModule(const torch::nn::Module& from, torch::nn::Module& to) {
    const torch::NoGradGuard guard;
    auto targets = to.named_parameters();
    for (const auto& item : from.named_parameters())
        targets[item.key()].copy_(item.value());
    auto buffers = to.named_buffers();
    for (const auto& item : from.named_buffers())
        buffers[item.key()].copy_(item.value());
}

void initialiseWeights(torch::nn::Module& module, uint64_t seed) {
    const torch::NoGradGuard guard;
    auto generator = torch::make_generator<torch::CPUGeneratorImpl>(seed);
    for (auto& item : module.named_parameters()) {
        Tensor& parameter = item.value();
        if (parameter.dim() < 2) {
            parameter.zero_();
            continue;
        }
        const auto field = static_cast<double>(parameter.dim() > 2 ? parameter[0][0].numel() : 1);
        const double fan = field * static_cast<double>(parameter.size(0) + parameter.size(1));
        const double bound = std::sqrt(6.0 / fan);
        parameter.uniform_(-bound, bound, generator);
    }
}

ModelPtr builtFrom(const std::string& source, const std::function<ModelPtr()>& make) {
    try {
        return make();
    } catch (const UsageError& error) {
        throw InputError(source, "its card: " + error.fault(), error.cure());
    }
}

std::string scriptName(std::string name) {
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

ScriptedForm formWithWeights(const NamedArrays& weights) {
    ScriptedForm form;
    for (const auto& [name, values] : weights)
        form.parameters.emplace_back(scriptName(name), values);
    return form;
}

} // namespace galatea
