#include "inversion/best_fit.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "inversion/mask.h"
#include "models/network_units.h"

namespace galatea {

namespace {

void check(const Model& model, const Array& images, const Array& observed, const BestFitOptions& options) {
    if (!model.differentiable())
        model.decodeGradient({}, {}); // throws, saying why
    const ModelInput& input = model.card().input;
    const std::vector<int64_t> shape{images.rank() == 4 ? images.dim(0) : 0, input.channels, input.height,
                                     input.width};
    if (images.shape() != shape || observed.shape() != shape || shape[0] == 0)
        throw UsageError(model.card().name, "the images or the mask are not of the shape it takes",
                         "import them at the model's size and with its bands");
    BestFitOptions described = options;
    describe(described).fromJson(describe(described).toJson(), "best fit"); // limits
}

Array zerosWhereHidden(const Array& images, const Array& observed) {
    Array result = images.copy();
    for (int64_t i = 0; i < result.size(); ++i)
        if (observed.data()[i] == 0 || !std::isfinite(result.data()[i]))
            result.data()[i] = 0;
    return result;
}

/// One row of the unit Gaussian, or of the mixture where the model has one.
void drawPrior(const GaussianMixture& mixture, int64_t latent, RandomStream& random, float* row) {
    size_t component = 0;
    if (!mixture.empty()) {
        double left = random.uniform();
        while (component + 1 < mixture.weights.size() && (left -= mixture.weights[component]) > 0)
            ++component;
    }
    for (int64_t d = 0; d < latent; ++d) {
        const size_t at = component * static_cast<size_t>(latent) + static_cast<size_t>(d);
        const double normal = random.normal();
        row[d] = static_cast<float>(
            mixture.empty() ? normal : mixture.means[at] + normal * std::sqrt(mixture.variances[at]));
    }
}

/// Kingma & Ba 2015 on a plain array.
class AdamOnArray {
  public:
    AdamOnArray(int64_t size, double rate)
        : first_(static_cast<size_t>(size)), second_(static_cast<size_t>(size)), rate_(rate) {}

    void step(float* values, const float* gradient) {
        constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
        ++steps_;
        const double correct1 = 1 - std::pow(beta1, steps_), correct2 = 1 - std::pow(beta2, steps_);
        for (size_t i = 0; i < first_.size(); ++i) {
            const double g = gradient[i];
            first_[i] = beta1 * first_[i] + (1 - beta1) * g;
            second_[i] = beta2 * second_[i] + (1 - beta2) * g * g;
            values[i] -= static_cast<float>(rate_ * (first_[i] / correct1) /
                                            (std::sqrt(second_[i] / correct2) + epsilon));
        }
    }

  private:
    std::vector<double> first_, second_;
    double rate_;
    int steps_ = 0;
};

/// The images that some fits look at, as the network would see them.
struct Target {
    Array values, observed;      ///< [fits,C,H,W]; hidden values are 0
    std::vector<double> weights; ///< [fits] sum of the observed pixels' weights
};

/// Squared differences and their pixel gradient.
class ObservedDifference {
  public:
    ObservedDifference(const NetworkUnits& units, Target target)
        : units_(units), target_(std::move(target)) {}

    /// losses [fits] receives the mean squared error of each; returns d loss / d pixel, of the loss alone
    /// (not divided by the number of fits).
    Array operator()(const Array& images, Array& losses) const {
        const Array drawn = images.contiguousCopy();
        Array gradient(drawn.shape());
        const int64_t channels = drawn.dim(1), pixels = drawn.dim(2) * drawn.dim(3);
        for (int64_t fit = 0; fit < drawn.dim(0); ++fit) {
            const double weight = target_.weights[static_cast<size_t>(fit)];
            double sum = 0;
            for (int64_t i = fit * channels * pixels; i < (fit + 1) * channels * pixels; ++i) {
                const double seen = target_.observed.data()[i];
                if (seen == 0)
                    continue;
                const int64_t channel = (i / pixels) % channels;
                const double value = drawn.data()[i];
                const double difference = units_.toNetwork(value, channel) - target_.values.data()[i];
                sum += seen * difference * difference;
                gradient.data()[i] =
                    static_cast<float>(2 * seen * difference * units_.slope(value, channel) / weight);
            }
            losses.at(fit) = static_cast<float>(sum / weight);
        }
        return gradient;
    }

  private:
    const NetworkUnits& units_;
    Target target_;
};

class Fitter {
  public:
    Fitter(const Model& model, const Array& images, const Array& observed, const BestFitOptions& options)
        : model_(model), options_(options), units_(model.card().input), observed_(observed.contiguousCopy()),
          values_(units_.toNetwork(zerosWhereHidden(images.contiguousCopy(), observed_))),
          images_(images.contiguousCopy()) {
        const int64_t count = images.dim(0), starts = options.starts, latent = model.card().latent;
        report_.latents = Array({count, starts, latent});
        report_.losses = Array({count, starts});
        report_.curves = Array({count, starts, options.steps + 1});
        std::vector<int64_t> shape = images.shape();
        shape.insert(shape.begin() + 1, starts);
        report_.images = Array(shape);
    }

    BestFitReport run(const StopToken& stop, ProgressSink& progress,
                      const std::function<void(const BestFitFrame&)>& onFrame, int64_t every) {
        const Array starts = startingPoints();
        const int64_t fits = starts.dim(0);
        for (int64_t first = 0; first < fits; first += options_.batch) {
            const int64_t last = std::min(first + options_.batch, fits);
            Array z = starts.slice(first, last).copy();
            descend(z, first, [&](int64_t step, const Array& losses, const Array& drawn) {
                throwIfStopped(stop, "the best fit was interrupted");
                const int64_t done = first * (options_.steps + 1) + (step + 1) * (last - first);
                progress.update({"fitting", done, fits * (options_.steps + 1), "steps", ""});
                if (onFrame && every > 0 && (step % every == 0 || step == options_.steps))
                    onFrame({first, step, losses.copy(), drawn});
            });
        }
        summarise();
        return std::move(report_);
    }

  private:
    /// [N · S, D]
    Array startingPoints() const {
        const int64_t count = images_.dim(0), latent = model_.card().latent;
        const bool encoder = options_.start != "random";
        const Array encoded = encoder ? encodeObserved(model_, images_, observed_) : Array();
        Array starts({count * options_.starts, latent});
        for (int64_t n = 0; n < count; ++n)
            for (int64_t s = 0; s < options_.starts; ++s) {
                // A stream of its own for each, so that a start does not depend on how many there are.
                RandomStream random(options_.seed, "start " + std::to_string(n) + " " + std::to_string(s));
                float* row = &starts.at(n * options_.starts + s, int64_t{0});
                if (encoder && (s == 0 || options_.start == "encoder"))
                    for (int64_t d = 0; d < latent; ++d)
                        row[d] = encoded.at(n, d) +
                                 (s == 0 ? 0.0f : static_cast<float>(options_.spread * random.normal()));
                else
                    drawPrior(model_.card().mixture, latent, random, row);
            }
        return starts;
    }

    Target targetOf(int64_t first, int64_t fits) const {
        std::vector<int64_t> rows;
        for (int64_t fit = first; fit < first + fits; ++fit)
            rows.push_back(fit / options_.starts);
        Target target{gatherRows(values_, rows), gatherRows(observed_, rows), {}};
        const int64_t pixels = target.observed.size() / fits;
        for (int64_t fit = 0; fit < fits; ++fit) {
            double sum = 0;
            for (int64_t i = fit * pixels; i < (fit + 1) * pixels; ++i)
                sum += target.observed.data()[i];
            target.weights.push_back(sum);
        }
        return target;
    }

    template <class Visit>
    void descend(Array& z, int64_t first, const Visit& visit) {
        const int64_t fits = z.dim(0), latent = z.dim(1);
        const ObservedDifference difference(units_, targetOf(first, fits));
        AdamOnArray adam(z.size(), options_.learningRate);
        std::vector<double> lowest(static_cast<size_t>(fits), INFINITY);
        Array losses({fits});
        for (int64_t step = 0; step <= options_.steps; ++step) {
            Array drawn;
            Array gradient = model_.decodeGradient(z, [&](const Array& images) {
                drawn = images.contiguousCopy();
                return difference(drawn, losses);
            });
            keepBest(z, first, step, losses, drawn, lowest);
            visit(step, losses, drawn);
            if (step == options_.steps)
                break;
            gradient = gradient.contiguousCopy();
            for (int64_t i = 0; options_.prior > 0 && i < z.size(); ++i)
                gradient.data()[i] +=
                    static_cast<float>(2 * options_.prior / static_cast<double>(latent)) * z.data()[i];
            adam.step(z.data(), gradient.data());
        }
    }

    void keepBest(const Array& z, int64_t first, int64_t step, const Array& losses, const Array& drawn,
                  std::vector<double>& lowest) {
        const int64_t latent = z.dim(1), pixels = drawn.size() / z.dim(0);
        for (int64_t fit = 0; fit < z.dim(0); ++fit) {
            const float loss = losses.at(fit);
            if (!std::isfinite(loss))
                throw ModelError(model_.card().name, "draws values that are not finite during a best fit",
                                 "use a smaller learning rate");
            const int64_t global = first + fit;
            report_.curves.data()[global * (options_.steps + 1) + step] = loss;
            double objective = loss;
            for (int64_t d = 0; options_.prior > 0 && d < latent; ++d)
                objective += options_.prior * z.at(fit, d) * z.at(fit, d) / static_cast<double>(latent);
            if (objective >= lowest[static_cast<size_t>(fit)])
                continue;
            lowest[static_cast<size_t>(fit)] = objective;
            report_.losses.data()[global] = loss;
            std::copy_n(z.data() + fit * latent, latent, report_.latents.data() + global * latent);
            std::copy_n(drawn.data() + fit * pixels, pixels, report_.images.data() + global * pixels);
        }
    }

    void summarise() {
        const int64_t count = images_.dim(0), pixels = images_.size() / count, starts = options_.starts;
        report_.mean = Array(images_.shape());
        report_.spread = Array(images_.shape());
        for (int64_t n = 0; n < count; ++n) {
            const float* losses = report_.losses.data() + n * starts;
            const int64_t best = std::min_element(losses, losses + starts) - losses;
            report_.best.push_back(best);
            std::vector<const float*> fills;
            for (int64_t s = 0; s < starts; ++s)
                if (static_cast<double>(losses[s]) <= options_.tolerance * static_cast<double>(losses[best]))
                    fills.push_back(report_.images.data() + (n * starts + s) * pixels);
            report_.counted.push_back(static_cast<int64_t>(fills.size()));
            for (int64_t p = 0; p < pixels; ++p)
                meanAndSpread(fills, p, n * pixels + p);
        }
    }

    void meanAndSpread(const std::vector<const float*>& fills, int64_t pixel, int64_t target) {
        double sum = 0, squares = 0;
        for (const float* fill : fills)
            sum += static_cast<double>(fill[pixel]);
        const double mean = sum / static_cast<double>(fills.size());
        for (const float* fill : fills)
            squares += std::pow(static_cast<double>(fill[pixel]) - mean, 2);
        report_.mean.data()[target] = static_cast<float>(mean);
        report_.spread.data()[target] =
            static_cast<float>(std::sqrt(squares / static_cast<double>(fills.size())));
    }

    const Model& model_;
    BestFitOptions options_;
    NetworkUnits units_;
    Array observed_, values_, images_;
    BestFitReport report_;
};

} // namespace

OptionSet describe(BestFitOptions& o) {
    OptionSet set;
    set.add("steps", o.steps, "steps of Adam", {.min = 0, .max = 1e6});
    set.add("learning_rate", o.learningRate, "Adam's step in latent space", {.min = 0, .max = 1e3});
    set.add("starts", o.starts, "fits per image", {.min = 1, .max = 10000});
    set.add(
        "start", o.start,
        "where fits begin: mixed (the first at the encoder's answer, the others at random), encoder, random",
        {.choices = {"mixed", "encoder", "random"}});
    set.add("spread", o.spread, "deviation by which encoder starts after the first are moved",
            {.min = 0, .max = 1e3});
    set.add("prior", o.prior, "weight of the mean square of the latents beside the mean squared error",
            {.min = 0, .max = 1e6});
    set.add("tolerance", o.tolerance,
            "fills count towards mean and spread up to this multiple of the lowest loss",
            {.min = 1, .max = 1e9});
    set.add("fits_at_a_time", o.batch, "fits computed together", {.min = 1, .max = 65536});
    set.add("seed", o.seed, "of the random starts");
    return set;
}

Array encodeObserved(const Model& model, const Array& images, const Array& observed) {
    constexpr int passes = 3; // the drawn values in the hidden pixels settle quickly
    const Array seen = observed.contiguousCopy();
    const bool whole =
        std::all_of(seen.values().begin(), seen.values().end(), [](float weight) { return weight != 0; });
    if (whole)
        return model.encode(images).mean.contiguousCopy();
    const Array zero(images.shape());
    Array fill = NetworkUnits(model.card().input).toData(zero), latents;
    for (int pass = 0; pass < passes; ++pass) {
        latents = model.encode(observedOver(images, seen, fill)).mean.contiguousCopy();
        if (pass + 1 < passes)
            fill = model.decode(latents).mean;
    }
    return latents;
}

Array imagesOfStart(const BestFitReport& report, int64_t start) {
    std::vector<int64_t> shape = report.images.shape();
    shape.erase(shape.begin() + 1);
    Array result(shape);
    if (result.empty())
        return result;
    const int64_t pixels = result.size() / shape[0], starts = report.images.dim(1);
    for (int64_t n = 0; n < shape[0]; ++n)
        std::copy_n(report.images.data() + (n * starts + start) * pixels, pixels, result.data() + n * pixels);
    return result;
}

Array observedError(const ModelCard& card, const Array& images, const Array& other, const Array& observed) {
    const NetworkUnits units(card.input);
    const Array a = units.toNetwork(zerosWhereHidden(images.contiguousCopy(), observed.contiguousCopy())),
                b = units.toNetwork(other), seen = observed.contiguousCopy();
    const int64_t pixels = a.size() / a.dim(0);
    Array errors({a.dim(0)});
    for (int64_t n = 0; n < a.dim(0); ++n) {
        double sum = 0, weight = 0;
        for (int64_t i = n * pixels; i < (n + 1) * pixels; ++i) {
            const double w = seen.data()[i],
                         difference = static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]);
            sum += w * difference * difference;
            weight += w;
        }
        errors.at(n) = static_cast<float>(weight > 0 ? sum / weight : 0);
    }
    return errors;
}

BestFitReport bestFit(const Model& model, const Array& images, const Array& observed,
                      const BestFitOptions& options, const StopToken& stop, ProgressSink& progress,
                      const std::function<void(const BestFitFrame&)>& onFrame, int64_t every) {
    check(model, images, observed, options);
    BestFitOptions chosen = options;
    if (!model.card().can("encode"))
        chosen.start = "random"; // there is no other place to begin
    return Fitter(model, images, observed, chosen).run(stop, progress, onFrame, every);
}

} // namespace galatea
