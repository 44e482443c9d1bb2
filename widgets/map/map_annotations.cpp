#include "widgets/map/map_annotations.h"

#include "core/text.h"
#include "widgets/charts/ticks.h"
#include "widgets/map/colour_scale.h"
#include "widgets/map/gaussian_curves.h"
#include "widgets/map/palette.h"

#include <QFontDatabase>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace galatea {

namespace {

QString shown(const QString& text) {
    const QByteArray bytes = text.toUtf8();
    return QString::fromStdString(escaped({bytes.constData(), static_cast<size_t>(bytes.size())}));
}

QColor toQColor(const Rgba& colour) {
    return {colour.r, colour.g, colour.b, colour.a};
}

class Annotations {
  public:
    Annotations(QPainter& painter, const OverlayContent& content)
        : painter_(painter), content_(content), projector_(content.camera.projector()),
          dark_(content.theme == MapTheme::Dark), text_(dark_ ? QColor(226, 232, 240) : QColor(24, 33, 47)),
          dim_(dark_ ? QColor(140, 152, 170) : QColor(100, 112, 130)),
          panel_(dark_ ? QColor(25, 31, 42, 242) : QColor(255, 255, 255, 246)),
          border_(dark_ ? QColor(255, 255, 255, 26) : QColor(15, 23, 42, 30)),
          accent_(dark_ ? QColor(96, 165, 250) : QColor(37, 99, 235)) {
        regular_ = QFontDatabase::systemFont(QFontDatabase::GeneralFont);
        regular_.setPixelSize(13);
        small_ = bold_ = regular_;
        small_.setPixelSize(11);
        bold_.setBold(true);
    }

    void paint() {
        paintEllipses();
        paintPath();
        if (content_.store.count() > 0)
            content_.store.dimensions() == 2 ? paintFlatAxes() : paintOrientation();
        if (content_.legendVisible)
            paintLegend();
        paintColourBar();
        paintLayerName();
    }

  private:
    double width(const QFont& font, const QString& text) const {
        return QFontMetricsF(font).horizontalAdvance(text);
    }
    void write(const QFont& font, const QColor& colour, QPointF baseline, const QString& text) {
        painter_.setFont(font);
        painter_.setPen(colour);
        painter_.drawText(baseline, text);
    }
    QString axisName(int axis) const {
        return axis < content_.axisNames.size() ? shown(content_.axisNames[axis]) : QString();
    }
    void paintPanel(const QRectF& box) {
        painter_.setPen(border_);
        painter_.setBrush(panel_);
        painter_.drawRoundedRect(box, 8, 8);
        painter_.setBrush(Qt::NoBrush);
    }
    bool place(const MapPlace& at, QPointF& screen) const {
        double x = 0, y = 0, depth = 0;
        const bool front = projector_(at[0], at[1], at[2], x, y, depth);
        screen = {x, y};
        return front && std::abs(x) < 1e5 && std::abs(y) < 1e5;
    }

    void paintFlatAxes() {
        const QSizeF size = content_.size;
        const MapPlace low = content_.camera.unproject({0, size.height()});
        const MapPlace high = content_.camera.unproject({size.width(), 0});
        const Ticks across = roundTicks(low[0], high[0], size.width() / gridSpacing);
        for (const double value : across.values) {
            const QString text = QString::number(value, 'f', across.decimals);
            const double half = width(small_, text) / 2,
                         x = (value - low[0]) / content_.camera.unitsPerPixel();
            if (x - half > 34 && x + half < size.width() - 8)
                write(small_, dim_, {x - half, size.height() - 9}, text);
        }
        const Ticks along = roundTicks(low[1], high[1], size.height() / gridSpacing);
        for (const double value : along.values) {
            const double y = (high[1] - value) / content_.camera.unitsPerPixel();
            if (y > 14 && y < size.height() - 30)
                write(small_, dim_, {10, y + 4}, QString::number(value, 'f', along.decimals));
        }
        if (const QString x = axisName(0); !x.isEmpty())
            write(regular_, text_, {(size.width() - width(regular_, x)) / 2, size.height() - 27}, x);
        if (const QString y = axisName(1); !y.isEmpty()) {
            QPainterPath path; // as shapes: not every device can turn text
            path.addText(-width(regular_, y) / 2, 0, regular_, y);
            painter_.setPen(Qt::NoPen);
            painter_.setBrush(text_);
            painter_.drawPath(QTransform(0, -1, 1, 0, 52, size.height() / 2).map(path));
            painter_.setBrush(Qt::NoBrush);
        }
    }

    void paintOrientation() {
        const auto& axes = content_.camera.axes();
        const QPointF middle(62, content_.size.height() - 62);
        const QColor colours[3]{{226, 92, 92}, {84, 176, 110}, {86, 140, 236}};
        for (int axis = 0; axis < 3; ++axis) {
            const auto k = static_cast<size_t>(axis);
            const QPointF end = middle + 34 * QPointF(axes[k], -axes[3 + k]);
            painter_.setPen(QPen(colours[axis], 2));
            painter_.drawLine(middle, end);
            QString name = axisName(axis);
            if (name.isEmpty())
                name = QString(QChar("xyz"[axis]));
            const double side = axes[k] >= 0 ? 6 : -6 - width(small_, name);
            write(small_, text_, end + QPointF(side, 4), name);
        }
    }

    void paintEllipses() {
        if (!content_.ellipsesVisible)
            return;
        const int dimensions = content_.store.dimensions();
        for (size_t k = 0; k < content_.ellipses.size(); ++k) {
            const MapEllipse& ellipse = content_.ellipses[k];
            const QColor colour = ellipse.colour.isValid() ? ellipse.colour : paletteColour(k);
            for (const QPolygonF& curve : gaussianCurves(ellipse, dimensions, projector_)) {
                painter_.setPen(QPen(colour, dimensions == 2 ? 1.6 : 1.2));
                painter_.drawPolygon(curve);
            }
            QPointF centre;
            if (ellipse.label.isEmpty() || !place(ellipse.centre, centre))
                continue;
            const QString label = shown(ellipse.label);
            paintPanel({centre.x() + 8, centre.y() - 9, width(small_, label) + 10, 18});
            write(small_, text_, centre + QPointF(13, 4), label);
        }
    }

    void paintPath() {
        const QColor ink = content_.pathColour.isValid() ? content_.pathColour : accent_;
        QPolygonF line;
        for (const MapPlace& at : content_.path)
            if (QPointF screen; place(at, screen))
                line << screen;
        painter_.setPen(QPen(ink, 2.2));
        if (line.size() > 1)
            painter_.drawPolyline(line);
        QPointF at;
        if (!content_.marker || !place(*content_.marker, at))
            return;
        painter_.setBrush(accent_);
        painter_.drawEllipse(at, 5.5, 5.5);
        painter_.setBrush(Qt::NoBrush);
        write(bold_, text_, at + QPointF(14, 5), shown(content_.markerLabel));
    }

    void paintLegend() {
        const auto& classes = content_.colouring.classes;
        const bool counted = content_.store.classCounts().size() == classes.size();
        const auto room = static_cast<size_t>(std::max(1.0, (content_.size.height() - 60) / 20));
        struct Entry {
            QString name, count;
            QColor colour;
        };
        std::vector<Entry> entries;
        double nameWidth = 0, countWidth = 0;
        for (size_t k = 0; counted && k < classes.size() && entries.size() < room; ++k) {
            if (k < content_.classShown.size() && !content_.classShown[k])
                continue;
            entries.push_back({shown(classes[k].name),
                               QLocale().toString(static_cast<qlonglong>(content_.store.classCounts()[k])),
                               content_.colouring.classColour(k)});
            nameWidth = std::max(nameWidth, width(regular_, entries.back().name));
            countWidth = std::max(countWidth, width(small_, entries.back().count));
        }
        if (entries.empty())
            return;
        const double across = 12 + 20 + nameWidth + 18 + countWidth + 12;
        const QRectF box(content_.size.width() - across - 14, 14, across,
                         16 + 20 * static_cast<double>(entries.size()));
        paintPanel(box);
        double y = box.top() + 18;
        for (const Entry& entry : entries) {
            painter_.setPen(Qt::NoPen);
            painter_.setBrush(entry.colour);
            painter_.drawEllipse(QPointF(box.left() + 17, y), 5, 5);
            painter_.setBrush(Qt::NoBrush);
            write(regular_, text_, {box.left() + 32, y + 5}, entry.name);
            write(small_, dim_, {box.right() - 12 - width(small_, entry.count), y + 4}, entry.count);
            y += 20;
        }
    }

    void paintColourBar() {
        const std::optional<ColourScale> scale = colourScale(content_);
        if (!scale)
            return;
        const QRectF box(content_.size.width() - 254, content_.size.height() - 96, 240, 66);
        paintPanel(box);
        write(bold_, text_, {box.left() + 12, box.top() + 20}, shown(scale->name));
        const QRectF bar(box.left() + 12, box.top() + 29, box.width() - 24, 11);
        constexpr int steps = 108;
        for (int k = 0; k < steps; ++k) // a little wide, so that no seam shows
            painter_.fillRect(QRectF(bar.left() + bar.width() * k / steps, bar.top(),
                                     bar.width() / steps + (k + 1 < steps ? 0.5 : 0), bar.height()),
                              toQColor(scale->colourAt((k + 0.5) / steps)));
        double free = box.left();
        for (const ColourScale::Tick& tick : scale->ticks) {
            const double x = bar.left() + bar.width() * tick.place, half = width(small_, tick.text) / 2;
            const double left = std::clamp(x - half, box.left() + 8, box.right() - 8 - 2 * half);
            if (left < free)
                continue;
            free = left + 2 * half + 6;
            write(small_, dim_, {left, bar.bottom() + 16}, tick.text);
        }
    }

    void paintLayerName() {
        if (content_.layerCount == 0)
            return;
        const QPointF at(content_.store.dimensions() == 3 ? 140 : 70, content_.size.height() - 70);
        painter_.setPen(Qt::NoPen);
        painter_.setBrush(content_.layerColour);
        painter_.drawEllipse(at, 5, 5);
        painter_.setBrush(Qt::NoBrush);
        write(regular_, text_, at + QPointF(12, 5),
              shown(content_.layerName) + "  " +
                  QLocale().toString(static_cast<qlonglong>(content_.layerCount)));
    }

    QPainter& painter_;
    const OverlayContent& content_;
    MapProjector projector_;
    bool dark_;
    QColor text_, dim_, panel_, border_, accent_;
    QFont regular_, small_, bold_;
};

} // namespace

void paintAnnotations(QPainter& painter, const OverlayContent& content) {
    painter.setRenderHint(QPainter::Antialiasing);
    Annotations(painter, content).paint();
}

} // namespace galatea
