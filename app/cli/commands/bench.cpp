#include "commands/bench.h"
#include "commands/bench_map.h"
#include "commands/bench_training.h"
#include "commands/commands.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "core/random.h"
#include "files.h"
#include "models/astrovader/astrovader.h"
#include "nn/device.h"

namespace galatea::cli {

namespace {

/// Images per second over repeated runs: the median and the quartiles.
struct Rates {
    std::vector<double> all; ///< sorted
    double at(double fraction) const {
        return all[static_cast<size_t>(fraction * static_cast<double>(all.size() - 1) + 0.5)];
    }
};

template <class Run>
Rates measure(int64_t batch, const BenchArguments& arguments, const StopToken& stop, Run run) {
    using Clock = std::chrono::steady_clock;
    run(); // the first call plans memory and is not what work feels like
    Rates rates;
    const Clock::time_point began = Clock::now();
    const auto spent = [](Clock::time_point since) {
        return std::chrono::duration<double>(Clock::now() - since).count();
    };
    while (static_cast<int64_t>(rates.all.size()) < arguments.repeats || spent(began) < arguments.seconds) {
        throwIfStopped(stop);
        const Clock::time_point start = Clock::now();
        run();
        rates.all.push_back(static_cast<double>(batch) / spent(start));
    }
    std::sort(rates.all.begin(), rates.all.end());
    return rates;
}

Rates measureCase(const Model& model, const std::string& method, int64_t batch,
                  const BenchArguments& arguments, Context& context) {
    const ModelInput& input = model.card().input;
    if (method == "encode") {
        const Array images =
            benchNoise({batch, input.channels, input.height, input.width}, context.common.seed, true);
        return measure(batch, arguments, context.stop, [&] { model.encode(images); });
    }
    const Array latents = benchNoise({batch, model.card().latent}, context.common.seed, false);
    return measure(batch, arguments, context.stop, [&] { model.decode(latents); });
}

ModelPtr benchModel(const BenchArguments& arguments, Context& context) {
    if (!arguments.model.empty())
        return openModelFile(context, arguments.model);
    ModelInput input;
    input.channels = 1;
    input.height = input.width = 128; // AstroVaDEr's published size
    return randomAstroVaDEr(input, Json::object(), context.common.seed);
}

ImportBenchArguments withRepeats(const BenchArguments& arguments) {
    ImportBenchArguments import = arguments.import;
    import.repeats = arguments.repeats;
    return import;
}

Result runBench(const BenchArguments& arguments, Context& context) {
    if (arguments.suite == "import")
        return benchImport(withRepeats(arguments), context);
    if (arguments.suite == "training")
        return benchTraining({arguments.families, arguments.repeats, arguments.seconds}, context);
    if (arguments.suite == "map")
        return benchMap({arguments.points.begin(), arguments.points.end()}, context);
    if (arguments.suite == "views")
        return benchViews({static_cast<int64_t>(arguments.points.back())}, context);
    if (arguments.suite != "inference" && arguments.suite != "isolation")
        throw UsageError("--suite " + arguments.suite, "is no suite of this version",
                         "use --suite inference, isolation, import, training, map or views");
    const ModelPtr model = benchModel(arguments, context);
    if (arguments.suite == "isolation")
        return benchIsolation(model, arguments, context);
    const ModelCard& card = model->card();
    Result result;
    result.json = {
        {"suite", "inference"},
        {"model", arguments.model.empty() ? "AstroVaDEr of published size, random weights" : arguments.model},
        {"family", card.family},
        {"input", {card.input.channels, card.input.height, card.input.width}},
        {"latent", card.latent},
        {"threads", threads()},
        {"device", deviceName()},
        {"libtorch", torchVersion()},
        {"results", Json::array()}};
    result.text = "images per second: median (lower to upper quartile) of repeated runs, " +
                  std::to_string(threads()) + " threads on " + deviceName() + "\n";
    const auto cases = static_cast<int64_t>(arguments.methods.size() * arguments.batches.size());
    int64_t done = 0;
    for (const std::string& method : arguments.methods) {
        requireMethod(*model, arguments.model, method);
        for (const int64_t batch : arguments.batches) {
            context.progress.update({"measuring", done++, cases, "cases", method});
            const Rates rates = measureCase(*model, method, batch, arguments, context);
            result.json["results"].push_back({{"method", method},
                                              {"batch", batch},
                                              {"runs", rates.all.size()},
                                              {"images_per_second", rates.at(0.5)},
                                              {"lower_quartile", rates.at(0.25)},
                                              {"upper_quartile", rates.at(0.75)},
                                              {"slowest", rates.all.front()},
                                              {"fastest", rates.all.back()}});
            char line[120];
            std::snprintf(line, sizeof line, "  %s, batch %4lld: %8.1f (%.1f to %.1f), %zu runs\n",
                          method.c_str(), static_cast<long long>(batch), rates.at(0.5), rates.at(0.25),
                          rates.at(0.75), rates.all.size());
            result.text += line;
        }
    }
    return result;
}

} // namespace

Array benchNoise(std::vector<int64_t> shape, uint64_t seed, bool images) {
    RandomStream random(seed, "bench");
    Array array(std::move(shape));
    for (float& value : array.values())
        value = static_cast<float>(images ? random.uniform() : random.normal());
    return array;
}

Action defineBench(CLI::App& app) {
    const auto arguments = std::make_shared<BenchArguments>();
    app.add_option("--suite", arguments->suite, "inference, isolation, import, training, map, views")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--images", arguments->import.images, "import: number of images")
        ->check(CLI::Range(1, 10000000))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--side", arguments->import.side, "import: pixels along a side")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--formats", arguments->import.formats,
                   "import: fits and png (a folder of files), cube (one FITS file), npy (one array), frames "
                   "(survey frames, cut out)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"fits", "png", "cube", "npy", "frames"}))
        ->type_name("NAME[,NAME]");
    app.add_option("--points", arguments->points,
                   "map: numbers of points; views: rows of the table, the last one counts")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(1.0, 1e9))
        ->capture_default_str()
        ->type_name("N[,N]");
    app.add_option("--model", arguments->model, "Model file; default: AstroVaDEr of its published size")
        ->type_name("MODEL");
    app.add_option("--batches", arguments->batches, "Images at a time")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(1, 65536))
        ->capture_default_str()
        ->type_name("N[,N]");
    app.add_option("--methods", arguments->methods, "encode, decode")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"encode", "decode"}))
        ->type_name("NAME[,NAME]");
    app.add_option("--families", arguments->families, "training: model families; default: all")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME[,NAME]");
    app.add_option("--repeats", arguments->repeats, "Runs per case (training: steps), at least")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--seconds", arguments->seconds, "Time per case, at least")
        ->check(CLI::Range(0.0, 3600.0))
        ->capture_default_str()
        ->type_name("S");
    return [arguments](Context& context) { return runBench(*arguments, context); };
}

} // namespace galatea::cli
