#include "data/survey/seams.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace galatea::survey {

namespace {

constexpr int64_t stripWidth = 4, stripLength = 256; // pixels across and along a seam
constexpr int64_t tilt = 4;                          // strips a seam may wander along its length, either way
constexpr int64_t window = 25;                       // strips mended on either side
constexpr double smallestStep = 0.25;                // in units of the noise
constexpr double clip = 4;                           // noises; sources are masked already
constexpr double persistent = 0.6;                   // part of the frame's length that must show the step

/// The frame seen along its columns, or along its rows.
struct Sight {
    int64_t across, along;             ///< lengths
    int64_t acrossStride, alongStride; ///< in pixels of memory
    int64_t strips() const { return across / stripWidth; }
    int64_t parts() const { return std::max<int64_t>(1, along / stripLength); }
    int64_t begin(int64_t part) const { return along * part / parts(); }
};

class SeamFinder {
  public:
    SeamFinder(Array& pixels, const Mask& mask, const Mask& bad, double noise, const Sight& sight)
        : pixels_(pixels.data()), mask_(mask), bad_(bad), noise_(noise), sight_(sight) {}

    /// Where steps were found; they are mended then.
    std::vector<int64_t> run() {
        measure();
        const std::vector<int64_t> seams = find();
        if (seams.empty())
            return {};
        fillGaps();
        std::vector<bool> mended(static_cast<size_t>(sight_.strips()), false);
        for (const int64_t seam : seams)
            for (int64_t k = std::max<int64_t>(0, seam - window);
                 k <= std::min(seam + window, sight_.strips() - 1); ++k)
                mended[static_cast<size_t>(k)] = true;
        for (int64_t k = 0; k < sight_.strips(); ++k)
            if (mended[static_cast<size_t>(k)])
                mend(k);
        std::vector<int64_t> places;
        for (const int64_t seam : seams)
            places.push_back(seam * stripWidth);
        return places;
    }

  private:
    float& level(int64_t part, int64_t strip) {
        return levels_[static_cast<size_t>(part * sight_.strips() + strip)];
    }

    void measure() {
        levels_.assign(static_cast<size_t>(sight_.parts() * sight_.strips()),
                       std::numeric_limits<float>::quiet_NaN());
        const auto limit = static_cast<float>(clip * noise_);
        for (int64_t part = 0; part < sight_.parts(); ++part)
            for (int64_t strip = 0; strip < sight_.strips(); ++strip) {
                double sum = 0;
                int64_t count = 0;
                for (int64_t v = sight_.begin(part); v < sight_.begin(part + 1); ++v)
                    for (int64_t u = strip * stripWidth; u < (strip + 1) * stripWidth; ++u) {
                        const int64_t index = u * sight_.acrossStride + v * sight_.alongStride;
                        const float value = pixels_[index];
                        const bool counts = mask_[static_cast<size_t>(index)] == 0 && std::abs(value) < limit;
                        sum += counts ? static_cast<double>(value) : 0.0;
                        count += counts;
                    }
                if (count * 4 >= stripWidth * (sight_.begin(part + 1) - sight_.begin(part)))
                    level(part, strip) = static_cast<float>(sum / static_cast<double>(count));
            }
    }

    /// The largest step of this sign near a strip, in units of the noise; NaN if nothing is known there.
    double stepNear(int64_t part, int64_t strip, double sign) {
        double largest = std::numeric_limits<double>::quiet_NaN();
        for (int64_t k = std::max<int64_t>(1, strip - tilt); k <= std::min(strip + tilt, sight_.strips() - 2);
             ++k) {
            const double step = sign * static_cast<double>(level(part, k + 1) - level(part, k - 1)) / noise_;
            if (std::isfinite(step) && !(step <= largest))
                largest = step;
        }
        return largest;
    }

    std::vector<int64_t> find() {
        std::vector<int64_t> seams;
        for (int64_t strip = 1; strip + 1 < sight_.strips(); ++strip)
            for (const double sign : {1.0, -1.0}) {
                int64_t known = 0, stepped = 0;
                for (int64_t part = 0; part < sight_.parts(); ++part) {
                    const double step = stepNear(part, strip, sign);
                    known += std::isfinite(step);
                    stepped += step > smallestStep;
                }
                const bool isSeam =
                    known >= 3 && static_cast<double>(stepped) > persistent * static_cast<double>(known);
                if (isSeam && (seams.empty() || seams.back() != strip))
                    seams.push_back(strip);
            }
        return seams;
    }

    /// Strips hidden by sources take the level of the nearest strip that is known.
    void fillGaps() {
        for (int64_t part = 0; part < sight_.parts(); ++part) {
            const std::vector<float> known(levels_.begin() + part * sight_.strips(),
                                           levels_.begin() + (part + 1) * sight_.strips());
            for (int64_t strip = 0; strip < sight_.strips(); ++strip)
                for (int64_t d = 0; d <= window && !std::isfinite(level(part, strip)); ++d)
                    for (const int64_t k : {strip - d, strip + d})
                        if (k >= 0 && k < sight_.strips() && std::isfinite(known[static_cast<size_t>(k)]))
                            level(part, strip) = known[static_cast<size_t>(k)];
            for (int64_t strip = 0; strip < sight_.strips(); ++strip)
                if (!std::isfinite(level(part, strip)))
                    level(part, strip) = 0;
        }
    }

    /// Linear along the seam between the parts' middles, constant across a strip: a step stays a step.
    void mend(int64_t strip) {
        const int64_t end = strip + 1 == sight_.strips() ? sight_.across : (strip + 1) * stripWidth;
        const double length = static_cast<double>(sight_.along) / static_cast<double>(sight_.parts());
        for (int64_t v = 0; v < sight_.along; ++v) {
            const double at = std::clamp((static_cast<double>(v) + 0.5) / length - 0.5, 0.0,
                                         static_cast<double>(sight_.parts() - 1));
            const auto part = static_cast<int64_t>(at);
            const int64_t next = std::min(part + 1, sight_.parts() - 1);
            const auto t = static_cast<float>(at - static_cast<double>(part));
            const float offset = (1 - t) * level(part, strip) + t * level(next, strip);
            for (int64_t u = strip * stripWidth; u < end; ++u) {
                const int64_t index = u * sight_.acrossStride + v * sight_.alongStride;
                if (bad_.empty() || bad_[static_cast<size_t>(index)] == 0)
                    pixels_[index] -= offset;
            }
        }
    }

    float* pixels_;
    const Mask& mask_;
    const Mask& bad_;
    double noise_;
    Sight sight_;
    std::vector<float> levels_;
};

} // namespace

SeamReport removeSeams(Array& pixels, const Mask& mask, const Mask& bad, double noise) {
    SeamReport report;
    if (!(noise > 0) || static_cast<int64_t>(mask.size()) != pixels.size())
        return report;
    const int64_t height = pixels.dim(0), width = pixels.dim(1);
    if (std::min(height, width) < 3 * stripLength)
        return report; // too short to tell a seam from a galaxy
    report.columns = SeamFinder(pixels, mask, bad, noise, {width, height, 1, width}).run();
    report.rows = SeamFinder(pixels, mask, bad, noise, {height, width, width, 1}).run();
    return report;
}

} // namespace galatea::survey
