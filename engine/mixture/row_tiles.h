#pragma once
// The inner loops of mixtures and k-means: a few rows at a time, in double precision, laid out so that the
// compiler can use vector instructions.
//
// Distances are formed from differences, (z − μ)² / σ², not from the expanded square: as fast without a
// matrix library, and nothing cancels for narrow components far from the origin.

#include <cstdint>
#include <vector>

#include "core/array.h"

namespace galatea {

/// Weights below this cannot matter even if every row had one.
inline constexpr double negligibleWeight = 1e-40;

/// K reference points with a scale per dimension; distances are Σ_d ((z_d − centre_kd) · scale_kd)².
struct ScaledCentres {
    int64_t count = 0, dims = 0;
    std::vector<double> centre; ///< [K,D]
    std::vector<double> scale;  ///< [K,D]; 1/σ
};

/// Up to 32 rows of z, and one double per row and centre.
class RowTile {
  public:
    static constexpr int64_t capacity = 32;
    RowTile(int64_t dims, int64_t centres);

    /// Rows [begin, min(begin + capacity, end)) of z [N,D], contiguous.
    void load(const float* z, int64_t begin, int64_t end);
    int64_t rows() const { return rows_; }
    int64_t dims() const { return dims_; }
    const double* row(int64_t r) const { return byRow_.data() + r * dims_; }
    const double* byDimension() const { return byDim_.data(); } ///< [D, capacity]

    /// value(k, r) becomes the scaled squared distance of row r to centre k.
    void squaredDistances(const ScaledCentres& centres);
    /// The smallest value of each row and the centre it belongs to, the first on ties. [capacity] each.
    void smallestValues(double* smallest, double* centre) const;
    double* values(int64_t k) { return values_.data() + k * capacity; } ///< [capacity], one per row
    double value(int64_t k, int64_t r) const { return values_[static_cast<size_t>(k * capacity + r)]; }

  private:
    int64_t dims_, rows_ = 0;
    std::vector<double> byRow_, byDim_, values_;
};

/// Weighted sums around fixed reference points, from which means and variances follow without cancellation.
struct WeightedSums {
    int64_t count = 0, dims = 0;
    std::vector<double> weight;        ///< [K]   Σ γ
    std::vector<double> first, second; ///< [K,D] Σ γ (z − reference), Σ γ (z − reference)²

    WeightedSums() = default;
    WeightedSums(int64_t centres, int64_t dimensions);
    /// Adds row r of the tile to centre k with weight γ = tile.value(k, r), for every k and r.
    void add(RowTile& tile, const std::vector<double>& reference);
    /// Adds one row with weight 1 to one centre, first moment only.
    void addRow(const double* row, int64_t centre, const std::vector<double>& reference);
    WeightedSums& operator+=(const WeightedSums& other);
};

/// Throws UsageError naming the first row of z [N,D] with a value that is not finite, or if z is no matrix.
void requireFiniteRows(const Array& z);

} // namespace galatea
