// Many people at once, and people whose program is killed: nothing that was said to be saved is lost.

#include <csignal>
#include <map>
#include <set>

#include <QElapsedTimer>
#include <QRegularExpression>

#include "core/random.h"
#include "tests/labels/label_programs.h"

using namespace galatea;
using namespace galatea::labels_test;

class TestLabelCrowds : public QObject {
    Q_OBJECT
  private:
    Places places_;

    static int lastSaved(const QByteArray& said) {
        int last = -1;
        for (const QByteArray& line : said.split('\n'))
            if (line.startsWith("saved ")) // a line cut short by the kill says nothing
                last = line.contains("conflicts") ? std::max(last, line.split(' ')[1].toInt()) : last;
        return last;
    }

  private Q_SLOTS:
    void fortyPeople_data() { bothKinds(); }
    void fortyPeople() {
        PLACE_FOR_KIND(place);
        constexpr int people = 40, objects = 10000, perAction = 1000;
        std::vector<std::unique_ptr<QProcess>> all;
        for (int i = 0; i < people; ++i) {
            all.push_back(std::make_unique<QProcess>());
            all.back()->start(writerProgram(),
                              {place, QString("p%1").arg(i), QString::number(objects / perAction),
                               QString::number(perAction)});
        }
        for (auto& one : all) {
            QVERIFY(one->waitForFinished(600000));
            const QByteArray said = one->readAllStandardOutput();
            QVERIFY2(one->exitCode() == 0 && !said.contains("failed"), said.right(400));
            QCOMPARE(lastSaved(said), objects / perAction - 1);
        }
        auto store = makeLabelStore(place, "reader");
        store->open();
        store->checkIntegrity();
        const LabelNews present = store->present();
        QCOMPARE(present.labels.size(), size_t(objects));
        std::set<int64_t> sequences;

        for (const LabelEvent& now : present.labels) {
            QVERIFY(sequences.insert(now.sequence).second);
            if (now.object.ends_with("77")) { // for a hundred of them, all that was said
                const auto history = store->history(now.object);
                QCOMPARE(history.size(), size_t(people));
                QCOMPARE(history.back(), now);
                std::set<QString> who;
                for (const LabelEvent& one : history)
                    who.insert(one.mark.who);
                QCOMPARE(who.size(), size_t(people));
            }
        }
        // Two who read see the same order.
        auto other = makeLabelStore(place, "another reader");
        other->open();
        QVERIFY(other->present().labels == present.labels);
        int64_t before = -1;
        for (int step = 0; step < objects / perAction; ++step) { // one person's actions follow each other
            const auto history = store->history("object-" + std::to_string(step * perAction));
            const auto mine = std::find_if(history.begin(), history.end(),
                                           [](const LabelEvent& one) { return one.mark.who == "p7"; });
            QVERIFY(mine != history.end() && mine->sequence > before);
            before = mine->sequence;
        }
    }
    void killedWhileLabelling_data() { bothKinds(); }
    void killedWhileLabelling() {
        PLACE_FOR_KIND(place);
        RandomStream random(3, "kills");
        constexpr int kills = 200, perAction = 20;
        int acknowledged = 0, extra = 0;
        for (int kill = 0; kill < kills; ++kill) {
            const QString who = QString("p%1").arg(kill);
            QProcess person;
            person.start(writerProgram(), {place, who, "100000", QString::number(perAction)});
            QVERIFY(person.waitForReadyRead(60000)); // it is open
            QTest::qSleep(static_cast<int>(random.uniform(0, 60)));
            ::kill(static_cast<pid_t>(person.processId()), SIGKILL);
            QVERIFY(person.waitForFinished(60000));
            const int last = lastSaved(person.readAllStandardOutput());
            acknowledged += last + 1;
            auto store = makeLabelStore(place, "reader");
            store->open();
            store->checkIntegrity();
            QVERIFY(store->isWritable());
            // All of every acknowledged action; of the one after it all or nothing; no later one.
            for (int step = std::max(0, last - 2); step <= last + 2; ++step) {
                int found = 0;
                for (int i = 0; i < perAction; ++i)
                    for (const LabelEvent& one :
                         store->history("object-" + std::to_string(step * perAction + i)))
                        found += one.mark.who == who;
                QCOMPARE(found, step <= last ? perAction : step == last + 1 && found > 0 ? perAction : 0);
                extra += step > last && found > 0;
            }
            if (kill % 20 != 0 || last < 0)
                continue;
            for (int step = 0; step <= last; ++step) { // and from the first one on
                const auto history = store->history("object-" + std::to_string(step * perAction));
                QVERIFY(std::any_of(history.begin(), history.end(),
                                    [&](const LabelEvent& one) { return one.mark.who == who; }));
            }
        }
        qInfo("%d actions were acknowledged, %d written without having been", acknowledged, extra);
        QVERIFY(acknowledged > kills);
    }
};

QTEST_GUILESS_MAIN(TestLabelCrowds)
#include "test_label_crowds.moc"
