#pragma once
// The catalogue that goes with cut-outs: one row per source, with units and UCDs.

#include <optional>
#include <string>
#include <vector>

#include "core/table.h"
#include "data/survey/detection.h"
#include "data/survey/photometry.h"

namespace galatea::survey {

/// Our own bits of the column `flags`, above SEP's (see SourceFlag).
enum CutoutFlag : int64_t {
    flagEdge = 256,        ///< the cut-out reaches beyond a band's frame
    flagBadPixels = 512,   ///< bad pixels lie within it
    flagCrowded = 1024,    ///< another source's isophote touches its central quarter
    flagUndetected = 2048, ///< the given position has no detection of its own; shape and isophote are unknown
};

/// Everything measured of one source. Fluxes are in the unit of the cut-outs.
struct MeasuredSource {
    std::string field;
    int64_t number = 0; ///< within the field
    double x = 0, y = 0;
    std::optional<SkyPosition> sky;
    double a = 0, b = 0, theta = 0; ///< pixels, radians
    double northAngle = 0;          ///< from +y to north, degrees; see WorldCoordinates
    bool mirrored = false;          ///< east lies clockwise of north, as +x does of +y
    double area = 0;                ///< isophotal, pixels
    double kronRadius = 0;          ///< pixels along a
    double halfLightRadius = 0;     ///< pixels
    double signalToNoise = 0;       ///< of the Kron flux in the reference band (sky noise only)
    double coverage = 1;            ///< least of all bands: part of the cut-out that has pixels
    int64_t flags = 0;
    std::vector<BandFluxes> bands;
};

struct CatalogStyle {
    std::vector<std::string> bands;
    std::vector<std::optional<double>> zeroPoints; ///< of the fluxes, per band
    std::string fluxUnit;
    double pixelScale = 0; ///< arcsec; 0: unknown
    bool anySky = false;
};

Table sourceTable(const std::vector<MeasuredSource>& sources, const CatalogStyle& style);

/// −2.5 log10(flux) + zero point; NaN for a flux that is not positive.
double magnitude(double flux, double zeroPoint);

/// "em.opt.R" for a band's name; empty if unknown.
std::string ucdOfBand(const std::string& band);

} // namespace galatea::survey
