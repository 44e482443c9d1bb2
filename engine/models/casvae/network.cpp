#include "models/casvae/network.h"

#include <algorithm>
#include <cmath>

#include "nn/image_tensor.h"
#include "nn/linear.h"

namespace galatea {

namespace {

using torch::Tensor;

constexpr double normEpsilon = 1e-5, normMomentum = 0.1, slope = 0.1;

/// Symmetric about the middle of the image, as flips and turns are.
Tensor gaussianWindow(int64_t height, int64_t width, double deviation) {
    if (deviation <= 0)
        return torch::ones({height, width});
    const auto along = [&](int64_t side) {
        const Tensor place = torch::arange(side, torch::kFloat32) - 0.5 * static_cast<double>(side - 1);
        return (-0.5 * (place / deviation).square()).exp();
    };
    return along(height).unsqueeze(1) * along(width).unsqueeze(0);
}

} // namespace

std::pair<int64_t, int64_t> peakRange(int64_t side, int64_t box) {
    const int64_t wide = std::min(side, box), first = (side - wide) / 2;
    return {first, first + wide};
}

FeatureNormImpl::FeatureNormImpl(int64_t units) {
    mean = register_buffer("mean", torch::zeros({units}));
    variance = register_buffer("variance", torch::ones({units}));
}

Tensor FeatureNormImpl::forward(const Tensor& x, const BatchContext* context) {
    if (!context)
        return (x - mean) * (variance + normEpsilon).rsqrt();
    const auto total = static_cast<double>(context->share().total);
    const Tensor batchMean = context->sumOverBatch(x.sum(0)) / total;
    const Tensor centred = x - batchMean;
    const Tensor batchVariance = context->sumOverBatch(centred.square().sum(0)) / total;
    {
        const torch::NoGradGuard guard;
        mean.lerp_(batchMean, normMomentum);
        variance.lerp_(batchVariance, normMomentum);
    }
    return centred * (batchVariance + normEpsilon).rsqrt();
}

FeatureClassifierImpl::FeatureClassifierImpl(int64_t features, int64_t hidden) {
    encodeHidden = register_module("encode_hidden", torch::nn::Linear(features, hidden));
    encodeOut = register_module("encode_out", torch::nn::Linear(hidden, 4));
    decodeHidden = register_module("decode_hidden", torch::nn::Linear(2, hidden));
    decodeOut = register_module("decode_out", torch::nn::Linear(hidden, features));
}

std::pair<Tensor, Tensor> FeatureClassifierImpl::encode(const Tensor& features) {
    const Tensor h = encodeOut->forward(encodeHidden->forward(features).tanh());
    return {h.narrow(1, 0, 2), h.narrow(1, 2, 2)};
}

Tensor FeatureClassifierImpl::decode(const Tensor& z) {
    return decodeOut->forward(decodeHidden->forward(z).tanh());
}

CasVaeNetworkImpl::CasVaeNetworkImpl(const ModelInput& input, const CasVaeOptions& options)
    : input_(input), options_(options) {
    const int64_t pixels = input.channels * input.height * input.width;
    int64_t width = pixels;
    for (size_t i = 0; i < options.hidden.size(); ++i) {
        const std::string number = std::to_string(i);
        encoder.push_back(register_module("encoder_" + number, torch::nn::Linear(width, options.hidden[i])));
        width = options.hidden[i];
        encoderNorms.push_back(register_module("encoder_norm_" + number, FeatureNorm(width)));
    }
    narrow = register_module("narrow", torch::nn::Linear(width, options.features));
    if (cascade())
        narrowNorm = register_module("narrow_norm", FeatureNorm(options.features));
    else
        logvar = register_module("logvar", torch::nn::Linear(width, options.features));
    width = options.features;
    for (size_t i = 0; i < options.hidden.size(); ++i) {
        const std::string number = std::to_string(i);
        const int64_t units = options.hidden[options.hidden.size() - 1 - i];
        decoder.push_back(register_module("decoder_" + number, torch::nn::Linear(width, units)));
        decoderNorms.push_back(register_module("decoder_norm_" + number, FeatureNorm(units)));
        width = units;
    }
    output = register_module("output", torch::nn::Linear(width, pixels));
    if (cascade())
        classifier =
            register_module("classifier", FeatureClassifier(options.features, options.classifierHidden));
    window = register_buffer("window", gaussianWindow(input.height, input.width, options.window));
    orientation = register_buffer("orientation", torch::ones({2}));
    brightness = register_buffer("brightness", torch::zeros({1}));
}

Tensor CasVaeNetworkImpl::stretched(const Tensor& y) const {
    const double s = options_.softening;
    return s > 0 ? (y / s).asinh() / std::asinh(1 / s) : y;
}

Tensor CasVaeNetworkImpl::unstretched(const Tensor& y) const {
    const double s = options_.softening;
    return s > 0 ? (y * std::asinh(1 / s)).sinh() * s : y;
}

PreparedObjects CasVaeNetworkImpl::prepare(const Tensor& x) const {
    const auto [top, bottom] = peakRange(x.size(2), options_.peakBox);
    const auto [left, right] = peakRange(x.size(3), options_.peakBox);
    const Tensor light = x.mean(1); // every band counts by its own sky's noise
    PreparedObjects result;
    result.peak = light.narrow(1, top, bottom - top)
                      .narrow(2, left, right - left)
                      .amax({1, 2})
                      .clamp_min(options_.peakFloor);
    result.extent = ((light * window).sum({1, 2}) / result.peak).clamp_min(0).log1p();
    const Tensor y = options_.brightness == "peak" ? x / result.peak.view({-1, 1, 1, 1}) : x;
    result.pixels = (stretched(y) * window).flatten(1);
    return result;
}

Tensor CasVaeNetworkImpl::hiddenLayers(const Tensor& pixels, const BatchContext* context) {
    Tensor h = pixels;
    for (size_t i = 0; i < encoder.size(); ++i)
        h = torch::leaky_relu(encoderNorms[i]->forward(connected(encoder[i], h), context), slope);
    return h;
}

Tensor CasVaeNetworkImpl::features(const Tensor& pixels, const BatchContext* context) {
    return narrowNorm->forward(connected(narrow, hiddenLayers(pixels, context)), context);
}

Tensor CasVaeNetworkImpl::draw(const Tensor& features, const BatchContext* context) {
    Tensor h = features;
    for (size_t i = 0; i < decoder.size(); ++i)
        h = torch::leaky_relu(decoderNorms[i]->forward(connected(decoder[i], h), context), slope);
    return connected(output, h);
}

std::pair<Tensor, Tensor> CasVaeNetworkImpl::encodeImages(const Tensor& x) {
    const Tensor pixels = prepare(x).pixels;
    if (!cascade()) {
        const Tensor h = hiddenLayers(pixels, nullptr);
        return {connected(narrow, h), connected(logvar, h)};
    }
    const auto [mean, logVariance] = classifier->encode(features(pixels, nullptr));
    return {mean * orientation, logVariance};
}

std::pair<Tensor, Tensor> CasVaeNetworkImpl::decodeLatents(const Tensor& z) {
    const Tensor y = draw(cascade() ? classifier->decode(z * orientation) : z, nullptr);
    const Tensor image = unstretched(y).view({z.size(0), input_.channels, input_.height, input_.width});
    return {options_.brightness == "peak" ? image * brightness.exp() : image, {}};
}

Tensor CasVaeNetworkImpl::scoreImages(const Tensor& x) {
    return encodeImages(x).first.select(1, 1);
}

} // namespace galatea
