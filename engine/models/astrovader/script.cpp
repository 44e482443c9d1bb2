// AstroVaDEr as TorchScript: the same layers as network.cpp, written out as source for torch.jit.

#include "models/astrovader/network.h"

#include <sstream>

#include "models/input_scaling.h"

namespace galatea {

namespace {

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

std::optional<ScriptedForm> AstroVaDErNetworkImpl::scripted(const NamedArrays& weights) const {
    ScriptedForm form = formWithWeights(weights);
    InputScaling(input_).addTo(form);
    const std::string relu = "    h = torch.leaky_relu_("; // in place: nobody else holds a layer's output
    const std::string slope = ", " + number(options_.slope) + ")\n";
    std::ostringstream code;
    code << "def encode(self, x: Tensor) -> Tuple[Tensor, Tensor]:\n"
         << "    h = self.to_network(x)" << channelsLast << "\n";
    for (size_t i = 0; i < encoderConvolutions.size(); ++i) {
        code << relu << convolution("encoder_convolution_" + std::to_string(i), encoderConvolutions[i])
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
    const int64_t factor = int64_t{1} << options_.filters.size();
    code << "    h = torch.reshape(h, [z.size(0), " << options_.filters.back() << ", "
         << input_.height / factor << ", " << input_.width / factor << "])" << channelsLast << "\n";
    for (size_t i = 0; i < decoderConvolutions.size(); ++i) {
        code << relu << convolution("decoder_convolution_" + std::to_string(i), decoderConvolutions[i])
             << slope;
        if (i % 2 == 1)
            code << "    h = self.upsample(h)\n";
    }
    code << "    h = " << convolution("output", output) << "\n"
         << "    h = torch." << (options_.loss == "binary-cross-entropy" ? "sigmoid" : "relu") << "(h)\n"
         << "    return self.to_data(h)\n\n"
         << "def forward(self, x: Tensor) -> Tensor:\n"
         << "    return self.decode(self.encode(x)[0])\n";
    form.source += code.str();
    return form;
}

} // namespace galatea
