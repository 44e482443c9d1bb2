// Bars and fields: what is drawn where, what is read out, the numbers on their way out.

#include <QtTest>

#include <cmath>

#include "widgets/charts/bar_chart.h"
#include "widgets/charts/heat_chart.h"
#include "widgets/charts/line_chart.h"

using namespace galatea;

class TestBarAndHeatChart : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void barsReachTheirValues() {
        BarChart chart;
        chart.resize(500, 300);
        chart.setSeries({{"red", {0.2, 0.8, NAN, -0.4}, QColor(255, 0, 0)}});
        const QImage picture = chart.picture(1);
        const auto at = [&](double x, double y) {
            return picture.pixelColor(chart.position({x, y}).toPoint());
        };
        QCOMPARE(at(1, 0.1), QColor(255, 0, 0));
        QCOMPARE(at(2, 0.7), QColor(255, 0, 0));
        QCOMPARE(at(4, -0.3), QColor(255, 0, 0));
        QVERIFY(at(1, 0.3) != QColor(255, 0, 0));
        QVERIFY(at(3, 0.1) != QColor(255, 0, 0)); // no value, no bar
        QCOMPARE(chart.csv(), QString("place,\"red\"\n1,0.2\n2,0.8\n3,\n4,-0.4\n"));
        QVERIFY(chart.svg().contains("<svg"));
    }

    void severalSeriesStandSideBySide() {
        BarChart chart;
        chart.resize(500, 300);
        chart.setSeries({{"a", {1, 1}, QColor(255, 0, 0)}, {"b", {1, 1}, QColor(0, 0, 255)}});
        const QImage picture = chart.picture(1);
        QCOMPARE(picture.pixelColor(chart.position({0.8, 0.5}).toPoint()), QColor(255, 0, 0));
        QCOMPARE(picture.pixelColor(chart.position({1.2, 0.5}).toPoint()), QColor(0, 0, 255));
    }

    void fieldsAreShadedByTheirParts() {
        HeatChart chart;
        chart.resize(400, 400);
        chart.setTable({1, 0, 0.5, NAN}, 2);
        const QImage picture = chart.picture(1);
        const auto at = [&](double x, double y) {
            return picture.pixelColor(chart.position({x, y}).toPoint());
        };
        // Away from the numbers in the middle: row 1 at the bottom.
        const QColor full = chart.palette().color(QPalette::Highlight),
                     none = chart.palette().color(QPalette::Base);
        QCOMPARE(at(0.7, 0.7), full);
        QCOMPARE(at(1.7, 0.7), none);
        const QColor half = at(0.7, 1.7);
        QVERIFY(std::abs(half.red() - (full.red() + none.red()) / 2) <= 1);
        QCOMPARE(chart.csv(), QString("row,column,value\n1,1,1\n1,2,0\n2,1,0.5\n2,2,\n"));
        chart.setTable({1, 2, 3}, 2); // not square
        QCOMPARE(chart.side(), 0);
    }

    void aClickPicksTheNearestPoint() {
        LineChart chart;
        chart.resize(500, 300);
        chart.setSeries({{"a", {{2, 5}, {3, 1}, {4, 2}}, Qt::red}});
        chart.show();
        QVERIFY(QTest::qWaitForWindowExposed(&chart));
        QSignalSpy picked(&chart, &LineChart::picked);
        QTest::mouseClick(&chart, Qt::LeftButton, {}, chart.position({3.2, 3}).toPoint());
        QCOMPARE(picked.size(), 0); // not asked for
        chart.setPickable(true);
        QTest::mouseClick(&chart, Qt::LeftButton, {}, chart.position({3.2, 3}).toPoint());
        QCOMPARE(picked.size(), 1);
        QCOMPARE(picked[0][0].toDouble(), 3.0);
        QTest::mouseClick(&chart, Qt::LeftButton, {}, QPoint(2, 2)); // outside the axes
        QCOMPARE(picked.size(), 1);
    }
};

QTEST_MAIN(TestBarAndHeatChart)
#include "test_bar_and_heat_chart.moc"
