#pragma once
// Light profiles and the drawing of them on a grid of pixels. Internal to the simulator.

#include <array>
#include <cstdint>
#include <vector>

namespace galatea::simulation {

/// Regularised lower incomplete gamma function P(a, x), a > 0, x ≥ 0.
double incompleteGamma(double a, double x);

/// Sérsic's b(n), for which the effective radius holds half the light: series of Ciotti & Bertin (1999,
/// A&A 352, 447), eq. 18; good to 1e-5 for n ≥ 0.5.
double sersicB(double index);

/// Surface brightness of unit total flux, exp(−b (r/Re)^{1/n}) up to its normalisation.
class SersicProfile {
  public:
    /// effectiveRadius along the major axis, any unit of length.
    SersicProfile(double index, double effectiveRadius, double axisRatio);
    /// At elliptical radius² = (major coordinate)² + (minor coordinate / axis ratio)², per unit area.
    double operator()(double radiusSquared) const;
    /// Fraction of the flux inside an elliptical radius.
    double enclosed(double radius) const;

  private:
    double index_, b_, inverseRadiusSquared_, halfPower_, peak_;
};

/// A Moffat function (1 + r²/α²)^−β is a mixture of Gaussians whose precisions follow a Gamma distribution;
/// Gauss–Laguerre quadrature of that integral gives the few Gaussians used here (β = 3, four nodes: exact
/// at the centre up to the r¹² term). Gaussians make convolution separable and pixel integrals exact.
struct PointSpread {
    struct Gaussian {
        double weight, sigma; ///< sigma in pixels
    };
    std::array<Gaussian, 4> parts;
    explicit PointSpread(double fullWidth); ///< full width at half maximum in pixels
    double widest() const { return parts.front().sigma; }
};

/// A plane of pixels with a margin round it, so that light from outside reaches in through the point spread.
/// Pixel (column, row) has its centre at these coordinates; unit: pixels of the image inside the margin.
class Plane {
  public:
    Plane(int64_t size, int64_t margin);
    int64_t begin() const { return -margin_; }
    int64_t end() const { return size_ + margin_; }
    int64_t size() const { return size_; }
    int64_t stride() const { return size_ + 2 * margin_; }
    float* row(int64_t y) { return values_.data() + (y + margin_) * stride() + margin_; }
    const float* row(int64_t y) const { return values_.data() + (y + margin_) * stride() + margin_; }
    std::vector<float>& values() { return values_; }
    const std::vector<float>& values() const { return values_; }
    void clear() { std::fill(values_.begin(), values_.end(), 0.f); }
    double sum() const;

  private:
    int64_t size_, margin_;
    std::vector<float> values_;
};

/// An ellipse on the plane: centre and axes in pixels, angle from +column towards +row.
struct Placement {
    double x = 0, y = 0, cosine = 1, sine = 0, axisRatio = 1;
};

/// Adds flux × profile integrated over each pixel. Pixels near the cusp are divided again and again, so the
/// centre is as accurate as the wings. Nothing is drawn beyond `reach` pixels from the centre.
void addSersic(Plane& plane, const SersicProfile& profile, const Placement& place, double flux, double reach);

/// Adds a round Gaussian, integrated exactly over each pixel.
void addGaussian(Plane& plane, double x, double y, double sigma, double flux);

/// Adds a point source seen through the point spread.
void addPoint(Plane& plane, const PointSpread& spread, double x, double y, double flux);

/// Convolves the plane; the outermost pixels of the margin are not trustworthy afterwards.
void convolve(Plane& plane, const PointSpread& spread);

} // namespace galatea::simulation
