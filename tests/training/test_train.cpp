// The trainer's own promises: same seed, same weights; interruption and resuming change nothing.

#include <cmath>

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "io/safetensors.h"
#include "models/model_file.h"
#include "models/registry.h"
#include "nn/device.h"
#include "training/train.h"

using namespace galatea;

namespace {

/// Blobs of different width and place: enough for a small network to learn from.
DatasetPtr blobs(int64_t count) {
    Array images({count, 1, 16, 16});
    RandomStream random(11, "blobs");
    for (int64_t n = 0; n < count; ++n) {
        const double x0 = random.uniform(5, 11), y0 = random.uniform(5, 11), width = random.uniform(1, 3);
        for (int64_t y = 0; y < 16; ++y)
            for (int64_t x = 0; x < 16; ++x) {
                const double r2 = (double(x) - x0) * (double(x) - x0) + (double(y) - y0) * (double(y) - y0);
                images.at(n, 0, y, x) = float(std::exp(-r2 / (2 * width * width)));
            }
    }
    DatasetInfo info;
    info.name = "blobs";
    info.channels = 1;
    info.height = info.width = 16;
    return makeMemoryDataset(info, images, {});
}

Json tinyFamily() {
    return {{"filters", {4, 4}},  {"kernels", {3, 3}},   {"decoder_kernels", {3, 3}},
            {"latent", 3},        {"components", 3},     {"l2", 0},
            {"gamma_epochs", 3},  {"periods", 1},        {"annealing_epochs", 2},
            {"static_epochs", 1}, {"mixture_batches", 4}};
}

TrainOptions tinyOptions() {
    TrainOptions options;
    options.batch = 20;
    options.learningRate = 1e-2;
    options.finalLearningRate = 1e-3;
    options.seed = 5;
    return options;
}

bool sameWeights(const Model& a, const Model& b) {
    const auto x = a.weights(), y = b.weights();
    if (x.size() != y.size())
        return false;
    for (size_t i = 0; i < x.size(); ++i) {
        const auto p = x[i].second.values(), q = y[i].second.values();
        if (x[i].first != y[i].first || !std::equal(p.begin(), p.end(), q.begin(), q.end()))
            return false;
    }
    return a.card().mixture.means == b.card().mixture.means &&
           a.card().mixture.variances == b.card().mixture.variances;
}

} // namespace

class TestTrain : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() {
        setThreads(2);
        data_ = blobs(120);
    }

    void sameSeedSameWeights() {
        const TrainReport a = train("astrovader", *data_, tinyFamily(), tinyOptions());
        const TrainReport b = train("astrovader", *data_, tinyFamily(), tinyOptions());
        QVERIFY(sameWeights(*a.model, *b.model));
        TrainOptions other = tinyOptions();
        other.seed = 6;
        QVERIFY(!sameWeights(*a.model, *train("astrovader", *data_, tinyFamily(), other).model));
    }

    void overfitsOneBatch() {
        const DatasetPtr few = blobs(8);
        Json family = tinyFamily();
        family["filters"] = {8, 8};
        family["latent"] = 6;
        family["gamma_epochs"] = 400;
        family["gamma_weight"] = 1e-5;
        family["periods"] = 0;
        TrainOptions options = tinyOptions();
        options.batch = 8;
        options.validationFraction = 0;
        options.flips = false;
        const TrainReport report = train("astrovader", *few, family, options);
        QVERIFY2(report.validationError < 0.02 * report.meanImageError,
                 qPrintable(QString::number(report.validationError / report.meanImageError)));
    }

    void interruptedAndResumedEndsTheSame() {
        QTemporaryDir place;
        const TrainReport whole = train("astrovader", *data_, tinyFamily(), tinyOptions());
        // Stop in every epoch once: inside γ-training, at the start of the mixture, in both later phases.
        for (int stopAfter = 1; stopAfter <= 5; ++stopAfter) {
            TrainOptions options = tinyOptions();
            options.checkpoint = place.filePath(QString("c%1").arg(stopAfter)).toStdString();
            std::stop_source source;
            const auto stopLater = [&](const EpochLog& epoch) {
                if (epoch.epoch == stopAfter)
                    source.request_stop();
            };
            QVERIFY_EXCEPTION_THROWN(train("astrovader", *data_, tinyFamily(), options, source.get_token(),
                                           silentProgress(), {.onEpoch = stopLater, .onStep = {}}),
                                     Interrupted);
            QVERIFY(looksLikeCheckpoint(options.checkpoint));
            QCOMPARE(modelFromCheckpoint(options.checkpoint)->card().training.at("epochs"), Json(stopAfter));
            options.resume = options.checkpoint;
            QVERIFY(sameWeights(*whole.model, *train("astrovader", *data_, tinyFamily(), options).model));
        }
    }

    /// Whoever edits a checkpoint's text must not get memory for it, nor a crash.
    void editedCheckpointsAreRefused() {
        QTemporaryDir place;
        TrainOptions options = tinyOptions();
        options.checkpoint = place.filePath("whole.safetensors").toStdString();
        options.checkpointEvery = 1;
        train("astrovader", *data_, tinyFamily(), options);
        const SafetensorsFile file = readSafetensors(options.checkpoint);
        NamedArrays tensors(file.tensors.begin(), file.tensors.end());
        const std::string edited = place.filePath("edited.safetensors").toStdString();
        const auto model = [&](const char* where, const Json& value) {
            Json header = Json::parse(file.metadata);
            header[Json::json_pointer(where)] = value;
            writeSafetensors(edited, tensors, header.dump());
            return modelFromCheckpoint(edited);
        };
        QVERIFY(model("/notes", Json::array()));
        QVERIFY_EXCEPTION_THROWN(model("/family_options/filters", {60000, 60000}), InputError);
        QVERIFY_EXCEPTION_THROWN(model("/family_options/filters", {40, 40}), InputError);
        QVERIFY_EXCEPTION_THROWN(model("/family_options/latent", 65536), InputError);
        QVERIFY_EXCEPTION_THROWN(model("/family_options/latent", "many"), InputError);
        QVERIFY_EXCEPTION_THROWN(model("/input/height", 4096), InputError);
        QVERIFY_EXCEPTION_THROWN(model("/input/height", -16), InputError);
        QVERIFY_EXCEPTION_THROWN(model("/input/scale", {0.0}), InputError);
        QVERIFY_EXCEPTION_THROWN(model("/family", "unheard-of"), InputError);
        QVERIFY_EXCEPTION_THROWN(model("/optimiser_steps", Json::array()), InputError);
        tensors.front().second = Array({1});
        QVERIFY_EXCEPTION_THROWN(model("/notes", Json::array()), InputError);
    }

    void stoppedWithinAnEpochEndsTheSame() {
        QTemporaryDir place;
        TrainOptions all = tinyOptions();
        all.noise = 0.05; // so that both random streams matter in the middle of an epoch
        all.logFile = place.filePath("whole.csv").toStdString();
        const TrainReport whole = train("astrovader", *data_, tinyFamily(), all);
        for (const int64_t stopAfter : {2, 9, 17, 25, 33}) { // 6 steps an epoch
            TrainOptions options = all;
            options.logFile = place.filePath(QString("l%1.csv").arg(stopAfter)).toStdString();
            options.checkpoint = place.filePath(QString("s%1").arg(stopAfter)).toStdString();
            std::stop_source source;
            const auto stopLater = [&](const StepLog& step) {
                if (step.step == stopAfter)
                    source.request_stop();
            };
            QVERIFY_EXCEPTION_THROWN(train("astrovader", *data_, tinyFamily(), options, source.get_token(),
                                           silentProgress(), {.onEpoch = {}, .onStep = stopLater}),
                                     Interrupted);
            options.resume = options.checkpoint;
            const TrainReport rest = train("astrovader", *data_, tinyFamily(), options);
            QVERIFY(sameWeights(*whole.model, *rest.model));
            QCOMPARE(rest.epochs.front().training, whole.epochs[size_t(stopAfter / 6)].training);
            // The log reads as if nothing had happened, but for the seconds.
            const auto lines = [](const std::string& path) {
                QFile file(QString::fromStdString(path));
                QStringList list;
                if (file.open(QIODevice::ReadOnly))
                    for (const QByteArray& line : file.readAll().split('\n')) {
                        QStringList cells = QString(line).split(',');
                        if (cells.size() > 3)
                            cells.removeAt(3);
                        list << cells.join(',');
                    }
                return list;
            };
            QCOMPARE(lines(options.logFile), lines(all.logFile));
        }
    }

    void fineTuningStartsFromAModel() {
        QTemporaryDir place;
        const TrainReport first = train("astrovader", *data_, tinyFamily(), tinyOptions());
        const std::string path = place.filePath("first.safetensors").toStdString();
        saveModel(*first.model, path);
        TrainOptions still = tinyOptions();
        still.startFrom = path;
        still.learningRate = still.finalLearningRate = 0;
        const TrainReport same = train("astrovader", *data_, tinyFamily(), still);
        QVERIFY(sameWeights(*first.model, *same.model)); // the mixture came with it and was not started anew
        Json other = tinyFamily();
        other["latent"] = 5;
        QVERIFY_EXCEPTION_THROWN(train("astrovader", *data_, other, still), InputError);
    }

    void fineTuningOfAnLsganStandsStillToo() {
        // What its model does not hold (the running mean, the singular vectors) is made from what it holds.
        const Json family{{"latent", 4},    {"width", 8},           {"blocks", 1},        {"epochs", 1},
                          {"average", 0.9}, {"embedder_epochs", 1}, {"reconstruction", 1}};
        QTemporaryDir place;
        const TrainReport first = train("lsgan", *data_, family, tinyOptions());
        const std::string path = place.filePath("first.safetensors").toStdString();
        saveModel(*first.model, path);
        TrainOptions still = tinyOptions();
        still.startFrom = path;
        still.seed = 77; // other objects are trained on, and the model keeps its units
        still.learningRate = still.finalLearningRate = 0;
        const TrainReport same = train("lsgan", *data_, family, still);
        const Array images = data_->readRange(0, 6);
        const Array z = first.model->encode(images).mean, now = same.model->encode(images).mean;
        const Array drawn = first.model->decode(z).mean, drawnNow = same.model->decode(z).mean;
        double embedding = 0, drawing = 0;
        for (int64_t i = 0; i < z.size(); ++i)
            embedding = std::max(
                embedding, std::abs(static_cast<double>(z.data()[i]) - static_cast<double>(now.data()[i])));
        for (int64_t i = 0; i < drawn.size(); ++i)
            drawing = std::max(drawing, std::abs(static_cast<double>(drawn.data()[i]) -
                                                 static_cast<double>(drawnNow.data()[i])));
        QVERIFY2(embedding < 0.01, qPrintable(QString::number(embedding)));
        QVERIFY2(drawing < 1e-5, qPrintable(QString::number(drawing)));
    }

    void patienceKeepsTheBestEpoch() {
        Json family = tinyFamily();
        family["periods"] = 0;
        family["gamma_epochs"] = 60;
        TrainOptions options = tinyOptions();
        options.schedule = "constant";
        options.learningRate = 0.03; // far too large: the held-out loss soon goes up and down
        options.patience = 3;
        const TrainReport report = train("astrovader", *data_, family, options);
        QVERIFY(report.stoppedEarly);
        QVERIFY(report.epochs.size() < 60);
        size_t best = 0;
        for (size_t i = 0; i < report.epochs.size(); ++i)
            if (report.epochs[i].validation.at("total") < report.epochs[best].validation.at("total"))
                best = i;
        QCOMPARE(report.epochs.size(), best + 1 + 3);
        // The model is that epoch's, not the last one's.
        TrainOptions shorter = options;
        shorter.patience = 0;
        Json until = family;
        until["gamma_epochs"] = best + 1;
        QVERIFY(sameWeights(*report.model, *train("astrovader", *data_, until, shorter).model));
    }

    void selectedObjectsAlone() {
        Table table;
        std::vector<std::string> kinds;
        for (int64_t i = 0; i < data_->size(); ++i)
            kinds.push_back(i % 3 == 0 ? "spiral" : "other");
        table.set({"kind", kinds});
        const DatasetPtr labelled =
            makeMemoryDataset(data_->info(), data_->readRange(0, data_->size()), table);
        std::vector<int64_t> rows;
        for (int64_t i = 0; i < data_->size(); i += 3)
            rows.push_back(i);
        const DatasetPtr spirals = makeMemoryDataset(data_->info(), data_->read(rows), {});
        TrainOptions options = tinyOptions();
        const TrainReport alone = train("astrovader", *spirals, tinyFamily(), options);
        options.selectColumn = "kind";
        options.selectValue = "spiral";
        QVERIFY(sameWeights(*alone.model, *train("astrovader", *labelled, tinyFamily(), options).model));
        options.selectValue = "none such";
        QVERIFY_EXCEPTION_THROWN(train("astrovader", *labelled, tinyFamily(), options), UsageError);
    }

    void theModelKnowsWhichWayItsImagesStand() {
        DatasetInfo info = data_->info();
        info.bottomUp = true;
        QTemporaryDir place;
        TrainOptions options = tinyOptions();
        options.checkpoint = place.filePath("c").toStdString();
        const TrainReport below =
            train("astrovader", *makeMemoryDataset(info, data_->readRange(0, data_->size()), {}),
                  tinyFamily(), options);
        QVERIFY(below.model->card().input.bottomUp);
        QVERIFY(!train("astrovader", *data_, tinyFamily(), tinyOptions()).model->card().input.bottomUp);
    }

    void damagedCheckpointFallsBack() {
        QTemporaryDir place;
        TrainOptions options = tinyOptions();
        options.checkpoint = place.filePath("c").toStdString();
        options.checkpointEvery = 1;
        const TrainReport whole = train("astrovader", *data_, tinyFamily(), options);
        QFile file(place.filePath("c"));
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.resize(file.size() / 2));
        file.close();
        options.resume = options.checkpoint;
        QVERIFY(sameWeights(*whole.model, *train("astrovader", *data_, tinyFamily(), options).model));
        Json other = tinyFamily();
        other["latent"] = 4;
        QVERIFY_EXCEPTION_THROWN(train("astrovader", *data_, other, options), Error);
    }

    void logHoldsEveryTerm() {
        QTemporaryDir place;
        TrainOptions options = tinyOptions();
        options.logFile = place.filePath("losses.csv").toStdString();
        train("astrovader", *data_, tinyFamily(), options);
        QFile file(place.filePath("losses.csv"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QList<QByteArray> lines = file.readAll().trimmed().split('\n');
        QCOMPARE(lines.size(), 7);
        QVERIFY(lines[0].contains("train_kl_mixture") && lines[0].contains("validation_squared_error"));
        const auto columns = lines[0].split(',').size();
        for (const QByteArray& line : lines)
            QCOMPARE(line.split(',').size(), columns);
    }

    void explodingLossIsExplained() {
        TrainOptions options = tinyOptions();
        options.learningRate = 10;
        options.finalLearningRate = 10;
        options.gradientClip = 0;
        Json family = tinyFamily();
        family["gamma_epochs"] = 200;
        try {
            train("astrovader", *data_, family, options);
            QFAIL("a step size of 10 cannot end well");
        } catch (const ModelError& error) {
            QVERIFY(QString(error.what()).contains("no longer finite"));
        }
    }

    void oddRequestsAreRefused() {
        QVERIFY_EXCEPTION_THROWN(train("unheard-of", *data_, {}, tinyOptions()), UsageError);
        QVERIFY_EXCEPTION_THROWN(train("astrovader", *data_, {{"unheard_of", 1}}, tinyOptions()), UsageError);
        TrainOptions options = tinyOptions();
        options.checkpointEvery = 2;
        QVERIFY_EXCEPTION_THROWN(train("astrovader", *data_, tinyFamily(), options), UsageError);
    }

  private:
    DatasetPtr data_;
};

QTEST_GUILESS_MAIN(TestTrain)
#include "test_train.moc"
