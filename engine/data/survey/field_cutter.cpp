#include "data/survey/field_cutter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace galatea::survey {

FieldCutter::FieldCutter(const LoadedField& field, const SurveyOptions& options, std::vector<BandUnit> units)
    : field_(field), options_(options), units_(std::move(units)) {
    const auto& wcs = field.reference().frame.wcs;
    const double scale = wcs ? wcs->pixelScale() : 1;
    apertureRadius_ = options.aperture / 2 / scale;
    if (wcs)
        matchRadius_ = std::max(matchRadius_, 1 / scale);
}

Shape FieldCutter::shapeOf(size_t index) const {
    const Detection& detection = field_.detection();
    const DetectedSource& source = detection.sources[index];
    const std::span<const int32_t> pixels(detection.pixels);
    return {source.x,
            source.y,
            source.a,
            source.b,
            source.theta,
            static_cast<int32_t>(index + 1),
            pixels.subspan(static_cast<size_t>(source.firstPixel), static_cast<size_t>(source.area))};
}

std::vector<Target> FieldCutter::detected() const {
    std::vector<Target> targets;
    const auto& sources = field_.detection().sources;
    for (size_t i = 0; i < sources.size(); ++i)
        targets.push_back({shapeOf(i), {sources[i].x, sources[i].y}, sources[i].flags, sources[i].area, -1});
    return targets;
}

std::vector<Target> FieldCutter::given(const std::vector<PositionList::Place>& places) const {
    const Detection& detection = field_.detection();
    std::vector<Target> targets;
    for (const PositionList::Place& place : places) {
        size_t best = detection.sources.size();
        double nearest = matchRadius_;
        for (size_t i = 0; i < detection.sources.size(); ++i) {
            const DetectedSource& source = detection.sources[i];
            const double distance = std::hypot(source.x - place.at.x, source.y - place.at.y);
            if (distance < nearest) {
                nearest = distance;
                best = i;
            }
        }
        const auto x = std::clamp<int64_t>(std::lround(place.at.x), 0, detection.width - 1);
        const auto y = std::clamp<int64_t>(std::lround(place.at.y), 0, detection.height - 1);
        const int32_t label = field_.segmentation()[static_cast<size_t>(y * detection.width + x)];
        if (best == detection.sources.size() && label > 0)
            best = static_cast<size_t>(label - 1);
        Target target;
        target.catalogRow = place.row;
        target.centre = place.at;
        if (best < detection.sources.size()) {
            target.shape = shapeOf(best);
            target.flags = detection.sources[best].flags;
            target.area = detection.sources[best].area;
        } else {
            target.flags = flagUndetected;
        }
        target.shape.x = place.at.x;
        target.shape.y = place.at.y;
        targets.push_back(target);
    }
    return targets;
}

PixelPosition FieldCutter::originOf(const Target& target) const {
    const double half = 0.5 * static_cast<double>(options_.size - 1);
    PixelPosition origin{target.centre.x - half, target.centre.y - half};
    if (options_.wholePixels)
        origin = {std::round(origin.x), std::round(origin.y)};
    return origin;
}

/// Another source's isophote reaches into the middle of the cut-out.
bool FieldCutter::isCrowded(const Target& target) const {
    const Detection& detection = field_.detection();
    const auto reach = static_cast<double>(options_.size) / 4;
    const auto bound = [](double at, int64_t length) {
        return std::clamp<int64_t>(std::lround(at), 0, length - 1);
    };
    const int64_t x0 = bound(target.centre.x - reach, detection.width);
    const int64_t x1 = bound(target.centre.x + reach, detection.width);
    const int64_t y0 = bound(target.centre.y - reach, detection.height);
    const int64_t y1 = bound(target.centre.y + reach, detection.height);
    for (int64_t y = y0; y <= y1; ++y)
        for (int64_t x = x0; x <= x1; ++x) {
            const int32_t label = field_.segmentation()[static_cast<size_t>(y * detection.width + x)];
            if (label != 0 && label != target.shape.label)
                return true;
        }
    return false;
}

void FieldCutter::cutBands(const Target& target, MeasuredSource& source, float* out) const {
    const PixelPosition origin = originOf(target);
    const double half = 0.5 * static_cast<double>(options_.size - 1);
    const PixelPosition centre{origin.x + half, origin.y + half};
    const auto kernel = options_.kernel == "cubic" ? ResamplingKernel::Cubic : ResamplingKernel::Lanczos3;
    const int64_t samples = options_.size * options_.size;
    const float empty = options_.fill == "nan" ? std::numeric_limits<float>::quiet_NaN() : 0.f;
    for (size_t i = 0; i < field_.bands().size(); ++i) {
        const LoadedBand& band = field_.bands()[i];
        float* plane = out + static_cast<int64_t>(i) * samples;
        const Stamp stamp = cutStamp(band.pixels, band.mask, band.map, centre, options_.size, kernel, plane);
        const double factor = units_[i].factor;
        for (int64_t p = 0; p < samples; ++p)
            plane[p] =
                std::isnan(plane[p]) ? empty : static_cast<float>(static_cast<double>(plane[p]) * factor);
        source.coverage = std::min(source.coverage, static_cast<double>(stamp.inside - stamp.bad) /
                                                        static_cast<double>(samples));
        if (stamp.inside < samples)
            source.flags |= flagEdge;
        if (stamp.bad + stamp.patched > 0)
            source.flags |= flagBadPixels;
    }
}

void FieldCutter::describeSky(MeasuredSource& source) const {
    const auto& wcs = field_.reference().frame.wcs;
    if (!wcs || !wcs->isEquatorial())
        return;
    const PixelPosition at{source.x, source.y};
    source.sky = wcs->toSky(at);
    source.northAngle = wcs->northAngle(at);
    const double step = wcs->pixelScale() / 3600;
    const double cosine = std::cos(source.sky->dec * std::numbers::pi / 180);
    const PixelPosition east =
        wcs->toPixel({source.sky->ra + step / std::max(cosine, 1e-6), source.sky->dec});
    const double north = source.northAngle * std::numbers::pi / 180;
    // North is (−sin, cos); east should lie a quarter turn counter-clockwise of it.
    source.mirrored = -std::sin(north) * (east.y - at.y) - std::cos(north) * (east.x - at.x) < 0;
}

MeasuredSource FieldCutter::cut(const Target& target, float* out) const {
    MeasuredSource source;
    source.field = field_.name();
    source.x = target.shape.x;
    source.y = target.shape.y;
    source.a = target.shape.a;
    source.b = target.shape.b;
    source.theta = target.shape.theta;
    source.area = static_cast<double>(target.area);
    source.flags = target.flags;
    if (isCrowded(target))
        source.flags |= flagCrowded;
    cutBands(target, source, out);
    if (source.coverage < options_.minCoverage)
        return source; // it will not be kept
    describeSky(source);

    const int64_t width = field_.detection().width;
    const BandPlane reference = field_.reference().plane(width);
    const KronAperture kron = kronAperture(reference, target.shape);
    source.flags |= kron.flags;
    source.kronRadius = kron.circle > 0 ? kron.circle : kron.factor * target.shape.a;
    for (size_t i = 0; i < field_.bands().size(); ++i) {
        BandFluxes fluxes = measure(field_.bands()[i].plane(width), target.shape, kron, apertureRadius_);
        source.flags |= fluxes.flags;
        if (i == field_.referenceIndex()) {
            const bool hasShape = target.shape.a > 0;
            const double flux = hasShape ? fluxes.kron : fluxes.aperture;
            const double outermost = hasShape ? std::max(6 * target.shape.a, 3.0) : 2 * apertureRadius_;
            source.halfLightRadius = halfLightRadius(reference, target.shape, flux, outermost);
            source.signalToNoise = flux / (hasShape ? fluxes.kronError : fluxes.apertureError);
        }
        for (double BandFluxes::*value :
             {&BandFluxes::isophotal, &BandFluxes::isophotalError, &BandFluxes::kron, &BandFluxes::kronError,
              &BandFluxes::aperture, &BandFluxes::apertureError})
            fluxes.*value *= units_[i].factor;
        source.bands.push_back(fluxes);
    }
    return source;
}

} // namespace galatea::survey
