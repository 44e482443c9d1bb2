#include "app/desktop/labels/label_proposals.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <queue>

#include "core/error.h"
#include "core/parallel.h"

namespace galatea {

namespace {

constexpr int64_t blockRows = 256;
constexpr size_t spacingSample = 500;

float squaredDistance(const float* a, const float* b, int64_t dims) {
    float sum = 0;
    for (int64_t d = 0; d < dims; ++d)
        sum += (a[d] - b[d]) * (a[d] - b[d]);
    return sum;
}

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
                                   const std::vector<int16_t>& labels) {
    std::map<int16_t, std::vector<int64_t>> members;
    for (const int64_t row : known)
        members[labels[static_cast<size_t>(row)]].push_back(row);
    std::map<int16_t, double> result;
    for (auto& [label, rows] : members) {
        thin(rows, spacingSample);
        std::vector<double> nearest;
        for (const int64_t a : rows) {
            float least = std::numeric_limits<float>::infinity();
            for (const int64_t b : rows)
                if (a != b)
                    least = std::min(
                        least, squaredDistance(z.data() + a * z.dim(1), z.data() + b * z.dim(1), z.dim(1)));
            nearest.push_back(std::sqrt(static_cast<double>(least)));
        }
        const auto middle = nearest.begin() + static_cast<std::ptrdiff_t>(nearest.size() / 2);
        std::nth_element(nearest.begin(), middle, nearest.end());
        result[label] = std::isfinite(*middle) ? *middle : 0;
    }
    return result;
}

struct Vote {
    float squared;
    int16_t label;
    bool operator<(const Vote& other) const { return squared < other.squared; }
};

/// `nearest` is not in order.
LabelProposal elect(uint32_t row, const std::vector<Vote>& nearest,
                    const std::map<int16_t, double>& spacing) {
    std::map<int16_t, double> votes, closest;
    double all = 0;
    for (const Vote& vote : nearest) {
        const double distance = std::sqrt(static_cast<double>(vote.squared));
        const double weight = 1 / (distance + spacing.at(vote.label) + 1e-12);
        votes[vote.label] += weight;
        all += weight;
        const auto [place, isNew] = closest.try_emplace(vote.label, distance);
        place->second = std::min(place->second, distance);
    }
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
    const std::map<int16_t, double> spacing = spacings(z, known, labels);
    const auto k = static_cast<size_t>(std::clamp<int64_t>(options.neighbours, 1, 1000));
    std::vector<LabelProposal> all(unknown.size());
    const int64_t blocks = (static_cast<int64_t>(unknown.size()) + blockRows - 1) / blockRows;
    std::atomic<int64_t> done{0};
    std::mutex telling;
    parallelFor(blocks, options.threads, [&](int64_t block) {
        if (stop.stop_requested())
            throw Interrupted("proposing labels was stopped");
        const size_t end = std::min(unknown.size(), static_cast<size_t>((block + 1) * blockRows));
        for (size_t i = static_cast<size_t>(block * blockRows); i < end; ++i) {
            std::priority_queue<Vote> nearest;
            const float* here = z.data() + unknown[i] * dims;
            for (const int64_t row : known) {
                const float squared = squaredDistance(here, z.data() + row * dims, dims);
                if (nearest.size() >= k && squared >= nearest.top().squared)
                    continue;
                nearest.push({squared, labels[static_cast<size_t>(row)]});
                if (nearest.size() > k)
                    nearest.pop();
            }
            std::vector<Vote> votes;
            for (; !nearest.empty(); nearest.pop())
                votes.push_back(nearest.top());
            all[i] = elect(static_cast<uint32_t>(unknown[i]), votes, spacing);
        }
        const std::lock_guard guard(telling);
        done += static_cast<int64_t>(end) - block * blockRows;
        progress.update({"proposing labels", done, static_cast<int64_t>(unknown.size()), "objects", {}});
    });
    std::erase_if(all, [&](const LabelProposal& one) {
        return !(static_cast<double>(one.confidence) >= options.leastConfidence);
    });
    return all;
}

} // namespace galatea
