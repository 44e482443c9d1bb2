#pragma once
// The inner loops of mixtures with full covariances; the counterpart of row_tiles.h.

#include <cstdint>
#include <vector>

#include "mixture/row_tiles.h"

namespace galatea {

/// K reference points with a linear map each: distances are |A_k (z − centre_k)|², A_k lower triangular; with
/// A = L⁻¹ of a covariance L Lᵀ that is Mahalanobis' distance.
class WhitenedCentres {
  public:
    WhitenedCentres(int64_t dimensions, std::vector<double> centres);
    /// Sets A_k from a row-major lower triangle [D,D] times `factor`.
    void setMap(int64_t k, const std::vector<double>& lower, double factor = 1);

    int64_t count() const { return count_; }
    int64_t dims() const { return dims_; }
    /// tile.value(k, r) becomes the squared distance of row r to centre k.
    void squaredDistances(RowTile& tile) const;

  private:
    int64_t count_, dims_, packedSize_;
    std::vector<double> centre_; ///< [K,D]
    std::vector<double> packed_; ///< per centre: bands of four rows of A, each column's four values together
};

/// Weighted sums around fixed reference points, as WeightedSums, with the products of all pairs.
struct ProductSums {
    int64_t count = 0, dims = 0, stride = 0;
    std::vector<double> weight; ///< [K]   Σ γ
    std::vector<double> first;  ///< [K,D] Σ γ (z − reference)
    std::vector<double>
        second; ///< [K,stride,stride] Σ γ (z_i − reference_i)(z_j − reference_j) for j ≤ i < D

    ProductSums() = default;
    ProductSums(int64_t centres, int64_t dimensions);
    /// Adds row r of the tile to centre k with weight γ = tile.value(k, r), for every k and r.
    void add(RowTile& tile, const std::vector<double>& reference);
    ProductSums& operator+=(const ProductSums& other);
    double product(int64_t k, int64_t i, int64_t j) const { ///< j ≤ i
        return second[static_cast<size_t>((k * stride + i) * stride + j)];
    }

  private:
    std::vector<double> rows_, weighted_; ///< of one tile: [capacity, stride]
};

/// Bytes of one set of ProductSums.
int64_t productSumsBytes(int64_t centres, int64_t dims);

} // namespace galatea
