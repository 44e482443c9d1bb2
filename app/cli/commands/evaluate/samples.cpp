// evaluate samples: whether what a model draws is distributed like real images.

#include <algorithm>
#include <numeric>

#include "commands/evaluate/summary.h"
#include "commands/evaluate/tasks.h"
#include "contact_sheet.h"
#include "core/random.h"
#include "files.h"
#include "io/raster.h"
#include "latent/sampling.h"
#include "metrics/sliced_wasserstein.h"
#include "models/network_units.h"

namespace galatea::cli {

namespace {

struct SamplesArguments {
    std::string model, data, mixture;
    int64_t count = 500, directions = 200, shown = 48;
};

Array flat(const Array& images) {
    return images.contiguousCopy().reshaped({images.dim(0), images.size() / images.dim(0)});
}

/// Rows of two data sets below each other on one sheet, with one stretch.
void drawBeside(const Array& real, const Array& drawn, int64_t shown, const DatasetInfo& info,
                const std::string& path) {
    const int64_t columns = 12, each = std::min({shown, real.dim(0), drawn.dim(0)}) / columns * columns;
    if (each == 0)
        return;
    std::vector<int64_t> shape = real.shape();
    shape[0] = 2 * each;
    Array sheet(shape);
    const int64_t pixels = real.size() / real.dim(0);
    std::copy_n(real.contiguousCopy().data(), each * pixels, sheet.data());
    std::copy_n(drawn.contiguousCopy().data(), each * pixels, sheet.data() + each * pixels);
    writePng(path, makeContactSheet(sheet, {info.bands, info.bottomUp, columns}).image);
}

Result runSamples(const SamplesArguments& arguments, Evaluation& evaluation) {
    Context& context = evaluation.context;
    const ModelPtr model = openModelFile(context, arguments.model);
    requireMethod(*model, arguments.model, "encode");
    requireMethod(*model, arguments.model, "decode");
    const DatasetPtr data = openData(context, arguments.data);
    requireShape(*model, arguments.model, *data, arguments.data);
    const int64_t count = std::min(arguments.count, data->size() / 2);
    if (count < 10)
        throw UsageError(arguments.data, "has too few images for two halves", "bring at least 20");
    std::vector<int64_t> rows(static_cast<size_t>(data->size()));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    RandomStream(context.common.seed, "halves").shuffle(rows);
    const std::span all(rows);
    const Array one = data->read(all.first(static_cast<size_t>(count))),
                other = data->read(all.subspan(static_cast<size_t>(count), static_cast<size_t>(count)));
    SampleOptions options;
    options.count = count;
    options.seed = context.common.seed;
    const Array drawn =
        model->decode(sampleLatents(withMixture(model->card(), arguments.mixture), options).latents).mean;

    const NetworkUnits units(model->card().input);
    const auto distances = [&](const Array& a, const Array& b) {
        const uint64_t seed = context.common.seed;
        throwIfStopped(context.stop);
        return Json{{"pixels", slicedWasserstein(flat(units.toNetwork(a)), flat(units.toNetwork(b)),
                                                 arguments.directions, seed)},
                    {"latents", slicedWasserstein(model->encode(a).mean, model->encode(b).mean,
                                                  arguments.directions, seed)}};
    };
    const Array mean = [&] { // of the one half: what a model that draws always the same would give
        Array image(one.shape());
        const Array values = one.contiguousCopy();
        const int64_t pixels = values.size() / count;
        for (int64_t p = 0; p < pixels; ++p) {
            double sum = 0;
            for (int64_t n = 0; n < count; ++n)
                sum += static_cast<double>(values.data()[n * pixels + p]);
            for (int64_t n = 0; n < count; ++n)
                image.data()[n * pixels + p] = static_cast<float>(sum / static_cast<double>(count));
        }
        return image;
    }();
    const Json floor = distances(one, other), samples = distances(drawn, other),
               same = distances(mean, other);
    Result result;
    result.json = {{"model", arguments.model},           {"data", arguments.data},
                   {"mixture", arguments.mixture},       {"images", count},
                   {"directions", arguments.directions}, {"distance", "sliced 2-Wasserstein"},
                   {"samples_to_half", samples},         {"half_to_half", floor},
                   {"mean_image_to_half", same}};
    for (const char* space : {"pixels", "latents"})
        result.text +=
            format("%s: samples lie %.4g from %lld real images, another %lld real images %.4g, the mean "
                   "image %.4g\n",
                   space, samples[space].get<double>(), static_cast<long long>(count),
                   static_cast<long long>(count), floor[space].get<double>(), same[space].get<double>());
    if (evaluation.wantsPlots())
        drawBeside(units.toNetwork(one), units.toNetwork(drawn), arguments.shown, data->info(),
                   evaluation.file("samples-below-real.png"));
    return result;
}

} // namespace

EvaluationAction defineEvaluateSamples(CLI::App& app) {
    const auto arguments = std::make_shared<SamplesArguments>();
    addModelAndData(app, arguments->model, arguments->data, "Model file that encodes and decodes",
                    "Data set of images the model was not trained on");
    app.add_option("--mixture", arguments->mixture,
                   "Draw from this mixture of the model's latents, not from the model's own")
        ->type_name("MIXTURE.h5");
    addCount(app, "-n,--count", arguments->count, "Samples, and images of each half", 10, 100000);
    addCount(app, "--directions", arguments->directions, "Random directions of the distance", 1, 100000);
    app.footer(
        "Distances in the network's units over all pixels, and between latents as the model encodes them.\n"
        "The sheet shows real images above samples.\n"
        "  galatea-cli evaluate samples lsgan.safetensors stamps.h5 --plots plots/");
    return [arguments](Evaluation& evaluation) { return runSamples(*arguments, evaluation); };
}

} // namespace galatea::cli
