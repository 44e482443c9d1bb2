#include <QtTest>

#include <csignal>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/atomic_file.h"
#include "tests/support/files.h"

using namespace galatea;

class TestAtomicFile : public QObject {
    Q_OBJECT

    static QStringList entries(const QTemporaryDir& folder) {
        return QDir(folder.path()).entryList(QDir::Files | QDir::Hidden, QDir::Name);
    }

  private Q_SLOTS:
    void appearsOnlyWhenCommitted() {
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "out.txt");
        {
            AtomicFile file(path);
            file.write("half");
            QVERIFY(!QFile::exists(QString::fromStdString(path)));
        }
        QCOMPARE(entries(folder), QStringList());
        AtomicFile file(path);
        file.write("who");
        file.write("le");
        file.commit();
        QCOMPARE(readBytes(path), std::string("whole"));
        QCOMPARE(entries(folder), QStringList{"out.txt"});
    }

    void keepsTheOldFileWhenItFails() {
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "out.txt");
        writeBytes(path, "old");
        QCOMPARE(::chmod(path.c_str(), 0640), 0);
        {
            AtomicFile file(path);
            file.write("new");
            QVERIFY_THROWS_EXCEPTION(InputError, file.commit([](const std::string&) {
                throw InputError("x", "not what was written", "");
            }));
        }
        QCOMPARE(readBytes(path), std::string("old"));
        QCOMPARE(entries(folder), QStringList{"out.txt"});
        AtomicFile file(path);
        file.write("new");
        file.commit();
        QCOMPARE(readBytes(path), std::string("new"));
        struct stat status {};
        QCOMPARE(::stat(path.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, mode_t(0640)); // permissions are the old file's
    }

    void writesTheFileBehindALink() {
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "real.txt"), link = inFolder(folder, "link.txt");
        writeBytes(path, "old");
        QVERIFY(QFile::link("real.txt", QString::fromStdString(link)));
        AtomicFile file(link);
        file.write("new");
        file.commit();
        QCOMPARE(readBytes(path), std::string("new"));
        QVERIFY(QFileInfo(QString::fromStdString(link)).isSymLink());
    }

    void refusesImpossibleTargets() {
        QTemporaryDir folder;
        for (const std::string& target :
             {inFolder(folder, "missing/out.txt"), folder.path().toStdString(), std::string("/dev/null"),
              std::string(), std::string("/proc/nothing")}) {
            QVERIFY_THROWS_EXCEPTION(Error, AtomicFile{target});
        }
        QVERIFY_THROWS_EXCEPTION(UsageError, requireWritable(inFolder(folder, "missing/out.txt")));
        requireWritable(inFolder(folder, "out.txt"));
        QCOMPARE(entries(folder), QStringList());
    }

    /// Killed at any moment, the name holds all of the old or all of the new content.
    void survivesBeingKilled() {
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "out.txt");
        const std::string contents[] = {std::string(300'000, 'a'), std::string(200'000, 'b')};
        writeBytes(path, contents[0]);
        for (int attempt = 0; attempt < 20; ++attempt) {
            const pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0) {
                for (int i = 0;; ++i) {
                    AtomicFile file(path);
                    file.write(contents[i % 2]);
                    file.commit();
                }
            }
            QTest::qSleep(1 + attempt);
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
            const std::string found = readBytes(path);
            QVERIFY(found == contents[0] || found == contents[1]);
        }
    }
};

QTEST_GUILESS_MAIN(TestAtomicFile)
#include "test_atomic_file.moc"
