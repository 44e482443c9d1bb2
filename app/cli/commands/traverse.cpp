#include "commands/commands.h"

#include <cmath>
#include <numeric>

#include "core/text.h"
#include "files.h"
#include "latent/latents.h"
#include "latent/traversal.h"
#include "pictures.h"

namespace galatea::cli {

namespace {

constexpr int64_t defaultRows =
    64; // of a traversal in all latents, so that a large model gives a readable sheet

struct TraverseArguments {
    std::string model, data, latents, range = "-3:3", output;
    int64_t index = -1, component = -1, steps = 7;
    std::vector<int64_t> dims;
};

/// Centre and spread of each latent: what σ means in --range.
struct Spread {
    std::vector<double> centre, deviation; ///< [D]
};

/// Of the whole mixture (mean, and the deviation within and between components); without a mixture, of the
/// unit-Gaussian prior.
Spread modelSpread(const ModelCard& card) {
    const auto latent = static_cast<size_t>(card.latent);
    Spread spread{std::vector<double>(latent, 0.0), std::vector<double>(latent, 1.0)};
    const GaussianMixture& mixture = card.mixture;
    if (mixture.empty())
        return spread;
    for (size_t d = 0; d < latent; ++d) {
        double mean = 0, square = 0;
        for (size_t k = 0; k < mixture.weights.size(); ++k) {
            const double m = mixture.means[k * latent + d];
            mean += mixture.weights[k] * m;
            square += mixture.weights[k] * (m * m + mixture.variances[k * latent + d]);
        }
        spread.centre[d] = mean;
        spread.deviation[d] = std::sqrt(std::max(square - mean * mean, 1e-12));
    }
    return spread;
}

std::pair<double, double> parsedRange(const std::string& text) {
    const std::vector<std::string> ends = split(text, ':');
    double low = 0, high = 0;
    if (ends.size() != 2 || !parseNumber(ends[0], low) || !parseNumber(ends[1], high) || !(low < high) ||
        !std::isfinite(low) || !std::isfinite(high))
        throw UsageError("--range " + text, "is no range", "write for example --range -3:3");
    return {low, high};
}

Array startPoint(const TraverseArguments& arguments, const Model& model, const Spread& spread,
                 Context& context, bool& bottomUp) {
    const ModelCard& card = model.card();
    Array start({card.latent});
    if (!arguments.data.empty()) {
        requireMethod(model, arguments.model, "encode");
        const DatasetPtr data = openData(context, arguments.data);
        requireShape(model, arguments.model, *data, arguments.data);
        requireIndex(*data, arguments.data, arguments.index);
        bottomUp = data->info().bottomUp;
        return model.encode(data->readRange(arguments.index, arguments.index + 1))
            .mean.row(0)
            .contiguousCopy();
    }
    if (arguments.component >= card.mixture.components)
        throw UsageError("--component " + std::to_string(arguments.component),
                         arguments.model + " has " + std::to_string(card.mixture.components) + " components",
                         "they are counted from 0");
    for (int64_t d = 0; d < card.latent; ++d)
        start.at(d) = static_cast<float>(
            arguments.component < 0
                ? spread.centre[static_cast<size_t>(d)]
                : card.mixture.means[static_cast<size_t>(arguments.component * card.latent + d)]);
    return start;
}

Spread spreadOf(const TraverseArguments& arguments, const ModelCard& card, std::vector<int64_t>& order) {
    order.resize(static_cast<size_t>(card.latent));
    std::iota(order.begin(), order.end(), int64_t{0});
    if (arguments.latents.empty())
        return modelSpread(card);
    const Latents latents = readLatents(arguments.latents);
    if (latents.mean.dim(1) != card.latent)
        throw UsageError(arguments.latents, "its latents are not of this model",
                         "embed the data with " + arguments.model);
    const std::vector<LatentRange> ranges = latentRanges(latents.mean);
    order = orderByInfluence(ranges);
    Spread spread;
    for (const LatentRange& range : ranges) {
        spread.centre.push_back(range.mean);
        spread.deviation.push_back(range.deviation);
    }
    return spread;
}

void checkDims(const std::vector<int64_t>& dims, const TraverseArguments& arguments, int64_t latent) {
    for (const int64_t dim : dims)
        if (dim < 0 || dim >= latent)
            throw UsageError("--dims " + std::to_string(dim),
                             arguments.model + " has " + std::to_string(latent) + " latents",
                             "they are counted from 0");
}

Result runTraverse(const TraverseArguments& arguments, Context& context) {
    PictureRequest request;
    request.format = checkedOutput(arguments.output, pictureFormats(),
                                   {arguments.model, arguments.data, arguments.latents});
    const auto [low, high] = parsedRange(arguments.range);
    const ModelPtr model = openModelFile(context, arguments.model);
    requireMethod(*model, arguments.model, "decode");
    std::vector<int64_t> dims;
    const Spread spread = spreadOf(arguments, model->card(), dims);
    if (!arguments.dims.empty())
        dims = arguments.dims;
    else if (model->card().latent > defaultRows) {
        dims.resize(static_cast<size_t>(defaultRows));
        context.progress.warn("only " + std::to_string(defaultRows) + " of " +
                              std::to_string(model->card().latent) +
                              " latents are drawn; name them with --dims");
    }
    checkDims(dims, arguments, model->card().latent);
    std::vector<double> lows, highs;
    for (const int64_t dim : dims) {
        const auto d = static_cast<size_t>(dim);
        lows.push_back(spread.centre[d] + low * spread.deviation[d]);
        highs.push_back(spread.centre[d] + high * spread.deviation[d]);
    }
    const Array start = startPoint(arguments, *model, spread, context, request.bottomUp);
    const Traversal traversal = traverse(start, dims, lows, highs, arguments.steps);

    std::vector<int64_t> ids(traversal.values.size()), moved;
    std::iota(ids.begin(), ids.end(), int64_t{0});
    for (const int64_t id : ids)
        moved.push_back(dims[static_cast<size_t>(id / arguments.steps)]);
    request.path = arguments.output;
    request.modelPath = arguments.model;
    request.latents = traversal.latents;
    request.columns = arguments.steps;
    request.catalog.set({"id", std::move(ids)});
    request.catalog.set({"latent", std::move(moved)});
    request.catalog.set({"value", traversal.values});
    request.provenance = {{"dims", "DIMS", dims, "latents moved"},
                          {"steps", "STEPS", arguments.steps, "images per latent"},
                          {"low", "LOW", low, "first step, in standard deviations"},
                          {"high", "HIGH", high, "last step, in standard deviations"}};
    return drawPictures(*model, request, context);
}

} // namespace

Action defineTraverse(CLI::App& app) {
    const auto arguments = std::make_shared<TraverseArguments>();
    app.add_option("model", arguments->model, "Model file")->required()->type_name("MODEL");
    CLI::Option* data =
        app.add_option("--data", arguments->data, "Data set to start from an object of")->type_name("DATA");
    CLI::Option* index = app.add_option("--index", arguments->index, "The object, counted from 0")
                             ->check(notNegative())
                             ->type_name("i");
    data->needs(index);
    index->needs(data);
    app.add_option("--component", arguments->component, "Start from the mean of this component")
        ->check(notNegative())
        ->excludes(data)
        ->type_name("k");
    app.add_option("--latents", arguments->latents,
                   "Take the spread of each latent from here and draw the most influential first")
        ->type_name("LATENTS.h5");
    app.add_option("--dims", arguments->dims, "Latents to move, counted from 0; default: all")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("d[,d]");
    app.add_option("--range", arguments->range,
                   "From and to, in standard deviations of each latent around its mean")
        ->capture_default_str()
        ->type_name("a:b");
    app.add_option("--steps", arguments->steps, "Images per latent")
        ->check(CLI::Range(2, 1000))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("-o,--output", arguments->output,
                   "Images to write (.h5, .fits or .png: one row per latent)")
        ->required()
        ->type_name("OUT");
    app.footer("  galatea-cli traverse astrovader.safetensors --dims 0,3 -o traverse.png");
    return [arguments](Context& context) { return runTraverse(*arguments, context); };
}

} // namespace galatea::cli
