// Deep SVDD as TorchScript: the same layers as network.cpp, written out as source for torch.jit.

#include <sstream>

#include "models/deep_svdd/network.h"
#include "models/input_scaling.h"

namespace galatea {

std::optional<ScriptedForm> DeepSvddNetworkImpl::scripted(const NamedArrays& weights) const {
    ScriptedForm form = formWithWeights(weights);
    InputScaling(input_).addTo(form);
    const std::string slope = Json(options_.slope).dump();
    const std::string pad = std::to_string(options_.kernel / 2);
    std::ostringstream code;
    code << "def encode(self, x: Tensor) -> Tensor:\n"
         << "    h = torch.flatten(self.to_network(x), 1)\n"
         << "    h = h - torch.mean(h, [1], True)\n"
         << "    h = h / torch.clamp_min(torch.sqrt(torch.mean(h * h, [1], True)), 1e-8)\n"
         << "    h = (torch.reshape(h, x.size()) - self.image_low) / torch.clamp_min(self.image_high - "
            "self.image_low, 1e-8)\n";
    for (size_t block = 0; block < convolutions_.size(); ++block) {
        code << "    h = torch.conv2d(h, self.convolution_" << block << "_weight, None, [1, 1], [" << pad
             << ", " << pad << "], [1, 1], 1)\n";
        if (!normalisations_.empty())
            code << "    h = torch.batch_norm(h, None, None, self.normalisation_" << block
                 << "_running_mean, self.normalisation_" << block << "_running_var, False, 0.1, "
                 << Json(BatchNormalisationSettings{}.epsilon).dump() << ", False)\n";
        code << "    h = torch.max_pool2d(torch.leaky_relu(h, " << slope << "), [2, 2], [2, 2])\n";
    }
    code << "    h = torch.flatten(h, 1)\n";
    if (hidden_)
        code << "    h = torch.leaky_relu(torch.linear(h, self.hidden_weight), " << slope << ")\n";
    code << "    return torch.linear(h, self.representation_weight)\n\n"
         << "def score(self, x: Tensor) -> Tensor:\n"
         << "    d = self.encode(x) - self.centre\n"
         << "    return torch.sum(d * d, [1]) - self.radius * self.radius\n\n"
         << "def forward(self, x: Tensor) -> Tensor:\n"
         << "    return self.score(x)\n";
    form.source += code.str();
    return form;
}

} // namespace galatea
