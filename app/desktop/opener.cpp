#include "app/desktop/opener.h"

#include <utility>

#include <QApplication>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>

#include "app/desktop/analysis.h"
#include "app/desktop/demo.h"
#include "app/desktop/display_choice.h"
#include "app/desktop/file_kind.h"
#include "app/desktop/latent_cache.h"
#include "data/open_dataset.h"
#include "data/survey/import_frames.h"
#include "io/walled_file.h"
#include "mixture/mixture_file.h"
#include "sandbox/walls.h"
#include "torchscript/open_model.h"

namespace galatea {

namespace {

/// A few images from all over the set, to see what their pixels are like.
Rendering lookAt(const Dataset& data) {
    std::vector<int64_t> rows;
    const int64_t step = std::max<int64_t>(1, data.size() / 8);
    for (int64_t row = 0; row < data.size() && rows.size() < 8; row += step)
        rows.push_back(row);
    try {
        return chooseRendering(data.read(rows));
    } catch (const InputError&) {
        return chooseRendering({}); // one unreadable picture must not keep the others out
    }
}

QString name(const QString& path) {
    return shown(QFileInfo(path).fileName().toStdString());
}

/// Scores and fits make others of them that share the numbers.
bool sameLatents(const LatentsPtr& one, const LatentsPtr& other) {
    return one && other && one->mean.data() == other->mean.data();
}

/// A file that is no use is told and left out: the model opens all the same.
std::shared_ptr<const GaussianMixture> densityBeside(const QString& path, const ModelCard& card,
                                                     QStringList& notes) {
    const QFileInfo file(path);
    const QString beside = file.path() + '/' + file.completeBaseName() + ".mixture.h5";
    if (!card.mixture.empty() || !card.can("decode") || !QFileInfo::exists(beside))
        return {};
    try {
        auto density = std::make_shared<const GaussianMixture>(readMixture(beside.toStdString()).mixture);
        if (density->dimensions == card.latent)
            return density;
        notes << QString("%1: it is of %2 latents, the model has %3; samples are drawn without it")
                     .arg(name(beside))
                     .arg(density->dimensions)
                     .arg(card.latent);
    } catch (const InputError& error) {
        notes << name(beside) + ": " + shown(error.fault()) + "; samples are drawn without it";
    }
    return {};
}

bool askWhetherToAllow(const QString& path, const QString& fault) {
    QMessageBox box(
        QMessageBox::Warning, "Galatea",
        name(path) + " " + fault +
            ".\n\nWhat it holds could do whatever you can do: read and delete your files, use the "
            "network. Open it only if you know who made it. Installing bubblewrap puts walls "
            "around such files.",
        QMessageBox::NoButton, QApplication::activeWindow());
    box.setTextFormat(Qt::PlainText);
    const QPushButton* allow = box.addButton("Open without walls", QMessageBox::AcceptRole);
    box.setDefaultButton(box.addButton(QMessageBox::Cancel));
    box.exec();
    return box.clickedButton() == allow;
}

} // namespace

Opener::Opener(Workspace& workspace, QObject* parent)
    : QObject(parent), mayBeAllowed_(askWhetherToAllow), workspace_(workspace),
      document_(workspace.document) {
    std::vector<std::string> allowed;
    for (const QString& sha256 : workspace.settings.allowedFiles())
        allowed.push_back(sha256.toStdString());
    allowWithoutWalls(std::move(allowed));
}

void Opener::begin() {
    if (pending_++ == 0)
        Q_EMIT busyChanged(true);
}

void Opener::end() {
    if (--pending_ > 0)
        return;
    abandonSession(); // nothing more will come of it
    Q_EMIT busyChanged(false);
}

void Opener::abandonSession() {
    if (const auto opening = std::exchange(opening_, {}))
        Q_EMIT sessionNotOpened(opening->path);
}

/// Until it is restored no session is open: saving must not put half of one over the whole.
void Opener::replace() {
    setSessionPath({});
    Q_EMIT replaced();
}

void Opener::report(const QString& path, const JobError& error) {
    if (error.cancelled)
        return workspace_.log.info("Cancelled" + (path.isEmpty() ? QString() : ": " + name(path)));
    workspace_.log.error(error.text());
    Q_EMIT failed(path, error.text());
}

void Opener::setSessionPath(const QString& path) {
    sessionPath_ = path;
    Q_EMIT sessionPathChanged(path);
}

void Opener::open(const QStringList& paths) {
    QStringList files;
    for (const QString& path : paths) {
        const QString absolute = QFileInfo(path).absoluteFilePath();
        if (QFileInfo(path).suffix().compare("galatea", Qt::CaseInsensitive) == 0) {
            openSession(absolute);
            return;
        }
        files << absolute;
    }
    if (files.isEmpty())
        return;
    begin();
    workspace_.jobs.start<Files>(
        "Opening " + (files.size() == 1 ? name(files.first()) : QString("%1 files").arg(files.size())), this,
        [files](const StopToken& stop, ProgressSink& progress) { return read(files, stop, progress); },
        [this](Files read) {
            const bool otherData = read.data && document_.data().data;
            if (otherData && !mayReplace())
                return end();
            if (otherData && restoring())
                abandonSession();
            demonstration_ = demonstration_ && !read.data && !read.model;
            apply(std::move(read));
            if (otherData)
                replace();
            end();
        },
        [this](const JobError& error) {
            report({}, error);
            end();
        });
}

Opener::Files Opener::read(const QStringList& paths, const StopToken& stop, ProgressSink& progress) {
    Files files;
    for (qsizetype i = 0; i < paths.size(); ++i) {
        throwIfStopped(stop);
        progress.update({"reading", i, paths.size(), "files", {}});
        try {
            readOne(paths[i], files);
            if (!files.frames.contains(paths[i]))
                files.done << paths[i];
        } catch (const WallsMissing& missing) {
            files.refused.push_back({paths[i], shown(missing.fault()), shown(missing.cure()),
                                     QString::fromStdString(missing.sha256)});
        } catch (...) {
            files.failures.emplace_back(paths[i], describeError(std::current_exception()));
        }
    }
    return files;
}

void Opener::readOne(const QString& path, Files& files) {
    const std::string file = path.toStdString();
    switch (fileKind(path)) {
    case FileKind::Dataset: {
        if (survey::looksLikeFrames(file)) {
            files.frames << path;
            break;
        }
        const DatasetPtr data = openDataset(file);
        if (data->size() == 0)
            throw InputError(file, "there are no images in it", "open another file or folder");
        files.rendering = lookAt(*data);
        files.data = DataContent{data, {}, data, path, classesOfCatalogue(data->catalog())};
        for (const std::string& note : data->info().notes)
            files.notes << name(path) + ": " + shown(note);
        break;
    }
    case FileKind::Model:
        files.model = ModelContent{openModel(file), path};
        files.model->density = densityBeside(path, files.model->model->card(), files.notes);
        for (const std::string& note : files.model->model->notes())
            files.notes << name(path) + ": " + shown(note);
        break;
    case FileKind::Latents:
        files.latents = std::make_shared<Latents>(readLatents(file));
        files.latentsPath = path;
        break;
    case FileKind::Map:
        files.map = readMap(file);
        files.mapPath = path;
        break;
    case FileKind::Session:
        throw InputError(file, "a session cannot be opened together with other files", "open it alone");
    }
}

void Opener::apply(Files files, const TransformOptions& transform) {
    for (const QString& note : files.notes)
        workspace_.log.warning(note);
    for (const auto& [path, error] : files.failures)
        report(path, error);
    if (const QStringList again = askAboutRefused(files.refused); !again.isEmpty())
        open(again);
    if (!files.frames.isEmpty())
        Q_EMIT framesFound(files.frames);
    if (files.empty())
        return;
    mayEmbed_ = true;
    if (files.model)
        document_.setModel(*files.model);
    if (files.data) {
        document_.setData(*files.data);
        if (files.rendering) {
            DisplaySettings display = document_.display();
            display.rendering = *files.rendering;
            document_.setDisplay(display);
        }
    }
    if (files.map) {
        waitingMap_ = std::move(files.map);
        waitingMapPath_ = files.mapPath;
    }
    for (const QString& path : files.done) {
        workspace_.log.info("Opened " + name(path));
        workspace_.settings.addRecentFile(path);
        Q_EMIT opened(path);
    }
    if (transform.any() && document_.data().source) {
        DataContent content = document_.data();
        content.transform = transform;
        content.data = transformed(content.source, transform);
        document_.setData(content);
    }
    fitDataToModel();
    if (!files.latents)
        return prepare();
    const Latents& latents = **files.latents;
    const QString file = name(files.latentsPath);
    if (document_.data().data && document_.data().data->size() != latents.size()) {
        workspace_.log.error(QString("%1: these latents describe %2 objects, the open data set has %3; open "
                                     "the data they were made from")
                                 .arg(file)
                                 .arg(latents.size())
                                 .arg(document_.data().data->size()));
        leaveOut("it opens without its latents, which are of other data");
        return prepare();
    }
    if (document_.model().model && document_.model().model->card().latent != latents.mean.dim(1)) {
        workspace_.log.error(QString("%1: these latents have %2 dimensions, the open model has %3; open the "
                                     "model they were made with")
                                 .arg(file)
                                 .arg(latents.mean.dim(1))
                                 .arg(document_.model().model->card().latent));
        leaveOut("it opens without its latents, which are of another model");
        return prepare();
    }
    describeJob(*files.latents, files.latentsPath);
}

/// What is allowed is remembered, to be opened again; what is not is an error like any other.
QStringList Opener::askAboutRefused(const std::vector<Files::Refused>& refused) {
    QStringList again;
    for (const Files::Refused& file : refused) {
        if (mayBeAllowed_(file.path, file.fault)) {
            allowWithoutWalls({file.sha256.toStdString()});
            workspace_.settings.addAllowedFile(file.sha256);
            again << file.path;
        } else {
            JobError error;
            error.kind = ErrorKind::Input;
            error.subject = name(file.path);
            error.fault = file.fault;
            error.cure = file.cure;
            report(file.path, error);
        }
    }
    return again;
}

void Opener::fitDataToModel() {
    const DataContent& data = document_.data();
    if (!data.data || !document_.model().model)
        return;
    const ModelInput& input = document_.model().model->card().input;
    const DatasetInfo& info = data.data->info();
    if (info.channels == input.channels && info.height == input.height && info.width == input.width)
        return;
    const Fit fit = fitToModel(data.source->info(), input);
    if (!fit.possible) {
        mayEmbed_ = false;
        workspace_.log.warning("The open images do not fit the model: " + fit.sentence +
                               "; open images of its kind to embed them");
        return;
    }
    DataContent content = data;
    content.transform = fit.transform;
    content.data = fit.transform.any() ? transformed(data.source, fit.transform) : data.source;
    document_.setData(content);
    if (fit.transform.rescale) {
        DisplaySettings display = document_.display();
        display.rendering = chooseRendering(Array({1}, {0.5F}));
        document_.setDisplay(display);
    }
    if (!fit.sentence.isEmpty())
        workspace_.log.info("The images are shown to the model as it needs them: " + fit.sentence);
}

void Opener::adopt(DataContent data, ModelContent model) {
    Files files;
    if (data.data)
        files.rendering = lookAt(*data.data);
    if (data.data)
        files.data = std::move(data);
    if (model.model)
        files.model = std::move(model);
    apply(std::move(files));
}

/// What the views need and is not there yet; then the rest of a session on its way.
void Opener::prepare() {
    const bool canEmbed = document_.model().model && document_.model().model->card().can("encode");
    if (!document_.latents().latents) {
        if (mayEmbed_ && canEmbed && document_.data().data)
            return embedJob();
        if (waitingMap_)
            workspace_.log.warning("A map needs the latents or the data it was made from; open them too");
        waitingMap_.reset();
        return restore();
    }
    if (document_.map().map.coordinates.empty() || waitingMap_)
        return mapJob();
    restore();
}

void Opener::embedAgain() {
    mayEmbed_ = true;
    document_.setLatents({});
    prepare();
}

void Opener::projectAgain() {
    document_.setMap({});
    prepare();
}

void Opener::embedJob() {
    begin();
    const DataContent data = document_.data();
    const ModelContent model = document_.model();
    // Something else may have been opened meanwhile.
    const auto asItWas = [this, data, model] {
        return document_.data().data == data.data && document_.model().model == model.model;
    };
    workspace_.jobs.start<LatentContent>(
        "Embedding", this,
        [data, model](const StopToken& stop, ProgressSink& progress) {
            const ModelCard& card = model.model->card();
            const QString file = latentCacheFile(data, model);
            auto latents = cachedLatents(file, *data.data, card);
            if (!latents) {
                EmbedOptions options;
                options.reconstruct = card.can("decode");
                latents = embed(*model.model, *data.data, options, stop, progress);
                keepLatents(*latents, file);
            }
            return describeLatents(std::make_shared<Latents>(std::move(*latents)), card.mixture, {});
        },
        [this, asItWas](LatentContent content) {
            if (asItWas()) {
                workspace_.log.info(QString("Embedded %1 objects").arg(content.latents->size()));
                document_.setLatents(std::move(content));
                prepare();
            }
            end();
        },
        [this, asItWas](const JobError& error) {
            report({}, error);
            if (asItWas()) {
                mayEmbed_ = false;
                if (restoring()) {
                    leaveOut("it opens without latents, which could not be made");
                    prepare();
                }
            }
            end();
        });
}

void Opener::describeJob(LatentsPtr latents, const QString& path) {
    begin();
    workspace_.jobs.start<LatentContent>(
        "Reading latents", this,
        [latents, path, mixture = document_.mixture()](const StopToken&, ProgressSink&) {
            return describeLatents(latents, mixture, path);
        },
        [this](LatentContent content) {
            document_.setLatents(std::move(content));
            prepare();
            end();
        },
        [this, path](const JobError& error) {
            report(path, error);
            leaveOut("it opens without its latents, which could not be read");
            if (restoring() || !error.cancelled)
                prepare(); // they may be made again
            end();
        });
}

void Opener::mapJob() {
    begin();
    const LatentsPtr latents = document_.latents().latents;
    const bool fromFile = waitingMap_.has_value();
    const QString path = fromFile ? waitingMapPath_ : QString();
    workspace_.jobs.start<MapContent>(
        "Drawing the map", this,
        [latents, given = std::exchange(waitingMap_, {}), path](const StopToken&, ProgressSink&) {
            if (!given)
                return principalMap(latents->mean);
            if (given->coordinates.dim(0) != latents->size())
                throw InputError(path.toStdString(),
                                 "this map has " + std::to_string(given->coordinates.dim(0)) +
                                     " places for " + std::to_string(latents->size()) + " objects",
                                 "open the map made from these latents");
            MapContent content;
            if (given->method == "pca") // the same axes, so that new latents can be placed
                content = principalMap(latents->mean);
            content.map = *given;
            content.path = path;
            return content;
        },
        [this, latents](MapContent content) {
            if (sameLatents(document_.latents().latents, latents)) {
                document_.setMap(std::move(content));
                prepare();
            }
            end();
        },
        [this, path, fromFile, latents](const JobError& error) {
            report(path, error);
            if (sameLatents(document_.latents().latents, latents)) {
                leaveOut(fromFile ? "it opens without its map, which could not be taken"
                                  : "it opens without a map, which could not be drawn");
                if (fromFile && document_.map().map.coordinates.empty() && !error.cancelled)
                    prepare(); // a bad map file: fall back to the first map
                else
                    restore();
            }
            end();
        });
}

Opener::Files Opener::readAll(const Opening& opening, const StopToken& stop, ProgressSink& progress) {
    const Session& session = opening.session;
    QStringList paths;
    for (const QString& file : {session.model, session.data, session.latents, session.map})
        if (!file.isEmpty())
            paths << file;
    Files files = read(paths, stop, progress);
    if (session.demonstration) {
        Demonstration demo = loadDemonstration(stop, progress);
        files.rendering = lookAt(*demo.data.data);
        files.data = std::move(demo.data);
        files.model = std::move(demo.model);
    }
    // What lies with the session was made in a window and has no file of the person's.
    files.done.removeIf([&opening](const QString& file) { return isPart(file, opening.path); });
    if (isPart(files.latentsPath, opening.path))
        files.latentsPath.clear();
    if (isPart(files.mapPath, opening.path))
        files.mapPath.clear();
    return files;
}

void Opener::openDemonstration() {
    if (opening_)
        return workspace_.log.warning(name(opening_->path) + " is still being opened");
    if (!mayReplace())
        return;
    begin();
    workspace_.jobs.start<Demonstration>(
        "Preparing the demonstration", this,
        [](const StopToken& stop, ProgressSink& progress) { return loadDemonstration(stop, progress); },
        [this](Demonstration demo) {
            if (!mayReplace())
                return end();
            waitingMap_.reset();
            document_.clear();
            replace();
            Files files;
            files.rendering = lookAt(*demo.data.data);
            files.data = std::move(demo.data);
            files.model = std::move(demo.model);
            demonstration_ = true;
            apply(std::move(files));
            end();
        },
        [this](const JobError& error) {
            report({}, error);
            end();
        });
}

} // namespace galatea
