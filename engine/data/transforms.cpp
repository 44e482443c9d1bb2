#include "data/transforms.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/error.h"
#include "data/transformed_info.h"
#include "io/wcs.h"

namespace galatea {

namespace {

void requireValid(const TransformOptions& options) {
    if (options.average < 1)
        throw UsageError("", "blocks to average must have a side of at least one pixel",
                         "choose 1 to leave the image as it is");
    if (options.crop < 0 || options.size < 0 || options.size > 4096)
        throw UsageError("", "crop and size must not be negative and size at most 4096 pixels",
                         "choose other values");
}

Array cropped(const Array& image, int64_t side) {
    const int64_t height = image.dim(1), width = image.dim(2);
    if (side > height || side > width)
        throw UsageError("",
                         "an image of " + std::to_string(width) + " x " + std::to_string(height) +
                             " pixels cannot be cropped to " + std::to_string(side),
                         "choose a smaller crop");
    const int64_t top = (height - side) / 2, left = (width - side) / 2;
    Array result({image.dim(0), side, side});
    for (int64_t c = 0; c < image.dim(0); ++c)
        for (int64_t y = 0; y < side; ++y)
            for (int64_t x = 0; x < side; ++x)
                result.at(c, y, x) = image.at(c, top + y, left + x);
    return result;
}

Array grayed(const Array& image) {
    if (image.dim(0) == 1)
        return image;
    if (image.dim(0) != 3)
        throw UsageError("",
                         "only RGB images can be turned gray, not " + std::to_string(image.dim(0)) + " bands",
                         "leave out gray");
    Array result({1, image.dim(1), image.dim(2)});
    for (int64_t y = 0; y < image.dim(1); ++y)
        for (int64_t x = 0; x < image.dim(2); ++x)
            result.at(0, y, x) = static_cast<float>(0.2125 * image.at(0, y, x) + 0.7154 * image.at(1, y, x) +
                                                    0.0721 * image.at(2, y, x));
    return result;
}

void requireBlocks(const std::string& name, int64_t height, int64_t width, int64_t side) {
    if (height % side != 0 || width % side != 0)
        throw UsageError(name,
                         "images of " + std::to_string(width) + " x " + std::to_string(height) +
                             " pixels are no whole number of blocks of " + std::to_string(side),
                         "crop them to a multiple of " + std::to_string(side));
}

void rescale(Array& image) {
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (const float value : image.values())
        if (std::isfinite(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    // In double: the spread of two finite floats can be more than a float holds.
    const double spread = static_cast<double>(high) - low;
    for (float& value : image.values())
        if (std::isfinite(value))
            value = spread > 0 ? static_cast<float>((static_cast<double>(value) - low) / spread) : 0.0f;
}

/// Which two inputs an output reads, and how much of the second.
struct Tap {
    int64_t first, second;
    double weight;
};

std::vector<Tap> bilinearTaps(int64_t in, int64_t out) {
    std::vector<Tap> taps;
    for (int64_t i = 0; i < out; ++i) {
        const double at = std::clamp(
            (static_cast<double>(i) + 0.5) * static_cast<double>(in) / static_cast<double>(out) - 0.5, 0.0,
            static_cast<double>(in - 1));
        const auto first = static_cast<int64_t>(std::floor(at));
        taps.push_back({first, std::min(first + 1, in - 1), at - static_cast<double>(first)});
    }
    return taps;
}

class TransformedDataset : public Dataset {
  public:
    TransformedDataset(DatasetPtr source, const TransformOptions& options)
        : source_(std::move(source)), options_(options), info_(transformedInfo(source_->info(), options)) {}

    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return source_->size(); }
    const Table& catalog() const override { return source_->catalog(); }

    std::string wcsCards(int64_t row) const override {
        return transformedWcsCards(source_->wcsCards(row), source_->info().height, source_->info().width,
                                   options_);
    }

    Array read(std::span<const int64_t> rows) const override {
        Array result({static_cast<int64_t>(rows.size()), info_.channels, info_.height, info_.width});
        const int64_t samples = info_.channels * info_.height * info_.width;
        for (size_t i = 0; i < rows.size(); ++i) {
            const Array image = transformImage(source_->readOne(rows[i]), options_);
            std::copy_n(image.data(), samples, result.data() + static_cast<int64_t>(i) * samples);
        }
        return result;
    }

  private:
    DatasetPtr source_;
    TransformOptions options_;
    DatasetInfo info_;
};

} // namespace

std::string transformedWcsCards(const std::string& cards, int64_t height, int64_t width,
                                const TransformOptions& options) {
    if (cards.empty() || options.size > 0 || options.average > 1)
        return {};
    if (options.crop == 0)
        return cards;
    const int64_t top = (height - options.crop) / 2, left = (width - options.crop) / 2;
    return shiftedWcsCards(cards, {static_cast<double>(left), static_cast<double>(top)});
}

DatasetInfo transformedInfo(DatasetInfo info, const TransformOptions& options) {
    requireValid(options);
    if (options.crop > 0) {
        if (options.crop > std::min(info.height, info.width))
            throw UsageError(info.name, "the images are smaller than the crop", "choose a smaller crop");
        info.height = info.width = options.crop;
    }
    if (options.gray) {
        if (info.channels != 1 && info.channels != 3)
            throw UsageError(info.name, "only RGB images can be turned gray", "leave out gray");
        info.channels = 1;
        info.bands = {"gray"};
    }
    if (options.average > 1) {
        requireBlocks(info.name, info.height, info.width, options.average);
        info.height /= options.average;
        info.width /= options.average;
        info.pixelScale *= static_cast<double>(options.average);
    }
    if (options.size > 0) {
        // A pixel scale means something only if both axes shrink alike.
        info.pixelScale = info.height == info.width ? info.pixelScale * static_cast<double>(info.width) /
                                                          static_cast<double>(options.size)
                                                    : std::numeric_limits<double>::quiet_NaN();
        info.height = info.width = options.size;
    }
    if (options.rescale)
        info.unit.clear();
    return info;
}

Array resizeBilinear(const Array& image, int64_t height, int64_t width) {
    if (image.rank() != 3 || image.empty() || height < 1 || width < 1)
        throw std::invalid_argument("resizing needs an image [C,H,W] and a size of at least one pixel");
    const std::vector<Tap> rows = bilinearTaps(image.dim(1), height),
                           columns = bilinearTaps(image.dim(2), width);
    Array result({image.dim(0), height, width});
    for (int64_t c = 0; c < image.dim(0); ++c)
        for (int64_t y = 0; y < height; ++y) {
            const Tap& v = rows[static_cast<size_t>(y)];
            for (int64_t x = 0; x < width; ++x) {
                const Tap& h = columns[static_cast<size_t>(x)];
                const double above = image.at(c, v.first, h.first) * (1 - h.weight) +
                                     image.at(c, v.first, h.second) * h.weight;
                const double below = image.at(c, v.second, h.first) * (1 - h.weight) +
                                     image.at(c, v.second, h.second) * h.weight;
                result.at(c, y, x) = static_cast<float>(above * (1 - v.weight) + below * v.weight);
            }
        }
    return result;
}

Array averageBlocks(const Array& image, int64_t side) {
    if (image.rank() != 3 || image.empty() || side < 1)
        throw std::invalid_argument("averaging needs an image [C,H,W] and blocks of at least one pixel");
    requireBlocks("", image.dim(1), image.dim(2), side);
    Array result({image.dim(0), image.dim(1) / side, image.dim(2) / side});
    for (int64_t c = 0; c < result.dim(0); ++c)
        for (int64_t y = 0; y < result.dim(1); ++y)
            for (int64_t x = 0; x < result.dim(2); ++x) {
                double sum = 0;
                for (int64_t i = 0; i < side; ++i)
                    for (int64_t j = 0; j < side; ++j)
                        sum += image.at(c, y * side + i, x * side + j);
                result.at(c, y, x) = static_cast<float>(sum / static_cast<double>(side * side));
            }
    return result;
}

Array transformImage(const Array& image, const TransformOptions& options) {
    if (image.rank() != 3)
        throw std::invalid_argument("an image has three axes [C,H,W]");
    requireValid(options);
    Array result = image;
    if (options.crop > 0)
        result = cropped(result, options.crop);
    if (options.gray)
        result = grayed(result);
    if (options.average > 1)
        result = averageBlocks(result, options.average);
    if (options.size > 0 && (result.dim(1) != options.size || result.dim(2) != options.size))
        result = resizeBilinear(result, options.size, options.size);
    if (options.rescale) {
        result = result.copy(); // the steps above may have returned the caller's own image
        rescale(result);
    }
    return result.contiguousCopy();
}

DatasetPtr transformed(DatasetPtr source, const TransformOptions& options) {
    if (!options.any())
        return source;
    return std::make_shared<TransformedDataset>(std::move(source), options);
}

} // namespace galatea
