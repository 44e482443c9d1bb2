// Table, filter and charts in the real window: what is chosen in one shows in all.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <QToolButton>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/commands/label_commands.h"
#include "app/desktop/panels/charts_panel.h"
#include "app/desktop/panels/gallery_panel.h"
#include "app/desktop/panels/map_panel.h"
#include "app/desktop/panels/table_panel.h"
#include "app/desktop/session.h"
#include "io/table_file.h"
#include "tests/desktop/opened_window.h"
#include "widgets/charts/bin_chart.h"
#include "widgets/charts/box_chart.h"
#include "widgets/charts/line_chart.h"

using namespace galatea;

namespace {

struct Opened : made::OpenedWindow {
    TablePanel& table() { return window->tablePanel(); }
    ChartsPanel& charts() { return window->chartsPanel(); }
    void filter(const QString& text) {
        auto* field = find<QLineEdit>("filterEdit");
        field->setText(text);
        QTest::keyClick(field, Qt::Key_Return);
    }
    void choose(const char* box, const QString& text) {
        auto* combo = find<QComboBox>(box);
        const int place = combo->findText(text);
        QVERIFY2(place >= 0, qPrintable(text));
        combo->setCurrentIndex(place);
        Q_EMIT combo->activated(place);
    }
    /// The numbers of a column, straight from the catalogue.
    std::vector<double> column(const char* name) {
        const Column* found = document().catalogue()->find(name);
        std::vector<double> values;
        for (int64_t row = 0; row < found->size(); ++row)
            values.push_back(found->number(row));
        return values;
    }
};

void drag(QWidget& widget, const QPoint& from, const QPoint& to, Qt::KeyboardModifiers modifiers = {}) {
    QTest::mousePress(&widget, Qt::LeftButton, modifiers, from);
    for (int i = 1; i <= 5; ++i) {
        QMouseEvent move(QEvent::MouseMove, from + (to - from) * i / 5.0,
                         widget.mapToGlobal(from + (to - from) * i / 5.0), Qt::NoButton, Qt::LeftButton,
                         modifiers);
        QApplication::sendEvent(&widget, &move);
    }
    QTest::mouseRelease(&widget, Qt::LeftButton, modifiers, to);
}

} // namespace

class TestTablePanel : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void filterReachesEveryView();
    void aWrongFilterIsShownInPlace();
    void aFilterOutlivesNewLabels();
    void theTableStaysWhereItIs();
    void aDragEndsWithItsColumn();
    void lassoShowsInGalleryTableAndChart();
    void tableSelectsAndSorts();
    void tableModelIsAModel();
    void exportKeepsUnits();
    void brushInTheHistogramSelectsOnTheMap();
    void brushInTheScatterSelects();
    void matrixAndBoxesSelect();
    void brushesWaitForTheirChart();
    void hiddenChartsLetGo();
    void thresholdOfTheRocFilters();
    void chartsAreSaved();
    void lossesAreDrawn();
    void everyControlIsNamed();
    void sessionKeepsTheFilter();
};

void TestTablePanel::filterReachesEveryView() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(300)));
    opened.raise("tableDock");
    const std::vector<double> sizes = opened.column("size");
    const auto large = std::count_if(sizes.begin(), sizes.end(), [](double s) { return s > 5; });
    opened.filter("size > 5");
    QTRY_COMPARE(opened.document().filter().kept, large);
    QVERIFY(opened.document().undoStack().undoText().contains("Filter: size > 5"));
    QTRY_COMPARE(opened.table().model().rowCount(), large);
    QCOMPARE(opened.window->galleryPanel().model().rowCount(), large);
    MapView& map = opened.window->mapPanel().view();
    for (size_t row = 0; row < sizes.size(); ++row)
        QCOMPARE(map.isRowVisible(static_cast<qint64>(row)), sizes[row] > 5);
    commands::selectAll(opened.document());
    QCOMPARE(static_cast<std::ptrdiff_t>(opened.document().selection().size()), large);
    opened.document().undoStack().undo();
    opened.document().undoStack().undo();
    QVERIFY(opened.document().filter().empty());
    QTRY_COMPARE(opened.table().model().rowCount(), 300);
    QVERIFY(map.isRowVisible(0) && map.isRowVisible(299));
    QCOMPARE(opened.find<QLineEdit>("filterEdit")->text(), QString());
    opened.document().undoStack().redo();
    QTRY_COMPARE(opened.window->galleryPanel().model().rowCount(), large);
    opened.find<QLineEdit>("filterEdit")->clear(); // as its button does
    QTRY_VERIFY(opened.document().filter().empty());
    QTRY_VERIFY(opened.window->settled());
    opened.keep("table");
}

void TestTablePanel::aWrongFilterIsShownInPlace() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(60)));
    opened.raise("tableDock");
    opened.filter("size > 3 && knd == \"round\"");
    auto* field = opened.find<ExpressionEdit>("filterEdit");
    auto* fault = opened.find<QLabel>("filterFault");
    QVERIFY(field->hasFault() && fault->isVisible());
    QCOMPARE(field->faultBegin(), 12);
    QCOMPARE(field->faultEnd(), 15);
    QCOMPARE(field->selectedText(), QString("knd"));
    QVERIFY2(fault->text().contains("did you mean kind?"), qPrintable(fault->text()));
    QVERIFY(opened.document().filter().empty());
    opened.keep("filter-fault");
    QTest::keyClicks(field, "kind");
    QVERIFY(!field->hasFault());
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY(!opened.document().filter().empty());
    QVERIFY(!fault->isVisible());
    for (int64_t row = 0; row < 60; ++row)
        QCOMPARE(opened.document().passes(row),
                 opened.column("size")[static_cast<size_t>(row)] > 3 &&
                     opened.document().catalogue()->find("kind")->text(row) == "round");
}

void TestTablePanel::aFilterOutlivesNewLabels() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(60)));
    opened.raise("tableDock");
    opened.filter("size > 5");
    QTRY_COMPARE(opened.document().filter().expression, QString("size > 5"));
    const int16_t ring = commands::addClass(opened.document(), "ring");
    QVERIFY(opened.settles());
    std::atomic<bool> go = false;
    LatestWins busy(opened.workspace.columns, 100);
    busy.request<int>(
        [&go](const StopToken&) {
            while (!go)
                QThread::msleep(1);
            return 0;
        },
        [](int) {});
    opened.filter("size > 2"); // waits its turn while the columns change
    commands::label(opened.document(), {4}, ring);
    go = true;
    QTRY_COMPARE(opened.document().filter().expression, QString("size > 2"));
    opened.filter("ismissing(label)");
    QTRY_COMPARE(opened.document().filter().kept, 59);
    opened.find<QLineEdit>("filterEdit")->setText("size > 3 &&"); // being typed
    commands::label(opened.document(), {7, 8}, ring);
    QTRY_COMPARE(opened.document().filter().kept, 57);
    QCOMPARE(opened.find<QLineEdit>("filterEdit")->text(), QString("size > 3 &&"));
}

void TestTablePanel::theTableStaysWhereItIs() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(300)));
    opened.raise("tableDock");
    QScrollBar* bar = opened.table().view().verticalScrollBar();
    opened.document().setCurrent(250);
    QVERIFY(bar->value() > 0);
    bar->setValue(10);
    commands::label(opened.document(), {3}, commands::addClass(opened.document(), "ring"));
    QVERIFY(opened.settles());
    QCOMPARE(bar->value(), 10);
    opened.table().sortBy("size", true); // asked for: what is looked at stays in sight
    QVERIFY(opened.settles());
    const int place = opened.table().model().placeOf(250);
    QVERIFY(place >= bar->value() && place < bar->value() + bar->pageStep());
}

void TestTablePanel::aDragEndsWithItsColumn() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(30)));
    opened.raise("tableDock");
    opened.table().setShownColumns({"id", "kind", "size"});
    TableHeader& header = opened.table().view().header();
    const QPoint from(header.left(2) + 20, 8), to(20, 8);
    QTest::mousePress(&header, Qt::LeftButton, {}, from);
    QMouseEvent move(QEvent::MouseMove, to, header.mapToGlobal(to), Qt::NoButton, Qt::LeftButton, {});
    QApplication::sendEvent(&header, &move);
    opened.table().setShownColumns({"id"});
    QSignalSpy moved(&header, &TableHeader::moved), clicked(&header, &TableHeader::clicked);
    QTest::mouseRelease(&header, Qt::LeftButton, {}, to);
    QVERIFY(moved.isEmpty() && clicked.isEmpty());
    QVERIFY(opened.table().shownColumns() == (std::vector<std::string>{"id"}));
}

void TestTablePanel::lassoShowsInGalleryTableAndChart() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(300)));
    opened.raise("chartsDock");
    opened.choose("chartX", "size");
    MapView& map = opened.window->mapPanel().view();
    QTest::keyClick(opened.window.get(), Qt::Key_L);
    QTRY_COMPARE(map.tool(), MapTool::Lasso);
    const QRect area(map.width() / 4, map.height() / 4, map.width() / 2, map.height() / 2);
    const QPolygon path{area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft()};
    QTest::mousePress(&map, Qt::LeftButton, {}, path[0]);
    for (int i = 1; i <= 4; ++i) {
        QTest::mouseMove(&map, path[i % 4]);
        QTest::qWait(10);
    }
    QTest::mouseRelease(&map, Qt::LeftButton, {}, path[0]);
    QTRY_VERIFY(!opened.document().selection().empty());
    const std::vector<int64_t> chosen = opened.document().selection();
    QVERIFY(chosen.size() < 300);
    QCOMPARE(opened.window->galleryPanel().model().rows(), chosen);
    for (int64_t row = 0; row < 300; ++row)
        QCOMPARE(opened.table().view().isSelected(row),
                 std::binary_search(chosen.begin(), chosen.end(), row));
    opened.find<QToolButton>("tableOnlySelection")->click();
    QTRY_COMPARE(opened.table().model().rowCount(), static_cast<int>(chosen.size()));
    QTRY_VERIFY(!opened.charts().histogram().selected().empty());
    const auto& bins = opened.charts().histogram().selected();
    QTRY_COMPARE(std::accumulate(bins.begin(), bins.end(), 0.0), static_cast<double>(chosen.size()));
    opened.keep("lasso-charts");
}

void TestTablePanel::tableSelectsAndSorts() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(200)));
    opened.raise("tableDock");
    opened.table().sortBy("size", true);
    const std::vector<double> sizes = opened.column("size");
    const auto inOrder = [&] {
        for (int place = 1; place < 200; ++place)
            if (sizes[static_cast<size_t>(opened.table().model().rowAt(place - 1))] <
                sizes[static_cast<size_t>(opened.table().model().rowAt(place))])
                return false;
        return true;
    };
    QTRY_VERIFY(inOrder());
    TableView& view = opened.table().view();
    const auto middle = [&](int place) { return view.visualRect(view.model()->index(place, 0)).center(); };
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, middle(1));
    QCOMPARE(opened.document().current(), opened.table().model().rowAt(1));
    QTest::mouseClick(view.viewport(), Qt::LeftButton, Qt::ShiftModifier, middle(4));
    std::vector<int64_t> expected;
    for (int place = 1; place <= 4; ++place)
        expected.push_back(opened.table().model().rowAt(place));
    std::sort(expected.begin(), expected.end());
    QCOMPARE(opened.document().selection(), expected);
    QTest::mouseClick(view.viewport(), Qt::LeftButton, Qt::ControlModifier, middle(2));
    QCOMPARE(opened.document().selection().size(), size_t{3});
    const QStringList lines = opened.table().selectionAsText().trimmed().split('\n');
    QCOMPARE(lines.size(), 4);
    QVERIFY(lines.front().split('\t').contains("size"));
    opened.document().setCurrent(opened.table().model().rowAt(150));
    QVERIFY(view.viewport()->rect().contains(middle(150))); // the table follows
    QTest::mouseDClick(view.viewport(), Qt::LeftButton, {}, middle(150));
    QVERIFY(opened.find<QWidget>("objectPanel")->isVisible());
    opened.table().setShownColumns({"size", "id"});
    QCOMPARE(opened.table().model().columnCount(), 2);
    QVERIFY(opened.table().shownColumns() == (std::vector<std::string>{"size", "id"}));
    QTRY_VERIFY(opened.table().model().statistics(0) != nullptr);
    QCOMPARE(opened.table().model().statistics(0)->greatest, *std::max_element(sizes.begin(), sizes.end()));
}

void TestTablePanel::tableModelIsAModel() {
    TableModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const Table table = made::galaxies(50).source->catalog();
    model.setColumns(viewsOf(table, {}));
    model.setShown({0, 2, 1});
    QCOMPARE(model.rowCount(), 50);
    model.setOrder(RowOrder::of({9, 3, 40}, 50));
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(model.placeOf(40), 2);
    QCOMPARE(model.placeOf(0), -1);
    QCOMPARE(model.index(1, 0).data().toString(), QString("made-3"));
    model.setShown({1});
    model.setOrder({});
    QCOMPARE(model.rowCount(), 50);
    model.setColumns({});
    QCOMPARE(model.rowCount(), 0);
}

void TestTablePanel::exportKeepsUnits() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(40)));
    opened.filter("size > 4");
    QTRY_VERIFY(!opened.document().filter().empty());
    opened.table().sortBy("size", false);
    QTRY_VERIFY(opened.window->settled());
    QTemporaryDir folder;
    for (const char* name : {"objects.fits", "objects.vot", "objects.csv"}) {
        const QString path = folder.filePath(name);
        opened.table().exportTo(path);
        QTRY_VERIFY(opened.workspace.jobs.idle());
        std::vector<std::string> notes;
        const Table read = readTableFile(path.toStdString(), notes);
        QCOMPARE(read.rowCount(), opened.document().filter().kept);
        const Column* size = read.find("size");
        QVERIFY(size && read.find("component") && read.find("z1"));
        QCOMPARE(size->number(0),
                 opened.column("size")[static_cast<size_t>(opened.table().model().rowAt(0))]);
        if (!path.endsWith("csv"))
            QCOMPARE(size->unit, std::string("arcsec"));
    }
    QProcess python;
    python.start("/usr/bin/python3",
                 {"-c",
                  "import sys\nfrom astropy.table import Table\n"
                  "f=Table.read(sys.argv[1],format='fits'); v=Table.read(sys.argv[2],format='votable')\n"
                  "print(len(f),len(v),f['size'].unit,v['size'].unit,v['component'].meta.get('ucd'))",
                  folder.filePath("objects.fits"), folder.filePath("objects.vot")});
    if (!python.waitForFinished(60000) || python.exitCode() != 0)
        QSKIP("astropy is not installed: the files were not read by an independent reader");
    const qint64 kept = opened.document().filter().kept;
    QCOMPARE(QString::fromUtf8(python.readAllStandardOutput()).trimmed(),
             QString("%1 %1 arcsec arcsec meta.code.class").arg(kept));
}

void TestTablePanel::brushInTheHistogramSelectsOnTheMap() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(300)));
    opened.raise("chartsDock");
    opened.choose("chartX", "size");
    BinChart& chart = opened.charts().histogram();
    QTRY_VERIFY(chart.bins() > 0);
    QTRY_VERIFY(opened.window->settled());
    const int y = chart.height() / 2;
    const int left = static_cast<int>(chart.position({3, 1}).x()),
              right = static_cast<int>(chart.position({6, 1}).x());
    drag(chart, {left, y}, {right, y});
    QTRY_VERIFY(!opened.document().selection().empty());
    const std::vector<double> sizes = opened.column("size");
    const double pixel = 6.0 / (right - left);
    for (size_t row = 0; row < sizes.size(); ++row) {
        const bool chosen =
            std::binary_search(opened.document().selection().begin(), opened.document().selection().end(),
                               static_cast<int64_t>(row));
        if (sizes[row] > 3 + pixel && sizes[row] < 6 - pixel)
            QVERIFY(chosen);
        if (sizes[row] < 3 - pixel || sizes[row] > 6 + pixel)
            QVERIFY(!chosen);
    }
    const auto& map = opened.window->mapPanel().view().selection();
    QVERIFY(std::equal(map.begin(), map.end(), opened.document().selection().begin(),
                       opened.document().selection().end()));
    const size_t before = opened.document().selection().size();
    drag(chart, {left, y}, {(left + right) / 2, y}, Qt::ControlModifier);
    QTRY_VERIFY(opened.document().selection().size() < before);
    opened.choose("chartClass", "kind");
    QTRY_COMPARE(chart.series().size(), size_t{2});
    opened.keep("histogram");
}

void TestTablePanel::brushInTheScatterSelects() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(300)));
    opened.raise("chartsDock");
    opened.choose("chartKind", "Scatter");
    opened.choose("chartX", "size");
    auto* y = opened.find<QComboBox>("chartY");
    y->setEditText("z1 + z2"); // an expression does as well as a column
    QTest::keyClick(y->lineEdit(), Qt::Key_Return);
    DensityChart& chart = opened.charts().scatter();
    QTRY_COMPARE(chart.content().points.size(), size_t{300});
    QTRY_VERIFY(opened.window->settled());
    QTest::qWait(100);
    const QPoint a = chart.position({3, -0.5}).toPoint(), b = chart.position({7, 3}).toPoint();
    drag(chart, a, b);
    QTRY_VERIFY(!opened.document().selection().empty());
    std::vector<int64_t> expected;
    const std::vector<double> sizes = opened.column("size");
    for (int64_t row = 0; row < 300; ++row) {
        const std::vector<float> z = opened.document().latentOf(row);
        const QPointF at = chart.position({sizes[static_cast<size_t>(row)], double(z[0]) + double(z[1])});
        if (QRectF(a, b).normalized().contains(at))
            expected.push_back(row);
    }
    QCOMPARE(opened.document().selection(), expected);
    opened.choose("chartClass", "component");
    QTRY_VERIFY(chart.content().layers.size() > 2);
    QTRY_VERIFY(opened.window->settled());
    opened.keep("scatter");
    y->setEditText("z1 + zz");
    QTest::keyClick(y->lineEdit(), Qt::Key_Return);
    QTRY_VERIFY(opened.find<QLabel>("chartFault")->text().contains("there is no column 'zz'"));
}

void TestTablePanel::matrixAndBoxesSelect() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(300)));
    opened.raise("chartsDock");
    opened.choose("chartKind", "Classes");
    opened.choose("chartClass", "kind");
    opened.choose("chartAgainst", "component");
    MatrixChart& matrix = opened.charts().matrix();
    const Column* kind = opened.document().catalogue()->find("kind");
    const auto& component = opened.document().latents().latents->component;
    std::vector<int64_t> round;
    for (int64_t row = 0; row < 300; ++row)
        if (kind->text(row) == "round" && component[static_cast<size_t>(row)] == 0)
            round.push_back(row);
    QTRY_COMPARE(matrix.count(1, 0), static_cast<double>(round.size()));
    QTest::mouseClick(&matrix, Qt::LeftButton, {}, matrix.field(1, 0).center().toPoint());
    QTRY_COMPARE(opened.document().selection(), round);
    opened.keep("matrix");
    opened.choose("chartKind", "Boxes");
    opened.choose("chartX", "size");
    BoxChart& boxes = opened.charts().boxes();
    QTRY_COMPARE(boxes.boxes().size(), size_t{2});
    QTest::mouseClick(&boxes, Qt::LeftButton, {},
                      boxes.position({1, boxes.boxes()[0].quantiles[2]}).toPoint());
    const auto lumpy = static_cast<size_t>(boxes.boxes()[0].count);
    QTRY_COMPARE(opened.document().selection().size(), lumpy);
    for (const int64_t row : opened.document().selection())
        QCOMPARE(kind->text(row), std::string("lumpy"));
    opened.keep("boxes");
}

void TestTablePanel::brushesWaitForTheirChart() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(100)));
    opened.raise("chartsDock");
    opened.choose("chartX", "size");
    QTRY_VERIFY(opened.charts().histogram().bins() > 0);
    opened.choose("chartKind", "Classes");
    opened.choose("chartClass", "kind");
    opened.choose("chartAgainst", "component");
    QTRY_VERIFY(opened.charts().matrix().csv().count('\n') > 2);
    QVERIFY(opened.settles());
    opened.choose("chartKind", "Histogram"); // its page shows what it showed before
    Q_EMIT opened.charts().histogram().brushed(2, 8, BrushMode::Replace);
    opened.choose("chartKind", "ROC");
    Q_EMIT opened.charts().roc().picked(0.5);
    Q_EMIT opened.find<QPushButton>("chartFilterAbove")->clicked();
    opened.find<QSlider>("chartThreshold")->setValue(7);
    QTest::qWait(100);
    QVERIFY(opened.settles());
    QVERIFY(opened.document().selection().empty() && opened.document().filter().empty());
    opened.choose("chartKind", "Histogram");
    QTest::qWait(100);
    QVERIFY(opened.settles());
    Q_EMIT opened.charts().histogram().brushed(2, 8, BrushMode::Replace);
    QTRY_VERIFY(!opened.document().selection().empty());
}

void TestTablePanel::hiddenChartsLetGo() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(100)));
    opened.raise("chartsDock");
    opened.choose("chartX", "size");
    QTRY_VERIFY(opened.charts().histogram().bins() > 0);
    QVERIFY(opened.settles());
    const std::weak_ptr<const std::vector<ColumnViewPtr>> seen = opened.document().columns();
    QVERIFY(!seen.expired());
    opened.find<QDockWidget>("chartsDock")->hide();
    opened.document().clear();
    QVERIFY(opened.settles());
    QTRY_VERIFY(seen.expired());
}

void TestTablePanel::thresholdOfTheRocFilters() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(300)));
    opened.raise("chartsDock");
    opened.choose("chartKind", "ROC");
    opened.choose("chartClass", "kind");
    auto* x = opened.find<QComboBox>("chartX");
    x->setEditText("abs(z1) + 0 * length(\"%2\")"); // the lumpy ones lie at ±2
    QTest::keyClick(x->lineEdit(), Qt::Key_Return);
    QTRY_VERIFY(std::isfinite(opened.charts().threshold()));
    const QString said = opened.find<QLabel>("chartRocText")->text();
    QVERIFY2(said.contains("area 0.9") && said.startsWith(x->currentText()), qPrintable(said));
    const double before = opened.charts().threshold();
    auto* slider = opened.find<QSlider>("chartThreshold");
    slider->setValue(slider->maximum() / 4);
    QVERIFY(opened.charts().threshold() != before);
    const double threshold = opened.charts().threshold();
    opened.click("chartSelectAbove");
    QTRY_VERIFY(!opened.document().selection().empty());
    const size_t selected = opened.document().selection().size();
    opened.keep("roc");
    opened.click("chartFilterAbove");
    QTRY_COMPARE(static_cast<size_t>(opened.document().filter().kept), selected);
    QVERIFY(opened.document().filter().expression.startsWith("(" + x->currentText() + ") >= "));
    for (int64_t row = 0; row < 300; ++row)
        QCOMPARE(opened.document().passes(row),
                 std::fabs(double(opened.document().latentOf(row)[0])) >= threshold);
}

void TestTablePanel::chartsAreSaved() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(100)));
    opened.raise("chartsDock");
    QTemporaryDir folder;
    for (const char* kind : {"Histogram", "Scatter", "Boxes", "Classes"}) {
        opened.choose("chartKind", kind);
        opened.choose("chartClass", "kind");
        QTRY_VERIFY(opened.charts().chart().csv().count('\n') > 2);
        for (const char* ending : {"png", "svg", "csv"}) {
            const QString path = folder.filePath(QString("%1.%2").arg(kind, ending));
            QCOMPARE(opened.charts().chart().save(path), QString());
            QFile file(path);
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray bytes = file.readAll();
            if (path.endsWith("png"))
                QVERIFY(!QImage::fromData(bytes).isNull());
            else if (path.endsWith("svg"))
                QVERIFY(bytes.contains("<svg") && bytes.contains("</svg>"));
            else
                QCOMPARE(QString::fromUtf8(bytes), opened.charts().chart().csv());
        }
    }
}

void TestTablePanel::lossesAreDrawn() {
    Opened opened;
    QTemporaryDir folder;
    const QString path = folder.filePath("losses.csv");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("epoch,phase,train_total,validation_total,train_kl\n1,a,3,3.5,\n2,a,2,2.8,0.5\n");
    file.close();
    opened.charts().openLosses(path);
    const auto& series = opened.charts().losses().series();
    QCOMPARE(series.size(), size_t{3});
    QCOMPARE(series[1].points[1], QPointF(2, 2.8));
    QVERIFY(series[1].dashed && series[1].colour == series[0].colour);
    QCOMPARE(series[2].points.size(), size_t{1});
    opened.charts().openLosses(folder.filePath("none.csv"));
    QVERIFY(!opened.find<QLabel>("chartFault")->text().isEmpty());
}

void TestTablePanel::everyControlIsNamed() {
    Opened opened;
    QCOMPARE(made::unnamedControl(opened.table()), QString());
    QCOMPARE(made::unnamedControl(opened.charts()), QString());
}

void TestTablePanel::sessionKeepsTheFilter() {
    Opened opened;
    QVERIFY(opened.load(made::galaxies(80)));
    opened.filter("component == 1 || size < 2");
    QTRY_VERIFY(!opened.document().filter().empty());
    const auto kept = opened.document().filter().kept;
    const QJsonObject view = viewOf(opened.document());
    opened.document().setFilter({});
    applyView(opened.document(), view);
    QCOMPARE(opened.document().filter().kept, kept);
    QCOMPARE(opened.document().filter().expression, QString("component == 1 || size < 2"));
    QJsonObject other = view;
    other["filter"] = "nothing > 3";
    applyView(opened.document(), other);
    QVERIFY(opened.document().filter().empty());
}

QTEST_MAIN(TestTablePanel)
#include "test_table_panel.moc"
