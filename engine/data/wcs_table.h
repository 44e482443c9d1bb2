#pragma once
// Sky coordinates of the images of a data set. Cut-outs of one frame share its header; each keeps where in
// the frame it lies.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/wcs.h"

namespace galatea {

class WcsTable {
  public:
    /// One image: the coordinate cards of its frame (WorldCoordinates::cards(); empty: unknown) and the
    /// frame's pixel position of the image's pixel (0, 0).
    void add(const std::string& frameCards, PixelPosition origin = {});
    /// Takes what was stored; throws std::invalid_argument if the parts do not fit each other.
    static WcsTable fromParts(std::vector<std::string> frames, std::vector<int64_t> frameOfRow,
                              std::vector<PixelPosition> origins);

    int64_t rowCount() const { return static_cast<int64_t>(frameOfRow_.size()); }
    bool anyKnown() const { return !frames_.empty(); }
    /// The cards of one image, 80 bytes each, without END; empty if unknown.
    std::string cards(int64_t row) const;

    const std::vector<std::string>& frames() const { return frames_; }
    const std::vector<int64_t>& frameOfRow() const { return frameOfRow_; } ///< −1: unknown
    const std::vector<PixelPosition>& origins() const { return origins_; }

  private:
    std::vector<std::string> frames_;
    std::vector<int64_t> frameOfRow_;
    std::vector<PixelPosition> origins_;
    std::unordered_map<std::string, int64_t> known_;
};

} // namespace galatea
