#include "models/astrovader/network.h"

#include "core/error.h"
#include "nn/upsample.h"

namespace galatea {

namespace {

torch::nn::Conv2d sameConvolution(int64_t from, int64_t to, int64_t kernel) {
    return torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, kernel).padding(kernel / 2));
}

torch::Tensor channelsLast(const torch::Tensor& x) {
    return x.contiguous(torch::MemoryFormat::ChannelsLast);
}

} // namespace

torch::Tensor AstroVaDErNetworkImpl::activated(torch::Tensor x) const {
    return torch::leaky_relu_(x, options_.slope); // in place: nobody else holds a layer's output
}

AstroVaDErNetworkImpl::AstroVaDErNetworkImpl(const ModelInput& input, const AstroVaDErOptions& options)
    : input_(input), options_(options) {
    const auto blocks = options.filters.size();
    const int64_t factor = int64_t{1} << blocks;
    if (input.height % factor != 0 || input.width % factor != 0 || input.height == 0 || input.width == 0)
        throw UsageError("astrovader",
                         "images of " + std::to_string(input.height) + "×" + std::to_string(input.width) +
                             " pixels cannot be halved " + std::to_string(blocks) + " times",
                         "import them with --size a multiple of " + std::to_string(factor));
    innerHeight_ = input.height / factor;
    innerWidth_ = input.width / factor;

    int64_t channels = input.channels;
    for (size_t block = 0; block < blocks; ++block) {
        for (int i = 0; i < 2; ++i) {
            const auto name = "encoder_convolution_" + std::to_string(2 * block + static_cast<size_t>(i));
            encoderConvolutions.push_back(register_module(
                name, sameConvolution(channels, options.filters[block], options.kernels[block])));
            channels = options.filters[block];
        }
    }
    const int64_t flat = channels * innerHeight_ * innerWidth_;
    mean = register_module("mean", torch::nn::Linear(flat, options.latent));
    logvar = register_module("logvar", torch::nn::Linear(flat, options.latent));
    expand = register_module("expand", torch::nn::Linear(options.latent, flat));
    for (size_t block = 0; block < blocks; ++block) {
        const int64_t filters = options.filters[blocks - 1 - block];
        for (int i = 0; i < 2; ++i) {
            const auto name = "decoder_convolution_" + std::to_string(2 * block + static_cast<size_t>(i));
            decoderConvolutions.push_back(
                register_module(name, sameConvolution(channels, filters, options.decoderKernels[block])));
            channels = filters;
        }
    }
    output = register_module("output", sameConvolution(channels, input.channels, options.outputKernel));
}

std::pair<torch::Tensor, torch::Tensor> AstroVaDErNetworkImpl::encode(const torch::Tensor& x) {
    torch::Tensor h = channelsLast(x);
    for (size_t i = 0; i < encoderConvolutions.size(); ++i) {
        h = activated(encoderConvolutions[i]->forward(h));
        if (i % 2 == 1)
            h = torch::max_pool2d(h, 2);
    }
    h = h.contiguous().flatten(1);
    return {mean->forward(h), logvar->forward(h)};
}

torch::Tensor AstroVaDErNetworkImpl::decodeLinear(const torch::Tensor& z) {
    torch::Tensor h = activated(expand->forward(z));
    h = channelsLast(h.view({z.size(0), options_.filters.back(), innerHeight_, innerWidth_}));
    for (size_t i = 0; i < decoderConvolutions.size(); ++i) {
        h = activated(decoderConvolutions[i]->forward(h));
        if (i % 2 == 1)
            h = upsampleLegacyBilinear(h);
    }
    return output->forward(h);
}

torch::Tensor AstroVaDErNetworkImpl::decode(const torch::Tensor& z) {
    const torch::Tensor y = decodeLinear(z);
    return options_.loss == "binary-cross-entropy" ? y.sigmoid() : y.relu();
}

} // namespace galatea
