#include "commands/commands.h"

#include "core/text.h"

namespace galatea::cli {

const std::vector<Command>& commands() {
    static const std::vector<Command> all = {
        {"info", "Tell what a data set, model, latents, map or mixture file holds", defineInfo},
        {"import", "Pictures, lists of pictures and HDF5 into one data set", defineImport},
        {"simulate", "Make labelled synthetic galaxies and stars", defineSimulate},
        {"train", "Train a model family on a data set", defineTrain},
        {"convert", "Keras weights or a model into a model file or TorchScript", defineConvert},
        {"embed", "Encode a data set into latents", defineEmbed},
        {"decode", "Draw the images of latents", defineDecode},
        {"sample", "Draw new images from a model", defineSample},
        {"traverse", "Change one latent at a time and draw what changes", defineTraverse},
        {"interpolate", "Draw the straight path between two objects", defineInterpolate},
        {"fit", "Fit a model's images to objects, whole or with parts hidden", defineFit},
        {"score", "Tell how strange each object is to a model", defineScore},
        {"evaluate", "Measure how good a model is, as figures and plots", defineEvaluate},
        {"mixture", "Fit a Gaussian mixture to latents", defineMixture},
        {"project", "Make a 2-D or 3-D map of latents", defineProject},
        {"neighbors", "Find the objects nearest to one in latent space", defineNeighbors},
        {"export", "Tables and images for other programs: CSV, FITS, VOTable, PNG", defineExport},
        {"bench", "Measure how fast this machine is", defineBench},
    };
    return all;
}

CLI::Validator notNegative() {
    return CLI::Validator(
        [](std::string& text) {
            double value = 0;
            return parseNumber(text, value) && value >= 0 ? std::string()
                                                          : "'" + text + "' is no number from 0 up";
        },
        "");
}

} // namespace galatea::cli
