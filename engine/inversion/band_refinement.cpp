#include "inversion/band_refinement.h"

#include <algorithm>

#include "core/error.h"
#include "core/random.h"
#include "inversion/mask.h"
#include "models/model.h"
#include "models/network_units.h"

namespace galatea {

namespace {

constexpr int64_t neighbours = 1, fewest = 16;

bool contains(const std::vector<int64_t>& list, int64_t value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

void copyChannel(const Array& from, int64_t channel, Array& to, int64_t place) {
    const int64_t pixels = from.dim(2) * from.dim(3);
    for (int64_t n = 0; n < from.dim(0); ++n)
        std::copy_n(from.data() + (n * from.dim(1) + channel) * pixels, pixels,
                    to.data() + (n * to.dim(1) + place) * pixels);
}

/// What a formula for one channel looks at, in the network's units: that channel, the others that are not
/// hidden, and all of the fit. [N, 1 + seen + C, H, W]
Array stacked(const Array& images, const Array& fits, const std::vector<int64_t>& hidden, int64_t channel) {
    const int64_t channels = images.dim(1), seen = channels - static_cast<int64_t>(hidden.size());
    Array result({images.dim(0), 1 + seen + channels, images.dim(2), images.dim(3)});
    int64_t place = 0;
    copyChannel(images, channel, result, place++);
    for (int64_t c = 0; c < channels; ++c)
        if (!contains(hidden, c))
            copyChannel(images, c, result, place++);
    for (int64_t c = 0; c < channels; ++c)
        copyChannel(fits, c, result, place++);
    return result;
}

} // namespace

std::vector<int64_t> referenceRows(int64_t count, std::vector<int64_t> fitted, int64_t wanted,
                                   uint64_t seed) {
    std::sort(fitted.begin(), fitted.end());
    fitted.erase(std::unique(fitted.begin(), fitted.end()), fitted.end());
    RandomStream random(seed, "references");
    std::vector<int64_t> rows;
    int64_t left = count - static_cast<int64_t>(fitted.size());
    wanted = std::min(wanted, left);
    for (int64_t row = 0; row < count && static_cast<int64_t>(rows.size()) < wanted; ++row)
        if (!std::binary_search(fitted.begin(), fitted.end(), row))
            if (random.below(left--) < wanted - static_cast<int64_t>(rows.size()))
                rows.push_back(row);
    return rows;
}

BandRefinement::BandRefinement(const Model& model, const Array& references,
                               const std::vector<int64_t>& channels, BestFitOptions options,
                               const StopToken& stop, ProgressSink& progress)
    : input_(model.card().input), channels_(channels) {
    const int64_t count = references.rank() == 4 ? references.dim(0) : 0;
    if (count < fewest)
        throw UsageError("refinement of hidden bands",
                         "has " + std::to_string(count) + " other objects to learn from",
                         "give at least " + std::to_string(fewest));
    if (channels.empty() || static_cast<int64_t>(channels.size()) >= references.dim(1))
        throw UsageError("refinement of hidden bands", "needs hidden bands and some that are seen",
                         "hide at least one band, and not all");
    options.starts = 1;
    const Array hiddenToo = observedPixels(references, channels), known = observedPixels(references, {});
    const BestFitReport report = bestFit(model, references, hiddenToo, options, stop, progress);
    const NetworkUnits units(input_);
    const Array fits = imagesOfStart(report, 0);
    const Array images = units.toNetwork(observedOver(references, known, fits)),
                drawn = units.toNetwork(fits);
    for (const int64_t channel : channels_) {
        throwIfStopped(stop);
        formulas_.emplace_back(stacked(images, drawn, channels_, channel), 0, neighbours);
    }
}

Array BandRefinement::refined(const Array& images, const Array& observed, const Array& fits) const {
    const NetworkUnits units(input_);
    const Array shown = units.toNetwork(observedOver(images, observed, fits));
    Array result = units.toNetwork(fits);
    const Array drawn = result.copy();
    for (size_t k = 0; k < channels_.size(); ++k) {
        const Array predicted = formulas_[k].predict(stacked(shown, drawn, channels_, channels_[k]));
        for (int64_t n = 0; n < result.dim(0); ++n)
            for (int64_t y = 0; y < result.dim(2); ++y)
                for (int64_t x = 0; x < result.dim(3); ++x)
                    result.at(n, channels_[k], y, x) = predicted.at(n, y, x);
    }
    return units.toData(result);
}

} // namespace galatea
