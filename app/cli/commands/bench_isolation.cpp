// What isolation costs: the same TorchScript's decode in this process and in the model host, turn by turn,
// and beside them the network it was exported from.

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <thread>

#include <unistd.h>

#include "commands/bench.h"
#include "core/random.h"
#include "files.h"
#include "nn/device.h"
#include "torchscript/export.h"
#include "torchscript/open_model.h"

namespace galatea::cli {

namespace {

/// The model as TorchScript in a file that goes with this object.
class ExportedModel {
  public:
    explicit ExportedModel(const Model& model)
        : path_(
              (std::filesystem::temp_directory_path() / ("galatea-bench-" + std::to_string(getpid()) + ".pt"))
                  .string()) {
        exportTorchScript(model, path_);
    }
    ~ExportedModel() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    ExportedModel(const ExportedModel&) = delete;
    ExportedModel& operator=(const ExportedModel&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// A team of OpenMP threads goes on spinning for some milliseconds after its last call and takes the cores
/// from whoever computes next; after this long all of them sleep.
constexpr std::chrono::milliseconds restOfTeams{60};
/// Calls of one contestant in a row, as a slider makes them.
constexpr int callsInARow = 6;

/// Milliseconds, sorted.
struct Times {
    std::vector<double> rested; ///< the first call after a rest
    std::vector<double> inARow; ///< the calls right after it
};

enum Contestant : size_t { InProcess, Isolated, Native };
using Contestants = std::array<ModelPtr, 3>;
using Comparison = std::array<Times, 3>;

void runRow(const Model& model, const Array& latents, Times& times) {
    std::this_thread::sleep_for(restOfTeams);
    for (int call = 0; call < callsInARow; ++call) {
        const Clock::time_point began = Clock::now();
        model.decode(latents);
        (call == 0 ? times.rested : times.inARow).push_back(1000 * secondsSince(began));
    }
}

Comparison compare(const Contestants& models, const Array& latents, const BenchArguments& arguments,
                   const StopToken& stop) {
    for (const ModelPtr& model : models)
        model->decode(latents); // the first call plans memory
    Comparison times;
    const Clock::time_point began = Clock::now();
    while (static_cast<int64_t>(times[Isolated].rested.size()) < arguments.repeats ||
           secondsSince(began) < arguments.seconds)
        for (const Contestant contestant : {InProcess, Isolated, Native}) {
            throwIfStopped(stop);
            runRow(*models[contestant], latents, times[contestant]);
        }
    for (Times& each : times)
        for (std::vector<double>* list : {&each.rested, &each.inARow})
            std::sort(list->begin(), list->end());
    return times;
}

Json spread(const std::vector<double>& sorted) {
    return {{"median", quantileOf(sorted, 0.5)},
            {"lower_quartile", quantileOf(sorted, 0.25)},
            {"upper_quartile", quantileOf(sorted, 0.75)}};
}

void addLine(const Comparison& times, std::vector<double> Times::*kind, const std::string& name,
             int64_t batch, Result& result) {
    const auto at = [&](Contestant contestant, double fraction) {
        return quantileOf(times[contestant].*kind, fraction);
    };
    const double difference = at(Isolated, 0.5) - at(InProcess, 0.5);
    const double ratio = at(Isolated, 0.5) / at(InProcess, 0.5);
    result.json["results"].push_back({{"method", "decode"},
                                      {"batch", batch},
                                      {"calls", name},
                                      {"runs", (times[Isolated].*kind).size()},
                                      {"in_process_ms", spread(times[InProcess].*kind)},
                                      {"isolated_ms", spread(times[Isolated].*kind)},
                                      {"native_ms", spread(times[Native].*kind)},
                                      {"difference_ms", difference},
                                      {"ratio", ratio}});
    char line[260];
    std::snprintf(line, sizeof line,
                  "  decode, batch %4lld, %-12s %8.2f (%.2f to %.2f) in process, %8.2f (%.2f to %.2f) "
                  "isolated; %+.2f ms, ratio %.3f; exported from %.2f; %zu calls\n",
                  static_cast<long long>(batch), (name + ":").c_str(), at(InProcess, 0.5),
                  at(InProcess, 0.25), at(InProcess, 0.75), at(Isolated, 0.5), at(Isolated, 0.25),
                  at(Isolated, 0.75), difference, ratio, at(Native, 0.5), (times[Isolated].*kind).size());
    result.text += line;
}

void addCase(const Comparison& times, int64_t batch, Result& result) {
    addLine(times, &Times::inARow, "in a row", batch, result);
    addLine(times, &Times::rested, "after a rest", batch, result);
}

/// Milliseconds to open, from nothing to the first answer's possibility.
std::vector<double> openingTimes(const std::string& path, const HostLimits& limits) {
    std::vector<double> times;
    for (int run = 0; run < 5; ++run) {
        const Clock::time_point began = Clock::now();
        openModel(path, limits);
        times.push_back(1000 * secondsSince(began));
    }
    std::sort(times.begin(), times.end());
    return times;
}

void addOpening(const std::string& path, const HostLimits& limits, Result& result) {
    for (const bool bubblewrap : {true, false}) {
        HostLimits chosen = limits;
        chosen.bubblewrap = bubblewrap;
        const std::vector<double> times = openingTimes(path, chosen);
        const std::string walls = wallsAround(*openModel(path, chosen))->text();
        result.json["opening_ms"].push_back({{"walls", walls}, {"time", spread(times)}});
        char line[160];
        std::snprintf(line, sizeof line, "  opening behind %s: %.0f ms (%.0f to %.0f)\n", walls.c_str(),
                      quantileOf(times, 0.5), quantileOf(times, 0.25), quantileOf(times, 0.75));
        result.text += line;
    }
}

} // namespace

Result benchIsolation(const ModelPtr& model, const BenchArguments& arguments, Context& context) {
    requireMethod(*model, arguments.model, "decode");
    const ExportedModel exported(*model);
    HostLimits limits;
    limits.threads = threads();
    const ModelPtr isolated = openModel(exported.path(), limits);
    const Contestants contestants{scriptedInProcess(*model), isolated, model};
    const ModelCard& card = model->card();
    Result result;
    result.json = {{"suite", "isolation"},
                   {"family", card.family},
                   {"input", {card.input.channels, card.input.height, card.input.width}},
                   {"latent", card.latent},
                   {"threads", threads()},
                   {"walls", wallsAround(*isolated)->text()},
                   {"libtorch", torchVersion()},
                   {"results", Json::array()},
                   {"opening_ms", Json::array()}};
    result.text = "milliseconds per call, median (quartiles), in turn, each after a rest; " +
                  std::to_string(threads()) + " threads; walls: " + wallsAround(*isolated)->text() + "\n";
    int64_t done = 0;
    const auto cases = static_cast<int64_t>(arguments.batches.size());
    for (const int64_t batch : arguments.batches) {
        context.progress.update({"measuring", done++, cases, "cases", "decode"});
        const Array latents = benchNoise({batch, card.latent}, context.common.seed, false);
        addCase(compare(contestants, latents, arguments, context.stop), batch, result);
    }
    addOpening(exported.path(), limits, result);
    return result;
}

} // namespace galatea::cli
