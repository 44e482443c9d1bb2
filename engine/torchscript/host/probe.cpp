#include "torchscript/host/probe.h"

#include <algorithm>
#include <cmath>

namespace galatea {

namespace {

// Two rows tell a batch from a picture that happens to be flat.
constexpr int64_t rows = 2;
constexpr std::array<int64_t, 18> usualSides{64,  32,  128, 28, 48, 69, 96,  224, 256,
                                             100, 120, 40,  60, 80, 16, 112, 192, 160};
constexpr std::array<int64_t, 6> usualChannels{1, 3, 5, 2, 4, 6};
constexpr std::array<int64_t, 24> usualLatents{2, 8, 16, 32, 64, 128, 10, 20, 100, 256, 4, 3,
                                               5, 6, 7,  12, 24, 40,  48, 50, 200, 512, 1, 1024};
constexpr int64_t maxSide = 4096, maxLatent = 65536;

struct ImageShape {
    int64_t channels = 0, height = 0, width = 0;
    bool operator==(const ImageShape&) const = default;
};

void addOnce(std::vector<int64_t>& list, int64_t value) {
    if (value >= 1 && std::find(list.begin(), list.end(), value) == list.end())
        list.push_back(value);
}

class Prober {
  public:
    Prober(ForeignModel& model, const ModelFacts& known) : model_(model), known_(known) {}
    ModelFacts run();

  private:
    bool wants(HostMethod method) const { return (known_.methods & static_cast<uint32_t>(method)) != 0; }
    void use(HostMethod method) { facts_.methods |= static_cast<uint32_t>(method); }
    std::vector<ImageShape> imageCandidates() const;
    std::vector<int64_t> latentCandidates() const;
    bool tryCall(HostMethod method, const at::Tensor& input, ForeignAnswer& answer);
    bool encodes(HostMethod via, const ImageShape& shape, int64_t& latent);
    bool decodes(HostMethod via, int64_t latent, ImageShape& shape);
    bool scores(HostMethod via, const ImageShape& shape);
    void setImage(const ImageShape& shape);
    ImageShape image() const { return {facts_.channels, facts_.height, facts_.width}; }
    void probeEncode();
    void probeDecode();
    void reconcile(const ImageShape& decoded);
    void probeScore();
    void probeForward();
    [[noreturn]] void giveUp() const;

    ForeignModel& model_;
    const ModelFacts known_;
    ModelFacts facts_;
    std::string lastFault_;
};

std::vector<ImageShape> Prober::imageCandidates() const {
    if (known_.channels > 0 && known_.height > 0 && known_.width > 0)
        return {{known_.channels, known_.height, known_.width}};
    std::vector<ImageShape> shapes;
    const std::vector<int64_t> widths = model_.convolutionInputs();
    // A network without convolutions flattens the image: its first width is the number of values.
    if (widths.empty() && !model_.linearInputs().empty())
        for (const int64_t channels : usualChannels) {
            const int64_t values = model_.linearInputs().front();
            const auto side =
                static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(values) / channels)));
            if (side >= 1 && side <= maxSide && channels * side * side == values)
                shapes.push_back({channels, side, side});
        }
    std::vector<int64_t> channels;
    if (known_.channels > 0)
        channels = {known_.channels};
    else if (!widths.empty())
        addOnce(channels, widths.front());
    for (const int64_t usual : usualChannels)
        if (known_.channels == 0)
            addOnce(channels, usual);
    for (const int64_t channel : channels)
        for (const int64_t side : usualSides)
            shapes.push_back({channel, side, side});
    return shapes;
}

std::vector<int64_t> Prober::latentCandidates() const {
    if (facts_.latent > 0 || known_.latent > 0)
        return {facts_.latent > 0 ? facts_.latent : known_.latent};
    std::vector<int64_t> candidates;
    for (const int64_t width : model_.linearInputs())
        if (width <= maxLatent)
            addOnce(candidates, width);
    for (const int64_t usual : usualLatents)
        addOnce(candidates, usual);
    return candidates;
}

bool Prober::tryCall(HostMethod method, const at::Tensor& input, ForeignAnswer& answer) {
    try {
        answer = model_.call(method, input);
        return true;
    } catch (const HostError& error) {
        lastFault_ = error.what();
        return false;
    }
}

bool Prober::encodes(HostMethod via, const ImageShape& shape, int64_t& latent) {
    ForeignAnswer answer;
    if (!tryCall(via, at::full({rows, shape.channels, shape.height, shape.width}, 0.5), answer))
        return false;
    const at::Tensor& mean = answer.first;
    if (!mean.defined() || mean.dim() != 2 || mean.size(0) != rows || mean.size(1) < 1 ||
        mean.size(1) > maxLatent)
        return false;
    if (answer.second.defined() && answer.second.sizes() != mean.sizes())
        return false;
    latent = mean.size(1);
    return true;
}

bool Prober::decodes(HostMethod via, int64_t latent, ImageShape& shape) {
    ForeignAnswer answer;
    if (!tryCall(via, at::zeros({rows, latent}), answer))
        return false;
    const at::Tensor& mean = answer.first;
    if (!mean.defined() || mean.dim() != 4 || mean.size(0) != rows)
        return false;
    if (answer.second.defined() && answer.second.sizes() != mean.sizes())
        return false;
    shape = {mean.size(1), mean.size(2), mean.size(3)};
    return shape.channels >= 1 && shape.height >= 1 && shape.width >= 1 && shape.channels <= maxSide &&
           shape.height <= maxSide && shape.width <= maxSide;
}

bool Prober::scores(HostMethod via, const ImageShape& shape) {
    ForeignAnswer answer;
    if (!tryCall(via, at::full({rows, shape.channels, shape.height, shape.width}, 0.5), answer))
        return false;
    return answer.first.defined() && !answer.second.defined() && answer.first.dim() == 1 &&
           answer.first.size(0) == rows;
}

void Prober::setImage(const ImageShape& shape) {
    facts_.channels = shape.channels;
    facts_.height = shape.height;
    facts_.width = shape.width;
}

void Prober::probeEncode() {
    for (const ImageShape& shape : imageCandidates()) {
        int64_t latent = 0;
        if (!encodes(HostMethod::Encode, shape, latent) || (known_.latent > 0 && latent != known_.latent))
            continue;
        setImage(shape);
        facts_.latent = latent;
        use(HostMethod::Encode);
        return;
    }
}

void Prober::probeDecode() {
    for (const int64_t latent : latentCandidates()) {
        ImageShape shape;
        if (!decodes(HostMethod::Decode, latent, shape))
            continue;
        facts_.latent = latent;
        use(HostMethod::Decode);
        reconcile(shape);
        return;
    }
}

/// Many encoders take images of any size; what decode draws is the size that is meant. If the two cannot
/// agree, decode is kept: it is what sliders need.
void Prober::reconcile(const ImageShape& decoded) {
    if ((facts_.methods & static_cast<uint32_t>(HostMethod::Encode)) != 0 && decoded == image())
        return;
    const int64_t decodedLatent = facts_.latent;
    int64_t latent = 0;
    const bool agree =
        wants(HostMethod::Encode) && encodes(HostMethod::Encode, decoded, latent) && latent == decodedLatent;
    facts_.methods &= ~static_cast<uint32_t>(HostMethod::Encode);
    if (agree)
        use(HostMethod::Encode);
    setImage(decoded);
}

void Prober::probeScore() {
    const bool sized = facts_.channels > 0;
    for (const ImageShape& shape : sized ? std::vector<ImageShape>{image()} : imageCandidates())
        if (scores(HostMethod::Score, shape)) {
            setImage(shape);
            use(HostMethod::Score);
            return;
        }
}

void Prober::probeForward() {
    const auto becomes = [&](ForwardRole role, HostMethod method) {
        facts_.forward = role;
        use(method);
    };
    for (const ImageShape& shape : imageCandidates()) {
        ForeignAnswer answer;
        int64_t latent = 0;
        if (!tryCall(HostMethod::Forward, at::full({rows, shape.channels, shape.height, shape.width}, 0.5),
                     answer))
            continue;
        if (!answer.first.defined() || answer.first.dim() < 1 || answer.first.size(0) != rows)
            continue;
        setImage(shape);
        if (encodes(HostMethod::Forward, shape, latent)) {
            facts_.latent = latent;
            return becomes(ForwardRole::Encode, HostMethod::Encode);
        }
        if (answer.first.dim() == 1)
            return becomes(ForwardRole::Score, HostMethod::Score);
        if (answer.first.sizes() == c10::IntArrayRef({rows, shape.channels, shape.height, shape.width})) {
            facts_.forward = ForwardRole::Reconstruction;
            return;
        }
    }
    setImage({});
    for (const int64_t latent : latentCandidates()) {
        ImageShape shape;
        if (!decodes(HostMethod::Forward, latent, shape))
            continue;
        setImage(shape);
        facts_.latent = latent;
        return becomes(ForwardRole::Decode, HostMethod::Decode);
    }
}

void Prober::giveUp() const {
    throw HostError(HostFault::Nothing, lastFault_);
}

ModelFacts Prober::run() {
    if (wants(HostMethod::Encode))
        probeEncode();
    if (wants(HostMethod::Decode))
        probeDecode();
    if (wants(HostMethod::Score))
        probeScore();
    if (known_.methods == static_cast<uint32_t>(HostMethod::Forward))
        probeForward();
    if (facts_.methods == 0 && facts_.forward != ForwardRole::Reconstruction)
        giveUp();
    return facts_;
}

} // namespace

ModelFacts probe(ForeignModel& model, const ModelFacts& known) {
    return Prober(model, known).run();
}

} // namespace galatea
