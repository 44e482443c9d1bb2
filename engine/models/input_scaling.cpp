#include "models/input_scaling.h"

#include "core/error.h"
#include "nn/image_tensor.h"

namespace galatea {

namespace {

using torch::Tensor;

Tensor perChannel(const std::vector<double>& values) {
    if (values.empty())
        return {};
    return torch::tensor(values, torch::kFloat64).to(torch::kFloat32).view({1, -1, 1, 1}).to(computeDevice());
}

Array scriptedValues(const Tensor& values, int64_t channels, float otherwise) {
    return toArray(values.defined() ? values : torch::full({1, channels, 1, 1}, otherwise)).contiguousCopy();
}

} // namespace

InputScaling::InputScaling(const ModelInput& input)
    : offset_(perChannel(input.offset)), scale_(perChannel(input.scale)), asinh_(input.stretch == "asinh"),
      channels_(input.channels) {
    if (!input.stretch.empty() && input.stretch != "linear" && !asinh_)
        throw UsageError("model", "asks for the stretch '" + input.stretch + "', which is not known here",
                         "use linear or asinh");
}

Tensor InputScaling::toNetwork(const Tensor& x) const {
    Tensor y = x;
    if (offset_.defined())
        y = y - offset_;
    if (scale_.defined())
        y = y / scale_;
    return asinh_ ? y.asinh() : y;
}

Tensor InputScaling::toData(const Tensor& y) const {
    Tensor x = asinh_ ? y.sinh() : y;
    if (scale_.defined())
        x = x * scale_;
    if (offset_.defined())
        x = x + offset_;
    return x;
}

Tensor InputScaling::varianceToData(const Tensor& y, const Tensor& variance) const {
    Tensor v = asinh_ ? variance * y.cosh().square() : variance;
    return scale_.defined() ? v * scale_.square() : v;
}

void InputScaling::addTo(ScriptedForm& form) const {
    form.parameters.emplace_back("input_offset", scriptedValues(offset_, channels_, 0.0f));
    form.parameters.emplace_back("input_scale", scriptedValues(scale_, channels_, 1.0f));
    form.source += std::string("def to_network(self, x: Tensor) -> Tensor:\n"
                               "    return ") +
                   (asinh_ ? "torch.asinh((x - self.input_offset) / self.input_scale)\n\n"
                           : "(x - self.input_offset) / self.input_scale\n\n") +
                   "def to_data(self, y: Tensor) -> Tensor:\n"
                   "    return (" +
                   (asinh_ ? "torch.sinh(y)" : "y") +
                   " * self.input_scale + self.input_offset).contiguous()\n\n"
                   "def variance_to_data(self, y: Tensor, v: Tensor) -> Tensor:\n"
                   "    return (v" +
                   (asinh_ ? " * torch.cosh(y) * torch.cosh(y)" : "") +
                   " * self.input_scale * self.input_scale).contiguous()\n\n";
}

} // namespace galatea
