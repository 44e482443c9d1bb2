// A team labels through a real PostgreSQL server: seen within a second, conflicts told, a server that goes
// away and comes back.

#include <QElapsedTimer>

#include "app/desktop/commands/label_commands.h"
#include "app/desktop/labels/label_keeper.h"
#include "tests/desktop/made_content.h"
#include "tests/labels/label_programs.h"

using namespace galatea;

namespace {

struct Member {
    Document document;
    MessageLog log;
    Settings settings;
    LabelKeeper keeper{document, log, settings};

    Member(const QString& url, const QString& name) {
        document.setLabeller(name);
        document.setData(made::galaxies(40));
        keeper.keepIn(url);
    }
    bool saved() {
        return QTest::qWaitFor([this] { return keeper.state() == LabelKeeper::State::Saved; }, 20000);
    }
    std::string keyAt(int64_t row) const {
        const LabelValue value = document.labels().at(row);
        return value.label < 0 ? std::string()
                               : document.labels().classes()[static_cast<size_t>(value.label)].key;
    }
};

} // namespace

class TestLabelTeam : public QObject {
    Q_OBJECT
  private:
    labels_test::Places places_;

  private Q_SLOTS:
    void teamsSeeEachOther_data() { labels_test::bothKinds(); }
    void teamsSeeEachOther() {
        PLACE_FOR_KIND(place);
        Member ann(place, "ann");
        QVERIFY(ann.saved());
        commands::addClass(ann.document, "spiral", Qt::red, 5);
        QVERIFY(ann.saved());
        Member bob(place, "bob");
        QVERIFY(bob.saved());
        QCOMPARE(bob.document.labels().classes()[0].digit, 5);
        QVERIFY(!bob.keeper.stateText().contains("?")); // options of the URL are nobody's business
        commands::label(ann.document, {5, 6}, 0);
        QElapsedTimer clock;
        clock.start();
        QVERIFY(QTest::qWaitFor([&] { return bob.document.labels().labelled() == 2; }, 10000));
        qInfo("seen after %lld ms", clock.elapsed());
        QVERIFY(QTest::qWaitFor([&] { return bob.keeper.others().contains("ann"); }, 10000));
        // Both label the same object before either can know of the other.
        commands::label(ann.document, {20}, 0);
        commands::label(bob.document, {20}, commands::addClass(bob.document, "merger"));
        const auto conflicts = [&] { return ann.keeper.conflicts().size() + bob.keeper.conflicts().size(); };
        QVERIFY(QTest::qWaitFor([&] { return conflicts() == 1; }, 10000));
        QVERIFY(
            QTest::qWaitFor([&] { return ann.keyAt(20) == bob.keyAt(20) && !ann.keyAt(20).empty(); }, 10000));
        Member& later = ann.keeper.conflicts().empty() ? bob : ann;
        const std::string before = later.keyAt(20);
        later.keeper.takeTheirs();
        QVERIFY(later.keyAt(20) != before);
        QCOMPARE(conflicts(), size_t(0));
        QVERIFY(QTest::qWaitFor([&] { return ann.keyAt(20) == bob.keyAt(20); }, 10000));
    }
    /// Who labels with a class and who removes it at the same time see the same in the end.
    void aClassInUseIsNotRemoved_data() { labels_test::bothKinds(); }
    void aClassInUseIsNotRemoved() {
        PLACE_FOR_KIND(place);
        Member ann(place, "ann");
        QVERIFY(ann.saved());
        const int16_t spiral = commands::addClass(ann.document, "spiral");
        commands::label(ann.document, {5}, spiral);
        QVERIFY(ann.saved());
        Member bob(place, "bob");
        QVERIFY(bob.saved());
        QCOMPARE(bob.keyAt(5), std::string("spiral"));
        commands::removeClass(ann.document, spiral);
        commands::label(bob.document, {20}, 0);
        for (Member* one : {&ann, &bob}) {
            QTRY_COMPARE_WITH_TIMEOUT(one->keyAt(20), std::string("spiral"), 10000);
            QTRY_COMPARE_WITH_TIMEOUT(one->keyAt(5), std::string(), 10000);
            QVERIFY(!one->document.labels().classes()[0].removed);
        }
        Member later(place, "carol");
        QVERIFY(later.saved());
        QCOMPARE(later.keyAt(20), std::string("spiral"));
        QVERIFY(later.document.labels().hasClasses());
    }
    void aServerThatIsBackIsShown() {
        if (!labels_test::PostgresServer::installed())
            QSKIP("no PostgreSQL server is installed (Debian: postgresql)");
        const QString place = places_.make("postgresql");
        QVERIFY(!place.isEmpty());
        Member ann(place, "ann");
        QVERIFY(ann.saved());
        QVERIFY(places_.server()->stop("immediate"));
        QVERIFY(QTest::qWaitFor([&] { return ann.keeper.state() == LabelKeeper::State::Waiting; }, 20000));
        QVERIFY(!ann.keeper.hasUnsaved());
        QVERIFY(places_.server()->start());
        QVERIFY(ann.saved()); // though there is nothing to write
    }
    void workGoesOnWithoutTheServer() {
        if (!labels_test::PostgresServer::installed())
            QSKIP("no PostgreSQL server is installed (Debian: postgresql)");
        const QString place = places_.make("postgresql");
        QVERIFY(!place.isEmpty());
        Member ann(place, "ann");
        QVERIFY(ann.saved());
        const int16_t spiral = commands::addClass(ann.document, "spiral");
        QVERIFY(ann.saved());
        QVERIFY(places_.server()->stop("immediate"));
        commands::label(ann.document, {1, 2, 3}, spiral);
        QVERIFY(QTest::qWaitFor([&] { return ann.keeper.state() == LabelKeeper::State::Waiting; }, 20000));
        QVERIFY(ann.keeper.hasUnsaved());
        QVERIFY(ann.keeper.stateText().startsWith("Not saved yet"));
        QVERIFY(ann.log.entries().back().severity == MessageLog::Severity::Error);
        commands::label(ann.document, {4}, spiral); // work goes on
        ann.document.undoStack().undo();
        commands::label(ann.document, {5}, spiral);
        QCOMPARE(ann.document.labels().labelled(), 4);
        QVERIFY(places_.server()->start());
        QVERIFY(ann.saved());
        QVERIFY(!ann.keeper.hasUnsaved());
        Member bob(place, "bob");
        QVERIFY(bob.saved());
        for (int64_t row = 0; row < 40; ++row)
            QCOMPARE(bob.keyAt(row), ann.keyAt(row));
        auto store = makeLabelStore(place, "reader");
        store->open();
        QCOMPARE(store->history("made-4").size(), size_t(2)); // given and taken back, once each
        QCOMPARE(store->history("made-1").size(), size_t(1));
    }
};

QTEST_GUILESS_MAIN(TestLabelTeam)
#include "test_label_team.moc"
