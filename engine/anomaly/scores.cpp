#include "anomaly/scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "data/ordered_prefetch.h"

namespace galatea {

namespace {

std::vector<std::string> idsOf(const Dataset& data) {
    std::vector<std::string> ids;
    const Column* column = data.catalog().find("id");
    for (int64_t row = 0; row < data.size(); ++row)
        ids.push_back(column != nullptr ? column->text(row) : std::to_string(row));
    return ids;
}

void append(const Array& scores, int64_t due, const ModelCard& card, AnomalyScores& all) {
    if (scores.shape() != std::vector<int64_t>{due})
        throw ModelError(card.name, "it gave another number of scores than there are images",
                         "use a model whose score gives one number per image");
    for (int64_t n = 0; n < due; ++n) {
        const double score = scores.at(n);
        const bool finite = std::isfinite(score);
        all.score.push_back(finite ? score : std::numeric_limits<double>::quiet_NaN());
        all.notFinite += finite ? 0 : 1;
    }
}

} // namespace

AnomalyScores scoreImages(const Model& model, const Dataset& data, const ScoreOptions& options,
                          const StopToken& stop, ProgressSink& progress) {
    const int64_t batch = std::max<int64_t>(options.batch, 1), count = data.size();
    AnomalyScores all;
    all.id = idsOf(data);
    // The next images are read while the model works on the present ones.
    OrderedPrefetch<Array> batches((count + batch - 1) / batch, 1, 2, [&](int64_t index) {
        return data.readRange(index * batch, std::min((index + 1) * batch, count));
    });
    while (const std::optional<Array> images = batches.next(stop)) {
        append(model.score(*images), images->dim(0), model.card(), all);
        progress.update({"scoring", static_cast<int64_t>(all.score.size()), count, "images", ""});
    }
    if (count > 0 && all.notFinite == count)
        throw ModelError(model.card().name, "none of its scores is finite",
                         "check the model's weights and the images");
    return all;
}

size_t regionOf(double score, const RegionThresholds& thresholds) {
    return static_cast<size_t>(std::upper_bound(thresholds.begin(), thresholds.end(), score) -
                               thresholds.begin());
}

double regionLabel(double score, const RegionThresholds& thresholds) {
    constexpr std::array<double, 5> labels{0, 0.2, 0.5, 0.8, 1};
    return std::isfinite(score) ? labels[regionOf(score, thresholds)]
                                : std::numeric_limits<double>::quiet_NaN();
}

std::optional<RegionThresholds> thresholdsOf(const ModelCard& card) {
    const auto found = card.metrics.find("thresholds");
    if (found == card.metrics.end() || !found->is_array() || found->size() != 4)
        return std::nullopt;
    RegionThresholds thresholds{};
    for (size_t i = 0; i < thresholds.size(); ++i) {
        if (!(*found)[i].is_number())
            return std::nullopt;
        thresholds[i] = (*found)[i].get<double>();
    }
    return std::is_sorted(thresholds.begin(), thresholds.end()) ? std::optional(thresholds) : std::nullopt;
}

} // namespace galatea
