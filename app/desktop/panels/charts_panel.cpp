#include "app/desktop/panels/charts_panel.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QStackedWidget>
#include <QToolButton>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/filtering.h"
#include "app/desktop/panels/panel_parts.h"
#include "core/expression.h"
#include "core/text.h"
#include "io/table_file.h"
#include "widgets/charts/bin_chart.h"
#include "widgets/charts/box_chart.h"
#include "widgets/charts/line_chart.h"
#include "widgets/map/palette.h"

namespace galatea {

namespace {

constexpr int thresholdSteps = 1000;

std::vector<double> asDoubles(const std::vector<int64_t>& counts) {
    return {counts.begin(), counts.end()};
}

/// The losses of a log, one series a column: training drawn through, validation dashed, a colour a term.
std::vector<ChartSeries> lossSeries(const Table& log) {
    const Column* epoch = log.find("epoch");
    if (epoch == nullptr)
        throw InputError("", "this is no training log: it has no column 'epoch'",
                         "choose the CSV file that training wrote");
    std::vector<ChartSeries> series;
    std::vector<std::string> terms;
    for (const Column& column : log.columns()) {
        const bool training = column.name.starts_with("train_"),
                   validation = column.name.starts_with("validation_");
        if (!training && !validation)
            continue;
        const std::string term = column.name.substr(column.name.find('_') + 1);
        auto known = std::find(terms.begin(), terms.end(), term);
        if (known == terms.end())
            known = terms.insert(terms.end(), term);
        ChartSeries one;
        one.name = QString::fromStdString(escaped(term)) + (validation ? " (validation)" : "");
        one.colour = paletteColour(static_cast<size_t>(known - terms.begin()));
        one.dashed = validation;
        for (int64_t row = 0; row < column.size(); ++row)
            if (std::isfinite(column.number(row)))
                one.points.emplace_back(epoch->number(row), column.number(row));
        if (!one.points.empty())
            series.push_back(std::move(one));
    }
    return series;
}

} // namespace

ChartKind ChartsPanel::kind() const {
    return static_cast<ChartKind>(std::max(0, kind_->currentIndex()));
}

Chart& ChartsPanel::chart() const {
    Chart* charts[] = {histogram_, scatter_, boxes_, matrix_, roc_, losses_};
    return *charts[static_cast<int>(kind())];
}

void ChartsPanel::connectDocument() {
    connect(&document_, &Document::columnsChanged, this, [this] {
        fillColumns();
        rocOf_ = {};
        const bool drawnSoon = isVisible() && kind() != ChartKind::Losses;
        if (!drawnSoon || (drawn_ && drawn_->request.rows != document_.objectCount()))
            drop();
        later();
    });
    connect(&document_, &Document::filterChanged, this, &ChartsPanel::later);
    connect(&document_, &Document::selectionChanged, this, &ChartsPanel::later);
    connect(&document_, &Document::hiddenClassesChanged, this, &ChartsPanel::later);
    connect(&document_, &Document::componentLooksChanged, this, &ChartsPanel::later);
}

void ChartsPanel::connectCharts() {
    connect(kind_, &QComboBox::currentIndexChanged, this, [this] {
        showControls();
        later();
    });
    for (QComboBox* box : {x_, y_}) {
        connect(box, &QComboBox::activated, this, &ChartsPanel::later);
        connect(box->lineEdit(), &QLineEdit::returnPressed, this, &ChartsPanel::later);
    }
    for (QComboBox* box : {class_, against_, positive_, shares_})
        connect(box, &QComboBox::activated, this, &ChartsPanel::later);
    connect(logarithmicX_, &QToolButton::toggled, this, &ChartsPanel::later);
    connect(logarithmicY_, &QToolButton::toggled, this, [this](bool on) {
        for (Chart* chart :
             {static_cast<Chart*>(histogram_), static_cast<Chart*>(boxes_), static_cast<Chart*>(losses_)})
            chart->setLogarithmic(on);
    });
    connect(lasso_, &QToolButton::toggled, scatter_, &DensityChart::setLasso);
    connect(save_, &QToolButton::clicked, this, &ChartsPanel::save);
    connect(histogram_, &BinChart::brushed, this, [this](double low, double high, BrushMode mode) {
        brush([low, high](const ChartDrawing& d) { return rowsBetween(*d.x, *d.request.mask, low, high); },
              mode);
    });
    connect(scatter_, &DensityChart::brushed, this, [this](const QPolygonF& outline, BrushMode mode) {
        std::vector<std::array<double, 2>> polygon;
        for (const QPointF& corner : outline)
            polygon.push_back({corner.x(), corner.y()});
        brush([polygon](const ChartDrawing& d) { return rowsInside(*d.x, *d.y, *d.request.mask, polygon); },
              mode);
    });
    connect(boxes_, &BoxChart::picked, this, [this](int box, BrushMode mode) {
        brush(
            [box](const ChartDrawing& d) {
                return d.classes ? rowsOfClass(*d.classes, box, *d.request.mask)
                                 : rowsBetween(*d.x, *d.request.mask, -INFINITY, INFINITY);
            },
            mode);
    });
    connect(matrix_, &MatrixChart::picked, this, [this](int row, int column, BrushMode mode) {
        brush(
            [row, column](const ChartDrawing& d) {
                return rowsOfClass(*d.classes, row, *d.request.mask, d.against.get(), column);
            },
            mode);
    });
    connect(roc_, &LineChart::picked, this, [this](double falsePositives) {
        const auto drawing = shownDrawing();
        if (!drawing)
            return;
        const auto& rates = drawing->roc.falsePositiveRate;
        const auto place = std::lower_bound(rates.begin(), rates.end(), falsePositives);
        if (place != rates.end())
            rocPlace_ = static_cast<size_t>(place - rates.begin());
        showThreshold();
    });
    threshold_->setRange(0, thresholdSteps);
    connect(threshold_, &QSlider::valueChanged, this, &ChartsPanel::moveThreshold);
    connect(selectAbove_, &QPushButton::clicked, this, [this] {
        brush([t = threshold()](
                  const ChartDrawing& d) { return rowsBetween(*d.x, *d.request.mask, t, INFINITY); },
              BrushMode::Replace);
    });
    connect(filterAbove_, &QPushButton::clicked, this, &ChartsPanel::filterByThreshold);
    connect(openLog_, &QPushButton::clicked, this, [this] {
        const QString path =
            QFileDialog::getOpenFileName(this, "Open a training log", {}, "CSV (*.csv);;All files (*)");
        if (!path.isEmpty())
            openLosses(path);
    });
    for (Chart* one :
         {static_cast<Chart*>(histogram_), static_cast<Chart*>(scatter_), static_cast<Chart*>(boxes_),
          static_cast<Chart*>(matrix_), static_cast<Chart*>(roc_), static_cast<Chart*>(losses_)}) {
        connect(one, &Chart::saved, this,
                [this](const QString& path) { workspace_.log.info("Wrote " + shown(path.toStdString())); });
        connect(one, &Chart::saveFailed, &workspace_.log, &MessageLog::error);
    }
}

/// What a person chose stays where it is still there.
void ChartsPanel::fillColumns() {
    const ColumnSetPtr columns = document_.columns();
    QStringList names, classes{"no class"};
    QStringList classIds{QString()};
    for (const ColumnViewPtr& column : *columns) {
        const QString name = QString::fromStdString(column->name());
        if (!column->isText())
            names << QString::fromStdString(quotedName(column->name()));
        // Whether whole numbers or texts are few is found out when they are drawn.
        if (column->kind() != ColumnView::Kind::Number && column->name() != "id") {
            classes << shown(column->name());
            classIds << name;
        }
    }
    const auto fill = [](QComboBox* box, const QStringList& texts, const QStringList& ids, int usual) {
        const QString before = box->currentText();
        const QVariant beforeData = box->currentData();
        const QSignalBlocker block(box);
        box->clear();
        for (int i = 0; i < texts.size(); ++i)
            box->addItem(texts[i], ids.isEmpty() ? texts[i] : ids[i]);
        const int place = ids.isEmpty()                     ? static_cast<int>(texts.indexOf(before))
                          : beforeData.toString().isEmpty() ? -1
                                                            : box->findData(beforeData);
        const bool typed = box->isEditable() && place < 0 && !before.isEmpty();
        box->setCurrentIndex(place >= 0 ? place : std::min(usual, box->count() - 1));
        if (typed)
            box->setEditText(before);
    };
    const int first = names.startsWith("id") ? 1 : 0; // numbers of objects tell nothing
    fill(x_, names, {}, first);
    fill(y_, names, {}, first + 1);
    fill(class_, classes, classIds, 0);
    fill(against_, classes, classIds, static_cast<int>(classes.size()) - 1);
}

void ChartsPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (waiting_)
        later();
}

void ChartsPanel::later() {
    waiting_ = true;
    timer_.start();
}

ChartRequest ChartsPanel::request() const {
    ChartRequest request;
    request.kind = kind();
    request.x = x_->currentText();
    request.y = y_->currentText();
    request.classColumn = class_->currentData().toString().toStdString();
    request.against = against_->currentData().toString().toStdString();
    request.positive = positive_->currentData().toString();
    request.logarithmicX = logarithmicX_->isChecked();
    request.columns = document_.columns();
    request.rows = document_.objectCount();
    request.mask = std::make_shared<const std::vector<uint8_t>>(shownMask(document_));
    request.selection = std::make_shared<const std::vector<int64_t>>(document_.selection());
    request.looks = looksOf(document_, request.classColumn);
    request.againstLooks = looksOf(document_, request.against);
    return request;
}

void ChartsPanel::drop() {
    drawing_.cancel();
    brushing_.cancel();
    drawn_.reset();
    rocOf_ = {};
}

std::shared_ptr<const ChartDrawing> ChartsPanel::shownDrawing() const {
    return drawn_ && drawn_->request.kind == kind() ? drawn_ : nullptr;
}

void ChartsPanel::refresh() {
    if (!isVisible() || kind() == ChartKind::Losses)
        return; // drawn when it is looked at
    waiting_ = false;
    if (document_.objectCount() == 0) {
        drop();
        fault_->say({});
        note_->clear();
        histogram_->setBins({}, 0, 1, false);
        scatter_->setContent({}, {});
        boxes_->setBoxes({});
        matrix_->setTable({}, {}, {}, MatrixChart::Show::Counts);
        return roc_->setSeries({});
    }
    drawing_.request<std::shared_ptr<const ChartDrawing>>(
        [request = request(), before = drawn_](const StopToken& stop) {
            return std::make_shared<const ChartDrawing>(drawChart(request, before, stop));
        },
        [this](const std::shared_ptr<const ChartDrawing>& drawing) {
            fault_->say({});
            show(drawing);
        },
        [this](const JobError& error) {
            if (drawn_ && drawn_->request.columns != document_.columns())
                drawn_.reset(); // it stays in sight, but is of other data
            fault_->say(error.text());
        });
}

void ChartsPanel::show(const std::shared_ptr<const ChartDrawing>& drawing) {
    drawn_ = drawing;
    if (!shownDrawing())
        return; // another kind was chosen meanwhile
    note_->clear();
    switch (drawing->request.kind) {
    case ChartKind::Histogram:
        return showHistogram(*drawing);
    case ChartKind::Scatter:
        scatter_->setTitles(drawing->request.x, drawing->request.y);
        scatter_->setContent(drawing->density, drawing->picture);
        if (drawing->outside > 0)
            note_->setText(QLocale().toString(qint64(drawing->outside)) + " lie beyond the axes");
        return;
    case ChartKind::Boxes:
        return showBoxes(*drawing);
    case ChartKind::Classes:
        return showMatrix(*drawing);
    case ChartKind::Roc:
        fillPositive(*drawing);
        return showRoc(*drawing);
    case ChartKind::Losses:
        return;
    }
}

void ChartsPanel::showHistogram(const ChartDrawing& drawing) {
    std::vector<BinSeries> series;
    for (size_t k = 0; k < drawing.bins.counts.size(); ++k)
        series.push_back({drawing.classNames[static_cast<qsizetype>(k)], drawing.colours[k],
                          asDoubles(drawing.bins.counts[k])});
    histogram_->setTitles(drawing.request.x, drawing.classes ? "part of the class" : "objects");
    histogram_->setBins(std::move(series), drawing.bins.range.low, drawing.bins.range.high,
                        drawing.bins.logarithmic, asDoubles(drawing.bins.selected));
}

void ChartsPanel::showBoxes(const ChartDrawing& drawing) {
    std::vector<BoxSeries> boxes;
    for (size_t k = 0; k < drawing.spreads.size(); ++k) {
        const ClassSpread& spread = drawing.spreads[k];
        boxes.push_back({drawing.classNames[static_cast<qsizetype>(k)], drawing.colours[k], spread.quantiles,
                         static_cast<double>(spread.count), static_cast<double>(spread.selected)});
    }
    boxes_->setTitles(drawing.classes ? shown(drawing.request.classColumn) : QString(), drawing.request.x);
    boxes_->setBoxes(std::move(boxes));
}

void ChartsPanel::showMatrix(const ChartDrawing& drawing) {
    matrix_->setTitles(shown(drawing.request.against), shown(drawing.request.classColumn));
    matrix_->setTable(asDoubles(drawing.table), drawing.classNames, drawing.againstNames,
                      static_cast<MatrixChart::Show>(std::max(0, shares_->currentIndex())));
}

void ChartsPanel::fillPositive(const ChartDrawing& drawing) {
    const QVariant before = positive_->currentData();
    const QSignalBlocker block(positive_);
    positive_->clear();
    for (size_t k = 0; k < drawing.classes->names.size(); ++k)
        positive_->addItem(drawing.classNames[static_cast<qsizetype>(k)],
                           QString::fromStdString(drawing.classes->names[k]));
    positive_->setCurrentIndex(std::max(0, positive_->findData(before)));
}

void ChartsPanel::showRoc(const ChartDrawing& drawing) {
    const auto of = std::make_tuple(drawing.x, drawing.classes, positive_->currentData().toString(),
                                    drawing.roc.threshold.size());
    if (of != rocOf_) // what is selected moves no threshold
        rocPlace_ = drawing.roc.threshold.size() > 1 ? nearestToCorner(drawing.roc) : 0;
    rocOf_ = of;
    showThreshold();
}

void ChartsPanel::showThreshold() {
    const auto drawing = shownDrawing();
    if (!drawing)
        return;
    const RocCurve& roc = drawing->roc;
    const size_t count = roc.threshold.size();
    const bool any = roc.positives > 0 && roc.negatives > 0 && rocPlace_ < count;
    selectAbove_->setEnabled(any);
    filterAbove_->setEnabled(any);
    threshold_->setEnabled(any);
    rocText_->clear();
    if (!any)
        return roc_->setSeries({});
    constexpr size_t drawnPoints = 2000;
    ChartSeries curve{drawing->request.x, {}, paletteColour(0)};
    for (size_t i = 0; i < count; i += std::max<size_t>(1, count / drawnPoints))
        curve.points.emplace_back(roc.falsePositiveRate[i], roc.truePositiveRate[i]);
    curve.points.emplace_back(1, 1);
    ChartSeries chance{"", {{0, 0}, {1, 1}}, QColor(140, 140, 150), true};
    ChartSeries mark{"",
                     {{roc.falsePositiveRate[rocPlace_], roc.truePositiveRate[rocPlace_]}},
                     palette().color(QPalette::Highlight),
                     false,
                     true};
    roc_->setFixedRanges(AxisRange{0, 1}, AxisRange{0, 1.02});
    roc_->setSeries({curve, chance, mark});
    const QSignalBlocker block(threshold_);
    threshold_->setValue(static_cast<int>(thresholdSteps * rocPlace_ / std::max<size_t>(1, count - 1)));
    const double found = roc.truePositiveRate[rocPlace_] * static_cast<double>(roc.positives),
                 wrong = roc.falsePositiveRate[rocPlace_] * static_cast<double>(roc.negatives);
    const auto percent = [](double part) { return QString::number(100 * part, 'f', 1); };
    // All at once: a column may be called %2.
    rocText_->setText(
        QString::fromUtf8("%1 ≥ %2 · finds %3 %, %4 % false alarms, precision %5 % · area %6")
            .arg(drawing->request.x, QString::number(threshold(), 'g', 4),
                 percent(roc.truePositiveRate[rocPlace_]), percent(roc.falsePositiveRate[rocPlace_]),
                 percent(found / std::max(1.0, found + wrong)), QString::number(roc.area, 'f', 4)));
}

double ChartsPanel::threshold() const {
    const auto drawing = shownDrawing();
    return drawing && rocPlace_ < drawing->roc.threshold.size() ? drawing->roc.threshold[rocPlace_]
                                                                : std::nan("");
}

void ChartsPanel::moveThreshold(int place) {
    const auto drawing = shownDrawing();
    if (!drawing || drawing->roc.threshold.empty())
        return;
    rocPlace_ = static_cast<size_t>(place) * (drawing->roc.threshold.size() - 1) / thresholdSteps;
    showThreshold();
}

/// What is brushed is looked for away from the window, among what the chart showed.
void ChartsPanel::brush(std::function<std::vector<int64_t>(const ChartDrawing&)> rows, BrushMode mode) {
    const auto drawing = shownDrawing();
    if (!drawing)
        return;
    brushing_.request<std::vector<int64_t>>(
        [rows = std::move(rows), drawing](const StopToken&) { return rows(*drawing); },
        [this, mode](std::vector<int64_t> found) { commands::select(document_, std::move(found), mode); });
}

void ChartsPanel::filterByThreshold() {
    const auto drawing = shownDrawing();
    if (!drawing || std::isnan(threshold()))
        return;
    QString text = "(" + drawing->request.x + ") >= " + QString::number(threshold(), 'g', 17);
    if (!document_.filter().empty())
        text = "(" + document_.filter().expression + ") && " + text;
    brushing_.request<RowFilter>([text, columns = document_.columns(), rows = document_.objectCount()](
                                     const StopToken& stop) { return filterOf(text, columns, rows, stop); },
                                 [this](const RowFilter& filter) { commands::filter(document_, filter); },
                                 [this](const JobError& error) { fault_->say(error.text()); });
}

void ChartsPanel::openLosses(const QString& path) {
    try {
        std::vector<std::string> notes;
        losses_->setSeries(lossSeries(readTableFile(path.toStdString(), notes)));
        losses_->setTitles("epoch", "loss");
        fault_->say({});
    } catch (...) {
        fault_->say(describeError(std::current_exception()).text());
    }
}

void ChartsPanel::save() {
    QString filter;
    QString path = QFileDialog::getSaveFileName(this, "Save the chart", "chart.png",
                                                "PNG (*.png);;SVG (*.svg);;Numbers as CSV (*.csv)", &filter);
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += filter.startsWith("SVG") ? ".svg" : filter.startsWith("Num") ? ".csv" : ".png";
    const QString fault = chart().save(path);
    if (fault.isEmpty())
        workspace_.log.info("Wrote " + shown(path.toStdString()));
    else
        workspace_.log.error(fault);
}

} // namespace galatea
