#pragma once
// Stores to test, of both kinds, and the program that labels in a process of its own.

#include <QDateTime>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "app/desktop/labels/label_store.h"
#include "tests/labels/postgres_server.h"

namespace galatea::labels_test {

inline QString writerProgram() {
    return QString(GALATEA_BIN_DIR) + "/galatea-test-label-writer";
}

/// Places for stores of both kinds, all different.
class Places {
  public:
    /// Empty if there is no server to be had.
    QString make(const QString& kind) {
        const QString name = QString("labels%1").arg(++count_);
        if (kind == "sqlite")
            return folder_.filePath(name + ".labels.db");
        if (!PostgresServer::installed())
            return {};
        if (!server_) {
            server_ = std::make_unique<PostgresServer>();
            if (!server_->begin())
                server_.reset();
        }
        return server_ && server_->createDatabase(name) ? server_->url(name) : QString();
    }
    PostgresServer* server() { return server_.get(); }
    QString file(const QString& name) const { return folder_.filePath(name); }

  private:
    QTemporaryDir folder_;
    std::unique_ptr<PostgresServer> server_;
    int count_ = 0;
};

inline void bothKinds() {
    QTest::addColumn<QString>("kind");
    QTest::newRow("SQLite") << "sqlite";
    QTest::newRow("PostgreSQL") << "postgresql";
}

inline LabelEvent labelOf(const std::string& object, const std::string& label, const QString& who = "ann") {
    LabelEvent made;
    made.object = object;
    made.label = label;
    made.mark = {who, static_cast<double>(QDateTime::currentSecsSinceEpoch()) + 0.25, 1, LabelOrigin::Person};
    return made;
}

} // namespace galatea::labels_test

/// Sets `place`, or skips where there is no server.
#define PLACE_FOR_KIND(place)                                                                                \
    QFETCH(QString, kind);                                                                                   \
    const QString place = places_.make(kind);                                                                \
    if (kind != "sqlite" && !galatea::labels_test::PostgresServer::installed())                              \
        QSKIP("no PostgreSQL server is installed (Debian: postgresql)");                                     \
    QVERIFY2(!place.isEmpty(), "the PostgreSQL server did not start")
