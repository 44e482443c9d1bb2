#pragma once
// The head of a table: names and units, what is in each column as a small histogram and figures, and the
// hands to sort, widen and move columns.

#include <vector>

#include <QWidget>

#include "widgets/table/table_model.h"

namespace galatea {

class TableHeader : public QWidget {
    Q_OBJECT
  public:
    explicit TableHeader(TableModel& model, QWidget* parent = nullptr);

    int left(int section) const; ///< of the table's content, not yet scrolled
    int width(int section) const { return widths_[static_cast<size_t>(section)]; }
    int totalWidth() const;
    int sectionAt(int contentX) const; ///< −1: none
    void setOffset(int pixels);
    int offset() const { return offset_; }
    /// The name of the column rows are sorted by; empty: none.
    void setSorted(const std::string& column, bool descending);
    QSize sizeHint() const override;

  Q_SIGNALS:
    void widthsChanged();
    void clicked(int section);
    void moved(int from, int to);
    void menuRequested(int section, const QPoint& global);
    /// A column in sight has no statistics yet.
    void statisticsWanted(int section);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool event(QEvent* event) override;

  private:
    void fitSections();
    int naturalWidth(int section) const;
    int edgeAt(int contentX) const; ///< section whose right edge is near; −1: none
    void paintSection(QPainter& painter, int section, const QRect& place);
    void paintBars(QPainter& painter, const ColumnStatistics& statistics, const QRectF& place) const;
    QString toolTipOf(int section) const;

    TableModel& model_;
    std::vector<int> widths_;
    std::vector<const void*> columnOf_; ///< whose widths these are
    std::string sorted_;
    bool descending_ = false;
    int offset_ = 0, resizing_ = -1, pressed_ = -1, target_ = -1;
    QPoint pressedAt_;
};

/// Figures of a column in words, one a line.
QStringList statisticsLines(const ColumnStatistics& statistics);

} // namespace galatea
