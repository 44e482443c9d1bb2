#include "app/desktop/icons.h"

#include <QApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>
#include <QPixmap>

namespace galatea {

namespace {

void polyline(QPainterPath& path, std::initializer_list<QPointF> points) {
    auto point = points.begin();
    path.moveTo(*point++);
    for (; point != points.end(); ++point)
        path.lineTo(*point);
}

void dots(QPainterPath& path, std::initializer_list<QPointF> points, double radius) {
    for (const QPointF& point : points)
        path.addEllipse(point, radius, radius);
}

/// On a 24 × 24 grid.
QPainterPath outline(Icon which) {
    QPainterPath p;
    switch (which) {
    case Icon::Open:
        polyline(p, {{3, 18}, {3, 6}, {9, 6}, {11, 8.5}, {19, 8.5}, {19, 11}});
        polyline(p, {{3, 18}, {6, 11}, {22, 11}, {19, 18}, {3, 18}});
        break;
    case Icon::Save:
        polyline(p, {{12, 4}, {12, 15}});
        polyline(p, {{7.5, 11}, {12, 15.5}, {16.5, 11}});
        polyline(p, {{4, 16}, {4, 20}, {20, 20}, {20, 16}});
        break;
    case Icon::Export:
        polyline(p, {{12, 15}, {12, 4}});
        polyline(p, {{7.5, 8.5}, {12, 4}, {16.5, 8.5}});
        polyline(p, {{4, 14}, {4, 20}, {20, 20}, {20, 14}});
        break;
    case Icon::Undo:
    case Icon::Redo:
        polyline(p, {{8, 5}, {4, 9}, {8, 13}});
        p.moveTo(4, 9);
        p.lineTo(14, 9);
        p.cubicTo(22, 9, 22, 19, 14, 19);
        p.lineTo(9, 19);
        if (which == Icon::Redo)
            p = QTransform(-1, 0, 0, 1, 24, 0).map(p);
        break;
    case Icon::Navigate:
        polyline(p, {{5, 3.5}, {18.5, 12}, {12, 13.5}, {8.5, 19.5}, {5, 3.5}});
        break;
    case Icon::Rectangle:
        p.addRect(4, 6, 16, 12);
        break;
    case Icon::Lasso:
        p.addEllipse(QPointF(12.5, 9.5), 8.5, 5.5);
        p.moveTo(6.5, 13.5);
        p.cubicTo(3, 16, 8, 18, 6, 21);
        break;
    case Icon::Brush:
        p.addEllipse(QPointF(8.5, 15.5), 5, 5);
        polyline(p, {{12, 12}, {20.5, 3.5}});
        break;
    case Icon::Fit:
        polyline(p, {{4, 9}, {4, 4}, {9, 4}});
        polyline(p, {{15, 4}, {20, 4}, {20, 9}});
        polyline(p, {{20, 15}, {20, 20}, {15, 20}});
        polyline(p, {{9, 20}, {4, 20}, {4, 15}});
        break;
    case Icon::Layers:
        polyline(p, {{12, 3.5}, {20, 8}, {20, 16}, {12, 20.5}, {4, 16}, {4, 8}, {12, 3.5}});
        polyline(p, {{4, 8}, {12, 12.5}, {20, 8}});
        polyline(p, {{12, 12.5}, {12, 20.5}});
        break;
    case Icon::Beside:
        p.addRoundedRect(3.5, 5, 17, 14, 2, 2);
        polyline(p, {{12, 5}, {12, 19}});
        break;
    case Icon::Link:
        p.addRoundedRect(3, 8.5, 10.5, 7, 3.5, 3.5);
        p.addRoundedRect(10.5, 8.5, 10.5, 7, 3.5, 3.5);
        break;
    case Icon::Search:
        p.addEllipse(QPointF(10.5, 10.5), 6, 6);
        polyline(p, {{15, 15}, {20.5, 20.5}});
        break;
    case Icon::Close:
        polyline(p, {{6, 6}, {18, 18}});
        polyline(p, {{18, 6}, {6, 18}});
        break;
    case Icon::Reset:
        p.arcMoveTo(QRectF(5, 5, 14, 14), 60);
        p.arcTo(QRectF(5, 5, 14, 14), 60, 290);
        polyline(p, {{15.5, 2}, {15.7, 6}, {11.5, 6.5}});
        break;
    case Icon::Dice:
        p.addRoundedRect(4, 4, 16, 16, 3, 3);
        dots(p, {{8.5, 8.5}, {15.5, 8.5}, {12, 12}, {8.5, 15.5}, {15.5, 15.5}}, 0.8);
        break;
    case Icon::Star:
        polyline(p, {{12, 3},
                     {14.2, 9.8},
                     {21, 12},
                     {14.2, 14.2},
                     {12, 21},
                     {9.8, 14.2},
                     {3, 12},
                     {9.8, 9.8},
                     {12, 3}});
        break;
    case Icon::Picture:
        p.addRoundedRect(3.5, 5, 17, 14, 2, 2);
        polyline(p, {{4, 17}, {9.5, 11.5}, {13, 15}, {15.5, 12.5}, {20, 17}});
        p.addEllipse(QPointF(15.5, 9), 1.4, 1.4);
        break;
    case Icon::Model:
        polyline(p, {{4, 5}, {10, 9}, {10, 15}, {4, 19}, {4, 5}});
        polyline(p, {{20, 5}, {14, 9}, {14, 15}, {20, 19}, {20, 5}});
        break;
    case Icon::Points:
        dots(p, {{6, 16}, {9.5, 10}, {13, 14.5}, {16, 7}, {18.5, 12.5}, {11, 18.5}}, 1.3);
        break;
    case Icon::Map:
        polyline(p, {{4, 4}, {4, 20}, {20, 20}});
        dots(p, {{8.5, 14.5}, {11.5, 10}, {14, 15.5}, {17.5, 7.5}}, 1.3);
        break;
    case Icon::Warning:
        polyline(p, {{12, 4}, {21, 19.5}, {3, 19.5}, {12, 4}});
        polyline(p, {{12, 10}, {12, 14.5}});
        polyline(p, {{12, 16.7}, {12, 17.2}});
        break;
    case Icon::Error:
        p.addEllipse(QPointF(12, 12), 8.5, 8.5);
        polyline(p, {{12, 7.5}, {12, 13}});
        polyline(p, {{12, 15.7}, {12, 16.2}});
        break;
    case Icon::Play:
        polyline(p, {{7, 4.5}, {19, 12}, {7, 19.5}, {7, 4.5}});
        break;
    case Icon::Sliders:
        for (const double y : {6.5, 12.0, 17.5})
            polyline(p, {{4, y}, {20, y}});
        dots(p, {{9, 6.5}, {15, 12}, {8, 17.5}}, 2);
        break;
    case Icon::Grid:
        for (const double x : {4.0, 13.5})
            for (const double y : {4.0, 13.5})
                p.addRoundedRect(x, y, 6.5, 6.5, 1.5, 1.5);
        break;
    case Icon::Object:
        p.addEllipse(QPointF(12, 12), 2.5, 2.5);
        p.moveTo(3.5, 14);
        p.cubicTo(6, 4, 16, 4, 18.5, 9.5);
        p.moveTo(20.5, 10);
        p.cubicTo(18, 20, 8, 20, 5.5, 14.5);
        break;
    }
    return p;
}

class LineIcon : public QIconEngine {
  public:
    explicit LineIcon(Icon which) : which_(which) {}
    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->translate(rect.topLeft());
        painter->scale(rect.width() / 24.0, rect.height() / 24.0);
        painter->setPen(QPen(QApplication::palette().color(group, QPalette::WindowText), 1.6, Qt::SolidLine,
                             Qt::RoundCap, Qt::RoundJoin));
        painter->setBrush(Qt::NoBrush);
        painter->drawPath(outline(which_));
        painter->restore();
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap picture(size);
        picture.fill(Qt::transparent);
        QPainter painter(&picture);
        paint(&painter, QRect(QPoint(0, 0), size), mode, state);
        return picture;
    }
    QIconEngine* clone() const override { return new LineIcon(which_); }

  private:
    Icon which_;
};

} // namespace

QIcon icon(Icon which) {
    return QIcon(new LineIcon(which));
}

} // namespace galatea
