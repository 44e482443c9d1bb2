#include "models/deep_svdd/network.h"

#include <algorithm>

#include "core/error.h"

namespace galatea {

namespace {

using torch::Tensor;

torch::nn::Conv2d sameConvolution(int64_t from, int64_t to, int64_t kernel) {
    return torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, kernel).padding(kernel / 2).bias(false));
}

torch::nn::Linear unbiased(int64_t from, int64_t to) {
    return torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(false));
}

Tensor normalised(std::vector<BatchNormalisation>& layers, size_t index, const Tensor& x,
                  NormalisingContext context) {
    if (layers.empty())
        return x;
    return context ? layers[index]->forward(x, *context) : layers[index]->forward(x);
}

void requireHalvable(const ModelInput& input, const DeepSvddOptions& options) {
    const auto blocks = options.filters.size();
    const int64_t factor = int64_t{1} << blocks;
    if (input.height < 1 || input.width < 1 || input.height % factor != 0 || input.width % factor != 0)
        throw UsageError("deep-svdd",
                         "images of " + std::to_string(input.height) + "×" + std::to_string(input.width) +
                             " pixels cannot be halved " + std::to_string(blocks) + " times",
                         "import them with --size a multiple of " + std::to_string(factor) +
                             ", or give fewer filters");
}

} // namespace

DeepSvddNetworkImpl::DeepSvddNetworkImpl(const ModelInput& input, const DeepSvddOptions& options)
    : imageLow(register_buffer("image_low", torch::zeros({1}))),
      imageHigh(register_buffer("image_high", torch::ones({1}))),
      centre(register_buffer("centre", torch::zeros({options.latent}))),
      radius(register_buffer("radius", torch::zeros({1}))), input_(input), options_(options) {
    requireHalvable(input, options);
    int64_t channels = input.channels;
    for (size_t block = 0; block < options.filters.size(); ++block) {
        const std::string number = std::to_string(block);
        const int64_t filters = options.filters[block];
        convolutions_.push_back(
            register_module("convolution_" + number, sameConvolution(channels, filters, options.kernel)));
        if (options.normalisation)
            normalisations_.push_back(
                register_module("normalisation_" + number, BatchNormalisation(filters)));
        channels = filters;
    }
    int64_t flat =
        channels * (input.height >> options.filters.size()) * (input.width >> options.filters.size());
    if (options.hidden > 0) {
        hidden_ = register_module("hidden", unbiased(flat, options.hidden));
        flat = options.hidden;
    }
    representation_ = register_module("representation", unbiased(flat, options.latent));
}

Tensor DeepSvddNetworkImpl::contrastNormalised(const Tensor& x) {
    const Tensor flat = x.flatten(1);
    const Tensor centred = flat - flat.mean(1, true);
    const Tensor deviation = centred.square().mean(1, true).sqrt();
    return (centred / deviation.clamp_min(1e-8)).view(x.sizes()); // a flat image becomes all zeros
}

Tensor DeepSvddNetworkImpl::prepared(const Tensor& x) const {
    return (contrastNormalised(x) - imageLow) / (imageHigh - imageLow).clamp_min(1e-8);
}

Tensor DeepSvddNetworkImpl::embed(const Tensor& images, NormalisingContext context) {
    Tensor h = images.contiguous(torch::MemoryFormat::ChannelsLast);
    for (size_t block = 0; block < convolutions_.size(); ++block) {
        h = normalised(normalisations_, block, convolutions_[block]->forward(h), context);
        h = torch::max_pool2d(torch::leaky_relu(h, options_.slope), 2);
    }
    h = h.contiguous().flatten(1);
    if (hidden_)
        h = torch::leaky_relu(hidden_->forward(h), options_.slope);
    return representation_->forward(h);
}

Tensor DeepSvddNetworkImpl::squaredDistance(const Tensor& embedding) const {
    return (embedding - centre).square().sum(1);
}

Tensor DeepSvddNetworkImpl::scoreImages(const Tensor& x) {
    return squaredDistance(embed(prepared(x))) - radius.square();
}

DeepSvddDecoderImpl::DeepSvddDecoderImpl(const ModelInput& input, const DeepSvddOptions& options)
    : options_(options), height_(input.height >> options.filters.size()),
      width_(input.width >> options.filters.size()) {
    const int64_t area = height_ * width_;
    channels_ = std::max<int64_t>(1, options.latent / area);
    if (options.latent % area != 0)
        expand_ = register_module("expand", unbiased(options.latent, channels_ * area));
    int64_t channels = channels_;
    const size_t blocks = options.filters.size();
    for (size_t block = 0; block < blocks; ++block) {
        const std::string number = std::to_string(block);
        const int64_t filters = options.filters[blocks - 1 - block];
        convolutions_.push_back(
            register_module("convolution_" + number, sameConvolution(channels, filters, options.kernel)));
        if (options.normalisation)
            normalisations_.push_back(
                register_module("normalisation_" + number, BatchNormalisation(filters)));
        channels = filters;
    }
    convolutions_.push_back(
        register_module("output", sameConvolution(channels, input.channels, options.kernel)));
}

Tensor DeepSvddDecoderImpl::forward(const Tensor& embedding, NormalisingContext context) {
    Tensor h = expand_ ? expand_->forward(embedding) : embedding;
    h = torch::leaky_relu(h.view({embedding.size(0), channels_, height_, width_}), options_.slope)
            .contiguous(torch::MemoryFormat::ChannelsLast);
    for (size_t block = 0; block + 1 < convolutions_.size(); ++block) {
        h = normalised(normalisations_, block, convolutions_[block]->forward(h), context);
        h = torch::leaky_relu(h, options_.slope);
        h = torch::upsample_nearest2d(h, {2 * h.size(2), 2 * h.size(3)});
    }
    return convolutions_.back()->forward(h).sigmoid();
}

} // namespace galatea
