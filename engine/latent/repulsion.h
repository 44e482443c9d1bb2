#pragma once
// What every point of a map does to every other, in time linear in their number: the sums over all pairs that
// t-SNE's gradient needs, by interpolation on a grid and fast Fourier transforms.
// Idea: G. C. Linderman et al., "Fast interpolation-based t-SNE" (Nature Methods 16, 2019). There polynomials
// and one transform for each of four charges; here cubic B-splines, whose derivative gives the forces from
// the potential, so one transform does.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/stop_token.h"

namespace galatea {

class Repulsion {
  public:
    /// dims 2 or 3. `spacing`: largest of the grid, in map units; the kernel's own width is 1. At 0.5 the
    /// forces are good to about 1 % where points lie dense and to 6 % where each has few within reach; at
    /// 0.25 to 0.2 and 2 %. Grids that would not fit into `largestGrid` cells along an axis get a larger
    /// spacing.
    explicit Repulsion(int dims, double spacing = 0.5, int64_t largestGrid = 0);
    ~Repulsion();

    /// y [N,dims], finite.  potential_i = Σ_{j≠i} 1 / (1 + |y_i − y_j|²),
    /// field_i = Σ_j (y_i − y_j) / (1 + |y_i − y_j|²)²; written to `potential` [N] and `field` [N,dims].
    /// The same values give the same result, whatever the number of threads.
    void evaluate(std::span<const float> y, std::span<float> potential, std::span<float> field);

    double spacingUsed() const; ///< of the last call; 0 if it went pair by pair, as it does for few points

  private:
    struct Grid;
    std::unique_ptr<Grid> grid_;
};

} // namespace galatea
