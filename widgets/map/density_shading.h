#pragma once
// How many points lie in each pixel, as a picture: logarithmic in the number, along a colour map. Where they
// are few the counts are smoothed, so that a thousand points are a landscape as ten million are, and its thin
// outskirts are as calm as its heights are sharp.

#include "widgets/map/map_types.h"
#include "widgets/map/paint_crew.h"
#include "widgets/map/rgba.h"
#include "widgets/map/splat.h"

#include <optional>

namespace galatea {

struct DensityLook {
    MapColourMap map = MapColourMap::Magma;
    bool dark = true;
    double opacity = 1;
    double scale = 1;           ///< points there are for each one counted: more than 1 while a part is drawn
    std::optional<Rgba> single; ///< shades of one colour instead of the map, for what is not selected
};

/// A colour of the map at `fraction` of the way from few to many.
Rgba densityColour(MapColourMap map, double fraction, bool dark);

class DensityShading {
  public:
    /// Writes premultiplied pixels, or lays them over what is there.
    void shade(const Sheet& counted, const DensityLook& look, PaintCrew& crew, bool over, uint8_t* rgba);
    /// Points a pixel where they are densest, and where the colours begin, in the last picture.
    double most() const { return most_; }
    double least() const { return least_; }

    /// Standard deviation in pixels by which such counts are smoothed where they are densest; 0: not at all.
    static double smoothingFor(const Sheet& counted);

  private:
    /// A smoothed density on a grid of cells `step` pixels wide.
    struct Coarse {
        int step = 1, width = 0, height = 0;
        std::vector<float> values;
        void row(int y, int count, float* out) const;
    };
    void smooth(int width, int height, double sigma, PaintCrew& crew, Coarse& out);

    std::vector<float> density_, spare_;
    Coarse wide_, narrow_;
    double most_ = 0, least_ = 1;
};

} // namespace galatea
