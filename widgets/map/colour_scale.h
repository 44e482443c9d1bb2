#pragma once
// What the colours of a map stand for, as a bar tells it: of values, or of points a pixel.

#include "widgets/map/overlay.h"

#include <QString>

#include <functional>
#include <optional>
#include <vector>

namespace galatea {

struct ColourScale {
    struct Tick {
        double place = 0; ///< 0 to 1 along the bar
        QString text;
    };
    QString name;
    std::function<Rgba(double)> colourAt; ///< of a place along the bar
    std::vector<Tick> ticks;
};

/// Nothing where colours are not numbers.
std::optional<ColourScale> colourScale(const OverlayContent& content);

} // namespace galatea
