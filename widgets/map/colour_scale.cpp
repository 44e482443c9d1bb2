#include "widgets/map/colour_scale.h"

#include "widgets/charts/ticks.h"
#include "widgets/map/density_shading.h"

#include <QLocale>

#include <cmath>

namespace galatea {

namespace {

ColourScale densityScale(const OverlayDensity& density, bool dark) {
    ColourScale scale;
    scale.name = QStringLiteral("Objects per pixel");
    scale.colourAt = [map = density.map, dark](double place) { return densityColour(map, place, dark); };
    const double all = std::log1p(density.most / density.least);
    for (int power = -6; power < 12; ++power)
        for (const int digit : {1, 3}) {
            const double value = digit * std::pow(10.0, power);
            const double place = std::log1p(value / density.least) / all;
            if (value >= density.least && value <= density.most)
                scale.ticks.push_back({place, QLocale().toString(value, 'g', 12)});
        }
    return scale;
}

ColourScale valueScale(const Colouring& colouring, bool dark) {
    ColourScale scale;
    scale.name = colouring.valueName;
    scale.colourAt = [map = colouring.map, dark](double place) { return colourAlong(map, place, dark); };
    const Ticks ticks = roundTicks(colouring.low, colouring.high, 4);
    for (const double value : ticks.values)
        scale.ticks.push_back({(value - colouring.low) / (colouring.high - colouring.low),
                               QString::number(value, 'f', ticks.decimals)});
    return scale;
}

} // namespace

std::optional<ColourScale> colourScale(const OverlayContent& content) {
    const bool dark = content.theme == MapTheme::Dark;
    if (content.density)
        return densityScale(*content.density, dark);
    if (content.colouring.mode == MapColouring::Values && !content.colouring.values->empty())
        return valueScale(content.colouring, dark);
    return {};
}

} // namespace galatea
