#pragma once
// The ink of one point: how much of each pixel it covers, kept ready for every eighth of a pixel its centre
// may lie at.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace galatea {

/// A disc with an anti-aliased edge (with a rim: the outermost pixel darker, which parts neighbours of one
/// colour), or the two parts of a diamond: a ground that sets it off and the colour within.
enum class StampShape { Disc, RimmedDisc, DiamondGround, DiamondColour };

struct Ink {
    float cover = 0; ///< of the pixel, 0 to 1
    float shade = 0; ///< cover times how bright the colour is there
};

/// Ink of a point of this radius in the pixel whose middle lies (dx, dy) from its centre, in device pixels.
Ink inkAt(StampShape shape, float radius, float dx, float dy);

/// A point cannot be smaller than this: it is drawn fainter instead.
inline constexpr double leastDiameter = 1.5;
/// Larger points are worked out pixel by pixel: their stamps would not stay in the processor's cache.
inline constexpr double mostStampDiameter = 12;
inline constexpr int subpixels = 8;

class Stamp {
  public:
    Stamp(StampShape shape, double diameter, double opacity);

    int width() const { return width_; } ///< even: two pixels are blended at a time
    int height() const { return height_; }
    /// First pixel column (row) relative to the one that holds the centre, for a centre `eighth`/8 into it.
    int first(int eighth) const { return first_[static_cast<size_t>(eighth)]; }
    /// Four numbers a pixel (its share of 65,536), rows from the top; all four the same.
    const uint16_t* cover(int eighthX, int eighthY) const { return cover_.data() + at(eighthX, eighthY); }
    /// The same for what is laid on: red, green and blue shaded, the fourth as cover().
    const uint16_t* shade(int eighthX, int eighthY) const {
        return (shade_.empty() ? cover_ : shade_).data() + at(eighthX, eighthY);
    }

  private:
    size_t at(int eighthX, int eighthY) const {
        return static_cast<size_t>((eighthY * subpixels + eighthX) * width_ * height_ * 4);
    }
    int width_, height_;
    std::array<int, subpixels> first_{};
    std::vector<uint16_t> cover_, shade_; ///< shade_ empty: the same
};

} // namespace galatea
