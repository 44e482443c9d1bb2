#include "widgets/image/rendering.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <stdexcept>

namespace galatea {

namespace {

/// At most `count` finite values, evenly spread.
std::vector<float> finiteSample(std::span<const float> values, size_t count) {
    const size_t step = std::max<size_t>(1, values.size() / count);
    std::vector<float> sample;
    sample.reserve(values.size() / step + 1);
    for (size_t i = 0; i < values.size(); i += step)
        if (std::isfinite(values[i]))
            sample.push_back(values[i]);
    return sample;
}

Limits minMax(std::span<const float> values) {
    Limits limits{INFINITY, -INFINITY};
    for (const float v : values)
        if (std::isfinite(v)) {
            limits.low = std::min<double>(limits.low, v);
            limits.high = std::max<double>(limits.high, v);
        }
    return limits;
}

float quantile(std::vector<float>& values, double fraction) {
    const auto at =
        static_cast<std::ptrdiff_t>(std::lround(fraction * static_cast<double>(values.size() - 1)));
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return values[static_cast<size_t>(at)];
}

/// Line through sorted values by least squares with 2.5σ rejection, five rounds.
struct Line {
    double slope = 0;
    size_t kept = 0;
};
Line fitSorted(const std::vector<float>& sorted) {
    std::vector<char> good(sorted.size(), 1);
    Line line;
    for (int round = 0; round < 5; ++round) {
        double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
        for (size_t i = 0; i < sorted.size(); ++i)
            if (good[i]) {
                const auto x = static_cast<double>(i);
                n += 1, sx += x, sy += sorted[i], sxx += x * x, sxy += x * sorted[i];
            }
        const double determinant = n * sxx - sx * sx;
        if (n < 2 || determinant <= 0)
            break;
        line.slope = (n * sxy - sx * sy) / determinant;
        line.kept = static_cast<size_t>(n);
        const double offset = (sy - line.slope * sx) / n;
        double squares = 0;
        auto residual = [&](size_t i) { return sorted[i] - (offset + line.slope * static_cast<double>(i)); };
        for (size_t i = 0; i < sorted.size(); ++i)
            if (good[i])
                squares += residual(i) * residual(i);
        const double bound = 2.5 * std::sqrt(squares / n);
        for (size_t i = 0; i < sorted.size(); ++i)
            good[i] = std::abs(residual(i)) <= bound;
    }
    return line;
}

Limits zscale(std::vector<float> sample) {
    std::sort(sample.begin(), sample.end());
    const double low = sample.front(), high = sample.back();
    const Line line = fitSorted(sample);
    if (line.kept < std::max<size_t>(5, sample.size() / 2))
        return {low, high};
    const double slope = line.slope / 0.25; // contrast
    const double median = sample[sample.size() / 2];
    const auto centre = static_cast<double>(sample.size() / 2);
    return {std::max(low, median - centre * slope),
            std::min(high, median + (static_cast<double>(sample.size()) - 1 - centre) * slope)};
}

uchar byteOf(double value, const Limits& limits, Stretch stretch) {
    return static_cast<uchar>(std::lround(255 * stretched(value, limits, stretch)));
}

/// A float per value is turned into a byte by table: 4096 steps of the linear position.
class Scale {
  public:
    Scale(const Limits& limits, Stretch stretch) : low_(limits.low) {
        const double width = limits.high - limits.low;
        factor_ = width > 0 ? static_cast<double>(table_.size() - 1) / width : 0;
        for (size_t i = 0; i < table_.size(); ++i)
            table_[i] =
                byteOf(static_cast<double>(i) / static_cast<double>(table_.size() - 1), {0, 1}, stretch);
    }
    uchar operator()(float value) const {
        const double position = (value - low_) * factor_;
        if (!(position > 0))
            return table_.front();
        const auto last = table_.size() - 1;
        return table_[position >= static_cast<double>(last) ? last : static_cast<size_t>(position + 0.5)];
    }

  private:
    double low_, factor_;
    std::array<uchar, 4096> table_{};
};

QImage blank(int64_t width, int64_t height) {
    if (width <= 0 || height <= 0 || width > 32768 || height > 32768)
        throw std::invalid_argument("this image cannot be drawn: its sides are out of range");
    return QImage(static_cast<int>(width), static_cast<int>(height), QImage::Format_RGB32);
}

} // namespace

QString stretchName(Stretch stretch) {
    static const char* const names[] = {"Linear", "Log", "Square root", "Asinh"};
    return names[static_cast<int>(stretch)];
}

QString cutsName(Cuts cuts) {
    static const char* const names[] = {"Fixed", "Min – max", "Percentile", "ZScale"};
    return QString::fromUtf8(names[static_cast<int>(cuts)]);
}

bool parseStretch(const QString& name, Stretch& stretch) {
    for (auto s : {Stretch::Linear, Stretch::Log, Stretch::Sqrt, Stretch::Asinh})
        if (stretchName(s) == name)
            return stretch = s, true;
    return false;
}

bool parseCuts(const QString& name, Cuts& cuts) {
    for (auto c : {Cuts::Fixed, Cuts::MinMax, Cuts::Percentile, Cuts::ZScale})
        if (cutsName(c) == name)
            return cuts = c, true;
    return false;
}

bool parseColourMap(const QString& name, ColourMap& map) {
    for (auto m : imageColourMaps())
        if (colourMapName(m) == name)
            return map = m, true;
    return false;
}

Limits findLimits(std::span<const float> values, const Rendering& rendering) {
    if (rendering.cuts == Cuts::Fixed)
        return rendering.fixed;
    if (rendering.cuts == Cuts::MinMax) {
        const Limits limits = minMax(values);
        return limits.low <= limits.high ? limits : Limits{};
    }
    std::vector<float> sample = finiteSample(values, rendering.cuts == Cuts::ZScale ? 1000 : 65536);
    if (sample.empty())
        return {};
    if (rendering.cuts == Cuts::ZScale)
        return zscale(std::move(sample));
    const double tail = std::clamp((100 - rendering.percentile) / 200, 0.0, 0.5);
    const double low = quantile(sample, tail);
    return {low, quantile(sample, 1 - tail)};
}

double stretched(double value, const Limits& limits, Stretch stretch) {
    const double width = limits.high - limits.low;
    const double position = width > 0 ? (value - limits.low) / width : 0;
    const double t = position > 0 ? std::min(position, 1.0) : 0; // NaN fails the comparison
    switch (stretch) {
    case Stretch::Linear:
        return t;
    case Stretch::Log:
        return std::log1p(1000 * t) / std::log1p(1000.0);
    case Stretch::Sqrt:
        return std::sqrt(t);
    case Stretch::Asinh:
        return std::asinh(10 * t) / std::asinh(10.0);
    }
    return t;
}

QImage renderBand(const Array& band, const Rendering& rendering) {
    if (band.rank() != 2)
        throw std::invalid_argument("a band to draw must have two axes");
    const Array plain = band.contiguousCopy();
    const auto pixels = plain.values();
    QImage picture = blank(plain.dim(1), plain.dim(0));
    const Scale scale(findLimits(pixels, rendering), rendering.stretch);
    const auto& table = colours(rendering.map);
    for (int y = 0; y < picture.height(); ++y) {
        auto* line = reinterpret_cast<QRgb*>(picture.scanLine(y));
        const float* row = pixels.data() + static_cast<size_t>(y) * static_cast<size_t>(picture.width());
        for (int x = 0; x < picture.width(); ++x)
            line[x] = table[scale(row[x])];
    }
    return picture;
}

QImage renderComposite(const Array& image, const Composite& bands, const Rendering& rendering) {
    if (image.rank() != 3)
        throw std::invalid_argument("an image to draw must have three axes");
    const Array plain = image.contiguousCopy();
    const auto plane = static_cast<size_t>(plain.dim(1) * plain.dim(2));
    std::span<const float> channel[3];
    std::vector<float> joint;
    const int wanted[3] = {bands.red, bands.green, bands.blue};
    for (int c = 0; c < 3; ++c) {
        const auto index = static_cast<size_t>(std::clamp<int64_t>(wanted[c], 0, plain.dim(0) - 1));
        channel[c] = plain.values().subspan(index * plane, plane);
        if (rendering.cuts != Cuts::Fixed)
            joint.insert(joint.end(), channel[c].begin(), channel[c].end());
    }
    QImage picture = blank(plain.dim(2), plain.dim(1));
    const Scale scale(findLimits(joint, rendering), rendering.stretch);
    for (int y = 0; y < picture.height(); ++y) {
        auto* line = reinterpret_cast<QRgb*>(picture.scanLine(y));
        const size_t start = static_cast<size_t>(y) * static_cast<size_t>(picture.width());
        for (int x = 0; x < picture.width(); ++x) {
            const size_t at = start + static_cast<size_t>(x);
            line[x] = qRgb(scale(channel[0][at]), scale(channel[1][at]), scale(channel[2][at]));
        }
    }
    return picture;
}

Composite defaultComposite(const std::vector<std::string>& bands, int64_t channels) {
    if (channels < 3 || bands.size() != static_cast<size_t>(channels))
        return {};
    // Effective wavelengths in nm: SDSS/LSST, VISTA and Johnson–Cousins filters.
    static const std::map<std::string, double> wavelength = {
        {"u", 355},  {"g", 477},  {"r", 623},  {"i", 762},  {"z", 913},   {"y", 1005},    {"Z", 880},
        {"Y", 1020}, {"J", 1250}, {"H", 1650}, {"K", 2200}, {"Ks", 2150}, {"U", 365},     {"V", 551},
        {"I", 806},  {"B", 445},  {"G", 530},  {"R", 658},  {"red", 650}, {"green", 530}, {"blue", 450}};
    std::vector<std::pair<double, int>> order;
    for (size_t c = 0; c < bands.size(); ++c) {
        const auto found = wavelength.find(bands[c]);
        if (found == wavelength.end())
            return {};
        order.emplace_back(found->second, static_cast<int>(c));
    }
    std::sort(order.begin(), order.end());
    const size_t n = order.size();
    if (n == 3)
        return {order[2].second, order[1].second, order[0].second};
    // Of more than three bands, the second, third and fourth: g, r, i of ugriz (Lupton et al. 2004).
    return {order[3].second, order[2].second, order[1].second};
}

QImage renderImage(const Array& image, const Composite& bands, const Rendering& rendering) {
    if (image.rank() == 3 && image.dim(0) >= 3)
        return renderComposite(image, bands, rendering);
    return renderBand(image.rank() == 3 ? image.row(0) : image, rendering);
}

QImage renderResidual(const Array& difference, double span, bool dark) {
    if (difference.rank() != 3)
        throw std::invalid_argument("a residual to draw must have three axes");
    const int64_t channels = difference.dim(0), height = difference.dim(1), width = difference.dim(2);
    Array mean({height, width});
    double largest = 0;
    for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x) {
            double sum = 0;
            for (int64_t c = 0; c < channels; ++c)
                sum += difference.at(c, y, x);
            const double value = channels > 0 ? sum / static_cast<double>(channels) : 0;
            mean.at(y, x) = static_cast<float>(value);
            if (std::isfinite(value))
                largest = std::max(largest, std::abs(value));
        }
    const double edge = span > 0 ? span : std::max(largest, 1e-12);
    Rendering rendering;
    rendering.cuts = Cuts::Fixed;
    rendering.fixed = {-edge, edge};
    rendering.map = dark ? ColourMap::DivergingDark : ColourMap::Diverging;
    return renderBand(mean, rendering);
}

} // namespace galatea
