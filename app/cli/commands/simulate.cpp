#include "commands/commands.h"

#include <map>

#include "core/text.h"
#include "data/dataset_file.h"
#include "data/simulator.h"
#include "files.h"

namespace galatea::cli {

namespace {
struct SimulateArguments {
    SimulationOptions options;
    std::string output;
    std::vector<std::string> assignments;
    bool half = false;
};

/// How many objects there are of each kind, for the report.
std::map<std::string, int64_t> countTypes(const Table& catalog) {
    std::map<std::string, int64_t> counts;
    if (const Column* type = catalog.find("type"))
        for (int64_t row = 0; row < type->size(); ++row)
            ++counts[type->text(row)];
    return counts;
}

void writeInBatches(const Dataset& data, const SimulateArguments& arguments, Context& context) {
    constexpr int64_t batch = 64;
    DatasetWriter writer(arguments.output, data.info(), arguments.half);
    for (int64_t row = 0; row < data.size(); row += batch) {
        throwIfStopped(context.stop);
        const int64_t end = std::min(row + batch, data.size());
        writer.append(data.readRange(row, end));
        context.progress.update({"writing", end, data.size(), "images", {}});
    }
    writer.finish(data.catalog());
}

Result runSimulate(SimulateArguments arguments, Context& context) {
    checkedOutput(arguments.output, {"h5", "hdf5"});
    OptionSet options = describe(arguments.options);
    for (const std::string& assignment : arguments.assignments)
        options.setText(assignment);
    options.fromJson(options.toJson(), "simulate"); // the limits hold for the options with flags as well
    arguments.options.seed = context.common.seed;
    const DatasetPtr data = simulate(arguments.options, context.stop, context.progress);
    writeInBatches(*data, arguments, context);
    const std::map<std::string, int64_t> types = countTypes(data->catalog());
    const DatasetInfo& info = data->info();
    Result result;
    result.json = {{"output", arguments.output},
                   {"images", data->size()},
                   {"shape", {info.channels, info.height, info.width}},
                   {"bands", info.bands},
                   {"types", types},
                   {"options", options.toJson()}};
    result.text = arguments.output + ": " + std::to_string(data->size()) + " images, " +
                  shapeText(info.channels, info.height, info.width) + "\n";
    for (const auto& [type, count] : types)
        result.text += "  " + escaped(type) + ": " + std::to_string(count) + "\n";
    return result;
}
} // namespace

Action defineSimulate(CLI::App& app) {
    const auto arguments = std::make_shared<SimulateArguments>();
    SimulationOptions& options = arguments->options;
    app.add_option("-n,--count", options.count, "Number of images")
        ->required()
        ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}))
        ->type_name("N");
    app.add_option("--size", options.size, "Image side in pixels")->capture_default_str()->type_name("S");
    app.add_option("--bands", options.bands, "Any of u, g, r, i, z")
        ->capture_default_str()
        ->type_name("BANDS");
    app.add_option("--stars", options.starFraction, "Fraction of objects that are stars")
        ->capture_default_str()
        ->type_name("F");
    app.add_option("--noise", options.noise, "Multiplies the sky noise; 0: none")
        ->capture_default_str()
        ->type_name("X");
    app.add_flag("--rescale", options.rescale, "Display-like images: asinh stretch, each to [0,1]");
    app.add_option("--set", arguments->assignments, "Any option of the simulator; may be repeated")
        ->type_name("key=value");
    app.add_flag("--half", arguments->half, "Store float16: half the size, three digits");
    app.add_option("-o,--output", arguments->output, "Data set to write (.h5)")
        ->required()
        ->type_name("DATA.h5");
    app.footer("Image n depends only on the seed and n.\n"
               "  galatea-cli simulate -n 4000 --size 64 --bands r --rescale -o simulated.h5");
    return [arguments](Context& context) { return runSimulate(*arguments, context); };
}

} // namespace galatea::cli
