#pragma once
// Between latents and a finished map, both ways, through the objects that are on it: new latents get a place,
// and any place has latents. Works for every kind of map.

#include <cstdint>
#include <vector>

#include "core/array.h"
#include "core/stop_token.h"

namespace galatea {

/// Neighbours are weighted by ((R − d) / (R d))², with d their distance and R that of the first one left out
/// (the modified Shepard weights of Franke & Nielson 1980): smooth, local, and an object's own place gives
/// the object.
class MapPlacement {
  public:
    struct OnMap {
        Array places; ///< [M,2|3]
        std::vector<double>
            offData; ///< [M] distance to the nearest object in units of the spacing there, see below
    };
    struct InLatents {
        Array latents;               ///< [M,D]
        std::vector<double> offData; ///< [M] likewise, on the map
        std::vector<double>
            spread; ///< [M] how far the neighbours' latents lie from that, weighted root mean square
    };

    /// z [N,D] and map [N,2|3] of the same objects, finite, N ≥ 2; both are kept, not copied. `neighbors` is
    /// lowered to N − 1. Throws UsageError for other shapes.
    MapPlacement(const Array& z, const Array& map, int64_t neighbors = 15);

    /// Where latents [M,D] belong on the map: the weighted geometric median of their neighbours' places,
    /// which stays among most of them where a mean would fall between two groups. Throws UsageError for other
    /// shapes or values that are not finite, Interrupted on stop; so do those below.
    /// Without `measured` offData stays empty, which spares half of the search.
    OnMap place(const Array& latents, const StopToken& stop = {}, bool measured = true) const;
    /// What places [M,2|3] of the map stand for: the weighted mean of their neighbours' latents.
    InLatents invert(const Array& places, const StopToken& stop = {}) const;

  private:
    Array z_, map_;
    int64_t neighbors_;
};

// Off the data: the distance to the nearest object, divided by r / k^(1/dimensions), where r is the distance
// of that object to its k-th neighbour. About ½ among the objects, above 3 where there are none.

} // namespace galatea
