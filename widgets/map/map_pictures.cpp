// Pictures at the points: which are shown, and which are asked for.
#include "widgets/map/map_view_p.h"

#include <algorithm>

namespace galatea {

namespace {

constexpr qsizetype mostKept = 1024;

} // namespace

void MapView::Private::planPictures() {
    planned = {};
    if (thumbnailsOffered && thumbnailsVisible && shading == MapShading::Points)
        planned = planThumbnails(store, camera.projector(), QSizeF(view.size()));
    shownThumbnails.clear();
    for (const PlannedThumbnail& picture : planned.thumbnails)
        if (thumbnails.contains(picture.row))
            shownThumbnails.push_back(picture.row);
}

void MapView::Private::askForPictures() {
    std::vector<qint64> lacking;
    for (const PlannedThumbnail& picture : planned.thumbnails)
        if (!thumbnails.contains(picture.row))
            lacking.push_back(picture.row);
    std::sort(lacking.begin(), lacking.end());
    const bool nothingNew =
        std::includes(wantedThumbnails.begin(), wantedThumbnails.end(), lacking.begin(), lacking.end());
    if (nothingNew)
        return;
    wantedThumbnails = lacking;
    Q_EMIT view.thumbnailsWanted(lacking);
}

void MapView::Private::clearPictures() {
    thumbnails.clear();
    wantedThumbnails.clear();
    planned = {};
}

void MapView::setThumbnailsOffered(bool offered) {
    d_->thumbnailsOffered = offered;
    d_->redrawOverlay();
}

void MapView::setThumbnail(qint64 row, const QImage& picture) {
    if (row < 0 || row >= d_->store.count())
        return;
    if (d_->thumbnails.size() >= mostKept) { // keep what is in view
        QHash<qint64, QImage> kept;
        for (const PlannedThumbnail& shown : d_->planned.thumbnails)
            if (const auto known = d_->thumbnails.constFind(shown.row); known != d_->thumbnails.constEnd())
                kept.insert(shown.row, *known);
        d_->thumbnails = kept;
        d_->wantedThumbnails.clear();
    }
    d_->thumbnails.insert(row, picture);
    const auto& planned = d_->planned.thumbnails;
    if (std::any_of(planned.begin(), planned.end(),
                    [row](const PlannedThumbnail& shown) { return shown.row == row; }))
        d_->redrawOverlay();
}

void MapView::clearThumbnails() {
    d_->clearPictures();
    d_->redrawOverlay();
}

const std::vector<qint64>& MapView::thumbnailsShown() const {
    return d_->shownThumbnails;
}

} // namespace galatea
