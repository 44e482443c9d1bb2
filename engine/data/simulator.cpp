#include "data/simulator.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "core/error.h"
#include "data/simulator_scene.h"
#include "data/simulator_truth.h"

namespace galatea {

namespace {
using namespace simulation;

/// Images are drawn when they are read; only the catalogue is kept.
class SimulatedDataset final : public Dataset {
  public:
    SimulatedDataset(SimulationOptions options, Table catalog)
        : options_(std::move(options)), catalog_(std::move(catalog)) {
        for (const char letter : options_.bands) {
            bands_.push_back(bandLetters.find(letter));
            info_.bands.emplace_back(1, letter);
        }
        info_.name = "simulated galaxies";
        info_.channels = static_cast<int64_t>(bands_.size());
        info_.height = info_.width = options_.size;
        info_.unit = options_.rescale ? "" : "nanomaggy";
        if (options_.pixelScale > 0)
            info_.pixelScale = options_.pixelScale;
    }

    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return options_.count; }
    const Table& catalog() const override { return catalog_; }
    Array read(std::span<const int64_t> rows) const override;

  private:
    SimulationOptions options_;
    Table catalog_;
    DatasetInfo info_;
    std::vector<size_t> bands_;
};

Array SimulatedDataset::read(std::span<const int64_t> rows) const {
    for (const int64_t row : rows)
        if (row < 0 || row >= options_.count)
            throw std::out_of_range("row " + std::to_string(row) + " of a set of " +
                                    std::to_string(options_.count) + " simulated images");
    const auto count = static_cast<int64_t>(rows.size());
    Array images({count, info_.channels, info_.height, info_.width});
    const int64_t stride = info_.channels * info_.height * info_.width;
    float* const pixels = images.data();
    std::atomic<int64_t> next{0};
    std::exception_ptr failure;
    std::mutex guard;
    const auto work = [&] {
        try {
            for (int64_t n = next++; n < count; n = next++)
                drawImage(drawTruth(options_, rows[static_cast<size_t>(n)]), options_, bands_,
                          pixels + n * stride);
        } catch (...) {
            const std::lock_guard lock(guard);
            failure = std::current_exception();
        }
    };
    {
        // A thread costs a tenth of a millisecond, an image a millisecond or more.
        std::vector<std::jthread> helpers;
        for (int64_t thread = 1; thread < threadCount(options_, count / 4); ++thread)
            helpers.emplace_back(work);
        work();
    }
    if (failure)
        std::rethrow_exception(failure);
    return images;
}

/// The bands asked for, once each and in the order of the survey. Throws UsageError.
std::string orderedBands(const std::string& wanted) {
    std::string ordered;
    for (const char letter : bandLetters)
        if (wanted.find(letter) != std::string::npos)
            ordered += letter;
    // Commas are allowed: u,g,r.
    const auto foreign = std::find_if(wanted.begin(), wanted.end(), [](char letter) {
        return letter != ',' && letter != ' ' && bandLetters.find(letter) == std::string_view::npos;
    });
    if (foreign != wanted.end() || ordered.empty())
        throw UsageError("bands", "\"" + wanted + "\" names no set of bands", "use any of u, g, r, i, z");
    return ordered;
}

void check(SimulationOptions& options) {
    const OptionSet set = describe(options);
    for (const auto& option : set.options()) {
        const auto* integer = std::get_if<int64_t*>(&option.target);
        const auto* number = std::get_if<double*>(&option.target);
        if (!integer && !number)
            continue;
        const double value = integer ? static_cast<double>(**integer) : **number;
        if (!(value >= option.limits.min && value <= option.limits.max))
            throw UsageError(option.name, "the value is out of range", "see the limits of this option");
    }
    options.bands = orderedBands(options.bands);
}
} // namespace

OptionSet describe(SimulationOptions& options) {
    OptionSet set;
    set.add("count", options.count, "number of objects", {.min = 1, .max = 1e8});
    set.add("size", options.size, "image side", {.min = 8, .max = 4096, .unit = "pixels"});
    set.add("bands", options.bands, "any of u, g, r, i, z");
    set.add("star_fraction", options.starFraction, "fraction of the objects that are stars",
            {.min = 0, .max = 1});
    set.add("noise", options.noise, "multiplies the noise of sky and photons; 0: none",
            {.min = 0, .max = 1000});
    set.add("pixel_scale", options.pixelScale, "side of a pixel; 0: each object fills its image alike",
            {.min = 0, .max = 10, .unit = "arcsec"});
    set.add("rescale", options.rescale, "display-like images: asinh stretch, each image from 0 to 1");
    set.add("seed", options.seed, "seed of everything random");
    set.add("threads", options.threads, "threads drawing images; 0: one per core", {.min = 0, .max = 1024});
    return set;
}

DatasetPtr simulate(const SimulationOptions& options, const StopToken& stop, ProgressSink& progress) {
    SimulationOptions checked = options;
    check(checked);
    Table catalog = makeCatalog(checked, stop, progress);
    return std::make_shared<SimulatedDataset>(std::move(checked), std::move(catalog));
}

} // namespace galatea
