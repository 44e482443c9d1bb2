#include "metrics/clustering.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "core/parallel.h"
#include "core/random.h"

namespace galatea {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void check(const Array& z, std::span<const int64_t> labels, int64_t clusters) {
    if (z.rank() != 2 || !z.contiguous() || static_cast<int64_t>(labels.size()) != z.dim(0))
        throw std::invalid_argument("clusters need one label for each row of a matrix");
    if (std::ranges::any_of(labels, [&](int64_t label) { return label < 0 || label >= clusters; }))
        throw std::invalid_argument("a label is outside the clusters");
}

int64_t clustersWithMembers(const ClusterCentres& centres) {
    return std::ranges::count_if(centres.count, [](int64_t count) { return count > 0; });
}

double distance(const double* a, const double* b, int64_t dims) {
    double sum = 0;
    for (int64_t d = 0; d < dims; ++d)
        sum += (a[d] - b[d]) * (a[d] - b[d]);
    return std::sqrt(sum);
}

double distance(const float* a, const double* b, int64_t dims) {
    double sum = 0;
    for (int64_t d = 0; d < dims; ++d) {
        const double difference = static_cast<double>(a[d]) - b[d];
        sum += difference * difference;
    }
    return std::sqrt(sum);
}

/// The points sorted by cluster, one coordinate of all after the other: sums over a cluster are then sums
/// over neighbours.
class SortedPoints {
  public:
    SortedPoints(const Array& z, std::span<const int64_t> labels, int64_t clusters)
        : dims_(z.dim(1)), begin_(static_cast<size_t>(clusters) + 1, 0) {
        for (const int64_t label : labels)
            ++begin_[static_cast<size_t>(label) + 1];
        std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
        std::vector<int64_t> next(begin_.begin(), begin_.end() - 1);
        const int64_t count = z.dim(0);
        coordinates_.resize(static_cast<size_t>(count * dims_));
        for (int64_t row = 0; row < count; ++row) {
            const int64_t place = next[static_cast<size_t>(labels[static_cast<size_t>(row)])]++;
            for (int64_t d = 0; d < dims_; ++d)
                coordinates_[static_cast<size_t>(d * count + place)] =
                    static_cast<double>(z.data()[row * dims_ + d]);
        }
    }

    int64_t count(size_t cluster) const { return begin_[cluster + 1] - begin_[cluster]; }

    /// Sum of the distances of a point to all members of each cluster.
    void sumDistances(const float* point, std::vector<double>& sums) const {
        const int64_t total = begin_.back();
        std::array<double, block> squared{};
        for (size_t cluster = 0; cluster + 1 < begin_.size(); ++cluster) {
            sums[cluster] = 0;
            for (int64_t first = begin_[cluster]; first < begin_[cluster + 1]; first += block) {
                const int64_t count = std::min(block, begin_[cluster + 1] - first);
                std::fill_n(squared.begin(), count, 0.0);
                for (int64_t d = 0; d < dims_; ++d) {
                    const double at = static_cast<double>(point[d]);
                    const double* others = coordinates_.data() + d * total + first;
                    for (int64_t i = 0; i < count; ++i)
                        squared[static_cast<size_t>(i)] += (others[i] - at) * (others[i] - at);
                }
                for (int64_t i = 0; i < count; ++i)
                    squared[static_cast<size_t>(i)] = std::sqrt(squared[static_cast<size_t>(i)]);
                for (int64_t i = 0; i < count; ++i)
                    sums[cluster] += squared[static_cast<size_t>(i)];
            }
        }
    }

  private:
    static constexpr int64_t block = 512;
    int64_t dims_;
    std::vector<int64_t> begin_; ///< of each cluster, and the end of the last
    std::vector<double> coordinates_;
};

double silhouette(double own, double nearestOther) {
    const double larger = std::max(own, nearestOther);
    return larger > 0 ? (nearestOther - own) / larger : 0;
}

void addMeans(Silhouettes& result, std::span<const int64_t> labels, int64_t clusters) {
    std::vector<int64_t> count(static_cast<size_t>(clusters), 0);
    result.perCluster.assign(static_cast<size_t>(clusters), 0.0);
    double sum = 0;
    for (size_t i = 0; i < result.rows.size(); ++i) {
        const auto cluster = static_cast<size_t>(labels[static_cast<size_t>(result.rows[i])]);
        result.perCluster[cluster] += result.values[i];
        ++count[cluster];
        sum += result.values[i];
    }
    for (size_t cluster = 0; cluster < count.size(); ++cluster)
        result.perCluster[cluster] /= count[cluster] > 0 ? static_cast<double>(count[cluster]) : nan;
    result.mean = sum / static_cast<double>(result.rows.size());
}

Silhouettes nothingToCompare(int64_t clusters) {
    return {{}, {}, nan, std::vector<double>(static_cast<size_t>(clusters), nan)};
}

std::vector<int64_t> sampledRows(int64_t count, int64_t sample, uint64_t seed) {
    std::vector<int64_t> rows(static_cast<size_t>(count));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    if (sample > 0 && sample < count) {
        RandomStream(seed, "silhouettes").shuffle(rows);
        rows.resize(static_cast<size_t>(sample));
        std::ranges::sort(rows);
    }
    return rows;
}

} // namespace

ClusterCentres clusterCentres(const Array& z, std::span<const int64_t> labels, int64_t clusters) {
    check(z, labels, clusters);
    const int64_t count = z.dim(0), dims = z.dim(1);
    ClusterCentres result;
    result.clusters = clusters;
    result.dims = dims;
    result.centre.assign(static_cast<size_t>(clusters * dims), 0.0);
    result.count.assign(static_cast<size_t>(clusters), 0);
    result.meanRadius.assign(static_cast<size_t>(clusters), 0.0);
    std::vector<double> middle(static_cast<size_t>(dims), 0.0);
    for (int64_t row = 0; row < count; ++row) {
        const int64_t label = labels[static_cast<size_t>(row)];
        ++result.count[static_cast<size_t>(label)];
        for (int64_t d = 0; d < dims; ++d)
            result.centre[static_cast<size_t>(label * dims + d)] +=
                static_cast<double>(z.data()[row * dims + d]);
    }
    for (int64_t i = 0; i < clusters * dims; ++i) {
        middle[static_cast<size_t>(i % dims)] +=
            result.centre[static_cast<size_t>(i)] / static_cast<double>(count);
        const int64_t members = result.count[static_cast<size_t>(i / dims)];
        result.centre[static_cast<size_t>(i)] /= members > 0 ? static_cast<double>(members) : nan;
    }
    for (int64_t row = 0; row < count; ++row) {
        const int64_t label = labels[static_cast<size_t>(row)];
        const double radius = distance(z.data() + row * dims, result.centre.data() + label * dims, dims);
        result.meanRadius[static_cast<size_t>(label)] += radius;
        result.within += radius * radius;
    }
    for (int64_t k = 0; k < clusters; ++k) {
        const auto members = static_cast<double>(result.count[static_cast<size_t>(k)]);
        result.meanRadius[static_cast<size_t>(k)] /= members > 0 ? members : nan;
        if (members > 0) {
            const double away = distance(middle.data(), result.centre.data() + k * dims, dims);
            result.between += members * away * away;
        }
    }
    return result;
}

double calinskiHarabasz(const Array& z, std::span<const int64_t> labels, int64_t clusters) {
    const ClusterCentres centres = clusterCentres(z, labels, clusters);
    const auto groups = static_cast<double>(clustersWithMembers(centres)),
               rows = static_cast<double>(z.dim(0));
    if (groups < 2)
        return nan;
    return centres.within == 0 ? 1 : centres.between * (rows - groups) / (centres.within * (groups - 1));
}

double daviesBouldin(const Array& z, std::span<const int64_t> labels, int64_t clusters) {
    const ClusterCentres centres = clusterCentres(z, labels, clusters);
    const int64_t groups = clustersWithMembers(centres);
    if (groups < 2)
        return nan;
    double sum = 0;
    for (int64_t i = 0; i < clusters; ++i) {
        double worst = 0;
        for (int64_t j = 0; j < clusters; ++j) {
            const double apart = distance(centres.centre.data() + i * centres.dims,
                                          centres.centre.data() + j * centres.dims, centres.dims);
            if (i != j && apart > 0) // false for the NaN of empty clusters
                worst = std::max(worst, (centres.meanRadius[static_cast<size_t>(i)] +
                                         centres.meanRadius[static_cast<size_t>(j)]) /
                                            apart);
        }
        sum += worst;
    }
    return sum / static_cast<double>(groups);
}

Silhouettes silhouettes(const Array& z, std::span<const int64_t> labels, int64_t clusters, int64_t sample,
                        uint64_t seed, int64_t threads, const StopToken& stop) {
    if (clustersWithMembers(clusterCentres(z, labels, clusters)) < 2)
        return nothingToCompare(clusters);
    const SortedPoints points(z, labels, clusters);
    Silhouettes result;
    result.rows = sampledRows(z.dim(0), sample, seed);
    result.values.resize(result.rows.size());
    constexpr size_t piece = 64;
    const auto pieces = static_cast<int64_t>((result.rows.size() + piece - 1) / piece);
    parallelFor(pieces, threads, [&](int64_t index) {
        throwIfStopped(stop);
        std::vector<double> sums(static_cast<size_t>(clusters));
        const size_t first = static_cast<size_t>(index) * piece;
        for (size_t i = first; i < std::min(first + piece, result.rows.size()); ++i) {
            const int64_t row = result.rows[i];
            const auto own = static_cast<size_t>(labels[static_cast<size_t>(row)]);
            if (points.count(own) < 2)
                continue; // 0
            points.sumDistances(z.data() + row * z.dim(1), sums);
            double nearest = std::numeric_limits<double>::infinity();
            for (size_t k = 0; k < sums.size(); ++k)
                if (k != own && points.count(k) > 0)
                    nearest = std::min(nearest, sums[k] / static_cast<double>(points.count(k)));
            result.values[i] = silhouette(sums[own] / static_cast<double>(points.count(own) - 1), nearest);
        }
    });
    addMeans(result, labels, clusters);
    return result;
}

Silhouettes simplifiedSilhouettes(const Array& z, std::span<const int64_t> labels, int64_t clusters) {
    const ClusterCentres centres = clusterCentres(z, labels, clusters);
    if (clustersWithMembers(centres) < 2)
        return nothingToCompare(clusters);
    Silhouettes result;
    result.rows = sampledRows(z.dim(0), 0, 0);
    result.values.resize(result.rows.size());
    for (int64_t row = 0; row < z.dim(0); ++row) {
        const auto own = static_cast<size_t>(labels[static_cast<size_t>(row)]);
        if (centres.count[own] < 2)
            continue; // 0
        double toOwn = 0, nearest = std::numeric_limits<double>::infinity();
        for (size_t k = 0; k < centres.count.size(); ++k) {
            if (centres.count[k] == 0)
                continue;
            const double away =
                distance(z.data() + row * centres.dims,
                         centres.centre.data() + static_cast<int64_t>(k) * centres.dims, centres.dims);
            k == own ? toOwn = away : nearest = std::min(nearest, away);
        }
        result.values[static_cast<size_t>(row)] = silhouette(toOwn, nearest);
    }
    addMeans(result, labels, clusters);
    return result;
}

} // namespace galatea
