#include "latent/neighbor_graph.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFlat.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "latent/team.h"

namespace galatea {

namespace {

constexpr int64_t queryBlock = 256;

/// Searches in blocks, each by one thread of the team: inside, faiss finds itself in a parallel region and
/// starts no threads of its own.
void search(const faiss::Index& index, const float* queries, int64_t count, int64_t k,
            std::vector<float>& distance, std::vector<faiss::Index::idx_t>& found, const StopToken& stop) {
    distance.resize(static_cast<size_t>(count * k));
    found.resize(static_cast<size_t>(count * k));
    overTeam((count + queryBlock - 1) / queryBlock, [&](int64_t block) {
        if (stop.stop_requested())
            return;
        const int64_t begin = block * queryBlock, n = std::min(queryBlock, count - begin);
        index.search(n, queries + begin * index.d, k, distance.data() + begin * k, found.data() + begin * k);
    });
    throwIfStopped(stop);
}

/// k + 1 were sought: the row itself is dropped, or the last where a twin took its place.
void keepOthers(NeighborGraph& graph, const std::vector<float>& distance,
                const std::vector<faiss::Index::idx_t>& found) {
    const int64_t k = graph.k;
    graph.index.assign(static_cast<size_t>(graph.rows * k), -1);
    graph.distance.assign(static_cast<size_t>(graph.rows * k), INFINITY);
    overBlocks(graph.rows, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
            for (int64_t j = 0, kept = 0; j <= k && kept < k; ++j) {
                const auto at = static_cast<size_t>(i * (k + 1) + j);
                if (found[at] == i || found[at] < 0)
                    continue;
                const auto to = static_cast<size_t>(i * k + kept++);
                graph.index[to] = static_cast<int32_t>(found[at]);
                graph.distance[to] = std::sqrt(std::max(distance[at], 0.0F));
            }
    });
}

double recallOf(const std::vector<faiss::Index::idx_t>& found, const std::vector<faiss::Index::idx_t>& truth,
                int64_t k) {
    int64_t hits = 0;
    const int64_t rows = static_cast<int64_t>(truth.size()) / k;
    for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < k; ++j)
            hits += std::find(found.begin() + i * k, found.begin() + (i + 1) * k,
                              truth[static_cast<size_t>(i * k + j)]) != found.begin() + (i + 1) * k;
    return static_cast<double>(hits) / static_cast<double>(rows * k);
}

/// Inverted lists searched as widely as the wished recall needs on a sample.
class ListSearch {
  public:
    ListSearch(const float* rows, int64_t n, int64_t dims, const NeighborGraphOptions& options,
               const StopToken& stop)
        : rows_(rows), n_(n), dims_(dims), stop_(stop), flat_(dims),
          lists_(&flat_, static_cast<size_t>(dims),
                 static_cast<size_t>(std::clamp<int64_t>(
                     static_cast<int64_t>(2 * std::sqrt(static_cast<double>(n))), 1, 65536))) {
        RandomStream random(options.seed, "neighbours");
        std::vector<int64_t> order(static_cast<size_t>(n));
        std::iota(order.begin(), order.end(), 0);
        random.shuffle(order);
        sample_ = take(order, 1000);
        lists_.cp.seed = static_cast<int>(options.seed & 0x7fffffff);
        lists_.cp.niter = 6;
        lists_.cp.min_points_per_centroid = 1;
        const auto learning = take(order, static_cast<int64_t>(lists_.nlist) * 40);
        lists_.train(static_cast<int64_t>(learning.size()) / dims, learning.data());
        throwIfStopped(stop);
        lists_.add(n, rows);
    }

    /// Sets the search's width; gives the recall it reaches.
    double widen(double wished, int64_t k) {
        lists_.nprobe = 0;
        const int64_t count = static_cast<int64_t>(sample_.size()) / dims_;
        std::vector<float> distance;
        std::vector<faiss::Index::idx_t> truth, found;
        faiss::IndexFlatL2 all(dims_);
        all.add(n_, rows_);
        search(all, sample_.data(), count, k, distance, truth, stop_);
        double recall = -1;
        for (size_t width = 4; recall < wished && lists_.nprobe < lists_.nlist; width += width / 2) {
            lists_.nprobe = std::min(width, lists_.nlist); // all of them in the end, which is exact
            search(lists_, sample_.data(), count, k, distance, found, stop_);
            recall = recallOf(found, truth, k);
        }
        return recall;
    }

    const faiss::Index& index() const { return lists_; }

  private:
    std::vector<float> take(const std::vector<int64_t>& order, int64_t count) const {
        std::vector<float> taken;
        for (int64_t i = 0; i < std::min(count, n_); ++i)
            taken.insert(taken.end(), rows_ + order[static_cast<size_t>(i)] * dims_,
                         rows_ + (order[static_cast<size_t>(i)] + 1) * dims_);
        return taken;
    }

    const float* rows_;
    int64_t n_, dims_;
    const StopToken& stop_;
    std::vector<float> sample_;
    faiss::IndexFlatL2 flat_;
    faiss::IndexIVFFlat lists_;
};

} // namespace

NeighborGraph buildNeighborGraph(const Array& z, int64_t k, const NeighborGraphOptions& options,
                                 const StopToken& stop, ProgressSink& progress) {
    if (z.rank() != 2 || z.dim(0) < 2 || z.dim(1) < 1 || k < 1)
        throw UsageError("neighbours", "they need at least two rows and k of at least 1",
                         "embed more images");
    const Array rows = z.contiguousCopy();
    NeighborGraph graph;
    graph.rows = z.dim(0);
    graph.k = std::min(k, graph.rows - 1);
    const double work =
        static_cast<double>(graph.rows) * static_cast<double>(graph.rows) * static_cast<double>(z.dim(1));
    const bool exact = options.method == "exact" || (options.method == "auto" && work <= options.exactWork);
    progress.update({"neighbours", 0, graph.rows, "rows", exact ? "exact" : "inverted lists"});
    std::vector<float> distance;
    std::vector<faiss::Index::idx_t> found;
    if (exact) {
        faiss::IndexFlatL2 all(z.dim(1));
        all.add(graph.rows, rows.data());
        graph.method = "exact";
        search(all, rows.data(), graph.rows, graph.k + 1, distance, found, stop);
    } else {
        ListSearch lists(rows.data(), graph.rows, z.dim(1), options, stop);
        graph.method = "inverted lists";
        graph.recall = lists.widen(options.recall, graph.k + 1);
        search(lists.index(), rows.data(), graph.rows, graph.k + 1, distance, found, stop);
    }
    keepOthers(graph, distance, found);
    progress.update({"neighbours", graph.rows, graph.rows, "rows", graph.method});
    return graph;
}

} // namespace galatea
