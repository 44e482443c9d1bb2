#pragma once
// A family's network as a Model: the parts that all families share. Engine-internal: names torch types.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <torch/torch.h>

#include "models/registry.h"

namespace galatea {

/// Encodes, decodes and scores in network units. A method is called only if the card's `methods` has it.
class FamilyNetwork : public torch::nn::Module {
  public:
    virtual int64_t latents() const = 0; ///< D
    /// x [N,C,H,W] → mean [N,D] and log-variance [N,D] or an undefined tensor.
    virtual std::pair<torch::Tensor, torch::Tensor> encodeImages(const torch::Tensor& x);
    /// z [N,D] → mean [N,C,H,W] and variance [N,C,H,W] or an undefined tensor.
    virtual std::pair<torch::Tensor, torch::Tensor> decodeLatents(const torch::Tensor& z);
    /// x [N,C,H,W] → anomaly score [N].
    virtual torch::Tensor scoreImages(const torch::Tensor& x);
    /// TorchScript of the methods, in the data's units (input_scaling.h); `weights` are those that
    /// Model::weights() gives.
    virtual std::optional<ScriptedForm> scripted(const NamedArrays& weights) const;
};

/// Takes the network over, puts it into evaluation mode and onto the compute device; nobody may change it
/// afterwards. The card must be complete: family, input, latent, methods, options.
ModelPtr makeNetworkModel(std::shared_ptr<FamilyNetwork> network, ModelCard card);

/// Every parameter and buffer (running statistics and the like) of a module by name, as model files hold
/// them.
NamedArrays namedWeights(const torch::nn::Module& module);

/// Copies weights of these names into the module's parameters and buffers. Throws InputError naming `source`
/// unless names and shapes are exactly the module's and every value is finite.
void copyWeights(torch::nn::Module& module, const NamedArrays& weights, const std::string& source);

/// Copies every parameter and buffer from one module into another of the same shapes.
void copyModule(const torch::nn::Module& from, torch::nn::Module& to);

/// Uniform ±√(6 / (fan in + fan out)) for weights (Glorot & Bengio 2010), zero for biases, seeded.
void initialiseWeights(torch::nn::Module& module, uint64_t seed);

/// A family's `build`: wrong options inside a file are the file's fault, so UsageErrors that `make` throws
/// become InputErrors naming `source`.
ModelPtr builtFrom(const std::string& source, const std::function<ModelPtr()>& make);

/// The name of a weight as an attribute of a TorchScript module: dots become underscores.
std::string scriptName(std::string name);

/// A form with every weight as an attribute and no source yet.
ScriptedForm formWithWeights(const NamedArrays& weights);

} // namespace galatea
