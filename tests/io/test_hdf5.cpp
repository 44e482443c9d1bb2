#include <QtTest>

#include <cmath>
#include <cstring>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "io/hdf5.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

Array counting(std::vector<int64_t> shape) {
    Array array(std::move(shape));
    for (int64_t i = 0; i < array.size(); ++i)
        array.data()[i] = static_cast<float>(i) * 0.25f - 3;
    return array;
}

void writeExample(const std::string& path, const Hdf5StorageOptions& options = {}) {
    Hdf5Writer file(path);
    file.createFloat("/images", {2, 3, 4}, options);
    file.append("/images", counting({5, 2, 3, 4}));
    file.append("/images", counting({2, 2, 3, 4}));
    file.writeFloat("/group/vector", counting({7}));
    file.writeDoubles("/group/exact", {0.1, NAN, 1e300});
    file.writeIntegers("/group/whole", {-1, INT64_MAX, INT64_MIN});
    file.writeTexts("/group/short", {"é", "", "abc"});
    file.writeTexts("/group/long", {std::string(1000, 'x'), "y"});
    file.setAttribute("/", "bands", std::vector<std::string>{"u", "g"});
    file.setAttribute("/", "unit", std::string("nanomaggy"));
    file.setAttribute("/", "scale", 0.396);
    file.setAttribute("/images", "count", int64_t{7});
    file.setAttribute("/group", "levels", std::vector<double>{1, 2.5});
    file.commit();
}

} // namespace

class TestHdf5 : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    std::string path_ = inFolder(folder_, "t.h5");

    void readEverything() const {
        const Hdf5Reader file(path_);
        for (const Hdf5Dataset& data : file.datasets()) {
            if (data.type == Hdf5Type::Text)
                file.readTexts(data.path);
            else if (data.type != Hdf5Type::Other)
                file.readFloat(data.path);
        }
        for (const std::string& name : file.attributeNames("/")) {
            file.textListAttribute("/", name);
            file.numberListAttribute("/", name);
        }
    }

  private Q_SLOTS:
    void roundTripIsExact() {
        for (const int deflate : {0, 4}) {
            writeExample(path_, {.deflate = deflate, .chunkRows = 2});
            const Hdf5Reader file(path_);
            QCOMPARE(file.describe("/images").shape, (std::vector<int64_t>{7, 2, 3, 4}));
            QVERIFY(
                std::ranges::equal(file.readFloat("images", 0, 5).values(), counting({5, 2, 3, 4}).values()));
            QVERIFY(
                std::ranges::equal(file.readFloat("images", 5, 7).values(), counting({2, 2, 3, 4}).values()));
            const auto exact = file.readDoubles("/group/exact");
            QCOMPARE(exact[0], 0.1);
            QVERIFY(std::isnan(exact[1]));
            QCOMPARE(exact[2], 1e300);
            QCOMPARE(file.readIntegers("/group/whole"), (std::vector<int64_t>{-1, INT64_MAX, INT64_MIN}));
            QCOMPARE(file.readTexts("/group/short"), (std::vector<std::string>{"é", "", "abc"}));
            QCOMPARE(file.readTexts("/group/long"), (std::vector<std::string>{std::string(1000, 'x'), "y"}));
            QCOMPARE(file.textListAttribute("/", "bands").value(), (std::vector<std::string>{"u", "g"}));
            QCOMPARE(file.textAttribute("/", "unit").value(), std::string("nanomaggy"));
            QCOMPARE(file.numberAttribute("/", "scale").value(), 0.396);
            QCOMPARE(file.numberAttribute("/images", "count").value(), 7.0);
            QCOMPARE(file.numberListAttribute("/group", "levels").value(), (std::vector<double>{1, 2.5}));
            QVERIFY(!file.textAttribute("/", "absent"));
            QVERIFY(!file.textAttribute("/", "scale"));
            QCOMPARE(file.attributeNames("/").size(), size_t(3));
        }
    }

    void gathersRowsInAnyOrder() {
        writeExample(path_);
        const Hdf5Reader file(path_);
        const std::vector<int64_t> rows{3, 4, 0, 0, 6};
        const Array all = file.readFloat("/images"), some = file.readFloatRows("/images", rows);
        for (size_t i = 0; i < rows.size(); ++i)
            QVERIFY(std::ranges::equal(some.row(int64_t(i)).values(), all.row(rows[i]).values()));
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, file.readFloat("/images", 6, 8));
        QVERIFY_THROWS_EXCEPTION(std::out_of_range, file.readFloat("/images", -1, 2));
        QCOMPARE(file.readFloat("/images", 2, 2).dim(0), 0);
    }

    void halfPrecisionRounds() {
        writeExample(path_, {.halfPrecision = true});
        const Hdf5Reader file(path_);
        QCOMPARE(file.describe("/images").valueBytes, 2);
        const Array back = file.readFloat("/images", 0, 5); // quarters below 30 are exact in half precision
        QVERIFY(std::ranges::equal(back.values(), counting({5, 2, 3, 4}).values()));
    }

    void listsWhatIsThere() {
        writeExample(path_);
        const Hdf5Reader file(path_);
        std::vector<std::string> paths;
        for (const Hdf5Dataset& data : file.datasets())
            paths.push_back(data.path);
        QCOMPARE(paths, (std::vector<std::string>{"/images", "/group/exact", "/group/long", "/group/short",
                                                  "/group/vector", "/group/whole"}));
        QCOMPARE(file.datasets(2).size(), size_t(2));
        QCOMPARE(file.members("/group").size(), size_t(5));
        QVERIFY(file.has("/group/long") && file.isDataset("/group/long") && file.isGroup("/group"));
        QVERIFY(!file.has("/group/none") && !file.has("/images/none"));
        QVERIFY_THROWS_EXCEPTION(InputError, file.describe("/none"));
        QVERIFY_THROWS_EXCEPTION(InputError, file.readFloat("/group"));
        QVERIFY_THROWS_EXCEPTION(InputError, file.readFloat("/group/short"));
        QVERIFY_THROWS_EXCEPTION(InputError, file.readIntegers("/group/exact"));
        QVERIFY_THROWS_EXCEPTION(InputError, file.readTexts("/images"));
    }

    void columnsKeepTypeAndUnit() {
        {
            Hdf5Writer file(path_);
            Column column{"mag", std::vector<double>{1.5, 2.5}};
            column.unit = "mag";
            column.ucd = "phot.mag";
            column.description = "brightness";
            file.writeColumn("/catalog/mag", column);
            file.writeColumn("/catalog/id", {"id", std::vector<int64_t>{5, 6}});
            file.writeColumn("/catalog/name", {"name", std::vector<std::string>{"a", "b"}});
            file.commit();
        }
        const Hdf5Reader file(path_);
        const Column mag = file.readColumn("/catalog/mag");
        QCOMPARE(mag.name, std::string("mag"));
        QCOMPARE(mag.unit + mag.ucd + mag.description, std::string("magphot.magbrightness"));
        QCOMPARE(mag.number(1), 2.5);
        QVERIFY(std::holds_alternative<std::vector<int64_t>>(file.readColumn("/catalog/id").values));
        QCOMPARE(file.readColumn("/catalog/name").text(1), std::string("b"));
    }

    void nothingIsLeftWithoutCommit() {
        const std::string path = inFolder(folder_, "never.h5");
        {
            Hdf5Writer file(path);
            file.createFloat("/images", {4}, {});
            file.append("/images", Array({100, 4}));
        }
        QVERIFY(QDir(folder_.path()).entryList({"*never*"}, QDir::Files | QDir::Hidden).isEmpty());
    }

    void isDeterministic() {
        writeExample(path_);
        const std::string once = readBytes(path_);
        writeExample(path_);
        QVERIFY(readBytes(path_) == once);
    }

    void manyThreadsReadAtOnce() {
        writeExample(path_);
        const Hdf5Reader file(path_);
        const Array all = file.readFloat("/images");
        std::atomic<int> wrong = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 200; ++i) {
                    const int64_t row = (t + i) % 7;
                    wrong += !std::ranges::equal(file.readFloat("/images", row, row + 1).values(),
                                                 all.slice(row, row + 1).values());
                    wrong += !errorOf([&] { Hdf5Reader other(path_); }).empty();
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(wrong.load(), 0);
    }

    void pythonReadsWhatWeWrite() {
        const QString python = pythonThatCan("import h5py");
        if (python.isEmpty())
            QSKIP("no python3 with h5py here");
        writeExample(path_, {.deflate = 6});
        const QString script = R"(
import sys, h5py
f = h5py.File(sys.argv[1])
print(f['images'].shape, f['images'].dtype, f['images'].chunks, f['images'][6, 1, 2, 3], list(f.attrs['bands']))
print([s.decode() for s in f['group/short'][:]], len(f['group/long'].asstr()[0]), f['group/whole'][1], f.attrs['unit'])
)";
        QCOMPARE(pythonSays(python, script, {QString::fromStdString(path_)}),
                 QString::fromUtf8("(7, 2, 3, 4) float32 (1, 2, 3, 4) 8.75 ['u', 'g']\n"
                                   "['é', '', 'abc'] 1000 9223372036854775807 nanomaggy"));
    }

    void weReadWhatPythonWrites() {
        const QString python = pythonThatCan("import h5py");
        if (python.isEmpty())
            QSKIP("no python3 with h5py here");
        const QString script = R"(
import sys, h5py, numpy
f = h5py.File(sys.argv[1], 'w', userblock_size=1024)
f['u8'] = numpy.arange(6, dtype='u1').reshape(2, 3)
f['big'] = numpy.array([1.5, -2], '>f8')
f['flag'] = numpy.array([True, False])
f['texts'] = ['spiral', 'elliptical', '']
f.create_dataset('chunked', data=['p', 'q' * 5000], dtype=h5py.string_dtype(), chunks=(1,))
f['fixed'] = numpy.array([b'ab', b'c'])
f['one'] = 7.5
f.attrs['fixed'] = numpy.bytes_('hello')
f.attrs['names'] = ['x', 'yy']
)";
        QCOMPARE(pythonSays(python, script, {QString::fromStdString(path_)}), QString());
        QVERIFY(looksLikeHdf5(path_));
        const Hdf5Reader file(path_);
        QCOMPARE(file.readFloat("/u8").at(1, 2), 5.0f);
        QCOMPARE(file.readDoubles("/big"), (std::vector<double>{1.5, -2}));
        QCOMPARE(file.readIntegers("/flag"), (std::vector<int64_t>{1, 0}));
        QCOMPARE(file.readTexts("/texts"), (std::vector<std::string>{"spiral", "elliptical", ""}));
        QCOMPARE(file.readTexts("/chunked")[1].size(), size_t(5000));
        QCOMPARE(file.readTexts("/fixed"), (std::vector<std::string>{"ab", "c"}));
        QCOMPARE(file.readDoubles("/one"), std::vector<double>{7.5});
        QCOMPARE(file.readFloat("/one").data()[0], 7.5f);
        QCOMPARE(file.textAttribute("/", "fixed").value(), std::string("hello"));
        QCOMPARE(file.textListAttribute("/", "names").value(), (std::vector<std::string>{"x", "yy"}));
    }

    /// Links, external files and virtual layouts lead out of the file and are never followed.
    void nothingLeadsOutOfTheFile() {
        const QString python = pythonThatCan("import h5py");
        if (python.isEmpty())
            QSKIP("no python3 with h5py here");
        const std::string secret = inFolder(folder_, "secret.h5");
        const QString script = R"(
import sys, os, h5py, numpy
with h5py.File(sys.argv[2], 'w') as s: s['x'] = numpy.ones(4, 'f4')
open(sys.argv[2] + '.raw', 'wb').write(b'\0' * 64)
f = h5py.File(sys.argv[1], 'w')
f['ext'] = h5py.ExternalLink(sys.argv[2], '/x')
f['soft'] = h5py.SoftLink('/ext')
f.create_dataset('raw', (4,), 'f4', external=[(sys.argv[2] + '.raw', 0, 16)])
v = h5py.VirtualLayout((4,), 'f4'); v[:] = h5py.VirtualSource(sys.argv[2], 'x', (4,))
f.create_virtual_dataset('virtual', v)
f['fine'] = numpy.zeros(4, 'f4')
f.create_dataset('huge', (1 << 20, 1 << 16), 'f4', chunks=(1, 1 << 16))
f.create_dataset('bomb', data=numpy.zeros((320, 1 << 16), 'f4'), chunks=(64, 1 << 16), compression=9)
f.create_dataset('bigchunk', (1 << 14, 1 << 14), 'f4', chunks=(1 << 14, 1 << 14))
f.create_dataset('lzf', (4,), 'f4', compression='lzf')[...] = 1
)";
        QCOMPARE(pythonSays(python, script, {QString::fromStdString(path_), QString::fromStdString(secret)}),
                 QString());
        const Hdf5Reader file(path_);
        QCOMPARE(file.readFloat("/fine").size(), 4);
        for (const char* name : {"/ext", "/soft", "/raw", "/virtual", "/huge", "/bomb", "/bigchunk", "/lzf"})
            QVERIFY2(!errorOf([&] { file.readFloat(name); }).empty(), name);
    }

    /// The library itself overruns its buffers here.
    void textsOfLyingLengthAreRefused() {
        {
            Hdf5Writer file(path_);
            file.writeTexts("/texts", {std::string(300'000, 'B'), "x"});
            file.setAttribute("/", "bands", std::vector<std::string>{std::string(30'000, 'A'), "y"});
            file.commit();
        }
        const std::string bytes = readBytes(path_);
        const auto withLength = [&](uint32_t was, uint32_t becomes) {
            std::string from(4, '\0'), to(4, '\0'), copy = bytes;
            std::memcpy(from.data(), &was, 4);
            std::memcpy(to.data(), &becomes, 4);
            // A reference is a length, then the address of its heap.
            for (size_t at = copy.find(from); at != std::string::npos; at = copy.find(from, at + 1)) {
                uint64_t address = 0;
                std::memcpy(&address, copy.data() + at + 4, 8);
                if (address + 4 < copy.size() && copy.compare(address, 4, "GCOL") == 0)
                    copy.replace(at, 4, to);
            }
            return copy;
        };
        const auto lengths = [this] {
            const Hdf5Reader file(path_);
            return std::pair(file.readTexts("/texts")[0].size(),
                             file.textListAttribute("/", "bands")->at(0).size());
        };
        QCOMPARE(lengths(), std::pair(size_t(300'000), size_t(30'000)));
        writeBytes(path_, withLength(300'000, 1));
        QCOMPARE(lengths().first, size_t(1));
        writeBytes(path_, withLength(30'000, 1));
        QCOMPARE(lengths().second, size_t(1));
        for (const uint32_t lie : {300'001u, 0x7fffffffu, 0xffffffffu}) {
            writeBytes(path_, withLength(300'000, lie));
            QVERIFY_THROWS_EXCEPTION(InputError, lengths());
            writeBytes(path_, withLength(30'000, lie));
            QVERIFY_THROWS_EXCEPTION(InputError, lengths());
        }
    }

    void manyTextsSurviveInEveryForm() {
        const QString python = pythonThatCan("import h5py");
        if (python.isEmpty())
            QSKIP("no python3 with h5py here");
        const QString script = R"(
import sys, h5py
for name, latest in (('a', 'earliest'), ('b', 'latest')):
    with h5py.File(sys.argv[1] + name, 'w', libver=latest, userblock_size=512) as f:
        texts = ['text %d ' % i + 'z' * (i % 700) for i in range(3000)]
        f.create_dataset('plain', data=texts, dtype=h5py.string_dtype())
        f.create_dataset('chunked', data=texts, dtype=h5py.string_dtype(), chunks=(7,), maxshape=(None,))
        f.create_dataset('empty', (5,), dtype=h5py.string_dtype())
        f.attrs['one'] = 'single'
        f.attrs['list'] = texts[:50]
        f['plain'].attrs['unit'] = 'mag'
)";
        QCOMPARE(pythonSays(python, script, {QString::fromStdString(path_)}), QString());
        for (const char* name : {"a", "b"}) {
            const Hdf5Reader file(path_ + name);
            for (const char* data : {"/plain", "/chunked"}) {
                const std::vector<std::string> texts = file.readTexts(data);
                QCOMPARE(texts.size(), size_t(3000));
                for (size_t i = 0; i < texts.size(); ++i)
                    QCOMPARE(texts[i], "text " + std::to_string(i) + " " + std::string(i % 700, 'z'));
            }
            QCOMPARE(file.readTexts("/empty"), std::vector<std::string>(5));
            QCOMPARE(file.textAttribute("/", "one").value(), std::string("single"));
            QCOMPARE(file.textListAttribute("/", "list").value().at(49), "text 49 " + std::string(49, 'z'));
            QCOMPARE(file.textAttribute("/plain", "unit").value(), std::string("mag"));
        }
    }

    /// Each copy is read by a process of its own, so that a crash is counted and not suffered.
    void noDamageCrashes() {
        writeExample(path_);
        const std::string bytes = readBytes(path_);
        int refused = 0, crashed = 0;
        for (const std::string& damaged : flippedBytes(bytes, 0, bytes.size(), 400, 6)) {
            writeBytes(path_, damaged);
            const pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0) {
                ::alarm(20);
                ::_exit(errorOf([this] { readEverything(); }).empty() ? 0 : 3);
            }
            int status = 0;
            ::waitpid(child, &status, 0);
            crashed += !WIFEXITED(status);
            refused += WIFEXITED(status) && WEXITSTATUS(status) == 3;
        }
        QCOMPARE(crashed, 0);
        QVERIFY(refused > 20);
    }

    void everyTruncationIsAnError() {
        writeExample(path_);
        const std::string bytes = readBytes(path_);
        for (const std::string& cut : truncations(bytes, 150)) {
            writeBytes(path_, cut);
            QVERIFY_THROWS_EXCEPTION(InputError, Hdf5Reader{path_});
        }
    }
};

QTEST_GUILESS_MAIN(TestHdf5)
#include "test_hdf5.moc"
