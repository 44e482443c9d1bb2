#include <QtTest>

#include <atomic>
#include <optional>
#include <thread>

#include <unistd.h>

#include <bzlib.h>
#include <zlib.h>

#include "io/inflate.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

std::string gzipped(const std::string& bytes, int level = 6) {
    std::string out(compressBound(bytes.size()) + 64, '\0');
    z_stream stream{};
    deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string bzipped(const std::string& bytes, int level = 9) {
    auto length = static_cast<unsigned>(bytes.size() + bytes.size() / 100 + 600);
    std::string out(length, '\0');
    BZ2_bzBuffToBuffCompress(out.data(), &length, const_cast<char*>(bytes.data()),
                             static_cast<unsigned>(bytes.size()), level, 0, 0);
    out.resize(length);
    return out;
}

std::string noise(size_t count) {
    RandomStream random(3, "noise");
    std::string bytes(count, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random.below(50));
    return bytes;
}

/// What makes the steps of bzip2 work: long and short runs, few and all values, order and none.
std::string mixture(size_t count, uint64_t seed) {
    RandomStream random(seed, "mixture");
    std::string bytes;
    while (bytes.size() < count) {
        const auto length = static_cast<size_t>(1 + random.below(random.below(8) == 0 ? 200'000 : 700));
        const auto kind = random.below(5);
        const int64_t values = 1 + random.below(256);
        for (size_t i = 0; i < length; ++i)
            bytes.push_back(static_cast<char>(kind == 0   ? values
                                              : kind == 1 ? random.below(values)
                                              : kind == 2 ? static_cast<int64_t>(i) % values
                                              : kind == 3 ? random.below(2)
                                                          : random.below(256)));
    }
    bytes.resize(count);
    return bytes;
}

/// libbz2's own answer, nothing for an error.
std::optional<std::string> unpackedByLibrary(const std::string& packed, size_t most) {
    std::string out(most, '\0');
    auto length = static_cast<unsigned>(most);
    const int state = BZ2_bzBuffToBuffDecompress(out.data(), &length, const_cast<char*>(packed.data()),
                                                 static_cast<unsigned>(packed.size()), 0, 0);
    if (state != BZ_OK)
        return std::nullopt;
    out.resize(length);
    return out;
}

std::string textOf(const InflatedFile& file) {
    return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

} // namespace

class TestInflate : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    std::string path_;

    std::string unpacked(const std::string& packed, const InflateOptions& options = {}) {
        writeBytes(path_, packed);
        return textOf(inflate(path_, options));
    }

  private Q_SLOTS:
    void initTestCase() { path_ = inFolder(folder_, "packed"); }

    void unpacksBothFormatsWhateverTheName() {
        for (const size_t length : {size_t{1}, size_t{2880}, size_t{20'000'000}}) {
            const std::string bytes = noise(length);
            QCOMPARE(unpacked(gzipped(bytes)), bytes);
            QCOMPARE(unpacked(bzipped(bytes)), bytes);
        }
        QCOMPARE(unpacked(gzipped("")), std::string());
        QCOMPARE(unpacked(bzipped("")), std::string());
    }

    void unpacksEveryLevelAndLength() {
        for (int level = 1; level <= 9; level += 2)
            for (const size_t length : {size_t{3}, size_t{4}, size_t{5}, size_t{259}, size_t{99'981},
                                        size_t{100'000}, size_t{431'007}, size_t{3'000'001}}) {
                const std::string bytes = mixture(length, static_cast<uint64_t>(level));
                QVERIFY(unpacked(bzipped(bytes, level)) == bytes);
            }
        // Runs are cut by the ends of blocks: four equal bytes, and no count, or only part of it.
        for (size_t run = 1; run < 600; run += 23) {
            const std::string bytes = mixture(99'700, run) + std::string(run, 'r') + mixture(2000, run);
            QVERIFY(unpacked(bzipped(bytes, 1)) == bytes);
        }
    }

    /// Wherever a packed file is damaged, the answer is libbz2's.
    void damagedFilesAreWhatTheLibrarySays() {
        const std::string bytes = mixture(250'000, 5);
        const std::string packed = bzipped(bytes, 1);
        int errors = 0;
        for (const std::string& damaged : flippedBytes(packed, 0, packed.size(), 100)) {
            const std::optional<std::string> expected = unpackedByLibrary(damaged, 2 * bytes.size());
            writeBytes(path_, damaged);
            try {
                const std::string text = textOf(inflate(path_));
                QVERIFY(expected && text == *expected);
            } catch (const InputError&) {
                QVERIFY(!expected);
                ++errors;
            }
        }
        QVERIFY(errors > 80);
    }

    void unpacksWhatPythonPacks() {
        const QString python = pythonThatCan("import gzip, bz2");
        if (python.isEmpty())
            QSKIP("no python3 here");
        const QString script = R"(
import sys, gzip, bz2
data = bytes((i * i // 7) % 251 for i in range(300000))
open(sys.argv[1] + '.gz', 'wb').write(gzip.compress(data))
open(sys.argv[1] + '.bz2', 'wb').write(bz2.compress(data[:100000]) + bz2.compress(data[100000:]))
)";
        QCOMPARE(pythonSays(python, script, {QString::fromStdString(path_)}), QString());
        std::string expected;
        for (int64_t i = 0; i < 300000; ++i)
            expected.push_back(static_cast<char>((i * i / 7) % 251));
        for (const char* ending : {".gz", ".bz2"})
            QVERIFY(textOf(inflate(path_ + ending)) == expected);
    }

    void joinsMembersAndNotesWhatFollows() {
        const std::string both = gzipped("first ") + gzipped("second");
        QCOMPARE(unpacked(both), std::string("first second"));
        QCOMPARE(unpacked(bzipped("first ") + bzipped("second")), std::string("first second"));
        QCOMPARE(unpacked(both + std::string(1000, '\0')), std::string("first second"));
        QVERIFY(inflate(path_).notes.empty());
        QCOMPARE(unpacked(both + "rubbish"), std::string("first second"));
        QCOMPARE(inflate(path_).notes.size(), size_t{1});
    }

    void staysUnderItsLimits() {
        const std::string zeros(8 << 20, '\0');
        InflateOptions options;
        options.maxBytes = 8 << 20;
        QCOMPARE(unpacked(gzipped(zeros), options).size(), zeros.size());
        options.maxBytes -= 1;
        for (const std::string& packed : {gzipped(zeros), bzipped(zeros)}) {
            writeBytes(path_, packed);
            QVERIFY(QString::fromStdString(errorOf([&] {
                        inflate(path_, options);
                    })).contains("unpacks to more"));
        }
        options = {};
        options.freeBytes = 4 << 20;
        for (const std::string& packed : {gzipped(zeros), bzipped(zeros)}) {
            writeBytes(path_, packed);
            QVERIFY(QString::fromStdString(errorOf([&] {
                        inflate(path_, options);
                    })).contains("unpacks to more"));
        }
        options.freeBytes = 8 << 20; // up to here nothing is asked
        QCOMPARE(unpacked(gzipped(zeros), options).size(), zeros.size());
    }

    void everyTruncationIsAnError() {
        for (const std::string& packed : {gzipped(noise(5000)), bzipped(noise(5000))})
            for (const std::string& cut : truncations(packed, 60)) {
                writeBytes(path_, cut);
                QVERIFY_THROWS_EXCEPTION(InputError, inflate(path_));
            }
    }

    /// Both formats carry check sums: damage is noticed wherever it hits what they cover.
    void damageIsNoticed() {
        const std::string bytes = noise(20000);
        for (const std::string& packed : {gzipped(bytes), bzipped(bytes)}) {
            int refused = 0;
            for (const std::string& damaged : flippedBytes(packed, 0, packed.size(), 500)) {
                writeBytes(path_, damaged);
                try {
                    QVERIFY(textOf(inflate(path_)) == bytes);
                } catch (const InputError&) {
                    ++refused;
                }
            }
            QVERIFY(refused > 480);
        }
    }

    void severalThreadsUnpackAtOnce() {
        const std::string bytes = noise(100000);
        writeBytes(path_, bzipped(bytes));
        std::atomic<int> wrong = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 10; ++i)
                    wrong += textOf(inflate(path_)) != bytes;
            });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(wrong.load(), 0);
    }

    /// What came out cannot be changed any more, not even through its descriptor.
    void theResultIsSealed() {
        writeBytes(path_, gzipped("settled"));
        const InflatedFile file = inflate(path_);
        QCOMPARE(::write(file.descriptor(), "x", 1), ssize_t{-1});
        QVERIFY(::ftruncate(file.descriptor(), 0) != 0);
        QCOMPARE(textOf(file), std::string("settled"));
    }
};

QTEST_GUILESS_MAIN(TestInflate)
#include "test_inflate.moc"
