// What the chart draws lies where its axes say, and leaves as numbers what came in.

#include <cmath>

#include <QApplication>
#include <QImage>
#include <QTest>

#include "widgets/charts/line_chart.h"
#include "widgets/charts/ticks.h"

using namespace galatea;

namespace {

ChartSeries line(const QString& name, QColor colour, std::vector<QPointF> points) {
    return {name, std::move(points), colour, false};
}

/// Whether a pixel near a place has about this colour.
bool painted(const QImage& image, const QPointF& place, QColor colour) {
    for (int dy = -2; dy <= 2; ++dy)
        for (int dx = -2; dx <= 2; ++dx) {
            const QColor at = image.pixelColor(int(place.x()) + dx, int(place.y()) + dy);
            if (std::abs(at.red() - colour.red()) + std::abs(at.green() - colour.green()) +
                    std::abs(at.blue() - colour.blue()) <
                60)
                return true;
        }
    return false;
}

} // namespace

class TestLineChart : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void curvesLieWhereTheAxesSay() {
        LineChart chart;
        chart.resize(500, 300);
        chart.setSeries(
            {line("a", Qt::red, {{0, 0}, {10, 1}}), line("b", Qt::blue, {{0, 1}, {5, 0.5}, {10, 0}})});
        chart.show();
        QVERIFY(QTest::qWaitForWindowExposed(&chart));
        const QImage image = chart.grab().toImage();
        QVERIFY(painted(image, chart.position({2, 0.2}), Qt::red));
        QVERIFY(painted(image, chart.position({8, 0.8}), Qt::red));
        QVERIFY(painted(image, chart.position({8, 0.2}), Qt::blue));
        QVERIFY(!painted(image, chart.position({5, 0.9}), Qt::red));
        QVERIFY(chart.position({10, 0}).x() > chart.position({0, 0}).x());
        QVERIFY(chart.position({0, 1}).y() < chart.position({0, 0}).y());
    }

    void logarithmicAxisAndGaps() {
        LineChart chart;
        chart.resize(500, 300);
        chart.setLogarithmic(true);
        chart.setSeries({line("a", Qt::red, {{0, 1}, {1, 0}, {2, 100}, {3, NAN}, {4, 10000}})});
        // Equal ratios are equal distances; what has no logarithm is left out of the axis.
        const double step = chart.position({0, 1}).y() - chart.position({0, 100}).y();
        QVERIFY(std::abs(chart.position({0, 100}).y() - chart.position({0, 10000}).y() - step) < 1e-6);
        QVERIFY(step > 50);
        chart.show();
        QVERIFY(QTest::qWaitForWindowExposed(&chart));
    }

    void ticksAreRoundNumbers_data() {
        QTest::addColumn<double>("from");
        QTest::addColumn<double>("to");
        QTest::newRow("part of a decade") << 0.13 << 0.45;
        QTest::newRow("two decades") << 0.0012 << 0.2;
        QTest::newRow("many decades") << 1e-20 << 1e10;
        QTest::newRow("around one") << 0.8 << 1.3;
    }
    void ticksAreRoundNumbers() {
        QFETCH(double, from);
        QFETCH(double, to);
        const std::vector<double> ticks = logarithmicTicks(std::log10(from), std::log10(to), 4);
        QVERIFY(ticks.size() >= 2 && ticks.size() <= 10);
        for (size_t i = 0; i < ticks.size(); ++i) {
            const double value = std::pow(10, ticks[i]);
            QVERIFY(value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9));
            QVERIFY(i == 0 || ticks[i] > ticks[i - 1]);
            // At most two digits: it is itself again after being written with them.
            QVERIFY(std::abs(QString::number(value, 'g', 2).toDouble() / value - 1) < 1e-9);
        }
    }

    void numbersLeaveAsTheyCame() {
        LineChart chart;
        chart.setSeries({line("loss \"total\"", Qt::red, {{1, 0.1}, {2, 1.0 / 3}})});
        const QStringList rows = chart.csv().trimmed().split('\n');
        QCOMPARE(rows.size(), 3);
        QCOMPARE(rows[0], QString("series,x,y"));
        QVERIFY(rows[2].startsWith("\"loss \"\"total\"\"\",2,"));
        QCOMPARE(rows[2].section(',', -1).toDouble(), 1.0 / 3);
    }

    void oddInput() {
        LineChart chart;
        chart.setEmptyText("nothing yet");
        chart.resize(300, 200);
        chart.show();
        QVERIFY(QTest::qWaitForWindowExposed(&chart));
        for (const std::vector<QPointF>& points : {std::vector<QPointF>{},
                                                   {{1, 1}},
                                                   {{1, 0}, {2, 0}},
                                                   {{1, NAN}, {NAN, 1}},
                                                   {{0, 1e300}, {1, -1e300}},
                                                   {{3, INFINITY}}}) {
            chart.setSeries({line("x", Qt::red, points)});
            QVERIFY(!chart.grab().isNull());
            QCOMPARE(chart.picture(2).size(), chart.size() * 2);
        }
    }
};

QTEST_MAIN(TestLineChart)
#include "test_line_chart.moc"
