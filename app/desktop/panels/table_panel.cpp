#include "app/desktop/panels/table_panel.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <QApplication>
#include <QClipboard>
#include <QDialog>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QMenu>
#include <QShortcut>
#include <QTextBrowser>
#include <QToolButton>
#include <QWidgetAction>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/filtering.h"
#include "app/desktop/icons.h"
#include "app/desktop/panels/panel_parts.h"
#include "core/expression.h"
#include "core/text.h"
#include "io/table_file.h"

namespace galatea {

namespace {

// On the thread for columns: what a person waits for goes first.
constexpr int filterPriority = 30, refreshPriority = 28, orderPriority = 20, statisticsPriority = 0;
constexpr size_t mostCopied = 200'000; // rows; more belong into a file

struct Ordered {
    RowOrderPtr order;
    RowListPtr kept;
};

/// The rows of `among` that the mask lets through (each may be missing: all), by the column's values.
Ordered orderRows(const std::vector<uint8_t>& mask, const RowListPtr& among, const ColumnViewPtr& column,
                  bool descending, int64_t count, const StopToken& stop) {
    Ordered result;
    result.kept = among;
    if (!mask.empty())
        result.kept = std::make_shared<const RowList>(rowsWhere(mask, among));
    if (column)
        result.order = RowOrder::of(orderBy(*column, result.kept, descending, stop), count);
    else if (result.kept)
        result.order = RowOrder::of(*result.kept, count);
    return result;
}

} // namespace

TablePanel::TablePanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document),
      view_(new TableView(model_, this)), filter_(new ExpressionEdit(this)),
      fault_(new ReasonLabel("filterFault", this)), count_(new QLabel(this)),
      onlySelection_(new QToolButton(this)), columnsButton_(new QToolButton(this)),
      columnList_(new QListWidget(this)), filtering_(workspace.columns, filterPriority),
      refreshing_(workspace.columns, refreshPriority), ordering_(workspace.columns, orderPriority),
      statistics_(workspace.columns, statisticsPriority) {
    setObjectName("tablePanel");
    setProperty("panel", true);
    view_->setObjectName("tableView");
    view_->setAccessibleName("Table of the objects");
    view_->setToolTip("Click to look at an object; Shift or Ctrl and click, or drag, to select rows");
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(buildHeader());
    auto* faultRow = new QHBoxLayout;
    faultRow->setContentsMargins(10, 0, 10, 4);
    faultRow->addWidget(fault_);
    column->addLayout(faultRow);
    column->addWidget(view_, 1);
    connectDocument();
    connectView();
    check_.setSingleShot(true);
    check_.setInterval(400);
    connect(&check_, &QTimer::timeout, this, &TablePanel::checkFilter);
    takeColumns();
}

QWidget* TablePanel::buildHeader() {
    auto* header = new QWidget(this);
    header->setProperty("panel", true);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(10, 5, 10, 5);
    row->setSpacing(8);
    auto* label = new QLabel("Filter", header);
    label->setProperty("muted", true);
    label->setBuddy(filter_);
    row->addWidget(label);
    describe(filter_, "filterEdit", "Filter",
             "Show only objects for which this is true; press Enter. Map, gallery, table and charts follow.");
    filter_->setPlaceholderText("r < 20 && component == 3 && label != \"artifact\"");
    filter_->setClearButtonEnabled(true);
    for (QToolButton* clear : filter_->findChildren<QToolButton*>()) {
        describe(clear, "filterClear", "Remove the filter", "Remove the filter");
        clear->setFocusPolicy(Qt::StrongFocus);
    }
    row->addWidget(filter_, 1);
    auto* help = new QToolButton(header);
    describe(help, "filterHelp", "What a filter may hold", "What a filter may hold");
    help->setText("?");
    row->addWidget(help);
    count_->setObjectName("tableCount");
    count_->setProperty("muted", true);
    row->addWidget(count_);
    describe(onlySelection_, "tableOnlySelection", "Only the selection", "Show only the selected objects");
    onlySelection_->setText("Only the selection");
    onlySelection_->setCheckable(true);
    row->addWidget(onlySelection_);
    describe(columnsButton_, "tableColumns", "Columns", "Choose columns; drag them into another order");
    columnsButton_->setText("Columns");
    columnsButton_->setPopupMode(QToolButton::InstantPopup);
    row->addWidget(columnsButton_);
    auto* save = new QToolButton(header);
    describe(save, "tableExport", "Export the table",
             "Export the shown rows and columns (CSV, FITS, VOTable)");
    save->setIcon(icon(Icon::Export));
    row->addWidget(save);
    for (QToolButton* button : {help, onlySelection_, columnsButton_, save})
        button->setFocusPolicy(Qt::StrongFocus);
    buildColumnList();
    connect(help, &QToolButton::clicked, this, &TablePanel::showHelp);
    connect(save, &QToolButton::clicked, this, &TablePanel::askAndExport);
    connect(onlySelection_, &QToolButton::toggled, this, &TablePanel::rebuild);
    connect(filter_, &QLineEdit::returnPressed, this, &TablePanel::applyFilter);
    connect(filter_, &QLineEdit::textEdited, this, [this] { check_.start(); });
    connect(filter_, &QLineEdit::textChanged, this, [this](const QString& text) {
        if (text.isEmpty() && !document_.filter().empty()) // also by the button that clears it
            applyFilter();
    });
    return header;
}

void TablePanel::buildColumnList() {
    describe(columnList_, "tableColumnList", "Columns of the table",
             "Ticked columns are shown, in this order");
    columnList_->setDragDropMode(QAbstractItemView::InternalMove);
    columnList_->setMinimumSize(240, 320);
    auto* menu = new QMenu(columnsButton_);
    auto* action = new QWidgetAction(menu);
    action->setDefaultWidget(columnList_);
    menu->addAction(action);
    columnsButton_->setMenu(menu);
    connect(columnList_, &QListWidget::itemChanged, this, &TablePanel::readColumnList);
    connect(columnList_->model(), &QAbstractItemModel::rowsMoved, this, &TablePanel::readColumnList);
}

void TablePanel::connectDocument() {
    connect(&document_, &Document::columnsChanged, this, [this] {
        takeColumns();
        refreshFilter();
    });
    connect(&document_, &Document::filterChanged, this, [this] {
        showFilter();
        if (document_.filter().keep != fresh_)
            refreshFilter(); // brought back by undo: labels may have changed since
        rebuild();
    });
    connect(&document_, &Document::hiddenClassesChanged, this, &TablePanel::rebuild);
    connect(&document_, &Document::selectionChanged, this, [this] {
        view_->setSelectedRows(std::make_shared<const std::vector<int64_t>>(document_.selection()));
        if (onlySelection_->isChecked())
            rebuild();
        updateCount();
    });
    connect(&document_, &Document::currentChanged, this, [this](qint64 row) { view_->setCurrentRow(row); });
    connect(&document_, &Document::hoveredChanged, view_, &TableView::setHighlightedRow);
}

void TablePanel::connectView() {
    connect(view_, &TableView::rowClicked, this, [this](qint64 row) { document_.setCurrent(row); });
    connect(view_, &TableView::rowHovered, this, [this](qint64 row) { document_.setHovered(row); });
    connect(view_, &TableView::rowDoubleClicked, this, [this](qint64 row) {
        document_.setCurrent(row);
        Q_EMIT objectRequested(row);
    });
    connect(view_, &TableView::selectionRequested, this, &TablePanel::requestSelection);
    TableHeader& header = view_->header();
    connect(&header, &TableHeader::clicked, this, [this](int section) {
        const std::string name = model_.columnAt(section).name();
        if (name != sortColumn_)
            sortBy(name, false);
        else
            descending_ ? sortBy({}, false) : sortBy(name, true);
    });
    connect(&header, &TableHeader::moved, this, [this](int from, int to) {
        std::vector<std::string> names = shownColumns();
        const std::string name = names[static_cast<size_t>(from)];
        names.erase(names.begin() + from);
        names.insert(names.begin() + to, name);
        setShownColumns(names);
    });
    connect(&header, &TableHeader::menuRequested, this,
            [this](int, const QPoint&) { columnsButton_->showMenu(); });
    connect(
        &header, &TableHeader::statisticsWanted, this,
        [this](int section) {
            if (section >= model_.columnCount())
                return;
            const ColumnViewPtr& column =
                model_.columns()[static_cast<size_t>(model_.shown()[static_cast<size_t>(section)])];
            if (column != measured_ && std::find(wanted_.begin(), wanted_.end(), column) == wanted_.end())
                wanted_.push_back(column);
            nextStatistics();
        },
        Qt::QueuedConnection); // it is asked for while the header is painted
    auto* copy = new QShortcut(QKeySequence::Copy, view_);
    copy->setContext(Qt::WidgetWithChildrenShortcut);
    connect(copy, &QShortcut::activated, this, &TablePanel::copySelection);
}

// ---- Columns --------------------------------------------------------------------------------------------

/// Columns that are new are shown, but for places and long lists of latents.
void TablePanel::takeColumns() {
    const ColumnSetPtr columns = document_.columns();
    const auto latents = std::count_if(columns->begin(), columns->end(), [](const ColumnViewPtr& column) {
        return column->about().ucd == "stat.mean";
    });
    constexpr std::ptrdiff_t fewLatents = 6;
    for (const ColumnViewPtr& column : *columns) {
        const bool detail = column->about().ucd == "pos.cartesian" ||
                            (column->about().ucd == "stat.mean" && latents > fewLatents);
        if (knownColumns_.insert(column->name()).second && detail)
            hiddenColumns_.insert(column->name());
        if (std::find(columnOrder_.begin(), columnOrder_.end(), column->name()) == columnOrder_.end())
            columnOrder_.push_back(column->name());
    }
    const bool same = model_.columns() == *columns;
    if (!same) {
        forgetStatistics();
        const bool fits = model_.objectCount() == document_.objectCount();
        model_.setColumns(*columns, fits ? model_.order() : RowOrderPtr());
        if (!fits)
            kept_.reset();
    }
    fillColumnList();
    showColumns();
    if (!same)
        rebuild();
    updateCount();
}

void TablePanel::fillColumnList() {
    filling_ = true;
    columnList_->clear();
    const ColumnSetPtr columns = document_.columns();
    for (const std::string& name : columnOrder_) {
        const ColumnViewPtr column = findColumn(*columns, name);
        if (!column)
            continue;
        auto* item = new QListWidgetItem(shown(name), columnList_);
        item->setData(Qt::UserRole, QByteArray::fromStdString(name));
        item->setToolTip(plainToolTip(shown(column->about().description)));
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable |
                       Qt::ItemIsDragEnabled);
        item->setCheckState(hiddenColumns_.contains(name) ? Qt::Unchecked : Qt::Checked);
    }
    filling_ = false;
}

void TablePanel::readColumnList() {
    if (filling_)
        return;
    std::vector<std::string> names;
    for (int i = 0; i < columnList_->count(); ++i)
        if (columnList_->item(i)->checkState() == Qt::Checked)
            names.push_back(columnList_->item(i)->data(Qt::UserRole).toByteArray().toStdString());
    std::vector<std::string> all;
    for (int i = 0; i < columnList_->count(); ++i)
        all.push_back(columnList_->item(i)->data(Qt::UserRole).toByteArray().toStdString());
    columnOrder_ = all;
    hiddenColumns_.clear();
    for (const std::string& name : all)
        if (std::find(names.begin(), names.end(), name) == names.end())
            hiddenColumns_.insert(name);
    showColumns();
}

void TablePanel::showColumns() {
    std::vector<int> places;
    const auto& columns = model_.columns();
    for (const std::string& name : columnOrder_)
        for (size_t k = 0; k < columns.size(); ++k)
            if (columns[k]->name() == name && !hiddenColumns_.contains(name))
                places.push_back(static_cast<int>(k));
    model_.setShown(places);
    view_->setCurrentRow(document_.current(), false);
}

std::vector<std::string> TablePanel::shownColumns() const {
    std::vector<std::string> names;
    for (int section = 0; section < model_.columnCount(); ++section)
        names.push_back(model_.columnAt(section).name());
    return names;
}

void TablePanel::setShownColumns(const std::vector<std::string>& names) {
    std::vector<std::string> order = names;
    hiddenColumns_.clear();
    for (const std::string& name : columnOrder_)
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            hiddenColumns_.insert(name);
            order.push_back(name);
        }
    columnOrder_ = std::move(order);
    fillColumnList();
    showColumns();
}

// ---- Filter ---------------------------------------------------------------------------------------------

void TablePanel::checkFilter() {
    const std::string text = filter_->text().trimmed().isEmpty() ? "1" : filter_->text().toStdString();
    try {
        const Expression expression(text, *document_.columns());
        if (expression.isText())
            expression.test(0); // says why that is no filter
        filter_->clearFault();
        fault_->say({});
    } catch (const ExpressionError& error) {
        filter_->markFault(error.position, error.length);
        fault_->say(QString::fromStdString(error.what()));
    }
}

void TablePanel::applyFilter() {
    check_.stop();
    checkFilter();
    if (filter_->hasFault())
        return filter_->goToFault();
    statistics_.cancel(); // they can wait
    if (measured_)
        wanted_.push_front(std::exchange(measured_, nullptr));
    requestFilter(filter_->text());
    nextStatistics();
}

void TablePanel::requestFilter(const QString& text) {
    filtering_.request<RowFilter>([text, columns = document_.columns(), rows = document_.objectCount()](
                                      const StopToken& stop) { return filterOf(text, columns, rows, stop); },
                                  [this, text, columns = document_.columns()](const RowFilter& filter) {
                                      if (columns != document_.columns())
                                          return requestFilter(text); // they changed meanwhile
                                      fresh_ = filter.keep;
                                      commands::filter(document_, filter);
                                  },
                                  [this](const JobError& error) { fault_->say(error.text()); });
}

/// Columns changed, and with them which rows pass. No undo step: what changed them is one.
void TablePanel::refreshFilter() {
    const RowFilter& now = document_.filter();
    if (now.empty())
        return;
    refreshing_.request<RowFilter>(
        [text = now.expression, columns = document_.columns(), rows = document_.objectCount()](
            const StopToken& stop) { return filterOf(text, columns, rows, stop); },
        [this, columns = document_.columns()](const RowFilter& filter) {
            const RowFilter& present = document_.filter();
            if (columns != document_.columns() || present.expression != filter.expression || present.empty())
                return;
            fresh_ = present.keep;
            if (*present.keep == *filter.keep)
                return;
            fresh_ = filter.keep;
            document_.setFilter(filter);
        },
        [this, text = now.expression, columns = document_.columns()](const JobError& error) {
            if (columns != document_.columns() || document_.filter().expression != text)
                return; // another one by now
            workspace_.log.warning("The filter was removed: " + error.text());
            document_.setFilter({});
        });
}

/// What is being typed stays where the filter is the same and only its rows are others.
void TablePanel::showFilter() {
    const QString& expression = document_.filter().expression;
    if (expression == shownExpression_ && !expression.isEmpty())
        return;
    shownExpression_ = expression;
    if (filter_->text() != expression)
        filter_->setText(expression);
    filter_->clearFault();
    fault_->say({});
}

void TablePanel::showHelp() {
    auto* dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName("filterHelpDialog");
    dialog->setWindowTitle("Filters");
    auto* column = new QVBoxLayout(dialog);
    auto* text = new QTextBrowser(dialog);
    text->setObjectName("filterHelpText");
    text->setHtml(expressionHelp(document_.columns()));
    column->addWidget(text);
    dialog->resize(560, 560);
    dialog->show();
}

// ---- Rows -----------------------------------------------------------------------------------------------

void TablePanel::sortBy(const std::string& column, bool descending) {
    sortColumn_ = column;
    descending_ = descending;
    view_->header().setSorted(column, descending);
    follow_ = true;
    rebuild();
}

void TablePanel::rebuild() {
    const ColumnViewPtr column = findColumn(model_.columns(), sortColumn_);
    const bool part = onlySelection_->isChecked() && !document_.selection().empty();
    RowListPtr among;
    if (part)
        among = std::make_shared<const RowList>(document_.selection().begin(), document_.selection().end());
    std::vector<uint8_t> mask = shownMask(document_);
    if (mask.empty() && !among && !column) {
        ordering_.cancel();
        return showOrder({}, {});
    }
    ordering_.request<Ordered>(
        [mask = std::move(mask), among, column, descending = descending_, count = document_.objectCount()](
            const StopToken& stop) { return orderRows(mask, among, column, descending, count, stop); },
        [this, count = document_.objectCount()](const Ordered& ordered) {
            if (count == model_.objectCount())
                showOrder(ordered.order, ordered.kept);
        });
    updateCount();
}

void TablePanel::showOrder(RowOrderPtr order, RowListPtr kept) {
    const bool sameRows = kept == kept_ || (kept && kept_ && *kept == *kept_);
    kept_ = std::move(kept);
    model_.setOrder(std::move(order));
    if (!sameRows) {
        forgetStatistics();
        model_.forgetStatistics(); // the header asks for those of the rows that are shown now
    }
    view_->setEmptyText(document_.objectCount() == 0 ? "The objects' columns appear here once data are open."
                                                     : "No object passes the filter, or all are hidden.");
    view_->setCurrentRow(document_.current(), std::exchange(follow_, false));
    updateCount();
    nextStatistics();
}

void TablePanel::forgetStatistics() {
    statistics_.cancel();
    measured_.reset();
    wanted_.clear();
}

void TablePanel::nextStatistics() {
    if (measured_ || wanted_.empty())
        return;
    measured_ = wanted_.front();
    wanted_.pop_front();
    statistics_.request<ColumnStatistics>(
        [column = measured_, rows = kept_](const StopToken& stop) {
            return statisticsOf(*column, rows, stop);
        },
        [this, column = measured_](ColumnStatistics found) {
            measured_.reset();
            model_.setStatistics(column, std::move(found));
            nextStatistics();
        },
        [this](const JobError&) {
            measured_.reset();
            nextStatistics();
        });
}

void TablePanel::updateCount() {
    const QLocale locale;
    const qint64 all = document_.objectCount(), rows = model_.rowCount();
    QString text = rows == all ? locale.toString(all) + " rows"
                               : QString("%1 of %2 rows").arg(locale.toString(rows), locale.toString(all));
    if (!document_.selection().empty())
        text +=
            QString::fromUtf8(" · %1 selected").arg(locale.toString(qint64(document_.selection().size())));
    count_->setText(all == 0 ? QString() : text);
}

void TablePanel::requestSelection(int from, int to, SelectionChange how) {
    std::vector<int64_t> rows;
    for (int place = from; place <= std::min(to, model_.rowCount() - 1); ++place)
        rows.push_back(model_.rowAt(place));
    std::sort(rows.begin(), rows.end());
    commands::select(document_, std::move(rows), how);
}

// ---- Out ------------------------------------------------------------------------------------------------

QString TablePanel::selectionAsText() const {
    std::vector<int> places;
    for (const int64_t row : document_.selection())
        if (const int place = model_.placeOf(row); place >= 0)
            places.push_back(place);
    std::sort(places.begin(), places.end());
    // A tab or a line break within a value would start another cell.
    const auto cell = [](const std::string& text) { return QString::fromStdString(escaped(text)); };
    QStringList names;
    for (const std::string& name : shownColumns())
        names << cell(name);
    QString text = names.join('\t') + '\n';
    for (const int place : places) {
        QStringList cells;
        for (int section = 0; section < model_.columnCount(); ++section)
            cells << cell(model_.columnAt(section).text(model_.rowAt(place)));
        text += cells.join('\t') + '\n';
    }
    return text;
}

void TablePanel::copySelection() {
    const size_t count = document_.selection().size();
    if (count == 0)
        return workspace_.log.warning("Nothing is selected: Shift or Ctrl and click select rows");
    if (count > mostCopied)
        return workspace_.log.warning("More than 200,000 rows are too many to copy: export them");
    QApplication::clipboard()->setText(selectionAsText());
    workspace_.log.info(QString("Copied %1 rows").arg(count));
}

void TablePanel::exportTo(const QString& path) {
    std::vector<ColumnViewPtr> columns;
    for (const int place : model_.shown())
        columns.push_back(model_.columns()[static_cast<size_t>(place)]);
    TableProvenance provenance{"objects", {{"creator", "Galatea"}}};
    const auto add = [&](const char* name, const QString& value) {
        if (!value.isEmpty())
            provenance.facts.emplace_back(name, value.toStdString());
    };
    add("filter", document_.filter().expression);
    add("data", QFileInfo(document_.data().path).fileName());
    add("model", QFileInfo(document_.model().path).fileName());
    workspace_.jobs.start<std::vector<std::string>>(
        "Exporting the table", this,
        [columns, provenance, order = model_.order(), count = model_.objectCount(),
         path](const StopToken& stop, ProgressSink& progress) {
            std::vector<int64_t> rows(order ? order->rows.size() : static_cast<size_t>(count));
            if (order)
                std::copy(order->rows.begin(), order->rows.end(), rows.begin());
            else
                std::iota(rows.begin(), rows.end(), 0);
            Table table;
            for (const ColumnViewPtr& column : columns) {
                throwIfStopped(stop);
                table.set(column->copy(rows));
                progress.update({"collecting", static_cast<int64_t>(table.columns().size()),
                                 static_cast<int64_t>(columns.size()), "columns", ""});
            }
            std::vector<std::string> notes;
            writeTableFile(path.toStdString(), table, provenance, notes);
            return notes;
        },
        [this, path](const std::vector<std::string>& notes) {
            for (const std::string& note : notes)
                workspace_.log.warning(shown(note));
            workspace_.log.info("Wrote " + shown(path.toStdString()));
        });
}

void TablePanel::askAndExport() {
    QString filter;
    QString path = QFileDialog::getSaveFileName(this, "Export the table", "objects.fits",
                                                "FITS table (*.fits);;VOTable (*.vot);;CSV (*.csv)", &filter);
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += filter.startsWith("VO") ? ".vot" : filter.startsWith("CSV") ? ".csv" : ".fits";
    exportTo(path);
}

} // namespace galatea
