#include "commands/commands.h"

#include "files.h"
#include "io/hdf5.h"
#include "models/astrovader/keras.h"
#include "models/model_file.h"
#include "torchscript/export.h"
#include "training/train.h"

namespace galatea::cli {

namespace {
Result runConvert(const std::string& source, const std::string& output, Context& context) {
    const std::string format = checkedOutput(output, {"safetensors", "pt"}, {source});
    const bool keras = looksLikeHdf5(source);
    const bool checkpoint = !keras && looksLikeCheckpoint(source);
    const ModelPtr model = keras        ? readKerasAstroVaDEr(source)
                           : checkpoint ? modelFromCheckpoint(source)
                                        : openModelFile(context, source);
    if (checkpoint)
        context.progress.warn(source + ": a training that is not finished, after " +
                              std::to_string(model->card().training.value("epochs", int64_t{0})) +
                              " whole epochs");
    if (keras)
        for (const std::string& note : model->notes())
            context.progress.warn(source + ": " + note);
    if (format == "safetensors" && model->weights().empty())
        throw ModelError(source, "is a TorchScript program, which cannot become a model file of weights",
                         "use it as it is, or convert the model it was exported from");
    throwIfStopped(context.stop);
    if (format == "pt")
        exportTorchScript(*model, output);
    else
        saveModel(*model, output);
    const ModelCard& card = model->card();
    Result result;
    result.json = {{"output", output},
                   {"source", source},
                   {"source_kind", keras        ? "keras weights"
                                   : checkpoint ? "checkpoint"
                                                : "model"},
                   {"family", card.family},
                   {"input", {card.input.channels, card.input.height, card.input.width}},
                   {"latent", card.latent},
                   {"components", card.mixture.components}};
    result.text =
        output + ": " + card.family + ", input " +
        shapeText(card.input.channels, card.input.height, card.input.width) + ", " +
        std::to_string(card.latent) + " latents" +
        (card.mixture.empty() ? "" : ", " + std::to_string(card.mixture.components) + " components") + "\n";
    return result;
}
} // namespace

Action defineConvert(CLI::App& app) {
    const auto source = std::make_shared<std::string>(), output = std::make_shared<std::string>();
    app.add_option("source", *source,
                   "Keras HDF5 weights of AstroVaDEr, a training checkpoint, or a model file")
        ->required()
        ->type_name("SRC");
    app.add_option("-o,--output", *output, "Model file (.safetensors) or TorchScript for Python (.pt)")
        ->required()
        ->type_name("MODEL");
    app.footer("  galatea-cli convert saved_weights.h5 -o astrovader.safetensors\n"
               "  galatea-cli convert run.checkpoint.safetensors -o so-far.safetensors\n"
               "  galatea-cli convert astrovader.safetensors -o astrovader.pt     (torch.jit.load opens it)");
    return [source, output](Context& context) { return runConvert(*source, *output, context); };
}

} // namespace galatea::cli
