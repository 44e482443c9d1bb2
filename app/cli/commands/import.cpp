#include "commands/commands.h"

#include "commands/import_frames.h"
#include "core/text.h"
#include "data/import.h"
#include "files.h"
#include "join_options.h"

namespace galatea::cli {

namespace {
struct ImportArguments {
    std::vector<std::string> sources;
    std::string output;
    ImportOptions options;
    FrameArguments frames;
    JoinArguments join;
};

/// Large frames can be imported whole, but that is seldom what was meant.
std::string frameHint(const std::vector<std::string>& sources) {
    for (const std::string& source : sources)
        if (survey::looksLikeFrames(source))
            return "'" + source +
                   "' holds survey frames: --detect or --positions CATALOGUE cuts out their sources";
    return {};
}

ImportReport importWhole(const ImportArguments& arguments, Context& context) {
    ImportOptions options = arguments.options;
    options.join = joinRequest(arguments.join);
    try {
        ImportReport report =
            importDataset(arguments.sources, arguments.output, options, context.stop, context.progress);
        if (report.info.height >= 1000 && report.info.width >= 1000)
            if (const std::string hint = frameHint(arguments.sources); !hint.empty())
                report.warnings.push_back(escaped(hint));
        return report;
    } catch (const InputError& error) {
        if (const std::string hint = frameHint(arguments.sources); !hint.empty())
            throw InputError(error.subject(), error.fault(), hint);
        throw;
    }
}

Result runImport(const ImportArguments& arguments, Context& context) {
    checkedOutput(arguments.output, {"h5", "hdf5"}, arguments.sources);
    if (arguments.frames.wanted()) {
        FrameArguments frames = arguments.frames;
        frames.options.join = joinRequest(arguments.join);
        return runFrames(frames, arguments.sources, arguments.output, arguments.options, context);
    }
    const ImportReport report = importWhole(arguments, context);
    for (const std::string& warning : report.warnings)
        context.progress.warn(warning);
    const DatasetInfo& info = report.info;
    Result result;
    result.json = {{"output", arguments.output},
                   {"images", report.images},
                   {"skipped", report.skipped},
                   {"shape", {info.channels, info.height, info.width}},
                   {"bands", info.bands}};
    result.text = arguments.output + ": " + std::to_string(report.images) + " images, " +
                  shapeText(info.channels, info.height, info.width) +
                  (report.skipped ? ", " + std::to_string(report.skipped) + " skipped" : "") + "\n";
    if (report.join)
        tellJoin(*report.join, arguments.join.request.path, result, context);
    return result;
}
} // namespace

Action defineImport(CLI::App& app) {
    const auto arguments = std::make_shared<ImportArguments>();
    TransformOptions& transform = arguments->options.transform;
    app.add_option("sources", arguments->sources,
                   "FITS, HDF5, NPY, NPZ, pictures, folders of them, CSV lists (path column Location, file, "
                   "filename, path or image)")
        ->required()
        ->type_name("SRC...");
    app.add_option("-o,--output", arguments->output, "Data set to write (.h5)")
        ->required()
        ->type_name("DATA.h5");
    app.add_option("--crop", transform.crop, "Keep the central square of N pixels")
        ->check(CLI::Range(1, 65536))
        ->type_name("N");
    app.add_flag("--gray", transform.gray, "RGB to one channel (0.2125, 0.7154, 0.0721)");
    app.add_option("--average", transform.average, "Every block of N × N pixels becomes one, their mean")
        ->check(CLI::Range(1, 4096))
        ->type_name("N");
    app.add_option("--size", transform.size, "Resize to N × N, bilinear")
        ->check(CLI::Range(1, 4096))
        ->type_name("N");
    app.add_flag("--rescale", transform.rescale, "Each image's minimum to 0 and maximum to 1");
    app.add_option(
           "--images", arguments->options.open.images,
           "What holds the images: a data set of an HDF5 file, an HDU or column of a FITS file, an array of "
           "an NPZ")
        ->type_name("NAME");
    app.add_option("--bands", arguments->options.open.bands, "Names of the channels, in their order")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("u,g,r");
    app.add_option_function<std::string>(
           "--max-memory",
           [arguments](const std::string& text) {
               if (!parseBytes(text, arguments->options.maxMemory))
                   throw CLI::ValidationError("--max-memory", "'" + text + "' is no size such as 4G or 500M");
           },
           "Memory for images being read and written, about; default 4G")
        ->type_name("SIZE");
    app.add_flag("--allow-outside", arguments->options.open.allowOutside,
                 "Let a CSV list name files outside its own folder");
    addFrameOptions(app, arguments->frames);
    addJoinOptions(app, arguments->join);
    app.footer("The order is crop, gray, average, size, rescale.\n"
               "  galatea-cli import labels.csv --crop 192 --gray --size 128 --rescale -o galaxies.h5\n"
               "  galatea-cli import frames/ --detect --sigma 5 --size 64 -o sources.h5\n"
               "  galatea-cli import sources.h5 --join survey.vot --on sky --radius 1 -o joined.h5");
    return [arguments](Context& context) { return runImport(*arguments, context); };
}

} // namespace galatea::cli
