#include <QtTest>

#include <cmath>
#include <stdexcept>

#include "core/error.h"
#include "io/hdf5.h"
#include "latent/latents.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

Latents example() {
    Latents latents;
    latents.mean = Array({3, 2}, {0.1F, -2, 3, 4, 5e-8F, 6});
    latents.logvar = Array({3, 2}, {-1, -2, -3, -4, -5, -6});
    latents.responsibility = Array({3, 2}, {0.25F, 0.75F, 1, 0, 0.5F, 0.5F});
    latents.component = {1, 0, 0};
    latents.score = {0.1, 0.2, 1e300};
    latents.reconstructionError = {1.0 / 3, 2, 0};
    latents.id = {"587722", "Ω 3", ""};
    latents.model = "/models/a b.safetensors";
    latents.modelHash = std::string(64, 'a');
    latents.data = "/data/x.h5";
    latents.dataHash = std::string(64, 'b');
    return latents;
}

bool sameArray(const Array& a, const Array& b) {
    return a.shape() == b.shape() && std::equal(a.values().begin(), a.values().end(), b.values().begin());
}

template <class Read>
bool refused(Read read, const char* words) {
    try {
        read();
    } catch (const InputError& error) {
        if (QString(error.what()).contains(words))
            return true;
        qWarning("%s", error.what());
    }
    return false;
}

} // namespace

class TestLatentFiles : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void latentsComeBackExactly();
    void onlyTheMeansAreNeeded();
    void pythonReadsLatents();
    void strangersLatentsOpen();
    void damagedLatentsAreRefused();
    void unequalPartsAreNotWritten();
    void mapsComeBackExactly();
    void strangersMapsOpen();
    void damagedMapsAreRefused();

  private:
    std::string path(const char* name = "file.h5") const { return folder_.filePath(name).toStdString(); }
    /// Means of three objects, and what `more` adds to the file.
    template <class More>
    void write(More more) const {
        Hdf5Writer file(path());
        file.writeFloat("/mean", Array({3, 2}));
        more(file);
        file.commit();
    }
    QTemporaryDir folder_;
};

void TestLatentFiles::latentsComeBackExactly() {
    const Latents latents = example();
    writeLatents(latents, path());
    const Latents back = readLatents(path());
    QVERIFY(sameArray(back.mean, latents.mean));
    QVERIFY(sameArray(back.logvar, latents.logvar));
    QVERIFY(sameArray(back.responsibility, latents.responsibility));
    QCOMPARE(back.component, latents.component);
    QVERIFY(back.score == latents.score);
    QVERIFY(back.reconstructionError == latents.reconstructionError);
    QCOMPARE(back.id, latents.id);
    QCOMPARE(back.model, latents.model);
    QCOMPARE(back.modelHash, latents.modelHash);
    QCOMPARE(back.data, latents.data);
    QCOMPARE(back.dataHash, latents.dataHash);
}

void TestLatentFiles::onlyTheMeansAreNeeded() {
    Latents latents;
    latents.mean = Array({2, 3}, {1, 2, 3, 4, 5, 6});
    latents.id = {"a", "b"};
    writeLatents(latents, path());
    const Latents back = readLatents(path());
    QVERIFY(sameArray(back.mean, latents.mean));
    QVERIFY(back.logvar.empty() && back.responsibility.empty() && back.component.empty());
    QVERIFY(back.score.empty() && back.reconstructionError.empty() && back.model.empty());
}

void TestLatentFiles::pythonReadsLatents() {
    const QString python = pythonThatCan("import h5py");
    if (python.isEmpty())
        QSKIP("no python3 with h5py here");
    writeLatents(example(), path());
    QProcess process;
    process.start(python, {"-c", R"(
import sys, h5py
f = h5py.File(sys.argv[1])
print(sorted(f), f["mean"].shape, f["mean"].dtype, f["logvar"][2, 1], f["responsibility"][0, 1], f["component"][0],
      f["reconstruction_error"][1], f["id"].asstr()[1] == "Ω 3", f.attrs["model"], len(f.attrs["data_sha256"]))
)",
                           QString::fromStdString(path())});
    QVERIFY(process.waitForFinished(60000));
    QCOMPARE(
        process.readAllStandardOutput().trimmed(),
        QByteArray("['component', 'id', 'logvar', 'mean', 'reconstruction_error', 'responsibility', 'score'] "
                   "(3, 2) float32 -6.0 0.75 1 2.0 True /models/a b.safetensors 64"));
}

void TestLatentFiles::strangersLatentsOpen() {
    write([](Hdf5Writer&) {});
    QCOMPARE(readLatents(path()).id, (std::vector<std::string>{"0", "1", "2"}));
    write([](Hdf5Writer& file) { file.writeIntegers("/id", {7, 8, 9}); });
    QCOMPARE(readLatents(path()).id, (std::vector<std::string>{"7", "8", "9"}));
}

void TestLatentFiles::damagedLatentsAreRefused() {
    const auto read = [&] { readLatents(path()); };
    const auto refusedWith = [&](auto more, const char* words) {
        write(more);
        return refused(read, words);
    };
    QVERIFY(refusedWith([](Hdf5Writer& f) { f.writeTexts("/id", {"a", "b"}); }, "/id"));
    QVERIFY(refusedWith([](Hdf5Writer& f) { f.writeFloat("/logvar", Array({2, 2})); }, "2 rows"));
    QVERIFY(refusedWith([](Hdf5Writer& f) { f.writeFloat("/logvar", Array({3, 3})); }, "columns"));
    QVERIFY(refusedWith([](Hdf5Writer& f) { f.writeDoubles("/score", {1, 2}); }, "/score"));
    QVERIFY(refusedWith([](Hdf5Writer& f) { f.writeDoubles("/score", {1, 2, INFINITY}); }, "not finite"));
    QVERIFY(refusedWith(
        [](Hdf5Writer& f) {
            f.writeDoubles("/reconstruction_error", {1, 2, NAN});
        },
        "not finite"));
    QVERIFY(refusedWith([](Hdf5Writer& f) { f.writeFloat("/responsibility", Array({3, 2})); }, "row 0"));
    QVERIFY(refusedWith([](Hdf5Writer& f) { f.writeIntegers("/component", {0, 1, -1}); }, "-1"));
    QVERIFY(refusedWith(
        [](Hdf5Writer& f) {
            f.writeFloat("/responsibility", Array({3, 1}, {1, 1, 1}));
            f.writeIntegers("/component", {0, 0, 1});
        },
        "not there: 1"));
    {
        Hdf5Writer file(path());
        file.writeFloat("/mean", Array({2, 1}, {0, NAN}));
        file.commit();
    }
    QVERIFY(refused(read, "not finite"));
    {
        Hdf5Writer file(path());
        file.writeFloat("/mean", Array({6}));
        file.commit();
    }
    QVERIFY(refused(read, "no table"));
    LatentMap map;
    map.coordinates = Array({2, 2});
    writeMap(map, path());
    QVERIFY(refused(read, "/mean"));
}

void TestLatentFiles::unequalPartsAreNotWritten() {
    Latents latents = example();
    latents.score.pop_back();
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, writeLatents(latents, path("unequal.h5")));
    QVERIFY(!QFile::exists(folder_.filePath("unequal.h5")));
}

void TestLatentFiles::mapsComeBackExactly() {
    LatentMap map;
    map.method = "pca";
    map.parameters = {{"dims", 2},     {"seed", UINT64_MAX},      {"learning_rate", 0.1}, {"init", "random"},
                      {"exact", true}, {"variance", {1.5, 0.25}}, {"nested", {{"a", 1}}}};
    for (const int64_t dims : {2, 3}) {
        map.coordinates = Array({4, dims});
        map.coordinates.at(3, dims - 1) = 7;
        writeMap(map, path());
        const LatentMap back = readMap(path());
        QVERIFY(sameArray(back.coordinates, map.coordinates));
        QCOMPARE(back.method, map.method);
        QVERIFY(back.parameters == map.parameters);
    }
    const Hdf5Reader file(path());
    QVERIFY(file.isDataset("/xyz") && !file.has("/xy"));
    QCOMPARE(file.numberAttribute("/", "learning_rate").value(), 0.1);
    QCOMPARE(file.numberAttribute("/", "dims").value(), 2.0);
    QCOMPARE(file.textAttribute("/", "init").value(), std::string("random"));
    QCOMPARE(file.numberListAttribute("/", "variance").value(), (std::vector<double>{1.5, 0.25}));
}

void TestLatentFiles::strangersMapsOpen() {
    Hdf5Writer file(path());
    file.writeFloat("/xy", Array({2, 2}, {1, 2, 3, 4}));
    file.setAttribute("/", "method", std::string("umap"));
    file.setAttribute("/", "neighbors", int64_t{15});
    file.setAttribute("/", "metric", std::string("cosine"));
    file.commit();
    const LatentMap map = readMap(path());
    QCOMPARE(map.method, std::string("umap"));
    QVERIFY((map.parameters == Json{{"neighbors", 15}, {"metric", "cosine"}}));
}

void TestLatentFiles::damagedMapsAreRefused() {
    const auto refusedWith = [&](auto fill, const char* words) {
        Hdf5Writer file(path());
        fill(file);
        file.commit();
        return refused([&] { readMap(path()); }, words);
    };
    QVERIFY(refusedWith([](Hdf5Writer& f) { f.writeFloat("/mean", Array({3, 2})); }, "neither"));
    QVERIFY(refusedWith(
        [](Hdf5Writer& f) {
            f.writeFloat("/xy", Array({3, 2}));
            f.writeFloat("/xyz", Array({3, 3}));
        },
        "two maps"));
    QVERIFY(refusedWith([](Hdf5Writer& f) { f.writeFloat("/xy", Array({3, 3})); }, "columns"));
    QVERIFY(refusedWith(
        [](Hdf5Writer& f) {
            f.writeFloat("/xy", Array({1, 2}, {0, INFINITY}));
        },
        "not finite"));
    QVERIFY(refusedWith(
        [](Hdf5Writer& f) {
            f.writeFloat("/xy", Array({1, 2}));
            f.setAttribute("/", "parameters", std::string("[1"));
        },
        "parameters"));
}

QTEST_GUILESS_MAIN(TestLatentFiles)
#include "test_latent_files.moc"
