#include "commands/commands.h"

#include <numeric>

#include "files.h"
#include "latent/latents.h"
#include "training/launcher.h"

namespace galatea::cli {

namespace {
struct EmbedArguments {
    std::string model, data, output;
    EmbedOptions options;
};

Result runEmbed(const EmbedArguments& arguments, Context& context) {
    checkedOutput(arguments.output, {"h5", "hdf5"}, {arguments.model, arguments.data});
    const ModelPtr model = openModelFile(context, arguments.model);
    requireMethod(*model, arguments.model, "encode");
    const DatasetPtr data = openData(context, arguments.data);
    requireShape(*model, arguments.model, *data, arguments.data);
    const std::unique_ptr<Launched> others = joinLauncher();
    const bool first = !others || others->rank() == 0;
    Latents latents = others ? embedTogether(*model, data, arguments.options, *others, context.stop,
                                             first ? context.progress : silentProgress())
                             : embed(*model, *data, arguments.options, context.stop, context.progress);
    if (!first)
        return {}; // the first process alone writes and tells
    latents.model = absolutePath(arguments.model);
    latents.modelHash = hashOf(arguments.model);
    latents.data = absolutePath(arguments.data);
    latents.dataHash = hashOf(arguments.data);
    writeLatents(latents, arguments.output);

    Result result;
    result.json = {{"output", arguments.output}, {"images", latents.size()}, {"latent", latents.mean.dim(1)}};
    result.text = arguments.output + ": " + std::to_string(latents.size()) + " objects, " +
                  std::to_string(latents.mean.dim(1)) + " latents\n";
    if (!latents.component.empty()) {
        std::vector<int64_t> counts(static_cast<size_t>(model->card().mixture.components));
        for (const int64_t component : latents.component)
            ++counts.at(static_cast<size_t>(component));
        result.json["component_counts"] = counts;
        for (size_t k = 0; k < counts.size(); ++k)
            result.text += "  component " + std::to_string(k) + ": " + std::to_string(counts[k]) + "\n";
    }
    if (!latents.reconstructionError.empty()) {
        const std::vector<double>& errors = latents.reconstructionError;
        const double mean =
            std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
        result.json["mean_reconstruction_error"] = mean;
        result.text += "  mean squared reconstruction error " + std::to_string(mean) + "\n";
    }
    return result;
}
} // namespace

Action defineEmbed(CLI::App& app) {
    const auto arguments = std::make_shared<EmbedArguments>();
    app.add_option("model", arguments->model, "Model file")->required()->type_name("MODEL");
    app.add_option("data", arguments->data, "Data set, folder of pictures or CSV list")
        ->required()
        ->type_name("DATA");
    app.add_option("-o,--output", arguments->output, "Latents to write (.h5)")
        ->required()
        ->type_name("LATENTS.h5");
    app.add_option("--batch", arguments->options.batch, "Images at a time")
        ->check(CLI::Range(1, 65536))
        ->capture_default_str()
        ->type_name("N");
    app.add_flag("--reconstruct", arguments->options.reconstruct,
                 "Also decode every mean and keep its pixel-mean squared error");
    app.footer("  galatea-cli embed astrovader.safetensors galaxies.h5 -o latents.h5");
    return [arguments](Context& context) { return runEmbed(*arguments, context); };
}

} // namespace galatea::cli
