#pragma once
// How far two divisions of the same objects agree: clusters with known classes. Values are scikit-learn's.

#include <cstdint>
#include <span>
#include <vector>

namespace galatea {

/// Which objects of a class are in which cluster, and what that says.
struct Agreement {
    int64_t classes = 0, clusters = 0, objects = 0;
    std::vector<int64_t> table; ///< [classes,clusters] numbers of objects
    double homogeneity = 0;     ///< 1: every cluster holds one class only (Rosenberg & Hirschberg 2007)
    double completeness = 0;    ///< 1: every class lies in one cluster only
    double vMeasure = 0;        ///< their harmonic mean; the mutual information over the mean entropy
    double adjustedRand = 0;    ///< pairs told alike, corrected for chance (Hubert & Arabie 1985)
    double purity = 0;          ///< part that belongs to the commonest class of its cluster
    double accuracy = 0; ///< part that is right if each cluster stands for one class of its own, at best
    std::vector<int64_t> classOf; ///< [clusters] that class; −1: none was left for it
};

/// Labels 0 … classes−1 and 0 … clusters−1, equally many, at least one. Throws std::invalid_argument.
Agreement agreementOf(std::span<const int64_t> classLabels, int64_t classes,
                      std::span<const int64_t> clusterLabels, int64_t clusters);

/// The one-to-one assignment of rows to columns with the largest sum (Kuhn 1955; Jonker & Volgenant's
/// shortest augmenting paths). table [rows,columns] → the column of each row, −1 where there are more rows
/// than columns. Time: smaller side² × larger.
std::vector<int64_t> bestAssignment(std::span<const int64_t> table, int64_t rows, int64_t columns);

} // namespace galatea
