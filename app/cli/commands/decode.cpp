#include "commands/commands.h"

#include "files.h"
#include "latent/latents.h"
#include "pictures.h"

namespace galatea::cli {

namespace {
struct DecodeArguments {
    std::string model, latents, output;
    int64_t batch = 32;
};

Result runDecode(const DecodeArguments& arguments, Context& context) {
    PictureRequest request;
    request.format = checkedOutput(arguments.output, pictureFormats(), {arguments.model, arguments.latents});
    const ModelPtr model = openModelFile(context, arguments.model);
    requireMethod(*model, arguments.model, "decode");
    const Latents latents = readLatents(arguments.latents);
    if (latents.mean.dim(1) != model->card().latent)
        throw UsageError(arguments.latents,
                         "its objects have " + std::to_string(latents.mean.dim(1)) + " latents but " +
                             arguments.model + " takes " + std::to_string(model->card().latent),
                         "embed the data with this model");
    request.path = arguments.output;
    request.modelPath = arguments.model;
    request.latents = latents.mean;
    request.batch = arguments.batch;
    request.catalog.set({"id", latents.id});
    if (!latents.component.empty())
        request.catalog.set({"component", latents.component});
    request.provenance = {{"latents", "LATENTS", absolutePath(arguments.latents), "latents file"}};
    return drawPictures(*model, request, context);
}
} // namespace

Action defineDecode(CLI::App& app) {
    const auto arguments = std::make_shared<DecodeArguments>();
    app.add_option("model", arguments->model, "Model file")->required()->type_name("MODEL");
    app.add_option("latents", arguments->latents, "Latents file")->required()->type_name("LATENTS.h5");
    app.add_option("-o,--output", arguments->output, "Images to write (.h5, .fits or .png)")
        ->required()
        ->type_name("DATA.h5");
    app.add_option("--batch", arguments->batch, "Images at a time")
        ->check(CLI::Range(1, 65536))
        ->capture_default_str()
        ->type_name("N");
    return [arguments](Context& context) { return runDecode(*arguments, context); };
}

} // namespace galatea::cli
