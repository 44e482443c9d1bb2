// Walks the collection of hostile models by its manifest: each is opened and used as galatea-cli would, and
// answers as expected, in time, leaving no marker behind.

#include <QDir>
#include <QFile>
#include <QTest>

#include <optional>

#include "core/error.h"
#include "torchscript/open_model.h"

using namespace galatea;

namespace {

const HostLimits limits{int64_t{1} << 30, 10, 4, 1};

enum class Outcome { Clean, Noted, Refused };

struct Used {
    Outcome outcome = Outcome::Clean;
    std::string text;
};

QStringList markers() {
    return QDir(QStringLiteral("/tmp")).entryList({QStringLiteral("galatea_hostile_marker_*")});
}

Array someImages(int64_t count) {
    Array images({count, 1, 32, 32});
    for (int64_t i = 0; i < images.size(); ++i)
        images.data()[i] = static_cast<float>(i % 97) / 97;
    return images;
}

/// What `info`, `traverse`, `embed` and `score` would meet.
Used use(const std::string& path, const QString& command) {
    try {
        const ModelPtr model = openModel(path, limits);
        if (command == "traverse")
            model->decode(Array({3, std::max<int64_t>(1, model->card().latent)}));
        else if (command == "embed")
            model->encode(someImages(4));
        else if (command == "score")
            model->score(someImages(4));
        const std::vector<std::string> notes = model->notes();
        return {notes.empty() ? Outcome::Clean : Outcome::Noted, notes.empty() ? "" : notes.front()};
    } catch (const Error& error) {
        return {Outcome::Refused, error.what()};
    }
}

bool fits(const QString& rule, const QString& expected, Outcome outcome) {
    const bool refused = outcome == Outcome::Refused;
    if (rule == "clean")
        return true;
    if (rule == "noticed")
        return outcome != Outcome::Clean;
    if (rule == "exit")
        return refused == (expected == "error");
    if (expected == "error")
        return refused;
    return outcome == (expected == "loads" ? Outcome::Clean : Outcome::Noted);
}

} // namespace

class TestHostileModels : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void everyModel_data();
    void everyModel();
};

void TestHostileModels::everyModel_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("check");
    const QString folder = QStringLiteral(GALATEA_SOURCE_DIR "/../shared/data/hostile/");
    QFile manifest(folder + "MANIFEST.tsv");
    if (!manifest.open(QIODevice::ReadOnly))
        QSKIP("needs the collection of hostile files, shared/data/hostile");
    for (const QByteArray& line : manifest.readAll().split('\n')) {
        const QList<QByteArray> fields = line.split('\t');
        if (fields.size() >= 5 && fields[1] == "model" && QFile::exists(folder + fields[0]))
            QTest::newRow(fields[0].constData())
                << folder + fields[0] << QString(fields[3]) << QString(fields[4]).trimmed();
    }
}

void TestHostileModels::everyModel() {
    QFETCH(QString, path);
    QFETCH(QString, expected);
    QFETCH(QString, check);
    const QStringList before = markers();
    for (const QString& part : check.split(' ')) {
        const QStringList halves = part.split('=');
        QCOMPARE(halves.size(), 2);
        const Used used = use(path.toStdString(), halves[0]);
        const QString seen = part + ": " + QString::fromStdString(used.text);
        if (!used.text.empty())
            qInfo("%s", qPrintable(seen));
        QVERIFY2(fits(halves[1], expected, used.outcome), qPrintable(seen));
        for (const QChar c : seen)
            QVERIFY(c.unicode() >= 32 && !(c.unicode() >= 0x202A && c.unicode() <= 0x202E));
    }
    QCOMPARE(markers(), before);
}

QTEST_GUILESS_MAIN(TestHostileModels)
#include "test_hostile_models.moc"
