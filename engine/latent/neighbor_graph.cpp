#include "latent/neighbor_graph.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/utils/distances.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "latent/team.h"

namespace galatea {

namespace {

using Index = faiss::Index::idx_t;
constexpr int64_t queryBlock = 256;

/// Searches in blocks, each by one thread of the team: inside, faiss finds itself in a parallel region and
/// starts no threads of its own.
void search(const faiss::Index& index, const float* queries, int64_t count, int64_t k,
            std::vector<float>& distance, std::vector<Index>& found, const StopToken& stop) {
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

/// k + 1 were sought: the row itself is dropped, or the last where a twin took its place. Distances are
/// worked out anew: those found through products of matrices lose their digits for rows close to each other.
void keepOthers(NeighborGraph& graph, const Array& z, const std::vector<Index>& found) {
    const int64_t k = graph.k, dims = z.dim(1);
    graph.index.assign(static_cast<size_t>(graph.rows * k), -1);
    graph.distance.assign(static_cast<size_t>(graph.rows * k), INFINITY);
    overBlocks(graph.rows, [&](int64_t begin, int64_t end) {
        std::vector<std::pair<float, int32_t>> kept;
        for (int64_t i = begin; i < end; ++i) {
            kept.clear();
            for (int64_t j = 0; j <= k && static_cast<int64_t>(kept.size()) < k; ++j)
                if (const Index other = found[static_cast<size_t>(i * (k + 1) + j)]; other != i && other >= 0)
                    kept.emplace_back(faiss::fvec_L2sqr(z.data() + i * dims, z.data() + other * dims,
                                                        static_cast<size_t>(dims)),
                                      static_cast<int32_t>(other));
            std::sort(kept.begin(), kept.end());
            for (size_t j = 0; j < kept.size(); ++j) {
                graph.distance[static_cast<size_t>(i * k) + j] = std::sqrt(kept[j].first);
                graph.index[static_cast<size_t>(i * k) + j] = kept[j].second;
            }
        }
    });
}

double recallOf(const std::vector<Index>& found, const std::vector<Index>& truth, int64_t k) {
    int64_t hits = 0;
    const int64_t rows = static_cast<int64_t>(truth.size()) / k;
    for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < k; ++j)
            hits += std::find(found.begin() + i * k, found.begin() + (i + 1) * k,
                              truth[static_cast<size_t>(i * k + j)]) != found.begin() + (i + 1) * k;
    return static_cast<double>(hits) / static_cast<double>(rows * k);
}

/// Rows in lists about the centres of faiss's k-means. The rows of a list are compared, all at once as
/// matrices, with those of the lists nearest to it, of as many as the wished recall needs on a sample.
class ListSearch {
  public:
    ListSearch(const float* rows, int64_t n, int64_t dims, const NeighborGraphOptions& options,
               const StopToken& stop)
        : rows_(rows), n_(n), dims_(dims), stop_(stop), centres_(dims),
          lists_(&centres_, static_cast<size_t>(dims),
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
        const int64_t count = static_cast<int64_t>(sample_.size()) / dims_;
        std::vector<float> distance;
        std::vector<Index> truth, home;
        faiss::IndexFlatL2 all(dims_);
        all.add(n_, rows_);
        search(all, sample_.data(), count, k, distance, truth, stop_);
        search(centres_, sample_.data(), count, 1, distance, home, stop_);
        double recall = -1;
        width_ = 0;
        const auto lists = static_cast<int64_t>(lists_.nlist);
        for (int64_t width = 4; recall < wished && width_ < lists; width += width / 2) {
            width_ = std::min(width, lists); // all of them in the end, which is exact
            search(centres_, centres_.get_xb(), lists, width_, distance, near_, stop_);
            std::vector<Index> found(static_cast<size_t>(count * k));
            overTeam(count, [&](int64_t i) {
                Candidates candidates;
                gather(home[static_cast<size_t>(i)], candidates);
                compare(sample_.data() + i * dims_, 1, k, candidates, found.data() + i * k);
            });
            throwIfStopped(stop_);
            recall = recallOf(found, truth, k);
        }
        return recall;
    }

    /// The k nearest of every row, itself among them: [n,k], −1 where there are fewer.
    std::vector<Index> nearest(int64_t k, ProgressSink& progress) const {
        std::vector<Index> result(static_cast<size_t>(n_ * k));
        const auto lists = static_cast<int64_t>(lists_.nlist), turn = std::max<int64_t>(lists / 50, 1);
        for (int64_t begin = 0; begin < lists; begin += turn) {
            overTeam(std::min(turn, lists - begin), [&](int64_t i) {
                if (!stop_.stop_requested())
                    nearestOfList(static_cast<size_t>(begin + i), k, result);
            });
            throwIfStopped(stop_);
            progress.update(
                {"neighbours", n_ * std::min(begin + turn, lists) / lists, n_, "rows", "inverted lists"});
        }
        return result;
    }

  private:
    /// Rows of several lists beside each other.
    struct Candidates {
        std::vector<float> values; ///< [count,D]
        std::vector<Index> rows;   ///< [count]
    };

    void gather(Index list, Candidates& candidates) const {
        candidates.values.clear();
        candidates.rows.clear();
        for (int64_t i = 0; i < width_; ++i) {
            const Index other = near_[static_cast<size_t>(list * width_ + i)];
            if (other < 0)
                continue;
            const auto which = static_cast<size_t>(other);
            const auto size = static_cast<int64_t>(lists_.invlists->list_size(which));
            const auto* values = reinterpret_cast<const float*>(lists_.invlists->get_codes(which));
            const Index* rows = lists_.invlists->get_ids(which);
            candidates.values.insert(candidates.values.end(), values, values + size * dims_);
            candidates.rows.insert(candidates.rows.end(), rows, rows + size);
        }
    }

    /// queries [count,D]; nearest [count,k]
    void compare(const float* queries, int64_t count, int64_t k, const Candidates& candidates,
                 Index* nearest) const {
        std::vector<float> distance(static_cast<size_t>(count * k));
        faiss::float_maxheap_array_t heaps{static_cast<size_t>(count), static_cast<size_t>(k), nearest,
                                           distance.data()};
        faiss::knn_L2sqr(queries, candidates.values.data(), static_cast<size_t>(dims_),
                         static_cast<size_t>(count), candidates.rows.size(), &heaps);
        for (int64_t i = 0; i < count * k; ++i)
            nearest[i] = nearest[i] < 0 ? -1 : candidates.rows[static_cast<size_t>(nearest[i])];
    }

    void nearestOfList(size_t list, int64_t k, std::vector<Index>& result) const {
        const auto size = static_cast<int64_t>(lists_.invlists->list_size(list));
        Candidates candidates;
        gather(static_cast<Index>(list), candidates);
        std::vector<Index> nearest(static_cast<size_t>(size * k));
        compare(reinterpret_cast<const float*>(lists_.invlists->get_codes(list)), size, k, candidates,
                nearest.data());
        const Index* rows = lists_.invlists->get_ids(list);
        for (int64_t i = 0; i < size; ++i)
            std::copy_n(nearest.begin() + i * k, k, result.begin() + rows[i] * k);
    }

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
    faiss::IndexFlatL2 centres_;
    faiss::IndexIVFFlat lists_;
    int64_t width_ = 0;       ///< lists that each list is compared with, itself among them
    std::vector<Index> near_; ///< [lists, width]
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
    std::vector<Index> found;
    if (exact) {
        faiss::IndexFlatL2 all(z.dim(1));
        all.add(graph.rows, rows.data());
        graph.method = "exact";
        std::vector<float> distance;
        search(all, rows.data(), graph.rows, graph.k + 1, distance, found, stop);
    } else {
        ListSearch lists(rows.data(), graph.rows, z.dim(1), options, stop);
        graph.method = "inverted lists";
        graph.recall = lists.widen(options.recall, graph.k + 1);
        found = lists.nearest(graph.k + 1, progress);
    }
    keepOthers(graph, rows, found);
    progress.update({"neighbours", graph.rows, graph.rows, "rows", graph.method});
    return graph;
}

} // namespace galatea
