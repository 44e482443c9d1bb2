// The document's maps: the present one, one on its way, those kept beside, and a second data set on them.
#include "app/desktop/document.h"

#include <utility>

namespace galatea {

void Document::setMap(MapContent content) {
    completeMap(content);
    map_ = std::move(content);
    settled_.reset();
    Q_EMIT mapChanged();
    Q_EMIT contentChanged();
}

void Document::previewMap(MapContent content) {
    if (!settled_)
        settled_ = std::move(map_);
    map_ = std::move(content);
    Q_EMIT mapChanged();
}

void Document::endPreview() {
    if (!settled_)
        return;
    map_ = std::move(*settled_);
    settled_.reset();
    Q_EMIT mapChanged();
    Q_EMIT contentChanged();
}

/// A map that is not linear places new latents, and decodes its places, by the objects around.
void Document::completeMap(MapContent& content) const {
    const LatentsPtr& latents = latents_.latents;
    content.placement.reset();
    if (!content.pca && latents && latents->size() > 1 && content.map.coordinates.rank() == 2 &&
        content.map.coordinates.dim(0) == latents->size())
        content.placement = std::make_shared<MapPlacement>(latents->mean, content.map.coordinates);
}

void Document::setKeptMaps(std::vector<KeptMap> maps) {
    std::erase_if(maps, [n = latents_.latents ? latents_.latents->size() : 0](const KeptMap& kept) {
        return !kept.content || kept.content->map.coordinates.rank() != 2 ||
               kept.content->map.coordinates.dim(0) != n;
    });
    for (KeptMap& kept : maps)
        if (!kept.content->pca && !kept.content->placement) {
            auto whole = std::make_shared<MapContent>(*kept.content);
            completeMap(*whole);
            kept.content = std::move(whole);
        }
    if (maps == keptMaps_)
        return;
    keptMaps_ = std::move(maps);
    Q_EMIT keptMapsChanged();
}

/// After the latents changed: maps made of others go, those of a file stay if they may be of these.
void Document::dropUnfitMaps() {
    std::vector<KeptMap> kept = keptMaps_;
    std::erase_if(kept, [](const KeptMap& map) { return map.content->path.isEmpty(); });
    for (KeptMap& map : kept) { // placed by the new latents
        auto bare = std::make_shared<MapContent>(*map.content);
        bare->placement.reset();
        map.content = std::move(bare);
    }
    setKeptMaps(std::move(kept));
    const bool fits =
        dataLayer_ && latents_.latents && dataLayer_->latents->mean.dim(1) == latents_.latents->mean.dim(1);
    if (dataLayer_ && !fits)
        setDataLayer({});
}

void Document::setDataLayer(const DataLayerPtr& layer) {
    if (layer == dataLayer_)
        return;
    if (layer && (!latents_.latents || layer->latents->mean.dim(1) != latents_.latents->mean.dim(1)))
        return;
    dataLayer_ = layer;
    Q_EMIT dataLayerChanged();
}

} // namespace galatea
