#pragma once
// Light of simulated objects: bands of the Sloan survey, spectra of stellar populations moved by redshift,
// distances, the stellar locus. Internal to the simulator.

#include <array>
#include <cstdint>
#include <string_view>

#include "core/random.h"

namespace galatea::simulation {

inline constexpr size_t bandCount = 5;
inline constexpr std::string_view bandLetters = "ugriz";

/// One number per band, in the order u, g, r, i, z.
using BandValues = std::array<double, bandCount>;

inline constexpr BandValues bandWavelengths{355, 469, 617, 748, 893}; ///< centres, nm

/// Side of the survey camera's pixel, arcsec; the noise figures below refer to it.
inline constexpr double surveyPixel = 0.396;
/// Standard deviation of the empty sky in one survey pixel, nanomaggies: three dark Sloan exposures added.
inline constexpr BandValues skyNoise{0.038, 0.0133, 0.0168, 0.0248, 0.0895};
/// Photo-electrons per nanomaggy (three times 54 s with a 2.5 m telescope).
inline constexpr BandValues electronsPerNanomaggy{552, 3078, 2760, 2295, 480};
/// Width of the point spread function relative to that in r: seeing improves towards the red.
inline constexpr BandValues seeingFactor{1.12, 1.05, 1.0, 0.96, 0.97};

/// Stars of one age, and the line emission of the gas they ionise.
enum class Population { Old, Young, Nebular };
inline constexpr size_t populationCount = 3;

/// AB magnitude of a population at a rest wavelength (nm), relative to its own at 617 nm. The old one has
/// the 4000 Å break, the young one the smaller Balmer break, the nebular one [O III] and Hα on top of
/// young light. The curves are as wide bands see them, so no integral over a band follows.
double populationMagnitude(Population population, double restWavelength);

/// Observed flux in each band of a population at this redshift per unit of its rest-frame r luminosity,
/// without the distance: (1+z)·L(λ/(1+z))/L(617 nm).
BandValues bandResponse(Population population, double redshift);

/// Flat universe, Ωm = 0.3, H0 = 70 km/s/Mpc, second order in z: better than 1 % below z = 0.3.
double distanceModulus(double redshift);
double kiloparsecsPerArcsec(double redshift);

/// Flux in nanomaggies: magnitude 22.5 is 1.
double fluxOfMagnitude(double magnitude);
double magnitudeOfFlux(double flux);

/// Fluxes of a star of this r magnitude; `position` along the locus from 0 (A stars) to 1 (M dwarfs).
BandValues starFluxes(double magnitudeR, double position, RandomStream& random);

} // namespace galatea::simulation
