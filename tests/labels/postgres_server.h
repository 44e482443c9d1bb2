#pragma once
// A PostgreSQL server of its own: a fresh cluster in a temporary folder, reached through a socket there only.

#include <pwd.h>
#include <unistd.h>

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>

namespace galatea::labels_test {

class PostgresServer {
  public:
    PostgresServer() = default;
    ~PostgresServer() {
        if (running_)
            stop("immediate");
    }
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    static bool installed() { return !programs().isEmpty(); }

    bool begin() {
        folder_ = std::make_unique<QTemporaryDir>("/tmp/galatea-pg-XXXXXX"); // socket names must be short
        const QByteArray path = folder_->path().toLocal8Bit();
        if (const passwd* other = otherPerson()) {
            QFile::setPermissions(folder_->path(), QFile::Permissions(0x7755));
            if (::chown(path.constData(), other->pw_uid, other->pw_gid) != 0)
                return false;
        }
        return run("initdb", {"-D", data(), "-A", "trust", "-U", "galatea", "-E", "UTF8", "--locale=C"}) &&
               start();
    }
    bool start() {
        running_ =
            run("pg_ctl", {"-D", data(), "-l", folder_->filePath("log"), "-o",
                           "-c listen_addresses='' -c max_connections=120 -c unix_socket_directories=" +
                               folder_->path(),
                           "-w", "start"});
        return running_;
    }
    bool stop(const QString& how) {
        running_ = false;
        return run("pg_ctl", {"-D", data(), "-m", how, "-w", "stop"});
    }
    bool createDatabase(const QString& name) {
        return run("createdb", {"-h", folder_->path(), "-U", "galatea", name});
    }
    QString url(const QString& name) const {
        return "postgresql://galatea@/" + name + "?host=" + folder_->path();
    }

  private:
    /// PostgreSQL does not run as root: in a user namespace it is somebody else, with devices of its own.
    static const QStringList& wrapping() {
        static const QStringList words = [] {
            const QStringList wrapped{"bwrap",          "--bind", "/",    "/",     "--dev", "/dev",
                                      "--unshare-user", "--uid",  "1000", "--gid", "1000"};
            const bool works = ::geteuid() == 0 && !QStandardPaths::findExecutable("bwrap").isEmpty() &&
                               QProcess::execute(wrapped.front(), wrapped.mid(1) << "true") == 0;
            return works ? wrapped : QStringList();
        }();
        return words;
    }
    /// Who runs it where that does not work.
    static const passwd* otherPerson() {
        if (::geteuid() != 0 || !wrapping().isEmpty())
            return nullptr;
        const passwd* other = ::getpwnam("postgres");
        return other ? other : ::getpwnam("nobody");
    }
    static QString programs() {
        const QDir all("/usr/lib/postgresql");
        for (const QString& version :
             all.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name | QDir::Reversed))
            if (QFile::exists(all.filePath(version + "/bin/initdb")))
                return all.filePath(version + "/bin/");
        return {};
    }
    QString data() const { return folder_->filePath("data"); }
    bool run(const QString& program, const QStringList& arguments) {
        QStringList words = wrapping();
        if (const passwd* other = otherPerson())
            words = QStringList{"setpriv",
                                "--reuid",
                                QString::number(other->pw_uid),
                                "--regid",
                                QString::number(other->pw_gid),
                                "--clear-groups"};
        words << programs() + program << arguments;
        QProcess process;
        process.setWorkingDirectory("/tmp");
        process.setStandardOutputFile(QProcess::nullDevice()); // the server would keep a pipe open
        process.setStandardErrorFile(folder_->filePath("said"), QIODevice::Append);
        process.start(words.front(), words.mid(1));
        return process.waitForFinished(120000) && process.exitCode() == 0;
    }

    std::unique_ptr<QTemporaryDir> folder_;
    bool running_ = false;
};

} // namespace galatea::labels_test
