#include <QtTest>

#include <cmath>
#include <cstring>

#include "io/safetensors.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

/// JSON with ' for ", which keeps it readable (and moc content).
std::string json(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

Array counting(std::vector<int64_t> shape) {
    Array array(std::move(shape));
    float value = 0.5f;
    for (float& out : array.values())
        out = value += 1.25f;
    return array;
}

std::string fileOf(const std::string& header, const std::string& data) {
    uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + data;
}

} // namespace

class TestSafetensors : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    std::string path_ = inFolder(folder_, "m.safetensors");

    void writeExample() const {
        writeSafetensors(path_,
                         {{"first.weight", counting({2, 3, 4})}, {"b", counting({5})}, {"s", counting({})}},
                         json("{'name':'a \\'card\\' é'}"));
    }

  private Q_SLOTS:
    void roundTripIsExact() {
        writeExample();
        const SafetensorsFile file = readSafetensors(path_);
        QCOMPARE(file.metadata, std::string(json("{'name':'a \\'card\\' é'}")));
        QCOMPARE(readSafetensorsMetadata(path_), file.metadata);
        QCOMPARE(file.tensors.size(), size_t(3));
        QCOMPARE(file.tensors[0].first, std::string("first.weight"));
        QCOMPARE(file.tensors[0].second.shape(), (std::vector<int64_t>{2, 3, 4}));
        const Array expected = counting({2, 3, 4});
        QVERIFY(std::ranges::equal(file.tensors[0].second.values(), expected.values()));
        QCOMPARE(file.tensors[2].second.rank(), 0);
    }

    void isDeterministicAndAligned() {
        writeExample();
        const std::string once = readBytes(path_);
        writeExample();
        QCOMPARE(readBytes(path_), once);
        uint64_t length = 0;
        std::memcpy(&length, once.data(), 8);
        QCOMPARE(length % 8, 0u);
    }

    void stridedViewsAreWrittenInOrder() {
        const Array view = counting({2, 3}).permuted({1, 0});
        writeSafetensors(path_, {{"t", view}}, "");
        const SafetensorsFile file = readSafetensors(path_);
        QCOMPARE(file.metadata, std::string());
        QVERIFY(std::ranges::equal(file.tensors[0].second.values(), view.copy().values()));
    }

    void readsOtherFloatTypes() {
        const double wide[] = {1.5, -2.0};
        const uint16_t half[] = {0x3C00, 0xC000, 0x0001,
                                 0x7C00, 0x03FF, 0x7E00}; // 1 -2 2^-24 inf 1023·2^-24 NaN
        const uint16_t brain[] = {0x3F80, 0xC040};        // 1 -3
        std::string data(reinterpret_cast<const char*>(wide), sizeof wide);
        data.append(reinterpret_cast<const char*>(half), sizeof half);
        data.append(reinterpret_cast<const char*>(brain), sizeof brain);
        writeBytes(path_, fileOf(json("{'w':{'dtype':'F64','shape':[2],'data_offsets':[0,16]},") +
                                     json("'h':{'dtype':'F16','shape':[6],'data_offsets':[16,28]},") +
                                     json("'b':{'dtype':'BF16','shape':[2],'data_offsets':[28,32]}}"),
                                 data));
        const SafetensorsFile file = readSafetensors(path_);
        const auto values = [&](size_t i) { return file.tensors[i].second.values(); };
        QCOMPARE(values(0)[0], 1.5f);
        QCOMPARE(values(0)[1], -2.0f);
        QCOMPARE(values(1)[0], 1.0f);
        QCOMPARE(values(1)[1], -2.0f);
        QCOMPARE(values(1)[2], std::ldexp(1.0f, -24));
        QVERIFY(std::isinf(values(1)[3]));
        QCOMPARE(values(1)[4], std::ldexp(1023.0f, -24));
        QVERIFY(std::isnan(values(1)[5]));
        QCOMPARE(values(2)[0], 1.0f);
        QCOMPARE(values(2)[1], -3.0f);
    }

    void refusesWhatTheFormatForbids_data() {
        QTest::addColumn<QString>("header");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<bool>("good");
        const auto row = [](const char* name, const std::string& header, int bytes, bool good = false) {
            QTest::newRow(name) << QString::fromStdString(header) << bytes << good;
        };
        row("control", json("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"), 8, true);
        row("empty tensor", json("{'a':{'dtype':'F32','shape':[0,3],'data_offsets':[0,0]}}"), 0, true);
        row("padded", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}   ", 8, true);
        row("hole", json("{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}"), 8);
        row("overlap",
            json("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[1],'data_"
                 "offsets':[4,8]}}"),
            8);
        row("alias",
            json("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[2],'data_"
                 "offsets':[0,8]}}"),
            8);
        row("too long", json("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"), 9);
        row("too short", json("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"), 7);
        row("shape and bytes differ", json("{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}"), 8);
        row("negative axes", json("{'a':{'dtype':'F32','shape':[-1,-2],'data_offsets':[0,8]}}"), 8);
        row("overflow",
            json("{'a':{'dtype':'F32','shape':[1048576,1048576,1048576,1048576],'data_offsets':[0,8]}}"), 8);
        row("fraction", json("{'a':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}}"), 8);
        row("end before begin", json("{'a':{'dtype':'F32','shape':[0],'data_offsets':[8,0]}}"), 8);
        row("integers", json("{'a':{'dtype':'I32','shape':[2],'data_offsets':[0,8]}}"), 8);
        row("twice",
            json("{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'data_"
                 "offsets':[4,8]}}"),
            8);
        row("other keys", json("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'x':1}}"), 8);
        row("nine axes", json("{'a':{'dtype':'F32','shape':[2,1,1,1,1,1,1,1,1],'data_offsets':[0,8]}}"), 8);
        row("name with a newline", json("{'a\\n':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"), 8);
        row("metadata is text",
            json("{'__metadata__':'x','a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"), 8);
        row("metadata holds a number",
            json("{'__metadata__':{'k':1},'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"), 8);
        row("no tensors", "{}", 0);
        row("array", "[]", 0);
    }
    void refusesWhatTheFormatForbids() {
        QFETCH(QString, header);
        QFETCH(int, bytes);
        QFETCH(bool, good);
        writeBytes(path_, fileOf(header.toStdString(), std::string(static_cast<size_t>(bytes), '\0')));
        if (good)
            QCOMPARE(readSafetensors(path_).tensors.size(), size_t(1));
        else
            QVERIFY_THROWS_EXCEPTION(InputError, readSafetensors(path_));
    }

    void refusesLargeHeaders() {
        const std::string good = json("{'a':{'dtype':'F32','shape':[0],'data_offsets':[0,0]}}");
        writeBytes(path_, fileOf(good + std::string(1'000'000 - good.size(), ' '), ""));
        QCOMPARE(readSafetensors(path_).tensors.size(), size_t(1));
        writeBytes(path_, fileOf(good + std::string(1'000'001 - good.size(), ' '), ""));
        QVERIFY_THROWS_EXCEPTION(InputError, readSafetensors(path_));
        QVERIFY_THROWS_EXCEPTION(
            UsageError, writeSafetensors(path_, {{"a", counting({1})}}, std::string(1'000'001, 'x')));
    }

    void everyTruncationIsAnError() {
        writeExample();
        for (const std::string& bytes : truncations(readBytes(path_), 200)) {
            writeBytes(path_, bytes);
            QVERIFY_THROWS_EXCEPTION(InputError, readSafetensors(path_));
        }
    }

    void noDamageCrashes() {
        writeExample();
        const std::string bytes = readBytes(path_);
        int refused = 0;
        for (const std::string& damaged : flippedBytes(bytes, 0, bytes.size() - 4 * 30, 2000)) {
            writeBytes(path_, damaged);
            refused += !errorOf([this] { readSafetensors(path_); }).empty();
        }
        QVERIFY2(refused > 1000, qPrintable(QString::number(refused)));
    }

    void anIndependentReaderAgrees() {
        const QString python = pythonThatCan("import numpy");
        if (python.isEmpty())
            QSKIP("no python3 with numpy here");
        writeExample();
        const QString script = R"(
import json, struct, sys, numpy
b = open(sys.argv[1], 'rb').read()
n = struct.unpack('<Q', b[:8])[0]
h = json.loads(b[8:8+n])
t = h['first.weight']; lo, hi = t['data_offsets']
a = numpy.frombuffer(b[8+n+lo:8+n+hi], '<f4').reshape(t['shape'])
print(t['dtype'], a.shape, a[1, 2, 3], json.loads(h['__metadata__']['galatea'])['name'], len(b) - 8 - n)
)";
        QCOMPARE(pythonSays(python, script, {QString::fromStdString(path_)}),
                 QString::fromUtf8("F32 (2, 3, 4) 30.5 a \"card\" é 120"));
    }
};

QTEST_GUILESS_MAIN(TestSafetensors)
#include "test_safetensors.moc"
