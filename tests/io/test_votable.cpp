#include <QtTest>

#include <cmath>
#include <limits>

#include "core/text.h"
#include "io/votable.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

std::string document(const std::string& inside) {
    return "<?xml version='1.0'?><VOTABLE version='1.4'><RESOURCE>" + inside + "</RESOURCE></VOTABLE>";
}

std::string tableOf(const std::string& fields, const std::string& rows) {
    return document("<TABLE name='t'>" + fields + "<DATA><TABLEDATA>" + rows + "</TABLEDATA></DATA></TABLE>");
}

Table parsed(const std::string& text, std::vector<std::string>& notes, const std::string& name = {},
             const VoTableLimits& limits = {}) {
    return parseVoTable(text, "t.vot", notes, name, limits);
}

Table quietly(const std::string& text, const std::string& name = {}) {
    std::vector<std::string> notes;
    return parsed(text, notes, name);
}

std::string refusal(const std::string& text) {
    return errorOf([&] { quietly(text); });
}

const std::vector<int64_t>& integers(const Table& table, const char* name) {
    return std::get<std::vector<int64_t>>(table.find(name)->values);
}
const std::vector<double>& numbers(const Table& table, const char* name) {
    return std::get<std::vector<double>>(table.find(name)->values);
}
const std::vector<std::string>& texts(const Table& table, const char* name) {
    return std::get<std::vector<std::string>>(table.find(name)->values);
}

} // namespace

class TestVoTable : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;

    std::string path(const char* name) const { return inFolder(folder_, name); }

    /// The bytes of the same rows as astropy writes them in one serialisation.
    std::string madeByAstropy(const QString& python, const QString& format) const {
        const std::string file = path("made.vot");
        const QString script = R"(
import sys, numpy as np
from astropy.table import Table, MaskedColumn
from astropy.io.votable import from_table, writeto
t = Table()
t['flag'] = [True, False, True]
t['byte'] = MaskedColumn(np.array([0, 255, 7], 'u1'), mask=[0, 0, 1])
t['short'] = np.array([-32768, 32767, 5], 'i2')
t['int'] = MaskedColumn(np.array([-2147483648, 2147483647, 5], 'i4'), mask=[0, 0, 1])
t['long'] = np.array([-9223372036854775808, 9223372036854775807, 5], 'i8')
t['id'] = MaskedColumn(np.array([9007199254740993, 2, 3], 'i8'), mask=[0, 0, 1])
t['float'] = np.array([0.1, np.inf, np.nan], 'f4')
t['double'] = np.array([0.1, -np.inf, np.nan])
t['complex'] = np.array([1 + 2j, 0.1j, 3], 'c8')
t['text'] = np.array([b'a & b <c>', b'', b'end'])
t['unicode'] = np.array(['caf\u00e9', '\u03b1', ''], 'U4')
t['vector'] = np.arange(6, dtype='f8').reshape(3, 2) / 3
t['double'].unit = 'deg'
t['double'].description = 'an angle'
t['double'].meta['ucd'] = 'pos.eq.ra;meta.main'
v = from_table(t)
for r in v.resources:
    for x in r.tables:
        for n in ('byte', 'int', 'id'):
            x.get_field_by_id(n).values.null = 99
        x.get_field_by_id('double').ucd = 'pos.eq.ra;meta.main'
writeto(v, sys.argv[1], tabledata_format=sys.argv[2])
)";
        const QString said = pythonSays(python, script, {QString::fromStdString(file), format});
        return said.startsWith("python failed") ? said.toStdString() : readBytes(file);
    }

  private Q_SLOTS:
    void readsEverySerialisation_data() {
        QTest::addColumn<QString>("format");
        for (const char* format : {"tabledata", "binary", "binary2"})
            QTest::newRow(format) << QString(format);
    }

    void readsEverySerialisation() {
        QFETCH(QString, format);
        const QString python = pythonThatCan("import astropy.io.votable");
        if (python.isEmpty())
            QSKIP("no python3 with astropy here");
        std::vector<std::string> notes;
        const std::string bytes = madeByAstropy(python, format);
        QVERIFY2(looksLikeVoTable(bytes), bytes.c_str());
        const Table table = parsed(bytes, notes);
        constexpr double nan = std::numeric_limits<double>::quiet_NaN();
        const auto same = [](const std::vector<double>& is, const std::vector<double>& shouldBe) {
            for (size_t i = 0; i < shouldBe.size(); ++i)
                if (!(is.at(i) == shouldBe[i] || (std::isnan(is[i]) && std::isnan(shouldBe[i]))))
                    return false;
            return is.size() == shouldBe.size();
        };
        QCOMPARE(integers(table, "flag"), (std::vector<int64_t>{1, 0, 1}));
        QVERIFY(same(numbers(table, "byte"), {0, 255, nan}));
        QCOMPARE(integers(table, "short"), (std::vector<int64_t>{-32768, 32767, 5}));
        QVERIFY(same(numbers(table, "int"), {-2147483648.0, 2147483647.0, nan}));
        QCOMPARE(integers(table, "long"), (std::vector<int64_t>{std::numeric_limits<int64_t>::min(),
                                                                std::numeric_limits<int64_t>::max(), 5}));
        QCOMPARE(texts(table, "id"), (std::vector<std::string>{"9007199254740993", "2", ""}));
        QVERIFY(same(numbers(table, "float"), {static_cast<double>(0.1f), INFINITY, nan}));
        QVERIFY(same(numbers(table, "double"), {0.1, -INFINITY, nan}));
        QVERIFY(same(numbers(table, "complex_im"), {2, static_cast<double>(0.1f), 0}));
        QCOMPARE(texts(table, "text"), (std::vector<std::string>{"a & b <c>", "", "end"}));
        QCOMPARE(texts(table, "unicode"), (std::vector<std::string>{"caf\xc3\xa9", "\xce\xb1", ""}));
        QVERIFY(same(numbers(table, "vector_2"), {1.0 / 3, 3.0 / 3, 5.0 / 3}));
        QCOMPARE(table.find("double")->unit, std::string("deg"));
        QCOMPARE(table.find("double")->ucd, std::string("pos.eq.ra;meta.main"));
        QCOMPARE(table.find("double")->description, std::string("an angle"));
        QCOMPARE(notes.size(), size_t(1)); // the columns that became several
    }

    void understandsDeclaredNullsAndHabits() {
        std::vector<std::string> notes;
        const Table table =
            parsed(tableOf("<FIELD name='n' datatype='int'><VALUES null='-99'/></FIELD>"
                           "<FIELD name='x' datatype='double'/><FIELD ID='b' datatype='bit' arraysize='3'/>"
                           "<FIELD name='h' datatype='short'/><FIELD name='n' datatype='boolean'/>",
                           "<TR><TD>-99</TD><TD> 1e3 </TD><TD>101</TD><TD>0x1F</TD><TD>True</TD></TR>"
                           "<TR><TD>4</TD><TD/><TD>0 1 1</TD><TD>12</TD><TD>?</TD></TR>"
                           "<TR><TD>5</TD><TD>no</TD></TR>"),
                   notes);
        QVERIFY(std::isnan(numbers(table, "n")[0]));
        QCOMPARE(numbers(table, "n")[1], 4.0);
        QCOMPARE(numbers(table, "x")[0], 1000.0);
        QVERIFY(std::isnan(numbers(table, "x")[1]));
        QCOMPARE(table.find("b_1")->number(0), 1.0);
        QCOMPARE(table.find("b_2")->number(0), 0.0);
        QCOMPARE(table.find("b_3")->number(1), 1.0);
        QCOMPARE(table.find("h")->number(0), 31.0);
        QCOMPARE(table.find("n_2")->number(0), 1.0);
        QVERIFY(std::isnan(table.find("n_2")->number(1)));
        const std::string all = joined(notes, "\n");
        QVERIFY(all.find("1 rows have more or fewer cells") != std::string::npos);
        QVERIFY(all.find("1 cells of column 'x' are no double (first: 'no')") != std::string::npos);
    }

    void choosesTheTableWithRowsOrByName() {
        const std::string field = "<FIELD name='a' datatype='int'/>";
        const auto table = [&](const std::string& name, const std::string& rows) {
            return "<TABLE name='" + name + "' ID='id_" + name + "'>" + field + "<DATA><TABLEDATA>" + rows +
                   "</TABLEDATA></DATA></TABLE>";
        };
        const std::string text = document(table("empty", "") + table("one", "<TR><TD>1</TD></TR>") +
                                          table("two", "<TR><TD>2</TD></TR><TR><TD>3</TD></TR>"));
        std::vector<std::string> notes;
        QCOMPARE(integers(parsed(text, notes), "a"), (std::vector<int64_t>{1}));
        QVERIFY(notes.at(0).find("of its 3 tables 'one' was read") != std::string::npos);
        QCOMPARE(integers(quietly(text, "two"), "a"), (std::vector<int64_t>{2, 3}));
        QCOMPARE(integers(quietly(text, "id_one"), "a"), (std::vector<int64_t>{1}));
        QCOMPARE(quietly(text, "empty").rowCount(), int64_t(0));
        const std::string said = errorOf([&] { quietly(text, "three"); });
        QVERIFY2(said.find("'empty', 'one', 'two'") != std::string::npos, said.c_str());
    }

    void refusesWhatReachesOutOrLies() {
        const std::string bomb = "<!DOCTYPE VOTABLE [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;'>]>"
                                 "<VOTABLE><RESOURCE/></VOTABLE>";
        QVERIFY(refusal(bomb).find("entities") != std::string::npos);
        const std::string outside =
            "<!DOCTYPE VOTABLE [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" +
            tableOf("<FIELD name='a' datatype='char' arraysize='*'/>", "<TR><TD>&x;</TD></TR>").substr(21);
        QVERIFY(refusal(outside).find("entities") != std::string::npos);
        const std::string field = "<TABLE><FIELD name='a' datatype='int'/><DATA>";
        const std::string end = "</DATA></TABLE>";
        const auto binary = [&](const std::string& stream) {
            return document(field + "<BINARY>" + stream + "</BINARY>" + end);
        };
        QVERIFY(refusal(binary("<STREAM href='http://example.org/x'/>")).find("another address") !=
                std::string::npos);
        QVERIFY(refusal(binary("<STREAM encoding='gzip'>AAAA</STREAM>")).find("'gzip'") != std::string::npos);
        QVERIFY(refusal(binary("<STREAM encoding='base64'>AAAA</STREAM>")).find("damaged") !=
                std::string::npos);
        QVERIFY(refusal(binary("<STREAM encoding='base64'>A*AA</STREAM>")).find("no base64") !=
                std::string::npos);
        QCOMPARE(integers(quietly(binary("<STREAM encoding='base64'>AAAAAg==</STREAM>")), "a"),
                 (std::vector<int64_t>{2}));
        QVERIFY(refusal(document(field + "<FITS><STREAM/></FITS>" + end)).find("FITS") != std::string::npos);
        QVERIFY(refusal("<svg/>").find("no VOTable") != std::string::npos);
        QVERIFY(refusal(document("")).find("no table") != std::string::npos);
        QVERIFY(refusal(tableOf("<FIELD name='a' datatype='quad'/>", "")).find("'quad'") !=
                std::string::npos);
        QVERIFY(refusal(tableOf("<FIELD name='a' datatype='int' arraysize='-1'/>", "")).find("malformed") !=
                std::string::npos);
        QVERIFY(refusal(document("<INFO name='QUERY_STATUS' value='ERROR'>no such table</INFO>"))
                    .find("no such table") != std::string::npos);
        std::string deep;
        for (int i = 0; i < 100000; ++i)
            deep += "<RESOURCE>";
        QVERIFY(refusal("<VOTABLE>" + deep).find("nested deeper") != std::string::npos);
    }

    void keepsItsLimits() {
        const std::string text = tableOf("<FIELD name='a' datatype='int'/>"
                                         "<FIELD name='b' datatype='char' arraysize='*'/>",
                                         "<TR><TD>1</TD><TD>123\xc3\xa9</TD></TR>");
        std::vector<std::string> notes;
        QCOMPARE(texts(parsed(text, notes, {}, {.cellBytes = 4}), "b"), (std::vector<std::string>{"123"}));
        QCOMPARE(parsed(text, notes, {}, {.columns = 1}).columns().size(), size_t(1));
        QCOMPARE(notes.size(), size_t(2));
        QVERIFY_THROWS_EXCEPTION(InputError, parsed(text, notes, {}, {.cells = 5}));
        QVERIFY_THROWS_EXCEPTION(InputError, parsed(text, notes, {}, {.bytes = 20}));
        const std::string longVector =
            tableOf("<FIELD name='v' datatype='int' arraysize='17'/><FIELD name='w' datatype='int' "
                    "arraysize='*'/><FIELD name='a' datatype='int'/>",
                    "<TR><TD>1 2</TD><TD>1</TD><TD>3</TD></TR>");
        notes.clear();
        QCOMPARE(parsed(longVector, notes).columns().size(), size_t(1));
        QVERIFY(notes.at(0).find("'v', 'w'") != std::string::npos);
    }

    void nestedAndMisplacedElementsKeepColumnsEqual() {
        const std::string field = "<FIELD name='a' datatype='int'/><FIELD name='b' datatype='int'/>";
        QCOMPARE(quietly(tableOf(field, "<TR><TD>1<B>2</B>3</TD><TD>4</TD></TR><TR><TD><TD>5</TD></TD></TR>"
                                        "<TR><TR><TD>1</TD></TR></TR><TD>7</TD>"))
                     .rowCount(),
                 int64_t(3));
        QVERIFY(refusal(tableOf(field, "<TR><TD>1</TD></TR><FIELD name='c' datatype='int'/>"))
                    .find("behind the data") != std::string::npos);
        QVERIFY(!refusal(document("<TABLE><FIELD name='a' datatype='int'><DATA><TABLEDATA><TR><TD>1</TD></TR>"
                                  "</TABLEDATA></DATA></FIELD></TABLE>"))
                     .empty());
    }

    void roundTripIsExact() {
        Table table;
        table.set({"id", std::vector<int64_t>{std::numeric_limits<int64_t>::min(), 0,
                                              std::numeric_limits<int64_t>::max(), 9007199254740993}});
        table.set({"x", std::vector<double>{0.1, -0.0, std::numeric_limits<double>::denorm_min(), INFINITY},
                   "deg", "pos.eq.ra;meta.main", "an <angle> & \"more\""});
        table.set({"nan", std::vector<double>{NAN, NAN, NAN, 1}, "erg/cm^2/s"});
        table.set(
            {"t & <u>", std::vector<std::string>{"", " a\r\nb\t", "]]>&amp;", "\xf0\x9f\x8c\x8c\xc3\xa9"}});
        std::vector<std::string> notes;
        writeVoTable(path("out.vot"), table, {"made & up", {{"model", "<m>"}, {"empty", ""}}}, notes);
        const Table back = readVoTable(path("out.vot"), notes);
        QVERIFY(notes.empty());
        QCOMPARE(integers(back, "id"), integers(table, "id"));
        for (size_t i = 0; i < 4; ++i) {
            QCOMPARE(numbers(back, "x")[i], numbers(table, "x")[i]);
            QCOMPARE(std::signbit(numbers(back, "x")[i]), std::signbit(numbers(table, "x")[i]));
        }
        QVERIFY(std::isnan(numbers(back, "nan")[2]));
        QCOMPARE(texts(back, "t & <u>"), texts(table, "t & <u>"));
        const Column* x = back.find("x");
        QCOMPARE(x->unit + "|" + x->ucd + "|" + x->description,
                 std::string("deg|pos.eq.ra;meta.main|an <angle> & \"more\""));
    }

    void charactersXmlCannotHoldAreNoted() {
        Table table;
        table.set({"t", std::vector<std::string>{std::string("a\x01z"), "\xff", "ok"}});
        std::vector<std::string> notes;
        writeVoTable(path("out.vot"), table, {}, notes);
        QVERIFY(notes.at(0).starts_with("2 texts"));
        QCOMPARE(texts(readVoTable(path("out.vot"), notes), "t"),
                 (std::vector<std::string>{"a\\x01z", "\\xff", "ok"}));
    }

    void independentReadersAgree() {
        Table table;
        table.set(
            {"id", std::vector<int64_t>{1, std::numeric_limits<int64_t>::max()}, "", "meta.id;meta.main"});
        table.set({"ra", std::vector<double>{0.1, NAN}, "deg", "pos.eq.ra;meta.main", "right ascension"});
        table.set({"name", std::vector<std::string>{"a <b> & c", "caf\xc3\xa9"}});
        std::vector<std::string> notes;
        writeVoTable(path("out.vot"), table, {"demo", {{"creator", "Galatea"}}}, notes);
        const QString file = QString::fromStdString(path("out.vot"));
        const QString python = pythonThatCan("import astropy.io.votable");
        if (python.isEmpty())
            QSKIP("no python3 with astropy here");
        const QString script = R"(
import sys, warnings
warnings.simplefilter('error')
from astropy.io.votable import parse
t = parse(sys.argv[1], verify='exception').get_first_table()
a = t.array
f = {x.name: x for x in t.fields}
print(list(a['id']), float(a['ra'][0]).hex(), a['ra'][1], list(a['name']), f['ra'].unit, f['ra'].ucd,
      f['ra'].description, t.name)
)";
        QCOMPARE(pythonSays(python, script, {file}),
                 QString::fromUtf8("[1, 9223372036854775807] 0x1.999999999999ap-4 -- ['a <b> & c', "
                                   "'caf\xc3\xa9'] deg pos.eq.ra;meta.main right ascension demo"));
        const QString stilts = QStandardPaths::findExecutable("stilts");
        if (stilts.isEmpty())
            QSKIP("STILTS is not installed");
        QProcess process;
        process.start(stilts, {"tpipe", "in=" + file, "ifmt=votable", "cmd=meta name units ucd", "ofmt=csv"});
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(QString::fromUtf8(process.readAllStandardOutput()).simplified(),
                 QString("Name,Units,UCD id,,meta.id;meta.main ra,deg,pos.eq.ra;meta.main name,,"));
    }

    void noDamageCrashes() {
        const std::string text =
            tableOf("<FIELD name='a' datatype='int' arraysize='2'/><FIELD name='b' datatype='char' "
                    "arraysize='*'/>",
                    "<TR><TD>1 2</TD><TD>x &amp; y</TD></TR>");
        const std::string binary =
            document("<TABLE><FIELD name='a' datatype='char' arraysize='*'/><FIELD name='b' "
                     "datatype='short'/><DATA><BINARY2><STREAM encoding='base64'>AAAAAAJhYgAH"
                     "</STREAM></BINARY2></DATA></TABLE>");
        QCOMPARE(texts(quietly(binary), "a"), (std::vector<std::string>{"ab"}));
        int refused = 0;
        for (const std::string& whole : {text, binary}) {
            for (const std::string& damaged : flippedBytes(whole, 0, whole.size(), 2000))
                refused += !refusal(damaged).empty();
            for (const std::string& cut : truncations(whole, whole.size()))
                QVERIFY(!refusal(cut).empty());
        }
        QVERIFY(refused > 100);
    }
};

QTEST_GUILESS_MAIN(TestVoTable)
#include "test_votable.moc"
