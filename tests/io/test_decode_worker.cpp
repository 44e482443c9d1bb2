#include <QtTest>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <thread>

#include <sys/mman.h>
#include <zlib.h>

#include "io/decode_protocol.h"
#include "io/decode_worker.h"
#include "io/hdf5.h"
#include "io/inflate.h"
#include "io/sealed_memory.h"
#include "tests/support/files.h"

using namespace galatea;
using namespace galatea::decode;

namespace {

std::vector<pid_t> childProcesses() {
    std::vector<pid_t> found;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream list(thread.path() / "children");
        for (pid_t child = 0; list >> child;)
            found.push_back(child);
    }
    return found;
}

size_t openDescriptors() {
    const auto files = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<size_t>(std::distance(begin(files), end(files)));
}

std::string gzipped(const std::string& bytes) {
    std::string out(compressBound(bytes.size()) + 64, '\0');
    z_stream stream{};
    deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

} // namespace

class TestDecodeWorker : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    std::string packed_, table_;

  private Q_SLOTS:
    void initTestCase() {
        packed_ = inFolder(folder_, "packed.gz");
        table_ = inFolder(folder_, "table.h5");
        writeBytes(packed_, gzipped("what is in it"));
        Hdf5Writer writer(table_);
        writer.writeFloat("/images", Array({3, 1, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
        writer.commit();
    }

    void messagesComeBackAsTheyWere() {
        WireWriter out;
        out.number(-5)
            .real(0.1)
            .text("a\0b")
            .numbers(std::vector<int64_t>{1, 2})
            .reals(std::vector<double>{0.5});
        out.texts(std::vector<std::string>{"", "x"});
        WireReader in(out.bytes());
        QCOMPARE(in.number(), int64_t{-5});
        QCOMPARE(in.real(), 0.1);
        QCOMPARE(in.text(), std::string("a\0b"));
        QCOMPARE(in.numbers(), (std::vector<int64_t>{1, 2}));
        QCOMPARE(in.reals(), std::vector<double>{0.5});
        QCOMPARE(in.texts(), (std::vector<std::string>{"", "x"}));
        QVERIFY(in.atEnd());
        QVERIFY_THROWS_EXCEPTION(WireFault, in.number());
    }

    void lyingMessagesAreRefused() {
        const std::string huge = WireWriter().number(int64_t{1} << 60).number(7).bytes();
        QVERIFY_THROWS_EXCEPTION(WireFault, WireReader(huge).text());
        QVERIFY_THROWS_EXCEPTION(WireFault, WireReader(huge).numbers());
        QVERIFY_THROWS_EXCEPTION(WireFault, WireReader(huge).texts());
        QVERIFY_THROWS_EXCEPTION(WireFault, WireReader(WireWriter().number(-1).bytes()).text());
        QVERIFY_THROWS_EXCEPTION(WireFault, WireReader(huge).number(0, 5));
    }

    void sealedMemoryCannotBeChanged() {
        SealedMemory memory = SealedMemory::room(1 << 20);
        QCOMPARE(::pwrite(memory.descriptor(), "\0\0\x80\x3f", 4, 4), ssize_t{4}); // the float 1
        QVERIFY(memory.seal(8));
        QCOMPARE(memory.size(), int64_t{8});
        QVERIFY(::pwrite(memory.descriptor(), "x", 1, 0) < 0);
        const Array values = memory.floats(0, {2});
        QCOMPARE(values.at(1), 1.0f);
        Array own = values;
        own.at(0) = 5; // a private view
        QCOMPARE(memory.floats(0, {2}).at(0), 0.0f);
        QVERIFY_THROWS_EXCEPTION(std::length_error, memory.floats(0, {3}));
        QVERIFY_THROWS_EXCEPTION(std::length_error, memory.floats(-4, {1}));
    }

    void anotherProcessMayNotKeepWriting() {
        SealedMemory memory = SealedMemory::room(4096);
        void* still = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory.descriptor(), 0);
        QVERIFY(!memory.seal(4096));
        ::munmap(still, 4096);
    }

    /// A worker that waits is ended from outside: nobody notices.
    void aWaitingWorkerMayDie() {
        QCOMPARE(inflate(packed_).size(), int64_t{13});
        const auto waiting = waitingWorkers();
        QVERIFY(!waiting.empty());
        for (const pid_t worker : waiting)
            ::kill(worker, SIGKILL);
        QTest::qWait(50);
        QCOMPARE(inflate(packed_).size(), int64_t{13});
    }

    /// The worker of an open file is ended: one sentence, and the file goes on.
    void anOpenFilesWorkerMayDie() {
        const Hdf5Reader file(table_);
        QCOMPARE(file.readFloat("/images").size(), int64_t{12});
        for (const pid_t child : childProcesses())
            ::kill(child, SIGKILL);
        QTest::qWait(200); // inside bubblewrap the worker itself ends a moment after what was killed here
        const QString said = QString::fromStdString(errorOf([&] { file.readFloat("/images"); }));
        QVERIFY2(said.contains("table.h5") && said.contains("signal 9"), qPrintable(said));
        QCOMPARE(file.readFloat("/images").at(2, 0, 1, 1), 11.0f);
    }

    void aSlowWorkerIsStopped() {
        DecodeWorker worker("slow.h5", false);
        const RegularFile file = openRegular(table_);
        worker.attach("slow.h5", file.descriptor());
        ::kill(worker.id(), SIGSTOP);
        const Budget budget{.seconds = 0.2};
        const QString said = QString::fromStdString(
            errorOf([&] { worker.ask(Task::Hdf5Open, WireWriter(), budget, nullptr, [](WireReader&) {}); }));
        QVERIFY2(said.contains("slow.h5") && said.contains("took longer"), qPrintable(said));
        QVERIFY(!worker.alive());
    }

    void answersThatMakeNoSenseEndTheWorker() {
        DecodeWorker worker("odd.h5", false);
        const RegularFile file = openRegular(table_);
        worker.attach("odd.h5", file.descriptor());
        const QString said = QString::fromStdString(errorOf([&] {
            worker.ask(Task::Hdf5Open, WireWriter(), Budget{}, nullptr,
                       [](WireReader&) { throw WireFault(); });
        }));
        QVERIFY2(said.contains("odd.h5") && said.contains("nonsense"), qPrintable(said));
        QVERIFY(!worker.alive());
    }

    void aWorkerAskedNonsenseSaysSo() {
        DecodeWorker worker("x", false);
        const auto asked = [&](Task task, const WireWriter& arguments) {
            return errorOf([&] { worker.ask(task, arguments, Budget{}, nullptr, [](WireReader&) {}); });
        };
        QVERIFY(!asked(Task::Hdf5Doubles, WireWriter().text("/images")).empty()); // nothing is open
        QVERIFY(!asked(Task::Inflate, WireWriter()).empty());
        QVERIFY(!asked(static_cast<Task>(99), WireWriter()).empty());
        const RegularFile file = openRegular(packed_);
        worker.attach("x", file.descriptor());
        QVERIFY(!asked(Task::Tiff, WireWriter().number(100)).empty());
        // Room for rows that did not come along, or too little of it.
        QVERIFY(!asked(Task::Inflate, WireWriter().number(100).number(100).number(100)).empty());
        QVERIFY(worker.alive());
    }

    void nothingIsLeftBehind() {
        inflate(packed_);
        const size_t before = openDescriptors();
        for (int i = 0; i < 50; ++i)
            inflate(packed_);
        for (int i = 0; i < 10; ++i)
            Hdf5Reader(table_).readFloat("/images");
        QCOMPARE(openDescriptors(), before);
        QVERIFY(childProcesses().size() <= waitingWorkers().size());
    }

    void severalFilesAndThreadsAtOnce() {
        std::atomic<int> wrong = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([&] {
                const Hdf5Reader file(table_);
                for (int i = 0; i < 30; ++i) {
                    wrong += file.readFloat("/images").at(2, 0, 1, 1) != 11.0f;
                    wrong += inflate(packed_).size() != 13;
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(wrong.load(), 0);
    }

    /// More rows, in more pieces, than one message can name.
    void rowsInAnyNumberAndOrder() {
        const std::string path = inFolder(folder_, "rows.h5");
        std::vector<float> values(20000 * 2);
        std::iota(values.begin(), values.end(), 0.0f);
        Hdf5Writer writer(path);
        writer.writeFloat("/images", Array({20000, 2}, values));
        writer.commit();
        std::vector<int64_t> rows;
        for (int64_t i = 0; i < 20000; ++i)
            rows.push_back((i * 7919) % 20000);
        const Hdf5Reader walled(path), here(path, Hdf5Access::InProcess);
        const Array one = walled.readFloatRows("/images", rows), other = here.readFloatRows("/images", rows);
        QCOMPARE(one.shape(), other.shape());
        QVERIFY(std::ranges::equal(one.values(), other.values()));
        QCOMPARE(one.at(3, 1), static_cast<float>(rows[3] * 2 + 1));
    }
};

QTEST_GUILESS_MAIN(TestDecodeWorker)
#include "test_decode_worker.moc"
