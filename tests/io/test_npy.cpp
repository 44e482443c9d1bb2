// NumPy arrays: every type and order that numpy writes, and what must be refused.

#include <QtTest>

#include <bit>

#include "io/npy.h"
#include "tests/support/files.h"
#include "tests/support/fits_bytes.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

std::string faultOf(const std::string& bytes) {
    return errorOf([&] { NpyArray("", bytesInMemory(bytes, "made.npy")); });
}

const char* script = R"(
import sys, numpy as np
rng = np.random.default_rng(3)
n = 0
for order in ('C', 'F'):
    for kind in ('f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', '?'):
        for end in '<>':
            if kind[0] == 'f': a = rng.normal(size=(5, 3, 4, 2)) * 100
            elif kind == '?': a = rng.integers(0, 2, (5, 3, 4, 2))
            else:
                i = np.iinfo(kind); a = rng.integers(i.min, i.max, (5, 3, 4, 2), dtype=kind, endpoint=True)
            a = np.asarray(a.astype(np.dtype(kind).newbyteorder(end)), order=order)
            with open(f'{sys.argv[1]}/{n}.npy', 'wb') as f:
                np.lib.format.write_array(f, a, version=((1, 0), (2, 0), (3, 0))[n % 3])
            np.ascontiguousarray(a).astype('<f4').tofile(f'{sys.argv[1]}/{n}.f32')
            n += 1
np.savez_compressed(sys.argv[1] + '/packed.npz', images=np.arange(600.).reshape(6, 10, 10), label=np.array(['a'] * 6),
                    z=np.arange(6) / 8, count=np.arange(6))
np.savez(sys.argv[1] + '/objects.npz', images=np.zeros((2, 8, 8)), o=np.array([{}, None], dtype=object))
print(n)
)";

} // namespace

class TestNpy : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void everythingNumpyWritesIsRead() {
        const QString python = pythonThatCan("import numpy");
        if (python.isEmpty())
            QSKIP("there is no Python with numpy");
        QTemporaryDir folder;
        const QString said = pythonSays(python, script, {folder.path()});
        const int count = said.toInt();
        QVERIFY2(count == 48, qPrintable(said));
        std::vector<std::string> notes;
        for (int i = 0; i < count; ++i) {
            const std::vector<NpyArray> arrays =
                openNpy(folder.filePath(QString("%1.npy").arg(i)).toStdString(), notes);
            const std::string expected = readBytes(folder.filePath(QString("%1.f32").arg(i)).toStdString());
            const Array all = arrays.at(0).readFloat(0, 5);
            QCOMPARE(all.shape(), (std::vector<int64_t>{5, 3, 4, 2}));
            QVERIFY2(std::memcmp(all.data(), expected.data(), expected.size()) == 0,
                     qPrintable(QString::number(i)));
            const Array some = arrays.at(0).readFloat(2, 4);
            QVERIFY(std::memcmp(some.data(), expected.data() + 2 * 24 * 4, 2 * 24 * 4) == 0);
            QVERIFY_THROWS_EXCEPTION(std::out_of_range, arrays.at(0).readFloat(2, 6));
        }
        const std::vector<NpyArray> packed = openNpy(inFolder(folder, "packed.npz"), notes);
        QCOMPARE(packed.size(), size_t(4));
        QVERIFY(notes.empty());
        QCOMPARE(packed[0].readFloat(5, 6).at(0, 9, 9), 599.0f);
        QCOMPARE(packed[1].readColumn().text(3), std::string("a"));
        QCOMPARE(packed[2].readColumn().number(3), 0.375);
        QCOMPARE(packed[3].readColumn().text(3), std::string("3"));
        QCOMPARE(openNpy(inFolder(folder, "objects.npz"), notes).size(), size_t(1));
        QVERIFY(notes.size() == 1 && notes[0].find("Python objects") != std::string::npos);
        const std::string bytes = readBytes(inFolder(folder, "packed.npz"));
        for (const std::string& damaged : flippedBytes(bytes, 0, bytes.size(), 100)) {
            writeBytes(inFolder(folder, "damaged.npz"), damaged);
            errorOf([&] { openNpy(inFolder(folder, "damaged.npz"), notes); });
        }
    }

    void liesAreRefused() {
        const std::string data(96, '\0');
        QVERIFY(faultOf(npyBytes("<f4", "(2, 3, 4)", data)).empty());
        QVERIFY(faultOf(npyBytes("<f4", "(2, 3, 5)", data)).find("cut short") != std::string::npos);
        QVERIFY(faultOf(npyBytes("<f8", "(4294967296, 4294967296)", data)).find("more bytes") !=
                std::string::npos);
        QVERIFY(faultOf(npyBytes("|O", "(1,)", data)).find("Python objects") != std::string::npos);
        QVERIFY(faultOf(npyBytes("<c8", "(1,)", data)).find("cannot be read") != std::string::npos);
        QVERIFY(faultOf(npyBytes("<f4", "(-1,)", data)).find("damaged") != std::string::npos);
        QVERIFY(faultOf(npyBytes("<f4", "(99999999999999999999,)", data)).find("damaged") !=
                std::string::npos);
        QVERIFY(faultOf("\x93NUMPY").find("no NumPy array") != std::string::npos);
        const std::string good = npyBytes("<f4", "(2, 3, 4)", data);
        for (const std::string& cut : truncations(good, 50))
            QVERIFY(!faultOf(cut).empty());
    }
};

QTEST_GUILESS_MAIN(TestNpy)
#include "test_npy.moc"
