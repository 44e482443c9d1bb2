#include <QtTest>

#include <sys/stat.h>

#include "io/regular_file.h"
#include "io/sha256.h"
#include "io/strict_json.h"
#include "tests/support/files.h"

using namespace galatea;

class TestRegularFile : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void readsBytesAndParts() {
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "a.bin");
        writeBytes(path, "0123456789");
        const RegularFile file = openRegular(path);
        QCOMPARE(file.size(), 10);
        QCOMPARE(file.readAll(10), std::string("0123456789"));
        QCOMPARE(file.firstBytes(4), std::string("0123"));
        QCOMPARE(file.firstBytes(40), std::string("0123456789"));
        QVERIFY_THROWS_EXCEPTION(InputError, file.readAll(9));
        std::string part(5, ' ');
        file.readAt(3, std::as_writable_bytes(std::span<char>(part)));
        QCOMPARE(part, std::string("34567"));
        QVERIFY_THROWS_EXCEPTION(InputError, file.readAt(6, std::as_writable_bytes(std::span<char>(part))));
        QCOMPARE(readBytes(file.descriptorPath()), std::string("0123456789"));
    }

    void refusesWhatIsNoRegularFile() {
        QTemporaryDir folder;
        const std::string pipe = inFolder(folder, "pipe"), loop = inFolder(folder, "loop");
        QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
        QVERIFY(QFile::link("loop", QString::fromStdString(loop)));
        for (const std::string& path :
             {pipe, loop, folder.path().toStdString(), std::string("/dev/zero"), inFolder(folder, "missing"),
              std::string(), std::string("a\0b", 3), std::string(100000, 'x')})
            QVERIFY_THROWS_EXCEPTION(InputError, openRegular(path)); // and none of them may hang
    }

    void namesTheFileInItsError() {
        const std::string message = errorOf([] { openRegular("/nowhere/at all\n.fits"); });
        QCOMPARE(message, std::string("/nowhere/at all\\n.fits: there is no such file; check the path"));
    }

    void knowsTheSameFile() {
        QTemporaryDir folder;
        const std::string a = inFolder(folder, "a"), b = inFolder(folder, "b"),
                          link = inFolder(folder, "link");
        writeBytes(a, "x");
        writeBytes(b, "x");
        QVERIFY(QFile::link("a", QString::fromStdString(link)));
        QVERIFY(sameFile(a, link));
        QVERIFY(!sameFile(a, b));
        QVERIFY(!sameFile(a, inFolder(folder, "missing")));
    }

    /// The examples of FIPS 180-4 and its companions.
    void hashesAsTheStandardSays() {
        QCOMPARE(sha256("abc"),
                 std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        QCOMPARE(sha256(""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "million");
        writeBytes(path, std::string(1'000'000, 'a'));
        QCOMPARE(sha256OfFile(path),
                 std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
        writeBytes(path, std::string(3'000'001, '\0'));
        QCOMPARE(sha256OfFile(path), sha256(std::string(3'000'001, '\0')));
    }

    void acceptsOnlyStrictJson() {
        QCOMPARE(parseStrictJson(R"({"a":[1,{"b":2.5}]})", 3, "f", "it")["a"][1]["b"].get<double>(), 2.5);
        for (const char* text :
             {R"({"a":1,"a":2})", R"({"x":{"a":1,"a":2}})", R"({"a":[[[1]]]})", R"({"a":1e999})",
              R"({"a":NaN})", R"({"a":1} x)", R"({"a":1)", "", "{\"a\":\"\xff\"}"})
            QVERIFY_THROWS_EXCEPTION(InputError, parseStrictJson(text, 3, "f", "it"));
        // Depth alone must not exhaust the stack either.
        QVERIFY_THROWS_EXCEPTION(InputError, parseStrictJson(std::string(10'000'000, '['), 32, "f", "it"));
    }
};

QTEST_GUILESS_MAIN(TestRegularFile)
#include "test_regular_file.moc"
