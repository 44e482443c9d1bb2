#pragma once
// What a simulated object is, before anything is drawn. Internal to the simulator.

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "core/table.h"
#include "data/simulator.h"
#include "data/simulator_light.h"

namespace galatea::simulation {

enum class Morphology {
    Elliptical,
    Lenticular,
    Spiral,
    BarredSpiral,
    EdgeOn,
    Irregular,
    Merger,
    Star,
};

std::string_view morphologyName(Morphology type); ///< "elliptical", …
/// The class a person would give at a glance: smooth, spiral, edge-on, irregular, merger, star.
std::string_view coarseClass(Morphology type);

struct Bulge {
    double fraction = 0; ///< of the galaxy's light (rest-frame r)
    double index = 4;    ///< Sérsic n
    double radius = 1;   ///< effective, along the major axis, arcsec
    double axisRatio = 1;
    double young = 0; ///< fraction of its light from young stars
};

struct Disc {
    double scale = 1;       ///< exponential scale length, arcsec
    double inclination = 0; ///< radians; 0: face-on
    double axisRatio = 1;   ///< seen, thickness included
    double height = 0.15;   ///< sech² height in scale lengths, for edge-on discs
    double young = 0;       ///< fraction of its light from young stars
    double dust = 0;        ///< optical depth in r at the darkest places
    double warp = 0;        ///< of an edge-on disc
    double patchiness = 0;  ///< amplitude of structure that follows no arm
};

struct Arms {
    int64_t number = 0;
    double pitch = 0.3;   ///< angle between arm and circle, radians
    double sense = 1;     ///< +1 or −1: which way they wind
    double contrast = 0;  ///< 0 … 1
    double sharpness = 2; ///< κ of exp(κ (cos φ − 1)) across an arm
    double phase = 0;     ///< radians
    double start = 0.5;   ///< inner radius in scale lengths
    double wobble = 0;    ///< departure from a perfect spiral, radians
};

struct Bar {
    double fraction = 0; ///< of the disc's light
    double length = 0;   ///< half length in scale lengths
    double axisRatio = 0.3;
    double angle = 0; ///< in the disc's plane, radians
};

struct Ring {
    double fraction = 0; ///< of the disc's light
    double radius = 1;   ///< in scale lengths
    double width = 0.15; ///< in scale lengths
};

struct Knots {
    int64_t number = 0;
    double fraction = 0; ///< of the disc's light
    double spread = 1;   ///< irregulars: extent in scale lengths; spirals: ignored
};

struct TidalTail {
    double fraction = 0;  ///< of the galaxy's light
    double length = 0;    ///< arcsec
    double curvature = 0; ///< radians turned along its length
    double angle = 0;     ///< where it leaves, radians
};

struct Galaxy {
    Morphology type = Morphology::Elliptical;
    double x = 0, y = 0; ///< offset from the centre of the image, arcsec
    double angle = 0;    ///< of the major axis, from +column towards +row, radians
    double redshift = 0.05;
    double absoluteMagnitude = -21; ///< rest-frame r, AB
    double halfLightRadius = 3;     ///< of bulge and disc together, along the major axis, arcsec
    Bulge bulge;
    Disc disc;
    Arms arms;
    Bar bar;
    Ring ring;
    Knots knots;
    std::vector<TidalTail> tails;
    uint64_t texture = 0; ///< seeds what has no parameter of its own: knots, patches

    double youngFraction() const; ///< of all its light
    double axisRatio() const;     ///< of what dominates: the disc, or the bulge without one
    BandValues fluxes() const;    ///< nanomaggies, dust reddening not included (it only moves light)
};

struct PointSource {
    double x = 0, y = 0; ///< arcsec from the centre
    BandValues flux{};   ///< nanomaggies
};

struct SimulatedObject {
    Morphology type = Morphology::Star;
    std::vector<Galaxy> galaxies;    ///< the object: one, two for a merger, none for a star
    std::vector<PointSource> points; ///< the object if it is a star
    std::vector<Galaxy> companions;  ///< not part of the object
    std::vector<PointSource> foreground;
    double pixelScale = surveyPixel; ///< arcsec
    double seeing = 1.2;             ///< full width at half maximum in r, arcsec
    uint64_t seed = 0;               ///< for its noise

    BandValues fluxes() const; ///< of the object alone
};

/// Object `index` of the set; depends on nothing but the options and the index.
SimulatedObject drawTruth(const SimulationOptions& options, int64_t index);

/// A galaxy of this type at the origin, bright and large enough for a survey's catalogue.
Galaxy drawGalaxy(Morphology type, RandomStream& random);

/// The catalogue of objects 0 … count−1.
Table makeCatalog(const SimulationOptions& options, const StopToken& stop, ProgressSink& progress);

/// Threads for this many pieces of work under options.threads.
int64_t threadCount(const SimulationOptions& options, int64_t pieces);

} // namespace galatea::simulation
