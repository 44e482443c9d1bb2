// Labels without a window: undo steps, proposals, agreement, files, and the keeper between document and
// store.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>

#include <QElapsedTimer>
#include <QProcess>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/commands/label_commands.h"
#include "app/desktop/labels/label_agreement.h"
#include "app/desktop/labels/label_files.h"
#include "app/desktop/labels/label_keeper.h"
#include "app/desktop/labels/label_proposals.h"
#include "core/error.h"
#include "tests/desktop/made_content.h"

using namespace galatea;

namespace {

std::vector<int> labelsOf(const Document& document) {
    std::vector<int> labels;
    for (int64_t row = 0; row < document.labels().rowCount(); ++row)
        labels.push_back(document.labels().at(row).label);
    return labels;
}

/// A document with its keeper, as a window would have it.
struct Person {
    Document document;
    MessageLog log;
    Settings settings;
    LabelKeeper keeper{document, log, settings};

    explicit Person(const QString& path, const QString& name = "ann", int64_t objects = 40) {
        document.setLabeller(name);
        DataContent data = made::galaxies(objects);
        data.path = path;
        document.setData(std::move(data));
    }
    bool settles() {
        return QTest::qWaitFor([this] { return keeper.idle(); }, 20000);
    }
    std::string keyAt(int64_t row) const {
        const LabelValue value = document.labels().at(row);
        return value.label < 0 ? std::string()
                               : document.labels().classes()[static_cast<size_t>(value.label)].key;
    }
    bool comesTo(LabelKeeper::State state) {
        return QTest::qWaitFor([&] { return keeper.state() == state; }, 20000);
    }
};

/// Another program that does this to a label database, and keeps it open.
struct OtherProgram {
    explicit OtherProgram(const QString& path, const QStringList& statements) {
        QSqlDatabase database = QSqlDatabase::addDatabase("QSQLITE", "another program");
        database.setDatabaseName(path);
        works = database.open();
        for (const QString& statement : statements)
            works = works && QSqlQuery(database).exec(statement);
    }
    ~OtherProgram() { end(); }
    static void end() {
        QSqlDatabase::database("another program", false).close();
        QSqlDatabase::removeDatabase("another program");
    }
    bool works = false;
};

} // namespace

class TestLabelWork : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void everyStepIsTakenBack() {
        Document document;
        document.setData(made::galaxies(30));
        const int16_t spiral = commands::addClass(document, "spiral"),
                      merger = commands::addClass(document, " merger ");
        QCOMPARE(document.labels().classes()[1].name, QString("merger"));
        QCOMPARE(int(commands::addClass(document, "spiral")), int(spiral)); // there is one already
        commands::label(document, {1, 2, 3}, spiral);
        commands::label(document, {3, 4}, merger);
        commands::renameClass(document, merger, "collision");
        QVERIFY(!commands::renameClass(document, merger, "spiral"));
        commands::recolourClass(document, spiral, Qt::green);
        commands::setClassDigit(document, merger, 1);
        QCOMPARE(document.labels().classes()[0].digit, -1);
        commands::colourBy(document, {ColourBy::Kind::Label, {}});
        commands::hideClasses(document, {1});
        commands::removeClass(document, spiral);
        QCOMPARE(document.hiddenClasses(), std::set<int>{0}); // the hidden one has moved up
        QCOMPARE(document.labels().labelled(), 2);
        document.undoStack().undo();
        QCOMPARE(document.hiddenClasses(), std::set<int>{1});
        commands::mergeClasses(document, {spiral, merger}, merger);
        QCOMPARE(document.labels().count(merger), 4);
        QCOMPARE(document.undoStack().undoText(), QString("merge 2 classes into collision"));
        const auto last = labelsOf(document);
        const int steps = document.undoStack().index();
        while (document.undoStack().canUndo())
            document.undoStack().undo();
        QCOMPARE(document.labels().labelled(), 0);
        QVERIFY(!document.labels().hasClasses());
        QVERIFY(document.colouring().kind != ColourBy::Kind::Label);
        for (int i = 0; i < steps; ++i)
            document.undoStack().redo();
        QCOMPARE(labelsOf(document), last);
        QCOMPARE(document.labels().classes()[1].name, QString("collision"));
    }
    void takingBackBringsTheColouringBack() {
        Document document;
        document.setData(made::galaxies(9));
        const int16_t only = commands::addClass(document, "only");
        commands::label(document, {1, 2}, only);
        commands::colourBy(document, {ColourBy::Kind::Label, {}});
        commands::hideClasses(document, {0});
        commands::removeClass(document, only);
        QVERIFY(document.colouring().kind != ColourBy::Kind::Label);
        document.undoStack().undo();
        QVERIFY(document.colouring().kind == ColourBy::Kind::Label);
        QCOMPARE(document.hiddenClasses(), std::set<int>{0});
    }
    void digitsMeanClasses() {
        Document document;
        document.setData(made::galaxies(9));
        document.setLabeller("ann");
        commands::addClass(document, "a");
        QVERIFY(!commands::labelByDigit(document, 1)); // nothing to label
        document.setCurrent(4);
        QVERIFY(commands::labelByDigit(document, 1));
        QCOMPARE(int(document.labels().at(4).label), 0);
        document.setSelection({1, 2, 4});
        QVERIFY(commands::labelByDigit(document, 0));
        QCOMPARE(document.labels().labelled(), 0);
        QVERIFY(!commands::labelByDigit(document, 7));
        QVERIFY(commands::labelByDigit(document, 1));
        QCOMPARE(document.labels().count(0), 3);
        QVERIFY(!document.labels().mark(document.labels().at(1).mark).who.isEmpty());
    }
    void proposalsComeFromNeighbours() {
        // Two groups far apart, one object between, one far from all.
        Array z({8, 2});
        const float places[8][2] = {{0, 0},  {0, 1},       {1, 0},       {10, 0},
                                    {10, 1}, {0.5F, 0.5F}, {9.9F, 0.4F}, {500, 500}};
        for (int64_t n = 0; n < 8; ++n)
            for (int64_t d = 0; d < 2; ++d)
                z.at(n, d) = places[n][d];
        const std::vector<int16_t> labels{0, 0, 0, 1, 1, -1, -1, -1};
        ProposalOptions options;
        options.neighbours = 3;
        options.leastConfidence = 0;
        const auto found = proposeLabels(z, labels, options);
        QCOMPARE(found.size(), size_t(3));
        QCOMPARE(int(found[0].label), 0);
        QCOMPARE(found[0].confidence, 1.0F); // three of three, nearer than they are to each other
        QCOMPARE(int(found[1].label), 1);
        // Votes of its class by hand: the spacing of both classes is 1.
        const double a = std::hypot(0.1, 0.4), b = std::hypot(0.1, 0.6), c = std::hypot(8.9, 0.4);
        const double own = 1 / (a + 1) + 1 / (b + 1);
        QVERIFY(std::abs(static_cast<double>(found[1].confidence) - own / (own + 1 / (c + 1))) < 1e-5);
        QVERIFY(found[2].confidence < 0.01F); // whoever wins: it is far from all
        options.leastConfidence = 0.95;
        QCOMPARE(proposeLabels(z, labels, options).size(), size_t(1));
        std::stop_source stopped;
        stopped.request_stop();
        QVERIFY_EXCEPTION_THROWN(proposeLabels(z, labels, options, stopped.get_token()), Interrupted);
    }
    void proposalsBecomeLabelsInOneStep() {
        Document document;
        document.setData(made::galaxies(20));
        const int16_t a = commands::addClass(document, "a");
        commands::label(document, {5}, a);
        commands::propose(document,
                          std::make_shared<const std::vector<LabelProposal>>(
                              std::vector<LabelProposal>{{1, a, 0.9F}, {2, a, 0.5F}, {7, a, 0.95F}}));
        QCOMPARE(document.labels().labelled(), 1);
        QVERIFY(document.labels().proposalAt(2) && !document.labels().proposalAt(3));
        QCOMPARE(commands::acceptProposals(document, 0.8), 2);
        QCOMPARE(document.labels().count(a), 3);
        const LabelMark& mark = document.labels().mark(document.labels().at(7).mark);
        QVERIFY(mark.origin == LabelOrigin::Proposed);
        QVERIFY(std::abs(mark.confidence - 0.95) < 1e-6);
        QVERIFY(!document.labels().proposals());
        document.undoStack().undo();
        QCOMPARE(document.labels().labelled(), 1);
        QCOMPARE(document.labels().proposals()->size(), size_t(3));
    }
    void manyProposalsShareTheirMarks() {
        Document document;
        LatentContent content;
        auto latents = std::make_shared<Latents>();
        latents->mean = Array({100'000, 2});
        content.latents = latents;
        document.setLatents(std::move(content));
        const int16_t a = commands::addClass(document, "a");
        std::vector<LabelProposal> proposals;
        for (uint32_t row = 0; row < 100'000; ++row)
            proposals.push_back({row, a, static_cast<float>(row) / 100'000});
        commands::propose(document, std::make_shared<const std::vector<LabelProposal>>(std::move(proposals)));
        QCOMPARE(commands::acceptProposals(document, 0), 100'000);
        uint32_t marks = 0;
        for (int64_t row = 0; row < 100'000; ++row)
            marks = std::max(marks, document.labels().at(row).mark + 1);
        QVERIFY2(marks <= 1001, qPrintable(QString::number(marks)));
        const LabelMark& mark = document.labels().mark(document.labels().at(12345).mark);
        QCOMPARE(mark.confidence, 0.123);
    }
    void agreementByHand() {
        // Cohen's example: 20, 5, 10, 15 give an accuracy of 0.7 and a kappa of 0.4.
        std::vector<int> label, value;
        const int counts[2][2] = {{20, 5}, {10, 15}};
        for (int l = 0; l < 2; ++l)
            for (int v = 0; v < 2; ++v)
                for (int i = 0; i < counts[l][v]; ++i) {
                    label.push_back(l);
                    value.push_back(1 - v); // the column has them the other way round
                }
        label.push_back(-1);
        value.push_back(0);
        const LabelAgreement named = agreementWith(label, {"Yes", "no"}, value, {"NO", "yes"});
        QVERIFY(named.byName);
        QCOMPARE(named.objects, 50);
        QVERIFY(std::abs(named.accuracy - 0.7) < 1e-12);
        QVERIFY(std::abs(named.kappa - 0.4) < 1e-12);
        const LabelAgreement fitted = agreementWith(label, {"a", "b"}, value, {"c", "d"});
        QVERIFY(!fitted.byName);
        QVERIFY(std::abs(fitted.accuracy - 0.7) < 1e-12);
        // What has no namesake gets the partner that fits best.
        const LabelAgreement mixed =
            agreementWith({0, 0, 1, 1, 2}, {"a", "x", "z"}, {0, 1, 1, 1, 2}, {"a", "y", "w"});
        QVERIFY(mixed.byName);
        QVERIFY(std::abs(mixed.accuracy - 0.8) < 1e-12);
        QCOMPARE(mixed.labels[1] + mixed.values[1], QString("xy"));
        // A class that the column does not have counts as wrong.
        const LabelAgreement lacking = agreementWith({0, 0, 1}, {"a", "b"}, {0, 0, 0}, {"a"});
        QVERIFY(std::abs(lacking.accuracy - 2.0 / 3) < 1e-12);
    }
    void filesComeBack_data() {
        QTest::addColumn<QString>("suffix");
        for (const char* suffix : {"csv", "fits", "vot"})
            QTest::newRow(suffix) << suffix;
    }
    void filesComeBack() {
        QFETCH(QString, suffix);
        QTemporaryDir folder;
        Document document;
        document.setData(made::galaxies(12));
        document.setLabeller("Ann O'Neil");
        const int16_t spiral = commands::addClass(document, "spiral"),
                      odd = commands::addClass(document, "=odd, \"one\"");
        commands::label(document, {1, 2, 3}, spiral);
        commands::label(document, {7}, odd);
        const QString path = folder.filePath("labels." + suffix);
        exportLabels(tableOfLabels(document.labels(), ObjectIds::of(document)), "made.h5", path);
        Document other;
        other.setData(made::galaxies(12));
        const ImportedLabels imported = readLabels(path, ObjectIds::of(other));
        QCOMPARE(imported.unknown, 0);
        commands::importLabels(other, editOf(other, imported), "import labels");
        QCOMPARE(labelsOf(other), labelsOf(document));
        QCOMPARE(other.labels().classes()[1].name, QString("=odd, \"one\""));
        const LabelMark &was = document.labels().mark(document.labels().at(7).mark),
                        &now = other.labels().mark(other.labels().at(7).mark);
        QCOMPARE(now.who, was.who);
        QVERIFY(std::abs(now.when - was.when) < 0.002);
        QVERIFY(now.origin == LabelOrigin::Imported);
        other.undoStack().undo();
        QCOMPARE(other.labels().labelled(), 0);
        Document fewer; // ids that are not there are counted
        fewer.setData(made::galaxies(3));
        QCOMPARE(readLabels(path, ObjectIds::of(fewer)).unknown, 2);
        std::stop_source stopped;
        stopped.request_stop();
        QVERIFY_EXCEPTION_THROWN(readLabels(path, ObjectIds::of(other), stopped.get_token()), Interrupted);
        QVERIFY_EXCEPTION_THROWN(
            tableOfLabels(document.labels(), ObjectIds::of(document), stopped.get_token()), Interrupted);
    }
    void othersOpenTheFiles() {
        QTemporaryDir folder;
        Document document;
        document.setData(made::galaxies(12));
        commands::label(document, {1, 2, 3}, commands::addClass(document, "spiral"));
        for (const char* name : {"labels.fits", "labels.vot"})
            exportLabels(tableOfLabels(document.labels(), ObjectIds::of(document)), "made.h5",
                         folder.filePath(name));
        QProcess python;
        const QString debians = "/usr/bin/python3"; // has the packages that the tests install
        python.start(QFile::exists(debians) ? debians : QString("python3"),
                     {"-c",
                      "import sys\n"
                      "try:\n    from astropy.table import Table\n    from astropy.io.votable import "
                      "parse_single_table\n"
                      "except ImportError:\n    print('no astropy'); sys.exit()\n"
                      "for name in ('labels.fits', 'labels.vot'):\n"
                      "    t = Table.read(sys.argv[1] + '/' + name)\n"
                      "    print(len(t), t.colnames, [str(x) for x in t['id']], str(t['label'][0]).strip(), "
                      "float(t['confidence'][0]))\n"
                      "print([f.ucd for f in parse_single_table(sys.argv[1] + '/labels.vot').fields])\n",
                      folder.path()});
        QVERIFY(python.waitForFinished(60000));
        const QString said = python.readAllStandardOutput();
        if (said.contains("no astropy"))
            QSKIP("astropy is not installed");
        const QStringList lines = said.split('\n');
        QVERIFY2(lines.size() >= 3, python.readAllStandardError().right(600));
        for (int i = 0; i < 2; ++i)
            QCOMPARE(lines[i],
                     QString("3 ['id', 'label', 'confidence', 'by', 'time', 'origin'] ['made-1', 'made-2', "
                             "'made-3'] spiral 1.0"));
        QVERIFY(lines[2].contains("meta.id;meta.main") && lines[2].contains("meta.code.class"));
    }
    /// Names, units, UCDs and who said it when, as STILTS reads them.
    void stiltsOpensTheFiles_data() {
        QTest::addColumn<QString>("format");
        QTest::newRow("labels.fits") << "fits";
        QTest::newRow("labels.vot") << "votable";
    }
    void stiltsOpensTheFiles() {
        QFETCH(QString, format);
        const QString stilts = QStandardPaths::findExecutable("stilts");
        if (stilts.isEmpty())
            QSKIP("stilts is not installed");
        QTemporaryDir folder;
        Document document;
        document.setData(made::galaxies(12));
        document.setLabeller("Ann");
        commands::label(document, {1, 2, 3}, commands::addClass(document, "spiral"));
        const QString path = folder.filePath(QTest::currentDataTag());
        exportLabels(tableOfLabels(document.labels(), ObjectIds::of(document)), "made.h5", path);
        const auto said = [&](const QStringList& words) {
            QProcess process;
            process.start(stilts, QStringList{"tpipe", "in=" + path, "ifmt=" + format} + words);
            return process.waitForFinished(120000) && process.exitCode() == 0
                       ? QString(process.readAllStandardOutput())
                       : "failed: " + process.readAllStandardError().right(600);
        };
        const QStringList columns = said({"cmd=meta name ucd", "ofmt=csv"}).split('\n', Qt::SkipEmptyParts);
        QCOMPARE(columns, (QStringList{"Name,UCD", "id,meta.id;meta.main", "label,meta.code.class",
                                       "confidence,stat.probability", "by,meta.curation",
                                       "time,time.creation", "origin,meta.code"}));
        const QStringList rows = said({"cmd=keepcols 'id label confidence by origin'", "ofmt=csv"})
                                     .split('\n', Qt::SkipEmptyParts);
        QCOMPARE(rows.size(), 4);
        QCOMPARE(rows[1], QString("made-1,spiral,1.0,Ann,person"));
    }
    void keptBesideTheData() {
        QTemporaryDir folder;
        const QString path = folder.filePath("data.h5");
        std::vector<int> before;
        {
            Person ann(path);
            QVERIFY(!QFile::exists(folder.filePath("data.labels.db"))); // not before the first label
            const int16_t spiral = commands::addClass(ann.document, "spiral");
            QVERIFY(ann.settles());
            QVERIFY(QFile::exists(folder.filePath("data.labels.db")));
            commands::label(ann.document, {1, 2, 3}, spiral);
            commands::label(ann.document, {3, 9}, commands::addClass(ann.document, "merger"));
            ann.document.undoStack().undo(); // the labels of merger
            commands::renameClass(ann.document, spiral, "Sb");
            QVERIFY(ann.settles());
            QVERIFY(ann.keeper.state() == LabelKeeper::State::Saved);
            QVERIFY(!ann.keeper.hasUnsaved());
            before = labelsOf(ann.document);
        }
        Person again(path);
        QVERIFY(again.settles());
        QCOMPARE(labelsOf(again.document), before);
        QCOMPARE(again.document.labels().classes()[0].name, QString("Sb"));
        QCOMPARE(again.document.labels().classes()[0].key, std::string("spiral"));
        QCOMPARE(again.document.labels().mark(again.document.labels().at(2).mark).who, QString("ann"));
        std::vector<LabelEvent> history;
        again.keeper.askHistory(3, this, [&](const std::vector<LabelEvent>& events) { history = events; });
        QVERIFY(QTest::qWaitFor([&] { return !history.empty(); }, 5000));
        QCOMPARE(history.size(), size_t(3));                   // spiral, merger, spiral again
        Person moved(folder.filePath("data.fits"), "ann", 25); // another file of fewer of these objects
        QVERIFY(moved.settles());
        QCOMPARE(moved.document.labels().labelled(), 3);
    }
    void othersAreSeenWithinASecond() {
        QTemporaryDir folder;
        Person ann(folder.filePath("data.h5"), "ann");
        commands::addClass(ann.document, "spiral");
        QVERIFY(ann.settles());
        Person bob(folder.filePath("data.h5"), "bob");
        QVERIFY(bob.settles());
        commands::label(ann.document, {5, 6}, 0);
        QElapsedTimer clock;
        clock.start();
        QVERIFY(QTest::qWaitFor([&] { return bob.document.labels().labelled() == 2; }, 5000));
        qInfo("seen after %lld ms", clock.elapsed());
        QCOMPARE(bob.document.labels().mark(bob.document.labels().at(5).mark).who, QString("ann"));
        QVERIFY(QTest::qWaitFor([&] { return bob.keeper.others().contains("ann"); }, 10000));
        // Both at once: nothing is lost, and one of them is told.
        commands::label(ann.document, {20}, 0);
        commands::label(bob.document, {20}, commands::addClass(bob.document, "merger"));
        QVERIFY(QTest::qWaitFor(
            [&] { return ann.keeper.conflicts().size() + bob.keeper.conflicts().size() == 1; }, 5000));
        QVERIFY(QTest::qWaitFor(
            [&] {
                const int16_t one = ann.document.labels().at(20).label,
                              two = bob.document.labels().at(20).label;
                return one >= 0 && two >= 0 &&
                       ann.document.labels().classes()[static_cast<size_t>(one)].key ==
                           bob.document.labels().classes()[static_cast<size_t>(two)].key;
            },
            5000));
        // Undo leaves alone what somebody else has changed since.
        commands::label(ann.document, {30, 31}, 0);
        QVERIFY(QTest::qWaitFor([&] { return bob.document.labels().at(31).label == 0; }, 5000));
        commands::label(bob.document, {31}, bob.document.labels().classOfName("merger"));
        QVERIFY(QTest::qWaitFor([&] { return ann.document.labels().at(31).label > 0; }, 5000));
        ann.document.undoStack().undo();
        QCOMPARE(int(ann.document.labels().at(30).label), -1);
        QVERIFY(ann.document.labels().at(31).label > 0);
    }
    void refusedPlacesLeaveLabelsInMemory() {
        QTemporaryDir folder;
        QFile damaged(folder.filePath("data.labels.db"));
        QVERIFY(damaged.open(QIODevice::WriteOnly));
        damaged.write("no database");
        damaged.close();
        Person ann(folder.filePath("data.h5"));
        QVERIFY(ann.settles());
        QVERIFY(ann.keeper.state() == LabelKeeper::State::Refused);
        QVERIFY(!ann.log.entries().empty());
        commands::label(ann.document, {1, 2}, commands::addClass(ann.document, "spiral"));
        QVERIFY(ann.keeper.hasUnsaved());
        ann.keeper.keepIn(folder.filePath("other.labels.db")); // goes on there, with what is labelled already
        QVERIFY(QTest::qWaitFor([&] { return ann.keeper.state() == LabelKeeper::State::Saved; }, 10000));
        ann.keeper.keepIn({});
        Person again(folder.filePath("third.h5"));
        again.keeper.keepIn(folder.filePath("other.labels.db"));
        QVERIFY(QTest::qWaitFor([&] { return again.document.labels().labelled() == 2; }, 10000));
        QCOMPARE(damaged.size(), qint64(11));
    }
    /// In memory until the place can be opened, in memory if it never can: both would be lost.
    void labelsThatWentNowhereAreUnsaved() {
        QTemporaryDir folder;
        const QString path = folder.filePath("data.h5"), place = folder.filePath("data.labels.db");
        {
            Person before(path);
            commands::label(before.document, {1}, commands::addClass(before.document, "spiral"));
            QVERIFY(before.comesTo(LabelKeeper::State::Saved));
        }
        const OtherProgram holder(place, {"pragma locking_mode=exclusive", "begin exclusive",
                                          "insert into object(path) values('held')"});
        QVERIFY(holder.works);
        Person ann(path);
        QVERIFY(!ann.keeper.hasUnsaved());
        commands::label(ann.document, {7}, commands::addClass(ann.document, "merger"));
        QVERIFY(ann.keeper.hasUnsaved());
        QVERIFY(ann.comesTo(LabelKeeper::State::Waiting)); // a lock may pass
        QVERIFY(ann.keeper.hasUnsaved());
        ann.keeper.keepIn(folder.filePath("nowhere/x.labels.db"));
        QVERIFY(ann.comesTo(LabelKeeper::State::Refused));
        QVERIFY(ann.keeper.hasUnsaved());
        ann.keeper.keepIn(place);
        QVERIFY(ann.comesTo(LabelKeeper::State::Waiting));
        OtherProgram::end();
        QVERIFY(ann.comesTo(LabelKeeper::State::Saved));
        QVERIFY(QTest::qWaitFor([&] { return !ann.keeper.hasUnsaved(); }, 10000));
        QCOMPARE(ann.document.labels().labelled(), 2);
        ann.keeper.keepIn({}); // from now on in memory
        QVERIFY(ann.keeper.hasUnsaved());
    }
    void labelsOfObjectsThatWereOpenAreUnsaved() {
        QTemporaryDir folder;
        Person ann(folder.filePath("data.h5"));
        const int16_t spiral = commands::addClass(ann.document, "spiral");
        QVERIFY(ann.comesTo(LabelKeeper::State::Saved));
        const OtherProgram writer(folder.filePath("data.labels.db"), {"begin immediate"});
        QVERIFY(writer.works);
        commands::label(ann.document, {1}, spiral);
        ann.document.setData(made::galaxies(40));
        QCOMPARE(ann.document.labels().labelled(), 0);
        QVERIFY(ann.keeper.hasUnsaved());
        QVERIFY(!ann.keeper.settle(100));
        OtherProgram::end();
        QVERIFY(ann.keeper.settle(20000));
        Person again(folder.filePath("data.h5"));
        QVERIFY(QTest::qWaitFor([&] { return again.document.labels().labelled() == 1; }, 20000));
    }
    void whoOnlyLooksHasNothingToLose() {
        QTemporaryDir folder;
        const QString path = folder.filePath("data.h5"), place = folder.filePath("data.labels.db");
        {
            Person before(path);
            commands::label(before.document, {1}, commands::addClass(before.document, "spiral"));
            QVERIFY(before.comesTo(LabelKeeper::State::Saved));
        }
        QVERIFY(OtherProgram(place, {"pragma application_id=77"}).works);
        Person ann(path);
        QVERIFY(ann.comesTo(LabelKeeper::State::ReadOnly));
        QCOMPARE(ann.document.labels().labelled(), 1);
        QVERIFY(!ann.keeper.hasUnsaved());
        commands::label(ann.document, {2}, 0);
        QVERIFY(ann.keeper.hasUnsaved());
    }
    void removedAndReplacedFilesGetAllLabels_data() {
        QTest::addColumn<bool>("replaced");
        QTest::newRow("removed") << false;
        QTest::newRow("replaced") << true;
    }
    void removedAndReplacedFilesGetAllLabels() {
        QFETCH(bool, replaced);
        QTemporaryDir folder;
        const QString path = folder.filePath("data.h5"), place = folder.filePath("data.labels.db"),
                      other = folder.filePath("other.labels.db");
        if (replaced) {
            Person bob(folder.filePath("other.h5"), "bob");
            commands::label(bob.document, {3, 20}, commands::addClass(bob.document, "merger"));
            QVERIFY(bob.comesTo(LabelKeeper::State::Saved));
        }
        Person ann(path);
        const int16_t spiral = commands::addClass(ann.document, "spiral");
        commands::label(ann.document, {1, 2, 3}, spiral);
        QVERIFY(ann.comesTo(LabelKeeper::State::Saved));
        QVERIFY(QFile::remove(place));
        if (replaced)
            QVERIFY(QFile::rename(other, place));
        commands::label(ann.document, {9}, spiral);
        QVERIFY(ann.comesTo(LabelKeeper::State::Waiting));
        QVERIFY(ann.keeper.hasUnsaved());
        QVERIFY(ann.comesTo(LabelKeeper::State::Saved));
        QVERIFY(!ann.keeper.hasUnsaved());
        QTRY_COMPARE(ann.document.labels().labelled(), replaced ? 5 : 4);
        Person again(path);
        QTRY_COMPARE(again.document.labels().labelled(), replaced ? 5 : 4);
        for (int64_t row = 0; row < 40; ++row)
            QCOMPARE(again.keyAt(row), ann.keyAt(row));
        QCOMPARE(again.keyAt(3), std::string("spiral"));
    }
    void theWindowDoesNotWaitForAServer() {
        if (!QSqlDatabase::isDriverAvailable("QPSQL"))
            QSKIP("Qt's driver for PostgreSQL is not installed");
        sockaddr_in address{}; // takes connections and says nothing
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof(address);
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        QVERIFY(::bind(server, reinterpret_cast<sockaddr*>(&address), length) == 0);
        QVERIFY(::listen(server, 4) == 0);
        QVERIFY(::getsockname(server, reinterpret_cast<sockaddr*>(&address), &length) == 0);
        QTemporaryDir folder;
        Person ann(folder.filePath("data.h5"));
        ann.keeper.keepIn(QString("postgresql://ann@127.0.0.1:%1/labels").arg(ntohs(address.sin_port)));
        QTest::qWait(500); // now it is being connected to, for ten seconds
        QElapsedTimer clock;
        clock.start();
        ann.keeper.keepIn({});
        const bool waited = clock.elapsed() > 3000;
        ::close(server);
        QVERIFY(!waited);
    }
    void hundredThousandInOneStep() {
        Document document;
        LatentContent content;
        auto latents = std::make_shared<Latents>();
        latents->mean = Array({10'000'000, 2});
        content.latents = latents;
        document.setLatents(std::move(content));
        const int16_t a = commands::addClass(document, "a");
        std::vector<int64_t> rows;
        for (int64_t i = 0; i < 100'000; ++i)
            rows.push_back(i * 100);
        document.setSelection(rows);
        const int steps = document.undoStack().count();
        QElapsedTimer clock;
        clock.start();
        QVERIFY(commands::labelByDigit(document, 1));
        const qint64 labelling = clock.restart();
        QCOMPARE(document.undoStack().count(), steps + 1);
        QCOMPARE(document.labels().count(a), 100'000);
        document.undoStack().undo();
        qInfo("100,000 of 10,000,000 objects: labelled in %lld ms, undone in %lld ms", labelling,
              clock.elapsed());
        QCOMPARE(document.labels().labelled(), 0);
    }
};

QTEST_GUILESS_MAIN(TestLabelWork)
#include "test_label_work.moc"
