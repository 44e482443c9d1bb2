// A captive behind the walls tries what hostile code would try; what it needs to compute still works.

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

#include "io/sha256.h"
#include "io/walled_file.h"
#include "sandbox/shared_area.h"
#include "sandbox/walled_process.h"
#include "tests/sandbox/captive.h"

using namespace galatea;
using captive::Answer;
using captive::Deed;

namespace {

const WalledBudget plenty{30, int64_t{1} << 40};

WalledStart startOf(bool bubblewrap) {
    WalledStart start;
    start.program = findHelper("galatea-test-captive", "");
    start.bubblewrap = bubblewrap;
    return start;
}

Answer ask(WalledProcess& process, Deed deed, int64_t argument = 0, const WalledBudget& budget = plenty) {
    return process.ask<Answer>(captive::Question{deed, argument}, budget);
}

bool alive(pid_t process) {
    // A zombie that nobody has reaped yet is dead enough.
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    std::string line;
    return std::getline(stat, line) && line.find(") Z") == std::string::npos;
}

} // namespace

class TestWalls : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase();
    void forbidden_data();
    void forbidden();
    void whatComputingNeeds_data();
    void whatComputingNeeds();
    void filesHandedOver_data();
    void filesHandedOver();
    void endings_data();
    void endings();
    void standingStillIsNotTheHelpersTime();
    void stopped();
    void parentDies_data();
    void parentDies();
    void noProgram();
    void simulatedAbsence_data();
    void simulatedAbsence();
    void allowedByDigest();
    void areasAreSealed();

  private:
    void bothWays();
};

void TestWalls::initTestCase() {
    qInfo("walls of this system: %s, Landlock version %d", wallsOfThisSystem().text().c_str(),
          wallsOfThisSystem().landlockVersion);
    if (!wallsOfThisSystem().enough())
        QSKIP("this system has too few walls");
}

/// Behind bubblewrap and the rest, and behind the rest alone, as far as there are any.
void TestWalls::bothWays() {
    QTest::addColumn<bool>("bubblewrap");
    if (wallsOfThisSystem().bubblewrap)
        QTest::newRow("bubblewrap") << true;
    if (wallsOfThisSystem().landlock && wallsOfThisSystem().seccomp)
        QTest::newRow("Landlock and seccomp") << false;
}

void TestWalls::forbidden_data() {
    bothWays();
}

void TestWalls::forbidden() {
    QFETCH(bool, bubblewrap);
    WalledProcess process(startOf(bubblewrap));
    const Walls walls = Walls::fromBits(static_cast<uint32_t>(ask(process, Deed::Walls).result));
    QCOMPARE(walls.bubblewrap, bubblewrap);
    QCOMPARE(walls.landlock, wallsOfThisSystem().landlock);
    QCOMPARE(walls.seccomp, wallsOfThisSystem().seccomp);
    const std::vector<std::pair<Deed, const char*>> deeds{
        {Deed::OpenFile, "open a file"},
        {Deed::OpenProc, "open /proc"},
        {Deed::OpenTemporary, "create a file"},
        {Deed::Socket, "socket"},
        {Deed::SocketPair, "pair of sockets"},
        {Deed::Execute, "start a program"},
        {Deed::Fork, "fork"},
        {Deed::VirtualFork, "clone"},
        {Deed::KillEverybody, "signal everybody"},
        {Deed::Trace, "trace"},
        {Deed::Mount, "mount"},
        {Deed::Namespace, "new namespace"},
        {Deed::Executable, "executable memory"},
        {Deed::LiftLimit, "lift a limit"},
        {Deed::OpenInThread, "open in an early thread"},
        {Deed::MakeArea, "memory file"},
    };
    for (const auto& [deed, name] : deeds) {
        const Answer answer = ask(process, deed);
        QVERIFY2(answer.result < 0 && answer.error == EPERM,
                 qPrintable(QString("%1: %2, errno %3").arg(name).arg(answer.result).arg(answer.error)));
    }
    QVERIFY(ask(process, Deed::KillParent, getpid()).result < 0);
    QVERIFY(!std::filesystem::exists("/tmp/galatea_captive"));
    QVERIFY(process.alive());
}

void TestWalls::whatComputingNeeds_data() {
    bothWays();
}

void TestWalls::whatComputingNeeds() {
    QFETCH(bool, bubblewrap);
    WalledProcess process(startOf(bubblewrap));
    QCOMPARE(ask(process, Deed::MakeThreads).result, 600000);
    QCOMPARE(ask(process, Deed::Time).result, 1);
    QCOMPARE(ask(process, Deed::Grow, 64 << 20).result, 1);
    const Answer tooMuch = ask(process, Deed::Grow, int64_t{2} << 30);
    QCOMPARE(tooMuch.error, ENOMEM);
    QVERIFY(process.id() > 0);
    QVERIFY(alive(process.id()));
}

void TestWalls::filesHandedOver_data() {
    bothWays();
}

void TestWalls::filesHandedOver() {
    QFETCH(bool, bubblewrap);
    const QTemporaryDir folder;
    const std::string path = folder.filePath("file").toStdString();
    std::ofstream(path) << "secret";
    const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
    WalledStart start = startOf(bubblewrap);
    start.descriptors = {file};
    WalledProcess process(start);
    close(file);
    QCOMPARE(ask(process, Deed::ReadHandedOver).result, 6);
    QVERIFY(ask(process, Deed::OpenHandedOver).result < 0);
    // Never longer than it is.
    QVERIFY(ask(process, Deed::WriteHandedOver).result < 18);
    QVERIFY(std::filesystem::file_size(path) == 6);
}

void TestWalls::endings_data() {
    QTest::addColumn<int>("deed");
    QTest::addColumn<bool>("bubblewrap");
    QTest::addColumn<int>("end");
    QTest::addColumn<QString>("text");
    for (const bool bubblewrap : {true, false}) {
        if (bubblewrap && !wallsOfThisSystem().bubblewrap)
            continue;
        const char* how = bubblewrap ? ", bubblewrap" : "";
        const auto add = [&](const char* name, Deed deed, ProcessEnd end, const char* text) {
            QTest::newRow((std::string(name) + how).c_str()) << int(deed) << bubblewrap << int(end) << text;
        };
        add("sleeps for ever", Deed::Sleep, ProcessEnd::Time, "signal 9");
        add("grows without end", Deed::GrowTouched, ProcessEnd::Memory, "signal 9");
        add("exits", Deed::Exit, ProcessEnd::Died, "exit status 7");
        add("aborts", Deed::Abort, ProcessEnd::Died, "signal");
        add("crashes", Deed::Crash, ProcessEnd::Died, "signal 11");
        add("hangs up", Deed::HangUp, ProcessEnd::Died, "");
        add("answers nonsense", Deed::Nonsense, ProcessEnd::Nonsense, "signal 9");
    }
}

void TestWalls::endings() {
    QFETCH(int, deed);
    QFETCH(bool, bubblewrap);
    QFETCH(int, end);
    QFETCH(QString, text);
    WalledProcess process(startOf(bubblewrap));
    ask(process, Deed::Walls);
    const pid_t helper = process.id();
    // The clock is to end those that only it can end; a busy machine needs time to grow.
    const bool byClock = Deed(deed) == Deed::Sleep || Deed(deed) == Deed::HangUp;
    try {
        ask(process, Deed(deed), 8, {byClock ? 1.0 : 60.0, int64_t{200} << 20});
        QFAIL("it lives");
    } catch (const ProcessLost& loss) {
        // Its own thread that watches the socket may keep a closed one open: then only the clock ends it.
        if (Deed(deed) != Deed::HangUp || loss.end != ProcessEnd::Time)
            QCOMPARE(int(loss.end), end);
        QVERIFY2(QString(loss.what()).contains(text), loss.what());
    }
    QVERIFY(!process.alive());
    QTRY_VERIFY(!alive(helper));
    QVERIFY_EXCEPTION_THROWN(ask(process, Deed::Walls), ProcessLost);
}

void TestWalls::standingStillIsNotTheHelpersTime() {
    WalledProcess process(startOf(true));
    ask(process, Deed::Walls);
    const QString both = QString("%1 %2").arg(getpid()).arg(process.id());
    QProcess pause;
    pause.start("/bin/sh", {"-c", "sleep 0.2; kill -STOP " + both + "; sleep 3; kill -CONT " + both});
    QVERIFY(pause.waitForStarted());
    const auto began = std::chrono::steady_clock::now();
    QCOMPARE(ask(process, Deed::Nap, 1000, {2, int64_t{1} << 40}).result, 1000);
    QVERIFY(std::chrono::steady_clock::now() - began > std::chrono::seconds(3)); // it did stand still
    QVERIFY(pause.waitForFinished());
}

void TestWalls::stopped() {
    WalledProcess process(startOf(true));
    std::stop_source stop;
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        stop.request_stop();
    });
    try {
        ask(process, Deed::Sleep, 0, {600, int64_t{1} << 40, stop.get_token()});
        QFAIL("it lives");
    } catch (const ProcessLost& loss) {
        QCOMPARE(int(loss.end), int(ProcessEnd::Stopped));
    }
    later.join();
}

void TestWalls::parentDies_data() {
    bothWays();
}

void TestWalls::parentDies() {
    QFETCH(bool, bubblewrap);
    QProcess keeper;
    keeper.start(GALATEA_BIN_DIR "/galatea-test-keeper",
                 {GALATEA_BIN_DIR "/galatea-test-captive", bubblewrap ? "bubblewrap" : "none"});
    QVERIFY(keeper.waitForReadyRead());
    const pid_t captive = keeper.readLine().trimmed().toInt();
    QVERIFY(captive > 0);
    QVERIFY(alive(captive));
    keeper.kill();
    QVERIFY(keeper.waitForFinished());
    QTRY_VERIFY(!alive(captive));
}

void TestWalls::noProgram() {
    WalledStart start;
    QVERIFY_EXCEPTION_THROWN(WalledProcess{start}, ProcessLost);
    start.program = "/nonexistent/program";
    start.bubblewrap = false;
    QVERIFY_EXCEPTION_THROWN(WalledProcess{start}, ProcessLost);
    QCOMPARE(findHelper("galatea-no-such-helper", "GALATEA_NO_SUCH_HELPER"), std::string());
}

void TestWalls::simulatedAbsence_data() {
    QTest::addColumn<QString>("missing");
    QTest::addColumn<bool>("enough");
    const Walls& real = wallsOfThisSystem();
    QTest::newRow("nothing") << "" << real.enough();
    QTest::newRow("no bubblewrap") << "bubblewrap" << (real.landlock && real.seccomp);
    QTest::newRow("no kernel walls") << "landlock,seccomp" << real.bubblewrap;
    QTest::newRow("no bubblewrap, no Landlock") << "bubblewrap,landlock" << false;
    QTest::newRow("no bubblewrap, no seccomp") << "bubblewrap,seccomp" << false;
    QTest::newRow("none") << "bubblewrap,landlock,seccomp" << false;
}

void TestWalls::simulatedAbsence() {
    QFETCH(QString, missing);
    QFETCH(bool, enough);
    const Walls walls = wallsBut(missing.toStdString());
    QCOMPARE(walls.enough(), enough);
}

void TestWalls::allowedByDigest() {
    const std::string digest = sha256("a file");
    QVERIFY(!isAllowedWithoutWalls(digest));
    allowWithoutWalls({digest, std::string(64, 'A')});
    QVERIFY(isAllowedWithoutWalls(digest));
    QVERIFY(isAllowedWithoutWalls(std::string(64, 'a')));
    QVERIFY(!isAllowedWithoutWalls(sha256("another")));
    const WallsMissing refusal("f.pt", digest);
    QVERIFY(std::string(refusal.what()).find(digest) != std::string::npos);
    QVERIFY(std::string(refusal.what()).find("bubblewrap") != std::string::npos);
}

void TestWalls::areasAreSealed() {
    const SharedArea area = SharedArea::create(8192);
    QVERIFY(ftruncate(area.descriptor(), 4096) != 0);
    QVERIFY(ftruncate(area.descriptor(), 16384) != 0);
    QVERIFY_EXCEPTION_THROWN(SharedArea::adopt(area.descriptor(), 4096), std::runtime_error);
    const SharedArea same = SharedArea::adopt(area.descriptor(), 8192);
    area.floats(0, 2)[1] = 5;
    QCOMPARE(same.floats(4, 1)[0], 5.0F);
    QVERIFY_EXCEPTION_THROWN(area.floats(8188, 2), std::out_of_range);
    QVERIFY_EXCEPTION_THROWN(area.floats(-4, 1), std::out_of_range);
}

QTEST_GUILESS_MAIN(TestWalls)
#include "test_walls.moc"
