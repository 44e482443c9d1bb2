// The whole way through, on small simulated data: simulate, train, embed, decode, sample, traverse, project,
// mixture, convert. What is written is read back by independent readers.

#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

#include "cli_process.h"
#include "io/raster.h"
#include "latent/latents.h"

namespace {
/// Width and height from a PNG's first chunk.
std::pair<int, int> sizeOfPng(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray start = file.read(24);
    return start.size() < 24 ? std::pair(0, 0)
                             : std::pair(qFromBigEndian<int>(start.constData() + 16),
                                         qFromBigEndian<int>(start.constData() + 20));
}
} // namespace

class TestCliPipeline : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase();
    void info_data();
    void info();
    void embedCountsComponents();
    void sampleFormatsAgree();
    void sampleRepeatsWithItsSeed();
    void samplesOneComponent();
    void traverseDrawsOneRowPerLatent();
    void interpolateJoinsTwoObjects();
    void projectExplainsVariance();
    void projectKeepsNeighbors();
    void mixtureWeightsSumToOne();
    void neighborsAreSorted();
    void convertToTorchScript();
    void safetensorsByDefinition();
    void trainingRepeats();
    void configAndSet();
    void lossesAreLogged();
    void importsPictures();
    void benchMeasures();
    void benchTrains();
    void modelRefusesOtherShapes();
    void replacesOnlyAtTheEnd();

  private:
    QString at(const QString& name) const { return folder_.filePath(name); }
    CliRun ok(const QStringList& arguments) const;

    QTemporaryDir folder_;
    static const QStringList tiny_;
};

const QStringList TestCliPipeline::tiny_ = {"--set", "filters=4,4,4",         "--set",    "kernels=3,3,3",
                                            "--set", "decoder_kernels=3,3,3", "--set",    "latent=4",
                                            "--set", "components=3",          "--set",    "batch=16",
                                            "--set", "mixture_batches=4",     "--epochs", "1"};

CliRun TestCliPipeline::ok(const QStringList& arguments) const {
    const CliRun run = runCli(arguments, folder_.path());
    if (run.exitCode != 0)
        qWarning("%s", run.report().constData());
    return run;
}

void TestCliPipeline::initTestCase() {
    QVERIFY(folder_.isValid());
    const CliRun data =
        ok({"simulate", "-n", "60", "--size", "16", "--bands", "r", "--rescale", "-o", "data.h5", "--json"});
    QCOMPARE(data.exitCode, 0);
    QCOMPARE(data.json()["images"].toInt(), 60);
    QCOMPARE(data.json()["shape"].toArray(), QJsonArray({1, 16, 16}));
    const CliRun model = ok(QStringList{"train", "astrovader", "data.h5", "-o", "model.safetensors", "--log",
                                        "losses.csv", "--json"} +
                            tiny_);
    QCOMPARE(model.exitCode, 0);
    QVERIFY(model.json()["validation_error"].toDouble() > 0);
    QVERIFY(!QFile::exists(at("model.checkpoint.safetensors")));
    QCOMPARE(ok({"embed", "model.safetensors", "data.h5", "-o", "latents.h5", "--reconstruct"}).exitCode, 0);
    QCOMPARE(ok({"decode", "model.safetensors", "latents.h5", "-o", "decoded.h5"}).exitCode, 0);
    QCOMPARE(ok({"project", "latents.h5", "--method", "pca", "-o", "map.h5"}).exitCode, 0);
    QCOMPARE(ok({"mixture", "latents.h5", "-k", "3", "-o", "mixture.h5"}).exitCode, 0);
    QCOMPARE(ok({"sample", "model.safetensors", "-n", "6", "-o", "samples.png"}).exitCode, 0);
}

void TestCliPipeline::info_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("kind");
    QTest::newRow("data set") << "data.h5"
                              << "data set";
    QTest::newRow("model") << "model.safetensors"
                           << "model";
    QTest::newRow("latents") << "latents.h5"
                             << "latents";
    QTest::newRow("decoded") << "decoded.h5"
                             << "data set";
    QTest::newRow("map") << "map.h5"
                         << "map";
    QTest::newRow("mixture") << "mixture.h5"
                             << "mixture";
    QTest::newRow("picture") << "samples.png"
                             << "picture";
}

void TestCliPipeline::info() {
    QFETCH(QString, file);
    QFETCH(QString, kind);
    const CliRun json = ok({"info", file, "--json"});
    QCOMPARE(json.exitCode, 0);
    QCOMPARE(json.json()["kind"].toString(), kind);
    QVERIFY(json.json()["warnings"].isArray());
    const CliRun text = ok({"info", file});
    QCOMPARE(text.exitCode, 0);
    QVERIFY(text.out.startsWith(file.toUtf8() + ": "));
}

void TestCliPipeline::embedCountsComponents() {
    const QJsonObject json = ok({"embed", "model.safetensors", "data.h5", "-o", "again.h5", "--json"}).json();
    int objects = 0;
    for (const QJsonValue& count : json["component_counts"].toArray())
        objects += count.toInt();
    QCOMPARE(objects, 60);
}

void TestCliPipeline::sampleFormatsAgree() {
    const QStringList how = {"sample", "model.safetensors", "-n",  "10", "--seed",
                             "5",      "--temperature",     "0.5", "-o"};
    QCOMPARE(ok(how + QStringList{"s.h5"}).exitCode, 0);
    QCOMPARE(ok(how + QStringList{"s.fits"}).exitCode, 0);
    const CliRun back = runPython({"read_back.py", "h5", at("s.h5"), "10", at("s.fits")});
    QVERIFY2(back.exitCode == 0, back.report());
    QProcess verify;
    verify.start("fitsverify", {"-q", at("s.fits")});
    if (!verify.waitForStarted())
        QSKIP("fitsverify is not installed");
    QVERIFY(verify.waitForFinished());
    QVERIFY2(verify.readAllStandardOutput().contains("OK"), "fitsverify");
}

void TestCliPipeline::sampleRepeatsWithItsSeed() {
    const auto drawn = [&](const QString& seed, const QString& name) {
        ok({"sample", "model.safetensors", "-n", "9", "--seed", seed, "-o", name});
        QFile file(at(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QByteArray first = drawn("1", "a.png");
    QVERIFY(!first.isEmpty());
    QCOMPARE(drawn("1", "b.png"), first);
    QVERIFY(drawn("2", "c.png") != first);
    QCOMPARE(sizeOfPng(at("a.png")), std::pair(3 * 18 + 2, 3 * 18 + 2)); // 16 pixels and a gap of 2 each
}

void TestCliPipeline::samplesOneComponent() {
    QCOMPARE(ok({"sample", "model.safetensors", "-n", "5", "--component", "1,2", "-o", "c.h5"}).exitCode, 0);
    const CliRun wrong =
        runCli({"sample", "model.safetensors", "-n", "5", "--component", "3", "-o", "d.h5"}, folder_.path());
    QCOMPARE(wrong.exitCode, 2);
    QVERIFY2(wrong.oneErrorLine(), wrong.report());
    QVERIFY(!QFile::exists(at("d.h5")));
}

void TestCliPipeline::traverseDrawsOneRowPerLatent() {
    QCOMPARE(ok({"traverse", "model.safetensors", "--steps", "5", "-o", "t.png"}).exitCode, 0);
    QCOMPARE(sizeOfPng(at("t.png")), std::pair(5 * 18 + 2, 4 * 18 + 2));
    const QJsonObject json = ok({"traverse", "model.safetensors", "--data", "data.h5", "--index", "7",
                                 "--dims", "0,3", "--range", "-2:2", "-o", "t.h5", "--json"})
                                 .json();
    QCOMPARE(json["images"].toInt(), 14);
    QCOMPARE(json["dims"].toArray(), QJsonArray({0, 3}));
    QCOMPARE(
        ok({"traverse", "model.safetensors", "--component", "1", "--latents", "latents.h5", "-o", "t2.fits"})
            .exitCode,
        0);
    QCOMPARE(
        runCli({"traverse", "model.safetensors", "--range", "3:-3", "-o", "x.png"}, folder_.path()).exitCode,
        2);
    QCOMPARE(runCli({"traverse", "model.safetensors", "--dims", "4", "-o", "x.png"}, folder_.path()).exitCode,
             2);
    QCOMPARE(runCli({"traverse", "model.safetensors", "--data", "data.h5", "--index", "60", "-o", "x.png"},
                    folder_.path())
                 .exitCode,
             2);
}

void TestCliPipeline::interpolateJoinsTwoObjects() {
    const QJsonObject json = ok({"interpolate", "model.safetensors", "--data", "data.h5", "--between", "3,8",
                                 "--steps", "4", "-o", "i.h5", "--json"})
                                 .json();
    QCOMPARE(json["images"].toInt(), 4);
}

void TestCliPipeline::projectExplainsVariance() {
    const QJsonObject json =
        ok({"project", "latents.h5", "--method", "pca", "--dims", "3", "-o", "map3.h5", "--json"}).json();
    const QJsonArray fractions = json["explained_fraction"].toArray();
    QCOMPARE(fractions.size(), 3);
    QVERIFY(fractions[0].toDouble() >= fractions[1].toDouble() &&
            fractions[1].toDouble() >= fractions[2].toDouble());
    const double sum = fractions[0].toDouble() + fractions[1].toDouble() + fractions[2].toDouble();
    QVERIFY(sum > 0.5 && sum <= 1 + 1e-9);
}

void TestCliPipeline::projectKeepsNeighbors() {
    for (const char* method : {"tsne", "umap"}) {
        const QString option = QString(method) == "tsne" ? "perplexity=5" : "epochs=60";
        const QStringList command{"project", "latents.h5", "--method", method,  "--set",
                                  option,    "--seed",     "7",        "--json"};
        const QJsonObject json = ok(command + QStringList{"-o", "a.h5"}).json();
        QCOMPARE(json["neighbor_recall"].toDouble(), 1.0);
        ok(command + QStringList{"-o", "b.h5"});
        const galatea::LatentMap a = galatea::readMap(folder_.filePath("a.h5").toStdString()),
                                 b = galatea::readMap(folder_.filePath("b.h5").toStdString());
        QCOMPARE(a.method, std::string(method));
        QCOMPARE(a.parameters["seed"].get<int>(), 7);
        QVERIFY(std::equal(a.coordinates.values().begin(), a.coordinates.values().end(),
                           b.coordinates.values().begin()));
        QCOMPARE(
            ok({"project", "latents.h5", "--method", method, "--dims", "3", "--set", option, "-o", "c.h5"})
                .exitCode,
            0);
        QCOMPARE(galatea::readMap(folder_.filePath("c.h5").toStdString()).coordinates.dim(1), int64_t(3));
        const QJsonObject judged = ok({"evaluate", "projection", "latents.h5", "a.h5", "--neighbors", "3,5",
                                       "--plots", "projection", "--json"})
                                       .json();
        QCOMPARE(judged["neighborhoods"].toArray().size(), qsizetype(2));
        for (const QJsonValue& at : judged["neighborhoods"].toArray()) { // far above what chance would keep
            QVERIFY(at["preservation"].toDouble() > 2 * at["k"].toDouble() / (a.coordinates.dim(0) - 1.0));
            QVERIFY(at["trustworthiness"].toDouble() > 0.6 && at["trustworthiness"].toDouble() <= 1);
        }
        QVERIFY(QFile::exists(folder_.filePath("projection/neighborhoods.png")));
        QVERIFY(QFile::exists(folder_.filePath("projection/map.svg")));
    }
    // The objects themselves lie where they are; without the latents' name they must be given.
    const galatea::LatentMap onto = [&] {
        ok({"project", "latents.h5", "--onto", "a.h5", "-o", "same.h5"});
        return galatea::readMap(folder_.filePath("same.h5").toStdString());
    }();
    const galatea::LatentMap whole = galatea::readMap(folder_.filePath("a.h5").toStdString());
    QCOMPARE(onto.coordinates.dim(0), whole.coordinates.dim(0));
    for (size_t i = 0; i < onto.coordinates.values().size(); ++i)
        QVERIFY(std::abs(onto.coordinates.values()[i] - whole.coordinates.values()[i]) < 1e-4f);
    QCOMPARE(
        runCli({"project", "latents.h5", "--onto", "a.h5", "--method", "pca", "-o", "no.h5"}, folder_.path())
            .exitCode,
        2);
    ok({"sample", "model.safetensors", "-n", "5", "-o", "five.h5"});
    ok({"embed", "model.safetensors", "five.h5", "-o", "five-latents.h5"});
    QCOMPARE(runCli({"evaluate", "projection", "five-latents.h5", "a.h5"}, folder_.path()).exitCode, 2);
    const QJsonObject five =
        ok({"project", "five-latents.h5", "--onto", "a.h5", "-o", "five-map.h5", "--json"}).json();
    QCOMPARE(five["objects"].toInt(), 5);
    QVERIFY(five["off_data"]["largest"].toDouble() >= five["off_data"]["median"].toDouble());
    QCOMPARE(
        runCli({"project", "five-latents.h5", "--onto", "a.h5", "--of", "five-latents.h5", "-o", "no.h5"},
               folder_.path())
            .exitCode,
        2);
    for (const QStringList& wrong :
         {QStringList{"--method", "pca", "--perplexity", "30"},
          QStringList{"--method", "tsne", "--neighbors", "15"},
          QStringList{"--method", "umap", "--set", "perplexity=3"}, QStringList{"--method", "sne"}})
        QCOMPARE(runCli(QStringList{"project", "latents.h5", "-o", "no.h5"} + wrong, folder_.path()).exitCode,
                 2);
    QVERIFY(!QFile::exists(folder_.filePath("no.h5")));
}

void TestCliPipeline::mixtureWeightsSumToOne() {
    const QJsonObject json =
        ok({"mixture", "latents.h5", "-k", "2", "--seed", "3", "-o", "m2.h5", "--json"}).json();
    const QJsonArray weights = json["weights"].toArray();
    QCOMPARE(weights.size(), 2);
    QVERIFY(std::abs(weights[0].toDouble() + weights[1].toDouble() - 1) < 1e-9);
    QVERIFY(json["mean_log_likelihood"].isDouble());
    const CliRun many = runCli({"mixture", "latents.h5", "-k", "61", "-o", "m61.h5"}, folder_.path());
    QCOMPARE(many.exitCode, 2);
}

void TestCliPipeline::neighborsAreSorted() {
    const QJsonArray found =
        ok({"neighbors", "latents.h5", "--index", "4", "-k", "5", "--json"}).json()["neighbors"].toArray();
    QCOMPARE(found.size(), 5);
    for (int i = 0; i < 5; ++i) {
        QVERIFY(found[i].toObject()["index"].toInt() != 4);
        QVERIFY(i == 0 ||
                found[i].toObject()["distance"].toDouble() >= found[i - 1].toObject()["distance"].toDouble());
    }
}

void TestCliPipeline::convertToTorchScript() {
    QCOMPARE(ok({"convert", "model.safetensors", "-o", "model.pt"}).exitCode, 0);
    const CliRun python = runPython(
        {"read_back.py", "torchscript", at("model.pt"), at("data.h5"), at("latents.h5"), at("decoded.h5")});
    QVERIFY2(python.exitCode == 0, python.report());
    // The same model through the model host gives the same latents.
    const CliRun hosted = ok({"embed", "model.pt", "data.h5", "-o", "hosted.h5"});
    QCOMPARE(hosted.exitCode, 0);
    const CliRun same = runPython(
        {"read_back.py", "torchscript", at("model.pt"), at("data.h5"), at("hosted.h5"), at("decoded.h5")});
    QVERIFY2(same.exitCode == 0, same.report());
    QCOMPARE(ok({"info", "model.pt", "--json"}).json()["kind"].toString(), QString("model"));
    // A program cannot become weights again.
    const CliRun back = runCli({"convert", "model.pt", "-o", "back.safetensors"}, folder_.path());
    QCOMPARE(back.exitCode, 4);
    QVERIFY2(back.err.contains("galatea-cli: error: model.pt: "), back.report());
}

void TestCliPipeline::safetensorsByDefinition() {
    const CliRun python = runPython({"read_back.py", "safetensors", at("model.safetensors")});
    QVERIFY2(python.exitCode == 0, python.report());
}

void TestCliPipeline::trainingRepeats() {
    const auto errorWith = [&](const QString& seed) {
        return ok(QStringList{"train", "astrovader", "data.h5", "-o", "r.safetensors", "--threads", "1",
                              "--seed", seed, "--json"} +
                  tiny_)
            .json()["validation_error"]
            .toDouble();
    };
    const double first = errorWith("11");
    QVERIFY(first > 0);
    QCOMPARE(errorWith("11"), first);
    QVERIFY(errorWith("12") != first);
}

void TestCliPipeline::configAndSet() {
    QFile config(at("config.json"));
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write(R"({"latent": 3, "batch": 16, "model": {"components": 2, "mixture_batches": 4},
                     "training": {"flips": false}})");
    config.close();
    const CliRun run =
        ok({"train", "astrovader", "data.h5", "-o", "configured.safetensors", "--config", "config.json",
            "--set", "latent=5", "--set", "model.filters=4,4,4", "--epochs", "1"});
    QCOMPARE(run.exitCode, 0);
    const QJsonObject card = ok({"info", "configured.safetensors", "--json"}).json()["card"].toObject();
    QCOMPARE(card["latent"].toInt(), 5); // --set overrides the file
    QCOMPARE(card["options"].toObject()["components"].toInt(), 2);
    QCOMPARE(card["options"].toObject()["filters"].toArray(), QJsonArray({4, 4, 4}));
}

void TestCliPipeline::lossesAreLogged() {
    QFile log(at("losses.csv"));
    QVERIFY(log.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = log.readAll().trimmed().split('\n');
    QVERIFY(lines.first().startsWith("epoch,phase,"));
    QVERIFY(lines.size() >= 2);
}

void TestCliPipeline::importsPictures() {
    QVERIFY(QDir(folder_.path()).mkpath("pictures"));
    for (int i = 0; i < 3; ++i) {
        galatea::Array picture({3, 30, 40});
        picture.at(i, 15, 20) = 1;
        galatea::writePng(at(QString("pictures/%1.png").arg(i)).toStdString(), picture);
    }
    const QJsonObject json = ok({"import", "pictures", "--crop", "24", "--gray", "--size", "16", "--rescale",
                                 "-o", "imported.h5", "--json"})
                                 .json();
    QCOMPARE(json["images"].toInt(), 3);
    QCOMPARE(json["shape"].toArray(), QJsonArray({1, 16, 16}));
    QCOMPARE(ok({"embed", "model.safetensors", "imported.h5", "-o", "imported-latents.h5"}).exitCode, 0);
}

void TestCliPipeline::benchMeasures() {
    const QJsonObject json = ok({"bench", "--suite", "inference", "--model", "model.safetensors", "--batches",
                                 "1,4", "--seconds", "0", "--threads", "1", "--json"})
                                 .json();
    QCOMPARE(json["threads"].toInt(), 1);
    const QJsonArray results = json["results"].toArray();
    QCOMPARE(results.size(), 4);
    for (const QJsonValue& value : results) {
        const QJsonObject row = value.toObject();
        QVERIFY(row["lower_quartile"].toDouble() > 0);
        QVERIFY(row["lower_quartile"].toDouble() <= row["images_per_second"].toDouble());
        QVERIFY(row["images_per_second"].toDouble() <= row["upper_quartile"].toDouble());
    }
}

void TestCliPipeline::benchTrains() {
    const QJsonObject json = ok({"bench", "--suite", "training", "--families", "regier-vae,casvae",
                                 "--repeats", "2", "--seconds", "0", "--threads", "1", "--json"})
                                 .json();
    const QJsonArray results = json["results"].toArray();
    QCOMPARE(results.size(), 4); // two phases of each
    for (const QJsonValue& value : results) {
        const QJsonObject row = value.toObject();
        QVERIFY(row["steps"].toInt() >= 2);
        QVERIFY(row["images_per_second"].toDouble() > 0);
        QVERIFY(row["peak_memory_bytes"].toDouble() > 1e7);
    }
    const CliRun run = runCli({"bench", "--suite", "training", "--families", "none"}, folder_.path());
    QCOMPARE(run.exitCode, 2);
    QVERIFY2(run.oneErrorLine(), run.report());
}

void TestCliPipeline::modelRefusesOtherShapes() {
    QCOMPARE(ok({"simulate", "-n", "3", "--size", "24", "--bands", "gr", "-o", "other.h5"}).exitCode, 0);
    const CliRun run =
        runCli({"embed", "model.safetensors", "other.h5", "-o", "other-latents.h5"}, folder_.path());
    QCOMPARE(run.exitCode, 2);
    QVERIFY2(run.oneErrorLine(), run.report());
    QVERIFY(run.err.contains("2 × 24 × 24"));
    QVERIFY(!QFile::exists(at("other-latents.h5")));
}

void TestCliPipeline::replacesOnlyAtTheEnd() {
    const auto content = [&] {
        QFile file(at("keep.h5"));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    QVERIFY(QFile::copy(at("data.h5"), at("keep.h5")));
    const QByteArray before = content();
    QCOMPARE(runCli({"embed", "model.safetensors", "keep.h5", "-o", "keep.h5"}, folder_.path()).exitCode, 2);
    QCOMPARE(runCli({"import", "nothing-here", "-o", "keep.h5"}, folder_.path()).exitCode, 3);
    QCOMPARE(content(), before);
    QCOMPARE(ok({"simulate", "-n", "2", "--size", "16", "--bands", "r", "-o", "keep.h5"}).exitCode, 0);
    QVERIFY(content() != before);
}

QTEST_GUILESS_MAIN(TestCliPipeline)
#include "test_cli_pipeline.moc"
