#include "data/survey/photometry.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/survey/sep_call.h"

namespace galatea::survey {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr int subpixels = 5;            // per axis at an aperture's rim, as Source Extractor takes
constexpr double kronReach = 6;         // in units of a: where the Kron radius is measured
constexpr double kronFactor = 2.5;      // PHOT_AUTOPARAMS
constexpr double smallestRadius = 1.75; // pixels; half of PHOT_AUTOPARAMS' 3.5

struct Ellipse {
    double a = 0, b = 0, theta = 0;
};

/// The ellipse as another band sees it: its second moments go through the map's Jacobian.
Ellipse mapped(const Shape& shape, const PixelMap::Local& at) {
    const double c = std::cos(shape.theta), s = std::sin(shape.theta);
    const double aa = shape.a * shape.a, bb = shape.b * shape.b;
    const double xx = aa * c * c + bb * s * s, yy = aa * s * s + bb * c * c, xy = (aa - bb) * s * c;
    const double px = at.dxdx * xx + at.dxdy * xy, py = at.dxdx * xy + at.dxdy * yy;
    const double qx = at.dydx * xx + at.dydy * xy, qy = at.dydx * xy + at.dydy * yy;
    const double u = px * at.dxdx + py * at.dxdy, v = px * at.dydx + py * at.dydy;
    const double w = qx * at.dydx + qy * at.dydy;
    const double mean = (u + w) / 2, half = std::hypot((u - w) / 2, v);
    return {std::sqrt(std::max(mean + half, 0.0)), std::sqrt(std::max(mean - half, 0.0)),
            0.5 * std::atan2(2 * v, u - w)};
}

sep_image imageOf(const BandPlane& plane) {
    const Array& pixels = *plane.pixels;
    const unsigned char* mask = plane.mask == nullptr || plane.mask->empty() ? nullptr : plane.mask->data();
    sep_image image = sepImage(pixels.data(), pixels.dim(1), pixels.dim(0), mask);
    if (plane.segmentation != nullptr && !plane.segmentation->empty()) {
        image.segmap = plane.segmentation->data();
        image.sdtype = SEP_TINT;
    }
    return image;
}

struct Sum {
    double value = nan, error = nan;
    int64_t flags = 0;
};

/// From SEP's out-parameters. An aperture that lies wholly outside holds nothing.
Sum sumOf(int status, double value, double area, double noise, short flags) {
    if (status != 0 || !(area > 0))
        return {nan, nan, flags | flagApertureCut};
    if ((flags & SEP_APER_ALLMASKED) != 0)
        return {nan, nan, flags};
    return {value, noise * std::sqrt(area), flags};
}

Sum sumCircle(const sep_image& image, const PixelMap::Local& at, double radius, int label, double noise) {
    double value = 0, error = 0, area = 0;
    short flags = 0;
    const int status =
        sep_sum_circle(&image, at.x, at.y, radius, label, subpixels, 0, &value, &error, &area, &flags);
    return sumOf(status, value, area, noise, flags);
}

Sum sumEllipse(const sep_image& image, const PixelMap::Local& at, const Ellipse& shape, double factor,
               int label, double noise) {
    double value = 0, error = 0, area = 0;
    short flags = 0;
    const int status = sep_sum_ellipse(&image, at.x, at.y, shape.a, shape.b, shape.theta, factor, label,
                                       subpixels, 0, &value, &error, &area, &flags);
    return sumOf(status, value, area, noise, flags);
}

/// Bilinear value of the plane; bad and missing pixels are left out, NaN if all four are.
double valueAt(const BandPlane& plane, double x, double y) {
    const Array& pixels = *plane.pixels;
    const int64_t width = pixels.dim(1), height = pixels.dim(0);
    const double left = std::floor(x), bottom = std::floor(y);
    double sum = 0, weight = 0;
    for (int j = 0; j < 2; ++j)
        for (int i = 0; i < 2; ++i) {
            const double px = left + i, py = bottom + j;
            if (!(px >= 0 && py >= 0 && px < static_cast<double>(width) && py < static_cast<double>(height)))
                continue;
            const auto index = static_cast<int64_t>(py) * width + static_cast<int64_t>(px);
            if (plane.mask != nullptr && !plane.mask->empty() &&
                (*plane.mask)[static_cast<size_t>(index)] != 0)
                continue;
            const double w = (1 - std::abs(x - px)) * (1 - std::abs(y - py));
            sum += w * static_cast<double>(pixels.data()[index]);
            weight += w;
        }
    return weight > 0 ? sum / weight : nan;
}

void sumIsophote(const BandPlane& plane, const Shape& shape, double noise, BandFluxes& fluxes) {
    double sum = 0, area = 0;
    for (const int32_t pixel : shape.pixels) {
        const PixelMap::Local at = plane.map->at(static_cast<double>(pixel % plane.referenceWidth),
                                                 static_cast<double>(pixel / plane.referenceWidth));
        const double value = valueAt(plane, at.x, at.y);
        if (!std::isfinite(value)) {
            fluxes.flags |= flagApertureMasked;
            continue;
        }
        sum += value * at.area();
        area += at.area();
    }
    fluxes.isophotal = area > 0 ? sum : nan;
    fluxes.isophotalError = area > 0 ? noise * std::sqrt(area) : nan;
}

} // namespace

KronAperture kronAperture(const BandPlane& reference, const Shape& shape) {
    KronAperture result;
    if (!(shape.a > 0) || !(shape.b > 0))
        return result;
    const sep_image image = imageOf(reference);
    double cxx = 0, cyy = 0, cxy = 0, radius = 0;
    short flags = 0;
    sep_ellipse_coeffs(shape.a, shape.b, shape.theta, &cxx, &cyy, &cxy);
    const int status =
        sep_kron_radius(&image, shape.x, shape.y, cxx, cyy, cxy, kronReach, shape.label, &radius, &flags);
    result.flags = status == 0 ? int64_t{flags} : int64_t{flagKronFailed};
    const bool usable = status == 0 && std::isfinite(radius) && radius > 0;
    result.factor = usable ? kronFactor * std::min(radius, kronReach) : 0;
    if (result.factor * std::sqrt(shape.a * shape.b) < smallestRadius)
        result.circle = smallestRadius;
    return result;
}

BandFluxes measure(const BandPlane& plane, const Shape& shape, const KronAperture& kron,
                   double apertureRadius) {
    BandFluxes fluxes;
    const PixelMap::Local at = plane.map->at(shape.x, shape.y);
    if (!std::isfinite(at.x) || !std::isfinite(at.y)) {
        fluxes = {nan, nan, nan, nan, nan, nan, flagApertureCut};
        return fluxes;
    }
    const sep_image image = imageOf(plane);
    const double noise = static_cast<double>(plane.background->noiseAt(at.x, at.y));
    const double scale = std::sqrt(at.area()); // pixels of the band per pixel of the reference
    const auto keep = [&](const Sum& sum, double& value, double& error) {
        value = sum.value;
        error = sum.error;
        fluxes.flags |= sum.flags;
    };
    keep(sumCircle(image, at, apertureRadius * scale, shape.label, noise), fluxes.aperture,
         fluxes.apertureError);
    if (shape.a > 0 && shape.b > 0) {
        const Sum sum = kron.circle > 0
                            ? sumCircle(image, at, kron.circle * scale, shape.label, noise)
                            : sumEllipse(image, at, mapped(shape, at), kron.factor, shape.label, noise);
        keep(sum, fluxes.kron, fluxes.kronError);
        sumIsophote(plane, shape, noise, fluxes);
    } else {
        fluxes.kron = fluxes.kronError = fluxes.isophotal = fluxes.isophotalError = nan;
    }
    return fluxes;
}

double halfLightRadius(const BandPlane& plane, const Shape& shape, double flux, double outermost) {
    if (!(flux > 0) || !(outermost > 0))
        return nan;
    const sep_image image = imageOf(plane);
    const double half = 0.5;
    double radius = 0;
    short flags = 0;
    const PixelMap::Local at = plane.map->at(shape.x, shape.y);
    const int status = sep_flux_radius(&image, at.x, at.y, outermost, shape.label, subpixels, 0, &flux, &half,
                                       1, &radius, &flags);
    return status == 0 && radius > 0 && std::isfinite(radius) ? radius : nan;
}

std::vector<int32_t> mappedSegmentation(const std::vector<int32_t>& labels, int64_t referenceWidth,
                                        int64_t referenceHeight, const PixelMap& map, int64_t width,
                                        int64_t height) {
    if (map.isIdentity() && width == referenceWidth && height == referenceHeight)
        return labels;
    std::vector<int32_t> result(static_cast<size_t>(width * height), 0);
    for (int64_t y = 0; y < referenceHeight; ++y)
        for (int64_t x = 0; x < referenceWidth; ++x) {
            const int32_t label = labels[static_cast<size_t>(y * referenceWidth + x)];
            if (label == 0)
                continue;
            const PixelMap::Local at = map.at(static_cast<double>(x), static_cast<double>(y));
            if (!(std::abs(at.x) < 1e8) || !(std::abs(at.y) < 1e8))
                continue;
            // A coarser reference pixel covers several of the band's.
            const double reach = std::max(0.0, (std::sqrt(at.area()) - 1) / 2);
            const auto x0 = std::lround(at.x - reach), x1 = std::lround(at.x + reach);
            const auto y0 = std::lround(at.y - reach), y1 = std::lround(at.y + reach);
            for (int64_t v = std::max<int64_t>(y0, 0); v <= std::min<int64_t>(y1, height - 1); ++v)
                for (int64_t u = std::max<int64_t>(x0, 0); u <= std::min<int64_t>(x1, width - 1); ++u)
                    result[static_cast<size_t>(v * width + u)] = label;
        }
    return result;
}

} // namespace galatea::survey
