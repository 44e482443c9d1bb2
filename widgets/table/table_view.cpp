#include "widgets/table/table_view.h"

#include <algorithm>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>

namespace galatea {

namespace {
constexpr int padding = 8;
}

TableView::TableView(TableModel& model, QWidget* parent)
    : QAbstractItemView(parent), model_(model), header_(new TableHeader(model, this)) {
    setModel(&model);
    setSelectionMode(NoSelection);
    setAutoScroll(false); // a current row that is set again leaves the view where it is
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerItem);
    setFrameShape(QFrame::NoFrame);
    viewport()->setMouseTracking(true);
    connect(header_, &TableHeader::widthsChanged, this, [this] {
        updateGeometries();
        viewport()->update();
    });
    updateGeometries();
}

void TableView::setSelectedRows(std::shared_ptr<const std::vector<int64_t>> rows) {
    selected_ = std::move(rows);
    viewport()->update();
}

bool TableView::isSelected(int64_t row) const {
    return selected_ && std::binary_search(selected_->begin(), selected_->end(), row);
}

void TableView::setCurrentRow(int64_t row, bool scroll) {
    const int place = model_.placeOf(row);
    quiet_ = true;
    const QModelIndex index = place < 0 || model_.columnCount() == 0 ? QModelIndex() : model_.index(place, 0);
    selectionModel()->setCurrentIndex(index, QItemSelectionModel::NoUpdate);
    quiet_ = false;
    if (scroll && index.isValid())
        scrollTo(index);
    viewport()->update();
}

void TableView::setHighlightedRow(int64_t row) {
    if (row == highlighted_)
        return;
    highlighted_ = row;
    viewport()->update();
}

void TableView::setEmptyText(const QString& text) {
    emptyText_ = text;
    viewport()->update();
}

int TableView::firstPlace() const {
    return verticalScrollBar()->value();
}

int TableView::placesInView() const {
    return std::max(1, viewport()->height() / rowHeight());
}

int TableView::horizontalOffset() const {
    return horizontalScrollBar()->value();
}

int TableView::verticalOffset() const {
    return verticalScrollBar()->value();
}

QRect TableView::visualRect(const QModelIndex& index) const {
    if (!index.isValid() || index.column() >= model_.columnCount())
        return {};
    return {header_->left(index.column()) - horizontalOffset(), (index.row() - firstPlace()) * rowHeight(),
            header_->width(index.column()), rowHeight()};
}

QModelIndex TableView::indexAt(const QPoint& point) const {
    const int place = firstPlace() + (point.y() < 0 ? -1 : point.y() / rowHeight());
    const int section = header_->sectionAt(point.x() + horizontalOffset());
    if (place < 0 || place >= model_.rowCount() || section < 0)
        return {};
    return model_.index(place, section);
}

void TableView::scrollTo(const QModelIndex& index, ScrollHint hint) {
    if (!index.isValid())
        return;
    const int first = firstPlace(), last = first + placesInView() - 1, place = index.row();
    if (hint == PositionAtCenter)
        verticalScrollBar()->setValue(place - placesInView() / 2);
    else if (place < first || hint == PositionAtTop)
        verticalScrollBar()->setValue(place);
    else if (place > last || hint == PositionAtBottom)
        verticalScrollBar()->setValue(place - placesInView() + 1);
}

void TableView::reset() {
    QAbstractItemView::reset();
    anchor_ = dragged_ = -1;
    updateGeometries();
    viewport()->update();
}

void TableView::updateGeometries() {
    const int height = header_->sizeHint().height();
    setViewportMargins(0, height, 0, 0);
    header_->setGeometry(viewport()->x(), viewport()->y() - height, viewport()->width(), height);
    verticalScrollBar()->setPageStep(placesInView());
    verticalScrollBar()->setSingleStep(1);
    verticalScrollBar()->setRange(0, std::max(0, model_.rowCount() - placesInView()));
    horizontalScrollBar()->setPageStep(viewport()->width());
    horizontalScrollBar()->setSingleStep(40);
    horizontalScrollBar()->setRange(0, std::max(0, header_->totalWidth() - viewport()->width()));
    header_->setOffset(horizontalOffset());
    QAbstractItemView::updateGeometries();
}

void TableView::resizeEvent(QResizeEvent* event) {
    QAbstractItemView::resizeEvent(event);
    updateGeometries();
}

void TableView::scrollContentsBy(int, int) {
    header_->setOffset(horizontalOffset());
    viewport()->update();
}

QModelIndex TableView::moveCursor(CursorAction action, Qt::KeyboardModifiers) {
    const int count = model_.rowCount();
    if (count == 0 || model_.columnCount() == 0)
        return {};
    const QModelIndex now = currentIndex();
    const int place = now.isValid() ? now.row() : -1;
    int next = place, section = now.isValid() ? now.column() : 0;
    switch (action) {
    case MoveDown:
    case MoveNext:
        next = place + 1;
        break;
    case MoveUp:
    case MovePrevious:
        next = place - 1;
        break;
    case MovePageDown:
        next = place + placesInView();
        break;
    case MovePageUp:
        next = place - placesInView();
        break;
    case MoveHome:
        next = 0;
        break;
    case MoveEnd:
        next = count - 1;
        break;
    case MoveLeft:
        --section;
        break;
    case MoveRight:
        ++section;
        break;
    }
    return model_.index(std::clamp(next, 0, count - 1), std::clamp(section, 0, model_.columnCount() - 1));
}

void TableView::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QAbstractItemView::currentChanged(current, previous);
    viewport()->update();
    if (!quiet_ && current.isValid())
        Q_EMIT rowClicked(model_.rowAt(current.row()));
}

void TableView::mousePressEvent(QMouseEvent* event) {
    const QModelIndex index = indexAt(event->pos());
    if (event->button() != Qt::LeftButton || !index.isValid())
        return;
    setFocus(Qt::MouseFocusReason);
    const bool extends = event->modifiers() & Qt::ShiftModifier,
               toggles = event->modifiers() & Qt::ControlModifier;
    selectionModel()->setCurrentIndex(index, QItemSelectionModel::NoUpdate);
    const int place = index.row();
    if (extends && anchor_ >= 0) {
        Q_EMIT selectionRequested(std::min(anchor_, place), std::max(anchor_, place),
                                  toggles ? SelectionChange::Add : SelectionChange::Replace);
    } else if (toggles) {
        Q_EMIT selectionRequested(
            place, place, isSelected(model_.rowAt(place)) ? SelectionChange::Subtract : SelectionChange::Add);
        anchor_ = place;
    } else {
        anchor_ = place;
    }
    dragged_ = extends || toggles ? -1 : place;
}

void TableView::mouseMoveEvent(QMouseEvent* event) {
    const QModelIndex index = indexAt(event->pos());
    hover(index.isValid() ? model_.rowAt(index.row()) : -1);
    if (dragged_ < 0 || !(event->buttons() & Qt::LeftButton))
        return;
    // A drag over rows selects them, scrolling where it leaves the view.
    const int offset = event->pos().y() < 0 ? -1 : event->pos().y() / rowHeight();
    const int place = std::clamp(firstPlace() + offset, 0, std::max(0, model_.rowCount() - 1));
    if (place != dragged_ && model_.rowCount() > 0) {
        dragged_ = place;
        scrollTo(model_.index(place, 0));
        viewport()->update();
    }
}

void TableView::mouseReleaseEvent(QMouseEvent*) {
    if (dragged_ >= 0 && anchor_ >= 0 && dragged_ != anchor_)
        Q_EMIT selectionRequested(std::min(anchor_, dragged_), std::max(anchor_, dragged_),
                                  SelectionChange::Replace);
    dragged_ = -1;
    viewport()->update();
}

void TableView::mouseDoubleClickEvent(QMouseEvent* event) {
    const QModelIndex index = indexAt(event->pos());
    if (index.isValid())
        Q_EMIT rowDoubleClicked(model_.rowAt(index.row()));
}

void TableView::hover(int64_t row) {
    if (row == hovered_)
        return;
    hovered_ = row;
    viewport()->update();
    Q_EMIT rowHovered(row);
}

void TableView::leaveEvent(QEvent* event) {
    hover(-1);
    QAbstractItemView::leaveEvent(event);
}

void TableView::keyPressEvent(QKeyEvent* event) {
    const int before = currentIndex().isValid() ? currentIndex().row() : -1;
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        if (before >= 0)
            Q_EMIT rowDoubleClicked(model_.rowAt(before));
        return;
    }
    if (event->key() == Qt::Key_Space && before >= 0) {
        Q_EMIT selectionRequested(before, before,
                                  isSelected(model_.rowAt(before)) ? SelectionChange::Subtract
                                                                   : SelectionChange::Add);
        return;
    }
    const bool extends = event->modifiers() & Qt::ShiftModifier;
    if (extends && anchor_ < 0)
        anchor_ = before;
    QAbstractItemView::keyPressEvent(event);
    const int after = currentIndex().isValid() ? currentIndex().row() : -1;
    if (after == before || after < 0)
        return;
    scrollTo(currentIndex());
    if (extends && anchor_ >= 0)
        Q_EMIT selectionRequested(std::min(anchor_, after), std::max(anchor_, after),
                                  SelectionChange::Replace);
    else
        anchor_ = after;
}

/// Getting the focus chooses nothing, as QAbstractItemView would have it.
void TableView::focusInEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void TableView::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    const int count = model_.rowCount();
    if (count == 0 || model_.columnCount() == 0) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(viewport()->rect().adjusted(24, 8, -24, -8), Qt::AlignCenter | Qt::TextWordWrap,
                         emptyText_);
        return;
    }
    for (int place = firstPlace(), top = 0; place < count && top < viewport()->height(); ++place) {
        paintRow(painter, place, top);
        top += rowHeight();
    }
}

void TableView::paintRow(QPainter& painter, int place, int top) const {
    const int64_t row = model_.rowAt(place);
    const QRect whole(0, top, viewport()->width(), rowHeight());
    const bool inDrag = dragged_ >= 0 && anchor_ >= 0 && dragged_ != anchor_ &&
                        place >= std::min(anchor_, dragged_) && place <= std::max(anchor_, dragged_);
    QColor mark = palette().color(QPalette::Highlight);
    if (place % 2 == 1)
        painter.fillRect(whole, palette().color(QPalette::AlternateBase));
    if (isSelected(row) || inDrag) {
        mark.setAlpha(70);
        painter.fillRect(whole, mark);
    } else if (row == hovered_ || row == highlighted_) {
        mark.setAlpha(28);
        painter.fillRect(whole, mark);
    }
    painter.setPen(palette().color(QPalette::Text));
    for (int section = 0; section < model_.columnCount(); ++section) {
        const QModelIndex index = model_.index(place, section);
        const QRect cell = visualRect(index);
        if (cell.right() < 0 || cell.left() > viewport()->width())
            continue;
        const QRect inside = cell.adjusted(padding, 0, -padding, 0);
        painter.drawText(inside, index.data(Qt::TextAlignmentRole).toInt(),
                         fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, inside.width()));
    }
    if (currentIndex().isValid() && currentIndex().row() == place) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
        painter.drawRect(QRectF(whole).adjusted(0.75, 0.75, -0.75, -0.75));
    }
}

} // namespace galatea
