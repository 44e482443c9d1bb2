#include "data/simulator_disc.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace galatea::simulation {

namespace {
constexpr float pi = std::numbers::pi_v<float>;
constexpr float discReach = 9; ///< scale lengths; 0.1 % of the light lies beyond

float smoothStep(float low, float high, float x) {
    const float t = std::clamp((x - low) / (high - low), 0.f, 1.f);
    return t * t * (3 - 2 * t);
}

float sechSquared(float x) {
    const float e = std::exp(-2 * std::abs(x));
    return 4 * e / ((1 + e) * (1 + e));
}

/// Waves in angle and log radius with random phases: patches that shear like a disc. Their mean over
/// angle is zero. `sense`: which way they trail, 0: neither.
class Patches {
  public:
    Patches(uint64_t seed, double sense) {
        RandomStream random(seed, "patches");
        for (auto& wave : waves_) {
            wave.order = static_cast<float>(1 + random.below(sense == 0 ? 4 : 7));
            wave.radial =
                static_cast<float>(sense * random.uniform(0.3, 1.3) * wave.order +
                                   (sense == 0 ? random.uniform(-7.0, 7.0) : random.uniform(-4.0, 4.0)));
            wave.phase = static_cast<float>(random.uniform(0, 2 * std::numbers::pi));
        }
    }
    float operator()(float logRadius, float angle) const {
        float sum = 0;
        for (const auto& wave : waves_)
            sum += std::cos(wave.order * angle + wave.radial * logRadius + wave.phase);
        return sum * 0.58f; // standard deviation 1
    }

  private:
    struct Wave {
        float order, radial, phase;
    };
    Wave waves_[6];
};

/// What a disc is made of at one place, per square scale length of its plane.
struct DiscSample {
    float old = 0, young = 0; ///< light with structure
    float plainOld = 0, plainYoung = 0;
    float dust = 0;
};

/// A thin disc in its own plane, radius in scale lengths.
class DiscModel {
  public:
    DiscModel(const Galaxy& galaxy, double youngShare);
    DiscSample at(float x, float y) const;

  private:
    float armCrest(float phase) const { return std::exp(sharpness_ * (std::cos(phase) - 1)); }
    void addBarAndRing(float x, float y, float radius, DiscSample& sample) const;

    const Galaxy& galaxy_;
    Patches patches_;
    ArmPattern arms_;
    float meanCrest_ = 1, sharpness_, contrast_, start_;
    float smoothOld_, smoothYoung_, youngScale_ = 1.18f;
    float barLight_ = 0, barScale_ = 1, barCosine_, barSine_, ringLight_ = 0;
    float youngBar_, youngRing_;
};

DiscModel::DiscModel(const Galaxy& galaxy, double youngShare)
    : galaxy_(galaxy), patches_(galaxy.texture, galaxy.type == Morphology::Irregular ? 0 : galaxy.arms.sense),
      arms_(galaxy.arms), sharpness_(static_cast<float>(galaxy.arms.sharpness)),
      contrast_(galaxy.arms.number > 0 ? static_cast<float>(galaxy.arms.contrast) : 0.f),
      start_(static_cast<float>(galaxy.arms.start)),
      barCosine_(static_cast<float>(std::cos(galaxy.bar.angle))),
      barSine_(static_cast<float>(std::sin(galaxy.bar.angle))) {
    // Mean over φ of exp(κ (cos φ − 1)) is I0(κ) e^−κ.
    meanCrest_ =
        static_cast<float>(std::cyl_bessel_i(0.0, galaxy.arms.sharpness) * std::exp(-galaxy.arms.sharpness));
    const double smooth = 1 - galaxy.bar.fraction - galaxy.ring.fraction;
    // Bars are old, rings young; the smooth disc takes what remains of the young light.
    youngBar_ = static_cast<float>(0.25 * youngShare);
    youngRing_ = static_cast<float>(std::min(1.0, 1.3 * youngShare));
    const double young = std::max(0.0, youngShare - galaxy.bar.fraction * static_cast<double>(youngBar_) -
                                           galaxy.ring.fraction * static_cast<double>(youngRing_));
    const double perArea = 1 / (2 * std::numbers::pi);
    smoothOld_ = static_cast<float>(std::max(0.0, smooth - young) * perArea);
    smoothYoung_ = static_cast<float>(young * perArea / (youngScale_ * youngScale_));
    if (galaxy.bar.fraction > 0) {
        // exp(−(r/s)³): flat along the bar, a clear end; its integral is 2π q s² Γ(2/3)/3.
        barScale_ = static_cast<float>(0.85 * galaxy.bar.length);
        barLight_ = static_cast<float>(galaxy.bar.fraction * 3 /
                                       (2 * std::numbers::pi * galaxy.bar.axisRatio * 1.3541179 * 0.7225 *
                                        galaxy.bar.length * galaxy.bar.length));
    }
    if (galaxy.ring.fraction > 0)
        ringLight_ = static_cast<float>(galaxy.ring.fraction / (std::pow(2 * std::numbers::pi, 1.5) *
                                                                galaxy.ring.radius * galaxy.ring.width));
}

void DiscModel::addBarAndRing(float x, float y, float radius, DiscSample& sample) const {
    if (barLight_ > 0) {
        const float along = (x * barCosine_ + y * barSine_) / barScale_;
        const float across =
            (y * barCosine_ - x * barSine_) / (barScale_ * static_cast<float>(galaxy_.bar.axisRatio));
        const float r = std::sqrt(along * along + across * across);
        const float light = r < 2.2f ? barLight_ * std::exp(-r * r * r) : 0;
        sample.old += light * (1 - youngBar_);
        sample.young += light * youngBar_;
        sample.plainOld += light * (1 - youngBar_);
        sample.plainYoung += light * youngBar_;
    }
    if (ringLight_ > 0) {
        const float offset =
            (radius - static_cast<float>(galaxy_.ring.radius)) / static_cast<float>(galaxy_.ring.width);
        const float light = std::abs(offset) < 5 ? ringLight_ * std::exp(-0.5f * offset * offset) : 0;
        sample.old += light * (1 - youngRing_);
        sample.young += light * youngRing_;
        sample.plainOld += light * (1 - youngRing_);
        sample.plainYoung += light * youngRing_;
    }
}

DiscSample DiscModel::at(float x, float y) const {
    DiscSample sample;
    const float radius = std::sqrt(x * x + y * y) + 1e-4f;
    if (radius > discReach)
        return sample;
    sample.plainOld = smoothOld_ * std::exp(-radius);
    sample.plainYoung = smoothYoung_ * std::exp(-radius / youngScale_);
    float oldFactor = 1, youngFactor = 1;
    if (contrast_ > 0 || galaxy_.disc.patchiness > 0) {
        const float logRadius = std::log(radius), angle = std::atan2(y, x);
        const auto rough = static_cast<float>(galaxy_.disc.patchiness) * patches_(logRadius, angle) *
                           smoothStep(0, 0.8f, radius);
        if (contrast_ > 0) {
            const float fade = contrast_ * smoothStep(0.6f * start_, 1.25f * start_ + 0.1f, radius);
            const float phase = arms_.phase(logRadius, angle);
            const float crest = armCrest(phase) / meanCrest_;
            oldFactor = 1 + 0.45f * fade * (crest - 1);
            youngFactor = 1 + fade * (crest - 1);
            // Dust lies along the inner, concave side of the arms.
            if (galaxy_.disc.dust > 0)
                sample.dust = static_cast<float>(galaxy_.disc.dust) * fade *
                              armCrest(phase + 0.75f * static_cast<float>(galaxy_.arms.sense)) *
                              std::exp(-0.33f * radius) * std::max(0.f, 1 + 2 * rough);
        }
        oldFactor *= std::max(0.1f, 1 + 0.5f * rough);
        youngFactor *= std::exp(1.6f * rough);
    }
    sample.old = sample.plainOld * oldFactor;
    sample.young = sample.plainYoung * youngFactor;
    addBarAndRing(x, y, radius, sample);
    return sample;
}

/// Fits light drawn with structure to the flux it has without, so that structure moves light only.
void addScaled(const Plane& drawn, double plainSum, Plane& target) {
    const double sum = drawn.sum();
    if (sum <= 0)
        return;
    const auto factor = static_cast<float>(plainSum / sum);
    const auto& from = drawn.values();
    auto& to = target.values();
    for (size_t i = 0; i < to.size(); ++i)
        to[i] += factor * from[i];
}

struct DiscPlanes {
    Plane old, young;
    double plainOld = 0, plainYoung = 0;
    explicit DiscPlanes(const Plane& like)
        : old(like.size(), -like.begin()), young(like.size(), -like.begin()) {}
};

/// Runs `sampleAt(dx, dy)` (offsets in pixels from the galaxy's centre) over every pixel, several times per
/// pixel near the centre, where it is steep.
template <class SampleAt>
void fillDisc(const Galaxy& galaxy, double pixelScale, SampleAt sampleAt, DiscPlanes& planes, Plane& dust) {
    const double half = 0.5 * static_cast<double>(dust.size() - 1);
    const double cx = half + galaxy.x / pixelScale, cy = half + galaxy.y / pixelScale;
    const double scale = galaxy.disc.scale / pixelScale;
    const double reach = discReach * scale + 1, steep = std::clamp(1.2 * scale, 3.0, 9.0);
    const auto within = [&](double value) {
        return static_cast<int64_t>(
            std::clamp(value, static_cast<double>(dust.begin()), static_cast<double>(dust.end())));
    };
    for (int64_t y = within(cy - reach); y < within(cy + reach + 1); ++y)
        for (int64_t x = within(cx - reach); x < within(cx + reach + 1); ++x) {
            const double dx = static_cast<double>(x) - cx, dy = static_cast<double>(y) - cy;
            const double distance = std::max(std::abs(dx), std::abs(dy));
            const int fine = distance < 2.5 ? 4 : distance < steep ? 2 : 1;
            const float weight = 1.f / static_cast<float>(fine * fine);
            float old = 0, young = 0, depth = 0;
            for (int i = 0; i < fine * fine; ++i) {
                const double sx = dx + (0.5 + i % fine) / fine - 0.5, sy = dy + (0.5 + i / fine) / fine - 0.5;
                const DiscSample s = sampleAt(static_cast<float>(sx), static_cast<float>(sy));
                old += s.old;
                young += s.young;
                depth += s.dust;
                planes.plainOld += static_cast<double>(s.plainOld * weight);
                planes.plainYoung += static_cast<double>(s.plainYoung * weight);
            }
            planes.old.row(y)[x] = old * weight;
            planes.young.row(y)[x] = young * weight;
            dust.row(y)[x] += depth * weight;
        }
}
} // namespace

ArmPattern::ArmPattern(const Arms& arms)
    : number_(static_cast<float>(arms.number)),
      winding_(static_cast<float>(-arms.sense * static_cast<double>(arms.number) / std::tan(arms.pitch))),
      offset_(static_cast<float>(-static_cast<double>(winding_) * std::log(arms.start) - arms.phase)),
      wobble_(static_cast<float>(arms.wobble)), wobblePhase_(static_cast<float>(arms.phase)) {}

float ArmPattern::phase(float logRadius, float angle) const {
    const float wobble = std::sin(angle + 1.3f * logRadius + wobblePhase_) +
                         0.6f * std::sin(2 * angle - 2.1f * logRadius + 2.7f * wobblePhase_);
    return number_ * angle + winding_ * logRadius + offset_ + wobble_ * wobble;
}

void drawDisc(const Galaxy& galaxy, double pixelScale, double share, GalaxyLight& light) {
    const double disc = 1 - galaxy.bulge.fraction;
    const double knots = disc * galaxy.knots.fraction;
    const double youngShare = std::clamp(
        (galaxy.youngFraction() - galaxy.bulge.fraction * galaxy.bulge.young - knots) / share, 0.0, 1.0);
    const DiscModel model(galaxy, youngShare);
    const auto c = static_cast<float>(std::cos(galaxy.angle)), s = static_cast<float>(std::sin(galaxy.angle));
    const auto scale = static_cast<float>(pixelScale / galaxy.disc.scale);
    const float minor = scale / static_cast<float>(galaxy.disc.axisRatio);
    const float area = scale * minor * static_cast<float>(share);
    DiscPlanes planes(light.old);
    fillDisc(
        galaxy, pixelScale,
        [&](float dx, float dy) {
            DiscSample sample = model.at((dx * c + dy * s) * scale, (dy * c - dx * s) * minor);
            sample.old *= area;
            sample.young *= area;
            sample.plainOld *= area;
            sample.plainYoung *= area;
            return sample;
        },
        planes, light.dust);
    addScaled(planes.old, planes.plainOld, light.old);
    addScaled(planes.young, planes.plainYoung, light.young);
    light.dusty = light.dusty || galaxy.disc.dust > 0;
}

void drawEdgeOnDisc(const Galaxy& galaxy, double pixelScale, double share, GalaxyLight& light) {
    const double knots = (1 - galaxy.bulge.fraction) * galaxy.knots.fraction;
    const double young = std::clamp(
        (galaxy.youngFraction() - galaxy.bulge.fraction * galaxy.bulge.young - knots) / share, 0.0, 1.0);
    const Patches patches(galaxy.texture, 1);
    const auto c = static_cast<float>(std::cos(galaxy.angle)), s = static_cast<float>(std::sin(galaxy.angle));
    const auto scale = static_cast<float>(pixelScale / galaxy.disc.scale);
    const auto height = static_cast<float>(galaxy.disc.height), warp = static_cast<float>(galaxy.disc.warp);
    const auto rough = static_cast<float>(galaxy.disc.patchiness),
               dust = static_cast<float>(galaxy.disc.dust);
    const float tilt = static_cast<float>(std::cos(galaxy.disc.inclination));
    const float thin = 0.65f * height; // young stars lie nearer the plane
    // Σ = x K1(x) sech²(z/h) of an exponential disc seen from the side; its integral is π · 2h.
    const float light0 = scale * scale * static_cast<float>(share) / (2 * pi);
    DiscPlanes planes(light.old);
    fillDisc(
        galaxy, pixelScale,
        [&](float dx, float dy) {
            DiscSample sample;
            const float x = (dx * c + dy * s) * scale, r = std::abs(x) + 1e-3f;
            const float z = (dy * c - dx * s) * scale - warp * x * r;
            if (r > discReach || std::abs(z) > 9 * height)
                return sample;
            // x K1(x) to half a per cent, by an expansion right at both ends
            const float radial =
                light0 * std::exp(-r) * std::sqrt(1 + 0.5f * pi * r + 0.18f * r / (r + 0.6f));
            const float thick = sechSquared(z / height), slim = sechSquared(z / thin);
            const float structure = rough * patches(0.6f * x, 1.7f * x + 0.8f);
            sample.plainOld = (1 - static_cast<float>(young)) * radial * thick / height;
            sample.plainYoung = static_cast<float>(young) * radial * slim / thin;
            sample.old = sample.plainOld * std::max(0.2f, 1 + 0.3f * structure);
            sample.young = sample.plainYoung * std::exp(1.2f * structure);
            const float lane = (z - 1.6f * tilt) / (0.36f * height);
            sample.dust = dust * std::exp(-0.45f * r - 0.5f * lane * lane) * std::max(0.2f, 1 + structure);
            return sample;
        },
        planes, light.dust);
    addScaled(planes.old, planes.plainOld, light.old);
    addScaled(planes.young, planes.plainYoung, light.young);
    light.dusty = light.dusty || galaxy.disc.dust > 0;
}

} // namespace galatea::simulation
