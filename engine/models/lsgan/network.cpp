#include "models/lsgan/network.h"

#include "core/error.h"
#include "nn/matrix_convolution.h"

namespace galatea {

namespace {

using torch::Tensor;

// The paper gives no kernel; 4 with stride 2 and padding 1 doubles and halves exactly, without the
// checkerboard that kernels which are no multiple of the stride leave.
constexpr int64_t kernel = 4, stride = 2, padding = 1;

torch::nn::ConvTranspose2d doubling(int64_t from, int64_t to) {
    return torch::nn::ConvTranspose2d(
        torch::nn::ConvTranspose2dOptions(from, to, kernel).stride(stride).padding(padding));
}

torch::nn::Conv2d halving(int64_t from, int64_t to) {
    return torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, kernel).stride(stride).padding(padding));
}

Tensor doubled(const torch::nn::ConvTranspose2d& layer, const Tensor& x) {
    return transposedMatrixConvolution(x, layer->weight, layer->bias, stride, padding);
}

struct Inner {
    int64_t channels, height, width;
};

Inner innermost(const ModelInput& input, const LsganOptions& options) {
    const int64_t factor = int64_t{1} << (options.blocks + 1);
    if (input.height % factor != 0 || input.width % factor != 0 || input.height == 0 || input.width == 0)
        throw UsageError("lsgan",
                         "images of " + std::to_string(input.height) + "×" + std::to_string(input.width) +
                             " pixels cannot be halved " + std::to_string(options.blocks + 1) + " times",
                         "import them with --size a multiple of " + std::to_string(factor));
    return {options.width << options.blocks, input.height / factor, input.width / factor};
}

} // namespace

LsganGeneratorImpl::LsganGeneratorImpl(const ModelInput& input, const LsganOptions& options) {
    const Inner inner = innermost(input, options);
    channels = inner.channels;
    height = inner.height;
    width = inner.width;
    first = register_module("first", torch::nn::Linear(options.latent, channels * height * width));
    int64_t from = channels;
    for (int64_t block = 0; block < options.blocks; ++block, from /= 2) {
        const std::string name = "block_" + std::to_string(block);
        main.push_back(register_module(name + "_main", doubling(from, from / 2)));
        skip.push_back(register_module(name + "_skip", doubling(from, from / 2)));
    }
    last = register_module("last", doubling(from, input.channels));
}

Tensor LsganGeneratorImpl::forward(const Tensor& z) {
    Tensor h = first->forward(z).view({z.size(0), channels, height, width});
    for (size_t block = 0; block < main.size(); ++block)
        h = doubled(main[block], h).relu() + doubled(skip[block], h);
    return doubled(last, h);
}

LsganTowerImpl::LsganTowerImpl(const ModelInput& input, const LsganOptions& options, int64_t outputs)
    : slope_(options.slope) {
    const Inner inner = innermost(input, options);
    const auto add = [&](const std::string& name, int64_t from, int64_t to) {
        convolutions.push_back(register_module(name, halving(from, to)));
        if (options.groups > 0)
            norms.push_back(register_module(name + "_norm", torch::nn::GroupNorm(options.groups, to)));
    };
    int64_t from = options.width;
    add("first", input.channels, from);
    for (int64_t block = 0; block < options.blocks; ++block, from *= 2) {
        const std::string name = "block_" + std::to_string(block);
        add(name + "_main", from, 2 * from);
        add(name + "_skip", from, 2 * from);
    }
    last = register_module("last", torch::nn::Linear(inner.channels * inner.height * inner.width, outputs));
}

std::vector<Tensor> LsganTowerImpl::weights() const {
    std::vector<Tensor> list;
    for (const torch::nn::Conv2d& convolution : convolutions)
        list.push_back(convolution->weight);
    list.push_back(last->weight);
    return list;
}

Tensor LsganTowerImpl::convolved(const Tensor& x, size_t layer, const Tensor& weight) {
    const Tensor h = matrixConvolution(x, weight, convolutions[layer]->bias, stride, padding);
    return norms.empty() ? h : norms[layer]->forward(h);
}

Tensor LsganTowerImpl::forward(const Tensor& x, const std::vector<Tensor>& weights) {
    Tensor h = torch::leaky_relu(convolved(x, 0, weights[0]), slope_);
    for (size_t layer = 1; layer + 1 < convolutions.size(); layer += 2)
        h = torch::leaky_relu(convolved(h, layer, weights[layer]), slope_) +
            convolved(h, layer + 1, weights[layer + 1]);
    return torch::linear(h.contiguous().flatten(1), weights.back(), last->bias);
}

LsganNetworkImpl::LsganNetworkImpl(const ModelInput& input, const LsganOptions& options)
    : input_(input), options_(options) {
    generator = register_module("generator", LsganGenerator(input, options));
    embedder = register_module("embedder", LsganTower(input, options, options.latent));
}

void initialiseLsgan(torch::nn::Module& module, uint64_t seed) {
    initialiseWeights(module, seed);
    const torch::NoGradGuard guard;
    for (const auto& child : module.modules())
        if (auto* norm = child->as<torch::nn::GroupNorm>())
            norm->weight.fill_(1);
    keepChannelsLast(module);
}

} // namespace galatea
