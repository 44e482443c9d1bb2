#include <QtTest>

#include <cmath>
#include <thread>

#include "io/wcs.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

std::string header(const QStringList& lines) {
    std::string cards;
    for (const QString& line : lines)
        cards += line.leftJustified(80, ' ', true).toStdString();
    return cards;
}

QStringList tangent() {
    return {"SIMPLE  =                    T", "NAXIS   =                    2",
            "CTYPE1  = 'RA---TAN'",           "CTYPE2  = 'DEC--TAN'",
            "CRPIX1  =        1025.00000000", "CRPIX2  =        745.000000000",
            "CRVAL1  =        162.925777055", "CRVAL2  =        1.37180576437",
            "CD1_1   =   -1.82779472982E-06", "CD1_2   =    0.000109987800500",
            "CD2_1   =    0.000109941996759", "CD2_2   =    1.81863843579E-06",
            "RADECSYS= 'ICRS    '",           "CUNIT1  = 'deg     '"};
}

QStringList distorted() {
    QStringList lines = tangent();
    lines.replaceInStrings("RA---TAN'", "RA---TAN-SIP'").replaceInStrings("DEC--TAN'", "DEC--TAN-SIP'");
    return lines + QStringList{"A_ORDER =                    2", "B_ORDER =                    2",
                               "A_2_0   =              2.1E-05", "A_1_1   =             -1.3E-05",
                               "B_0_2   =              1.7E-05", "B_1_1   =              0.9E-05"};
}

QStringList polynomial() {
    QStringList lines = tangent();
    lines.replaceInStrings("RA---TAN'", "RA---TPV'").replaceInStrings("DEC--TAN'", "DEC--TPV'");
    return lines + QStringList{"PV1_0   =               1.0E-05", "PV1_1   =               1.00001",
                               "PV1_4   =               2.0E-03", "PV2_1   =               0.99998",
                               "PV2_5   =              -1.5E-03"};
}

QStringList galactic() {
    return {"CTYPE1  = 'GLAT-ZEA'", "CTYPE2  = 'GLON-ZEA'", "CRPIX1  = 10.5", "CRPIX2  = 20.5",
            "CRVAL1  = -80.0",      "CRVAL2  = 120.0",      "CDELT1  = 0.01", "CDELT2  = -0.01"};
}

} // namespace

class TestWcs : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void agreesWithAstropy_data() {
        QTest::addColumn<QStringList>("lines");
        QTest::newRow("TAN with CD") << tangent();
        QTest::newRow("SIP") << distorted();
        QTest::newRow("TPV") << polynomial();
        QTest::newRow("latitude first") << galactic();
    }
    void agreesWithAstropy() {
        const QString python = pythonThatCan("import astropy.wcs");
        if (python.isEmpty())
            QSKIP("no python3 with astropy here");
        QFETCH(QStringList, lines);
        const std::string cards = header(lines);
        const auto wcs = WorldCoordinates::fromCards(cards);
        QVERIFY(wcs.has_value());
        const QString script = R"(
import sys, warnings
warnings.simplefilter('ignore')
from astropy.io import fits
from astropy.wcs import WCS
w = WCS(fits.Header.fromstring(sys.argv[1]))
for x, y in ((0, 0), (17.25, 900.5), (2047, 3), (1024, 744)):
    sky = w.all_pix2world([[x, y]], 0)[0]
    print(x, y, repr(float(sky[w.wcs.lng])), repr(float(sky[w.wcs.lat])))
)";
        const QString said = pythonSays(python, script, {QString::fromStdString(cards)});
        const QStringList rows = said.split('\n');
        QVERIFY2(rows.size() == 4, qPrintable(said));
        for (const QString& row : rows) {
            const QStringList cells = row.split(' ');
            const PixelPosition pixel{cells[0].toDouble(), cells[1].toDouble()};
            const SkyPosition expected{cells[2].toDouble(), cells[3].toDouble()};
            QVERIFY2(skySeparation(wcs->toSky(pixel), expected) < 1e-7, qPrintable(row));
            const PixelPosition back = wcs->toPixel(expected);
            QVERIFY2(std::hypot(back.x - pixel.x, back.y - pixel.y) < 1e-5, qPrintable(row));
        }
    }

    void scaleAndNorth() {
        const auto wcs = WorldCoordinates::fromCards(header(tangent()));
        QVERIFY(std::abs(wcs->pixelScale() - 0.39587) < 1e-4);
        QCOMPARE(wcs->system(), std::string("ICRS"));
        // +y of these frames is towards growing right ascension, so north is along +x: −90° from +y.
        QVERIFY(std::abs(wcs->northAngle({1024, 744}) + 90) < 1.1);
        QVERIFY(!WorldCoordinates::fromCards(header(galactic()))->isEquatorial());
    }

    void cutOutsKeepTheirPlace_data() {
        QTest::addColumn<QStringList>("lines");
        QTest::newRow("plain") << tangent();
        QTest::newRow("SIP") << distorted();
    }
    void cutOutsKeepTheirPlace() {
        QFETCH(QStringList, lines);
        const auto wcs = WorldCoordinates::fromCards(header(lines));
        const auto cut = WorldCoordinates::fromCards(wcs->cardsFrom({812.375, -20.5}));
        QVERIFY(skySeparation(cut->toSky({31.5, 31.5}), wcs->toSky({812.375 + 31.5, -20.5 + 31.5})) < 1e-6);
        QVERIFY(wcs->cards().size() % 80 == 0);
        QVERIFY(wcs->cards().find("RADECSYS") == std::string::npos);
    }

    void noCoordinatesIsNoError() {
        std::vector<std::string> notes;
        QVERIFY(!WorldCoordinates::fromCards("", &notes));
        QVERIFY(!WorldCoordinates::fromCards(header({"SIMPLE  = T", "CTYPE1  = 'WAVE'"}), &notes));
        QVERIFY(notes.empty());
    }

    void liesBecomeNotes_data() {
        QTest::addColumn<QStringList>("added");
        QTest::newRow("singular") << QStringList{"CDELT1  = 0.0"};
        QTest::newRow("all zero") << QStringList{"CD1_1   = 0.0", "CD2_2   = 0.0"};
        QTest::newRow("unknown projection") << QStringList{"CTYPE1  = 'RA---XXX'", "CTYPE2  = 'DEC--XXX'"};
        QTest::newRow("two projections") << QStringList{"CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--SIN'"};
    }
    void liesBecomeNotes() {
        QFETCH(QStringList, added);
        std::vector<std::string> notes;
        // The first card of a name counts.
        QVERIFY(WorldCoordinates::fromCards(header(plain), &notes).has_value());
        QVERIFY(notes.empty());
        QVERIFY(!WorldCoordinates::fromCards(header(added + plain), &notes));
        QCOMPARE(notes.size(), size_t(1));
    }

    void malformedCardsAreLeftOut() {
        for (const char* card : {"RADESYS = 'ICRS", "CRVAL1  = 1E400", "CRVAL1  = NaN", "CRVAL1  = 'text'",
                                 "CUNIT1  = deg", "EQUINOX = "}) {
            std::vector<std::string> notes;
            const auto wcs = WorldCoordinates::fromCards(header(QStringList{card} + plain), &notes);
            QVERIFY2(wcs.has_value(), card);
            QCOMPARE(notes.size(), size_t(1));
        }
    }

  private:
    const QStringList plain{"CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRVAL1  = 10.0", "CDELT1  = 0.1",
                            "CDELT2  = 0.1"};

  private Q_SLOTS:
    void hugeClaimsTakeNoMemory() {
        QStringList lines = distorted();
        lines.replaceInStrings("A_ORDER =                    2", "A_ORDER =           2000000000");
        std::vector<std::string> notes;
        QVERIFY(WorldCoordinates::fromCards(header(lines), &notes).has_value());
        QCOMPARE(notes.size(), size_t(1));
        QStringList axes = tangent();
        axes << "WCSAXES =           2000000000"
             << "CTYPE999= 'FREQ'"
             << "PS1_0   = 'table'"
             << "CTYPE3  = 'WAVE-TAB'";
        QVERIFY(WorldCoordinates::fromCards(header(axes)).has_value());
    }

    void damagedHeadersDoNoHarm() {
        for (const QStringList& lines : {tangent(), distorted(), polynomial()}) {
            const std::string good = header(lines);
            for (const std::string& bad : flippedBytes(good, 0, good.size(), 1500, 6)) {
                const auto wcs = WorldCoordinates::fromCards(bad);
                if (wcs)
                    static_cast<void>(wcs->toPixel(wcs->toSky({3, 4})));
            }
            for (const std::string& cut : truncations(good, 40))
                static_cast<void>(WorldCoordinates::fromCards(cut));
        }
    }

    void threadsAgree() {
        const auto wcs = WorldCoordinates::fromCards(header(distorted()));
        const SkyPosition expected = wcs->toSky({1500, 1200});
        std::atomic<int> wrong{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 2000; ++i) {
                    const SkyPosition sky = wcs->toSky({1500, 1200});
                    wrong += sky.ra != expected.ra || sky.dec != expected.dec;
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(wrong.load(), 0);
    }
};

QTEST_GUILESS_MAIN(TestWcs)
#include "test_wcs.moc"
