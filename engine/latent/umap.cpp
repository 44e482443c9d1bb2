#include "latent/umap.h"

#include <Eigen/Dense>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/clock.h"
#include "core/error.h"
#include "core/random.h"
#include "latent/map_start.h"
#include "latent/spectral_start.h"
#include "latent/team.h"

namespace galatea {

OptionSet describe(UmapOptions& o) {
    OptionSet set;
    set.add("dims", o.dims, "dimensions of the map", {.min = 2, .max = 3});
    set.add("neighbors", o.neighbors, "of each object, itself among them", {.min = 2, .max = 1000});
    set.add("min_distance", o.minDistance, "how near points of a clump come",
            {.min = 0, .max = 10, .unit = "map units"});
    set.add("spread", o.spread, "scale of the map", {.min = 0.01, .max = 100, .unit = "map units"});
    set.add("epochs", o.epochs, "0: 500 up to 10,000 objects, else 200", {.min = 0, .max = 1e6});
    set.add("negatives", o.negatives, "random others that repel for each neighbour that attracts",
            {.min = 0, .max = 1000});
    set.add("learning_rate", o.learningRate, "falls linearly to 0", {.min = 1e-6, .max = 100});
    set.add("repulsion", o.repulsion, "weight of the random others", {.min = 0, .max = 100});
    set.add("start", o.start, "first map", {.choices = {"spectral", "pca", "random"}});
    return set;
}

namespace {

/// Weights of one row's neighbours: σ by bisection.
void rowWeights(const float* distance, const int32_t* index, int64_t k, double meanDistance, float* weight) {
    const double target = std::log2(static_cast<double>(k + 1));
    double nearest = 0;
    for (int64_t j = 0; j < k && nearest == 0; ++j)
        if (index[j] >= 0)
            nearest = distance[j]; // the first that is not a twin
    const auto sum = [&](double width) {
        double total = 0;
        for (int64_t j = 0; j < k; ++j)
            if (index[j] >= 0)
                total += std::exp(-std::max(0.0, distance[j] - nearest) / width);
        return total;
    };
    double low = 0, high = INFINITY, width = 1;
    for (int step = 0; step < 64; ++step) {
        const double present = sum(width);
        if (std::abs(present - target) < 1e-5)
            break;
        (present > target ? high : low) = width;
        width = std::isinf(high) ? width * 2 : (low + high) / 2;
    }
    width = std::max(width, 1e-3 * meanDistance); // rows of twins
    for (int64_t j = 0; j < k; ++j)
        weight[j] =
            index[j] >= 0
                ? static_cast<float>(width > 0 ? std::exp(-std::max(0.0, distance[j] - nearest) / width) : 1)
                : 0;
}

/// Forces are worked out many at a time: for each of several rows one neighbour's pull and its negatives'
/// pushes, in `groups` vectors of `lanes`. One row alone would leave the processor waiting, since each of its
/// edges starts where the one before has moved it.
constexpr size_t lanes = 8, groups = 3, places = lanes * groups;
constexpr size_t usualWidth = 6; ///< places of one row: one neighbour, five negatives
using Lanes = float __attribute__((vector_size(lanes * sizeof(float))));
using IntegerLanes = int32_t __attribute__((vector_size(lanes * sizeof(int32_t))));

/// The curve's parameters with the weight of repulsion.
struct Curve {
    float a = 1, b = 1, repulsion = 1;
};

/// What a difference of places is multiplied with, by its squared length: attraction where `pulls` is −1,
/// repulsion where it is 0. x^b is good to about 10⁻⁵ (relative): logarithm and exponential by short series
/// on the bits, without branches, for the compiler to do four or eight at once.
__attribute__((always_inline)) inline void weigh(const Lanes& squared, const Curve& curve,
                                                 const IntegerLanes& pulls, Lanes& weight) {
    const auto bits = (IntegerLanes)squared;
    const Lanes exponent = __builtin_convertvector((bits >> 23) - 127, Lanes);
    const Lanes m = (Lanes)((bits & 0x007fffff) | 0x3f800000); // 1 … 2
    // log2 m by the series of artanh about the middle: t = (m − √2) / (m + √2)
    const Lanes t = (m - 1.41421356F) / (m + 1.41421356F), t2 = t * t;
    const Lanes log2 = exponent + 0.5F + t * (2.88539008F + t2 * (0.961796694F + t2 * 0.577078016F));
    const Lanes y = curve.b * log2;
    const IntegerLanes whole = __builtin_convertvector(y + 256, IntegerLanes) - 256; // rounds down
    const Lanes f = (y - __builtin_convertvector(whole, Lanes)) * 0.693147181F;
    const Lanes series =
        1 + f * (1 + f * (0.5F + f * (0.166666667F +
                                      f * (0.0416666667F + f * (0.00833333333F + f * 0.00138888889F)))));
    const Lanes raised = series * (Lanes)((whole + 127) << 23);
    const Lanes apart = 0.001F + squared;
    const Lanes above = (Lanes)(((IntegerLanes)(-2 * curve.a * curve.b * raised * apart) & pulls) |
                                ((IntegerLanes)(2 * curve.repulsion * curve.b * squared) & ~pulls));
    weight = above / (squared * apart * (1 + curve.a * raised));
}

/// Random others for one row and epoch: a counter through the finaliser of MurmurHash3, two draws from each
/// of its numbers.
class RowDraws {
  public:
    RowDraws() = default;
    RowDraws(uint64_t seed, uint64_t epoch, uint64_t row)
        : state_(seed * 0x9e3779b97f4a7c15U + epoch * 0xbf58476d1ce4e5b9U + row * 0x94d049bb133111ebU) {}
    /// 0 … count − 1
    int32_t below(uint64_t count) {
        left_ = !left_;
        if (!left_)
            return static_cast<int32_t>(((bits_ & 0xffffffffU) * count) >> 32);
        bits_ = state_ += 0x9e3779b97f4a7c15U;
        bits_ = (bits_ ^ (bits_ >> 33)) * 0xff51afd7ed558ccdU;
        bits_ = (bits_ ^ (bits_ >> 33)) * 0xc4ceb9fe1a85ec53U;
        bits_ ^= bits_ >> 33;
        return static_cast<int32_t>(((bits_ >> 32) * count) >> 32);
    }

  private:
    uint64_t state_ = 0, bits_ = 0;
    bool left_ = false; ///< half of `bits_`
};

/// Each row moves by its own edges and reads the others where they were at the epoch's beginning: no two
/// threads write the same place, and the result depends neither on their number nor on which rows are worked
/// out beside each other.
class Layout {
  public:
    Layout(const SparseMatrix& graph, Array start, const UmapOptions& options, int64_t epochs, uint64_t seed)
        : graph_(graph), options_(options), epochs_(epochs), seed_(seed), n_(start.dim(0)),
          map_(std::move(start)), next_(map_.shape()), share_(graph.value) {
        const UmapCurve curve = fitUmapCurve(options.minDistance, options.spread);
        curve_ = {static_cast<float>(curve.a), static_cast<float>(curve.b),
                  static_cast<float>(options.repulsion)};
        const float strongest = share_.empty() ? 1 : *std::max_element(share_.begin(), share_.end());
        for (float& share : share_)
            share /= strongest;
        width_ = std::min(places, static_cast<size_t>(options.negatives) + 1);
        beside_ = places / width_;
        for (size_t i = 0; i < places; ++i)
            firsts_[i / lanes][i % lanes] = i % width_ == 0 && i / width_ < beside_ ? -1 : 0;
    }

    void epoch(int64_t number) {
        const float rate = static_cast<float>(
            options_.learningRate * (1 - static_cast<double>(number) / static_cast<double>(epochs_)));
        const float* const from = std::as_const(map_).data();
        float* const to = next_.data();
        overBlocks(n_,
                   [&](int64_t begin, int64_t end) { moveRows(*this, from, to, begin, end, number, rate); });
        std::swap(map_, next_);
    }

    const Array& map() const { return map_; }

  private:
    /// A row on its way through its edges.
    template <size_t Dims>
    struct Traveller {
        int64_t row = -1; ///< −1: none
        int64_t edge = 0, end = 0;
        int64_t negatives = 0; ///< still to push for the present edge
        std::array<float, Dims> here{};
        RowDraws draws;
    };

    // Where the processor has wider vectors they are used; the numbers are the same either way.
    __attribute__((target_clones("avx2", "default"))) static void moveRows(const Layout& layout,
                                                                           const float* from, float* to,
                                                                           int64_t begin, int64_t end,
                                                                           int64_t number, float rate) {
        const bool plane = layout.options_.dims == 2;
        if (layout.width_ == usualWidth)
            plane ? layout.move<2, usualWidth>(from, to, begin, end, number, rate)
                  : layout.move<3, usualWidth>(from, to, begin, end, number, rate);
        else
            plane ? layout.move<2, 0>(from, to, begin, end, number, rate)
                  : layout.move<3, 0>(from, to, begin, end, number, rate);
    }

    /// As many rows beside each other as there is room for; where one has come to its end the next begins.
    /// Width: places of one row where they are known beforehand, which is faster; else 0.
    template <size_t Dims, size_t Width>
    __attribute__((always_inline)) void move(const float* y, float* to, int64_t begin, int64_t end,
                                             int64_t number, float rate) const {
        const size_t width = Width > 0 ? Width : width_, beside = Width > 0 ? places / Width : beside_;
        std::array<Traveller<Dims>, places> travellers;
        std::array<int32_t, places> other;
        std::array<std::array<float, places>, Dims> delta{};
        other.fill(-1);
        Rows rows{y, to, begin, end, number};
        size_t under = 0;
        for (size_t s = 0; s < beside; ++s)
            under += prepare<Dims, Width>(travellers[s], rows, &other[s * width]) ? 1 : 0;
        while (under > 0) {
            for (size_t s = 0; s < beside; ++s)
                for (size_t i = s * width; i < (s + 1) * width; ++i)
                    for (size_t d = 0; d < Dims; ++d)
                        delta[d][i] =
                            travellers[s].here[d] - y[static_cast<size_t>(std::max(other[i], 0)) * Dims + d];
            weighPlaces<Dims>(other, delta);
            for (size_t s = 0; s < beside; ++s) {
                if (travellers[s].row < 0)
                    continue;
                for (size_t d = 0; d < Dims; ++d) {
                    float sum = 0;
                    for (size_t i = s * width; i < (s + 1) * width; ++i)
                        sum += delta[d][i];
                    travellers[s].here[d] += rate * sum;
                }
                if (!prepare<Dims, Width>(travellers[s], rows, &other[s * width]))
                    --under;
            }
        }
    }

    /// The rows a thread has to move, and where it stands.
    struct Rows {
        const float* from;
        float* to;
        int64_t next, end;
        int64_t epoch;
    };

    /// One neighbour and random others, as many as there are places, on their way into the cache. Places of
    /// those that shall neither pull nor push are −1. False: nothing is left to do.
    template <size_t Dims, size_t Width>
    __attribute__((always_inline)) bool prepare(Traveller<Dims>& traveller, Rows& rows,
                                                int32_t* other) const {
        const size_t width = Width > 0 ? Width : width_;
        std::fill_n(other, width, -1);
        if (traveller.negatives <= 0) {
            if (!toNextEdge(traveller, rows))
                return false;
            other[0] = graph_.column[static_cast<size_t>(traveller.edge++)];
            traveller.negatives = options_.negatives;
        } // else the neighbour has pulled before
        for (size_t i = 1; i < width && traveller.negatives > 0; ++i, --traveller.negatives) {
            const int32_t drawn = traveller.draws.below(static_cast<uint64_t>(n_));
            other[i] = drawn == traveller.row ? -1 : drawn;
        }
        for (size_t i = 0; i < width; ++i)
            __builtin_prefetch(rows.from + static_cast<size_t>(std::max(other[i], 0)) * Dims);
        return true;
    }

    /// On to an edge that acts in this epoch, over to the next row where there is none left. False: all rows
    /// are done.
    template <size_t Dims>
    __attribute__((always_inline)) bool toNextEdge(Traveller<Dims>& traveller, Rows& rows) const {
        const auto now = static_cast<float>(rows.epoch), then = static_cast<float>(rows.epoch + 1);
        for (;;) {
            if (traveller.row >= 0) {
                // An edge acts in a share of the epochs that is its weight's, evenly spread.
                for (; traveller.edge < traveller.end; ++traveller.edge) {
                    const float share = share_[static_cast<size_t>(traveller.edge)];
                    if (static_cast<int32_t>(then * share) != static_cast<int32_t>(now * share))
                        return true;
                }
                std::copy_n(traveller.here.begin(), Dims, rows.to + traveller.row * int64_t{Dims});
                traveller.row = -1;
            }
            if (rows.next == rows.end)
                return false;
            traveller.row = rows.next++;
            traveller.edge = graph_.begin[static_cast<size_t>(traveller.row)];
            traveller.end = graph_.begin[static_cast<size_t>(traveller.row) + 1];
            std::copy_n(rows.from + traveller.row * int64_t{Dims}, Dims, traveller.here.begin());
            traveller.draws =
                RowDraws(seed_, static_cast<uint64_t>(rows.epoch), static_cast<uint64_t>(traveller.row));
        }
    }

    /// Differences become steps, none longer than 4 along an axis.
    template <size_t Dims>
    __attribute__((always_inline)) void
    weighPlaces(const std::array<int32_t, places>& other,
                std::array<std::array<float, places>, Dims>& delta) const {
        for (size_t g = 0; g < groups; ++g) {
            std::array<Lanes, Dims> way;
            IntegerLanes index;
            std::memcpy(&index, &other[g * lanes], sizeof(index));
            Lanes squared = Lanes{} + 1e-12F;
            for (size_t d = 0; d < Dims; ++d) {
                std::memcpy(&way[d], &delta[d][g * lanes], sizeof(Lanes));
                squared += way[d] * way[d];
            }
            Lanes weight;
            weigh(squared, curve_, firsts_[g], weight);
            weight = (Lanes)((IntegerLanes)weight & (index >= 0));
            for (size_t d = 0; d < Dims; ++d) {
                Lanes step = weight * way[d];
                step = step > 4 ? Lanes{} + 4 : step;
                step = step < -4 ? Lanes{} - 4 : step;
                // Each end of a pair has the edge among its own, where the paper's algorithm moves both ends
                // twice.
                step += (Lanes)((IntegerLanes)step & firsts_[g]);
                std::memcpy(&delta[d][g * lanes], &step, sizeof(Lanes));
            }
        }
    }

    const SparseMatrix& graph_;
    const UmapOptions& options_;
    int64_t epochs_;
    uint64_t seed_;
    int64_t n_;
    Array map_, next_;
    std::vector<float> share_;                  ///< of the epochs in which an edge acts
    size_t width_ = 6, beside_ = 4;             ///< places of one row; rows beside each other
    std::array<IntegerLanes, groups> firsts_{}; ///< −1 at each row's first place
    Curve curve_;
};

/// The first map, 20 units across, with a little noise that parts twins.
Array startMap(const Array& z, const SparseMatrix& graph, const UmapOptions& options, uint64_t seed,
               const StopToken& stop) {
    RandomStream random(seed, "UMAP");
    Array map({z.dim(0), options.dims});
    if (options.start != "random")
        map = principalPlaces(z, options.dims, random);
    if (options.start == "spectral")
        map = spectralStart(graph, map, stop);
    float largest = 0;
    for (const float value : map.values())
        largest = std::max(largest, std::abs(value));
    for (float& value : map.values())
        value = static_cast<float>(largest > 0 ? 10 * value / largest + 1e-4 * random.normal()
                                               : random.uniform(-10, 10));
    return map;
}

} // namespace

UmapCurve fitUmapCurve(double minDistance, double spread) {
    // Gauss–Newton with halved steps over 300 places up to three spreads, as the reference implementation
    // samples them.
    constexpr int places = 300;
    const auto target = [&](double x) {
        return x < minDistance ? 1.0 : std::exp(-(x - minDistance) / spread);
    };
    const auto error = [&](double a, double b) {
        double sum = 0;
        for (int i = 0; i < places; ++i) {
            const double x = 3 * spread * i / (places - 1), e = 1 / (1 + a * std::pow(x, 2 * b)) - target(x);
            sum += e * e;
        }
        return sum;
    };
    Eigen::Vector2d log(0, 0); // logarithms of a and b: both stay positive
    for (int step = 0; step < 200; ++step) {
        Eigen::Matrix2d normal = Eigen::Matrix2d::Zero();
        Eigen::Vector2d right = Eigen::Vector2d::Zero();
        const double a = std::exp(log[0]), b = std::exp(log[1]);
        for (int i = 1; i < places; ++i) {
            const double x = 3 * spread * i / (places - 1), raised = a * std::pow(x, 2 * b),
                         value = 1 / (1 + raised);
            const double slope = -value * value * raised;
            const Eigen::Vector2d gradient(slope, slope * 2 * b * std::log(x));
            normal += gradient * gradient.transpose();
            right += gradient * (target(x) - value);
        }
        Eigen::Vector2d change = (normal + 1e-12 * Eigen::Matrix2d::Identity()).ldlt().solve(right);
        double share = 1;
        while (share > 1e-6 && error(std::exp(log[0] + share * change[0]),
                                     std::exp(log[1] + share * change[1])) > error(a, b))
            share /= 2;
        log += share * change;
        if ((share * change).norm() < 1e-12)
            break;
    }
    return {std::exp(log[0]), std::exp(log[1])};
}

SparseMatrix fuzzyGraph(const NeighborGraph& graph) {
    std::vector<float> weight(graph.index.size());
    overBlocks(graph.rows, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const auto at = static_cast<size_t>(i * graph.k);
            double mean = 0;
            int64_t count = 0;
            for (int64_t j = 0; j < graph.k; ++j)
                if (graph.index[at + static_cast<size_t>(j)] >= 0) {
                    mean += graph.distance[at + static_cast<size_t>(j)];
                    ++count;
                }
            rowWeights(&graph.distance[at], &graph.index[at], graph.k,
                       count > 0 ? mean / static_cast<double>(count) : 0, &weight[at]);
        }
    });
    return symmetric(graph, weight, [](float out, float in) { return out + in - out * in; });
}

UmapReport fitUmap(const Array& z, const UmapOptions& options, uint64_t seed, const StopToken& stop,
                   ProgressSink& progress, const MapCallback& shown) {
    if (z.rank() != 2 || z.dim(0) < 4)
        throw UsageError("UMAP", "it needs at least four objects", "embed more images");
    UmapReport report;
    auto began = Clock::now();
    const NeighborGraph neighbors =
        buildNeighborGraph(z, std::max<int64_t>(options.neighbors - 1, 1), {.seed = seed}, stop, progress);
    report.neighborMethod = neighbors.method;
    report.neighborRecall = neighbors.recall;
    const SparseMatrix graph = fuzzyGraph(neighbors);
    report.neighborSeconds = secondsSince(began);
    began = Clock::now();
    const int64_t epochs = options.epochs > 0 ? options.epochs : z.dim(0) <= 10000 ? 500 : 200;
    Layout layout(graph, startMap(z, graph, options, seed, stop), options, epochs, seed);
    report.startSeconds = secondsSince(began);
    began = Clock::now();
    for (int64_t i = 0; i < epochs; ++i) {
        throwIfStopped(stop);
        layout.epoch(i);
        if (shown && (i + 1) % options.every == 0)
            shown(layout.map(), i + 1);
        progress.update({"UMAP", i + 1, epochs, "epochs", {}});
    }
    report.map = layout.map();
    centreMap(report.map);
    report.layoutSeconds = secondsSince(began);
    return report;
}

} // namespace galatea
