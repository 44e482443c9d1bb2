#pragma once
// Many small images side by side in one picture.

#include <cstdint>
#include <string>
#include <vector>

#include "core/array.h"

namespace galatea::cli {

struct ContactSheet {
    Array image;                 ///< [1 or 3, height, width], 0 … 1
    double black = 0, white = 1; ///< the pixel values drawn as 0 and 1
};

/// How the images of a sheet are to be seen.
struct SheetStyle {
    std::vector<std::string> bands;
    bool bottomUp = false; ///< row 0 of the images is their bottom: they are turned the right way up
    int64_t columns = 0;   ///< images beside each other; 0: nearly square
};

/// images [N,C,H,W] beside and below each other, 2 pixels apart on a dark ground. One
/// channel is gray. Of more, three become red, green and blue: pictures (bands red, green, blue or unnamed)
/// as they are, survey bands, which run from blue to red, the other way round (g, r, i of ugriz: Lupton et
/// al. 2004). Images already within [0,1] are drawn as they are; others share one linear stretch between the
/// 0.5 and 99.5 percentiles of all their pixels. Throws UsageError if the picture would pass 20 000 pixels on
/// a side.
ContactSheet makeContactSheet(const Array& images, const SheetStyle& style);

} // namespace galatea::cli
