#pragma once
// A table that costs what is visible, however many rows it has: rows have one height, nothing is laid out in
// advance. What is selected is the owner's; the view shows it and tells what a person asks for.

#include <functional>
#include <vector>

#include <QAbstractItemView>

#include "widgets/selection_change.h"
#include "widgets/table/table_header.h"
#include "widgets/table/table_model.h"

namespace galatea {

class TableView : public QAbstractItemView {
    Q_OBJECT
  public:
    explicit TableView(TableModel& model, QWidget* parent = nullptr);

    TableHeader& header() { return *header_; }
    const TableHeader& header() const { return *header_; }
    /// Ascending rows of the data; cheap for any number.
    void setSelectedRows(std::shared_ptr<const std::vector<int64_t>> rows);
    bool isSelected(int64_t row) const;
    /// Marks and shows a row without emitting rowClicked.
    void setCurrentRow(int64_t row, bool scroll = true);
    void setHighlightedRow(int64_t row); ///< hovered elsewhere; −1: none
    void setEmptyText(const QString& text);
    int rowHeight() const { return fontMetrics().height() + 7; }

    QRect visualRect(const QModelIndex& index) const override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;
    QModelIndex indexAt(const QPoint& point) const override;
    void reset() override;

  Q_SIGNALS:
    void rowClicked(qint64 row);
    void rowDoubleClicked(qint64 row);
    void rowHovered(qint64 row);
    /// Rows from one place to another, both included, in the order they are shown in.
    void selectionRequested(int fromPlace, int toPlace, galatea::SelectionChange how);

  protected:
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    int horizontalOffset() const override;
    int verticalOffset() const override;
    bool isIndexHidden(const QModelIndex&) const override { return false; }
    void setSelection(const QRect&, QItemSelectionModel::SelectionFlags) override {}
    QItemSelectionModel::SelectionFlags selectionCommand(const QModelIndex&, const QEvent*) const override {
        return QItemSelectionModel::NoUpdate;
    }
    QRegion visualRegionForSelection(const QItemSelection&) const override { return {}; }
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void updateGeometries() override;

  private:
    int firstPlace() const;
    int placesInView() const;
    void hover(int64_t row);
    void paintRow(QPainter& painter, int place, int top) const;

    TableModel& model_;
    TableHeader* header_;
    std::shared_ptr<const std::vector<int64_t>> selected_;
    int64_t highlighted_ = -1, hovered_ = -1;
    int anchor_ = -1, dragged_ = -1;
    bool quiet_ = false;
    QString emptyText_;
};

} // namespace galatea
