#pragma once
// Where on the sky a pixel lies: the celestial coordinates of an image's first two axes, through wcslib
// (Calabretta & Greisen 2002, A&A 395, 1077), with the SIP and TPV distortions it knows.
//
// Pixels are counted from 0 and pixel (0, 0) has its centre at x = 0, y = 0; FITS headers count from 1.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace galatea {

/// Degrees, in the header's own celestial system (see WorldCoordinates::system()).
struct SkyPosition {
    double ra = 0, dec = 0;
};

struct PixelPosition {
    double x = 0, y = 0;
};

/// Immutable; copies share; may be used from several threads at once (batches are cheaper: one lock each).
class WorldCoordinates {
  public:
    /// From the raw 80-byte cards of a header, with or without END. Nothing if the header has no celestial
    /// pair on its first two axes or contradicts itself; what was odd goes to `notes`. Never throws for what
    /// a header says.
    static std::optional<WorldCoordinates> fromCards(std::string_view cards,
                                                     std::vector<std::string>* notes = nullptr);

    /// NaN where a pixel is not on the sky.
    SkyPosition toSky(PixelPosition pixel) const;
    void toSky(std::span<const PixelPosition> pixels, std::span<SkyPosition> out) const;
    /// NaN where a position is not in the image's projection.
    PixelPosition toPixel(SkyPosition sky) const;
    void toPixel(std::span<const SkyPosition> sky, std::span<PixelPosition> out) const;

    /// Side of a square pixel of the same area, arcsec, at the reference pixel.
    double pixelScale() const;
    /// Angle from the image's +y to the sky's north, counter-clockwise from +x to +y, in degrees, at a pixel.
    double northAngle(PixelPosition at) const;
    /// "ICRS", "FK5", …; "GALACTIC" and the like for other systems. Upper case.
    const std::string& system() const;
    bool isEquatorial() const; ///< longitude and latitude are right ascension and declination

    /// The cards that define these coordinates, 80 bytes each, for another header; RADECSYS and EPOCH under
    /// their present names.
    const std::string& cards() const;
    /// The same for a cut-out whose pixel (0, 0) lies at (x, y) of this image.
    std::string cardsFrom(PixelPosition origin) const;
    WorldCoordinates shifted(PixelPosition origin) const;

    static constexpr size_t maxCards = 2000; ///< that bear on coordinates; more are refused

  private:
    struct State;
    explicit WorldCoordinates(std::shared_ptr<const State> state) : state_(std::move(state)) {}
    std::shared_ptr<const State> state_;
};

/// Coordinate cards (as WorldCoordinates::cards() gives them) for a cut-out whose pixel (0, 0) lies at
/// `origin` of the image they describe.
std::string shiftedWcsCards(const std::string& cards, PixelPosition origin);

/// Angle between two positions, arcsec (haversine formula, good at small and large angles).
double skySeparation(SkyPosition a, SkyPosition b);

} // namespace galatea
