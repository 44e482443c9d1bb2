#include "models/batch_context.h"

#include "nn/image_tensor.h"

namespace galatea {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The address of a collective travels through autograd's context as a number.
int64_t handleOf(Collective* collective) {
    return static_cast<int64_t>(reinterpret_cast<intptr_t>(collective));
}
Collective& collectiveOf(int64_t handle) {
    return *reinterpret_cast<Collective*>(static_cast<intptr_t>(handle));
}

/// y = Σ_r x_r. Each process's loss depends on every x_r, so gradients are summed as well.
struct SumOverProcesses : torch::autograd::Function<SumOverProcesses> {
    static Tensor forward(AutogradContext* context, const Tensor& local, int64_t handle) {
        context->saved_data["collective"] = handle;
        Tensor sum = local.detach().clone();
        collectiveOf(handle).sum(sum);
        return sum;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        Tensor sum = gradients[0].contiguous().clone();
        collectiveOf(context->saved_data["collective"].toInt()).sum(sum);
        return {sum, Tensor()};
    }
};

/// y = min_r x_r of scalars (the largest through the sign). The gradient goes where the value came from.
struct MinimumOverProcesses : torch::autograd::Function<MinimumOverProcesses> {
    static Tensor forward(AutogradContext* context, const Tensor& local, int64_t handle) {
        Tensor least = local.detach().clone();
        collectiveOf(handle).minimum(least);
        context->saved_data["collective"] = handle;
        context->saved_data["here"] = local.equal(least);
        return least;
    }
    static variable_list backward(AutogradContext* context, variable_list gradients) {
        Tensor sum = gradients[0].contiguous().clone();
        collectiveOf(context->saved_data["collective"].toInt()).sum(sum);
        return {context->saved_data["here"].toBool() ? sum : torch::zeros_like(sum), Tensor()};
    }
};

std::vector<int64_t> withRows(int64_t rows, const std::vector<int64_t>& shape) {
    std::vector<int64_t> result{rows};
    result.insert(result.end(), shape.begin(), shape.end());
    return result;
}

} // namespace

BatchContext::BatchContext(torch::Generator generator, BatchShare share, Collective* collective)
    : generator_(std::move(generator)), share_(share), collective_(collective) {}

Tensor BatchContext::mine(Tensor drawn) const {
    return drawn.narrow(0, share_.first, share_.images).to(computeDevice());
}

Tensor BatchContext::normal(const std::vector<int64_t>& shape) {
    return mine(torch::randn(withRows(share_.total, shape), generator_, torch::kFloat32));
}

Tensor BatchContext::uniform(const std::vector<int64_t>& shape) {
    return mine(torch::rand(withRows(share_.total, shape), generator_, torch::kFloat32));
}

Tensor BatchContext::sumOverBatch(const Tensor& local) const {
    return collective_ ? SumOverProcesses::apply(local, handleOf(collective_)) : local;
}

Tensor BatchContext::minimumOverBatch(const Tensor& local) const {
    const Tensor least = local.min();
    return collective_ ? MinimumOverProcesses::apply(least, handleOf(collective_)) : least;
}

Tensor BatchContext::maximumOverBatch(const Tensor& local) const {
    const Tensor most = local.max();
    return collective_ ? -MinimumOverProcesses::apply(-most, handleOf(collective_)) : most;
}

Tensor BatchContext::gathered(const Tensor& local) const {
    if (!collective_)
        return local.detach();
    std::vector<int64_t> shape = local.sizes().vec();
    shape[0] = share_.total;
    Tensor all = torch::zeros(shape, local.options().requires_grad(false));
    all.narrow(0, share_.first, share_.images).copy_(local.detach());
    collective_->sum(all);
    return all;
}

} // namespace galatea
