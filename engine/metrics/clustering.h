#pragma once
// How well a division of points into clusters holds together, judged by the points alone. Names and values
// are scikit-learn's. z is [N,D], finite; labels are 0 … clusters−1, one per row; a cluster may be empty.

#include <cstdint>
#include <span>
#include <vector>

#include "core/array.h"
#include "core/stop_token.h"

namespace galatea {

/// Where the clusters lie and how wide they are.
struct ClusterCentres {
    int64_t clusters = 0, dims = 0;
    std::vector<double> centre;     ///< [clusters,D] mean of the members; NaN of an empty cluster
    std::vector<int64_t> count;     ///< members
    std::vector<double> meanRadius; ///< mean distance of the members from the centre; NaN if empty
    double within = 0;              ///< Σ squared distances of the members from their centres
    double between = 0;             ///< Σ squared distances of the centres from the mean of all, per member
};

/// Throws std::invalid_argument if lengths differ or a label is outside, likewise below.
ClusterCentres clusterCentres(const Array& z, std::span<const int64_t> labels, int64_t clusters);

/// between / within, each per degree of freedom (Caliński & Harabasz 1974): higher is better. 1 where every
/// cluster is a point; NaN with fewer than two clusters that have members.
double calinskiHarabasz(const Array& z, std::span<const int64_t> labels, int64_t clusters);

/// Mean over the clusters of the largest (rᵢ + rⱼ) / |cᵢ − cⱼ| (Davies & Bouldin 1979), r the mean radius:
/// lower is better. NaN with fewer than two clusters that have members.
double daviesBouldin(const Array& z, std::span<const int64_t> labels, int64_t clusters);

/// (b − a) / max(a, b) of each row (Rousseeuw 1987).
struct Silhouettes {
    std::vector<int64_t> rows;      ///< of z
    std::vector<double> values;     ///< of these rows, −1 … 1; 0 of a cluster's only member
    double mean = 0;                ///< NaN with fewer than two clusters that have members
    std::vector<double> perCluster; ///< mean of its rows; NaN where there are none
};

/// a: mean distance to the other members of the row's cluster, b: to those of the nearest other cluster.
/// Exact for each row; of more than `sample` rows only so many are looked at, chosen by the seed (0: all).
/// Time: rows looked at × N × D.
Silhouettes silhouettes(const Array& z, std::span<const int64_t> labels, int64_t clusters, int64_t sample = 0,
                        uint64_t seed = 1, int64_t threads = 0, const StopToken& stop = {});

/// The same with the distances to the clusters' centres in place of the means over their members (Hruschka et
/// al. 2004).
Silhouettes simplifiedSilhouettes(const Array& z, std::span<const int64_t> labels, int64_t clusters);

} // namespace galatea
