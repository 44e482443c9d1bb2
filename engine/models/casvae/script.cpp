// CasVAE as TorchScript: what network.cpp does, written out as source for torch.jit.

#include "models/casvae/network.h"

#include <cmath>
#include <sstream>

#include "models/input_scaling.h"

namespace galatea {

namespace {

std::string number(double value) {
    return Json(value).dump();
}

std::string linear(const std::string& layer, const std::string& from) {
    return "torch.linear(" + from + ", self." + layer + "_weight, self." + layer + "_bias)";
}

/// The running statistics as network.cpp applies them.
std::string normalised(const std::string& layer, const std::string& from) {
    return "(" + from + " - self." + layer + "_mean) * torch.rsqrt(self." + layer + "_variance + 1e-05)";
}

std::string furtherLayers(const std::string& side, size_t count) {
    std::string code;
    for (size_t i = 0; i < count; ++i) {
        const std::string layer = side + "_" + std::to_string(i), norm = side + "_norm_" + std::to_string(i);
        code += "    h = " + linear(layer, "h") + "\n    h = torch.leaky_relu(" + normalised(norm, "h") +
                ", 0.1)\n";
    }
    return code;
}

std::string preparing(const ModelInput& input, const CasVaeOptions& options) {
    const auto [top, bottom] = peakRange(input.height, options.peakBox);
    const auto [left, right] = peakRange(input.width, options.peakBox);
    std::ostringstream code;
    code << "def prepared(self, x: Tensor) -> Tensor:\n"
         << "    y = self.to_network(x)\n";
    if (options.brightness == "peak")
        code << "    light = torch.mean(y, [1])[:, " << top << ":" << bottom << ", " << left << ":" << right
             << "]\n"
             << "    peak = torch.clamp_min(torch.amax(light, [1, 2]), " << number(options.peakFloor) << ")\n"
             << "    y = y / torch.reshape(peak, [-1, 1, 1, 1])\n";
    if (options.softening > 0)
        code << "    y = torch.asinh(y / " << number(options.softening) << ") / "
             << number(std::asinh(1 / options.softening)) << "\n";
    code << "    return torch.flatten(y * self.window, 1)\n\n";
    return code.str();
}

std::string classifying() {
    return "    h = torch.tanh(" + linear("classifier_encode_hidden", "h") +
           ")\n"
           "    h = " +
           linear("classifier_encode_out", "h") +
           "\n"
           "    return (h[:, 0:2] * self.orientation, h[:, 2:4].contiguous())\n\n";
}

std::string drawing(const ModelInput& input, const CasVaeOptions& options) {
    std::ostringstream code;
    code << furtherLayers("decoder", options.hidden.size()) << "    h = " << linear("output", "h") << "\n";
    if (options.softening > 0)
        code << "    h = torch.sinh(h * " << number(std::asinh(1 / options.softening)) << ") * "
             << number(options.softening) << "\n";
    code << "    h = torch.reshape(h, [z.size(0), " << input.channels << ", " << input.height << ", "
         << input.width << "])\n";
    if (options.brightness == "peak")
        code << "    h = h * torch.exp(self.brightness)\n";
    code << "    return self.to_data(h)\n\n";
    return code.str();
}

} // namespace

std::optional<ScriptedForm> CasVaeNetworkImpl::scripted(const NamedArrays& weights) const {
    ScriptedForm form = formWithWeights(weights);
    InputScaling(input_).addTo(form);
    std::ostringstream code;
    code << preparing(input_, options_) << "def encode(self, x: Tensor) -> Tuple[Tensor, Tensor]:\n"
         << "    h = self.prepared(x)\n"
         << furtherLayers("encoder", encoder.size());
    if (cascade())
        code << "    h = " << linear("narrow", "h") << "\n    h = " << normalised("narrow_norm", "h") << "\n"
             << classifying() << "def score(self, x: Tensor) -> Tensor:\n"
             << "    return self.encode(x)[0][:, 1].contiguous()\n\n";
    else
        code << "    return (" << linear("narrow", "h") << ", " << linear("logvar", "h") << ")\n\n";
    code << "def decode(self, z: Tensor) -> Tensor:\n";
    if (cascade())
        code << "    h = torch.tanh(" << linear("classifier_decode_hidden", "z * self.orientation")
             << ")\n    h = " << linear("classifier_decode_out", "h") << "\n";
    else
        code << "    h = z\n";
    code << drawing(input_, options_) << "def forward(self, x: Tensor) -> Tensor:\n"
         << "    return self.decode(self.encode(x)[0])\n";
    form.source += code.str();
    return form;
}

} // namespace galatea
