// What a session holds beside its files, put back into the document: fitted mixture, scores, maps, view.

#include <algorithm>

#include "app/desktop/analysis.h"
#include "app/desktop/clustering.h"
#include "app/desktop/opener.h"
#include "app/desktop/sessions/session_parts.h"
#include "mixture/merging.h"

namespace galatea {

namespace {

FittedMixturePtr describeStoredFit(const Array& z, const StoredFit& stored) {
    if (stored.parts.empty())
        return describeMixture(z, stored.mixture, stored.how);
    auto fitted = std::make_shared<FittedMixture>(*describeMixture(z, stored.parts, stored.how));
    fitted->mixture = stored.mixture;
    fitted->parts = stored.parts;
    fitted->partOf = stored.partOf;
    fitted->responsibility = mergedResponsibilities(fitted->responsibility, stored.partOf);
    fitted->component = largestPerRow(fitted->responsibility);
    return fitted;
}

std::shared_ptr<const MapContent> keptMapFrom(const QString& path, const LatentsPtr& latents, bool made) {
    LatentMap map = readMap(path.toStdString());
    auto content = std::make_shared<MapContent>();
    if (map.method == "pca" && latents) // the same axes, so that new latents can be placed
        *content = principalMap(latents->mean, map.coordinates.dim(1));
    content->map = std::move(map);
    content->path = made ? QString() : path;
    return content;
}

DataLayerPtr layerFrom(const Session& session) {
    auto layer = std::make_shared<DataLayer>();
    layer->latents = std::make_shared<Latents>(readLatents(session.layer.toStdString()));
    layer->name = session.layerLook["name"].toString();
    layer->path = session.layerLook["path"].toString();
    layer->colour = QColor(session.layerLook["colour"].toString());
    layer->opacity = std::clamp(session.layerLook["opacity"].toDouble(0.9), 0.05, 1.0);
    layer->shown = session.layerLook["shown"].toBool(true);
    return layer;
}

} // namespace

Opener::Restored Opener::restoreParts(const Session& session, const QString& sessionPath,
                                      const LatentsPtr& latents, int64_t objects) {
    Restored parts;
    const auto attempt = [&parts](const char* what, const std::function<void()>& work) {
        try {
            work();
        } catch (const std::exception& error) {
            parts.notes << QString("%1 could not be restored: %2").arg(what, shown(error.what()));
        }
    };
    attempt("The anomaly scores", [&] {
        if (!session.scores.isEmpty())
            parts.scores = readScores(session.scores);
    });
    attempt("The fitted mixture", [&] {
        const auto stored = mixtureFromJson(session.mixture);
        if (!stored)
            return;
        if (!latents || latents->mean.dim(1) != stored->mixture.dimensions)
            throw std::runtime_error("the open latents have another dimension");
        parts.fitted = describeStoredFit(latents->mean, *stored);
    });
    for (const Session::NamedMap& kept : session.keptMaps)
        attempt("A map beside the present one", [&] {
            if (!kept.path.isEmpty())
                parts.keptMaps.push_back(
                    {kept.name, keptMapFrom(kept.path, latents, isPart(kept.path, sessionPath))});
        });
    attempt("The layer", [&] {
        if (!session.layer.isEmpty())
            parts.layer = layerFrom(session);
    });
    attempt("The order of the gallery", [&] { parts.ranking = rankingOf(session.view, latents, objects); });
    return parts;
}

void Opener::restore(const Session& session) {
    const bool more = !session.scores.isEmpty() || !session.mixture.isEmpty() || !session.layer.isEmpty() ||
                      !session.keptMaps.empty() || !session.view["ranking"].toObject().isEmpty();
    if (!more)
        return restoreView(session, {});
    const QString path = sessionPath_;
    begin();
    const LatentsPtr latents = document_.latents().latents;
    workspace_.jobs.start<Restored>(
        "Restoring the session", this,
        [session, path, latents, objects = document_.objectCount()](const StopToken&, ProgressSink&) {
            return restoreParts(session, path, latents, objects);
        },
        [this, session, latents](Restored parts) {
            for (const QString& note : parts.notes)
                workspace_.log.warning(note);
            if (document_.latents().latents == latents) {
                document_.setScores(std::move(parts.scores));
                document_.setFittedMixture(parts.fitted);
                document_.setKeptMaps(std::move(parts.keptMaps));
                document_.setDataLayer(parts.layer);
                restoreView(session, parts.ranking);
            }
            end();
        },
        [this](const JobError& error) {
            report({}, error);
            end();
        });
}

void Opener::restoreView(const Session& session, const RankingPtr& ranking) {
    document_.setComponentLooks(componentLooksFrom(session.components));
    applyView(document_, session.view, ranking);
    Q_EMIT sessionRestored(session);
    document_.undoStack().clear(); // the window's part may have gone through commands
}

} // namespace galatea
