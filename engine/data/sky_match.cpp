// Nearest neighbours on the sphere: a k-d tree over unit vectors. Straight distances between them order pairs
// as angles do, know no seam at RA 0 and no poles.

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <stdexcept>

#include "data/join.h"

namespace galatea {

namespace {

constexpr double degree = std::numbers::pi / 180;
constexpr double arcsecPerRadian = 180 * 3600 / std::numbers::pi;
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

using Vector = std::array<double, 3>;

bool isPosition(double ra, double dec) {
    return std::isfinite(ra) && std::isfinite(dec) && std::abs(dec) <= 90;
}

Vector direction(double ra, double dec) {
    const double r = std::fmod(ra, 360.0) * degree, d = dec * degree;
    return {std::cos(d) * std::cos(r), std::cos(d) * std::sin(r), std::sin(d)};
}

double squaredDistance(const Vector& a, const Vector& b) {
    const double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
    return x * x + y * y + z * z;
}

/// The best two so far.
struct Nearest {
    double first, second; ///< squared distances
    int64_t index = -1;
    void see(double distance, int64_t candidate) {
        if (distance < first || (distance == first && index >= 0 && candidate < index)) {
            second = first;
            first = distance;
            index = candidate;
        } else {
            second = std::min(second, distance);
        }
    }
};

class SphereTree {
  public:
    SphereTree(std::span<const double> ra, std::span<const double> dec) {
        for (size_t i = 0; i < ra.size(); ++i)
            if (isPosition(ra[i], dec[i]))
                points_.push_back({direction(ra[i], dec[i]), static_cast<int64_t>(i), 0});
        build(0, points_.size());
    }

    Nearest find(const Vector& place, double limit) const {
        Nearest best{limit, limit};
        search(0, points_.size(), place, best);
        return best;
    }

  private:
    struct Point {
        Vector at;
        int64_t index;
        uint8_t axis;
    };

    /// The median of the longest side stands in the middle, the lower half before it.
    void build(size_t begin, size_t end) {
        if (end - begin < 2)
            return;
        Vector low{2, 2, 2}, high{-2, -2, -2};
        for (size_t i = begin; i < end; ++i)
            for (size_t axis = 0; axis < 3; ++axis) {
                low[axis] = std::min(low[axis], points_[i].at[axis]);
                high[axis] = std::max(high[axis], points_[i].at[axis]);
            }
        size_t longest = 0;
        for (size_t axis = 1; axis < 3; ++axis)
            if (high[axis] - low[axis] > high[longest] - low[longest])
                longest = axis;
        const size_t middle = begin + (end - begin) / 2;
        using Step = std::vector<Point>::difference_type;
        std::nth_element(points_.begin() + static_cast<Step>(begin),
                         points_.begin() + static_cast<Step>(middle),
                         points_.begin() + static_cast<Step>(end),
                         [longest](const Point& a, const Point& b) { return a.at[longest] < b.at[longest]; });
        points_[middle].axis = static_cast<uint8_t>(longest);
        build(begin, middle);
        build(middle + 1, end);
    }

    void search(size_t begin, size_t end, const Vector& place, Nearest& best) const {
        if (begin >= end)
            return;
        const size_t middle = begin + (end - begin) / 2;
        const Point& point = points_[middle];
        best.see(squaredDistance(place, point.at), point.index);
        const double offset = place[point.axis] - point.at[point.axis];
        const bool lower = offset < 0;
        search(lower ? begin : middle + 1, lower ? middle : end, place, best);
        if (offset * offset <= best.second)
            search(lower ? middle + 1 : begin, lower ? end : middle, place, best);
    }

    std::vector<Point> points_;
};

} // namespace

double separationArcsec(double ra1, double dec1, double ra2, double dec2) {
    const double step = std::fmod(ra2 - ra1, 360.0) * degree;
    const double s1 = std::sin(dec1 * degree), c1 = std::cos(dec1 * degree);
    const double s2 = std::sin(dec2 * degree), c2 = std::cos(dec2 * degree);
    // cos(d1) sin(d2) − sin(d1) cos(d2) cos(step), without the cancellation of near positions
    const double half = std::sin(step / 2);
    const double along = std::sin((dec2 - dec1) * degree) + 2 * s1 * c2 * half * half;
    const double across = c2 * std::sin(step);
    return std::atan2(std::hypot(across, along), s1 * s2 + c1 * c2 * std::cos(step)) * arcsecPerRadian;
}

SkyMatches matchSky(std::span<const double> ra, std::span<const double> dec, std::span<const double> otherRa,
                    std::span<const double> otherDec, double radiusArcsec, const StopToken& stop) {
    if (ra.size() != dec.size() || otherRa.size() != otherDec.size())
        throw std::invalid_argument("positions need as many declinations as right ascensions");
    const SphereTree tree(otherRa, otherDec);
    const double chord = 2 * std::sin(std::min(radiusArcsec / arcsecPerRadian, std::numbers::pi) / 2);
    const double limit = chord * chord * (1 + 1e-9) + 1e-25; // the exact angle decides afterwards
    SkyMatches matches;
    for (size_t i = 0; i < ra.size(); ++i) {
        if (i % 4096 == 0)
            throwIfStopped(stop);
        Nearest best{limit, limit};
        if (isPosition(ra[i], dec[i]))
            best = tree.find(direction(ra[i], dec[i]), limit);
        double separation = notANumber;
        if (best.index >= 0) {
            const auto other = static_cast<size_t>(best.index);
            separation = separationArcsec(ra[i], dec[i], otherRa[other], otherDec[other]);
        }
        const bool within = separation <= radiusArcsec;
        matches.nearest.push_back(within ? best.index : -1);
        matches.separation.push_back(within ? separation : notANumber);
        matches.ambiguous.push_back(within && best.second <= chord * chord);
    }
    return matches;
}

} // namespace galatea
