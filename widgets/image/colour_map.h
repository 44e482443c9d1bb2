#pragma once
// Perceptually uniform colour maps, generated in Oklab (B. Ottosson 2020): lightness rises evenly from
// end to end, so equal steps of value look like equal steps, in gray print as well.

#include <array>
#include <vector>

#include <QColor>
#include <QStringList>

namespace galatea {

enum class ColourMap { Gray, Aurora, Ember, Glacier, Diverging, DivergingDark };

/// 256 colours from low to high. Built once per map; safe to call from any thread.
const std::array<QRgb, 256>& colours(ColourMap map);
QString colourMapName(ColourMap map);
/// Every map for images of flux (the Diverging ones are for residuals: neutral middle bright or dark).
const std::vector<ColourMap>& imageColourMaps();

/// Oklab lightness [0,1], chroma and hue in degrees to sRGB, chroma reduced until it fits the gamut.
QColor fromOklch(double lightness, double chroma, double hueDegrees);

} // namespace galatea
