// Expressions over columns: what they mean, what is told of wrong ones, and that nothing breaks the parser.

#include <cmath>

#include <QProcess>
#include <QStandardPaths>
#include <QTest>

#include "core/expression.h"
#include "core/random.h"

using namespace galatea;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Table made() {
    Table table;
    table.set({"r", std::vector<double>{18, 20, nan, 22}, "mag"});
    table.set({"mag g", std::vector<double>{19, 19.5, 21, nan}});
    table.set({"component", std::vector<int64_t>{1, 2, 3, 3}});
    table.set({"objid", std::vector<int64_t>{587722984435351614, 587722984435351615, 1, -5}});
    table.set({"label", std::vector<std::string>{"spiral", "artifact", "", "Spiral"}});
    table.set({"in", std::vector<double>{1, 0, 1, 0}});
    return table;
}

std::string kept(const std::string& text) {
    static const Table table = made();
    const RowMask mask = Expression(text, viewsOf(table, {})).test(4);
    std::string rows;
    int64_t count = 0;
    for (const uint8_t keep : mask.keep) {
        rows += keep ? '1' : '0';
        count += keep;
    }
    return count == mask.kept ? rows : "wrong count";
}

struct Wrong {
    size_t position = 0, length = 0;
    QString fault, cure;
};

Wrong wrongIn(const std::string& text) {
    static const Table table = made();
    try {
        const Expression parsed(text, viewsOf(table, {}));
        parsed.test(4);
    } catch (const ExpressionError& error) {
        return {error.position, error.length, QString::fromStdString(error.fault()),
                QString::fromStdString(error.cure())};
    }
    return {};
}

bool alike(double a, double b) {
    if (std::isnan(a) || std::isnan(b))
        return std::isnan(a) && std::isnan(b);
    return a == b || std::fabs(a - b) <= 1e-12 * std::max(std::fabs(a), std::fabs(b));
}

} // namespace

class TestExpression : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void keeps_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("rows");
        const std::pair<const char*, const char*> cases[] = {
            {"r < 20", "1000"},
            {"r <= 20", "1100"},
            {"r != 20", "1011"}, // a missing value is not 20
            {"!(r < 20)", "0111"},
            {"not r < 20", "0111"},
            {"r < 20 && component == 3 && label != \"artifact\"", "0000"},
            {"r > 20 and component == 3 and label != 'artifact'", "0001"},
            {"18 < r <= 22", "0101"},
            {"r > `mag g`", "0100"},
            {"`mag g` - r == 1", "1000"},
            {"label == 'spiral'", "1000"},
            {"matches(label, 'SP*l')", "1001"},
            {"matches(label, '?piral')", "1001"},
            {"contains(label, 'IRA')", "1001"},
            {"startswith(label, 'art')", "0100"},
            {"endswith(label, 'fact')", "0100"},
            {"lower(label) == 'spiral'", "1001"},
            {"ismissing(label)", "0010"},
            {"ismissing(r) || ismissing(`mag g`)", "0011"},
            {"length(label) == 6", "1001"},
            {"label in ('spiral', 'artifact')", "1100"},
            {"component not in (1, 2)", "0011"},
            {"in(component, 1, 3)", "1011"},
            {"component in (`in`, 3)", "1011"},
            {"objid == 587722984435351614", "1000"}, // one apart, and no double between them
            {"objid > 587722984435351614", "0100"},
            {"objid == -5", "0001"},
            {"in(objid, 587722984435351615)", "0100"},
            {"COMPONENT == 3", "0011"},
            {"`in` == 1", "1010"},
            {"r", "1101"}, // neither 0 nor missing
            {"-2^2 == -4", "1111"},
            {"2^3^2 == 512", "1111"},
            {"2**-1 == 0.5", "1111"},
            {"-7 % 3 == 2", "1111"},
            {"7 % -3 == -2", "1111"},
            {"1 + 2 * 3 == 7", "1111"},
            {"if(component == 3, r > 20, r < 20)", "1001"},
            {"min(r, 19) == 19", "0101"},
            {"between(component, 2, 3)", "0111"},
            {"false || true && false", "0000"},
            {"round(2.5) == 3 and round(-2.5) == -3", "1111"},
            {"r \xe2\x89\xa4 20", "1100"},
            {"1 / 0 == inf", "1111"},
        };
        for (const auto& [text, rows] : cases)
            QTest::newRow(text) << text << rows;
    }
    void keeps() {
        QFETCH(QString, text);
        QFETCH(QString, rows);
        QCOMPARE(QString::fromStdString(kept(text.toStdString())), rows);
    }

    void tellsWhatIsWrong_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("position");
        QTest::addColumn<int>("length");
        QTest::addColumn<QString>("said");
        const struct {
            const char* text;
            int position, length;
            const char* said;
        } cases[] = {
            {"r < 20 && componnet == 3", 10, 9, "did you mean component?"},
            {"mag > 3", 0, 3, "`mag g`"},
            {"label == artifakt", 9, 8, "text stands in quotes: \"artifakt\""},
            {"label == 3", 0, 10, "put it in quotes: \"3\""},
            {"component == '3'", 0, 16, "write 3 without quotes"},
            {"r < ", 4, 0, "missing at the end"},
            {"(r < 20", 0, 1, "not closed"},
            {"r < 20)", 6, 1, "one parenthesis is closed too many"},
            {"r = 20", 2, 1, "write == to compare"},
            {"label == \"spiral", 9, 7, "not closed"},
            {"label + 1", 0, 5, "text"},
            {"squrt(r) > 1", 0, 5, "did you mean sqrt?"},
            {"sqrt(r, 2)", 0, 10, "sqrt(x)"},
            {"label", 0, 5, "text"},
            {"", 0, 0, "nothing"},
            {"r < 20 component", 7, 9, "&&"},
            {"3abc > 1", 0, 4, "backquotes"},
            {"r & 1", 2, 1, "&&"},
            {"and r", 0, 3, "value is expected"},
        };
        for (const auto& one : cases)
            QTest::newRow(one.text) << one.text << one.position << one.length << one.said;
    }
    void tellsWhatIsWrong() {
        QFETCH(QString, text);
        QFETCH(int, position);
        QFETCH(int, length);
        QFETCH(QString, said);
        const Wrong wrong = wrongIn(text.toStdString());
        const QString all = wrong.fault + "; " + wrong.cure;
        QVERIFY2(all.contains(said), qPrintable(all));
        QCOMPARE(static_cast<int>(wrong.position), position);
        QCOMPARE(static_cast<int>(wrong.length), length);
    }

    /// Against numpy and Python, thousands of random expressions.
    void agreesWithNumpy() {
        const QString system =
            QStandardPaths::findExecutable("python3", {"/usr/bin"}); // Debian packages are its
        const QString python = system.isEmpty() ? QStandardPaths::findExecutable("python3") : system;
        QProcess script;
        script.start(python, {GALATEA_SOURCE_DIR "/tests/core/random_expressions.py", "4000", "20"});
        if (python.isEmpty() || !script.waitForFinished(120000) || script.exitCode() != 0)
            QSKIP("python3 with numpy is not installed: nothing independent to compare with");
        Table table;
        const QList<QByteArray> lines = script.readAllStandardOutput().split('\n');
        qsizetype at = 0;
        for (; lines[at] != "--"; ++at) {
            const QList<QByteArray> cells = lines[at].split('\t');
            const std::string name = cells[1].toStdString();
            std::vector<double> numbers;
            std::vector<int64_t> wholes;
            std::vector<std::string> texts;
            for (const QByteArray& value : cells[2].split(cells[0] == "t" ? '\x1f' : ' ')) {
                numbers.push_back(value.toDouble());
                wholes.push_back(value.toLongLong());
                texts.push_back(value.toStdString());
            }
            if (cells[0] == "n")
                table.set({name, numbers});
            else if (cells[0] == "w")
                table.set({name, wholes});
            else
                table.set({name, texts});
        }
        const auto views = viewsOf(table, {});
        int compared = 0;
        for (++at; at < lines.size() && !lines[at].isEmpty(); ++at) {
            const QList<QByteArray> cells = lines[at].split('\t');
            const Expression expression(cells[1].toStdString(), views);
            const std::vector<double> values = expression.values(table.rowCount(), 1);
            const QList<QByteArray> expected = cells[2].split(' ');
            QCOMPARE(static_cast<qsizetype>(values.size()), expected.size());
            for (size_t row = 0; row < values.size(); ++row)
                if (!alike(values[row], expected[static_cast<qsizetype>(row)].toDouble()))
                    QFAIL(qPrintable(QString("%1, row %2: %3 instead of %4")
                                         .arg(QString::fromUtf8(cells[1]))
                                         .arg(row)
                                         .arg(values[row], 0, 'g', 17)
                                         .arg(QString::fromUtf8(expected[static_cast<qsizetype>(row)]))));
            ++compared;
        }
        QCOMPARE(compared, 4000);
    }

    /// Blocks, pieces and threads fit together: the rows of a long column are those of its parts.
    void blocksFitTogether() {
        const int64_t rows = 300'007;
        std::vector<double> x(static_cast<size_t>(rows));
        std::vector<std::string> names(static_cast<size_t>(rows));
        RandomStream random(3, "expression rows");
        for (size_t i = 0; i < x.size(); ++i) {
            x[i] = random.uniform(0, 10);
            names[i] = "object " + std::to_string(i); // more than codes can tell apart
        }
        Table table;
        table.set({"x", x});
        table.set({"name", names});
        const auto views = viewsOf(table, {});
        QVERIFY(findColumn(views, "name")->codes() == nullptr);
        const Expression expression("x * x > 30 && endswith(name, '7')", views);
        const RowMask one = expression.test(rows, 1), two = expression.test(rows, 2);
        int64_t count = 0;
        for (size_t i = 0; i < x.size(); ++i) {
            const bool expected = x[i] * x[i] > 30 && i % 10 == 7;
            QCOMPARE(one.keep[i] != 0, expected);
            count += expected;
        }
        QCOMPARE(one.kept, count);
        QVERIFY(one.keep == two.keep);
    }

    /// Whatever is typed gives a value or an ExpressionError.
    void survivesAnything() {
        const Table table = made();
        const auto views = viewsOf(table, {});
        const std::vector<std::string> words{
            "r",         "label", "component", "`mag g`", "(",   ")",    "((((", "&&",   "||",    "!",
            "not",       "in",    "==",        "<",       "-",   "^",    "%",    "*",    "/",     ",",
            "1",         "1e",    "1e999",     ".5",      "'a'", "\"",   "`",    "\\",   "if(",   "min(",
            "contains(", "\xff",  "\xe2\x89",  "=",       "nan", "true", " ",    "in (", "lower("};
        RandomStream random(8, "expression words");
        int understood = 0;
        for (int trial = 0; trial < 60000; ++trial) {
            std::string text;
            const int length = 1 + static_cast<int>(random.uniform(0, 9));
            for (int i = 0; i < length; ++i)
                text += words[static_cast<size_t>(random.uniform(0, 1) * static_cast<double>(words.size()))] +
                        (random.uniform(0, 1) < 0.7 ? " " : "");
            try {
                const Expression parsed(text, views);
                ++understood;
                if (!parsed.isText())
                    QCOMPARE(parsed.test(4).keep.size(), size_t{4});
            } catch (const ExpressionError& error) {
                QVERIFY(error.position + error.length <= text.size());
                QVERIFY(!error.fault().empty() && !error.cure().empty());
            }
        }
        QVERIFY(understood > 500);
    }

    void nestingIsBounded() {
        for (const char* part : {"(", "!", "-", "not ", "min(1,", "2^", "if(1,2,"}) {
            std::string deep;
            for (int i = 0; i < 2500; ++i)
                deep += part;
            QVERIFY2(wrongIn(deep + "1").fault.contains("nested too deeply"), part);
        }
        std::string sum = "r", either = "r == 0";
        for (int i = 0; i < 900; ++i) {
            sum += " + 1";
            either += " || r == " + std::to_string(i);
        }
        QCOMPARE(kept(sum + " == 918"), std::string("1000"));
        QCOMPARE(kept(either), std::string("1101"));
        for (int i = 0; i < 2000; ++i)
            sum += "+1";
        QVERIFY(wrongIn(sum).fault.contains("too many parts"));
        QVERIFY(wrongIn(std::string(30000, '1')).fault.contains("20,000"));
    }

    void namesAndTextsComeBack() {
        for (const char* name : {"r", "mag g", "in", "3d", "a-b", "z1"}) {
            Table table;
            table.set({name, std::vector<double>{4}});
            const Expression expression(quotedName(name) + " == 4", viewsOf(table, {}));
            QCOMPARE(expression.test(1).kept, int64_t{1});
            QCOMPARE(expression.columns().size(), size_t{1});
        }
        for (const char* text : {"plain", "say \"hi\"", "back\\slash", "two\nlines", "it's"}) {
            Table table;
            table.set({"t", std::vector<std::string>{text}});
            QCOMPARE(Expression("t == " + quotedText(text), viewsOf(table, {})).test(1).kept, int64_t{1});
        }
    }

    void everyFunctionIsListed() {
        const auto forms = expressionFunctions();
        QVERIFY(forms.size() > 30);
        for (const std::string& form : forms) {
            const std::string name = form.substr(0, form.find('('));
            QVERIFY2(!wrongIn(name + "()").fault.contains("there is no function"), form.c_str());
        }
    }

    void stops() {
        const Table table = made();
        std::stop_source source;
        source.request_stop();
        QVERIFY_EXCEPTION_THROWN(Expression("r > 1", viewsOf(table, {})).test(4, 1, source.get_token()),
                                 Interrupted);
    }
};

QTEST_GUILESS_MAIN(TestExpression)
#include "test_expression.moc"
