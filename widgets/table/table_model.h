#pragma once
// Columns of many rows, seen without copying: which rows, in which order, and which columns, in which order.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <QAbstractTableModel>

#include "core/column_statistics.h"
#include "core/column_view.h"

namespace galatea {

/// Which rows a table shows, in order, and where each is; made away from the window for millions.
struct RowOrder {
    RowList rows;                 ///< by place
    std::vector<uint32_t> places; ///< by row; `nowhere`: not shown
    static constexpr uint32_t nowhere = 0xFFFFFFFFU;
    static std::shared_ptr<const RowOrder> of(RowList rows, int64_t count);
};
using RowOrderPtr = std::shared_ptr<const RowOrder>;

class TableModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    enum Role { RowRole = Qt::UserRole };

    explicit TableModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    /// All there are, each as long as the others; `order` is of that length too, or empty: every row as it
    /// comes. Forgets the statistics of columns that are not among them any more.
    void setColumns(std::vector<ColumnViewPtr> columns, RowOrderPtr order = {});
    const std::vector<ColumnViewPtr>& columns() const { return columns_; }
    int64_t objectCount() const { return columns_.empty() ? 0 : columns_.front()->size(); }
    void setOrder(RowOrderPtr order);
    const RowOrderPtr& order() const { return order_; }
    /// Places among columns(), in the order they are shown in.
    void setShown(std::vector<int> shown);
    const std::vector<int>& shown() const { return shown_; }
    const ColumnView& columnAt(int section) const;

    int64_t rowAt(int place) const;
    int placeOf(int64_t row) const; ///< −1: not shown
    /// For headers: what is known of a column.
    const ColumnStatistics* statistics(int section) const;
    void setStatistics(const ColumnViewPtr& column, ColumnStatistics statistics);
    void forgetStatistics();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

  Q_SIGNALS:
    void statisticsChanged();

  private:
    struct Known {
        ColumnViewPtr column;
        ColumnStatistics statistics;
    };
    std::vector<ColumnViewPtr> columns_;
    RowOrderPtr order_;
    std::vector<int> shown_;
    std::vector<Known> known_;
};

/// A number as a table shows it: six digits, "–" for none.
QString shownNumber(double value);

} // namespace galatea
