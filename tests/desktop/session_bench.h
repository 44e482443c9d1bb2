#pragma once
// What tests of sessions share: files to open, answers for every question, things a person can have made.

#include <semaphore>

#include <QComboBox>
#include <QDir>
#include <QSpinBox>
#include <QTemporaryDir>

#include "app/desktop/clustering.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/panels/anomaly_panel.h"
#include "app/desktop/panels/gallery_panel.h"
#include "app/desktop/sessions/session_keeper.h"
#include "data/dataset_file.h"
#include "models/astrovader/astrovader.h"
#include "models/model_file.h"
#include "tests/desktop/opened_window.h"

namespace galatea::made {

inline constexpr int64_t objects = 120;

/// Answers for every question; what was asked is counted.
struct Answers {
    SessionQuestions::Unsaved unsaved = SessionQuestions::Unsaved::Discard;
    SessionQuestions::Elsewhere elsewhere = SessionQuestions::Elsewhere::Cancel;
    QString place; ///< of a file that is asked for
    int askedUnsaved = 0, askedElsewhere = 0;
    std::vector<SessionFileFault> faults;

    SessionQuestions questions() {
        SessionQuestions all;
        all.unsaved = [this](const QString&) {
            ++askedUnsaved;
            return unsaved;
        };
        all.elsewhere = [this](const QString&, const LockOwner&) {
            ++askedElsewhere;
            return elsewhere;
        };
        all.locate = [this](const SessionFileFault& fault) {
            faults.push_back(fault);
            return place;
        };
        all.saveAs = [](const QString&) { return QString(); };
        return all;
    }
};

struct SessionFiles {
    QTemporaryDir folder;
    QString data = folder.filePath("home/images/data.h5"), model = folder.filePath("home/model.safetensors"),
            session = folder.filePath("home/view.galatea");

    SessionFiles() {
        QDir().mkpath(folder.filePath("home/images"));
        writeDataset(*galaxies(objects).data, data.toStdString());
        writeModel(model, 3);
    }
    static void writeModel(const QString& path, uint64_t seed) {
        ModelInput input;
        input.channels = bands;
        input.height = input.width = side;
        const Json small = {{"filters", {4, 4, 4}}, {"latent", 5}, {"components", 3}};
        saveModel(*randomAstroVaDEr(input, small, seed), path.toStdString());
    }
};

inline bool ready(OpenedWindow& opened) {
    return QTest::qWaitFor(
               [&] { return opened.window->settled() && !opened.document().map().map.coordinates.empty(); },
               60000) &&
           opened.settles();
}

/// Opens a session while every job is held until it has been looked at; cancels the one of this title, after
/// as many others of it. False if there was none.
inline bool openCancelling(OpenedWindow& opened, const QString& path, const QString& title, int others = 0) {
    JobRunner& jobs = opened.workspace.jobs;
    std::counting_semaphore<> go(0);
    int held = 0;
    bool cancelled = false;
    const auto hold = [&] {
        jobs.start<bool>(
            QString("hold %1").arg(++held), &jobs,
            [&go](const StopToken&, ProgressSink&) {
                go.acquire();
                return true;
            },
            [](bool) {});
    };
    hold();
    for (bool more = opened.window->opener().openSession(path); more;) {
        more = QTest::qWaitFor(
            [&] {
                const auto all = jobs.jobs();
                return !opened.window->opener().busy() ||
                       (all.size() > 1 && all[0].running && all[0].title == QString("hold %1").arg(held));
            },
            30000);
        more = more && opened.window->opener().busy();
        if (!more)
            break;
        const JobInfo next = jobs.jobs()[1];
        if (next.title == title && !cancelled && others-- == 0) {
            jobs.cancel(next.id);
            cancelled = true;
        }
        hold();
        go.release();
    }
    go.release(held);
    return cancelled && opened.settles();
}

/// Everything a person can have made: fits, maps, names, scores, choices.
inline void makeThings(OpenedWindow& opened) {
    Document& document = opened.document();
    const Array& z = document.latents().latents->mean;
    MixtureWish wish;
    wish.components = 4;
    const auto outcome = fitMixtures(z, wish, {}, silentProgress());
    commands::adoptMixture(document, outcome.candidates[0].fitted);
    commands::mergeComponents(document, {0, 1, 1, 2});
    commands::renameComponent(document, 1, "two in one");
    commands::keepMap(document, "first");
    MapContent other;
    other.map.coordinates = Array({objects, 2});
    for (int64_t n = 0; n < objects; ++n) {
        other.map.coordinates.at(n, 0) = static_cast<float>(n % 11) + 0.25F;
        other.map.coordinates.at(n, 1) = static_cast<float>(n / 11);
    }
    other.map.method = "umap";
    other.map.parameters = {{"seed", 9}};
    commands::setMap(document, document.map(), other, "a map");
    std::vector<double> scores;
    for (int64_t n = 0; n < objects; ++n)
        scores.push_back(1.0 / static_cast<double>(n + 1));
    opened.window->anomalyPanel().restore(scores, RegionThresholds{0.01, 0.02, 0.1, 0.4});
    commands::colourBy(document, {ColourBy::Kind::Component, {}});
    commands::hideClasses(document, {2});
    commands::select(document, {3, 5, 8, 40, 41});
    document.setCurrent(5);
    opened.find<QSpinBox>("mapSeed")->setValue(77);
    opened.find<QComboBox>("mapMethod")->setCurrentText("UMAP");
    opened.window->galleryPanel().orderByLikeness(7);
}

} // namespace galatea::made
