#include "app/desktop/panels/responsibility_bars.h"

#include <algorithm>

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include "app/desktop/document.h"
#include "widgets/map/palette.h"

namespace galatea {

ResponsibilityBars::ResponsibilityBars(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName("Responsibility of each component for the moved point");
}

void ResponsibilityBars::setValues(const std::vector<double>& values) {
    values_ = values;
    update();
}

void ResponsibilityBars::setLooks(const QStringList& names, const std::vector<QColor>& colours) {
    names_ = names;
    colours_ = colours;
    update();
}

QSize ResponsibilityBars::sizeHint() const {
    return {200, 34 + fontMetrics().height()};
}

void ResponsibilityBars::paintEvent(QPaintEvent*) {
    if (values_.empty())
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const int labels = fontMetrics().height() + 2;
    const double room = height() - labels - 2;
    const double cell = width() / static_cast<double>(values_.size());
    const double bar = std::min(cell - 3, 26.0);
    const size_t top =
        static_cast<size_t>(std::max_element(values_.begin(), values_.end()) - values_.begin());
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.85);
    painter.setFont(small);
    for (size_t k = 0; k < values_.size(); ++k) {
        const double left = (static_cast<double>(k) + 0.5) * cell - bar / 2;
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette().color(QPalette::AlternateBase));
        painter.drawRoundedRect(QRectF(left, 0, bar, room), 2, 2);
        const double filled = room * std::clamp(values_[k], 0.0, 1.0);
        if (filled > 0.5) {
            painter.setBrush(k < colours_.size() ? colours_[k] : paletteColour(k));
            painter.drawRoundedRect(QRectF(left, room - filled, bar, filled), 2, 2);
        }
        painter.setPen(palette().color(k == top ? QPalette::Text : QPalette::PlaceholderText));
        painter.drawText(QRectF(left - 8, room + 2, bar + 16, labels), Qt::AlignCenter,
                         QString::number(k + 1));
    }
}

int ResponsibilityBars::componentAt(int x) const {
    if (values_.empty() || width() == 0)
        return -1;
    return std::clamp(x * static_cast<int>(values_.size()) / width(), 0,
                      static_cast<int>(values_.size()) - 1);
}

void ResponsibilityBars::mousePressEvent(QMouseEvent* event) {
    const int component = componentAt(event->pos().x());
    if (component >= 0)
        Q_EMIT componentClicked(component);
}

bool ResponsibilityBars::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int k = componentAt(help->pos().x());
        if (k >= 0)
            QToolTip::showText(help->globalPos(),
                               plainToolTip(QString("%1: %2 %\nClick to start from its centre")
                                                .arg(names_.value(k, QString("Component %1").arg(k + 1)))
                                                .arg(100 * values_[static_cast<size_t>(k)], 0, 'f', 1)),
                               this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace galatea
