#include "nn/linear.h"

#include <ATen/Parallel.h>

namespace galatea {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr int64_t worthSharing = int64_t{1} << 20; // multiplications of a product

/// left [M,I] · right [I,N], the columns of the result shared among the threads.
Tensor product(const Tensor& left, const Tensor& right) {
    Tensor result = torch::empty({left.size(0), right.size(1)}, left.options());
    const int64_t columns = right.size(1), parts = std::min<int64_t>(at::get_num_threads(), columns / 16);
    if (parts < 2) {
        torch::mm_out(result, left, right);
        return result;
    }
    at::parallel_for(0, parts, 1, [&](int64_t from, int64_t to) {
        const torch::NoGradGuard guard; // this thread's own
        for (int64_t part = from; part < to; ++part) {
            const int64_t begin = columns * part / parts, count = columns * (part + 1) / parts - begin;
            Tensor share = result.narrow(1, begin, count);
            torch::mm_out(share, left, right.narrow(1, begin, count));
        }
    });
    return result;
}

struct SharedProduct : torch::autograd::Function<SharedProduct> {
    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight) {
        context->save_for_backward({x, weight});
        return product(x, weight.t());
    }
    static tensor_list backward(AutogradContext* context, tensor_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor gradient = gradients[0].contiguous();
        Tensor ofX, ofWeight;
        if (context->needs_input_grad(0))
            ofX = product(gradient, saved[1]);
        if (context->needs_input_grad(1))
            ofWeight = product(gradient.t(), saved[0]);
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
    const Tensor y = SharedProduct::apply(x.contiguous(), weight);
    return layer->bias.defined() ? y + layer->bias : y;
}

} // namespace galatea
