#include "latent/tsne.h"

#include <algorithm>
#include <cmath>

#include "core/clock.h"
#include "core/error.h"
#include "core/random.h"
#include "latent/affinities.h"
#include "latent/map_start.h"
#include "latent/repulsion.h"
#include "latent/team.h"

namespace galatea {

OptionSet describe(TsneOptions& o) {
    OptionSet set;
    set.add("dims", o.dims, "dimensions of the map", {.min = 2, .max = 3});
    set.add("perplexity", o.perplexity, "effective number of neighbours", {.min = 1, .max = 1000});
    set.add("exaggeration", o.exaggeration, "of the attraction in the early iterations",
            {.min = 1, .max = 100});
    set.add("early_iterations", o.earlyIterations, "iterations with exaggeration", {.min = 0, .max = 1e6});
    set.add("iterations", o.iterations, "in all", {.min = 1, .max = 1e6});
    set.add("late_exaggeration", o.lateExaggeration, "of the attraction afterwards",
            {.min = 0.1, .max = 100});
    set.add("learning_rate", o.learningRate, "0: objects / exaggeration", {.min = 0, .max = 1e9});
    set.add("start", o.start, "first map", {.choices = {"pca", "random"}});
    set.add("grid_spacing", o.gridSpacing,
            "of the grid on which points repel each other, smaller is more exact; 0: 0.5, in space 1",
            {.min = 0, .max = 2, .unit = "map units"});
    return set;
}

namespace {

/// The first map, small: a ten-thousandth across, with a hundredth of that as noise, which parts twins.
Array startMap(const Array& z, const TsneOptions& options, uint64_t seed) {
    constexpr double deviation = 1e-4;
    RandomStream random(seed, "t-SNE");
    Array map({z.dim(0), options.dims});
    double squares = 0;
    if (options.start == "pca") {
        map = principalPlaces(z, options.dims, random);
        for (int64_t i = 0; i < z.dim(0); ++i)
            squares += std::pow(static_cast<double>(map.data()[i * options.dims]), 2);
    }
    const double scale = squares > 0 ? deviation / std::sqrt(squares / static_cast<double>(z.dim(0))) : 0;
    for (float& value : map.values())
        value = static_cast<float>(scale * value + (scale > 0 ? 0.01 : 1) * deviation * random.normal());
    return map;
}

class Layout {
  public:
    Layout(const SparseMatrix& p, Array start, const TsneOptions& options)
        : p_(p), options_(options), n_(start.dim(0)), dims_(options.dims), map_(std::move(start)),
          repulsion_(static_cast<int>(options.dims), options.gridSpacing > 0 ? options.gridSpacing
                                                     : options.dims == 2     ? 0.5
                                                                             : 1.0) {
        const auto size = static_cast<size_t>(n_ * dims_);
        velocity_.assign(size, 0);
        gain_.assign(size, 1);
        field_.resize(size);
        potential_.resize(static_cast<size_t>(n_));
    }

    /// One step of gradient descent with momentum and a gain per coordinate that grows while it keeps its
    /// direction.
    void step(double exaggeration, double momentum, double rate) {
        repel();
        if (dims_ == 2)
            move<2>(static_cast<float>(exaggeration), static_cast<float>(momentum), static_cast<float>(rate));
        else
            move<3>(static_cast<float>(exaggeration), static_cast<float>(momentum), static_cast<float>(rate));
        std::swap(map_, moved_);
        centreMap(map_);
    }

    /// KL(P‖Q), nats.
    double divergence() {
        repel();
        std::vector<double> parts(static_cast<size_t>(teamBlocks(n_)));
        overTeam(teamBlocks(n_), [&](int64_t block) {
            double sum = 0;
            for (int64_t i = block * teamBlock; i < std::min(n_, (block + 1) * teamBlock); ++i)
                for (int64_t e = p_.begin[static_cast<size_t>(i)]; e < p_.begin[static_cast<size_t>(i) + 1];
                     ++e) {
                    const double p = p_.value[static_cast<size_t>(e)];
                    double squared = 0;
                    for (int64_t d = 0; d < dims_; ++d) {
                        const double delta = map_.data()[i * dims_ + d] -
                                             map_.data()[p_.column[static_cast<size_t>(e)] * dims_ + d];
                        squared += delta * delta;
                    }
                    if (p > 0)
                        sum += p * std::log(p * (1 + squared) * total_);
                }
            parts[static_cast<size_t>(block)] = sum;
        });
        double sum = 0;
        for (const double part : parts)
            sum += part;
        return sum;
    }

    const Array& map() const { return map_; }

  private:
    /// Potential and field of the present map, and the sum over all pairs.
    void repel() {
        repulsion_.evaluate(map_.values(), potential_, field_);
        total_ = 0;
        for (const float value : potential_)
            total_ += value;
        total_ = std::max(total_, 1e-12);
    }

    template <int Dims>
    void move(float exaggeration, float momentum, float rate) {
        if (moved_.empty())
            moved_ = Array(map_.shape());
        const float* const y = map_.data();
        const auto push = static_cast<float>(1 / total_);
        overBlocks(n_, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i) {
                float pull[Dims] = {};
                float here[Dims];
                for (int d = 0; d < Dims; ++d)
                    here[d] = y[i * Dims + d];
                for (int64_t e = p_.begin[static_cast<size_t>(i)]; e < p_.begin[static_cast<size_t>(i) + 1];
                     ++e) {
                    const float* const other =
                        y + static_cast<int64_t>(p_.column[static_cast<size_t>(e)]) * Dims;
                    float delta[Dims], squared = 1;
                    for (int d = 0; d < Dims; ++d) {
                        delta[d] = here[d] - other[d];
                        squared += delta[d] * delta[d];
                    }
                    const float weight = p_.value[static_cast<size_t>(e)] / squared;
                    for (int d = 0; d < Dims; ++d)
                        pull[d] += weight * delta[d];
                }
                for (int d = 0; d < Dims; ++d) {
                    const auto at = static_cast<size_t>(i * Dims + d);
                    const float gradient = 4 * (exaggeration * pull[d] - push * field_[at]);
                    gain_[at] = std::max(
                        (gradient > 0) == (velocity_[at] > 0) ? gain_[at] * 0.8F : gain_[at] + 0.2F, 0.01F);
                    velocity_[at] = momentum * velocity_[at] - rate * gain_[at] * gradient;
                    // No point may leap over the map: a step is at most 5 units long along an axis.
                    velocity_[at] = std::clamp(velocity_[at], -5.0F, 5.0F);
                    moved_.data()[at] = here[d] + velocity_[at];
                }
            }
        });
    }

    const SparseMatrix& p_;
    const TsneOptions& options_;
    int64_t n_, dims_;
    Array map_, moved_;
    Repulsion repulsion_;
    std::vector<float> velocity_, gain_, field_, potential_;
    double total_ = 1;
};

} // namespace

TsneReport fitTsne(const Array& z, const TsneOptions& options, uint64_t seed, const StopToken& stop,
                   ProgressSink& progress, const MapCallback& shown) {
    if (z.rank() != 2 || z.dim(0) < 4)
        throw UsageError("t-SNE", "it needs at least four objects", "embed more images");
    TsneReport report;
    const auto started = Clock::now();
    const double perplexity = std::min(options.perplexity, static_cast<double>(z.dim(0) - 1) / 3);
    const NeighborGraph graph =
        buildNeighborGraph(z, static_cast<int64_t>(3 * perplexity), {.seed = seed}, stop, progress);
    report.neighborMethod = graph.method;
    report.neighborRecall = graph.recall;
    const SparseMatrix p = perplexityAffinities(graph, perplexity);
    report.neighborSeconds = secondsSince(started);
    const auto laidOut = Clock::now();
    Layout layout(p, startMap(z, options, seed), options);
    const double rate = options.learningRate > 0
                            ? options.learningRate
                            : std::max(50.0, static_cast<double>(z.dim(0)) / options.exaggeration);
    for (int64_t i = 0; i < options.iterations; ++i) {
        throwIfStopped(stop);
        const bool early = i < options.earlyIterations;
        layout.step(early ? options.exaggeration : options.lateExaggeration, early ? 0.5 : 0.8, rate);
        if (shown && (i + 1) % options.every == 0)
            shown(layout.map(), i + 1);
        progress.update({"t-SNE", i + 1, options.iterations, "iterations", {}});
    }
    report.divergence = layout.divergence();
    report.map = layout.map();
    report.layoutSeconds = secondsSince(laidOut);
    return report;
}

} // namespace galatea
