#include <atomic>
#include <thread>

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include "widgets/jobs/job_model.h"
#include "widgets/jobs/job_runner.h"

using namespace galatea;

/// A gate the test opens from outside.
struct Gate {
    std::atomic<bool> open{false}, reached{false};
    void wait(const StopToken& stop) {
        reached = true;
        while (!open && !stop.stop_requested())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        throwIfStopped(stop);
    }
};

class TestJobRunner : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void bringsBackTheValueOnThisThread();
    void runsOneAfterAnother();
    void bringsBackTypedErrors();
    void cancelsTheRunningJob();
    void cancelsAWaitingJobWithoutRunningIt();
    void forgetsResultsOfDeadReceivers();
    void reportsProgressAndWarnings();
    void modelFollowsTheJobs();
    void destructionStopsTheWork();
    void writesFiguresForPeople();
};

void TestJobRunner::bringsBackTheValueOnThisThread() {
    JobRunner runner;
    QThread *workedOn = nullptr, *deliveredOn = nullptr;
    QString value;
    QVERIFY(runner.idle());
    runner.start<QString>(
        "job", this,
        [&](const StopToken&, ProgressSink&) {
            workedOn = QThread::currentThread();
            return QString("result");
        },
        [&](const QString& result) {
            deliveredOn = QThread::currentThread();
            value = result;
        });
    QVERIFY(!runner.idle());
    QTRY_VERIFY(runner.idle());
    QCOMPARE(value, "result");
    QCOMPARE(deliveredOn, thread());
    QVERIFY(workedOn != thread());
}

void TestJobRunner::runsOneAfterAnother() {
    JobRunner runner;
    std::atomic<int> running{0}, most{0};
    std::vector<int> order;
    for (int i = 0; i < 5; ++i)
        runner.start<int>(
            "job", this,
            [&, i](const StopToken&, ProgressSink&) {
                most = std::max<int>(most, ++running);
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
                --running;
                return i;
            },
            [&](int value) { order.push_back(value); });
    QTRY_VERIFY(runner.idle());
    QCOMPARE(order, (std::vector<int>{0, 1, 2, 3, 4}));
    QCOMPARE(most.load(), 1);
}

void TestJobRunner::bringsBackTypedErrors() {
    JobRunner runner;
    JobError error;
    bool done = false;
    runner.start<int>(
        "job", this,
        [](const StopToken&, ProgressSink&) -> int {
            throw InputError("bad\nname.h5", "it is damaged", "copy it again");
        },
        [&](int) { done = true; }, [&](const JobError& e) { error = e; });
    QTRY_VERIFY(runner.idle());
    QVERIFY(!done);
    QCOMPARE(error.kind, ErrorKind::Input);
    QVERIFY(!error.cancelled);
    QCOMPARE(error.text(), "bad\\nname.h5: it is damaged; copy it again");

    QSignalSpy failed(&runner, &JobRunner::jobFailed);
    runner.start<int>(
        "named", this, [](const StopToken&, ProgressSink&) -> int { throw std::runtime_error("boom"); },
        [&](int) { done = true; });
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed[0][0].toString(), "named");
    QCOMPARE(failed[0][1].value<JobError>().kind, ErrorKind::Internal);
    QVERIFY(!done);
}

void TestJobRunner::cancelsTheRunningJob() {
    JobRunner runner;
    Gate gate;
    JobError error;
    const JobId id = runner.start<int>(
        "job", this,
        [&](const StopToken& stop, ProgressSink&) {
            gate.wait(stop);
            return 1;
        },
        [](int) { QFAIL("a cancelled job must not deliver"); }, [&](const JobError& e) { error = e; });
    QTRY_VERIFY(gate.reached);
    runner.cancel(id);
    QTRY_VERIFY(runner.idle());
    QVERIFY(error.cancelled);
    QCOMPARE(error.kind, ErrorKind::Interrupted);
}

void TestJobRunner::cancelsAWaitingJobWithoutRunningIt() {
    JobRunner runner;
    Gate gate;
    bool ran = false, first = false, cancelled = false;
    runner.start<int>(
        "first", this,
        [&](const StopToken& stop, ProgressSink&) {
            gate.wait(stop);
            return 1;
        },
        [&](int) { first = true; });
    const JobId id = runner.start<int>(
        "second", this,
        [&](const StopToken&, ProgressSink&) {
            ran = true;
            return 1;
        },
        [](int) {}, [&](const JobError& e) { cancelled = e.cancelled; });
    QCOMPARE(runner.jobs().size(), size_t(2));
    runner.cancel(id);
    QTRY_VERIFY(cancelled);
    QCOMPARE(runner.jobs().size(), size_t(1));
    gate.open = true;
    QTRY_VERIFY(runner.idle());
    QVERIFY(first);
    QVERIFY(!ran);
}

void TestJobRunner::forgetsResultsOfDeadReceivers() {
    JobRunner runner;
    Gate gate;
    auto receiver = std::make_unique<QObject>();
    bool delivered = false;
    runner.start<int>(
        "job", receiver.get(),
        [&](const StopToken& stop, ProgressSink&) {
            gate.wait(stop);
            return 1;
        },
        [&](int) { delivered = true; });
    QTRY_VERIFY(gate.reached);
    receiver.reset();
    gate.open = true;
    QTRY_VERIFY(runner.idle());
    QVERIFY(!delivered);
}

void TestJobRunner::reportsProgressAndWarnings() {
    JobRunner runner;
    Gate gate;
    QSignalSpy warned(&runner, &JobRunner::warned), progressed(&runner, &JobRunner::progressed);
    runner.start<int>(
        "job", this,
        [&](const StopToken& stop, ProgressSink& progress) {
            progress.warn("odd\x01thing");
            for (int i = 1; i <= 5000; ++i)
                progress.update({"embedding", i, 10000, "images", "loss 2"});
            gate.wait(stop);
            return 1;
        },
        [](int) {});
    QTRY_VERIFY(progressed.size() > 0);
    const JobInfo info = runner.jobs().front();
    QCOMPARE(info.stage, "embedding");
    QCOMPARE(info.done, 5000);
    QCOMPARE(info.total, 10000);
    QVERIFY(progressed.size() < 20); // thousands of updates, a handful of repaints
    QTRY_COMPARE(warned.size(), 1);
    QCOMPARE(warned[0][1].toString(), "odd\\x01thing");
    gate.open = true;
    QTRY_VERIFY(runner.idle());
}

void TestJobRunner::modelFollowsTheJobs() {
    JobRunner runner;
    JobModel model(runner);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    Gate gate;
    for (const char* title : {"first", "second"})
        runner.start<int>(
            title, this,
            [&](const StopToken& stop, ProgressSink& progress) {
                progress.update({"stage", 1, 4, "steps", {}});
                gate.wait(stop);
                return 1;
            },
            [](int) {});
    QTRY_COMPARE(model.rowCount(), 2);
    QTRY_COMPARE(model.index(0).data(JobModel::StageRole).toString(), "stage");
    QCOMPARE(model.index(0).data().toString(), "first");
    QCOMPARE(model.index(1).data(JobModel::RunningRole).toBool(), false);
    gate.open = true;
    QTRY_COMPARE(model.rowCount(), 0);
}

void TestJobRunner::destructionStopsTheWork() {
    Gate gate;
    bool delivered = false;
    {
        JobRunner runner;
        runner.start<int>(
            "job", this,
            [&](const StopToken& stop, ProgressSink&) {
                gate.wait(stop);
                return 1;
            },
            [&](int) { delivered = true; });
        QTRY_VERIFY(gate.reached);
    }
    QCoreApplication::processEvents();
    QVERIFY(!delivered);
}

void TestJobRunner::writesFiguresForPeople() {
    QCOMPARE(durationText(2.2), "3 s");
    QCOMPARE(durationText(130), "2 min 10 s");
    QCOMPARE(durationText(3900), "1 h 5 min");
    JobInfo info;
    QCOMPARE(progressText(info), "waiting");
    info.running = true;
    info.stage = "embedding";
    info.done = 20;
    info.total = 100;
    info.unit = "images";
    info.rate = 40;
    info.secondsLeft = 2;
    QCOMPARE(progressText(info), QString::fromUtf8("embedding · 20 of 100 images · 40/s · 2 s left"));
}

QTEST_GUILESS_MAIN(TestJobRunner)
#include "test_job_runner.moc"
