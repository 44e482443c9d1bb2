#include <QtTest>

#include <cmath>

#include "data/survey/detection.h"
#include "data/survey/frame.h"
#include "data/survey/photometry.h"
#include "data/survey/resample.h"
#include "data/survey/seams.h"
#include "made_frames.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;
using namespace galatea::survey;

namespace {

WorldCoordinates coordinates(const std::vector<FitsCard>& cards) {
    std::string text;
    for (const FitsCard& card : cards) {
        const QString value = std::holds_alternative<std::string>(card.value)
                                  ? "'" + QString::fromStdString(std::get<std::string>(card.value)) + "'"
                                  : QString::number(std::get<double>(card.value), 'g', 17).toUpper();
        text += (QString::fromStdString(card.key).leftJustified(8) + "= " + value)
                    .leftJustified(80)
                    .toStdString();
    }
    return *WorldCoordinates::fromCards(text);
}

/// First moments of a stamp [S,S], relative to its centre.
PixelPosition centroid(const std::vector<float>& stamp, int64_t size) {
    double sum = 0, x = 0, y = 0;
    for (int64_t i = 0; i < size * size; ++i) {
        const double value = static_cast<double>(stamp[static_cast<size_t>(i)]);
        sum += value;
        x += value * static_cast<double>(i % size);
        y += value * static_cast<double>(i / size);
    }
    const double half = static_cast<double>(size - 1) / 2;
    return {x / sum - half, y / sum - half};
}

double total(const std::vector<float>& values) {
    double sum = 0;
    for (const float value : values)
        sum += static_cast<double>(value);
    return sum;
}

} // namespace

class TestSurveyParts : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void stampsAreCentredBetweenPixels() {
        Array frame({100, 120});
        const MadeSource star{47.37, 52.81, 1000, 2, 2, 0};
        addSources(frame, {star});
        for (const auto kernel : {ResamplingKernel::Lanczos3, ResamplingKernel::Cubic}) {
            std::vector<float> stamp(32 * 32);
            const Stamp report = cutStamp(frame, {}, PixelMap(), {star.x, star.y}, 32, kernel, stamp.data());
            QCOMPARE(report.inside, 32 * 32);
            QCOMPARE(report.bad, 0);
            const PixelPosition at = centroid(stamp, 32);
            QVERIFY2(std::hypot(at.x, at.y) < 0.005, qPrintable(QString("%1 %2").arg(at.x).arg(at.y)));
            QVERIFY(std::abs(total(stamp) / 1000 - 1) < 0.002);
            // The pixel half a pixel right of and above the centre has the star's own value there.
            const double expected = 1000 / (2 * std::numbers::pi * 4) * std::exp(-(0.25 + 0.25) / 8);
            QVERIFY(std::abs(static_cast<double>(stamp[16 * 32 + 16]) / expected - 1) < 0.01);
        }
    }

    void wholePixelsAreCopiedToTheLastBit() {
        Array frame({50, 60});
        addNoise(frame, 3, 11);
        std::vector<float> stamp(16 * 16);
        cutStamp(frame, {}, PixelMap(), {20.5, 30.5}, 16, ResamplingKernel::Lanczos3, stamp.data());
        for (int64_t y = 0; y < 16; ++y)
            for (int64_t x = 0; x < 16; ++x)
                QCOMPARE(stamp[static_cast<size_t>(y * 16 + x)], frame.at(23 + y, 13 + x));
    }

    void flatStaysFlatAndEdgesAreTold() {
        Array frame({40, 40});
        for (float& value : frame.values())
            value = 7;
        std::vector<float> stamp(20 * 20);
        const Stamp report =
            cutStamp(frame, {}, PixelMap(), {5.25, 20.4}, 20, ResamplingKernel::Lanczos3, stamp.data());
        // Columns −4.25 … 14.75: the first four centres lie left of −0.5.
        QCOMPARE(report.inside, 16 * 20);
        for (int64_t i = 0; i < 400; ++i) {
            if (i % 20 < 4)
                QVERIFY(std::isnan(stamp[static_cast<size_t>(i)]));
            else
                QVERIFY(std::abs(stamp[static_cast<size_t>(i)] - 7) < 1e-4f);
        }
    }

    void badPixelsAreMadeUpForOrMissing() {
        Array frame({40, 40});
        for (float& value : frame.values())
            value = 2;
        Mask mask(1600, 0);
        mask[20 * 40 + 20] = 1; // one dead pixel
        for (int64_t y = 5; y < 14; ++y)
            for (int64_t x = 5; x < 14; ++x)
                mask[static_cast<size_t>(y * 40 + x)] = 1; // a hole
        for (size_t i = 0; i < mask.size(); ++i)
            if (mask[i] != 0)
                frame.data()[i] = 0;
        // Half-way between pixels no single one has more than two fifths of the weight.
        std::vector<float> stamp(36 * 36);
        const Stamp report =
            cutStamp(frame, mask, PixelMap(), {20, 20}, 36, ResamplingKernel::Cubic, stamp.data());
        QVERIFY(report.bad > 40 && report.bad <= 81);
        QVERIFY(report.patched >= 1);
        for (const float value : stamp)
            QVERIFY(std::isnan(value) || std::abs(value - 2) < 1e-4f);
    }

    void mapsFollowTheSky() {
        const WorldCoordinates reference = coordinates(skyCards(0, 0));
        const WorldCoordinates band = coordinates(skyCards(3.4, -7.7));
        const PixelMap map(reference, band, 256, 256, 32);
        for (const PixelPosition at :
             {PixelPosition{0, 0}, PixelPosition{130.3, 77.7}, PixelPosition{-20, 270}}) {
            const PixelMap::Local there = map.at(at.x, at.y);
            const PixelPosition exact = band.toPixel(reference.toSky(at));
            QVERIFY(std::hypot(there.x - exact.x, there.y - exact.y) < 1e-4);
            QVERIFY(std::abs(there.x - at.x - 3.4) < 1e-3 && std::abs(there.y - at.y + 7.7) < 1e-3);
            QVERIFY(std::abs(there.area() - 1) < 1e-4);
        }
    }

    void fluxOutlivesAnotherPixelScale() {
        const WorldCoordinates reference = coordinates(skyCards(0, 0, 0.4));
        const WorldCoordinates fine = coordinates(skyCards(120, 120, 0.3));
        const PixelMap map(reference, fine, 256, 256, 32);
        QVERIFY(std::abs(map.at(100, 100).area() - 16.0 / 9) < 1e-3);
        const PixelMap::Local star = map.at(111.2, 95.6);
        Array frame({400, 400});
        addSources(frame, {{star.x, star.y, 500, 2.5, 2.5, 0}});
        std::vector<float> stamp(40 * 40);
        cutStamp(frame, {}, map, {111.2, 95.6}, 40, ResamplingKernel::Lanczos3, stamp.data());
        QVERIFY(std::abs(total(stamp) / 500 - 1) < 0.003);
        const PixelPosition at = centroid(stamp, 40);
        QVERIFY(std::hypot(at.x, at.y) < 0.01);
    }

    void backgroundIsMeasured() {
        Array frame({512, 512});
        for (int64_t y = 0; y < 512; ++y)
            for (int64_t x = 0; x < 512; ++x)
                frame.at(y, x) = 100 + 0.02f * static_cast<float>(x);
        addNoise(frame, 4, 3);
        const Background sky(frame, {}, {});
        QVERIFY(std::abs(sky.noise() - 4) < 0.1f);
        QVERIFY(std::abs(sky.noiseAt(300, 17) - 4) < 0.3f);
        const Array level = sky.levelMap();
        for (const int64_t x : {40, 256, 470})
            QVERIFY(std::abs(level.at(int64_t{200}, x) - (100 + 0.02f * static_cast<float>(x))) < 0.4f);
        Mask wrong(7, 0);
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, Background(frame, wrong, {}));
    }

    void seamsAreMendedAndNothingElse() {
        Array frame({1100, 1000});
        addNoise(frame, 2, 15);
        const Array clean = frame.copy();
        // A ramp that ends in a step, slightly tilted, as where exposures of a mosaic meet.
        for (int64_t y = 0; y < 1100; ++y)
            for (int64_t x = 340; x < 400 + y / 150; ++x)
                frame.at(y, x) += 1.6f * static_cast<float>(x - 340) / 60;
        Mask none(static_cast<size_t>(frame.size()), 0);
        const SeamReport seams = removeSeams(frame, none, {}, 2);
        QVERIFY(!seams.columns.empty() && seams.rows.empty());
        for (const int64_t column : seams.columns)
            QVERIFY(std::abs(column - 403) <= 24);
        double worst = 0;
        for (int64_t x = 345; x < 390; ++x) {
            double sum = 0;
            for (int64_t y = 0; y < 1100; ++y)
                sum += static_cast<double>(frame.at(y, x));
            worst = std::max(worst, std::abs(sum / 1100));
        }
        QVERIFY2(worst < 0.15, qPrintable(QString::number(worst))); // of a step of 1.6
        for (int64_t y = 0; y < 1100; y += 7)
            QCOMPARE(frame.at(y, int64_t{700}), clean.at(y, int64_t{700}));
        Array quiet = clean.copy();
        const SeamReport nothing = removeSeams(quiet, none, {}, 2);
        QVERIFY(nothing.columns.empty() && nothing.rows.empty());
        QVERIFY(std::ranges::equal(quiet.values(), clean.values()));
    }

    void sourcesAreFoundAndMeasured() {
        Array frame({600, 700});
        std::vector<MadeSource> truth = scattered(700, 600, 50, 300, 30000);
        for (size_t i = 0; i < truth.size(); ++i)
            if (i % 2 == 0) {
                truth[i].a = 3;
                truth[i].b = 1.8;
                truth[i].theta = 0.6;
            }
        addSources(frame, truth);
        for (float& value : frame.values())
            value += 50;
        addNoise(frame, 1, 9);
        const PreviewDetection found = detectSources(frame);
        QVERIFY(std::abs(found.level - 50) < 0.1);
        QVERIFY(std::abs(found.noise - 1) < 0.03);
        QCOMPARE(found.detection.sources.size(), truth.size());
        for (const MadeSource& source : truth) {
            const auto nearest =
                std::min_element(found.detection.sources.begin(), found.detection.sources.end(),
                                 [&](const DetectedSource& a, const DetectedSource& b) {
                                     return std::hypot(a.x - source.x, a.y - source.y) <
                                            std::hypot(b.x - source.x, b.y - source.y);
                                 });
            const double error = std::hypot(nearest->x - source.x, nearest->y - source.y);
            QVERIFY2(error < (source.flux > 3000 ? 0.05 : 0.5), qPrintable(QString::number(error)));
            if (source.flux > 5000) {
                // Moments within an isophote are a little smaller than the whole's; their ratio stays.
                QVERIFY(std::abs(nearest->b / nearest->a - source.b / source.a) < 0.05);
                QVERIFY(nearest->flux / source.flux > 0.93 && nearest->flux / source.flux < 1.01);
                if (source.a > 2)
                    QVERIFY(std::abs(nearest->theta - source.theta) < 0.05);
            }
        }
    }

    void unitsDoNotMatter() {
        Array frame({300, 300});
        addSources(frame, scattered(300, 300, 40, 300, 3000));
        addNoise(frame, 1, 4);
        const auto plain = detectSources(frame).detection.sources;
        for (float& value : frame.values())
            value *= 0x1p-40f;
        const auto tiny = detectSources(frame).detection.sources;
        QCOMPARE(tiny.size(), plain.size());
        for (size_t i = 0; i < plain.size(); ++i) {
            QCOMPARE(tiny[i].x, plain[i].x);
            QCOMPARE(tiny[i].flux, plain[i].flux * 0x1p-40);
        }
    }

    void sepInPythonAgrees() {
        const QString python = pythonThatCan("import sep, numpy");
        if (python.isEmpty())
            QSKIP("no python3 with sep here");
        QTemporaryDir folder;
        Array frame({400, 500});
        addSources(frame, scattered(500, 400, 30, 60, 6000));
        addNoise(frame, 1, 21);
        const std::string path = inFolder(folder, "pixels.raw");
        writeBytes(path, std::string(reinterpret_cast<const char*>(frame.data()),
                                     static_cast<size_t>(frame.size()) * sizeof(float)));
        const QString script = R"(
import sys, sep, numpy as np
d = np.fromfile(sys.argv[1], 'f4').reshape(400, 500)
b = sep.Background(d, bw=64, bh=64, fw=3, fh=3)
d = d - b.back()
k = np.array([[1,2,1],[2,4,2],[1,2,1]], 'f4')
o = sep.extract(d, 1.5, err=b.rms(), filter_kernel=k, filter_type='conv', minarea=5)
noise = b.rms()[o['ycpeak'], o['xcpeak']] * 0.375
o = o[o['cpeak'] >= 5 * noise]
kr, _ = sep.kron_radius(d, o['x'], o['y'], o['a'], o['b'], o['theta'], 6.0)
f, _, _ = sep.sum_ellipse(d, o['x'], o['y'], o['a'], o['b'], o['theta'], 2.5 * np.minimum(kr, 6), subpix=5)
for row, flux in zip(o, f):
    print(repr(float(row['x'])), repr(float(row['y'])), repr(float(row['flux'])), repr(float(row['a'])), row['npix'], repr(float(flux)))
)";
        const QStringList rows = pythonSays(python, script, {QString::fromStdString(path)}).split('\n');
        const Background sky(frame, {}, {});
        Array pixels = frame.copy();
        sky.subtractFrom(pixels, {});
        const Detection found = detect(pixels, sky.noiseMap(), {}, {});
        QVERIFY2(rows.size() == static_cast<qsizetype>(found.sources.size()), qPrintable(rows.first()));
        const PixelMap identity;
        const BandPlane plane{&pixels, nullptr, nullptr, &sky, &identity, 500};
        for (size_t i = 0; i < found.sources.size(); ++i) {
            const QStringList cells = rows[static_cast<qsizetype>(i)].split(' ');
            const DetectedSource& s = found.sources[i];
            QVERIFY(std::abs(s.x - cells[0].toDouble()) < 1e-4 && std::abs(s.y - cells[1].toDouble()) < 1e-4);
            QVERIFY(std::abs(s.flux / cells[2].toDouble() - 1) < 1e-4);
            QVERIFY(std::abs(s.a / cells[3].toDouble() - 1) < 1e-4);
            QCOMPARE(s.area, cells[4].toLongLong());
            const Shape shape{s.x, s.y, s.a, s.b, s.theta, 0, {}};
            const KronAperture kron = kronAperture(plane, shape);
            if (kron.circle == 0)
                QVERIFY(std::abs(measure(plane, shape, kron, 3).kron / cells[5].toDouble() - 1) < 1e-3);
        }
    }

    void deadFramesAreRefused() {
        Array frame({200, 200});
        for (float& value : frame.values())
            value = NAN;
        QVERIFY_THROWS_EXCEPTION(std::runtime_error, detectSources(frame));
        // One value everywhere: no noise, so nothing is a source and nothing breaks.
        for (float& value : frame.values())
            value = 3;
        try {
            QVERIFY(detectSources(frame).detection.sources.empty());
        } catch (const std::runtime_error&) {
        }
    }

    void namesTellBands() {
        QCOMPARE(partsOfName("/x/frame-r-001992-1-0087.fits.bz2").band, std::string("r"));
        QCOMPARE(partsOfName("/x/Ks.fits").band, std::string("Ks"));
        QCOMPARE(partsOfName("/x/KiDS_129.0_0.5_g.fits").rest, std::string("KiDS_129.0_0.5_*"));
        QCOMPARE(partsOfName("/x/hst_F814W_drz.fits").band, std::string("F814W"));
        QCOMPARE(partsOfName("/x/galaxy.fits").band, std::string(""));
        QVERIFY(bandOrder("u") < bandOrder("g") && bandOrder("z") < bandOrder("J") &&
                bandOrder("H") < bandOrder("Ks"));
    }

    void unitsTellZeroPoints() {
        const auto header = [](const char* card) {
            return FitsHeader(QString(card).leftJustified(80).toStdString());
        };
        QCOMPARE(zeroPointOf(FitsHeader(), "nanomaggy"), std::optional(22.5));
        QCOMPARE(zeroPointOf(FitsHeader(), "MJy"), std::optional<double>());
        QCOMPARE(zeroPointOf(header("MAGZERO = 30.0"), "adu"), std::optional(30.0));
        QVERIFY(std::abs(*zeroPointOf(header("FLUXMAG0= 63095734448.0194"), "") - 27) < 1e-9);
        QCOMPARE(zeroPointOf(header("MAGZERO = 1E300"), "adu"), std::optional<double>());
        QCOMPARE(zeroPointOf(FitsHeader(), "adu"), std::optional<double>());
    }
};

QTEST_GUILESS_MAIN(TestSurveyParts)
#include "test_survey_parts.moc"
