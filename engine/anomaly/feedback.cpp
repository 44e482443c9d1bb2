#include "anomaly/feedback.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace galatea {

namespace {

constexpr double priorWeight = 0.1;

/// Share of the finite scores below each, of equals half.
std::vector<double> ranksOf(std::span<const double> score) {
    std::vector<size_t> order;
    for (size_t i = 0; i < score.size(); ++i)
        if (std::isfinite(score[i]))
            order.push_back(i);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return score[a] < score[b]; });
    std::vector<double> rank(score.size(), NAN);
    for (size_t first = 0; first < order.size();) {
        size_t end = first;
        while (end < order.size() && score[order[end]] == score[order[first]])
            ++end;
        for (size_t i = first; i < end; ++i)
            rank[order[i]] = 0.5 * static_cast<double>(first + end) / static_cast<double>(order.size());
        first = end;
    }
    return rank;
}

double squaredDistance(const float* a, const float* b, int64_t dims) {
    double sum = 0;
    for (int64_t d = 0; d < dims; ++d)
        sum += (static_cast<double>(a[d]) - b[d]) * (static_cast<double>(a[d]) - b[d]);
    return sum;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// The squared distance within which 1 % of the objects lie, of at most 20,000 of them.
double nearby(const Array& z, int64_t row) {
    constexpr int64_t enough = 20000;
    const int64_t n = z.dim(0), dims = z.dim(1), step = (n + enough - 1) / enough;
    std::vector<double> squared;
    for (int64_t i = 0; i < n; i += step)
        squared.push_back(squaredDistance(z.data() + i * dims, z.data() + row * dims, dims));
    const size_t wanted = std::min(std::max<size_t>(squared.size() / 100, 10), squared.size() - 1);
    const auto at = squared.begin() + static_cast<std::ptrdiff_t>(wanted);
    std::nth_element(squared.begin(), at, squared.end());
    return *at;
}

} // namespace

std::vector<double> rankWithOpinions(const Array& given, std::span<const double> score,
                                     std::span<const Opinion> opinions, const StopToken& stop) {
    if (given.rank() != 2 || given.dim(0) != static_cast<int64_t>(score.size()))
        throw UsageError("scores", "there is not one for each object", "score the open data again");
    for (const Opinion& opinion : opinions)
        if (opinion.row < 0 || opinion.row >= given.dim(0))
            throw UsageError("opinion", "its object does not exist", "judge the objects of the open data");
    std::vector<double> rank = ranksOf(score);
    if (opinions.empty())
        return rank;
    const Array z = given.contiguousCopy();
    std::vector<double> reaches;
    for (const Opinion& opinion : opinions)
        reaches.push_back(nearby(z, opinion.row));
    const double squaredReach = std::max(median(reaches), 1e-30);
    std::vector<double> weight(rank.size(), priorWeight), sum(rank.size());
    for (size_t i = 0; i < rank.size(); ++i)
        sum[i] = priorWeight * rank[i];
    const int64_t dims = z.dim(1);
    for (const Opinion& opinion : opinions) {
        throwIfStopped(stop);
        for (int64_t row = 0; row < z.dim(0); ++row) {
            const auto i = static_cast<size_t>(row);
            const double w =
                std::exp(-squaredDistance(z.data() + row * dims, z.data() + opinion.row * dims, dims) /
                         (2 * squaredReach));
            weight[i] += w;
            sum[i] += opinion.interesting ? w : 0;
        }
    }
    for (size_t i = 0; i < rank.size(); ++i)
        rank[i] = sum[i] / weight[i];
    return rank;
}

} // namespace galatea
