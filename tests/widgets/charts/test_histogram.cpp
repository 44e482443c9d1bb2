// The histogram counts what it is given, its thresholds move by hand, and charts leave as files.

#include <algorithm>
#include <cmath>

#include <QFile>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include "widgets/charts/histogram.h"
#include "widgets/charts/line_chart.h"

using namespace galatea;

namespace {

std::vector<double> ramp(int count) {
    std::vector<double> values;
    for (int i = 0; i < count; ++i)
        values.push_back(i);
    return values;
}

void move(QWidget& widget, QPoint to, Qt::MouseButtons buttons) {
    QMouseEvent event(QEvent::MouseMove, to, widget.mapToGlobal(to), Qt::NoButton, buttons, Qt::NoModifier);
    QApplication::sendEvent(&widget, &event);
}

} // namespace

class TestHistogram : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void everyFiniteValueIsCountedOnce() {
        Histogram chart;
        chart.resize(500, 300);
        std::vector<double> values = ramp(1000);
        values.push_back(NAN);
        values.push_back(INFINITY);
        values.push_back(1e9); // far beyond: in the last bar
        chart.setClasses({{"a", values, Qt::red}});
        double sum = 0;
        for (int bin = 0; bin < Histogram::bins; ++bin)
            sum += chart.heightOf(0, bin);
        QCOMPARE(sum, 1001.0);
        QVERIFY(chart.edge(Histogram::bins) < 1100);
        for (int bin = 1; bin + 1 < Histogram::bins; ++bin) {
            double expected = 0;
            for (int i = 0; i < 1000; ++i)
                expected += i >= chart.edge(bin) && i < chart.edge(bin + 1) ? 1 : 0;
            QCOMPARE(chart.heightOf(0, bin), expected);
        }
        const QStringList rows = chart.csv().trimmed().split('\n');
        QCOMPARE(rows.size(), Histogram::bins + 1);
        QCOMPARE(rows.last().section(',', 2, 2).toDouble(), 1e9);
    }

    void powersOfTenForLongTails() {
        Histogram chart;
        chart.resize(500, 300);
        std::vector<double> values{0, -3}; // without a logarithm: in the first bar
        for (int i = 0; i < 1000; ++i)
            values.push_back(std::pow(10, -2 + i / 200.0));
        chart.setLogarithmicX(true);
        chart.setClasses({{"a", values, Qt::red}});
        double sum = 0;
        for (int bin = 0; bin < Histogram::bins; ++bin) {
            sum += chart.heightOf(0, bin);
            if (bin > 0 && bin + 1 < Histogram::bins) { // even in powers of ten
                QVERIFY(std::abs(chart.heightOf(0, bin) - 1000 * 0.99 / Histogram::bins) < 4);
                QVERIFY(std::abs(chart.edge(bin + 1) / chart.edge(bin) - chart.edge(1) / chart.edge(0)) <
                        1e-9);
            }
        }
        QCOMPARE(sum, 1002.0);
        const double step = chart.position({1, 0}).x() - chart.position({0.1, 0}).x();
        QVERIFY(std::abs(chart.position({10, 0}).x() - chart.position({1, 0}).x() - step) < 1e-6);
    }

    void severalClassesAreShares() {
        Histogram chart;
        chart.setClasses({{"many", ramp(1000), Qt::red}, {"few", {10, 20, 30, 990}, Qt::blue}});
        for (size_t which = 0; which < 2; ++which) {
            double sum = 0;
            for (int bin = 0; bin < Histogram::bins; ++bin)
                sum += chart.heightOf(which, bin);
            QVERIFY(std::abs(sum - 1) < 1e-12);
        }
    }

    void thresholdsAreDraggedAndStayInOrder() {
        Histogram chart;
        chart.resize(600, 300);
        chart.setClasses({{"a", ramp(1000), Qt::red}});
        chart.setThresholds({200, 400, 600, 800});
        chart.show();
        QVERIFY(QTest::qWaitForWindowExposed(&chart));
        QSignalSpy changed(&chart, &Histogram::thresholdsChanged);
        const auto at = [&](double value) {
            return QPoint(static_cast<int>(std::lround(chart.position({value, 0}).x())), 150);
        };
        QTest::mousePress(&chart, Qt::LeftButton, {}, at(400));
        move(chart, at(500), Qt::LeftButton);
        QVERIFY(std::abs(chart.thresholds()[1] - 500) < 5);
        move(chart, at(900), Qt::LeftButton); // not past its neighbour
        QCOMPARE(chart.thresholds()[1], 600.0);
        QTest::mouseRelease(&chart, Qt::LeftButton, {}, at(900));
        move(chart, at(300), Qt::NoButton);
        QCOMPARE(chart.thresholds()[1], 600.0);
        QCOMPARE(changed.size(), 2);
        QTest::mousePress(&chart, Qt::LeftButton, {}, at(300)); // on none
        move(chart, at(250), Qt::LeftButton);
        QCOMPARE(changed.size(), 2);
    }

    void oddInput() {
        Histogram chart;
        chart.resize(300, 200);
        chart.setEmptyText("nothing yet");
        chart.show();
        for (const std::vector<double>& values :
             {std::vector<double>{}, {NAN}, {3}, {3, 3, 3}, {0}, {-1e300, 1e300}, {1e-300, 2e-300}})
            for (const bool logarithmic : {false, true}) {
                chart.setLogarithmic(logarithmic);
                chart.setLogarithmicX(logarithmic);
                chart.setThresholds(values.size() == 3 ? std::vector<double>{}
                                                       : std::vector<double>{1, 2, 3, 4});
                chart.setClasses({{"x", values, Qt::red}});
                QVERIFY(!chart.grab().isNull());
                QTest::keyClick(&chart, Qt::Key_Left);
            }
    }

    void chartsLeaveAsFiles() {
        QTemporaryDir folder;
        LineChart chart;
        chart.resize(500, 300);
        chart.setTitles("step", "a < b & \"c\"");
        chart.setSeries({{"loss", {{0, 0}, {5, 1}, {10, 0.5}}, QColor("#cc2211")}});
        QCOMPARE(chart.save(folder.filePath("chart.png")), QString());
        QCOMPARE(QImage(folder.filePath("chart.png")).size(), QSize(1000, 600));
        QCOMPARE(chart.save(folder.filePath("chart.csv")), QString());
        QCOMPARE(chart.save(folder.filePath("chart.svg")), QString());
        QFile file(folder.filePath("chart.svg"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QXmlStreamReader xml(file.readAll());
        QStringList texts;
        bool curve = false;
        while (!xml.atEnd()) {
            xml.readNext();
            if (xml.isStartElement() && xml.name() == QString("text"))
                texts << xml.readElementText();
            else if (xml.isStartElement() && xml.name() == QString("path"))
                // The curve passes where the chart says that its middle point lies.
                curve =
                    curve ||
                    (xml.attributes().value("stroke") == QString("#cc2211") &&
                     xml.attributes().value("d").contains(QString("L%1 %2")
                                                              .arg(chart.position({5, 1}).x(), 0, 'f', 2)
                                                              .arg(chart.position({5, 1}).y(), 0, 'f', 2)));
        }
        QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
        QVERIFY(curve);
        QVERIFY2(texts.join('|').contains("a < b & \"c\""), qPrintable(texts.join('|')));
        QVERIFY(texts.contains("loss"));
        // What cannot be done is said.
        QVERIFY(chart.save(folder.filePath("chart.bmp")).contains(".png"));
        QVERIFY(chart.save("/nowhere/chart.png").contains("cannot be written"));
    }

    void fixedAxesStay() {
        LineChart chart;
        chart.resize(400, 300);
        chart.setFixedRanges(AxisRange{0, 1}, AxisRange{0, 1});
        chart.setSeries({{"roc", {{0.2, 0.3}, {0.4, 0.9}}, Qt::red}});
        const QPointF corner = chart.position({0, 0});
        chart.setSeries({{"roc", {{0.2, 0.3}, {0.4, 30}}, Qt::red}});
        QCOMPARE(chart.position({0, 0}), corner);
    }
};

QTEST_MAIN(TestHistogram)
#include "test_histogram.moc"
