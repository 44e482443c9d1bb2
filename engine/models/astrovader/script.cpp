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

/// Convolutions on the CPU are fastest with the channels beside each other; 2 is torch.channels_last.
constexpr const char* channelsLast = ".contiguous(memory_format=2)";

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
    const std::string relu = "    h = torch.leaky_relu_("; // in place: nobody else holds a layer's output
    const std::string slope = ", " + number(options.slope) + ")\n";
    std::ostringstream code;
    code << "def encode(self, x: Tensor) -> Tuple[Tensor, Tensor]:\n"
         << "    h = ((x - self.input_offset) / self.input_scale)" << channelsLast << "\n";
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
         // Output i reads input i/2, edges clamped (see nn/upsample.h). One more row and column, copies of
         // the last, make that the operator's aligned corners: 2h + 1 outputs over h + 1 inputs.
         << "def upsample(self, t: Tensor) -> Tensor:\n"
         << "    h, w = 2 * t.size(2), 2 * t.size(3)\n"
         << "    t = torch.replication_pad2d(t, [0, 1, 0, 1])\n"
         << "    t = torch.upsample_bilinear2d(t, [h + 1, w + 1], True)[:, :, :h, :w]\n"
         << "    return t" << channelsLast << "\n\n"
         << "def decode(self, z: Tensor) -> Tensor:\n"
         << relu << "torch.linear(z, self.expand_weight, self.expand_bias)" << slope;
    const int64_t factor = int64_t{1} << options.filters.size();
    code << "    h = torch.reshape(h, [z.size(0), " << options.filters.back() << ", " << input.height / factor
         << ", " << input.width / factor << "])" << channelsLast << "\n";
    for (size_t i = 0; i < network->decoderConvolutions.size(); ++i) {
        code << relu
             << convolution("decoder_convolution_" + std::to_string(i), network->decoderConvolutions[i])
             << slope;
        if (i % 2 == 1)
            code << "    h = self.upsample(h)\n";
    }
    code << "    h = " << convolution("output", network->output) << "\n"
         << "    h = torch." << (options.loss == "binary-cross-entropy" ? "sigmoid" : "relu") << "(h)\n"
         << "    return (h * self.input_scale + self.input_offset).contiguous()\n\n"
         << "def forward(self, x: Tensor) -> Tensor:\n"
         << "    return self.decode(self.encode(x)[0])\n";
    form.source = code.str();
    return form;
}

} // namespace galatea
