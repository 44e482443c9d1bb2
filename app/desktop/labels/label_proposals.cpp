#include "app/desktop/labels/label_proposals.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "latent/neighbors.h"

namespace galatea {

namespace {

constexpr int64_t blockRows = 4096;
constexpr size_t spacingSample = 500;

template <class Value>
void thin(std::vector<Value>& values, size_t most) {
    if (values.size() <= most)
        return;
    for (size_t i = 0; i < most; ++i)
        values[i] = values[i * values.size() / most];
    values.resize(most);
}

/// How far the rows of each class lie from each other; 0 for a class of one.
std::map<int16_t, double> spacings(const Array& z, const std::vector<int64_t>& known,
                                   const std::vector<int16_t>& labels, const StopToken& stop) {
    std::map<int16_t, std::vector<int64_t>> members;
    for (const int64_t row : known)
        members[labels[static_cast<size_t>(row)]].push_back(row);
    std::map<int16_t, double> result;
    for (auto& [label, rows] : members) {
        thin(rows, spacingSample);
        double& spacing = result[label];
        if (rows.size() < 2)
            continue;
        const Array places = gatherRows(z, rows);
        const NearestRows found =
            nearestRows(places, places, 2, stop); // the row itself, or its double, and another
        std::vector<double> nearest;
        for (int64_t i = 0; i < places.dim(0); ++i)
            nearest.push_back(found.rowOf(i, 1) < 0 ? 0 : found.distance(i, 1));
        const auto middle = nearest.begin() + static_cast<std::ptrdiff_t>(nearest.size() / 2);
        std::nth_element(nearest.begin(), middle, nearest.end());
        spacing = *middle;
    }
    return result;
}

/// Of the query's neighbours; none where its latents are no numbers.
LabelProposal elect(uint32_t row, const NearestRows& found, int64_t query,
                    const std::vector<int16_t>& labelOf, const std::map<int16_t, double>& spacing) {
    std::map<int16_t, double> votes, closest;
    double all = 0;
    for (int64_t j = 0; j < found.k && found.rowOf(query, j) >= 0; ++j) {
        const int16_t label = labelOf[static_cast<size_t>(found.rowOf(query, j))];
        const double distance = found.distance(query, j);
        const double weight = 1 / (distance + spacing.at(label) + 1e-12);
        votes[label] += weight;
        all += weight;
        closest.try_emplace(label, distance); // the nearest come first
    }
    if (votes.empty())
        return {row, LabelValue::none, -1};
    const auto winner = std::max_element(votes.begin(), votes.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
    const double distance = closest.at(winner->first), usual = spacing.at(winner->first);
    // A single object of a class has no spacing: then the vote alone counts.
    const double near = usual > 0 && distance > usual ? usual / distance : 1;
    return {row, winner->first, static_cast<float>(winner->second / all * near)};
}

} // namespace

std::vector<LabelProposal> proposeLabels(const Array& latents, const std::vector<int16_t>& labels,
                                         const ProposalOptions& options, const StopToken& stop,
                                         ProgressSink& progress) {
    const Array z = latents.contiguousCopy();
    const int64_t dims = z.dim(1);
    std::vector<int64_t> known, unknown;
    for (int64_t row = 0; row < z.dim(0); ++row)
        (labels[static_cast<size_t>(row)] >= 0 ? known : unknown).push_back(row);
    if (known.empty() || unknown.empty())
        return {};
    const double perKnown = static_cast<double>(unknown.size()) * static_cast<double>(dims);
    thin(known, static_cast<size_t>(std::max(1000.0, options.work / perKnown)));
    const std::map<int16_t, double> spacing = spacings(z, known, labels, stop);
    const Array knownPlaces = gatherRows(z, known);
    std::vector<int16_t> labelOf;
    for (const int64_t row : known)
        labelOf.push_back(labels[static_cast<size_t>(row)]);
    const auto k = std::clamp<int64_t>(options.neighbours, 1, std::min<int64_t>(1000, knownPlaces.dim(0)));
    const auto count = static_cast<int64_t>(unknown.size());
    std::vector<LabelProposal> all;
    all.reserve(unknown.size());
    for (int64_t begin = 0; begin < count; begin += blockRows) {
        const std::span<const int64_t> rows(unknown.data() + begin, std::min(blockRows, count - begin));
        const NearestRows found = nearestRows(knownPlaces, gatherRows(z, rows), k, stop);
        for (size_t i = 0; i < rows.size(); ++i)
            all.push_back(
                elect(static_cast<uint32_t>(rows[i]), found, static_cast<int64_t>(i), labelOf, spacing));
        progress.update({"proposing labels", static_cast<int64_t>(all.size()), count, "objects", {}});
    }
    std::erase_if(all, [&](const LabelProposal& one) {
        return !(static_cast<double>(one.confidence) >= options.leastConfidence);
    });
    return all;
}

} // namespace galatea
