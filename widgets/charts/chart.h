#pragma once
// What every chart has: axes with grid and titles, a legend, and its way out as picture, vector graphic and
// numbers. Text is plain.

#include <cmath>
#include <vector>

#include <QColor>
#include <QPointF>
#include <QString>
#include <QWidget>

#include "widgets/selection_change.h"

namespace galatea {

struct AxisRange {
    double low = 0, high = 1;
};

struct LegendEntry {
    QString name;
    QColor colour;
    bool dashed = false, dot = false;
};

class Chart : public QWidget {
    Q_OBJECT
  public:
    explicit Chart(QWidget* parent = nullptr);

    void setTitles(const QString& x, const QString& y);
    /// Shown while there is nothing to draw.
    void setEmptyText(const QString& text);
    /// The y axis in powers of ten; values that are not positive are left out then.
    void setLogarithmic(bool on);
    bool logarithmic() const { return logarithmic_; }
    void setLogarithmicX(bool on);
    bool logarithmicX() const { return logarithmicX_; }
    /// Axes that count: no marks between whole numbers.
    void setWholeNumbers(bool x, bool y);
    /// Names in place of the numbers 1, 2, 3 … along an axis; empty lists: numbers.
    void setTickNames(const QStringList& x, const QStringList& y);
    /// Where a point of the chart lies in the widget.
    QPointF position(const QPointF& point) const;

    virtual QString csv() const = 0; ///< the numbers that are drawn
    /// As it is shown, at `scale` times its size.
    QImage picture(double scale = 2) const;
    QByteArray svg() const;
    /// PNG, SVG or CSV by the name's ending. Returns what went wrong, nothing if it is written.
    QString save(const QString& path) const;

    QSize sizeHint() const override { return {360, 220}; }
    QSize minimumSizeHint() const override { return {160, 120}; }

  Q_SIGNALS:
    void saved(const QString& path);
    void saveFailed(const QString& sentence);

  protected:
    virtual bool isEmpty() const = 0;
    virtual std::vector<LegendEntry> legend() const = 0;
    virtual void paintContent(QPainter& painter, const QRectF& area) const = 0;
    /// Finds x_ and y_ again; called when the kind of axis has changed.
    virtual void findRanges() = 0;
    /// What the mouse points at; not part of pictures.
    virtual void paintReading(QPainter&, const QRectF&) const {}

    void paintEvent(QPaintEvent*) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

    double drawn(double y) const; ///< on the y axis as drawn: itself or its logarithm
    double drawnX(double x) const;
    double valueAt(double widgetX) const;
    QPointF valueAt(const QPointF& widget) const; ///< the point of the chart that lies there
    QRectF plot() const;
    /// Lines of text in a frame beside a place.
    void paintBox(QPainter& painter, const QRectF& area, double at, const QStringList& lines) const;
    static QString figure(double value);
    const QString& xTitle() const { return xTitle_; }

    AxisRange x_, y_; ///< in drawn units

  private:
    void paint(QPainter& painter) const;
    void paintAxes(QPainter& painter, const QRectF& area) const;
    void paintLegend(QPainter& painter, const QRectF& area) const;

    void paintTickNames(QPainter& painter, const QRectF& area) const;

    QString xTitle_, yTitle_, emptyText_;
    QStringList xNames_, yNames_;
    bool logarithmic_ = false, logarithmicX_ = false, wholeX_ = false, wholeY_ = false;
};

/// How a brush changes what is selected: alone it replaces it, with Shift it adds, with Ctrl it takes away.
using BrushMode = SelectionChange;
BrushMode brushMode(Qt::KeyboardModifiers modifiers);

/// A colour on the way from one to the other.
QColor between(const QColor& a, const QColor& b, double part);

} // namespace galatea
