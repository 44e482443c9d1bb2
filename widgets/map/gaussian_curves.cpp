#include "widgets/map/gaussian_curves.h"

#include <Eigen/Dense>

#include <cmath>
#include <numbers>

namespace galatea {

std::vector<QPolygonF> gaussianCurves(const MapEllipse& ellipse, int dimensions,
                                      const MapProjector& projector) {
    Eigen::Matrix3d covariance = Eigen::Matrix3d::Zero();
    for (int i = 0; i < dimensions; ++i)
        for (int j = 0; j < dimensions; ++j)
            covariance(i, j) = ellipse.covariance[static_cast<size_t>(3 * i + j)];
    std::vector<QPolygonF> curves;
    if (!covariance.allFinite())
        return curves;
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(covariance);
    const Eigen::Matrix3d axes =
        solver.eigenvectors() * (ellipse.sigmas * solver.eigenvalues().cwiseMax(0).cwiseSqrt()).asDiagonal();
    // In the plane the zero eigenvalue comes first, so that the last two span the ellipse.
    for (int first = dimensions == 2 ? 1 : 0; first < (dimensions == 2 ? 2 : 3); ++first) {
        const int second = dimensions == 2 ? 2 : (first + 1) % 3;
        QPolygonF curve;
        for (int k = 0; k < 96; ++k) {
            const double angle = 2 * std::numbers::pi * k / 96;
            const Eigen::Vector3d at = axes.col(first) * std::cos(angle) + axes.col(second) * std::sin(angle);
            double x = 0, y = 0, depth = 0;
            if (projector(ellipse.centre[0] + at[0], ellipse.centre[1] + at[1], ellipse.centre[2] + at[2], x,
                          y, depth) &&
                std::abs(x) < 1e5 && std::abs(y) < 1e5)
                curve << QPointF(x, y);
        }
        if (curve.size() == 96)
            curves.push_back(curve);
    }
    return curves;
}

} // namespace galatea
