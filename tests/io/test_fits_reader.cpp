// Headers, pixels and tables of files made byte by byte; damages of every kind.

#include <QtTest>

#include <cmath>
#include <limits>

#include "io/fits_reader.h"
#include "tests/support/files.h"
#include "tests/support/fits_bytes.h"

using namespace galatea;

namespace {

FitsReader fromBytes(const std::string& bytes) {
    return FitsReader(bytesInMemory(bytes, "made.fits"));
}

bool anyHolds(const std::vector<std::string>& notes, const std::string& part) {
    return std::any_of(notes.begin(), notes.end(),
                       [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

template <class Stored>
void compareStored(int bitpix, const std::vector<Stored>& stored, double scale, double zero,
                   const std::vector<float>& expected, const std::string& more = {}) {
    std::string cards = fitsImageCards(bitpix, {int64_t(stored.size()), 1});
    char text[80];
    std::snprintf(text, sizeof text, "BSCALE  = %.17g", scale);
    cards += fitsCard(text);
    std::snprintf(text, sizeof text, "BZERO   = %.17g", zero);
    cards += fitsCard(text) + more;
    const FitsReader file = fromBytes(fitsUnit(cards, bigEndianAll(stored)));
    const Array read = file.readImage(file.hdus()[0]);
    QCOMPARE(read.shape(), (std::vector<int64_t>{1, int64_t(stored.size())}));
    for (size_t i = 0; i < expected.size(); ++i)
        if (std::isnan(expected[i]))
            QVERIFY(std::isnan(read.data()[i]));
        else
            QCOMPARE(std::bit_cast<uint32_t>(read.data()[i]), std::bit_cast<uint32_t>(expected[i]));
}

std::string goodImage() {
    std::vector<float> pixels(64 * 3);
    for (size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = float(i);
    return fitsUnit(fitsImageCards(-32, {8, 8, 3}), bigEndianAll(pixels));
}

} // namespace

class TestFitsReader : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void storedValuesBecomePhysicalOnes() {
        const float nan = std::numeric_limits<float>::quiet_NaN();
        compareStored<uint8_t>(8, {0, 1, 255}, 1, 0, {0, 1, 255});
        compareStored<uint8_t>(8, {0, 127, 255}, 1, -128, {-128, -1, 127}); // signed bytes
        compareStored<int16_t>(16, {-32768, 0, 32767}, 1, 32768, {0, 32768, 65535});
        compareStored<int16_t>(16, {-1, 7, 9}, 0.1, 2, {float(2 - 0.1), nan, float(2 + 0.1 * 9)},
                               fitsCard("BLANK", 7));
        compareStored<int32_t>(32, {INT32_MIN, -1, INT32_MAX}, 1, 2147483648.0,
                               {0, 2147483647.0f, 4294967295.0f});
        compareStored<int64_t>(64, {INT64_MIN, -1, INT64_MAX}, 1, 0x1p63,
                               {0, float(UINT64_C(0x7fffffffffffffff)), float(UINT64_C(0xffffffffffffffff))});
        // 2^53 + 2^29 + 1 lies just above the middle of two floats; through a double it would be the middle.
        const int64_t awkward = (int64_t{1} << 54) + (int64_t{1} << 30) + 1;
        compareStored<int64_t>(64, {awkward}, 1, 0, {std::nextafter(float(int64_t{1} << 54), 1e30f)});
        compareStored<float>(-32, {1.5f, nan, -0.0f}, 1, 0, {1.5f, nan, -0.0f});
        compareStored<float>(-32, {1.1f}, 3, 0.25, {float(0.25 + 3 * double(1.1f))});
        compareStored<double>(-64, {0.1, 1e-300, 1e300}, 1, 0,
                              {0.1f, 0, std::numeric_limits<float>::infinity()});
    }

    void regionsAndPlanesAreWindowsOfTheWhole() {
        const FitsReader file = fromBytes(goodImage());
        const FitsHdu& hdu = file.hdus()[0];
        QCOMPARE(file.readImage(hdu).shape(), (std::vector<int64_t>{3, 8, 8}));
        QCOMPARE(file.readImage(hdu).at(2, 1, 5), float(64 * 2 + 8 + 5));
        const Array region = file.readRegion(hdu, {1, 2, 4, 3, 8});
        QCOMPARE(region.shape(), (std::vector<int64_t>{2, 5}));
        QCOMPARE(region.at(1, 0), float(64 + 3 * 8 + 3));
        QCOMPARE(file.readPlanes(hdu, 1, 3).at(1, 0, 0), 128.0f);
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, file.readRegion(hdu, {3, 0, 1, 0, 1}));
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, file.readRegion(hdu, {0, 0, 9, 0, 1}));
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, file.readPlanes(hdu, 2, 4));
    }

    void headersSayWhatStandsInThem() {
        const std::string cards =
            fitsImageCards(8, {}) + fitsCard("OBJECT  = 'O''Hara  '  / the name / with a slash") +
            fitsCard("LONG    = 'one, &'") + fitsCard("CONTINUE  'two, &'") +
            fitsCard("CONTINUE  'three' / end") + fitsCard("HIERARCH ESO DET GAIN = 1.5 / e-") +
            fitsCard("EXPO    = 1.5D-3") + fitsCard("WHOLE   = 12.0") + fitsCard("BAD     = 12x") +
            fitsCard("COMMENT = 'no value'") + fitsCard("OBJECT  = 'second'");
        const FitsReader file = fromBytes(fitsUnit(cards));
        const FitsHeader& header = file.hdus()[0].header;
        QCOMPARE(header.text("OBJECT"), std::optional<std::string>("O'Hara"));
        QCOMPARE(header.comment("OBJECT"), std::string("the name / with a slash"));
        QCOMPARE(header.text("LONG"), std::optional<std::string>("one, two, three"));
        QCOMPARE(header.number("EXPO"), std::optional<double>(1.5e-3));
        QCOMPARE(header.integer("WHOLE"), std::optional<int64_t>(12));
        QVERIFY(!header.number("BAD") && !header.integer("BAD") && !header.text("EXPO") &&
                !header.has("NONE"));
        QCOMPARE(header.contradictions(), std::vector<std::string>{"OBJECT"});
        const std::vector<FitsKeyword> keywords = header.keywords();
        const auto gain = std::find_if(keywords.begin(), keywords.end(),
                                       [](const FitsKeyword& k) { return k.key == "ESO DET GAIN"; });
        QVERIFY(gain != keywords.end() && gain->value == "1.5" && gain->comment == "e-");
        QCOMPARE(header.cards(), cards);
    }

    void liesAreRefused_data() {
        QTest::addColumn<QByteArray>("cards");
        QTest::addColumn<QString>("fault");
        const auto row = [](const char* name, const std::string& cards, const char* fault) {
            QTest::newRow(name) << QByteArray::fromStdString(cards) << QString(fault);
        };
        const std::string start = fitsCard("SIMPLE", true);
        row("BITPIX 7", fitsImageCards(7, {4, 4}), "BITPIX = 7");
        row("BITPIX text", start + fitsCard("BITPIX", "8") + fitsCard("NAXIS", 0),
            "BITPIX is no whole number");
        row("no BITPIX", start + fitsCard("NAXIS", 0), "BITPIX is missing");
        row("negative axis", fitsImageCards(8, {-4, 4}), "NAXIS1 = -4");
        row("missing axis", start + fitsCard("BITPIX", 8) + fitsCard("NAXIS", 2) + fitsCard("NAXIS1", 2),
            "NAXIS2 is missing");
        row("1000 axes", start + fitsCard("BITPIX", 8) + fitsCard("NAXIS", 1000), "NAXIS = 1000");
        row("ten axes", fitsImageCards(8, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}), "10 axes");
        row("overflow", fitsImageCards(-64, {int64_t{1} << 40, int64_t{1} << 40}),
            "more bytes than any file");
        row("wraps to little", fitsImageCards(8, {int64_t{1} << 32, int64_t{1} << 32}), "more bytes");
        row("too long", fitsImageCards(16, {100000, 10000}), "cut short");
        row("BSCALE nan", fitsImageCards(8, {2, 2}) + fitsCard("BSCALE  = NaN"),
            "BSCALE is no finite number");
        row("BZERO words", fitsImageCards(8, {2, 2}) + fitsCard("BZERO", "x"), "BZERO is no finite number");
        row("BLANK 1.5", fitsImageCards(8, {2, 2}) + fitsCard("BLANK   = 1.5"), "BLANK is no whole number");
        row("SIMPLE F", fitsCard("SIMPLE", false) + fitsCard("BITPIX", 8) + fitsCard("NAXIS", 0),
            "SIMPLE is not T");
    }
    void liesAreRefused() {
        QFETCH(QByteArray, cards);
        QFETCH(QString, fault);
        const std::string said =
            errorOf([&] { fromBytes(fitsUnit(cards.toStdString(), std::string(2880, '\0'))); });
        QVERIFY2(said.find(fault.toStdString()) != std::string::npos, said.c_str());
    }

    void cutFilesGiveWhatIsWhole() {
        const std::string good = goodImage();
        const std::string two = good + fitsUnit(fitsImageCards(-32, {8, 8}, true), std::string(256, '\0'));
        QCOMPARE(fromBytes(two).hdus().size(), size_t(2));
        const FitsReader cut = fromBytes(two.substr(0, good.size() + 2880 + 100));
        QVERIFY(anyHolds(cut.notes(), "HDU 1 was left out: its data are cut short"));
        QCOMPARE(cut.readImage(cut.hdus()[0]).size(), int64_t(192));
        QVERIFY(!errorOf([&] { cut.readImage(cut.hdus()[1]); }).empty());
        const FitsReader unfilled = fromBytes(good.substr(0, 2880 + 192 * 4));
        QVERIFY(anyHolds(unfilled.notes(), "not filled up"));
        QVERIFY(anyHolds(fromBytes(good + "rubbish").notes(), "7 bytes behind the last HDU"));
        for (const std::string& part : truncations(good.substr(0, 2880 + 192 * 4), 40))
            QVERIFY(!errorOf([&] { fromBytes(part); }).empty());
    }

    void noiseIsReadOrRefused() {
        const std::string two =
            goodImage() + fitsUnit(fitsImageCards(16, {8, 8}, true), std::string(128, '\1'));
        for (const std::string& bytes : flippedBytes(two, 0, two.size(), 300, 8))
            errorOf([&] {
                const FitsReader file = fromBytes(bytes);
                for (const FitsHdu& hdu : file.hdus())
                    if (hdu.fault.empty() && hdu.hasPixels())
                        file.readImage(hdu);
            });
    }

    void tablesKeepTypesNullsAndUnits() {
        std::string cards = fitsCard("XTENSION", "BINTABLE") + fitsCard("BITPIX", 8) + fitsCard("NAXIS", 2) +
                            fitsCard("NAXIS1", 4 + 2 + 4 + 1 + 4 + 8 + 16) + fitsCard("NAXIS2", 2) +
                            fitsCard("PCOUNT", 0) + fitsCard("GCOUNT", 1) + fitsCard("TFIELDS", 7);
        int columns = 0;
        const auto column = [&](const char* name, const char* form, const std::string& more = {}) {
            const std::string place = std::to_string(++columns);
            cards += fitsCard("TTYPE" + place, name) + fitsCard("TFORM" + place, form);
            if (!more.empty())
                cards += fitsCard(more);
        };
        column("id", "J");
        column("count", "I", "TZERO2  = 32768");
        column("mag", "E", "TUNIT3  = 'mag'");
        column("flag", "L");
        column("name", "4A");
        column("nullable", "K", "TNULL6  = -99");
        column("pair", "2D");
        std::string rows;
        for (int i = 0; i < 2; ++i)
            rows += bigEndian(int32_t(7 + i)) + bigEndian(int16_t(-32768 + i)) + bigEndian(1.25f + float(i)) +
                    (i == 0 ? "T" : "F") + (i == 0 ? "ab  " : std::string("c\0zz", 4)) +
                    bigEndian(int64_t(i == 0 ? -99 : 5)) + bigEndian(double(i)) + bigEndian(10.0 + i);
        const FitsReader file = fromBytes(fitsUnit(fitsImageCards(8, {})) + fitsUnit(cards, rows));
        std::vector<std::string> notes;
        const Table table = file.readTable(file.hdus()[1], notes);
        QVERIFY(notes.empty());
        QCOMPARE(table.rowCount(), int64_t(2));
        QCOMPARE(table.find("id")->text(1), std::string("8"));
        QCOMPARE(table.find("count")->text(1), std::string("1"));
        QCOMPARE(table.find("mag")->number(1), 2.25);
        QCOMPARE(table.find("mag")->unit, std::string("mag"));
        QCOMPARE(table.find("flag")->number(0), 1.0);
        QCOMPARE(table.find("name")->text(0), std::string("ab"));
        QCOMPARE(table.find("name")->text(1), std::string("c"));
        QVERIFY(std::isnan(table.find("nullable")->number(0)));
        QCOMPARE(table.find("nullable")->number(1), 5.0);
        QCOMPARE(table.find("pair_2")->number(1), 11.0);
    }
};

QTEST_GUILESS_MAIN(TestFitsReader)
#include "test_fits_reader.moc"
