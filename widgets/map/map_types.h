#pragma once
// What the map and those who use it say to each other: plain values.

#include <QColor>
#include <QImage>
#include <QPointF>
#include <QString>
#include <QStringList>

#include <array>

namespace galatea {

enum class MapTheme { Light, Dark };
enum class MapTool { Navigate, Rectangle, Lasso, Brush };
/// Every point by itself, or how many there are in each place.
enum class MapShading { Points, Density };
enum class MapSelectionMode { Replace, Add, Subtract };
enum class MapColouring { Uniform, Classes, Values };
/// Perceptually uniform, except CoolWarm, which diverges from a neutral middle.
enum class MapColourMap { Viridis, Magma, Cividis, CoolWarm };

/// One entry of the legend. An invalid colour is replaced by the palette's.
struct MapClass {
    QString name;
    QColor colour;
};

/// Where the view looks, told so that the same can be shown of another map: by how the whole of it is shown.
struct MapFraming {
    int dimensions = 2;
    std::array<double, 3>
        offset{};    ///< of the place looked at, in units of the height that shows the whole map
    double zoom = 1; ///< 1 shows the whole map, above 1 less of it
    std::array<double, 9> axes{1, 0, 0, 0, 1, 0, 0, 0, 1}; ///< rows: right, up, towards the eye
    bool whole = true;                                     ///< as fitToData() leaves it
};

/// The curve `sigmas` standard deviations from a Gaussian's centre: an ellipse on a 2-D map, the three
/// principal rings of an ellipsoid on a 3-D one. Coordinates are those of the points.
struct MapEllipse {
    std::array<double, 3> centre{};
    std::array<double, 9> covariance{}; ///< row-major 3×3; a 2-D map reads the upper left 2×2
    QColor colour;                      ///< invalid: the palette's, by position in the list
    QString label;                      ///< drawn beside the centre; may be empty
    double sigmas = 2;

    static MapEllipse planar(QPointF centre, double xx, double xy, double yy, QColor colour = {},
                             QString label = {});
};

/// What the card beside a point shows; every part may be left empty and supplied later.
struct MapHoverCard {
    QString title;              ///< usually the object's identifier
    QStringList lines;          ///< "name\tvalue" is set in two columns, anything else as a plain line
    QImage thumbnail;           ///< the object itself
    QImage decoded;             ///< what the model draws for it
    QString distance;           ///< how far off the data this place lies, in words
    bool decodePending = false; ///< a decode is on its way: keep its place free
};

} // namespace galatea
