// One contract for both label stores.

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QSqlDatabase>
#include <QSqlQuery>

#include "core/error.h"
#include "tests/labels/label_programs.h"

using namespace galatea;
using namespace galatea::labels_test;

class TestLabelStores : public QObject {
    Q_OBJECT
  private:
    Places places_;

    static std::unique_ptr<LabelStore> opened(const QString& place, const QString& who = "ann") {
        auto store = makeLabelStore(place, who);
        store->open();
        return store;
    }
    static ClassEvent classEvent(const char* key, const char* name, int digit, bool removed = false) {
        return {-1, {key, name, QColor("#3366cc"), digit, removed}, "ann", 1.7e9};
    }
    static std::map<std::string, std::string> labelsOf(const LabelNews& news) {
        std::map<std::string, std::string> labels;
        for (const LabelEvent& one : news.labels)
            labels[one.object] = one.label;
        return labels;
    }

  private Q_SLOTS:
    void keepsWhatWasSaid_data() { bothKinds(); }
    void keepsWhatWasSaid() {
        PLACE_FOR_KIND(place);
        LabelAction action;
        action.labels = {labelOf("a", "spiral"), labelOf("b", "spiral"), labelOf("c", "merger")};
        action.labels[1].mark.confidence = 0.625;
        action.labels[1].mark.origin = LabelOrigin::Proposed;
        action.classes = {classEvent("spiral", "Spiral", 1), classEvent("merger", "Merger", -1)};
        {
            auto store = opened(place);
            QVERIFY(store->isWritable());
            QVERIFY(store->notes().isEmpty());
            QVERIFY(store->present().labels.empty());
            QVERIFY(store->commit(action).empty());
        }
        auto store = opened(place);
        const LabelNews news = store->present();
        QCOMPARE(news.labels.size(), size_t(3));
        QCOMPARE(labelsOf(news),
                 (std::map<std::string, std::string>{{"a", "spiral"}, {"b", "spiral"}, {"c", "merger"}}));
        LabelEvent second = news.labels[1];
        second.sequence = -1;
        QCOMPARE(second, action.labels[1]); // who, when, confidence and origin to the last bit
        QCOMPARE(news.classes.size(), size_t(2));
        QCOMPARE(news.classes[0].value, action.classes[0].value);
        QCOMPARE(news.classes[1].value, action.classes[1].value);
        QCOMPARE(news.position.labels, news.labels.back().sequence);
        store->checkIntegrity();
    }
    void nothingIsOverwritten_data() { bothKinds(); }
    void nothingIsOverwritten() {
        PLACE_FOR_KIND(place);
        auto store = opened(place);
        const std::vector<std::string> said{"spiral", "merger", "", "artifact"};
        for (size_t i = 0; i < said.size(); ++i) {
            LabelAction action;
            action.step = static_cast<int64_t>(i);
            action.labels = {labelOf("x", said[i], QString("person %1").arg(i))};
            store->commit(action);
        }
        const auto history = store->history("x");
        QCOMPARE(history.size(), said.size());
        for (size_t i = 0; i < said.size(); ++i) {
            QCOMPARE(history[i].label, said[i]);
            QCOMPARE(history[i].mark.who, QString("person %1").arg(i));
            QVERIFY(i == 0 || history[i].sequence > history[i - 1].sequence);
        }
        QCOMPARE(labelsOf(store->present()).at("x"), std::string("artifact"));
        QVERIFY(store->history("y").empty());
    }
    void othersSeeNewsWithinASecond_data() { bothKinds(); }
    void othersSeeNewsWithinASecond() {
        PLACE_FOR_KIND(place);
        auto ann = opened(place, "ann");
        auto bob = opened(place, "bob");
        bool told = false;
        const bool tells = bob->watch([&told] { told = true; });
        QCOMPARE(tells, kind == "postgresql");
        LabelAction action;
        action.labels = {labelOf("a", "spiral")};
        action.classes = {classEvent("spiral", "Spiral", 1)};
        ann->commit(action);
        if (tells)
            QVERIFY(QTest::qWaitFor([&told] { return told; }, 1000));
        const LabelNews news = bob->since({});
        QCOMPARE(labelsOf(news), (std::map<std::string, std::string>{{"a", "spiral"}}));
        QCOMPARE(news.classes.size(), size_t(1));
        QVERIFY(bob->since(news.position).labels.empty());
        QVERIFY(ann->since({}).labels.empty()); // one's own are no news
        QVERIFY(bob->others().contains("ann"));
        QVERIFY(!ann->others().contains("ann"));
        // What bob said after ann is the last word: ann's label is no news to him any more.
        LabelAction later;
        later.labels = {labelOf("a", "merger", "bob")};
        later.seen = news.position;
        QVERIFY(bob->commit(later).empty());
        QVERIFY(bob->since({}).labels.empty());
        QCOMPARE(labelsOf(ann->since({})).at("a"), std::string("merger"));
    }
    void conflictsAreTold_data() { bothKinds(); }
    void conflictsAreTold() {
        PLACE_FOR_KIND(place);
        auto ann = opened(place, "ann");
        auto bob = opened(place, "bob");
        LabelAction first, second;
        first.labels = {labelOf("a", "spiral"), labelOf("b", "spiral"), labelOf("c", "spiral")};
        second.labels = {labelOf("a", "merger", "bob"), labelOf("b", "spiral", "bob"),
                         labelOf("d", "merger", "bob")};
        ann->commit(first);
        const auto conflicts = bob->commit(second); // bob had seen nothing of it
        QCOMPARE(conflicts.size(), size_t(1));      // both say spiral of b
        QCOMPARE(conflicts[0].mine.label, std::string("merger"));
        QCOMPARE(conflicts[0].theirs.label, std::string("spiral"));
        QCOMPARE(conflicts[0].theirs.mark.who, QString("ann"));
        QCOMPARE(bob->history("a").size(), size_t(2)); // none is lost
        QCOMPARE(labelsOf(bob->present()).at("a"), std::string("merger"));
    }
    void anActionIsWrittenOnce_data() { bothKinds(); }
    void anActionIsWrittenOnce() {
        PLACE_FOR_KIND(place);
        auto store = opened(place);
        LabelAction action;
        action.step = 7;
        action.labels = {labelOf("a", "spiral")};
        store->commit(action);
        action.again = true; // its confirmation got lost
        store->commit(action);
        QCOMPARE(store->history("a").size(), size_t(1));
        action.step = 8;
        store->commit(action);
        QCOMPARE(store->history("a").size(), size_t(2));
    }
    void foreignTextStaysText_data() { bothKinds(); }
    void foreignTextStaysText() {
        PLACE_FOR_KIND(place);
        const std::vector<std::string> texts{"it's",
                                             "\"q\" {x,y}",
                                             "a\\b\\\\",
                                             "NULL",
                                             "line\nbreak\ttab",
                                             "Größe \xE2\x98\x85",
                                             "'); drop table label; --",
                                             " ",
                                             "?",
                                             "$1"};
        LabelAction action;
        for (const std::string& text : texts)
            action.labels.push_back(labelOf("id " + text, "class " + text, QString::fromStdString(text)));
        { opened(place)->commit(action); }
        const LabelNews news = opened(place)->present();
        QCOMPARE(news.labels.size(), texts.size());
        for (size_t i = 0; i < texts.size(); ++i) {
            QCOMPARE(news.labels[i].object, "id " + texts[i]);
            QCOMPARE(news.labels[i].label, "class " + texts[i]);
            QCOMPARE(news.labels[i].mark.who, QString::fromStdString(texts[i]));
        }
    }
    void manyAtOnce_data() { bothKinds(); }
    void manyAtOnce() {
        PLACE_FOR_KIND(place);
        LabelAction action;
        for (int i = 0; i < 100000; ++i)
            action.labels.push_back(labelOf(std::to_string(i), i % 2 ? "odd" : "even"));
        auto store = opened(place);
        QElapsedTimer clock;
        clock.start();
        store->commit(action);
        qInfo("100,000 labels kept in %lld ms", clock.elapsed());
        const LabelNews news = store->present();
        QCOMPARE(news.labels.size(), size_t(100000));
        for (size_t i = 0; i < news.labels.size(); ++i)
            if (news.labels[i].object != std::to_string(i))
                QFAIL("the order is not the one in which they were given");
    }
    void severalBeginAtOnce_data() { bothKinds(); }
    void severalBeginAtOnce() {
        PLACE_FOR_KIND(place);
        std::vector<std::unique_ptr<QProcess>> people;
        for (int i = 0; i < 6; ++i) {
            people.push_back(std::make_unique<QProcess>());
            people.back()->start(writerProgram(), {place, QString("p%1").arg(i), "1", "3"});
        }
        for (auto& person : people) {
            QVERIFY(person->waitForFinished(60000));
            QVERIFY2(person->exitCode() == 0, person->readAllStandardOutput());
        }
        QCOMPARE(opened(place)->history("object-1").size(), size_t(6));
    }
    /// Opening changes the header of a file without a log beside it, for which SQLite itself does not wait.
    void opensWhileAnotherWrites() {
        const QString place = places_.make("sqlite");
        { opened(place); }
        QProcess person;
        {
            QSqlDatabase other = QSqlDatabase::addDatabase("QSQLITE", "other");
            other.setDatabaseName(place);
            QVERIFY(other.open());
            QSqlQuery query(other);
            QVERIFY(query.exec("pragma journal_mode=delete") && query.next());
            QCOMPARE(query.value(0).toString(), QString("delete"));
            QVERIFY(query.exec("begin immediate"));
            person.start(writerProgram(), {place, "ann", "look"});
            QVERIFY(person.waitForStarted());
            person.waitForFinished(500);
            QVERIFY(query.exec("commit"));
        }
        QSqlDatabase::removeDatabase("other");
        QVERIFY(person.state() == QProcess::NotRunning || person.waitForFinished(60000));
        QVERIFY2(person.exitCode() == 0, person.readAllStandardOutput());
    }
    void serverGoneAndBack() {
        if (!PostgresServer::installed())
            QSKIP("no PostgreSQL server is installed (Debian: postgresql)");
        const QString place = places_.make("postgresql");
        QVERIFY(!place.isEmpty());
        auto store = opened(place);
        LabelAction action;
        action.labels = {labelOf("a", "spiral")};
        store->commit(action);
        QVERIFY(places_.server()->stop("immediate")); // as after a crash
        action.step = 1;
        QVERIFY_EXCEPTION_THROWN(store->commit(action), InputError);
        QVERIFY_EXCEPTION_THROWN(store->open(), InputError);
        QVERIFY(places_.server()->start());
        store->open();
        action.again = true;
        store->commit(action);
        QCOMPARE(store->history("a").size(), size_t(2));
        store->checkIntegrity();
    }
    void wrongPlacesAreRefused() {
        for (const char* url : {"postgresql://ann:secret@host/db", "postgresql://host", "postgresql://host/",
                                "postgresql://ann@host/db?password=secret"})
            try {
                makeLabelStore(url, "ann");
                QFAIL("it was accepted");
            } catch (const UsageError& error) {
                QVERIFY(!QString(error.what()).contains("secret"));
                QVERIFY(!error.cure().empty());
            }
        auto nowhere = makeLabelStore("/nowhere/at/all/x.labels.db", "ann");
        QVERIFY_EXCEPTION_THROWN(nowhere->open(), InputError);
        auto noServer = makeLabelStore("postgresql://ann@/db?host=/nowhere", "ann");
        QVERIFY_EXCEPTION_THROWN(noServer->open(), InputError);
    }
};

QTEST_GUILESS_MAIN(TestLabelStores)
#include "test_label_stores.moc"
