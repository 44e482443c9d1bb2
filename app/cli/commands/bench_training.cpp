#include "commands/bench_training.h"

#include <algorithm>
#include <fstream>
#include <optional>

#include "commands/bench.h"
#include "models/registry.h"
#include "nn/device.h"
#include "training/train.h"

namespace galatea::cli {

namespace {

/// One phase of one family.
struct TrainingCase {
    std::string family, phase;       ///< the phase's name as in the loss log, up to a number
    int64_t channels = 1, side = 64; ///< of the images the family is meant for
    Json options;                    ///< earlier phases short or none, this one without an end
    int64_t epochsBefore = 0;        ///< of earlier phases
};

constexpr int64_t endless = 100000;   // epochs
constexpr int64_t batchesOfEpoch = 8; // so that the beginnings of epochs count as little as in life

const std::vector<TrainingCase>& trainingCases() {
    static const std::vector<TrainingCase> cases{
        {"astrovader", "gamma-training", 1, 128, {{"gamma_epochs", endless}}},
        {"astrovader",
         "annealing",
         1,
         128,
         {{"gamma_epochs", 0}, {"annealing_epochs", endless}, {"mixture_batches", 1}}},
        {"casvae", "autoencoder", 5, 64, {{"autoencoder_epochs", endless}}},
        {"casvae", "classifier", 5, 64, {{"autoencoder_epochs", 1}, {"classifier_epochs", endless}}, 1},
        {"regier-vae", "mean", 1, 69, {{"mean_epochs", endless}}},
        {"regier-vae", "lower bound", 1, 69, {{"mean_epochs", 0}, {"epochs", endless}}},
        {"lsgan", "adversarial", 5, 32, {{"epochs", endless}}},
        {"lsgan", "embedder", 5, 32, {{"epochs", 0}, {"embedder_epochs", endless}}},
        {"deep-svdd", "autoencoder", 1, 256, {{"autoencoder_epochs", endless}}},
        {"deep-svdd", "one-class", 1, 256, {{"autoencoder_epochs", 0}, {"epochs", endless}}},
    };
    return cases;
}

/// Most memory this process has held since the last call, bytes; 0 where the system does not say.
int64_t takePeakMemory() {
    int64_t peak = 0;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:"))
            peak = std::stoll(line.substr(6)) * 1024;
    std::ofstream("/proc/self/clear_refs") << "5";
    return peak;
}

/// Times the steps of one phase and ends the training when they are enough.
class StepClock {
  public:
    StepClock(const TrainingBenchArguments& arguments, const TrainingCase& what, int64_t batch,
              const StopToken& stop)
        : arguments_(arguments), what_(what), batch_(static_cast<double>(batch)), stop_(stop) {}

    TrainCallbacks callbacks() {
        TrainCallbacks result;
        result.onStep = [this](const StepLog& step) { tick(step); };
        return result;
    }
    StopToken enough() const { return enough_.get_token(); }
    /// Images per second of each step, sorted.
    std::vector<double> rates() const {
        std::vector<double> sorted = rates_;
        std::sort(sorted.begin(), sorted.end());
        return sorted;
    }

  private:
    /// The first two steps plan memory, and those of an earlier phase are of no interest.
    void tick(const StepLog& step) {
        throwIfStopped(stop_);
        const Clock::time_point now = Clock::now();
        const int64_t measured = step.step - what_.epochsBefore * batchesOfEpoch - 2;
        if (measured == 0)
            began_ = now;
        if (measured > 0)
            rates_.push_back(batch_ / std::chrono::duration<double>(now - last_).count());
        last_ = now;
        if (measured >= arguments_.steps && secondsSince(began_) >= arguments_.seconds)
            enough_.request_stop();
    }

    const TrainingBenchArguments& arguments_;
    const TrainingCase& what_;
    double batch_;
    StopToken stop_;
    std::stop_source enough_;
    Clock::time_point began_, last_;
    std::vector<double> rates_;
};

DatasetPtr madeImages(const TrainingCase& what, int64_t batch, uint64_t seed) {
    DatasetInfo info;
    info.name = "made images";
    info.channels = what.channels;
    info.height = info.width = what.side;
    return makeMemoryDataset(
        info, benchNoise({batch * batchesOfEpoch, what.channels, what.side, what.side}, seed, true), {});
}

struct Measured {
    std::vector<double> rates;
    int64_t batch = 0, peakMemory = 0;
};

Measured measure(const TrainingCase& what, const TrainingBenchArguments& arguments, Context& context) {
    TrainOptions options = trainOptionsFor(modelFamily(what.family));
    options.validationFraction = 0;
    options.seed = context.common.seed;
    const DatasetPtr data = madeImages(what, options.batch, context.common.seed);
    StepClock clock(arguments, what, options.batch, context.stop);
    takePeakMemory();
    try {
        train(what.family, *data, what.options, options, clock.enough(), silentProgress(), clock.callbacks());
    } catch (const Interrupted&) {
        throwIfStopped(context.stop); // else it was the clock
    }
    return {clock.rates(), options.batch, takePeakMemory()};
}

void tell(const TrainingCase& what, const Measured& measured, Result& result) {
    const double median = quantileOf(measured.rates, 0.5), lower = quantileOf(measured.rates, 0.25),
                 upper = quantileOf(measured.rates, 0.75);
    result.json["results"].push_back({{"family", what.family},
                                      {"phase", what.phase},
                                      {"input", {what.channels, what.side, what.side}},
                                      {"batch", measured.batch},
                                      {"steps", measured.rates.size()},
                                      {"images_per_second", median},
                                      {"lower_quartile", lower},
                                      {"upper_quartile", upper},
                                      {"peak_memory_bytes", measured.peakMemory}});
    char line[200];
    std::snprintf(line, sizeof line,
                  "  %-10s %-14s %lld x %lld x %lld, batch %3lld: %8.1f (%.1f to %.1f), %zu steps; %.0f MB\n",
                  what.family.c_str(), what.phase.c_str(), static_cast<long long>(what.channels),
                  static_cast<long long>(what.side), static_cast<long long>(what.side),
                  static_cast<long long>(measured.batch), median, lower, upper, measured.rates.size(),
                  static_cast<double>(measured.peakMemory) / 1e6);
    result.text += line;
}

} // namespace

Result benchTraining(const TrainingBenchArguments& arguments, Context& context) {
    for (const std::string& family : arguments.families)
        modelFamily(family); // throws for one that is not known
    std::vector<TrainingCase> cases;
    for (const TrainingCase& what : trainingCases())
        if (arguments.families.empty() ||
            std::ranges::find(arguments.families, what.family) != arguments.families.end())
            cases.push_back(what);
    Result result;
    result.json = {{"suite", "training"},
                   {"threads", threads()},
                   {"device", deviceName()},
                   {"libtorch", torchVersion()},
                   {"results", Json::array()}};
    result.text = "images per second in training: median (quartiles) of steps, " + std::to_string(threads()) +
                  " threads on " + deviceName() + "; most memory held\n";
    for (size_t i = 0; i < cases.size(); ++i) {
        context.progress.update({"measuring", static_cast<int64_t>(i), static_cast<int64_t>(cases.size()),
                                 "phases", cases[i].family + ", " + cases[i].phase});
        tell(cases[i], measure(cases[i], arguments, context), result);
    }
    return result;
}

} // namespace galatea::cli
