#include "data/simulator_truth.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "data/simulator_profiles.h"

namespace galatea::simulation {

namespace {
constexpr double pi = std::numbers::pi;

double clampedNormal(RandomStream& random, double mean, double deviation, double low, double high) {
    return std::clamp(mean + deviation * random.normal(), low, high);
}

double angleOf(RandomStream& random) {
    return random.uniform(0, 2 * pi);
}

/// Axis ratio of an oblate disc of intrinsic thickness 0.16 seen at this inclination.
double seenAxisRatio(double inclination) {
    constexpr double thickness = 0.16;
    const double c = std::cos(inclination);
    return std::sqrt(c * c * (1 - thickness * thickness) + thickness * thickness);
}

void setInclination(Disc& disc, double inclination) {
    disc.inclination = inclination;
    disc.axisRatio = seenAxisRatio(inclination);
}

/// Inclination of randomly turned discs between two cosines.
double drawInclination(RandomStream& random, double lowestCosine, double highestCosine) {
    return std::acos(random.uniform(lowestCosine, highestCosine));
}

void makeElliptical(Galaxy& g, RandomStream& random) {
    g.bulge.fraction = 1;
    g.bulge.index = clampedNormal(random, 3.9 - 0.5 * (g.absoluteMagnitude + 21.8), 0.7, 2.2, 6);
    g.bulge.axisRatio = clampedNormal(random, 0.76, 0.15, 0.42, 0.98);
    g.bulge.young = std::clamp(0.02 + 0.02 * random.normal(), 0.0, 0.07);
}

void makeLenticular(Galaxy& g, RandomStream& random) {
    g.bulge.fraction = random.uniform(0.3, 0.65);
    g.bulge.index = clampedNormal(random, 3.0, 0.7, 1.8, 4.5);
    g.bulge.young = random.uniform(0, 0.05);
    setInclination(g.disc, drawInclination(random, 0.22, 0.9));
    g.disc.young = random.uniform(0.03, 0.14);
    if (random.uniform() < 0.25)
        g.bar = {random.uniform(0.08, 0.18), random.uniform(0.9, 1.4), random.uniform(0.3, 0.45),
                 angleOf(random)};
    if (random.uniform() < 0.2)
        g.ring = {random.uniform(0.1, 0.22), random.uniform(1.3, 2.2), random.uniform(0.15, 0.3)};
}

int64_t drawArmNumber(RandomStream& random) {
    const double u = random.uniform();
    return u < 0.62 ? 2 : u < 0.82 ? 3 : 4;
}

/// Along the Hubble sequence from Sa (stage 0) to Sd (stage 1): smaller bulges, looser, bluer, clumpier arms.
void makeSpiral(Galaxy& g, double stage, RandomStream& random) {
    g.bulge.fraction =
        std::clamp(0.36 * std::pow(1 - stage, 1.3) + 0.03 + 0.04 * random.normal(), 0.015, 0.5);
    g.bulge.index = clampedNormal(random, 2.9 - 1.8 * stage, 0.5, 0.9, 4.5);
    g.bulge.young = random.uniform(0.0, 0.03 + 0.08 * stage);
    setInclination(g.disc, drawInclination(random, 0.3, 1.0));
    g.disc.young = clampedNormal(random, 0.3 + 0.36 * stage, 0.07, 0.16, 0.85);
    g.disc.dust = random.uniform(0.2, 1.0);
    g.disc.patchiness = random.uniform(0.08, 0.2) + 0.12 * stage;
    g.arms.number = drawArmNumber(random);
    const auto extraArms = static_cast<double>(g.arms.number - 2);
    g.arms.pitch =
        clampedNormal(random, 13 + 15 * stage + 2.5 * extraArms, 3.5, 11 + 3 * extraArms, 38) * pi / 180;
    g.arms.sense = random.uniform() < 0.5 ? -1 : 1;
    g.arms.contrast = random.uniform(0.55, 1.0);
    g.arms.sharpness = random.uniform(1.2, 3.6);
    g.arms.phase = angleOf(random);
    g.arms.start = random.uniform(0.3, 0.7);
    g.arms.wobble = random.uniform(0.1, 0.45);
    g.knots = {static_cast<int64_t>(25 + 110 * stage * random.uniform(0.6, 1.3)),
               (0.04 + 0.16 * stage) * random.uniform(0.6, 1.4), 1};
    if (random.uniform() < 0.08)
        g.ring = {random.uniform(0.08, 0.2), random.uniform(1.2, 2.0), random.uniform(0.12, 0.25)};
}

/// A bar, with the arms (or a ring) starting where it ends.
void makeBarredSpiral(Galaxy& g, double stage, RandomStream& random) {
    makeSpiral(g, stage, random);
    g.bar = {random.uniform(0.14, 0.28), random.uniform(0.9, 1.7), random.uniform(0.2, 0.34),
             angleOf(random)};
    if (random.uniform() < 0.75)
        g.arms.number = 2;
    g.arms.start = 0.9 * g.bar.length;
    g.arms.wobble *= 0.6;
    g.arms.phase = g.bar.angle * static_cast<double>(g.arms.number);
    g.arms.contrast = random.uniform(0.75, 1.0);
    setInclination(g.disc, drawInclination(random, 0.42, 1.0));
    g.ring = {};
    if (random.uniform() < 0.35)
        g.ring = {random.uniform(0.1, 0.24), 1.05 * g.bar.length, random.uniform(0.12, 0.22)};
}

void makeEdgeOn(Galaxy& g, RandomStream& random) {
    const double stage = random.uniform();
    g.bulge.fraction = std::clamp(0.42 * (1 - stage) * (1 - stage) + 0.02, 0.02, 0.5);
    g.bulge.index = clampedNormal(random, 2.8 - 1.6 * stage, 0.4, 1, 4);
    g.bulge.axisRatio = random.uniform(0.55, 0.85);
    g.bulge.young = random.uniform(0, 0.1);
    g.disc.inclination = random.uniform(84, 90) * pi / 180;
    g.disc.height = random.uniform(0.16, 0.32);
    g.disc.axisRatio = g.disc.height;
    g.disc.young = clampedNormal(random, 0.16 + 0.4 * stage, 0.07, 0.05, 0.7);
    g.disc.dust = random.uniform() < 0.75 ? random.uniform(1.5, 5.0) : random.uniform(0, 0.5);
    g.disc.warp = 0.015 * random.normal();
    g.disc.patchiness = 0.1 + 0.2 * stage;
    g.knots = {static_cast<int64_t>(10 + 45 * stage), 0.02 + 0.1 * stage, 1};
}

void makeIrregular(Galaxy& g, RandomStream& random) {
    g.bulge.fraction = random.uniform(0.0, 0.06);
    g.bulge.index = 1;
    g.bulge.young = random.uniform(0.2, 0.6);
    setInclination(g.disc, drawInclination(random, 0.35, 0.95));
    g.disc.young = random.uniform(0.5, 0.9);
    g.disc.patchiness = random.uniform(0.45, 0.75);
    g.knots = {static_cast<int64_t>(random.uniform(12, 55)), random.uniform(0.16, 0.4),
               random.uniform(0.7, 1.3)};
}

void makeAnatomy(Galaxy& g, RandomStream& random) {
    switch (g.type) {
    case Morphology::Elliptical:
        return makeElliptical(g, random);
    case Morphology::Lenticular:
        return makeLenticular(g, random);
    case Morphology::Spiral:
        return makeSpiral(g, random.uniform(), random);
    case Morphology::BarredSpiral:
        return makeBarredSpiral(g, random.uniform(0, 0.85), random);
    case Morphology::EdgeOn:
        return makeEdgeOn(g, random);
    case Morphology::Irregular:
        return makeIrregular(g, random);
    case Morphology::Merger:
    case Morphology::Star:
        return;
    }
}

/// Radius in disc scale lengths that holds half the light of bulge and disc, the bulge's effective radius
/// being `ratio` scale lengths.
double halfLightInScales(const Bulge& bulge, double ratio) {
    const SersicProfile profile(bulge.index, ratio, 1);
    double low = 0, high = 12;
    for (int step = 0; step < 24; ++step) {
        const double middle = (low + high) / 2;
        const double disc = 1 - (1 + middle) * std::exp(-middle);
        const double inside = bulge.fraction * profile.enclosed(middle) + (1 - bulge.fraction) * disc;
        (inside < 0.5 ? low : high) = middle;
    }
    return (low + high) / 2;
}

void setSizes(Galaxy& g, RandomStream& random) {
    if (g.bulge.fraction >= 1) {
        g.bulge.radius = g.halfLightRadius;
        return;
    }
    const double ratio = std::clamp(0.22 + 0.9 * g.bulge.fraction, 0.2, 0.75) * random.uniform(0.75, 1.25);
    g.disc.scale = g.halfLightRadius / halfLightInScales(g.bulge, ratio);
    g.bulge.radius = ratio * g.disc.scale;
    if (g.type != Morphology::EdgeOn) // a flattened spheroid, rounder than its disc
        g.bulge.axisRatio = 1 - 0.55 * (1 - g.disc.axisRatio) * random.uniform(0.6, 1);
}

struct TypeStatistics {
    double magnitude, deviation; ///< of the absolute magnitude
    double radius, slope;        ///< kpc at magnitude −21, and exponent: R ∝ 10^(−slope (M + 21))
};

/// Luminosities and sizes of what a bright survey sees, after the relations of Shen et al. (2003).
TypeStatistics statistics(Morphology type) {
    switch (type) {
    case Morphology::Elliptical:
        return {-21.9, 0.7, 3.6, 0.22};
    case Morphology::Lenticular:
        return {-21.3, 0.6, 3.9, 0.18};
    case Morphology::Irregular:
        return {-19.0, 0.8, 5.2, 0.10};
    case Morphology::EdgeOn:
        return {-20.7, 0.7, 6.4, 0.12};
    default:
        return {-21.0, 0.7, 5.9, 0.12};
    }
}

/// Redshift and luminosity as a survey limited in brightness and size finds them.
void drawPlace(Galaxy& g, RandomStream& random) {
    constexpr double faintest = 16.8, brightest = 12.5, smallest = 2.7, largest = 9;
    const auto typical = statistics(g.type);
    for (int attempt = 0; attempt < 60; ++attempt) {
        g.redshift = 0.01 - 0.034 * std::log((1 - random.uniform()) * (1 - random.uniform()));
        g.absoluteMagnitude = typical.magnitude + typical.deviation * random.normal();
        const double kpc = typical.radius * std::pow(10, -typical.slope * (g.absoluteMagnitude + 21)) *
                           std::pow(10, 0.11 * random.normal());
        const double apparent = g.absoluteMagnitude + distanceModulus(std::min(g.redshift, 0.25));
        if (g.redshift > 0.25)
            continue;
        g.halfLightRadius = kpc / kiloparsecsPerArcsec(g.redshift);
        if (apparent < faintest && apparent > brightest && g.halfLightRadius > smallest &&
            g.halfLightRadius < largest)
            return;
    }
    g.redshift = std::min(g.redshift, 0.25);
    g.halfLightRadius = std::clamp(g.halfLightRadius, smallest, largest);
}

/// Radius holding nine tenths of the light: from concentrations of Sérsic profiles as surveys measure them.
double nineTenthsRadius(const Galaxy& g) {
    const double index = g.bulge.fraction >= 1 ? g.bulge.index : 1 + (g.bulge.index - 1) * g.bulge.fraction;
    return g.halfLightRadius * (2.2 + 0.18 * index);
}

Morphology drawType(const SimulationOptions& options, RandomStream& random) {
    if (random.uniform() < options.starFraction)
        return Morphology::Star;
    constexpr double shares[] = {0.19, 0.10, 0.28, 0.15, 0.13, 0.08, 0.07};
    double u = random.uniform();
    int64_t type = 0;
    for (const double share : shares) {
        if (u < share)
            return static_cast<Morphology>(type);
        u -= share;
        ++type;
    }
    return Morphology::Elliptical;
}

PointSource drawStar(double brightest, double faintest, RandomStream& random) {
    // Numbers rise by a factor 1.6 per magnitude; faint ones are mostly red dwarfs.
    const double slope = 0.2;
    const double low = std::pow(10, slope * brightest), high = std::pow(10, slope * faintest);
    const double magnitude = std::log10(random.uniform(low, high)) / slope;
    const double position = 0.92 * std::pow(random.uniform(), 0.75);
    PointSource star;
    star.flux = starFluxes(magnitude, position, random);
    return star;
}

void brighten(Galaxy& g, double magnitudes) {
    g.absoluteMagnitude += magnitudes;
}

TidalTail drawTail(const Galaxy& g, double angle, RandomStream& random) {
    return {random.uniform(0.05, 0.14), g.halfLightRadius * random.uniform(2.2, 4.2),
            random.uniform(0.7, 2.2) * (random.uniform() < 0.5 ? -1 : 1), angle};
}

/// Two galaxies falling into one another, their arms torn open and tails drawn out.
void drawMerger(SimulatedObject& object, RandomStream& random) {
    const auto member = [&] {
        const double u = random.uniform();
        return u < 0.3 ? Morphology::Elliptical : u < 0.4 ? Morphology::Lenticular : Morphology::Spiral;
    };
    Galaxy first = drawGalaxy(Morphology::Spiral, random);
    Galaxy second = drawGalaxy(member(), random);
    const double ratio = random.uniform(0.55, 0.95);
    second.redshift = first.redshift;
    const double scale = first.halfLightRadius * ratio / second.halfLightRadius;
    second.halfLightRadius *= scale;
    second.bulge.radius *= scale;
    second.disc.scale *= scale;
    second.absoluteMagnitude = first.absoluteMagnitude + random.uniform(0, 1.2);
    const double direction = angleOf(random), separation = first.halfLightRadius * random.uniform(0.8, 2.2);
    for (Galaxy* g : {&first, &second}) {
        const double side = g == &first ? -0.45 : 0.55;
        g->x = side * separation * std::cos(direction);
        g->y = side * separation * std::sin(direction);
        if (g->bulge.fraction >= 1)
            continue;
        g->arms.pitch = random.uniform(28, 48) * pi / 180;
        g->arms.number = random.uniform() < 0.6 ? 2 : 1;
        g->arms.wobble = random.uniform(0.3, 0.8);
        g->disc.patchiness += 0.15;
        g->disc.young = std::min(0.9, g->disc.young + 0.12);
        if (random.uniform() < 0.75)
            g->tails.push_back(drawTail(*g, direction + (side < 0 ? pi : 0) + 0.5 * random.normal(), random));
    }
    object.galaxies = {std::move(first), std::move(second)};
}

/// Everything in the field that is not the object; `side` of the field in arcsec.
void drawField(SimulatedObject& object, double side, RandomStream& random) {
    const double area = side * side;
    const auto place = [&](auto& thing) {
        thing.x = random.uniform(-0.5, 0.5) * side;
        thing.y = random.uniform(-0.5, 0.5) * side;
    };
    const bool star = object.type == Morphology::Star;
    const int64_t faint = random.poisson(area * 0.0003), stars = random.poisson(area * 0.00013);
    const int64_t near = !star && random.uniform() < 0.2 ? 1 : 0;
    for (int64_t n = 0; n < near + faint; ++n) {
        const double u = random.uniform();
        Galaxy g = drawGalaxy(u < 0.45  ? Morphology::Elliptical
                              : u < 0.6 ? Morphology::Lenticular
                                        : Morphology::Spiral,
                              random);
        const bool neighbour = n < near;
        const double shrink = neighbour ? random.uniform(0.25, 0.6) * object.galaxies.front().halfLightRadius
                                        : random.uniform(0.5, 1.4);
        const double magnitude = neighbour ? magnitudeOfFlux(object.fluxes()[2]) + random.uniform(0.8, 3.2)
                                           : 18.3 + 2.5 * std::sqrt(random.uniform());
        const double factor = shrink / g.halfLightRadius;
        g.halfLightRadius *= factor;
        g.bulge.radius *= factor;
        g.disc.scale *= factor;
        g.redshift = neighbour ? object.galaxies.front().redshift : random.uniform(0.08, 0.35);
        brighten(g, magnitude - magnitudeOfFlux(g.fluxes()[2]));
        place(g);
        object.companions.push_back(std::move(g));
    }
    for (int64_t n = 0; n < stars; ++n) {
        object.foreground.push_back(drawStar(16, 20.5, random));
        place(object.foreground.back());
    }
}
} // namespace

std::string_view morphologyName(Morphology type) {
    constexpr std::string_view names[] = {"elliptical",   "lenticular", "spiral", "barred spiral",
                                          "edge-on disc", "irregular",  "merger", "star"};
    return names[static_cast<size_t>(type)];
}

std::string_view coarseClass(Morphology type) {
    constexpr std::string_view names[] = {"smooth",  "smooth",    "spiral", "spiral",
                                          "edge-on", "irregular", "merger", "star"};
    return names[static_cast<size_t>(type)];
}

double Galaxy::youngFraction() const {
    return bulge.fraction * bulge.young + (1 - bulge.fraction) * disc.young;
}

double Galaxy::axisRatio() const {
    return bulge.fraction >= 1 ? bulge.axisRatio : disc.axisRatio;
}

BandValues Galaxy::fluxes() const {
    const BandValues old = bandResponse(Population::Old, redshift);
    const BandValues young = bandResponse(Population::Young, redshift);
    const BandValues nebular = bandResponse(Population::Nebular, redshift);
    const double luminosity = fluxOfMagnitude(absoluteMagnitude + distanceModulus(redshift));
    const double knotty = (1 - bulge.fraction) * knots.fraction;
    const double youthful = std::max(0.0, youngFraction() - knotty);
    BandValues flux{};
    for (size_t band = 0; band < bandCount; ++band)
        flux[band] = luminosity *
                     (youthful * young[band] + knotty * nebular[band] + (1 - youthful - knotty) * old[band]);
    return flux;
}

BandValues SimulatedObject::fluxes() const {
    BandValues total{};
    const auto add = [&](const BandValues& flux) {
        std::transform(flux.begin(), flux.end(), total.begin(), total.begin(), std::plus{});
    };
    for (const auto& galaxy : galaxies)
        add(galaxy.fluxes());
    for (const auto& point : points)
        add(point.flux);
    return total;
}

Galaxy drawGalaxy(Morphology type, RandomStream& random) {
    Galaxy galaxy;
    galaxy.type = type;
    galaxy.angle = angleOf(random) / 2;
    galaxy.texture = random.bits();
    drawPlace(galaxy, random);
    makeAnatomy(galaxy, random);
    setSizes(galaxy, random);
    return galaxy;
}

SimulatedObject drawTruth(const SimulationOptions& options, int64_t index) {
    RandomStream seeds(options.seed ^ (0x9E3779B97F4A7C15ull * (static_cast<uint64_t>(index) + 1)), "object");
    RandomStream random(seeds.bits(), "truth");
    SimulatedObject object;
    object.type = drawType(options, random);
    object.seed = random.bits();
    object.seeing = clampedNormal(random, 1.15, 0.1, 0.9, 1.5);
    // The field is chosen as Galaxy Zoo did: by the radius of the galaxy. A star gets that of some galaxy.
    double radius = 0;
    if (object.type == Morphology::Star) {
        radius = nineTenthsRadius(drawGalaxy(Morphology::Spiral, random));
        object.points.push_back(drawStar(14.5, 19.5, random));
    } else if (object.type == Morphology::Merger) {
        drawMerger(object, random);
        radius = 1.3 * nineTenthsRadius(object.galaxies.front());
    } else {
        object.galaxies.push_back(drawGalaxy(object.type, random));
        radius = nineTenthsRadius(object.galaxies.front());
    }
    const double field = 2.7 * radius * random.uniform(0.75, 1.25);
    const auto side = static_cast<double>(options.size);
    object.pixelScale = options.pixelScale > 0 ? options.pixelScale : field / side;
    const double jitterX = 0.35 * random.normal(), jitterY = 0.35 * random.normal(); // pixels of 1/64 field
    for (auto& galaxy : object.galaxies) {
        galaxy.x += jitterX * field / 64;
        galaxy.y += jitterY * field / 64;
    }
    for (auto& point : object.points) {
        point.x += jitterX * surveyPixel;
        point.y += jitterY * surveyPixel;
    }
    drawField(object, object.pixelScale * side, random);
    return object;
}

} // namespace galatea::simulation
