#include "app/desktop/display_choice.h"

#include <algorithm>
#include <cmath>

#include <QStringList>

namespace galatea {

DisplaySettings chooseDisplay(const DatasetInfo& info, const Rendering& rendering) {
    return {rendering, defaultComposite(info.bands, info.channels)};
}

Rendering chooseRendering(const Array& sample) {
    bool displayLike = !sample.empty();
    for (const float v : sample.contiguousCopy().values())
        if (std::isfinite(v) && (v < -1e-3F || v > 1.001F)) {
            displayLike = false;
            break;
        }
    Rendering rendering;
    rendering.stretch = displayLike ? Stretch::Linear : Stretch::Asinh;
    rendering.cuts = displayLike ? Cuts::Fixed : Cuts::Percentile;
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
