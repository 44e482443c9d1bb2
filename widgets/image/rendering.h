#pragma once
// Arrays of pixels to pictures: cuts, stretch, colour map or three-band composite. No widget in here;
// every function may be called from any thread.

#include <span>
#include <string>
#include <vector>

#include <QImage>
#include <QStringList>

#include "core/array.h"
#include "widgets/image/colour_map.h"

namespace galatea {

enum class Stretch { Linear, Log, Sqrt, Asinh };
enum class Cuts { Fixed, MinMax, Percentile, ZScale };

QString stretchName(Stretch stretch);
QString cutsName(Cuts cuts);
/// The inverse of the names; false if the text names none.
bool parseStretch(const QString& name, Stretch& stretch);
bool parseCuts(const QString& name, Cuts& cuts);
bool parseColourMap(const QString& name, ColourMap& map);

/// Values drawn darkest and brightest.
struct Limits {
    double low = 0, high = 1;
};

struct Rendering {
    Stretch stretch = Stretch::Linear;
    Cuts cuts = Cuts::MinMax;
    Limits fixed{0, 1};       ///< for Cuts::Fixed
    double percentile = 99.5; ///< for Cuts::Percentile: this share of the pixels lies between the cuts
    ColourMap map = ColourMap::Gray;
    bool operator==(const Rendering&) const = default;
};
inline bool operator==(const Limits& a, const Limits& b) {
    return a.low == b.low && a.high == b.high;
}

/// Limits of the finite values; {0, 1} where there are none. ZScale is IRAF's display algorithm: a line
/// through the sorted sample with outliers rejected, contrast 0.25.
Limits findLimits(std::span<const float> values, const Rendering& rendering);

/// Position of a value between the limits after the stretch, in [0,1]; NaN counts as the lower cut.
double stretched(double value, const Limits& limits, Stretch stretch);

/// One band [H,W] through the colour map. Rows go down, as in a picture.
QImage renderBand(const Array& band, const Rendering& rendering);

/// Three bands of [C,H,W] as red, green, blue with common limits, so that colours are kept.
struct Composite {
    int red = 0, green = 1, blue = 2;
    bool operator==(const Composite&) const = default;
};
QImage renderComposite(const Array& image, const Composite& bands, const Rendering& rendering);

/// Red is the longest wavelength: by filter name (u g r i z Y J H K …), identity for R, G, B or unknown.
Composite defaultComposite(const std::vector<std::string>& bands, int64_t channels);

/// [C,H,W]: a composite where there are three or more channels, else the first band.
QImage renderImage(const Array& image, const Composite& bands, const Rendering& rendering);

/// Signed differences [C,H,W] about zero, mean over the channels, blue below and red above. `span` is the
/// value drawn in full colour; 0: the largest deviation found. `dark`: zero is dark instead of bright.
QImage renderResidual(const Array& difference, double span = 0, bool dark = false);

} // namespace galatea
