#include <atomic>
#include <thread>

#include <QTest>

#include "widgets/jobs/live_thread.h"

using namespace galatea;

class TestLiveThread : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void deliversOnThisThread();
    void latestWins();
    void higherPriorityGoesFirst();
    void cancelledResultsAreDropped();
    void errorsGoToTheirHandler();
    void deadChannelsReceiveNothing();
};

namespace {

/// Holds the thread until opened, so that requests pile up behind it.
struct Blocker {
    std::atomic<bool> open{false}, reached{false};
    std::function<int(const StopToken&)> work() {
        return [this](const StopToken&) {
            reached = true;
            while (!open)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            return 0;
        };
    }
};

} // namespace

void TestLiveThread::deliversOnThisThread() {
    LiveThread live("test");
    LatestWins channel(live, 0);
    int value = 0;
    QThread* deliveredOn = nullptr;
    channel.request<int>([](const StopToken&) { return 7; },
                         [&](int v) {
                             value = v;
                             deliveredOn = QThread::currentThread();
                         });
    QVERIFY(channel.busy());
    QTRY_VERIFY(live.idle());
    QCOMPARE(value, 7);
    QCOMPARE(deliveredOn, thread());
    QVERIFY(!channel.busy());
}

void TestLiveThread::latestWins() {
    LiveThread live("test");
    LatestWins channel(live, 0);
    Blocker blocker;
    std::atomic<int> worked{0};
    std::vector<int> delivered;
    channel.request<int>(blocker.work(), [&](int v) { delivered.push_back(v); });
    QTRY_VERIFY(blocker.reached);
    for (int i = 1; i <= 100; ++i)
        channel.request<int>(
            [&worked, i](const StopToken&) {
                ++worked;
                return i;
            },
            [&](int v) { delivered.push_back(v); });
    blocker.open = true;
    QTRY_VERIFY(live.idle());
    QCOMPARE(worked.load(), 1); // ninety-nine were replaced while they waited
    QCOMPARE(delivered.back(), 100);
    QVERIFY(delivered.size() <= 2);
}

void TestLiveThread::higherPriorityGoesFirst() {
    LiveThread live("test");
    LatestWins blocked(live, 0), low(live, 1), high(live, 10);
    Blocker blocker;
    std::vector<QString> order;
    blocked.request<int>(blocker.work(), [](int) {});
    QTRY_VERIFY(blocker.reached);
    low.request<QString>([](const StopToken&) { return QString("low"); },
                         [&](const QString& s) { order.push_back(s); });
    high.request<QString>([](const StopToken&) { return QString("high"); },
                          [&](const QString& s) { order.push_back(s); });
    blocker.open = true;
    QTRY_COMPARE(order.size(), size_t(2));
    QCOMPARE(order[0], "high");
    QCOMPARE(order[1], "low");
}

void TestLiveThread::cancelledResultsAreDropped() {
    LiveThread live("test");
    LatestWins channel(live, 0);
    Blocker blocker;
    bool delivered = false;
    channel.request<int>(blocker.work(), [&](int) { delivered = true; });
    QTRY_VERIFY(blocker.reached);
    channel.request<int>([](const StopToken&) { return 1; }, [&](int) { delivered = true; });
    channel.cancel();
    blocker.open = true;
    QTRY_VERIFY(live.idle());
    QVERIFY(!delivered);
    channel.request<int>([](const StopToken&) { return 1; }, [&](int) { delivered = true; });
    QTRY_VERIFY(delivered); // it works again afterwards
}

void TestLiveThread::errorsGoToTheirHandler() {
    LiveThread live("test");
    LatestWins channel(live, 0);
    QString text;
    channel.request<int>(
        [](const StopToken&) -> int { throw ModelError("m.pt", "it died", "open it again"); },
        [](int) { QFAIL("no value"); }, [&](const JobError& error) { text = error.text(); });
    QTRY_COMPARE(text, "m.pt: it died; open it again");
    bool delivered = false;
    channel.request<int>([](const StopToken&) { return 1; }, [&](int) { delivered = true; });
    QTRY_VERIFY(delivered);
}

void TestLiveThread::deadChannelsReceiveNothing() {
    LiveThread live("test");
    Blocker blocker;
    bool delivered = false;
    {
        LatestWins channel(live, 0);
        channel.request<int>(blocker.work(), [&](int) { delivered = true; });
        QTRY_VERIFY(blocker.reached);
    }
    blocker.open = true;
    QTRY_VERIFY(live.idle());
    QVERIFY(!delivered);
}

QTEST_GUILESS_MAIN(TestLiveThread)
#include "test_live_thread.moc"
