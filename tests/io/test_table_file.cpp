#include <QProcess>
#include <QStandardPaths>
#include <QtTest>

#include <cmath>
#include <limits>

#include "io/csv.h"
#include "io/table_file.h"
#include "tests/support/files.h"

using namespace galatea;

namespace {

/// What is hard to keep: bits of doubles, ends of int64, names with signs, text with blanks and quotes.
Table difficult() {
    Table table;
    table.set({"id",
               std::vector<int64_t>{std::numeric_limits<int64_t>::min(), 0,
                                    std::numeric_limits<int64_t>::max(), 9007199254740993},
               "", "meta.id;meta.main"});
    table.set({"ra", std::vector<double>{0.1, 1e-308, 359.99999999999994, -0.0}, "deg", "pos.eq.ra;meta.main",
               "right ascension"});
    table.set({"g-r", std::vector<double>{NAN, INFINITY, -INFINITY, 5e-324}, "mag", "phot.color;em.opt"});
    table.set({"whole", std::vector<double>{1, 2, 3, 4}});
    table.set({"text", std::vector<std::string>{"", "=SUM(1,2)", "a \"b\", 'c' <d> & e", "x"}});
    return table;
}

bool sameColumn(const Column& is, const Column& shouldBe) {
    if (is.values.index() != shouldBe.values.index() || is.name != shouldBe.name)
        return false;
    const auto* numbers = std::get_if<std::vector<double>>(&is.values);
    if (numbers == nullptr)
        return is.values == shouldBe.values;
    const auto& others = std::get<std::vector<double>>(shouldBe.values);
    for (size_t i = 0; i < others.size(); ++i) {
        const double a = (*numbers)[i], b = others[i];
        if (!(a == b ? std::signbit(a) == std::signbit(b) : std::isnan(a) && std::isnan(b)))
            return false;
    }
    return numbers->size() == others.size();
}

} // namespace

class TestTableFile : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;

    std::string path(const char* name) const { return inFolder(folder_, name); }

  private Q_SLOTS:
    void everyFormatGivesBackWhatItGot_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("meaning");
        QTest::newRow("csv") << "t.csv" << false;
        QTest::newRow("fits") << "t.fits" << true;
        QTest::newRow("vot") << "t.vot" << true;
        QTest::newRow("xml") << "t.XML" << true;
    }

    void everyFormatGivesBackWhatItGot() {
        QFETCH(QString, name);
        QFETCH(bool, meaning);
        const std::string file = path(qPrintable(name));
        const Table table = difficult();
        std::vector<std::string> notes;
        writeTableFile(file, table, {"catalogue", {{"creator", "Galatea"}, {"a long name", "it's kept"}}},
                       notes);
        const Table back = readTableFile(file, notes);
        QVERIFY2(notes.empty(), notes.empty() ? "" : notes.front().c_str());
        QCOMPARE(back.columns().size(), table.columns().size());
        for (size_t c = 0; c < table.columns().size(); ++c) {
            const Column& is = back.columns()[c];
            const Column& was = table.columns()[c];
            QVERIFY2(sameColumn(is, was), (was.name + ": " + is.text(0) + " " + is.text(1)).c_str());
            if (meaning)
                QCOMPARE(is.unit + "|" + is.ucd + "|" + is.description,
                         was.unit + "|" + was.ucd + "|" + was.description);
        }
    }

    void unicodeIsKeptOrEscapedWithANote() {
        Table table;
        table.set({"t", std::vector<std::string>{"caf\xc3\xa9 \xf0\x9f\x8c\x8c", "\xce\xb1"}});
        for (const char* name : {"u.csv", "u.vot"}) {
            std::vector<std::string> notes;
            writeTableFile(path(name), table, {}, notes);
            QVERIFY(notes.empty());
            QCOMPARE(readTableFile(path(name), notes).find("t")->values, table.find("t")->values);
        }
        std::vector<std::string> notes;
        writeTableFile(path("u.fits"), table, {}, notes);
        QCOMPARE(notes.size(), size_t(1));
        QCOMPARE(readTableFile(path("u.fits"), notes).find("t")->text(1), std::string("\\u03b1"));
    }

    void formatsAreToldByContentAndExtension() {
        writeTableFile(path("a.vot"), difficult());
        QFile::rename(folder_.filePath("a.vot"), folder_.filePath("a.csv"));
        std::vector<std::string> notes;
        QCOMPARE(readTableFile(path("a.csv"), notes).rowCount(), int64_t(4));
        QVERIFY_THROWS_EXCEPTION(UsageError, writeTableFile(path("a.doc"), difficult()));
        QVERIFY_THROWS_EXCEPTION(UsageError, writeTableFile(path("a"), difficult()));
        writeBytes(path("empty"), "");
        QVERIFY_THROWS_EXCEPTION(InputError, readTableFile(path("empty"), notes));
        QVERIFY_THROWS_EXCEPTION(InputError, readTableFile(path("missing"), notes));
    }

    void packedTablesAreUnpackedFirst() {
        const Table table = difficult();
        for (const std::string name : {"p.csv", "p.vot", "p.xml", "p.fits"}) {
            writeTableFile(path(name.c_str()), table);
            for (const std::string program : {"gzip", "bzip2"}) {
                if (QStandardPaths::findExecutable(program.c_str()).isEmpty())
                    QSKIP("gzip or bzip2 is not installed");
                const QStringList arguments{"-kf", QString::fromStdString(path(name.c_str()))};
                QCOMPARE(QProcess::execute(program.c_str(), arguments), 0);
                std::vector<std::string> notes;
                const std::string packed = path(name.c_str()) + (program == "gzip" ? ".gz" : ".bz2");
                const Table is = readTableFile(packed, notes);
                const Table shouldBe = readTableFile(path(name.c_str()), notes);
                QCOMPARE(is.rowCount(), shouldBe.rowCount());
                for (size_t i = 0; i < shouldBe.columns().size(); ++i)
                    QVERIFY2(sameColumn(is.columns()[i], shouldBe.columns()[i]), packed.c_str());
            }
        }
        writeBytes(path("rest.csv"), "a,b\n1,2\n");
        QCOMPARE(QProcess::execute("gzip", {"-f", QString::fromStdString(path("rest.csv"))}), 0);
        std::vector<std::string> notes;
        QFile cut(QString::fromStdString(path("rest.csv.gz")));
        QVERIFY(cut.resize(cut.size() - 9));
        QVERIFY_THROWS_EXCEPTION(InputError, readTableFile(path("rest.csv.gz"), notes));
    }

    void readsARealCatalogue() {
        const std::string file = materialFolder() + "/sdss";
        const QStringList found = QDir(QString::fromStdString(file)).entryList({"photoObj-*.fits"});
        if (found.isEmpty())
            QSKIP("the material beside the project is absent");
        std::vector<std::string> notes;
        const Table table = readTableFile(file + "/" + found.front().toStdString(), notes);
        QCOMPARE(table.rowCount(), int64_t(981));
        QVERIFY(table.find("RA") != nullptr || table.find("ra") != nullptr);
    }
};

QTEST_GUILESS_MAIN(TestTableFile)
#include "test_table_file.moc"
