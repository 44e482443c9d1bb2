// Two processes, started as a launcher starts them, do what one does.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "cli_process.h"
#include "latent/latents.h"

using namespace galatea;

namespace {

/// A port that was free a moment ago.
QString freePort() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(socket);
    return QString::number(ntohs(address.sin_port));
}

/// Runs the command in two processes; true if both end with 0.
bool inTwo(const QStringList& arguments, const QString& folder, QString& said) {
    const QString port = freePort();
    std::array<QProcess, 2> processes;
    for (int rank = 0; rank < 2; ++rank) {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("RANK", QString::number(rank));
        environment.insert("WORLD_SIZE", "2");
        environment.insert("MASTER_ADDR", "127.0.0.1");
        environment.insert("MASTER_PORT", port);
        QProcess& process = processes[size_t(rank)];
        process.setProcessEnvironment(environment);
        process.setWorkingDirectory(folder);
        process.start(cliProgram(), arguments);
    }
    bool good = true;
    for (QProcess& process : processes) {
        process.waitForFinished(120'000);
        said += process.readAllStandardOutput() + process.readAllStandardError();
        good = good && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
    }
    return good;
}

/// Every number of a loss log, by column.
QMap<QString, QList<double>> readLog(const QString& path) {
    QMap<QString, QList<double>> columns;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return columns;
    const QList<QByteArray> lines = file.readAll().trimmed().split('\n');
    const QList<QByteArray> names = lines.first().split(',');
    for (qsizetype line = 1; line < lines.size(); ++line) {
        const QList<QByteArray> cells = lines[line].split(',');
        for (qsizetype i = 0; i < names.size(); ++i)
            columns[names[i]].append(cells.value(i).toDouble());
    }
    return columns;
}

} // namespace

class TestCliTogether : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() {
        QVERIFY(runCli({"simulate", "-n", "75", "--size", "16", "--bands", "r", "-o", "d.h5"}, folder_.path())
                    .exitCode == 0);
    }

    void trainingFollowsOneProcess() {
        const auto command = [](const QString& name) {
            // 68 training images in batches of 16: the last holds 4; 7 held out.
            return QStringList{"train",
                               "astrovader",
                               "d.h5",
                               "-o",
                               name + ".safetensors",
                               "--log",
                               name + ".csv",
                               "--threads",
                               "1",
                               "--quiet",
                               "--set",
                               "filters=4,4",
                               "--set",
                               "kernels=3,3",
                               "--set",
                               "decoder_kernels=3,3",
                               "--set",
                               "latent=3",
                               "--set",
                               "components=2",
                               "--set",
                               "batch=16",
                               "--set",
                               "mixture_batches=4",
                               "--set",
                               "gamma_epochs=3",
                               "--set",
                               "periods=1",
                               "--set",
                               "annealing_epochs=2",
                               "--set",
                               "static_epochs=1",
                               "--set",
                               "learning_rate=0.003"};
        };
        const CliRun one = runCli(command("one"), folder_.path());
        QVERIFY2(one.exitCode == 0, one.report());
        QString said;
        QVERIFY2(inTwo(command("two"), folder_.path(), said), qPrintable(said));
        const auto alone = readLog(folder_.filePath("one.csv")),
                   together = readLog(folder_.filePath("two.csv"));
        QCOMPARE(alone.value("epoch").size(), 6);
        QCOMPARE(together.keys(), alone.keys());
        for (const QString& column : alone.keys()) {
            if (column == "seconds" || column == "phase")
                continue;
            for (qsizetype i = 0; i < 6; ++i) {
                const double a = alone[column][i], b = together[column][i];
                QVERIFY2(
                    std::abs(a - b) <= 1e-4 * std::max(1e-3, std::abs(a)),
                    qPrintable(
                        QString("%1, epoch %2: %3 alone, %4 together").arg(column).arg(i + 1).arg(a).arg(b)));
            }
        }
    }

    void embeddingIsIdentical() {
        const CliRun one = runCli({"embed", "one.safetensors", "d.h5", "-o", "one.h5", "--reconstruct",
                                   "--threads", "1", "--batch", "8"},
                                  folder_.path());
        QVERIFY2(one.exitCode == 0, one.report());
        QString said;
        QVERIFY2(inTwo({"embed", "one.safetensors", "d.h5", "-o", "two.h5", "--reconstruct", "--threads", "1",
                        "--batch", "8"},
                       folder_.path(), said),
                 qPrintable(said));
        const Latents a = readLatents(folder_.filePath("one.h5").toStdString()),
                      b = readLatents(folder_.filePath("two.h5").toStdString());
        const auto same = [](const Array& x, const Array& y) {
            const auto p = x.values(), q = y.values();
            return x.shape() == y.shape() && std::equal(p.begin(), p.end(), q.begin());
        };
        QCOMPARE(a.size(), 75);
        QVERIFY(same(a.mean, b.mean));
        QVERIFY(same(a.logvar, b.logvar));
        QVERIFY(same(a.responsibility, b.responsibility));
        QVERIFY(a.component == b.component);
        QVERIFY(a.id == b.id);
        QCOMPARE(a.reconstructionError.size(), size_t(75));
        QVERIFY(a.reconstructionError == b.reconstructionError);
    }

    void missingVariablesAreNamed() {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("WORLD_SIZE", "2");
        process.setProcessEnvironment(environment);
        process.setWorkingDirectory(folder_.path());
        process.start(cliProgram(), {"embed", "one.safetensors", "d.h5", "-o", "none.h5"});
        QVERIFY(process.waitForFinished(60'000));
        QCOMPARE(process.exitCode(), 2);
        QVERIFY(process.readAllStandardError().contains("RANK"));
        QVERIFY(!QFile::exists(folder_.filePath("none.h5")));
    }

  private:
    QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestCliTogether)
#include "test_cli_together.moc"
