#pragma once
// A small model with known answers and galaxies it fits: four light patterns, their amounts are the latents.

#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "app/desktop/document.h"
#include "core/random.h"

namespace galatea::made {

inline constexpr int64_t side = 32, bands = 3, latents = 4, components = 3;

/// Pattern d: a blob of its own place, width and colour; the patterns do not overlap much.
inline float pattern(int64_t d, int64_t c, int64_t y, int64_t x) {
    const double cx = 9 + 14.0 * (d % 2), cy = 9 + 14.0 * (d / 2), width = 3.0 + 0.4 * d;
    const double colour = 0.5 + 0.5 * std::cos(2.0 * c + d);
    const double r2 = (x - cx) * (x - cx) + (y - cy) * (y - cy);
    return static_cast<float>(0.25 * colour * std::exp(-r2 / (2 * width * width)));
}

/// decode(z) = 0.3 + Σ z_d · pattern_d; encode is its least-squares inverse, score the distance from the
/// origin. Counts its decodes, and can be made slow, made to fail or deprived of abilities.
class LinearModel : public Model {
  public:
    LinearModel() {
        card_.family = "custom";
        card_.name = "Four patterns";
        card_.input.channels = bands;
        card_.input.height = card_.input.width = side;
        card_.input.bands = {"g", "r", "i"};
        card_.latent = latents;
        card_.methods = {"encode", "decode"};
        GaussianMixture& mix = card_.mixture;
        mix.components = components;
        mix.dimensions = latents;
        mix.weights = {0.5, 0.3, 0.2};
        mix.means = {0, 0, 0, 0, 2, 1, 0, -1, -2, 1, 1.5, 0};
        mix.variances.assign(12, 0.15);
        for (int64_t a = 0; a < latents; ++a)
            for (int64_t b = 0; b < latents; ++b)
                for (int64_t i = 0; i < bands * side * side; ++i)
                    gram_[a][b] += flat(a, i) * flat(b, i);
    }
    const ModelCard& card() const override { return card_; }

    Decoding decode(const Array& z) const override {
        ++decodes;
        if (delay.count() > 0)
            std::this_thread::sleep_for(delay);
        if (broken)
            throw ModelError("four.pt", "the model stopped answering", "open it again");
        Decoding result;
        result.mean = Array({z.dim(0), bands, side, side});
        float* at = result.mean.data();
        for (int64_t n = 0; n < z.dim(0); ++n)
            for (int64_t i = 0; i < bands * side * side; ++i) {
                double value = 0.3;
                for (int64_t d = 0; d < latents; ++d)
                    value += z.at(n, d) * flat(d, i);
                *at++ = static_cast<float>(value);
            }
        if (withVariance) { // brighter pixels are less sure
            result.variance = result.mean.copy();
            for (float& v : result.variance.values())
                v = 1e-4F + 1e-3F * v * v;
        }
        return result;
    }
    bool differentiable() const override { return withGradient; }
    Array decodeGradient(const Array& z, const PixelGradient& gradient) const override {
        if (!withGradient)
            return Model::decodeGradient(z, gradient);
        const Array slope = gradient(decode(z).mean).contiguousCopy();
        Array result(z.shape());
        for (int64_t n = 0; n < z.dim(0); ++n)
            for (int64_t i = 0; i < bands * side * side; ++i)
                for (int64_t d = 0; d < latents; ++d)
                    result.at(n, d) +=
                        static_cast<float>(slope.data()[n * bands * side * side + i] * flat(d, i));
        return result;
    }

    Encoding encode(const Array& images) const override {
        const Array plain = images.contiguousCopy();
        Encoding result;
        result.mean = Array({plain.dim(0), latents});
        for (int64_t n = 0; n < plain.dim(0); ++n) {
            double right[latents] = {};
            const float* at = plain.row(n).data();
            for (int64_t i = 0; i < bands * side * side; ++i)
                for (int64_t d = 0; d < latents; ++d)
                    right[d] += (at[i] - 0.3) * flat(d, i);
            double z[latents] = {}; // Gauss–Seidel: the patterns are nearly orthogonal
            for (int sweep = 0; sweep < 50; ++sweep)
                for (int64_t d = 0; d < latents; ++d) {
                    double rest = right[d];
                    for (int64_t e = 0; e < latents; ++e)
                        rest -= e == d ? 0 : gram_[d][e] * z[e];
                    z[d] = rest / gram_[d][d];
                }
            for (int64_t d = 0; d < latents; ++d)
                result.mean.at(n, d) = static_cast<float>(z[d]);
        }
        return result;
    }
    Array score(const Array& images) const override {
        if (!card_.can("score"))
            throw ModelError("four.pt", "it cannot score", "use another");
        const Array z = encode(images).mean;
        if (delay.count() > 0)
            std::this_thread::sleep_for(delay);
        Array result({z.dim(0)});
        for (int64_t n = 0; n < z.dim(0); ++n)
            for (int64_t d = 0; d < latents; ++d)
                result.at(n) += z.at(n, d) * z.at(n, d);
        return result;
    }
    void setMethods(const std::vector<std::string>& methods) { card_.methods = methods; }
    void dropMixture() { card_.mixture = {}; }

    mutable std::atomic<int> decodes{0};
    std::chrono::milliseconds delay{0};
    std::atomic<bool> broken{false};
    bool withGradient = true, withVariance = false;

  private:
    static double flat(int64_t d, int64_t i) {
        return pattern(d, i / (side * side), i / side % side, i % side);
    }
    ModelCard card_;
    double gram_[latents][latents] = {};
};

/// `count` draws from the model's mixture, decoded, with a little noise. Catalogue: id, kind, size.
inline DataContent galaxies(int64_t count) {
    const LinearModel model;
    RandomStream random(5, "made galaxies");
    std::vector<int64_t> drawn;
    const Array z = sampleMixture(model.card().mixture, count, -1, 1.0, random, &drawn);
    Array images = model.decode(z).mean;
    for (float& v : images.values())
        v = std::clamp(v + 0.01F * static_cast<float>(random.normal()), 0.0F, 1.0F);
    DatasetInfo info;
    info.name = "made galaxies";
    info.channels = bands;
    info.height = info.width = side;
    info.bands = {"g", "r", "i"};
    std::vector<std::string> ids, kinds;
    std::vector<double> sizes;
    for (int64_t n = 0; n < count; ++n) {
        ids.push_back("made-" + std::to_string(n));
        kinds.push_back(std::string(drawn[static_cast<size_t>(n)] == 0 ? "round" : "lumpy"));
        sizes.push_back(random.uniform(1, 9));
    }
    Table table;
    table.set({"id", ids});
    table.set({"kind", kinds});
    table.set({"size", sizes, "arcsec"});
    DataContent content;
    content.source = content.data = makeMemoryDataset(info, images, table);
    return content;
}

} // namespace galatea::made
