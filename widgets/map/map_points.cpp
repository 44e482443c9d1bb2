// The points of a frame: what is drawn of them now, and how the rest follows.
#include "widgets/map/map_view_p.h"
#include "widgets/map/palette.h"

#include <algorithm>

namespace galatea {

namespace {

constexpr double sliceLength = 80;  // of what is added between two frames at rest
constexpr double leastBudget = 0.4; // of a frame's budget, however long it takes to put the picture together
constexpr uint8_t contextOpacity = 120;

} // namespace

PaintEye MapView::Private::eye(const MapCamera& from, double ratio, const QSize& pixels) const {
    PaintEye eye;
    eye.projector = from.projector();
    eye.projector.pixelsPerUnit *= ratio;
    eye.projector.middleX *= ratio;
    eye.projector.middleY *= ratio;
    eye.width = pixels.width();
    eye.height = pixels.height();
    eye.ground = groundColour(theme == MapTheme::Dark);
    if (from.dimensions() == 3) {
        const auto range = from.clippingRange();
        eye.reference = from.distance();
        eye.nearest = range[0];
        eye.farthest = range[1];
    }
    return eye;
}

/// The points, the second data set above them, then what is selected, the samples last.
std::vector<Stratum> MapView::Private::strata(double ratio) const {
    Stratum all;
    all.store = &store;
    all.diameter = pointSize * ratio;
    all.opacity = opacity;
    all.rim = all.diameter > 4;
    all.density = shading == MapShading::Density;
    std::vector<Stratum> strata{all};
    if (!selection().empty()) {
        Rgba context = toRgba(contextColour(theme == MapTheme::Dark));
        context.a = contextOpacity;
        strata[0].mask |= Selected;
        strata[0].colour = context;
    }
    Stratum other = all;
    other.density = false;
    const auto lay = [&](const PointStore& layer, double otherOpacity) {
        if (layer.count() == 0 || layer.dimensions() != store.dimensions())
            return; // what belongs to the map before is not drawn on this one
        other.store = &layer;
        other.opacity = otherOpacity;
        strata.push_back(other);
    };
    if (layerShown)
        lay(layerStore, layerOpacity > 0 ? layerOpacity : opacity);
    if (!selection().empty()) {
        all.mask |= Selected;
        all.wanted = Selected;
        all.diameter *= 1.25;
        all.opacity = std::max(opacity, 0.9);
        strata.push_back(all);
    }
    other.diameter = std::max(9.0, 1.6 * pointSize) * ratio;
    other.diamond = true;
    lay(sampleStore, std::max(opacity, 0.9));
    return strata;
}

void MapView::Private::paintPoints() {
    const QSize size = deviceSize();
    const double ratio = view.devicePixelRatioF();
    if (sceneDirty) {
        ++pictureNumber;
        painter.begin(eye(camera, ratio, size), strata(ratio));
        if (!wantWhole)
            painter.paintFor(std::max(leastBudget * budget, budget - resolveMilliseconds));
    }
    if (wantWhole)
        painter.paintAll();
    if (!painter.busy()) {
        pointPicture.resize(static_cast<size_t>(size.width()) * static_cast<size_t>(size.height()) * 4);
        QElapsedTimer clock;
        clock.start();
        resolve(painter, density, pointPicture.data());
        resolveMilliseconds = static_cast<double>(clock.nsecsElapsed()) * 1e-6;
        scene.setPicture(pointPicture.data(), size.width(), size.height());
        shownDetail = painter.fraction();
    }
    sceneDirty = grown = false;
}

void MapView::Private::resolve(PointPainter& painted, DensityShading& shaded, uint8_t* rgba) const {
    bool over = false;
    for (size_t k = 0; k < painted.strata(); ++k) {
        const Stratum& stratum = painted.stratum(k);
        if (!stratum.density)
            continue;
        DensityLook look;
        look.dark = theme == MapTheme::Dark;
        look.opacity = std::max(opacity, 0.9);
        look.scale = 1 / std::max(1e-6, painted.fraction());
        look.single = stratum.colour;
        shaded.shade(painted.sheet(k), look, painted.crew(), over, rgba);
        over = true;
    }
    painted.resolve(rgba, over);
}

void MapView::Private::goOn() {
    if (moving || sceneDirty || painter.busy() || painter.complete())
        return;
    painter.refine(sliceLength, [this, number = pictureNumber] {
        QMetaObject::invokeMethod(
            &view,
            [this, number] {
                if (number != pictureNumber || painter.busy())
                    return;
                grown = true;
                redrawOverlay();
            },
            Qt::QueuedConnection);
    });
}

} // namespace galatea
