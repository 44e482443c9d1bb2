#include "data/simulator_light.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace galatea::simulation {

namespace {
struct Knot {
    double x, y;
};

// Magnitudes relative to 617 nm. Chosen so that the populations have the colours of a passive galaxy
// (u−g 1.8, g−r 0.76, r−i 0.38 at z = 0; g−r 1.3 at z = 0.2) and of a star-forming disc.
constexpr Knot oldSpectrum[] = {{200, 6.2},  {250, 4.9},   {300, 3.6},   {355, 2.55}, {391, 1.78},
                                {425, 1.16}, {469, 0.76},  {514, 0.46},  {560, 0.22}, {617, 0.0},
                                {680, -0.2}, {748, -0.38}, {893, -0.66}, {1000, -0.8}};
constexpr Knot youngSpectrum[] = {{200, 0.75}, {250, 0.65},  {300, 0.58},  {355, 0.46},  {391, 0.12},
                                  {425, 0.0},  {469, -0.08}, {514, -0.06}, {560, -0.03}, {617, 0.0},
                                  {680, 0.05}, {748, 0.1},   {893, 0.17},  {1000, 0.2}};

double interpolated(std::span<const Knot> knots, double x) {
    const auto above = std::upper_bound(knots.begin(), knots.end(), x,
                                        [](double value, const Knot& knot) { return value < knot.x; });
    if (above == knots.begin())
        return knots.front().y;
    if (above == knots.end())
        return knots.back().y;
    const auto& low = *(above - 1);
    return low.y + (above->y - low.y) * (x - low.x) / (above->x - low.x);
}

/// A line as a band about 120 nm wide sees it.
double line(double wavelength, double centre) {
    const double offset = (wavelength - centre) / 45;
    return std::exp(-0.5 * offset * offset);
}

/// Comoving distance in Mpc to second order: deceleration q0 = -0.55.
double comovingDistance(double redshift) {
    constexpr double hubbleDistance = 299792.458 / 70;
    return hubbleDistance * redshift * (1 - 0.225 * redshift);
}
} // namespace

double populationMagnitude(Population population, double restWavelength) {
    if (population == Population::Old)
        return interpolated(oldSpectrum, restWavelength);
    const double continuum = interpolated(youngSpectrum, restWavelength);
    if (population == Population::Young)
        return continuum;
    const auto lines = [](double x) { return 1 + 0.45 * line(x, 500) + 1.0 * line(x, 656); };
    return continuum - 2.5 * std::log10(lines(restWavelength) / lines(617));
}

BandValues bandResponse(Population population, double redshift) {
    BandValues response{};
    for (size_t band = 0; band < bandCount; ++band) {
        const double rest = bandWavelengths[band] / (1 + redshift);
        response[band] = (1 + redshift) * std::pow(10, -0.4 * populationMagnitude(population, rest));
    }
    return response;
}

double distanceModulus(double redshift) {
    return 5 * std::log10(comovingDistance(redshift) * (1 + redshift)) + 25;
}

double kiloparsecsPerArcsec(double redshift) {
    constexpr double arcsec = 4.84813681e-6; // radians
    return comovingDistance(redshift) / (1 + redshift) * 1000 * arcsec;
}

double fluxOfMagnitude(double magnitude) {
    return std::pow(10, 0.4 * (22.5 - magnitude));
}

double magnitudeOfFlux(double flux) {
    return 22.5 - 2.5 * std::log10(flux);
}

BandValues starFluxes(double magnitudeR, double position, RandomStream& random) {
    // Main-sequence colours along the locus.
    constexpr Knot ug[] = {{0, 1.05}, {0.2, 0.95}, {0.45, 1.3}, {0.65, 1.95}, {0.8, 2.5}, {1, 2.65}};
    constexpr Knot gr[] = {{0, -0.2}, {0.2, 0.25}, {0.45, 0.48}, {0.65, 0.82}, {0.8, 1.3}, {1, 1.48}};
    constexpr Knot ri[] = {{0, -0.14}, {0.2, 0.07}, {0.45, 0.16}, {0.65, 0.3}, {0.8, 0.6}, {1, 1.6}};
    constexpr Knot iz[] = {{0, -0.1}, {0.2, 0.0}, {0.45, 0.04}, {0.65, 0.15}, {0.8, 0.32}, {1, 0.85}};
    const auto colour = [&](std::span<const Knot> knots) {
        return interpolated(knots, position) + 0.025 * random.normal();
    };
    const double u = colour(ug), g = colour(gr), i = colour(ri), z = colour(iz);
    BandValues flux{};
    const BandValues magnitudes{magnitudeR + g + u, magnitudeR + g, magnitudeR, magnitudeR - i,
                                magnitudeR - i - z};
    std::transform(magnitudes.begin(), magnitudes.end(), flux.begin(), fluxOfMagnitude);
    return flux;
}

} // namespace galatea::simulation
