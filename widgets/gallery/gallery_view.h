#pragma once
// A grid of thumbnails that costs what is visible, however many rows there are: cells have one size, so
// geometry is arithmetic and nothing is laid out in advance.

#include <vector>

#include <QAbstractItemView>

#include "widgets/gallery/gallery_model.h"

namespace galatea {

class GalleryView : public QAbstractItemView {
    Q_OBJECT
  public:
    GalleryView(GalleryModel& model, ThumbnailLoader& loader, QWidget* parent = nullptr);

    void setThumbnailSide(int logicalPixels); ///< 32 … 512
    int thumbnailSide() const { return side_; }
    /// Pictures beside each other in a thumbnail: cells are so many times wider than high.
    void setPicturesPerCell(int count);
    void setCaptionsVisible(bool visible);
    void setEmptyText(const QString& text);
    /// What dragging a row takes along, the row itself first; unset: that row alone.
    void setDragRows(std::function<std::vector<int64_t>(int64_t row)> rows) { dragRows_ = std::move(rows); }
    /// Rings a row hovered elsewhere; -1: none.
    void setHighlightedRow(int64_t row);
    /// Marks and shows a row without emitting rowClicked.
    void setCurrentRow(int64_t row, bool scroll = true);

    QRect visualRect(const QModelIndex& index) const override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;
    QModelIndex indexAt(const QPoint& point) const override;
    void reset() override;

  Q_SIGNALS:
    void rowClicked(qint64 row);
    void rowDoubleClicked(qint64 row);
    void rowHovered(qint64 row);                      ///< -1 when the mouse leaves
    void rowActivated(qint64 row);                    ///< Enter
    void rowToggled(qint64 row);                      ///< Space
    void menuRequested(qint64 row, QPoint globalPos); ///< right button or menu key

  protected:
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    int horizontalOffset() const override { return 0; }
    int verticalOffset() const override;
    bool isIndexHidden(const QModelIndex&) const override { return false; }
    void setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command) override;
    QRegion visualRegionForSelection(const QItemSelection& selection) const override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void startDrag(Qt::DropActions actions) override;
    void updateGeometries() override;

  private:
    int columns() const;
    int pictureWidth() const { return side_ * pictures_; }
    int cellWidth() const;
    int cellHeight() const;
    void hover(int64_t row);
    void wantVisible();
    void paintCell(QPainter& painter, const QModelIndex& index, const QRect& cell) const;

    GalleryModel& model_;
    ThumbnailLoader& loader_;
    int side_ = 96, pictures_ = 1;
    bool captions_ = true, quiet_ = false;
    int64_t hovered_ = -1, highlighted_ = -1;
    QString emptyText_;
    std::function<std::vector<int64_t>(int64_t)> dragRows_;
};

} // namespace galatea
