#pragma once
// Images as a FITS cube, through cfitsio.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/array.h"

namespace galatea {

struct FitsCard {
    std::string key; ///< at most 8 of A-Z, 0-9, - and _
    std::variant<std::string, double, int64_t> value;
    std::string comment{};
};

/// [N,C,H,W], [C,H,W] or [H,W] as a float32 primary image whose axes are, in FITS order, x, y, channel,
/// image: readers in C order (numpy) get the array's own shape back. Row 0 of the array is the first FITS
/// row; the card ROWORDER says TOP-DOWN, as pictures are. Text is made printable ASCII; the same input gives
/// the same bytes. Throws std::invalid_argument for a bad key or a number that is not finite, otherwise as
/// AtomicFile does.
void writeFitsCube(const std::string& path, const Array& images, const std::vector<FitsCard>& cards = {});

} // namespace galatea
