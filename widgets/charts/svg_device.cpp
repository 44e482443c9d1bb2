#include "widgets/charts/svg_device.h"

#include <QBuffer>
#include <QFont>
#include <QImage>
#include <QPaintEngine>
#include <QPainterPath>
#include <QPen>
#include <QPixmap>

namespace galatea {

namespace {

constexpr int dotsPerInch = 96; // SVG's pixel

QString number(double value) {
    return QString::number(value, 'f', 2);
}

QString paintOf(const char* attribute, const QColor& colour) {
    QString text = QString(" %1=\"%2\"").arg(attribute, colour.name());
    if (colour.alpha() < 255)
        text += QString(" %1-opacity=\"%2\"").arg(attribute).arg(colour.alphaF(), 0, 'f', 3);
    return text;
}

QString dataOf(const QPainterPath& path) {
    QString text;
    for (int i = 0; i < path.elementCount(); ++i) {
        const QPainterPath::Element e = path.elementAt(i);
        const char* command = e.isMoveTo() ? "M" : e.isLineTo() ? "L" : e.isCurveTo() ? "C" : " ";
        text += command + number(e.x) + ' ' + number(e.y) + ' ';
    }
    return text.trimmed();
}

} // namespace

class SvgDevice::Engine : public QPaintEngine {
  public:
    Engine() : QPaintEngine(AllFeatures) {}
    bool begin(QPaintDevice*) override { return true; }
    bool end() override { return true; }
    Type type() const override { return QPaintEngine::User; }
    void updateState(const QPaintEngineState&) override {} // looked up when something is drawn

    void drawPath(const QPainterPath& path) override { add(path, true); }
    void drawPolygon(const QPointF* points, int count, PolygonDrawMode mode) override {
        QPainterPath path;
        path.addPolygon(QPolygonF(QList<QPointF>(points, points + count)));
        if (mode != PolylineMode)
            path.closeSubpath();
        add(path, mode != PolylineMode);
    }
    void drawTextItem(const QPointF& place, const QTextItem& item) override {
        const QPointF at = state->transform().map(place);
        const QFont font = item.font();
        const double size = font.pixelSize() > 0 ? font.pixelSize() : font.pointSizeF() * dotsPerInch / 72;
        body_ += QString("<text x=\"%1\" y=\"%2\" font-family=\"%3\" font-size=\"%4\"%5>%6</text>\n")
                     .arg(number(at.x()), number(at.y()), font.family().toHtmlEscaped(), number(size),
                          paintOf("fill", state->pen().color()), item.text().toHtmlEscaped());
    }
    void drawPixmap(const QRectF& place, const QPixmap& pixmap, const QRectF& part) override {
        drawImage(place, pixmap.toImage(), part, Qt::AutoColor);
    }
    void drawImage(const QRectF& place, const QImage& image, const QRectF& part,
                   Qt::ImageConversionFlags) override {
        QByteArray bytes;
        QBuffer buffer(&bytes);
        buffer.open(QIODevice::WriteOnly);
        image.copy(part.toAlignedRect()).save(&buffer, "PNG");
        const QRectF at = state->transform().mapRect(place);
        body_ += QString("<image x=\"%1\" y=\"%2\" width=\"%3\" height=\"%4\" "
                         "preserveAspectRatio=\"none\" href=\"data:image/png;base64,%5\"/>\n")
                     .arg(number(at.x()), number(at.y()), number(at.width()), number(at.height()),
                          QString::fromLatin1(bytes.toBase64()));
    }
    const QString& body() const { return body_; }

  private:
    void add(const QPainterPath& drawn, bool mayFill) {
        const QPainterPath path = state->transform().map(drawn);
        if (path.isEmpty())
            return;
        const QPen pen = state->pen();
        const QBrush brush = state->brush();
        QString style = mayFill && brush.style() != Qt::NoBrush ? paintOf("fill", brush.color())
                                                                : QString(" fill=\"none\"");
        if (pen.style() != Qt::NoPen) {
            const double width = pen.widthF() > 0 ? pen.widthF() : 1;
            style += paintOf("stroke", pen.color()) + QString(" stroke-width=\"%1\"").arg(number(width)) +
                     " stroke-linejoin=\"round\"";
            QStringList dashes;
            for (const qreal dash : pen.style() == Qt::SolidLine ? QList<qreal>() : pen.dashPattern())
                dashes << number(dash * width);
            if (!dashes.isEmpty())
                style += " stroke-dasharray=\"" + dashes.join(' ') + '"';
        }
        body_ += "<path d=\"" + dataOf(path) + '"' + style + "/>\n";
    }
    QString body_;
};

SvgDevice::SvgDevice(const QSize& size) : size_(size), engine_(std::make_unique<Engine>()) {}
SvgDevice::~SvgDevice() = default;

QPaintEngine* SvgDevice::paintEngine() const {
    return engine_.get();
}

QByteArray SvgDevice::document() const {
    return QString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%1\" height=\"%2\" "
                   "viewBox=\"0 0 %1 %2\">\n%3</svg>\n")
        .arg(size_.width())
        .arg(size_.height())
        .arg(engine_->body())
        .toUtf8();
}

int SvgDevice::metric(PaintDeviceMetric metric) const {
    switch (metric) {
    case PdmWidth:
        return size_.width();
    case PdmHeight:
        return size_.height();
    case PdmWidthMM:
        return size_.width() * 254 / (10 * dotsPerInch);
    case PdmHeightMM:
        return size_.height() * 254 / (10 * dotsPerInch);
    case PdmNumColors:
        return INT_MAX;
    case PdmDepth:
        return 32;
    case PdmDpiX:
    case PdmDpiY:
    case PdmPhysicalDpiX:
    case PdmPhysicalDpiY:
        return dotsPerInch;
    case PdmDevicePixelRatio:
        return 1;
    case PdmDevicePixelRatioScaled:
        return static_cast<int>(devicePixelRatioFScale());
    }
    return 0;
}

} // namespace galatea
