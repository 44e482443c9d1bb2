// Sessions: their files in place of what is open, then what they hold beside these: fitted mixture, scores,
// maps, view.

#include <algorithm>
#include <utility>

#include <QFileInfo>

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

QString name(const QString& path) {
    return shown(QFileInfo(path).fileName().toStdString());
}

} // namespace

bool Opener::openSession(const QString& path) {
    if (opening_) {
        workspace_.log.warning(name(opening_->path) + " is still being opened");
        return false;
    }
    if (mayOpen_ && !mayOpen_(path))
        return false;
    opening_ = Opening{path, {}};
    begin();
    struct Found {
        Session session;
        std::vector<SessionFileFault> faults;
        QStringList notes;
    };
    workspace_.jobs.start<Found>(
        "Opening " + name(path), this,
        [path](const StopToken&, ProgressSink&) {
            Found found{readSession(path), {}, {}};
            found.faults = findSessionFiles(found.session, path, found.notes);
            return found;
        },
        [this](Found found) {
            for (const QString& note : found.notes)
                workspace_.log.info(note);
            askForFiles(found.session, found.faults);
            opening_->session = std::move(found.session);
            readSessionFiles();
            end();
        },
        [this, path](const JobError& error) {
            report(path, error);
            end();
        });
    return true;
}

void Opener::askForFiles(Session& session, const std::vector<SessionFileFault>& faults) {
    std::vector<SessionFileFault> rest = faults;
    while (!rest.empty()) {
        const SessionFileFault fault = rest.front();
        rest.erase(rest.begin());
        const QString answer = locate_ ? locate_(fault) : QString();
        rest = settleFault(session, fault, answer, std::move(rest));
        if (answer.isEmpty())
            leaveOut("it opens without its " + fault.kind + ", as " + name(fault.path) +
                     (fault.changed ? " has changed" : " is missing"));
        else if (answer == fault.path)
            workspace_.log.warning(name(fault.path) + " has changed since the session was saved");
    }
}

void Opener::readSessionFiles() {
    begin();
    workspace_.jobs.start<Files>(
        "Opening " + name(opening_->path), this,
        [opening = *opening_](const StopToken& stop, ProgressSink& progress) {
            return readAll(opening, stop, progress);
        },
        [this](Files files) {
            putInPlace(std::move(files));
            end();
        },
        [this, path = opening_->path](const JobError& error) {
            report(path, error);
            end();
        });
}

/// A session's files take the place of what is open, unless there are none or the person thinks better of it.
void Opener::putInPlace(Files files) {
    const QStringList again = askAboutRefused(files.refused);
    for (const Files::Refused& refused : std::exchange(files.refused, {}))
        if (!again.contains(refused.path)) {
            for (const auto& [kind, path] : opening_->session.files().asKeyValueRange())
                if (path == refused.path)
                    opening_->session.file(kind)->clear();
            leaveOut("it opens without " + name(refused.path));
        }
    if (!again.isEmpty())
        return readSessionFiles(); // allowed now
    for (const auto& [path, error] : files.failures)
        leaveOut("it opens without " + name(path));
    if (files.empty()) {
        leaveOut("nothing of it is left to open");
        return apply(std::move(files));
    }
    if (!mayReplace())
        return;
    opening_->inPlace = true;
    demonstration_ = opening_->session.demonstration;
    waitingMap_.reset();
    document_.clear();
    replace();
    apply(std::move(files), opening_->session.transform);
}

Opener::Restored Opener::restoreParts(const Opening& opening, const LatentsPtr& latents, int64_t objects) {
    const Session& session = opening.session;
    Restored parts;
    const auto attempt = [&parts](const char* what, const std::function<void()>& work) {
        try {
            work();
        } catch (const std::exception& error) {
            parts.notes << QString("%1 could not be restored: %2").arg(what, shown(error.what()));
        }
    };
    attempt("the anomaly scores", [&] {
        if (!session.scores.isEmpty())
            parts.scores = readScores(session.scores);
    });
    attempt("the fitted mixture", [&] {
        const auto stored = mixtureFromJson(session.mixture);
        if (!stored)
            return;
        if (!latents || latents->mean.dim(1) != stored->mixture.dimensions)
            throw std::runtime_error("the open latents have another dimension");
        parts.fitted = describeStoredFit(latents->mean, *stored);
    });
    for (const Session::NamedMap& kept : session.keptMaps)
        attempt("a map beside the present one", [&] {
            if (!kept.path.isEmpty())
                parts.keptMaps.push_back(
                    {kept.name, keptMapFrom(kept.path, latents, isPart(kept.path, opening.path))});
        });
    attempt("the layer", [&] {
        if (!session.layer.isEmpty())
            parts.layer = layerFrom(session);
    });
    parts.lists = listsOf(session.view, latents, objects);
    parts.notes += parts.lists.notes;
    return parts;
}

void Opener::leaveOut(const QString& sentence) {
    if (!opening_)
        return;
    opening_->whole = false;
    workspace_.log.warning(name(opening_->path) + ": " + sentence);
}

void Opener::restore() {
    if (!restoring())
        return;
    begin();
    const LatentsPtr latents = document_.latents().latents;
    const int64_t objects = document_.objectCount();
    const auto asItWas = [this, latents, objects] { // else whoever brought others restores it
        const LatentsPtr& now = document_.latents().latents;
        return restoring() && document_.objectCount() == objects &&
               (now ? now->mean.data() : nullptr) == (latents ? latents->mean.data() : nullptr);
    };
    workspace_.jobs.start<Restored>(
        "Restoring the session", this,
        [opening = *opening_, latents, objects](const StopToken&, ProgressSink&) {
            return restoreParts(opening, latents, objects);
        },
        [this, asItWas](Restored parts) {
            if (asItWas())
                restoreView(std::move(parts));
            end();
        },
        [this, asItWas, objects](const JobError& error) {
            report({}, error);
            if (asItWas()) {
                QJsonObject view = opening_->session.view;
                view.remove("ranking"); // the rest is read in no time
                Restored parts;
                parts.lists = listsOf(view, {}, objects);
                parts.notes = parts.lists.notes;
                parts.notes << "it opens without scores, fitted mixture, kept maps, layer and order";
                restoreView(std::move(parts));
            }
            end();
        });
}

void Opener::restoreView(Restored parts) {
    for (const QString& note : parts.notes)
        leaveOut(note);
    const Opening opened = std::move(*std::exchange(opening_, {}));
    const Session& session = opened.session;
    document_.setScores(std::move(parts.scores));
    document_.setFittedMixture(parts.fitted);
    document_.setKeptMaps(std::move(parts.keptMaps));
    document_.setDataLayer(parts.layer);
    document_.setComponentLooks(componentLooksFrom(session.components));
    applyView(document_, session.view, parts.lists);
    Q_EMIT sessionRestored(session);
    document_.undoStack().clear(); // the window's part may have gone through commands
    if (!session.recoveredAt.isValid())
        workspace_.settings.addRecentFile(opened.path);
    setSessionPath(opened.path);
    Q_EMIT sessionOpened(session, opened.whole);
}

} // namespace galatea
