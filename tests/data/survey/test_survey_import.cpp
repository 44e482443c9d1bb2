#include <QtTest>

#include <array>
#include <cmath>

#include "data/open_dataset.h"
#include "data/survey/import_frames.h"
#include "data/survey/source_catalog.h"
#include "made_frames.h"
#include "tests/support/files.h"

using namespace galatea;
using namespace galatea::survey;

namespace {

constexpr int64_t side = 400;

struct Offset {
    const char* band;
    double x, y, factor;
};
constexpr std::array<Offset, 3> offsets{{{"g", 5.3, -3.8, 0.5}, {"r", 0, 0, 1}, {"i", -2.6, 4.45, 2}}};

std::vector<MadeSource> truth() {
    return scattered(side, side, 45, 300, 5000);
}

/// Three bands of one sky, each on a grid of its own.
void writeField(const QDir& folder, const QString& name, bool withSky = true) {
    for (const Offset& offset : offsets) {
        Array image({side, side});
        std::vector<MadeSource> sources = truth();
        for (MadeSource& source : sources) {
            source.flux *= offset.factor;
            if (withSky) {
                source.x += offset.x;
                source.y += offset.y;
            }
        }
        addSources(image, sources);
        addNoise(image, 1, static_cast<uint64_t>(name.size() + offset.band[0]));
        for (float& value : image.values())
            value += 20;
        writeFrame(folder.filePath(name + "_" + offset.band + ".fits").toStdString(), image,
                   withSky ? skyCards(offset.x, offset.y) : std::vector<FitsCard>{},
                   withSky ? offset.band : "", withSky ? "nanomaggy" : "");
    }
}

class CountingSink : public ProgressSink {
  public:
    void update(const ProgressUpdate&) override { ++updates; }
    void warn(const std::string&) override {}
    int updates = 0;
};

} // namespace

class TestSurveyImport : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    std::string output_ = inFolder(folder_, "out.h5");

    QDir sub(const char* name) {
        QDir(folder_.path()).mkpath(name);
        return QDir(folder_.filePath(name));
    }

  private Q_SLOTS:
    void bandsAreLaidOnEachOther() {
        const QDir frames = sub("sky");
        writeField(frames, "coadd-7");
        SurveyOptions options;
        options.size = 32;
        CountingSink sink;
        const SurveyReport report = importFrames({frames.path().toStdString()}, output_, options, {}, sink);
        QVERIFY(sink.updates > 0);
        QCOMPARE(report.fields.size(), size_t(1));
        QCOMPARE(report.fields[0].name, std::string("coadd-7"));
        QCOMPARE(report.reference, std::string("r"));
        QCOMPARE(report.info.unit, std::string("nanomaggy"));
        QCOMPARE(report.images, static_cast<int64_t>(truth().size()));
        QVERIFY(std::abs(report.info.pixelScale - 0.4) < 1e-6);

        const DatasetPtr data = openDataset(output_);
        QCOMPARE(data->info().bands, (std::vector<std::string>{"g", "r", "i"}));
        const Table& catalog = data->catalog();
        for (int64_t row = 0; row < data->size(); ++row) {
            const double x = catalog.find("x")->number(row), y = catalog.find("y")->number(row);
            const auto sources = truth();
            const auto source =
                std::min_element(sources.begin(), sources.end(), [&](const auto& a, const auto& b) {
                    return std::hypot(a.x - x, a.y - y) < std::hypot(b.x - x, b.y - y);
                });
            QVERIFY(std::hypot(source->x - x, source->y - y) < 0.4);
            const auto wcs = WorldCoordinates::fromCards(data->wcsCards(row));
            QVERIFY(wcs.has_value());
            const SkyPosition sky{catalog.find("ra")->number(row), catalog.find("dec")->number(row)};
            QVERIFY(skySeparation(wcs->toSky({15.5, 15.5}), sky) < 1e-4);
            if (source->flux < 2000)
                continue;
            const Array stamp = data->readOne(row);
            for (size_t band = 0; band < offsets.size(); ++band) {
                const std::string at(offsets[band].band);
                const double flux = source->flux * offsets[band].factor;
                QVERIFY(std::abs(catalog.find("flux_auto_" + at)->number(row) / flux - 1) < 0.08);
                QVERIFY(std::abs(catalog.find("mag_auto_" + at)->number(row) -
                                 (22.5 - 2.5 * std::log10(flux))) < 0.1);
                // Centre of light of the inner pixels: the source's, in every band.
                double sum = 0, u = 0, v = 0;
                for (int64_t j = 9; j < 23; ++j)
                    for (int64_t i = 9; i < 23; ++i) {
                        const double value = static_cast<double>(stamp.at(static_cast<int64_t>(band), j, i));
                        sum += value;
                        u += value * (static_cast<double>(i) - 15.5);
                        v += value * (static_cast<double>(j) - 15.5);
                    }
                QVERIFY(std::hypot(u / sum - (source->x - x), v / sum - (source->y - y)) < 0.12);
            }
            const double half = catalog.find("half_light_radius")->number(row);
            QVERIFY(std::abs(half / (1.5 * 1.17741) - 1) < 0.08); // of a Gaussian: 1.177 σ
        }
        QCOMPARE(catalog.find("ra")->unit, std::string("deg"));
        QCOMPARE(catalog.find("mag_auto_r")->ucd, std::string("phot.mag;em.opt.R"));
    }

    void wrongCoordinatesAreMendedByTheStars() {
        const QDir frames = sub("mended");
        writeField(frames, "f");
        Array image({side, side});
        std::vector<MadeSource> sources = truth();
        for (MadeSource& source : sources) {
            source.x += 5.3 + 0.4; // the header says 5.3
            source.y += -3.8 - 0.3;
        }
        addSources(image, sources);
        addNoise(image, 1, 77);
        writeFrame(frames.filePath("f_g.fits").toStdString(), image, skyCards(5.3, -3.8), "g");
        const SurveyReport report = importFrames({frames.path().toStdString()}, output_, {});
        const auto moved = report.fields[0].moved.at("g");
        QVERIFY(std::abs(moved.first - 0.4) < 0.05 && std::abs(moved.second + 0.3) < 0.05);
        SurveyOptions trusting;
        trusting.refine = false;
        QVERIFY(importFrames({frames.path().toStdString()}, output_, trusting).fields[0].moved.empty());
    }

    void pixelGridsServeWithoutTheSky() {
        const QDir frames = sub("plain");
        writeField(frames, "p", false);
        SurveyOptions options;
        options.size = 24;
        options.wholePixels = true;
        const SurveyReport report = importFrames({frames.path().toStdString()}, output_, options);
        QVERIFY(report.info.unit.empty());
        const DatasetPtr data = openDataset(output_);
        QVERIFY(data->catalog().find("ra") == nullptr);
        QVERIFY(data->catalog().find("mag_auto_r") == nullptr);
        QVERIFY(data->wcsCards(0).empty());
        options.zeroPoints = {"g=0", "r=22.5", "i=30"};
        importFrames({frames.path().toStdString()}, output_, options);
        const DatasetPtr scaled = openDataset(output_);
        QCOMPARE(scaled->info().unit, std::string("nanomaggy"));
        // Zero point 0: a flux of 1 is 1e9 nanomaggies.
        const double native = data->catalog().find("flux_aper_g")->number(0);
        QVERIFY(std::abs(scaled->catalog().find("flux_aper_g")->number(0) / native / 1e9 - 1) < 1e-6);
    }

    void givenPositionsAreCut() {
        const QDir frames = sub("given");
        writeField(frames, "q");
        const auto sources = truth();
        const std::string list = inFolder(folder_, "list.csv");
        QByteArray text = "name,x,y,mark\n";
        text += "first," + QByteArray::number(sources[3].x) + "," + QByteArray::number(sources[3].y) + ",5\n";
        text += "sky,60.5,67.5,6\noutside,-50,20,7\nedge,1,200,8\n";
        writeBytes(list, text.toStdString());
        SurveyOptions options;
        options.positions = list;
        options.size = 20;
        const SurveyReport report = importFrames({frames.path().toStdString()}, output_, options);
        QCOMPARE(report.fields[0].found, 3);
        QCOMPARE(report.fields[0].atEdge, 1);
        QCOMPARE(report.images, 2);
        const Table catalog = openDataset(output_)->catalog();
        QCOMPARE(catalog.find("mark")->text(0), std::string("5"));
        QCOMPARE(catalog.find("catalog_x")->number(1), 60.5);
        const auto flags = std::get<std::vector<int64_t>>(catalog.find("flags")->values);
        QVERIFY((flags[0] & flagUndetected) == 0);
        QVERIFY((flags[1] & flagUndetected) != 0);
        QVERIFY(std::isnan(catalog.find("a")->number(1)));
        QVERIFY(std::isfinite(catalog.find("flux_aper_r")->number(1)));
        options.minCoverage = 0.3;
        options.fill = "nan";
        importFrames({frames.path().toStdString()}, output_, options);
        const DatasetPtr all = openDataset(output_);
        QCOMPARE(all->size(), 3);
        QVERIFY((std::get<std::vector<int64_t>>(all->catalog().find("flags")->values)[2] & flagEdge) != 0);
        QVERIFY(std::isnan(all->readOne(2).at(int64_t{1}, int64_t{10}, int64_t{0})));
    }

    void masksKeepPixelsOut() {
        const QDir frames = sub("masked");
        writeField(frames, "m");
        Array mask({side, side});
        for (int64_t y = 0; y < side; ++y)
            for (int64_t x = 0; x < side / 2; ++x)
                mask.at(y, x) = 1;
        writeFrame(frames.filePath("m_mask.fits").toStdString(), mask, {}, "", "");
        importFrames({frames.path().toStdString()}, output_, {});
        const Table catalog = openDataset(output_)->catalog();
        QVERIFY(catalog.rowCount() > 5);
        for (int64_t row = 0; row < catalog.rowCount(); ++row)
            QVERIFY(catalog.find("x")->number(row) > side / 2 - 10);
    }

    void fieldsThatLackABandAreLeftOut() {
        const QDir frames = sub("several");
        writeField(frames, "one");
        writeField(frames, "three");
        writeField(frames, "twelve");
        QFile::remove(frames.filePath("three_i.fits"));
        writeBytes(frames.filePath("broken_r.fits").toStdString(), "SIMPLE  = nonsense");
        const SurveyReport report = importFrames({frames.path().toStdString()}, output_, {});
        QCOMPARE(report.fields.size(), size_t(2));
        QCOMPARE(report.problems.size(), size_t(2));
        const Table catalog = openDataset(output_)->catalog();
        QCOMPARE(catalog.find("field")->text(0), std::string("one"));
        QCOMPARE(catalog.find("field")->text(catalog.rowCount() - 1), std::string("twelve"));
    }

    void errorsNameTheCure() {
        const QDir empty = sub("empty");
        const std::string none = errorOf([&] { importFrames({empty.path().toStdString()}, output_, {}); });
        QVERIFY(QString::fromStdString(none).contains("no frames"));
        const QDir frames = sub("sky");
        const auto say = [&](const SurveyOptions& options) {
            return QString::fromStdString(
                errorOf([&] { importFrames({frames.path().toStdString()}, output_, options); }));
        };
        SurveyOptions options;
        options.zeroPoints = {"r"};
        QVERIFY(say(options).contains("band=magnitude"));
        options.zeroPoints = {"K=20"};
        QVERIFY(say(options).contains("no such band"));
        options = {};
        options.size = 0;
        QVERIFY(!say(options).isEmpty());
        options = {};
        options.bands = {"g", "z"};
        QVERIFY(say(options).contains("no frame of z"));
        options = {};
        options.positions = inFolder(folder_, "nowhere.csv");
        QVERIFY(!say(options).isEmpty());
    }

    void stoppingLeavesNothing() {
        const QDir frames = sub("sky");
        std::stop_source stop;
        stop.request_stop();
        const std::string output = inFolder(folder_, "stopped.h5");
        QVERIFY_THROWS_EXCEPTION(Interrupted,
                                 importFrames({frames.path().toStdString()}, output, {}, stop.get_token()));
        QVERIFY(QDir(folder_.path()).entryList({"*stopped*"}, QDir::Files | QDir::Hidden).isEmpty());
    }

    void threadsGiveTheSame() {
        const QDir frames = sub("sky");
        SurveyOptions options;
        options.threads = 1;
        importFrames({frames.path().toStdString()}, output_, options);
        const std::string one = readBytes(output_);
        options.threads = 4;
        importFrames({frames.path().toStdString()}, output_, options);
        QVERIFY(readBytes(output_) == one);
    }
};

QTEST_GUILESS_MAIN(TestSurveyImport)
#include "test_survey_import.moc"
