#pragma once
// The colour of every row, from whichever colouring is on show.

#include "widgets/map/map_types.h"
#include "widgets/map/point_store.h"
#include "widgets/map/rgba.h"
#include "widgets/map/shared.h"

#include <QColor>
#include <QString>

#include <cstdint>
#include <vector>

namespace galatea {

Rgba toRgba(const QColor& colour);
/// `fraction` in [0, 1] along a colour map; the end that would sink into the ground is left out.
Rgba colourAlong(MapColourMap map, double fraction, bool dark);

struct Colouring {
    MapColouring mode = MapColouring::Uniform;
    QColor uniform; ///< invalid: the palette's first
    std::vector<MapClass> classes;
    Shared<std::vector<double>> values; ///< one per row, or empty
    QString valueName;
    MapColourMap map = MapColourMap::Viridis;
    double low = 0, high = 1;

    void setValues(std::vector<double> numbers, const QString& name, MapColourMap colourMap);
    QColor classColour(size_t index) const;
    /// Colours every point; whatever has no class or value takes the context colour.
    void tint(PointStore& store, bool dark) const;
    int64_t bytes() const; ///< held for all points
};

} // namespace galatea
