#include "data/simulator_scene.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "data/simulator_disc.h"

namespace galatea::simulation {

namespace {
constexpr double pi = std::numbers::pi;

/// From arcsec round the galaxy's centre to pixels.
struct PixelFrame {
    double pixelScale, cx, cy, cosine, sine;
    PixelFrame(const Galaxy& g, double scale, int64_t size)
        : pixelScale(scale), cx(0.5 * static_cast<double>(size - 1) + g.x / scale),
          cy(0.5 * static_cast<double>(size - 1) + g.y / scale), cosine(std::cos(g.angle)),
          sine(std::sin(g.angle)) {}
    double x(double major, double minor) const { return cx + (major * cosine - minor * sine) / pixelScale; }
    double y(double major, double minor) const { return cy + (major * sine + minor * cosine) / pixelScale; }
};

void drawBulge(const Galaxy& g, const PixelFrame& frame, GalaxyLight& light) {
    const double radius = g.bulge.radius / frame.pixelScale;
    const SersicProfile profile(g.bulge.index, radius, g.bulge.axisRatio);
    const Placement place{frame.cx, frame.cy, frame.cosine, frame.sine, g.bulge.axisRatio};
    const double reach = radius * (6 + 6 * g.bulge.index) + 3;
    addSersic(light.old, profile, place, g.bulge.fraction * (1 - g.bulge.young), reach);
    if (g.bulge.young > 0)
        addSersic(light.young, profile, place, g.bulge.fraction * g.bulge.young, reach);
}

/// Where one star-forming knot lies in the disc's plane, in scale lengths.
struct KnotPlace {
    double x, y;
};

KnotPlace knotPlace(const Galaxy& g, const ArmPattern& arms, RandomStream& random) {
    if (g.type == Morphology::Irregular)
        return {0.95 * g.knots.spread * random.normal() + 0.4, 0.95 * g.knots.spread * random.normal()};
    for (int attempt = 0;; ++attempt) {
        const double radius = -1.1 * std::log((1 - random.uniform()) * (1 - random.uniform()));
        const double angle = random.uniform(0, 2 * pi);
        const bool outside = radius < 0.4 || radius > 5.5;
        double chance = 1;
        if (g.arms.number > 0)
            chance = radius < 0.8 * g.arms.start
                         ? 0.1
                         : std::exp(4 * (std::cos(arms.phase(static_cast<float>(std::log(radius + 1e-4)),
                                                             static_cast<float>(angle))) -
                                         1));
        if ((!outside && random.uniform() < chance) || attempt == 60)
            return {radius * std::cos(angle), radius * std::sin(angle)};
    }
}

void drawKnots(const Galaxy& g, const PixelFrame& frame, GalaxyLight& light) {
    RandomStream random(g.texture, "knots");
    struct Knot {
        double x, y, sigma, brightness;
    };
    std::vector<Knot> knots(static_cast<size_t>(g.knots.number));
    double total = 0;
    const ArmPattern arms(g.arms);
    const bool edgeOn = g.type == Morphology::EdgeOn;
    const double size = g.type == Morphology::Irregular ? 0.16 : 0.085;
    for (auto& knot : knots) {
        const auto place = knotPlace(g, arms, random);
        const double minor = edgeOn ? 0.25 * g.disc.height * random.normal() : place.y * g.disc.axisRatio;
        knot.x = frame.x(place.x * g.disc.scale, minor * g.disc.scale);
        knot.y = frame.y(place.x * g.disc.scale, minor * g.disc.scale);
        const double width = edgeOn ? 0.4 * g.disc.height : size;
        knot.sigma = g.disc.scale * width * random.uniform(0.5, 1.5) / frame.pixelScale + 0.25;
        // Luminosity function of H II regions, N ∝ L^−2 between 1 and 15; fewer bright ones far out.
        const double radius = std::hypot(place.x, place.y);
        knot.brightness = std::exp(-0.3 * radius) / (1 - random.uniform(0, 14.0 / 15));
        total += knot.brightness;
    }
    const double share = (1 - g.bulge.fraction) * g.knots.fraction;
    for (const auto& knot : knots)
        addGaussian(light.nebular, knot.x, knot.y, knot.sigma, share * knot.brightness / total);
}

/// A tail of overlapping Gaussians along a bending path, wider and fainter outwards.
void drawTail(const Galaxy& g, const TidalTail& tail, const PixelFrame& frame, GalaxyLight& light) {
    constexpr int steps = 44;
    double x = 0.7 * g.halfLightRadius * std::cos(tail.angle),
           y = 0.7 * g.halfLightRadius * std::sin(tail.angle);
    double total = 0;
    for (int step = 0; step < steps; ++step)
        total += std::exp(-2.0 * step / steps);
    const double young = std::min(0.6, g.youngFraction() + 0.1);
    for (int step = 0; step < steps; ++step) {
        const double t = static_cast<double>(step) / steps;
        const double direction = tail.angle + 0.8 + tail.curvature * t;
        x += tail.length / steps * std::cos(direction);
        y += tail.length / steps * std::sin(direction);
        const double sigma = g.halfLightRadius * (0.16 + 0.2 * t) / frame.pixelScale + 0.3;
        const double px = frame.cx + x / frame.pixelScale, py = frame.cy + y / frame.pixelScale;
        const double flux = tail.fraction * std::exp(-2.0 * t) / total;
        addGaussian(light.old, px, py, sigma, flux * (1 - young));
        addGaussian(light.young, px, py, sigma, flux * young);
    }
}

/// Transmission of dust mixed with and before stars.
double transmission(double depth, double band) {
    const double opacity = depth * std::pow(bandWavelengths[2] / band, 1.2);
    return 0.08 + 0.92 * std::exp(-opacity);
}

/// Flux in each band of a population per unit of the galaxy's luminosity, nanomaggies.
struct GalaxyColours {
    BandValues old, young, nebular;
    explicit GalaxyColours(const Galaxy& g) {
        const double luminosity = fluxOfMagnitude(g.absoluteMagnitude + distanceModulus(g.redshift));
        const auto scaled = [&](Population population) {
            BandValues values = bandResponse(population, g.redshift);
            for (double& value : values)
                value *= luminosity;
            return values;
        };
        old = scaled(Population::Old);
        young = scaled(Population::Young);
        nebular = scaled(Population::Nebular);
    }
};

/// Adds a galaxy to the sky in one band. Dust takes light from where it lies; the flux stays that of the
/// catalogue.
void addBand(const GalaxyLight& light, const GalaxyColours& colours, size_t band, Plane& sky) {
    const auto &old = light.old.values(), &young = light.young.values(), &nebular = light.nebular.values(),
               &dust = light.dust.values();
    auto& out = sky.values();
    const auto a = static_cast<float>(colours.old[band]), b = static_cast<float>(colours.young[band]),
               c = static_cast<float>(colours.nebular[band]);
    if (!light.dusty) {
        for (size_t i = 0; i < out.size(); ++i)
            out[i] += a * old[i] + b * young[i] + c * nebular[i];
        return;
    }
    thread_local std::vector<float> dimmed;
    dimmed.resize(out.size());
    double before = 0, after = 0;
    for (size_t i = 0; i < out.size(); ++i) {
        const float stars = a * old[i] + b * young[i], gas = c * nebular[i];
        const auto passed =
            dust[i] > 1e-3f
                ? static_cast<float>(transmission(static_cast<double>(dust[i]), bandWavelengths[band]))
                : 1.f;
        dimmed[i] = stars * passed + gas;
        before += static_cast<double>(stars + gas);
        after += static_cast<double>(dimmed[i]);
    }
    const auto factor = static_cast<float>(after > 0 ? before / after : 1);
    for (size_t i = 0; i < out.size(); ++i)
        out[i] += factor * dimmed[i];
}

void addNoise(const SimulatedObject& object, const SimulationOptions& options, size_t band, float* pixels) {
    RandomStream random(object.seed, std::string("noise ") + bandLetters[band]);
    const double sky = skyDeviation(object, options, band);
    const double photons = options.noise * options.noise / electronsPerNanomaggy[band];
    for (int64_t i = 0; i < options.size * options.size; ++i) {
        // Hundreds of photons of sky in every pixel: Poisson noise is Gaussian here.
        const double variance = sky * sky + photons * std::max(0.0, static_cast<double>(pixels[i]));
        pixels[i] += static_cast<float>(std::sqrt(variance) * random.normal());
    }
}

/// Asinh of the mean over bands, colours kept (Lupton et al. 2004, PASP 116, 133): what is below the sky
/// is black, bright pixels approach 1 gently and keep their hue. Then minimum to 0 and maximum to 1 over
/// the whole image.
void stretch(const SimulatedObject& object, const std::vector<size_t>& bands, int64_t pixels, float* image) {
    // Weights that make a galaxy like the Milky Way white.
    constexpr BandValues balance{3.4, 1.48, 1.0, 0.81, 0.72};
    // Surface brightness 19 mag/arcsec² becomes 1, the linear part ends near 24.
    constexpr double softening = 10, white = 4.4;
    const double perSurveyPixel = surveyPixel * surveyPixel / (object.pixelScale * object.pixelScale);
    const auto count = static_cast<int64_t>(bands.size());
    float low = std::numeric_limits<float>::max(), high = 0;
    for (int64_t i = 0; i < pixels; ++i) {
        double mean = 0, top = 0;
        for (int64_t band = 0; band < count; ++band) {
            float& value = image[band * pixels + i];
            const double weight = perSurveyPixel * balance[bands[static_cast<size_t>(band)]];
            value = std::max(0.f, value * static_cast<float>(weight));
            mean += static_cast<double>(value) / static_cast<double>(count);
            top = std::max(top, static_cast<double>(value));
        }
        double factor = mean > 1e-6 ? std::asinh(softening * mean) / (white * mean) : softening / white;
        factor /= std::sqrt(std::sqrt(1 + std::pow(top * factor, 4)));
        for (int64_t band = 0; band < count; ++band) {
            float& value = image[band * pixels + i];
            value *= static_cast<float>(factor);
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    const float range = high > low ? high - low : 1;
    for (int64_t i = 0; i < count * pixels; ++i)
        image[i] = (image[i] - low) / range;
}

int64_t marginFor(const SimulatedObject& object) {
    const PointSpread widest(object.seeing * seeingFactor[0] / object.pixelScale);
    return static_cast<int64_t>(std::ceil(3.6 * widest.widest())) + 2;
}
} // namespace

void GalaxyLight::clear() {
    for (Plane* plane : {&old, &young, &nebular, &dust})
        plane->clear();
    dusty = false;
}

void drawLight(const Galaxy& galaxy, double pixelScale, GalaxyLight& light) {
    const PixelFrame frame(galaxy, pixelScale, light.old.size());
    double tails = 0;
    for (const auto& tail : galaxy.tails)
        tails += tail.fraction;
    if (galaxy.bulge.fraction > 0)
        drawBulge(galaxy, frame, light);
    const double knots = galaxy.knots.number > 0 ? galaxy.knots.fraction : 0;
    const double share = (1 - galaxy.bulge.fraction) * (1 - knots);
    if (share > 0)
        (galaxy.type == Morphology::EdgeOn ? drawEdgeOnDisc : drawDisc)(galaxy, pixelScale, share, light);
    if (galaxy.knots.number > 0)
        drawKnots(galaxy, frame, light);
    if (tails <= 0)
        return;
    for (Plane* plane : {&light.old, &light.young, &light.nebular})
        for (float& value : plane->values())
            value *= static_cast<float>(1 - tails);
    for (const auto& tail : galaxy.tails)
        drawTail(galaxy, tail, frame, light);
}

double skyDeviation(const SimulatedObject& object, const SimulationOptions& options, size_t band) {
    return options.noise * skyNoise[band] * object.pixelScale / surveyPixel;
}

void drawImage(const SimulatedObject& object, const SimulationOptions& options,
               const std::vector<size_t>& bands, float* image) {
    const int64_t size = options.size, margin = marginFor(object);
    std::vector<Plane> skies(bands.size(), Plane(size, margin));
    GalaxyLight light(size, margin);
    for (const auto* list : {&object.galaxies, &object.companions})
        for (const Galaxy& galaxy : *list) {
            light.clear();
            drawLight(galaxy, object.pixelScale, light);
            const GalaxyColours colours(galaxy);
            for (size_t n = 0; n < bands.size(); ++n)
                addBand(light, colours, bands[n], skies[n]);
        }
    const double half = 0.5 * static_cast<double>(size - 1);
    for (size_t n = 0; n < bands.size(); ++n) {
        const PointSpread spread(object.seeing * seeingFactor[bands[n]] / object.pixelScale);
        convolve(skies[n], spread);
        for (const auto* list : {&object.points, &object.foreground})
            for (const PointSource& star : *list)
                addPoint(skies[n], spread, half + star.x / object.pixelScale,
                         half + star.y / object.pixelScale, star.flux[bands[n]]);
        float* pixels = image + static_cast<int64_t>(n) * size * size;
        for (int64_t y = 0; y < size; ++y)
            std::copy_n(skies[n].row(y), size, pixels + y * size);
        if (options.noise > 0)
            addNoise(object, options, bands[n], pixels);
    }
    if (options.rescale)
        stretch(object, bands, size * size, image);
}

} // namespace galatea::simulation
