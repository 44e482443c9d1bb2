// The LSGAN as TorchScript: the same layers as network.cpp, written out as source for torch.jit.

#include "models/lsgan/network.h"

#include <sstream>

#include "models/input_scaling.h"

namespace galatea {

namespace {

std::string doubled(const std::string& layer) {
    return "torch.conv_transpose2d(h, self.generator_" + layer + "_weight, self.generator_" + layer +
           "_bias, [2, 2], [1, 1])";
}

std::string halved(const std::string& layer, int64_t groups) {
    const std::string name = "self.embedder_" + layer;
    const std::string convolution = "torch.conv2d(h, " + name + "_weight, " + name + "_bias, [2, 2], [1, 1])";
    return groups == 0 ? convolution
                       : "torch.group_norm(" + convolution + ", " + std::to_string(groups) + ", " + name +
                             "_norm_weight, " + name + "_norm_bias, 1e-05)";
}

} // namespace

std::optional<ScriptedForm> LsganNetworkImpl::scripted(const NamedArrays& weights) const {
    ScriptedForm form = formWithWeights(weights);
    InputScaling(input_).addTo(form);
    const std::string slope = Json(options_.slope).dump();
    std::ostringstream code;
    // 2 is torch.channels_last, which the CPU's convolutions prefer.
    code << "def encode(self, x: Tensor) -> Tensor:\n"
         << "    h = self.to_network(x).contiguous(memory_format=2)\n"
         << "    h = torch.leaky_relu(" << halved("first", options_.groups) << ", " << slope << ")\n";
    for (int64_t block = 0; block < options_.blocks; ++block) {
        const std::string name = "block_" + std::to_string(block);
        code << "    h = torch.leaky_relu(" << halved(name + "_main", options_.groups) << ", " << slope
             << ") + " << halved(name + "_skip", options_.groups) << "\n";
    }
    code << "    h = torch.flatten(h.contiguous(memory_format=0), 1)\n"
         << "    return torch.linear(h, self.embedder_last_weight, self.embedder_last_bias)\n\n"
         << "def decode(self, z: Tensor) -> Tensor:\n"
         << "    h = torch.linear(z, self.generator_first_weight, self.generator_first_bias)\n"
         << "    h = torch.reshape(h, [z.size(0), " << generator->channels << ", " << generator->height
         << ", " << generator->width << "]).contiguous(memory_format=2)\n";
    for (int64_t block = 0; block < options_.blocks; ++block) {
        const std::string name = "block_" + std::to_string(block);
        code << "    h = torch.relu(" << doubled(name + "_main") << ") + " << doubled(name + "_skip") << "\n";
    }
    code << "    return self.to_data(" << doubled("last") << ")\n\n"
         << "def forward(self, x: Tensor) -> Tensor:\n"
         << "    return self.decode(self.encode(x))\n";
    form.source += code.str();
    return form;
}

} // namespace galatea
