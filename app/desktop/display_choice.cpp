#include "app/desktop/display_choice.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <QStringList>

namespace galatea {

DisplaySettings chooseDisplay(const DatasetInfo& info, const Rendering& rendering) {
    return {rendering, defaultComposite(info.bands, info.channels)};
}

namespace {

double medianOf(std::vector<float>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Where most pixels are sky: from just below its level to far above its noise, the same for every image, so
/// that a faint source looks faint and noise does not look like light.
std::optional<Limits> skyLimits(std::vector<float> values) {
    constexpr double below = 2, above = 40, near = 3, mostly = 0.7; // deviations; share of the pixels
    if (values.size() < 100)
        return {};
    const double level = medianOf(values);
    std::vector<float> distances;
    for (const float value : values)
        distances.push_back(static_cast<float>(std::abs(value - level)));
    const double deviation = 1.4826 * medianOf(distances); // of a normal distribution
    const auto sky = std::count_if(values.begin(), values.end(),
                                   [&](float value) { return std::abs(value - level) < near * deviation; });
    const double highest = *std::max_element(values.begin(), values.end());
    if (!(deviation > 0) || static_cast<double>(sky) < mostly * static_cast<double>(values.size()) ||
        highest < level + 2 * near * deviation)
        return {};
    return Limits{level - below * deviation, std::min(level + above * deviation, highest)};
}

} // namespace

Rendering chooseRendering(const Array& sample) {
    bool displayLike = !sample.empty();
    std::vector<float> finite;
    const Array plain = sample.contiguousCopy();
    for (const float v : plain.values()) {
        if (!std::isfinite(v))
            continue;
        finite.push_back(v);
        displayLike = displayLike && v >= -1e-3F && v <= 1.001F;
    }
    Rendering rendering;
    rendering.stretch = displayLike ? Stretch::Linear : Stretch::Asinh;
    rendering.cuts = displayLike ? Cuts::Fixed : Cuts::Percentile;
    if (displayLike)
        return rendering;
    if (const auto limits = skyLimits(std::move(finite))) {
        rendering.cuts = Cuts::Fixed;
        rendering.fixed = *limits;
    }
    return rendering;
}

Fit fitToModel(const DatasetInfo& data, const ModelInput& input) {
    Fit fit;
    if (data.channels == input.channels && data.height == input.height && data.width == input.width)
        return fit;
    const bool gray = input.channels == 1 && data.channels == 3;
    if (data.channels != input.channels && !gray) {
        fit.possible = false;
        fit.sentence =
            QString("the model takes %1 band(s), the images have %2").arg(input.channels).arg(data.channels);
        return fit;
    }
    if (input.height != input.width) {
        fit.possible = false;
        fit.sentence = QString("the model takes %1 × %2 images, which cannot be cut from squares")
                           .arg(input.width)
                           .arg(input.height);
        return fit;
    }
    const int64_t side = std::min(data.height, data.width);
    const bool zoo = input.width == 128 && side >= 192;
    if (zoo || data.height != data.width)
        fit.transform.crop = zoo ? 192 : side;
    fit.transform.gray = gray;
    const int64_t remaining = fit.transform.crop ? fit.transform.crop : side;
    if (remaining != input.width)
        fit.transform.size = input.width;
    fit.transform.rescale = true;
    fit.sentence = transformText(fit.transform);
    return fit;
}

QString transformText(const TransformOptions& transform) {
    QStringList steps;
    if (transform.crop)
        steps << QString::fromUtf8("centre %1 × %1").arg(transform.crop);
    if (transform.gray)
        steps << "gray";
    if (transform.size)
        steps << QString::fromUtf8("%1 × %1").arg(transform.size);
    if (transform.rescale)
        steps << QString::fromUtf8("rescaled to 0 … 1");
    return steps.join(", ");
}

} // namespace galatea
