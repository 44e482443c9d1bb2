#include <QtTest>

#include <cmath>
#include <limits>

#include "io/csv.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

class TestCsv : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    std::string path_ = inFolder(folder_, "t.csv");

    CsvTable read(const std::string& text, const CsvLimits& limits = {}) const {
        writeBytes(path_, text);
        return readCsv(path_, limits);
    }

  private Q_SLOTS:
    void readsPlainAndQuotedCells() {
        const CsvTable csv = read("a,b,c\n1,\"x, \"\"y\"\"\nz\",3\n,,\n\n4,5,6");
        QCOMPARE(csv.header, (std::vector<std::string>{"a", "b", "c"}));
        QCOMPARE(csv.rowCount(), 3);
        QCOMPARE(csv.columns[1], (std::vector<std::string>{"x, \"y\"\nz", "", "5"}));
        QCOMPARE(csv.columns[2], (std::vector<std::string>{"3", "", "6"}));
        QVERIFY(csv.notes.empty());
    }

    void readsOtherHabits() {
        QCOMPARE(read("\xef\xbb\xbf"
                      "a,b\r\n1,2\r\n")
                     .header,
                 (std::vector<std::string>{"a", "b"}));
        QCOMPARE(read("a;b\n1;2,5\n").columns[1].at(0), std::string("2,5"));
        QCOMPARE(read("a\tb\n1\t2\n").columns[1].at(0), std::string("2"));
        QCOMPARE(read("\"a,b;c;d\",e\n1,2\n").delimiter, ',');
        QCOMPARE(read("a,b\r1,2\r").rowCount(), 1);
    }

    void notesWhatIsOdd() {
        const CsvTable ragged = read("a,b\n1\n1,2,3\n1,2\n");
        QCOMPARE(ragged.rowCount(), 3);
        QCOMPARE(ragged.columns[1], (std::vector<std::string>{"", "2", "2"}));
        QCOMPARE(ragged.notes.size(), size_t(1));
        QVERIFY(ragged.notes[0].find("2 rows") != std::string::npos);
        QVERIFY(ragged.notes[0].find("line 2") != std::string::npos);
        const CsvTable latin = read("a\ncaf\xe9\n");
        QCOMPARE(latin.columns[0][0], std::string("caf\xc3\xa9"));
        QCOMPARE(latin.notes.size(), size_t(1));
    }

    void keepsItsLimits() {
        QVERIFY_THROWS_EXCEPTION(InputError, read("a\n1234567890\n", {.bytes = 5}));
        QVERIFY_THROWS_EXCEPTION(InputError, read("a,b\n1,2\n3,4\n", {.cells = 3}));
        const CsvTable wide = read("a,b,c\n1,2,3\n", {.columns = 2});
        QCOMPARE(wide.header.size(), size_t(2));
        QCOMPARE(wide.notes.size(), size_t(1)); // the missing column alone, not a ragged row too
        const CsvTable longCell = read("a\n123\xc3\xa9\n", {.cellBytes = 4});
        QCOMPARE(longCell.columns[0][0], std::string("123")); // never half a character
        QCOMPARE(longCell.notes.size(), size_t(1));
    }

    void refusesWhatIsNoText() {
        QVERIFY_THROWS_EXCEPTION(InputError, read(std::string("a,b\n1,\0\n", 8)));
        QVERIFY_THROWS_EXCEPTION(InputError, read("\xff\xfe"
                                                  "a"));
        QVERIFY_THROWS_EXCEPTION(InputError, read(""));
        QVERIFY_THROWS_EXCEPTION(InputError, read("a,b\n\"never closed,1\n2,3\n"));
    }

    void typesItsColumns() {
        std::vector<std::string> notes;
        const Table table = tableFromCsv(read("n,x,t,n,\n1,2.5,a,3,4\n-2,,b,4,5\n"), notes);
        QCOMPARE(std::get<std::vector<int64_t>>(table.find("n")->values), (std::vector<int64_t>{1, -2}));
        QCOMPARE(table.find("x")->number(0), 2.5);
        QVERIFY(std::isnan(table.find("x")->number(1)));
        QVERIFY(table.find("t")->isText());
        QCOMPARE(table.find("n_2")->number(1), 4.0);
        QCOMPARE(table.find("column_5")->number(1), 5.0);
        QCOMPARE(notes.size(), size_t(2));
        notes.clear();
        const Table commas = tableFromCsv(read("a;b\n1,5;x\n-2,25;y,z\n"), notes);
        QCOMPARE(commas.find("a")->number(1), -2.25);
        QCOMPARE(commas.find("b")->text(1), std::string("y,z"));
        QCOMPARE(notes.size(), size_t(1));
    }

    void neutralisesFormulas() {
        QCOMPARE(csvCell("=1+1"), std::string("'=1+1"));
        QCOMPARE(csvCell("+a"), std::string("'+a"));
        QCOMPARE(csvCell("-x"), std::string("'-x"));
        QCOMPARE(csvCell("@SUM(1,2)"), std::string("\"'@SUM(1,2)\""));
        QCOMPARE(csvCell("\t=1"), std::string("\"'\t=1\""));
        QCOMPARE(csvCell("-1.5e3"), std::string("-1.5e3"));
        QCOMPARE(csvCell("+7"), std::string("+7"));
        QCOMPARE(csvCell("a-b"), std::string("a-b"));
        QCOMPARE(csvCell("say \"hi\""), std::string("\"say \"\"hi\"\"\""));
    }

    void roundTrip() {
        Table table;
        table.set({"id", std::vector<int64_t>{-3, 1234567890123456789}});
        table.set({"x, y", std::vector<double>{0.1, NAN}});
        table.set({"text", std::vector<std::string>{"line\nbreak \"q\"", "é; , "}});
        writeCsv(path_, table);
        std::vector<std::string> notes;
        const Table back = tableFromCsv(readCsv(path_), notes);
        QVERIFY(notes.empty());
        QCOMPARE(back.find("id")->text(1), std::string("1234567890123456789"));
        QCOMPARE(back.find("x, y")->number(0), 0.1);
        QVERIFY(std::isnan(back.find("x, y")->number(1)));
        QCOMPARE(back.find("text")->text(0), std::string("line\nbreak \"q\""));
        QCOMPARE(back.find("text")->text(1), std::string("é; , "));
    }

    void everyTextAndNumberComesBack() {
        Table table;
        table.set({"t", std::vector<std::string>{"=1", "'=1", "''@x", "'quoted'", "-5x", "'-5", "", " a ",
                                                 "\tb", "x\r\ny", "'", "+"}});
        table.set(
            {"x", std::vector<double>{1, -0.0, 1e300, INFINITY, -INFINITY, NAN, 0.1, 5e-324, 3, 4, 5, 6}});
        table.set(
            {"n", std::vector<int64_t>{std::numeric_limits<int64_t>::min(),
                                       std::numeric_limits<int64_t>::max(), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9}});
        writeCsv(path_, table);
        std::vector<std::string> notes;
        const Table back = tableFromCsv(readCsv(path_), notes);
        QVERIFY(notes.empty());
        QCOMPARE(back.find("t")->values, table.find("t")->values);
        QCOMPARE(back.find("n")->values, table.find("n")->values);
        const auto& numbers = std::get<std::vector<double>>(back.find("x")->values);
        for (int64_t row = 0; row < 12; ++row) {
            const double was = table.find("x")->number(row), is = numbers[static_cast<size_t>(row)];
            QVERIFY(was == is ? std::signbit(was) == std::signbit(is) : std::isnan(was) && std::isnan(is));
        }
    }

    void aSingleColumnKeepsItsEmptyRows() {
        Table table;
        table.set({"t", std::vector<std::string>{"", "a", ""}});
        writeCsv(path_, table);
        std::vector<std::string> notes;
        QCOMPARE(tableFromCsv(readCsv(path_), notes).find("t")->values, table.find("t")->values);
    }

    void noDigitIsLost() {
        std::vector<std::string> notes;
        const Table table =
            tableFromCsv(read("gaps,long,small,padded\n9007199254740993,18446744073709551615,1, 5\n"
                              ",1,,6 \n"),
                         notes);
        QCOMPARE(table.find("gaps")->text(0), std::string("9007199254740993"));
        QCOMPARE(table.find("long")->text(0), std::string("18446744073709551615"));
        QVERIFY(std::isnan(table.find("small")->number(1)));
        QVERIFY(!table.find("small")->isText());
        QCOMPARE(table.find("padded")->number(1), 6.0);
    }

    void anIndependentReaderAgrees() {
        const QString python = pythonThatCan("import csv");
        if (python.isEmpty())
            QSKIP("no python3 here");
        Table table;
        table.set({"a", std::vector<std::string>{"=cmd", "x,\"y\"\n"}});
        table.set({"b", std::vector<double>{-1.5, 2}});
        writeCsv(path_, table);
        QCOMPARE(pythonSays(python, "import csv,sys\nprint(list(csv.reader(open(sys.argv[1],newline=''))))",
                            {QString::fromStdString(path_)}),
                 QString("[['a', 'b'], [\"'=cmd\", '-1.5'], ['x,\"y\"\\n', '2.0']]"));
    }

    void noDamageCrashes() {
        const std::string text = "Location,Label,x\nimg/a.png,\"a \"\"b\"\"\",1\nimg/b.png,c,2\n";
        int refused = 0;
        for (const std::string& damaged : flippedBytes(text, 0, text.size(), 2000))
            refused += !errorOf([&] { read(damaged); }).empty();
        for (const std::string& cut : truncations(text, text.size()))
            errorOf([&] { read(cut); });
        QVERIFY(refused > 0);
    }
};

QTEST_GUILESS_MAIN(TestCsv)
#include "test_csv.moc"
