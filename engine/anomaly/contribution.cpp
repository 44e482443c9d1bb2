#include "anomaly/contribution.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace galatea {

namespace {

void requireImage(const Array& image) {
    if (image.rank() != 3 || image.empty())
        throw UsageError("image", "it is not one image of channels, rows and columns", "choose one object");
}

void requireAlike(const Array& a, const Array& b) {
    requireImage(a);
    if (a.shape() != b.shape())
        throw UsageError("image", "it does not have the other's shape", "use the same data's");
}

/// Median of each channel's outermost pixels.
std::vector<float> skyOf(const Array& image) {
    std::vector<float> sky;
    const int64_t height = image.dim(1), width = image.dim(2);
    for (int64_t c = 0; c < image.dim(0); ++c) {
        std::vector<float> border;
        for (int64_t y = 0; y < height; ++y)
            for (int64_t x = 0; x < width; ++x)
                if (y == 0 || x == 0 || y == height - 1 || x == width - 1)
                    if (const float value = image.at(c, y, x); std::isfinite(value))
                        border.push_back(value);
        const auto middle = border.begin() + static_cast<std::ptrdiff_t>(border.size() / 2);
        std::nth_element(border.begin(), middle, border.end());
        sky.push_back(border.empty() ? 0.0F : *middle);
    }
    return sky;
}

struct Patch {
    int64_t y, x; ///< its first pixel
};

/// Starts that together cover the image; the last ones of a row or column end at the border.
std::vector<int64_t> startsAlong(int64_t length, int64_t patch, int64_t stride) {
    std::vector<int64_t> starts;
    for (int64_t at = 0; at + patch < length; at += stride)
        starts.push_back(at);
    starts.push_back(std::max<int64_t>(length - patch, 0));
    return starts;
}

void paintOver(Array& images, int64_t n, const Patch& patch, int64_t side, const std::vector<float>& sky) {
    for (int64_t c = 0; c < images.dim(1); ++c)
        for (int64_t y = patch.y; y < std::min(patch.y + side, images.dim(2)); ++y)
            for (int64_t x = patch.x; x < std::min(patch.x + side, images.dim(3)); ++x)
                images.at(n, c, y, x) = sky[static_cast<size_t>(c)];
}

std::vector<double> checkedScores(const ImageScore& score, const Array& images) {
    std::vector<double> scores = score(images);
    if (static_cast<int64_t>(scores.size()) != images.dim(0))
        throw ModelError("model", "gave another number of scores than images", "choose another score");
    for (const double value : scores)
        if (!std::isfinite(value))
            throw ModelError("model", "gave a score that is not finite", "choose another object or score");
    return scores;
}

Array repeated(const Array& image, int64_t count) {
    Array images({count, image.dim(0), image.dim(1), image.dim(2)});
    const auto from = image.values();
    for (int64_t n = 0; n < count; ++n)
        std::copy(from.begin(), from.end(), images.values().begin() + n * image.size());
    return images;
}

} // namespace

Array occlusionContribution(const ImageScore& score, const Array& given, const ContributionOptions& options,
                            const StopToken& stop) {
    requireImage(given);
    const Array image = given.contiguousCopy();
    const int64_t height = image.dim(1), width = image.dim(2), shorter = std::min(height, width);
    const int64_t side = std::clamp<int64_t>(
        options.patch > 0 ? options.patch : std::max<int64_t>(shorter / 8, 3), 1, shorter);
    const int64_t stride =
        options.stride > 0 ? std::min(options.stride, side) : std::max<int64_t>(side / 2, 1);
    const std::vector<float> sky = skyOf(image);
    std::vector<Patch> patches;
    for (const int64_t y : startsAlong(height, side, stride))
        for (const int64_t x : startsAlong(width, side, stride))
            patches.push_back({y, x});
    const double whole = checkedScores(score, repeated(image, 1)).front();
    Array sum({height, width}), covered({height, width});
    const auto batch = static_cast<size_t>(std::max<int64_t>(options.batch, 1));
    for (size_t begin = 0; begin < patches.size(); begin += batch) {
        throwIfStopped(stop);
        const size_t count = std::min(batch, patches.size() - begin);
        Array images = repeated(image, static_cast<int64_t>(count));
        for (size_t i = 0; i < count; ++i)
            paintOver(images, static_cast<int64_t>(i), patches[begin + i], side, sky);
        const std::vector<double> scores = checkedScores(score, images);
        for (size_t i = 0; i < count; ++i)
            for (int64_t y = patches[begin + i].y; y < std::min(patches[begin + i].y + side, height); ++y)
                for (int64_t x = patches[begin + i].x; x < std::min(patches[begin + i].x + side, width);
                     ++x) {
                    sum.at(y, x) += static_cast<float>(whole - scores[i]);
                    covered.at(y, x) += 1;
                }
    }
    for (int64_t i = 0; i < sum.size(); ++i)
        sum.data()[i] /= covered.values()[static_cast<size_t>(i)];
    return sum;
}

Array squaredErrorContribution(const Array& image, const Array& other) {
    requireAlike(image, other);
    Array shares({image.dim(1), image.dim(2)});
    const auto count = static_cast<double>(image.size());
    for (int64_t y = 0; y < image.dim(1); ++y)
        for (int64_t x = 0; x < image.dim(2); ++x) {
            double sum = 0;
            for (int64_t c = 0; c < image.dim(0); ++c) {
                const double difference = static_cast<double>(image.at(c, y, x)) - other.at(c, y, x);
                sum += difference * difference;
            }
            shares.at(y, x) = static_cast<float>(sum / count);
        }
    return shares;
}

Array likelihoodContribution(const Array& image, const Array& mean, const Array& variance) {
    requireAlike(image, mean);
    requireAlike(image, variance);
    Array shares({image.dim(1), image.dim(2)});
    for (int64_t y = 0; y < image.dim(1); ++y)
        for (int64_t x = 0; x < image.dim(2); ++x) {
            double sum = 0;
            for (int64_t c = 0; c < image.dim(0); ++c) {
                const double v = variance.at(c, y, x),
                             difference = static_cast<double>(image.at(c, y, x)) - mean.at(c, y, x);
                sum += 0.5 * (difference * difference / v + std::log(2 * std::numbers::pi * v));
            }
            shares.at(y, x) = static_cast<float>(sum);
        }
    return shares;
}

} // namespace galatea
