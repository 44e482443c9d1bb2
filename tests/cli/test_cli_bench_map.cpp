// `bench --suite map` and `views`: it says what it lacks, and what it measures has the shape it promises.
#include "cli_process.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QTest>

class TestCliBenchMap : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void withoutADisplayItSaysSo() {
        const QByteArray display = qgetenv("DISPLAY"), wayland = qgetenv("WAYLAND_DISPLAY"),
                         platform = qgetenv("QT_QPA_PLATFORM");
        qunsetenv("DISPLAY");
        qunsetenv("WAYLAND_DISPLAY");
        qunsetenv("QT_QPA_PLATFORM");
        const CliRun run = runCli({"bench", "--suite", "map"});
        qputenv("DISPLAY", display);
        qputenv("WAYLAND_DISPLAY", wayland);
        qputenv("QT_QPA_PLATFORM", platform);
        QCOMPARE(run.exitCode, 2);
        QVERIFY2(run.oneErrorLine() && run.err.contains("xvfb-run"), run.report());
    }

    void wrongNumbersAreRefused() {
        QCOMPARE(runCli({"bench", "--suite", "map", "--points", "0"}).exitCode, 2);
        QCOMPARE(runCli({"bench", "--suite", "map", "--points", "many"}).exitCode, 2);
    }

    void itMeasuresTheViews() {
        if (!QFileInfo::exists(QStringLiteral(GALATEA_BIN_DIR "/galatea")))
            QSKIP("the desktop application is not built");
        const CliRun run = runCli({"bench", "--suite", "views", "--points", "20000", "--json"});
        QVERIFY2(run.exitCode == 0, run.report());
        const QJsonArray results = run.json()["results"].toArray();
        QCOMPARE(results.size(), 2);
        const QJsonObject table = results[0].toObject(), gallery = results[1].toObject();
        QCOMPARE(table["rows"].toInt(), 20000);
        QCOMPARE(gallery["rows"].toInt(), 2000);
        for (const QJsonObject& view : {table, gallery}) {
            QVERIFY(view["scroll"]["steps"].toInt() > 10);
            QVERIFY(view["scroll"]["longest_stall_milliseconds"].toDouble() >=
                    view["scroll"]["event_loop_milliseconds"]["median"].toDouble());
        }
        QVERIFY(table["sort"]["milliseconds"].toDouble() >= 0 &&
                table["filter"]["milliseconds"].toDouble() >= 0);
        QVERIFY(table["filter_kept"].toInt() > 0 && table["filter_kept"].toInt() < 20000);
        QVERIFY(table["filter_evaluation_milliseconds"]["median"].toDouble() > 0);
    }

    void itMeasures() {
        if (!QFileInfo::exists(QStringLiteral(GALATEA_BIN_DIR "/galatea")))
            QSKIP("the desktop application is not built");
        const CliRun run = runCli({"bench", "--suite", "map", "--points", "3000", "--json"});
        QVERIFY2(run.exitCode == 0, run.report());
        const QJsonArray results = run.json()["results"].toArray();
        QCOMPARE(results.size(), 2);
        for (const QJsonValue& value : results) {
            const QJsonObject row = value.toObject();
            QCOMPARE(row["points"].toInt(), 3000);
            const QJsonObject pan = row["moving"]["pan"].toObject();
            QVERIFY(pan["milliseconds"]["median"].toDouble() > 0);
            QVERIFY(pan["milliseconds"]["median"].toDouble() <= pan["milliseconds"]["p95"].toDouble());
            QCOMPARE(row["moving"].toObject().contains("orbit"), row["dimensions"].toInt() == 3);
            QVERIFY(row["full_detail"]["milliseconds"].toDouble() >= 0);
            QVERIFY(row["lasso_rows"].toInt() > 100);
            QVERIFY(row["bytes_per_point_held"].toDouble() > 20);
        }
    }
};

QTEST_GUILESS_MAIN(TestCliBenchMap)
#include "test_cli_bench_map.moc"
