#include "models/regier_vae/network.h"

#include <cmath>
#include <sstream>

#include "core/error.h"
#include "models/input_scaling.h"
#include "nn/linear.h"

namespace galatea {

namespace {

// e^±30: beyond it neither a pixel nor a latent has a meaning, and float32 is not far from its end.
constexpr double largestLog = 30;

std::string linear(const std::string& layer, const std::string& of) {
    return "torch.linear(" + of + ", self." + layer + "_weight, self." + layer + "_bias)";
}

} // namespace

RegierVaeNetworkImpl::RegierVaeNetworkImpl(const ModelInput& input, const RegierVaeOptions& options)
    : input_(input), options_(options) {
    const int64_t pixels = input.channels * input.height * input.width;
    if (pixels < 1)
        throw UsageError("regier-vae", "images without pixels cannot be modelled", "import other images");
    int64_t width = pixels;
    for (size_t i = 0; i < options.hidden.size(); ++i) {
        encoderHidden.push_back(
            register_module("encoder_" + std::to_string(i), torch::nn::Linear(width, options.hidden[i])));
        width = options.hidden[i];
    }
    mean = register_module("mean", torch::nn::Linear(width, options.latent));
    logvar = register_module("logvar", torch::nn::Linear(width, options.latent));
    width = options.latent;
    for (size_t i = 0; i < options.hidden.size(); ++i) {
        const int64_t units = options.hidden[options.hidden.size() - 1 - i];
        decoderHidden.push_back(
            register_module("decoder_" + std::to_string(i), torch::nn::Linear(width, units)));
        width = units;
    }
    pixelMean = register_module("pixel_mean", torch::nn::Linear(width, pixels));
    pixelLogVariance = register_module("pixel_logvar", torch::nn::Linear(width, pixels));
}

std::pair<torch::Tensor, torch::Tensor> RegierVaeNetworkImpl::encode(const torch::Tensor& x) {
    torch::Tensor h = x.flatten(1);
    for (torch::nn::Linear& layer : encoderHidden)
        h = connected(layer, h).relu();
    return {mean->forward(h), logvar->forward(h).clamp(-largestLog, largestLog)};
}

std::pair<torch::Tensor, torch::Tensor> RegierVaeNetworkImpl::decode(const torch::Tensor& z) {
    torch::Tensor h = z;
    for (torch::nn::Linear& layer : decoderHidden)
        h = connected(layer, h).relu();
    const std::vector<int64_t> shape{z.size(0), input_.channels, input_.height, input_.width};
    const torch::Tensor variance =
        options_.varianceFloor + connected(pixelLogVariance, h).clamp(-largestLog, largestLog).exp();
    return {connected(pixelMean, h).view(shape), variance.view(shape)};
}

std::optional<ScriptedForm> RegierVaeNetworkImpl::scripted(const NamedArrays& weights) const {
    ScriptedForm form = formWithWeights(weights);
    InputScaling(input_).addTo(form);
    const std::string limits = Json(-largestLog).dump() + ", " + Json(largestLog).dump();
    std::ostringstream code;
    code << "def encode(self, x: Tensor) -> Tuple[Tensor, Tensor]:\n"
         << "    h = torch.flatten(self.to_network(x), 1)\n";
    for (size_t i = 0; i < encoderHidden.size(); ++i)
        code << "    h = torch.relu(" << linear("encoder_" + std::to_string(i), "h") << ")\n";
    code << "    return (" << linear("mean", "h") << ", torch.clamp(" << linear("logvar", "h") << ", "
         << limits << "))\n\n"
         << "def decode(self, z: Tensor) -> Tuple[Tensor, Tensor]:\n"
         << "    h = z\n";
    for (size_t i = 0; i < decoderHidden.size(); ++i)
        code << "    h = torch.relu(" << linear("decoder_" + std::to_string(i), "h") << ")\n";
    std::ostringstream shape;
    shape << "[z.size(0), " << input_.channels << ", " << input_.height << ", " << input_.width << "]";
    code << "    y = torch.reshape(" << linear("pixel_mean", "h") << ", " << shape.str() << ")\n"
         << "    v = torch.exp(torch.clamp(" << linear("pixel_logvar", "h") << ", " << limits << ")) + "
         << Json(options_.varianceFloor).dump() << "\n"
         << "    v = torch.reshape(v, " << shape.str() << ")\n"
         << "    return (self.to_data(y), self.variance_to_data(y, v))\n\n"
         << "def forward(self, x: Tensor) -> Tensor:\n"
         << "    return self.decode(self.encode(x)[0])[0]\n";
    form.source += code.str();
    return form;
}

} // namespace galatea
