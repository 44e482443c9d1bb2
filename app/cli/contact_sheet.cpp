#include "contact_sheet.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "core/error.h"

namespace galatea::cli {

namespace {

constexpr int64_t gap = 2;             // pixels between images
constexpr int64_t largestSide = 20000; // pixels; viewers refuse much more
constexpr float ground = 0.1f;

/// Percentiles over at most a few million of the finite pixels.
std::pair<double, double> range(const Array& images) {
    const auto values = images.values();
    const size_t stride = std::max<size_t>(1, values.size() / 2'000'000);
    std::vector<float> sample;
    for (size_t i = 0; i < values.size(); i += stride)
        if (std::isfinite(values[i]))
            sample.push_back(values[i]);
    if (sample.empty())
        return {0, 1};
    const auto at = [&](double fraction) {
        const auto place =
            sample.begin() + static_cast<int64_t>(fraction * static_cast<double>(sample.size() - 1));
        std::nth_element(sample.begin(), place, sample.end());
        return static_cast<double>(*place);
    };
    // A decoder's output passes 0 and 1 by a little where its training images filled that range.
    const double low = at(0.005), high = at(0.995);
    if (low >= -0.02 && high <= 1.02 && high > 0.2)
        return {0, 1};
    return {low, high > low ? high : low + 1};
}

std::vector<int64_t> shownChannels(int64_t channels, const std::vector<std::string>& bands) {
    if (channels < 3)
        return {0};
    const bool picture = bands.empty() || bands.front() == "red";
    if (channels == 3)
        return picture ? std::vector<int64_t>{0, 1, 2} : std::vector<int64_t>{2, 1, 0};
    return {3, 2, 1};
}

} // namespace

ContactSheet makeContactSheet(const Array& images, const SheetStyle& style) {
    const int64_t count = images.dim(0), height = images.dim(2), width = images.dim(3);
    int64_t columns = style.columns;
    if (columns <= 0)
        columns = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(count))));
    columns = std::clamp<int64_t>(columns, 1, std::max<int64_t>(count, 1));
    const int64_t rows = (count + columns - 1) / columns;
    const std::vector<int64_t> channels = shownChannels(images.dim(1), style.bands);
    const int64_t sheetWidth = columns * (width + gap) + gap, sheetHeight = rows * (height + gap) + gap;
    if (sheetWidth > largestSide || sheetHeight > largestSide)
        throw UsageError(std::to_string(count) + " images",
                         "do not fit into one picture of at most " + std::to_string(largestSide) +
                             " pixels a side",
                         "ask for fewer, or write .h5 or .fits");
    ContactSheet sheet;
    std::tie(sheet.black, sheet.white) = range(images);
    sheet.image = Array({static_cast<int64_t>(channels.size()), sheetHeight, sheetWidth});
    std::ranges::fill(sheet.image.values(), ground);
    for (int64_t n = 0; n < count; ++n) {
        const int64_t top = gap + n / columns * (height + gap), left = gap + n % columns * (width + gap);
        for (int64_t c = 0; c < sheet.image.dim(0); ++c)
            for (int64_t y = 0; y < height; ++y)
                for (int64_t x = 0; x < width; ++x)
                    sheet.image.at(c, top + (style.bottomUp ? height - 1 - y : y), left + x) =
                        static_cast<float>(
                            (images.at(n, channels[static_cast<size_t>(c)], y, x) - sheet.black) /
                            (sheet.white - sheet.black));
    }
    return sheet;
}

} // namespace galatea::cli
