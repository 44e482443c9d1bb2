#include "widgets/gallery/gallery_view.h"

#include <algorithm>

#include <QContextMenuEvent>
#include <QDrag>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>

namespace galatea {

namespace {
constexpr int margin = 8;
constexpr int spacing = 6;
} // namespace

GalleryView::GalleryView(GalleryModel& model, ThumbnailLoader& loader, QWidget* parent)
    : QAbstractItemView(parent), model_(model), loader_(loader) {
    setModel(&model);
    setMouseTracking(true);
    viewport()->setMouseTracking(true);
    setSelectionMode(SingleSelection);
    setDragEnabled(true);
    setDragDropMode(DragOnly);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(NoFrame);
    connect(&loader, &ThumbnailLoader::cleared, this, &GalleryView::wantVisible);
    connect(this, &QAbstractItemView::doubleClicked, this,
            [this](const QModelIndex& index) { Q_EMIT rowDoubleClicked(model_.rowAt(index.row())); });
}

void GalleryView::setThumbnailSide(int logicalPixels) {
    side_ = std::clamp(logicalPixels, 32, 512);
    updateGeometries();
    viewport()->update();
    wantVisible();
}

void GalleryView::setPicturesPerCell(int count) {
    pictures_ = std::max(1, count);
    setThumbnailSide(side_);
}

void GalleryView::setCaptionsVisible(bool visible) {
    captions_ = visible;
    setThumbnailSide(side_);
}

void GalleryView::setEmptyText(const QString& text) {
    emptyText_ = text;
    viewport()->update();
}

void GalleryView::setHighlightedRow(int64_t row) {
    if (row == highlighted_)
        return;
    highlighted_ = row;
    viewport()->update();
}

void GalleryView::setCurrentRow(int64_t row, bool scroll) {
    quiet_ = true;
    const int place = model_.placeOf(row);
    const QModelIndex index = place >= 0 ? model_.index(place) : QModelIndex();
    if (index != currentIndex())
        selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect);
    if (scroll && index.isValid())
        scrollTo(index);
    quiet_ = false;
}

int GalleryView::columns() const {
    return std::max(1, (viewport()->width() - 2 * margin + spacing) / (pictureWidth() + spacing));
}

int GalleryView::cellWidth() const {
    return (viewport()->width() - 2 * margin) / columns();
}

int GalleryView::cellHeight() const {
    return side_ + spacing + (captions_ ? fontMetrics().height() + 2 : 0);
}

QRect GalleryView::visualRect(const QModelIndex& index) const {
    if (!index.isValid())
        return {};
    const int line = index.row() / columns(), column = index.row() % columns();
    return {margin + column * cellWidth(), margin + line * cellHeight() - verticalOffset(), cellWidth(),
            cellHeight()};
}

QModelIndex GalleryView::indexAt(const QPoint& point) const {
    const int y = point.y() + verticalOffset() - margin, x = point.x() - margin;
    if (x < 0 || y < 0 || x >= cellWidth() * columns())
        return {};
    const int place = y / cellHeight() * columns() + x / cellWidth();
    return place < model_.rowCount() ? model_.index(place) : QModelIndex();
}

void GalleryView::scrollTo(const QModelIndex& index, ScrollHint) {
    const QRect cell = visualRect(index);
    if (cell.top() < 0)
        verticalScrollBar()->setValue(verticalScrollBar()->value() + cell.top() - margin);
    else if (cell.bottom() > viewport()->height())
        verticalScrollBar()->setValue(verticalScrollBar()->value() + cell.bottom() - viewport()->height() +
                                      margin);
}

void GalleryView::reset() {
    QAbstractItemView::reset();
    hovered_ = -1;
    updateGeometries();
    verticalScrollBar()->setValue(0);
    wantVisible();
}

int GalleryView::verticalOffset() const {
    return verticalScrollBar()->value();
}

QModelIndex GalleryView::moveCursor(CursorAction action, Qt::KeyboardModifiers) {
    const int count = model_.rowCount();
    if (count == 0)
        return {};
    if (!currentIndex().isValid() && action != MoveEnd)
        return model_.index(0);
    const int place = std::max(0, currentIndex().row());
    const int page = std::max(1, viewport()->height() / cellHeight()) * columns();
    int next = place;
    switch (action) {
    case MoveLeft:
    case MovePrevious:
        next = place - 1;
        break;
    case MoveRight:
    case MoveNext:
        next = place + 1;
        break;
    case MoveUp:
        next = place - columns();
        break;
    case MoveDown:
        next = place + columns();
        break;
    case MovePageUp:
        next = place - page;
        break;
    case MovePageDown:
        next = place + page;
        break;
    case MoveHome:
        next = 0;
        break;
    case MoveEnd:
        next = count - 1;
        break;
    }
    return model_.index(std::clamp(next, 0, count - 1));
}

void GalleryView::setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command) {
    const QModelIndex index = indexAt(rect.center());
    selectionModel()->select(index.isValid() ? QItemSelection(index, index) : QItemSelection(), command);
}

QRegion GalleryView::visualRegionForSelection(const QItemSelection& selection) const {
    QRegion region;
    for (const QModelIndex& index : selection.indexes())
        region += visualRect(index);
    return region;
}

void GalleryView::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QAbstractItemView::currentChanged(current, previous);
    viewport()->update();
    if (!quiet_ && current.isValid())
        Q_EMIT rowClicked(model_.rowAt(current.row()));
}

void GalleryView::updateGeometries() {
    const int lines = (model_.rowCount() + columns() - 1) / columns();
    const int height = lines * cellHeight() + 2 * margin;
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(cellHeight() / 3);
    verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
    QAbstractItemView::updateGeometries();
}

void GalleryView::resizeEvent(QResizeEvent* event) {
    QAbstractItemView::resizeEvent(event);
    updateGeometries();
    wantVisible();
}

void GalleryView::scrollContentsBy(int, int) {
    viewport()->update();
    wantVisible();
}

void GalleryView::wantVisible() {
    if (model_.rowCount() == 0 || viewport()->height() <= 0)
        return loader_.want({});
    const int first = std::max(0, (verticalOffset() - margin) / cellHeight()) * columns();
    const int lines = viewport()->height() / cellHeight() + 2;
    // One screen further on is read ahead.
    const int last = std::min(model_.rowCount(), first + 2 * lines * columns());
    const auto& rows = model_.rows();
    loader_.want({rows.begin() + std::min(first, last), rows.begin() + last});
}

void GalleryView::hover(int64_t row) {
    if (row == hovered_)
        return;
    hovered_ = row;
    viewport()->update();
    Q_EMIT rowHovered(row);
}

void GalleryView::keyPressEvent(QKeyEvent* event) {
    const QModelIndex index = currentIndex();
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (!index.isValid() || (!enter && event->key() != Qt::Key_Space))
        return QAbstractItemView::keyPressEvent(event);
    const int64_t row = model_.rowAt(index.row());
    if (enter)
        Q_EMIT rowActivated(row);
    else
        Q_EMIT rowToggled(row);
}

void GalleryView::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex index = byKey ? currentIndex() : indexAt(event->pos());
    if (!index.isValid())
        return;
    const QPoint at = byKey ? visualRect(index).center() : event->pos();
    Q_EMIT menuRequested(model_.rowAt(index.row()), viewport()->mapToGlobal(at));
}

void GalleryView::mouseMoveEvent(QMouseEvent* event) {
    const QModelIndex index = indexAt(event->pos());
    hover(index.isValid() ? model_.rowAt(index.row()) : -1);
    QAbstractItemView::mouseMoveEvent(event);
}

void GalleryView::leaveEvent(QEvent* event) {
    hover(-1);
    QAbstractItemView::leaveEvent(event);
}

void GalleryView::wheelEvent(QWheelEvent* event) {
    if (event->modifiers() & Qt::ControlModifier) {
        setThumbnailSide(side_ + (event->angleDelta().y() > 0 ? 16 : -16));
        return event->accept();
    }
    QAbstractItemView::wheelEvent(event);
}

/// Getting the focus chooses nothing, as QAbstractItemView would have it.
void GalleryView::focusInEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void GalleryView::startDrag(Qt::DropActions) {
    const QModelIndex index = currentIndex();
    if (!index.isValid())
        return;
    auto* drag = new QDrag(this);
    const int64_t row = model_.rowAt(index.row());
    drag->setMimeData(mimeOfRows(dragRows_ ? dragRows_(row) : std::vector<int64_t>{row}));
    const QImage picture = index.data(Qt::DecorationRole).value<QImage>();
    if (!picture.isNull())
        drag->setPixmap(QPixmap::fromImage(picture.scaled(64, 64, Qt::KeepAspectRatio)));
    drag->exec(Qt::CopyAction);
}

void GalleryView::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    if (model_.rowCount() == 0) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(viewport()->rect().adjusted(24, 8, -24, -8), Qt::AlignCenter | Qt::TextWordWrap,
                         emptyText_);
        return;
    }
    const int first = std::max(0, (verticalOffset() - margin) / cellHeight()) * columns();
    for (int place = first; place < model_.rowCount(); ++place) {
        const QModelIndex index = model_.index(place);
        const QRect cell = visualRect(index);
        if (cell.top() > viewport()->height())
            break;
        paintCell(painter, index, cell);
    }
}

void GalleryView::paintCell(QPainter& painter, const QModelIndex& index, const QRect& cell) const {
    QRectF picture(0, 0, std::min(pictureWidth(), cell.width()), side_);
    picture.moveCenter(QPointF(cell.center().x() + 0.5, cell.top() + side_ / 2.0));
    const QImage image = index.data(Qt::DecorationRole).value<QImage>();
    QPainterPath rounded;
    rounded.addRoundedRect(picture, 4, 4);
    if (image.isNull()) {
        painter.fillPath(rounded, palette().color(QPalette::AlternateBase));
        if (index.data(GalleryModel::FailedRole).toBool()) {
            painter.setPen(palette().color(QPalette::PlaceholderText));
            painter.drawText(picture, Qt::AlignCenter | Qt::TextWordWrap, "unreadable");
        }
    } else {
        painter.save();
        painter.setClipPath(rounded);
        painter.drawImage(picture, image);
        painter.restore();
    }
    const int64_t row = model_.rowAt(index.row());
    const bool current = index == currentIndex();
    if (current || row == hovered_ || row == highlighted_) {
        QColor ring = palette().color(QPalette::Highlight);
        if (!current)
            ring.setAlpha(150);
        painter.setPen(QPen(ring, current ? 2.5 : 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(picture.adjusted(-1, -1, 1, 1), 5, 5);
    }
    if (captions_) {
        painter.setPen(palette().color(current ? QPalette::Text : QPalette::PlaceholderText));
        const QRect line(cell.left(), cell.top() + side_ + 2, cell.width(), fontMetrics().height());
        painter.drawText(line, Qt::AlignCenter,
                         fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, line.width() - 2));
    }
}

} // namespace galatea
