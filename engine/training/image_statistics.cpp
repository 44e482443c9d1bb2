#include "training/image_statistics.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace galatea {

namespace {

constexpr int64_t mostImages = 1024, imagesAtOnce = 64, mostPixels = 1'000'000;

double medianOf(std::vector<float>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return static_cast<double>(*middle);
}

/// Sums of one channel's pixels, and a spread-out part of them for the order statistics.
struct ChannelSums {
    double sum = 0, squares = 0, count = 0, low = INFINITY, high = -INFINITY;
    std::vector<float> sampled;

    void add(const float* pixels, int64_t size, int64_t stride, int64_t& phase) {
        for (int64_t i = 0; i < size; ++i) {
            const auto value = static_cast<double>(pixels[i]);
            sum += value;
            squares += value * value;
            low = std::min(low, value);
            high = std::max(high, value);
        }
        count += static_cast<double>(size);
        for (; phase < size; phase += stride)
            sampled.push_back(pixels[phase]);
        phase -= size;
    }
};

std::vector<int64_t> evenlySpread(std::span<const int64_t> rows) {
    const auto count = std::min<int64_t>(mostImages, static_cast<int64_t>(rows.size()));
    std::vector<int64_t> chosen;
    for (int64_t i = 0; i < count; ++i)
        chosen.push_back(rows[static_cast<size_t>(i * static_cast<int64_t>(rows.size()) / count)]);
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

} // namespace

ImageStatistics imageStatistics(const Dataset& data, std::span<const int64_t> rows) {
    const DatasetInfo& info = data.info();
    const int64_t pixels = info.height * info.width;
    const std::vector<int64_t> chosen = evenlySpread(rows);
    const auto images = static_cast<int64_t>(chosen.size());
    // An odd stride does not always meet the same columns.
    const int64_t stride = std::max<int64_t>(1, images * pixels / mostPixels) | 1;
    std::vector<ChannelSums> channels(static_cast<size_t>(info.channels));
    std::vector<int64_t> phases(channels.size(), 0);
    for (int64_t begin = 0; begin < images; begin += imagesAtOnce) {
        const int64_t count = std::min(imagesAtOnce, images - begin);
        const Array block =
            data.read(std::span(chosen).subspan(static_cast<size_t>(begin), static_cast<size_t>(count)));
        for (int64_t n = 0; n < count; ++n)
            for (size_t c = 0; c < channels.size(); ++c)
                channels[c].add(block.data() + (n * info.channels + static_cast<int64_t>(c)) * pixels, pixels,
                                stride, phases[c]);
    }
    ImageStatistics result;
    for (ChannelSums& channel : channels) {
        const double mean = channel.sum / channel.count;
        if (!std::isfinite(mean))
            throw InputError(info.name, "holds pixels that are not finite", "import it again without them");
        result.mean.push_back(mean);
        result.deviation.push_back(std::sqrt(std::max(0.0, channel.squares / channel.count - mean * mean)));
        result.low.push_back(channel.low);
        result.high.push_back(channel.high);
        const double median = medianOf(channel.sampled);
        for (float& value : channel.sampled)
            value = std::fabs(value - static_cast<float>(median));
        result.median.push_back(median);
        result.sky.push_back(1.4826 * medianOf(channel.sampled));
    }
    return result;
}

} // namespace galatea
