#include "models/astrovader/keras.h"

#include <cmath>

#include "core/error.h"
#include "io/hdf5.h"
#include "models/astrovader/astrovader.h"

namespace galatea {

namespace {

/// Keras's layout, read layer by layer with every shape checked against what came before.
class KerasWeights {
  public:
    explicit KerasWeights(const std::string& path) : file_(path), path_(path) {
        // A whole saved model keeps its weights one group deeper than a weight file.
        prefix_ = file_.isGroup("/model_weights") ? "/model_weights/" : "/";
    }

    bool has(const std::string& layer) const { return file_.isGroup(prefix_ + layer); }

    Array read(const std::string& layer, const std::string& name, const std::vector<int64_t>& shape) const {
        const std::string dataset = prefix_ + layer + "/" + layer + "/" + name + ":0";
        return checked(dataset, shape);
    }
    /// The mixture layer's arrays lie directly in their group.
    Array readMixture(const std::string& name, const std::vector<int64_t>& shape) const {
        return checked(prefix_ + "latentGMM_Layer/" + name + ":0", shape);
    }
    std::vector<int64_t> shape(const std::string& layer, const std::string& name) const {
        return file_.describe(prefix_ + layer + "/" + layer + "/" + name + ":0").shape;
    }
    std::vector<int64_t> mixtureShape() const {
        return file_.describe(prefix_ + "latentGMM_Layer/u_p:0").shape;
    }

    [[noreturn]] void refuse(const std::string& fault) const {
        throw InputError(path_, fault, "give the weight file that the authors of AstroVaDEr released");
    }

  private:
    Array checked(const std::string& dataset, const std::vector<int64_t>& shape) const {
        const Hdf5Dataset found = file_.describe(dataset);
        if (found.shape != shape || found.type != Hdf5Type::Float)
            refuse("the array '" + dataset + "' does not have the shape that its layer needs");
        return file_.readFloat(dataset);
    }

    Hdf5Reader file_;
    std::string path_, prefix_;
};

struct Layers {
    AstroVaDErOptions options;
    ModelInput input;
    int64_t convolutions = 0, inner = 0;
};

/// Every size from the shapes: filters and kernels from the convolutions, the image side from the flat layer.
Layers measure(const KerasWeights& file) {
    Layers layers;
    std::vector<std::vector<int64_t>> kernels;
    while (kernels.size() < 33 && file.has("Conv" + std::to_string(kernels.size() + 1))) {
        kernels.push_back(file.shape("Conv" + std::to_string(kernels.size() + 1), "kernel"));
        if (kernels.back().size() != 4 || kernels.back()[0] != kernels.back()[1])
            file.refuse("the layer Conv" + std::to_string(kernels.size()) + " is no square convolution");
    }
    layers.convolutions = static_cast<int64_t>(kernels.size());
    if (kernels.empty() || kernels.size() % 4 != 0 || kernels.size() > 32)
        file.refuse("it has " + std::to_string(kernels.size()) + " convolution layers, not four per block");
    const size_t half = kernels.size() / 2, blocks = half / 2;
    AstroVaDErOptions& o = layers.options;
    o.filters.clear();
    o.kernels.clear();
    o.decoderKernels.clear();
    for (size_t block = 0; block < blocks; ++block) {
        o.filters.push_back(kernels[2 * block][3]);
        o.kernels.push_back(kernels[2 * block][0]);
        o.decoderKernels.push_back(kernels[half + 2 * block][0]);
    }
    const auto output = file.shape("Output", "kernel"), mean = file.shape("latentmean", "kernel");
    const auto mixture = file.mixtureShape();
    if (output.size() != 4 || mean.size() != 2 || mixture.size() != 2)
        file.refuse("its output, latent or mixture layer has the wrong number of axes");
    o.outputKernel = output[0];
    o.latent = mean[1];
    o.components = mixture[1];
    const int64_t last = o.filters.back();
    if (last < 1 || mean[0] < 1 || mean[0] > (int64_t{1} << 30))
        file.refuse("its latent layer has an impossible size");
    layers.inner = std::llround(std::sqrt(static_cast<double>(mean[0]) / static_cast<double>(last)));
    if (layers.inner * layers.inner * last != mean[0])
        file.refuse("its latent layer does not fit a square image");
    layers.input.channels = kernels[0][2];
    layers.input.height = layers.input.width = layers.inner << blocks;
    if (layers.input.channels < 1 || layers.input.channels > 4096 || layers.input.height > 4096)
        file.refuse("its layers describe an image larger than 4096 pixels");
    return layers;
}

void addConvolution(NamedArrays& weights, const KerasWeights& file, const std::string& layer,
                    const std::string& name, int64_t kernel, int64_t from, int64_t to) {
    weights.emplace_back(
        name + ".weight",
        file.read(layer, "kernel", {kernel, kernel, from, to}).permuted({3, 2, 0, 1}).copy());
    weights.emplace_back(name + ".bias", file.read(layer, "bias", {to}));
}

void addConvolutions(NamedArrays& weights, const KerasWeights& file, const Layers& layers) {
    const auto blocks = layers.options.filters.size();
    int64_t channels = layers.input.channels;
    for (size_t i = 0; i < 4 * blocks; ++i) {
        const bool encoder = i < 2 * blocks;
        const size_t half = encoder ? i : i - 2 * blocks, block = half / 2;
        const int64_t filters = layers.options.filters[encoder ? block : blocks - 1 - block];
        const int64_t kernel = (encoder ? layers.options.kernels : layers.options.decoderKernels)[block];
        addConvolution(weights, file, "Conv" + std::to_string(i + 1),
                       (encoder ? "encoder_convolution_" : "decoder_convolution_") + std::to_string(half),
                       kernel, channels, filters);
        channels = filters;
    }
    addConvolution(weights, file, "Output", "output", layers.options.outputKernel, channels,
                   layers.input.channels);
}

/// Keras flattens channels-last, the network here channels-first.
void addDense(NamedArrays& weights, const KerasWeights& file, const Layers& layers) {
    const int64_t side = layers.inner, filters = layers.options.filters.back(),
                  latent = layers.options.latent;
    const int64_t flat = side * side * filters;
    for (const auto& [layer, name] :
         {std::pair{"latentmean", "mean"}, std::pair{"latentlog_var", "logvar"}}) {
        const Array kernel =
            file.read(layer, "kernel", {flat, latent}).reshaped({side, side, filters, latent});
        weights.emplace_back(name + std::string(".weight"),
                             kernel.permuted({3, 2, 0, 1}).copy().reshaped({latent, flat}));
        weights.emplace_back(name + std::string(".bias"), file.read(layer, "bias", {latent}));
    }
    const Array kernel = file.read("FC3", "kernel", {latent, flat}).reshaped({latent, side, side, filters});
    weights.emplace_back("expand.weight", kernel.permuted({3, 1, 2, 0}).copy().reshaped({flat, latent}));
    const Array bias = file.read("FC3", "bias", {flat}).reshaped({side, side, filters});
    weights.emplace_back("expand.bias", bias.permuted({2, 0, 1}).copy().reshaped({flat}));
}

GaussianMixture readMixture(const KerasWeights& file, const Layers& layers) {
    const int64_t k = layers.options.components, d = layers.options.latent;
    const auto values = [](const Array& array) {
        const Array dense = array.contiguousCopy();
        return std::vector<double>(dense.values().begin(), dense.values().end());
    };
    GaussianMixture mixture;
    mixture.components = k;
    mixture.dimensions = d;
    mixture.weights = values(file.readMixture("theta_p", {k}));
    mixture.means = values(file.readMixture("u_p", {d, k}).permuted({1, 0}));
    mixture.variances = values(file.readMixture("lambda_p", {d, k}).permuted({1, 0}));
    double sum = 0; // theta_p is not normalised in the file
    for (const double weight : mixture.weights)
        sum += weight;
    for (double& weight : mixture.weights)
        weight /= sum;
    try {
        mixture.check();
    } catch (const std::invalid_argument& fault) {
        file.refuse(std::string("its mixture is unusable: ") + fault.what());
    }
    return mixture;
}

} // namespace

ModelPtr readKerasAstroVaDEr(const std::string& path) {
    const KerasWeights file(path);
    if (!file.has("Conv1") || !file.has("latentGMM_Layer"))
        file.refuse("is no AstroVaDEr weight file: it lacks the layers Conv1 and latentGMM_Layer");
    Layers layers = measure(file);
    ModelCard card;
    card.family = "astrovader";
    card.name = "AstroVaDEr (released weights)";
    card.input = layers.input;
    card.latent = layers.options.latent;
    card.methods = {"encode", "decode"};
    card.options = describe(layers.options).toJson();
    card.mixture = readMixture(file, layers);
    card.training = {{"source", "Keras weights released with Spindler, Geach and Smith 2021"}};
    NamedArrays weights;
    addConvolutions(weights, file, layers);
    addDense(weights, file, layers);
    return buildAstroVaDEr(card, weights, path);
}

bool looksLikeKerasAstroVaDEr(const std::string& path) {
    try {
        return looksLikeHdf5(path) && KerasWeights(path).has("latentGMM_Layer");
    } catch (const std::exception&) {
        return false;
    }
}

} // namespace galatea
