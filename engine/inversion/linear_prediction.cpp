#include "inversion/linear_prediction.h"

#include <algorithm>

#include <Eigen/Dense>

#include "core/error.h"

namespace galatea {

namespace {

/// The other channels' values around one pixel, then 1.
void gather(const Array& images, int64_t n, int64_t y, int64_t x, int64_t channel, int64_t radius,
            Eigen::VectorXd& features) {
    const int64_t height = images.dim(2), width = images.dim(3);
    Eigen::Index at = 0;
    for (int64_t c = 0; c < images.dim(1); ++c) {
        if (c == channel)
            continue;
        for (int64_t dy = -radius; dy <= radius; ++dy)
            for (int64_t dx = -radius; dx <= radius; ++dx)
                features[at++] =
                    static_cast<double>(images.at(n, c, std::clamp<int64_t>(y + dy, 0, height - 1),
                                                  std::clamp<int64_t>(x + dx, 0, width - 1)));
    }
    features[at] = 1;
}

Eigen::Index featureCount(const Array& images, int64_t radius) {
    return (images.dim(1) - 1) * (2 * radius + 1) * (2 * radius + 1) + 1;
}

} // namespace

LinearPrediction::LinearPrediction(const Array& images, int64_t channel, int64_t radius)
    : channel_(channel), radius_(radius) {
    if (images.rank() != 4 || images.empty() || channel < 0 || channel >= images.dim(1) || images.dim(1) < 2)
        throw UsageError("linear prediction", "needs a channel and others to predict it from",
                         "give images of at least two bands");
    const Eigen::Index count = featureCount(images, radius);
    Eigen::MatrixXd products = Eigen::MatrixXd::Zero(count, count);
    Eigen::VectorXd targets = Eigen::VectorXd::Zero(count), features(count);
    for (int64_t n = 0; n < images.dim(0); ++n)
        for (int64_t y = 0; y < images.dim(2); ++y)
            for (int64_t x = 0; x < images.dim(3); ++x) {
                gather(images, n, y, x, channel, radius, features);
                products.selfadjointView<Eigen::Lower>().rankUpdate(features);
                targets += features * static_cast<double>(images.at(n, channel, y, x));
            }
    products.diagonal().array() += 1e-9 * products.diagonal().maxCoeff(); // bands that are equal
    const Eigen::VectorXd solved = products.selfadjointView<Eigen::Lower>().ldlt().solve(targets);
    coefficients_.assign(solved.data(), solved.data() + count);
}

Array LinearPrediction::predict(const Array& images) const {
    if (images.rank() != 4 || images.dim(1) <= channel_ ||
        featureCount(images, radius_) != static_cast<Eigen::Index>(coefficients_.size()))
        throw UsageError("linear prediction", "was made for images of other bands", "give those");
    Array result({images.dim(0), images.dim(2), images.dim(3)});
    Eigen::VectorXd features(static_cast<Eigen::Index>(coefficients_.size()));
    const Eigen::Map<const Eigen::VectorXd> coefficients(coefficients_.data(), features.size());
    for (int64_t n = 0; n < images.dim(0); ++n)
        for (int64_t y = 0; y < images.dim(2); ++y)
            for (int64_t x = 0; x < images.dim(3); ++x) {
                gather(images, n, y, x, channel_, radius_, features);
                result.at(n, y, x) = static_cast<float>(coefficients.dot(features));
            }
    return result;
}

} // namespace galatea
