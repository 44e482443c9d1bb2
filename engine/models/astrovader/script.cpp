// AstroVaDEr as TorchScript: the same layers as network.cpp, written out as source for torch.jit.

#include "models/astrovader/model.h"

#include <algorithm>
#include <sstream>

namespace galatea {

namespace {

std::string attribute(std::string name) {
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
}

std::string convolution(const std::string& layer, const torch::nn::Conv2d& module) {
    const int64_t pad = module->weight.size(2) / 2;
    const std::string padding = std::to_string(pad);
    return "torch.conv2d(h, self." + layer + "_weight, self." + layer + "_bias, [1, 1], [" + padding + ", " +
           padding + "], [1, 1], 1)";
}

std::string number(double value) {
    return Json(value).dump();
}

} // namespace

ScriptedForm scriptedAstroVaDEr(const AstroVaDErNetwork& network, const NamedArrays& weights) {
    ScriptedForm form;
    for (const auto& [name, values] : weights)
        form.parameters.emplace_back(attribute(name), values);
    const ModelInput& input = network->input();
    std::vector<float> offset(static_cast<size_t>(input.channels), 0.0f), scale(offset.size(), 1.0f);
    std::copy(input.offset.begin(), input.offset.end(), offset.begin());
    std::copy(input.scale.begin(), input.scale.end(), scale.begin());
    form.parameters.emplace_back("input_offset", Array({1, input.channels, 1, 1}, offset));
    form.parameters.emplace_back("input_scale", Array({1, input.channels, 1, 1}, scale));

    const AstroVaDErOptions& options = network->options();
    const std::string relu = "    h = torch.leaky_relu(";
    const std::string slope = ", " + number(options.slope) + ")\n";
    std::ostringstream code;
    code << "def encode(self, x: Tensor) -> Tuple[Tensor, Tensor]:\n"
         << "    h = (x - self.input_offset) / self.input_scale\n";
    for (size_t i = 0; i < network->encoderConvolutions.size(); ++i) {
        code << relu
             << convolution("encoder_convolution_" + std::to_string(i), network->encoderConvolutions[i])
             << slope;
        if (i % 2 == 1)
            code << "    h = torch.max_pool2d(h, [2, 2], [2, 2])\n";
    }
    code << "    h = torch.flatten(h, 1)\n"
         << "    mean = torch.linear(h, self.mean_weight, self.mean_bias)\n"
         << "    logvar = torch.linear(h, self.logvar_weight, self.logvar_bias)\n"
         << "    return (mean, logvar)\n\n"
         // Reads input position i/2 for output i, edges clamped: see nn/upsample.h.
         << "def upsample(self, t: Tensor) -> Tensor:\n"
         << "    n, c, h, w = t.size(0), t.size(1), t.size(2), t.size(3)\n"
         << "    below = torch.cat([t[:, :, 1:], t[:, :, -1:]], 2)\n"
         << "    t = torch.reshape(torch.stack([t, 0.5 * (t + below)], 3), [n, c, 2 * h, w])\n"
         << "    right = torch.cat([t[:, :, :, 1:], t[:, :, :, -1:]], 3)\n"
         << "    return torch.reshape(torch.stack([t, 0.5 * (t + right)], 4), [n, c, 2 * h, 2 * w])\n\n"
         << "def decode(self, z: Tensor) -> Tensor:\n"
         << relu << "torch.linear(z, self.expand_weight, self.expand_bias)" << slope;
    const int64_t factor = int64_t{1} << options.filters.size();
    code << "    h = torch.reshape(h, [z.size(0), " << options.filters.back() << ", " << input.height / factor
         << ", " << input.width / factor << "])\n";
    for (size_t i = 0; i < network->decoderConvolutions.size(); ++i) {
        code << relu
             << convolution("decoder_convolution_" + std::to_string(i), network->decoderConvolutions[i])
             << slope;
        if (i % 2 == 1)
            code << "    h = self.upsample(h)\n";
    }
    code << "    h = " << convolution("output", network->output) << "\n"
         << "    h = torch." << (options.loss == "binary-cross-entropy" ? "sigmoid" : "relu") << "(h)\n"
         << "    return h * self.input_scale + self.input_offset\n\n"
         << "def forward(self, x: Tensor) -> Tensor:\n"
         << "    return self.decode(self.encode(x)[0])\n";
    form.source = code.str();
    return form;
}

} // namespace galatea
