#include "nn/linear.h"

#include <ATen/Parallel.h>

#include "nn/shared_product.h"

namespace galatea {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr int64_t worthSharing = int64_t{1} << 20; // multiplications of a product

struct SharedLayer : torch::autograd::Function<SharedLayer> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight) {
        context->save_for_backward({x, weight});
        return sharedProduct(x, weight.t());
    }
    static tensor_list backward(AutogradContext* context, tensor_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor gradient = gradients[0].contiguous();
        Tensor ofX, ofWeight;
        if (context->needs_input_grad(0))
            ofX = sharedProduct(gradient, saved[1]);
        if (context->needs_input_grad(1))
            ofWeight = sharedProduct(gradient.t(), saved[0]);
        return {ofX, ofWeight};
    }
};

} // namespace

Tensor connected(const torch::nn::Linear& layer, const Tensor& x) {
    const Tensor& weight = layer->weight;
    const bool shared = x.is_cpu() && x.dim() == 2 && x.scalar_type() == torch::kFloat32 &&
                        at::get_num_threads() > 1 && x.size(0) * weight.numel() >= worthSharing;
    if (!shared)
        return torch::linear(x, weight, layer->bias);
    const Tensor y = SharedLayer::apply(x.contiguous(), weight);
    return layer->bias.defined() ? y + layer->bias : y;
}

} // namespace galatea
