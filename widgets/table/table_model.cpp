#include "widgets/table/table_model.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"

namespace galatea {

std::shared_ptr<const RowOrder> RowOrder::of(RowList rows, int64_t count) {
    auto order = std::make_shared<RowOrder>();
    order->rows = std::move(rows);
    order->places.assign(static_cast<size_t>(count), nowhere);
    for (size_t place = 0; place < order->rows.size(); ++place)
        order->places[order->rows[place]] = static_cast<uint32_t>(place);
    return order;
}

QString shownNumber(double value) {
    if (!std::isfinite(value))
        return std::isnan(value) ? QString::fromUtf8("–")
               : value > 0       ? QString::fromUtf8("∞")
                                 : QString::fromUtf8("−∞");
    return QString::number(value, 'g', 6);
}

void TableModel::setColumns(std::vector<ColumnViewPtr> columns, RowOrderPtr order) {
    beginResetModel();
    columns_ = std::move(columns);
    order_ = std::move(order);
    std::erase_if(shown_, [this](int at) { return at >= static_cast<int>(columns_.size()); });
    std::erase_if(known_, [this](const Known& one) {
        return std::find(columns_.begin(), columns_.end(), one.column) == columns_.end();
    });
    endResetModel();
}

void TableModel::setOrder(RowOrderPtr order) {
    if (order == order_)
        return;
    beginResetModel();
    order_ = std::move(order);
    endResetModel();
}

void TableModel::setShown(std::vector<int> shown) {
    std::erase_if(shown, [this](int at) { return at < 0 || at >= static_cast<int>(columns_.size()); });
    if (shown == shown_)
        return;
    beginResetModel();
    shown_ = std::move(shown);
    endResetModel();
}

const ColumnView& TableModel::columnAt(int section) const {
    return *columns_[static_cast<size_t>(shown_[static_cast<size_t>(section)])];
}

int64_t TableModel::rowAt(int place) const {
    return order_ ? order_->rows[static_cast<size_t>(place)] : place;
}

int TableModel::placeOf(int64_t row) const {
    if (row < 0 || row >= objectCount())
        return -1;
    if (!order_)
        return static_cast<int>(row);
    const uint32_t place = order_->places[static_cast<size_t>(row)];
    return place == RowOrder::nowhere ? -1 : static_cast<int>(place);
}

const ColumnStatistics* TableModel::statistics(int section) const {
    const ColumnView* column = &columnAt(section);
    for (const Known& one : known_)
        if (one.column.get() == column)
            return &one.statistics;
    return nullptr;
}

void TableModel::setStatistics(const ColumnViewPtr& column, ColumnStatistics statistics) {
    std::erase_if(known_, [&](const Known& one) { return one.column == column; });
    known_.push_back({column, std::move(statistics)});
    Q_EMIT statisticsChanged();
}

void TableModel::forgetStatistics() {
    known_.clear();
    Q_EMIT statisticsChanged();
}

int TableModel::rowCount(const QModelIndex& parent) const {
    if (parent.isValid())
        return 0;
    return static_cast<int>(order_ ? static_cast<int64_t>(order_->rows.size()) : objectCount());
}

int TableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(shown_.size());
}

QVariant TableModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const ColumnView& column = columnAt(index.column());
    const int64_t row = rowAt(index.row());
    switch (role) {
    case Qt::DisplayRole:
        if (column.kind() == ColumnView::Kind::Number)
            return shownNumber(column.number(row));
        return QString::fromStdString(escaped(column.text(row)));
    case Qt::ToolTipRole: // taken as plain text: escaped() leaves no line breaks, and markup is spelled out
        return "<span>" + QString::fromStdString(escaped(column.text(row))).toHtmlEscaped() + "</span>";
    case Qt::TextAlignmentRole:
        return QVariant(Qt::AlignVCenter | (column.isText() ? Qt::AlignLeft : Qt::AlignRight));
    case RowRole:
        return static_cast<qlonglong>(row);
    default:
        return {};
    }
}

QVariant TableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation == Qt::Vertical)
        return role == Qt::DisplayRole && section >= 0 && section < rowCount()
                   ? QVariant(static_cast<qlonglong>(rowAt(section)))
                   : QVariant();
    if (section < 0 || section >= columnCount())
        return {};
    const ColumnView::About& about = columnAt(section).about();
    if (role == Qt::DisplayRole)
        return QString::fromStdString(escaped(about.name));
    return {};
}

Qt::ItemFlags TableModel::flags(const QModelIndex& index) const {
    if (!index.isValid())
        return Qt::NoItemFlags;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
}

} // namespace galatea
