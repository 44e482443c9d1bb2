#include "evaluation/reconstruction.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "data/ordered_prefetch.h"

namespace galatea {

namespace {

double meanSquare(const float* a, const float* b, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
        const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        sum += difference * difference;
    }
    return sum / static_cast<double>(count);
}

/// Sums per pixel over the images: their variance about the mean image.
class PixelMoments {
  public:
    void add(const Array& images) {
        const int64_t pixels = images.size() / images.dim(0);
        sums_.resize(static_cast<size_t>(pixels));
        squares_.resize(static_cast<size_t>(pixels));
        const float* value = images.data();
        for (int64_t n = 0; n < images.dim(0); ++n, ++count_)
            for (size_t i = 0; i < sums_.size(); ++i, ++value) {
                sums_[i] += static_cast<double>(*value);
                squares_[i] += static_cast<double>(*value) * static_cast<double>(*value);
            }
    }
    double variance() const {
        double sum = 0;
        const double count = static_cast<double>(count_);
        for (size_t i = 0; i < sums_.size(); ++i)
            sum += squares_[i] / count - sums_[i] / count * (sums_[i] / count);
        return std::max(sum / static_cast<double>(sums_.size()), 0.0);
    }

  private:
    std::vector<double> sums_, squares_;
    int64_t count_ = 0;
};

class Calibrator {
  public:
    Calibrator() {
        result_.counts.assign(static_cast<size_t>(VarianceCalibration::bins), 0);
        result_.smallestVariance = std::numeric_limits<double>::infinity();
    }

    void add(const float* x, const float* mean, const float* variance, int64_t count) {
        constexpr double perUnit =
            static_cast<double>(VarianceCalibration::bins) / VarianceCalibration::largest;
        for (int64_t i = 0; i < count; ++i) {
            const double v = static_cast<double>(variance[i]);
            const double r =
                std::abs(static_cast<double>(x[i]) - static_cast<double>(mean[i])) / std::sqrt(v);
            result_.smallestVariance = std::min(result_.smallestVariance, v);
            if (!std::isfinite(r))
                continue;
            ++result_.pixels;
            squares_ += r * r;
            for (int k = 0; k < 3; ++k)
                within_[k] += r < k + 1 ? 1 : 0;
            const auto bin = static_cast<size_t>(
                std::min(r * perUnit, static_cast<double>(VarianceCalibration::bins - 1)));
            ++result_.counts[bin];
        }
    }

    VarianceCalibration finished() {
        const double pixels = static_cast<double>(std::max<int64_t>(result_.pixels, 1));
        for (int k = 0; k < 3; ++k)
            result_.within[k] = static_cast<double>(within_[k]) / pixels;
        result_.meanSquare = squares_ / pixels;
        return result_;
    }

  private:
    VarianceCalibration result_;
    int64_t within_[3] = {0, 0, 0};
    double squares_ = 0;
};

void requireSameShape(const ModelCard& card, const Array& images, const Decoding& decoded) {
    if (decoded.mean.shape() != images.shape() ||
        (!decoded.variance.empty() && decoded.variance.shape() != images.shape()))
        throw ModelError(card.name, "its reconstructions have another shape than the images",
                         "use a model that decodes what it encodes");
}

} // namespace

std::vector<std::string> imageIds(const Dataset& data) {
    std::vector<std::string> ids;
    const Column* column = data.catalog().find("id");
    for (int64_t row = 0; row < data.size(); ++row)
        ids.push_back(column != nullptr ? column->text(row) : std::to_string(row));
    return ids;
}

double gaussianLogLikelihood(const float* x, const float* mean, const float* variance, int64_t count) {
    constexpr double logTwoPi = 1.8378770664093453;
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
        const double v = static_cast<double>(variance[i]);
        const double r = static_cast<double>(x[i]) - static_cast<double>(mean[i]);
        sum -= 0.5 * (logTwoPi + std::log(v) + r * r / v);
    }
    return sum;
}

double ReconstructionReport::meanError() const {
    return std::accumulate(squaredError.begin(), squaredError.end(), 0.0) /
           static_cast<double>(std::max<size_t>(squaredError.size(), 1));
}

ReconstructionReport reconstructImages(const Model& model, const Dataset& data,
                                       const ReconstructionOptions& options, const StopToken& stop,
                                       ProgressSink& progress) {
    const int64_t count = data.size(), batch = std::max<int64_t>(options.batch, 1);
    if (count == 0)
        throw UsageError(data.info().name, "holds no images to reconstruct", "use another data set");
    ReconstructionReport report;
    report.id = imageIds(data);
    PixelMoments moments;
    Calibrator calibrator;
    OrderedPrefetch<Array> batches((count + batch - 1) / batch, 1, 2, [&](int64_t index) {
        return data.readRange(index * batch, std::min((index + 1) * batch, count));
    });
    while (const std::optional<Array> read = batches.next(stop)) {
        const Array images = read->contiguousCopy();
        Decoding decoded = model.decode(model.encode(images).mean);
        requireSameShape(model.card(), images, decoded);
        decoded.mean = decoded.mean.contiguousCopy();
        decoded.variance = decoded.variance.empty() ? Array() : decoded.variance.contiguousCopy();
        report.hasVariance = !decoded.variance.empty();
        const int64_t pixels = images.size() / images.dim(0);
        for (int64_t n = 0; n < images.dim(0); ++n) {
            const float *x = images.data() + n * pixels, *mean = decoded.mean.data() + n * pixels;
            report.squaredError.push_back(meanSquare(x, mean, pixels));
            if (report.hasVariance) {
                const float* variance = decoded.variance.data() + n * pixels;
                report.logLikelihood.push_back(gaussianLogLikelihood(x, mean, variance, pixels));
                calibrator.add(x, mean, variance, pixels);
            }
        }
        moments.add(images);
        progress.update(
            {"reconstructing", static_cast<int64_t>(report.squaredError.size()), count, "images", ""});
    }
    report.pixelVariance = moments.variance();
    if (report.hasVariance)
        report.calibration = calibrator.finished();
    return report;
}

} // namespace galatea
