#include "latent/affinities.h"

#include <algorithm>
#include <cmath>

#include "latent/team.h"

namespace galatea {

namespace {

/// Conditional probabilities of one row: bisection on the precision until the entropy is log(perplexity).
void rowAffinities(const float* distance, const int32_t* index, int64_t k, double entropy, float* p) {
    double nearest = INFINITY;
    int64_t count = 0;
    for (int64_t j = 0; j < k && index[j] >= 0; ++j, ++count)
        nearest = std::min(nearest, static_cast<double>(distance[j]) * distance[j]);
    std::fill(p, p + k, 0.0F);
    double precision = 1, low = 0, high = INFINITY;
    for (int step = 0; step < 64; ++step) {
        double sum = 0, weighted = 0;
        for (int64_t j = 0; j < count; ++j) {
            const double d = static_cast<double>(distance[j]) * distance[j] - nearest,
                         e = std::exp(-precision * d);
            p[j] = static_cast<float>(e);
            sum += e;
            weighted += d * e;
        }
        const double present = std::log(sum) + precision * weighted / sum;
        for (int64_t j = 0; j < count; ++j)
            p[j] = static_cast<float>(p[j] / sum);
        if (std::abs(present - entropy) < 1e-5)
            return;
        (present > entropy ? low : high) = precision;
        precision = std::isinf(high) ? precision * 2 : low == 0 ? precision / 2 : (low + high) / 2;
    }
}

} // namespace

SparseMatrix symmetric(const NeighborGraph& graph, const std::vector<float>& weight,
                       float (*join)(float, float)) {
    const int64_t n = graph.rows, k = graph.k;
    // Both directions of every edge, sorted into rows; a pair known from both ends stands twice and is
    // joined.
    std::vector<int64_t> begin(static_cast<size_t>(n) + 1, 0);
    for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < k; ++j)
            if (const int32_t other = graph.index[static_cast<size_t>(i * k + j)]; other >= 0) {
                ++begin[static_cast<size_t>(i) + 1];
                ++begin[static_cast<size_t>(other) + 1];
            }
    for (size_t i = 1; i < begin.size(); ++i)
        begin[i] += begin[i - 1];
    struct Half {
        int32_t column;
        bool outward;
        float weight;
    };
    std::vector<Half> halves(static_cast<size_t>(begin.back()));
    std::vector<int64_t> next(begin.begin(), begin.end() - 1);
    for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < k; ++j) {
            const auto at = static_cast<size_t>(i * k + j);
            const int32_t other = graph.index[at];
            if (other < 0)
                continue;
            halves[static_cast<size_t>(next[static_cast<size_t>(i)]++)] = {other, true, weight[at]};
            halves[static_cast<size_t>(next[static_cast<size_t>(other)]++)] = {static_cast<int32_t>(i), false,
                                                                               weight[at]};
        }
    SparseMatrix result;
    std::vector<int64_t> length(static_cast<size_t>(n) + 1, 0);
    overBlocks(n, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i) {
            Half* const row = halves.data() + begin[static_cast<size_t>(i)];
            Half* const end = halves.data() + begin[static_cast<size_t>(i) + 1];
            std::sort(row, end, [](const Half& a, const Half& b) { return a.column < b.column; });
            Half* to = row;
            for (const Half* h = row; h < end; ++to) {
                float out = 0, in = 0;
                const int32_t column = h->column;
                for (; h < end && h->column == column; ++h)
                    (h->outward ? out : in) = h->weight;
                *to = {column, true, join(out, in)};
            }
            length[static_cast<size_t>(i) + 1] = to - row;
        }
    });
    for (size_t i = 1; i < length.size(); ++i)
        length[i] += length[i - 1];
    result.begin = length;
    result.column.resize(static_cast<size_t>(length.back()));
    result.value.resize(static_cast<size_t>(length.back()));
    overBlocks(n, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i)
            for (int64_t j = 0;
                 j < result.begin[static_cast<size_t>(i) + 1] - result.begin[static_cast<size_t>(i)]; ++j) {
                const Half& half = halves[static_cast<size_t>(begin[static_cast<size_t>(i)] + j)];
                const auto at = static_cast<size_t>(result.begin[static_cast<size_t>(i)] + j);
                result.column[at] = half.column;
                result.value[at] = half.weight;
            }
    });
    return result;
}

SparseMatrix perplexityAffinities(const NeighborGraph& graph, double perplexity) {
    std::vector<float> p(graph.index.size());
    const double entropy = std::log(perplexity);
    overBlocks(graph.rows, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const auto at = static_cast<size_t>(i * graph.k);
            rowAffinities(&graph.distance[at], &graph.index[at], graph.k, entropy, &p[at]);
        }
    });
    SparseMatrix result = symmetric(graph, p, [](float out, float in) { return out + in; });
    const auto scale = static_cast<float>(0.5 / static_cast<double>(graph.rows));
    for (float& value : result.value)
        value *= scale;
    return result;
}

} // namespace galatea
