#include "commands/commands.h"

#include <numeric>

#include "files.h"
#include "latent/sampling.h"
#include "pictures.h"

namespace galatea::cli {

namespace {
struct SampleArguments {
    std::string model, mixture, output;
    SampleOptions options;
    int64_t columns = 0;
};

Result runSample(SampleArguments arguments, Context& context) {
    PictureRequest request;
    request.format = checkedOutput(arguments.output, pictureFormats(), {arguments.model, arguments.mixture});
    const ModelPtr model = openModelFile(context, arguments.model);
    requireMethod(*model, arguments.model, "decode");
    arguments.options.seed = context.common.seed;
    const LatentSample sample =
        sampleLatents(withMixture(model->card(), arguments.mixture), arguments.options);
    std::vector<int64_t> ids(static_cast<size_t>(arguments.options.count));
    std::iota(ids.begin(), ids.end(), int64_t{0});
    request.path = arguments.output;
    request.modelPath = arguments.model;
    request.latents = sample.latents;
    request.columns = arguments.columns;
    request.catalog.set({"id", std::move(ids)});
    request.catalog.set({"component", sample.component});
    request.provenance = {
        {"seed", "SEED", arguments.options.seed, "of the random draw"},
        {"temperature", "TEMPER", arguments.options.temperature, "multiplies the deviation"}};
    if (!arguments.options.components.empty())
        request.provenance.push_back(
            {"components", "COMPS", arguments.options.components, "components drawn from"});
    if (!arguments.mixture.empty())
        request.provenance.push_back({"mixture", "MIXTURE", absolutePath(arguments.mixture),
                                      "drawn from, instead of the model's prior"});
    return drawPictures(*model, request, context);
}
} // namespace

Action defineSample(CLI::App& app) {
    const auto arguments = std::make_shared<SampleArguments>();
    SampleOptions& options = arguments->options;
    app.add_option("model", arguments->model, "Model file")->required()->type_name("MODEL");
    app.add_option("-n,--count", options.count, "Number of images")
        ->required()
        ->check(CLI::Range(int64_t{1}, int64_t{10'000'000}))
        ->type_name("N");
    app.add_option("--mixture", arguments->mixture,
                   "Draw from this mixture of the model's latents, not from the model's own")
        ->type_name("MIXTURE.h5");
    app.add_option("--component", options.components,
                   "Only from these components of the mixture, counted from 0")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("k[,k]");
    app.add_option("--temperature", options.temperature,
                   "Multiplies the standard deviation; 0 draws the means")
        ->capture_default_str()
        ->type_name("T");
    app.add_option("--columns", arguments->columns, "Images beside each other in a PNG; 0: nearly square")
        ->check(CLI::Range(0, 10000))
        ->type_name("N");
    app.add_option("-o,--output", arguments->output, "Images to write (.h5, .fits or .png)")
        ->required()
        ->type_name("OUT");
    app.footer("A model without a mixture is sampled from its unit-Gaussian prior. Where its real images lie "
               "otherwise,\na mixture fitted to their latents draws what looks more like them.\n"
               "  galatea-cli sample astrovader.safetensors -n 64 --component 3 -o spirals.png\n"
               "  galatea-cli sample lsgan.safetensors --mixture mixture.h5 -n 64 -o drawn.png");
    return [arguments](Context& context) { return runSample(*arguments, context); };
}

} // namespace galatea::cli
