#include "widgets/image/colour_map.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace galatea {

namespace {

struct Linear {
    double r, g, b;
    bool inGamut() const {
        auto fits = [](double v) { return v >= -1e-6 && v <= 1 + 1e-6; };
        return fits(r) && fits(g) && fits(b);
    }
};

/// Oklab to linear sRGB: the inverse matrices of https://bottosson.github.io/posts/oklab/.
Linear oklabToLinear(double lightness, double a, double b) {
    const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    const double m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    const double s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
    return {4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
            -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

double encode(double linear) {
    const double v = std::clamp(linear, 0.0, 1.0);
    return v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
}

std::array<QRgb, 256> build(ColourMap map) {
    std::array<QRgb, 256> table{};
    for (int i = 0; i < 256; ++i) {
        const double t = i / 255.0;
        const double bow = std::sin(std::numbers::pi * t); // chroma must vanish towards black and white
        QColor c;
        switch (map) {
        case ColourMap::Gray:
            c = QColor(i, i, i);
            break;
        case ColourMap::Aurora: // violet, blue, green, yellow
            c = fromOklch(0.18 + 0.74 * t, 0.11 + 0.05 * t, 310 - 205 * t);
            break;
        case ColourMap::Ember: // black, purple, red, orange, pale yellow
            c = fromOklch(0.03 + 0.94 * t, 0.18 * std::pow(bow, 0.7), 295 + 175 * t);
            break;
        case ColourMap::Glacier: // black, deep blue, ice
            c = fromOklch(0.05 + 0.93 * t, 0.13 * std::pow(bow, 0.8), 265 - 60 * t);
            break;
        case ColourMap::Diverging: // blue, near white, red
            c = fromOklch(0.96 - 0.50 * std::abs(2 * t - 1), 0.19 * std::abs(2 * t - 1), t < 0.5 ? 255 : 28);
            break;
        case ColourMap::DivergingDark: // blue, near black, red
            c = fromOklch(0.19 + 0.50 * std::abs(2 * t - 1), 0.19 * std::abs(2 * t - 1), t < 0.5 ? 255 : 28);
            break;
        }
        table[static_cast<size_t>(i)] = c.rgb();
    }
    return table;
}

} // namespace

QColor fromOklch(double lightness, double chroma, double hueDegrees) {
    const double hue = hueDegrees * std::numbers::pi / 180;
    auto at = [&](double c) { return oklabToLinear(lightness, c * std::cos(hue), c * std::sin(hue)); };
    Linear colour = at(chroma);
    if (!colour.inGamut()) {
        double low = 0, high = chroma;
        for (int step = 0; step < 20; ++step) {
            const double middle = (low + high) / 2;
            (at(middle).inGamut() ? low : high) = middle;
        }
        colour = at(low);
    }
    return QColor::fromRgbF(static_cast<float>(encode(colour.r)), static_cast<float>(encode(colour.g)),
                            static_cast<float>(encode(colour.b)));
}

const std::array<QRgb, 256>& colours(ColourMap map) {
    static const std::array<std::array<QRgb, 256>, 6> tables = {
        build(ColourMap::Gray),    build(ColourMap::Aurora),    build(ColourMap::Ember),
        build(ColourMap::Glacier), build(ColourMap::Diverging), build(ColourMap::DivergingDark)};
    return tables[static_cast<size_t>(map)];
}

QString colourMapName(ColourMap map) {
    switch (map) {
    case ColourMap::Gray:
        return "Gray";
    case ColourMap::Aurora:
        return "Aurora";
    case ColourMap::Ember:
        return "Ember";
    case ColourMap::Glacier:
        return "Glacier";
    case ColourMap::Diverging:
        return "Diverging";
    case ColourMap::DivergingDark:
        return "Diverging, dark";
    }
    return {};
}

const std::vector<ColourMap>& imageColourMaps() {
    static const std::vector<ColourMap> maps = {ColourMap::Gray, ColourMap::Aurora, ColourMap::Ember,
                                                ColourMap::Glacier};
    return maps;
}

} // namespace galatea
