#include "app/desktop/panels/latent_slider.h"

#include <algorithm>
#include <cmath>

#include <QHBoxLayout>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QSignalBlocker>
#include <QStyleOptionSlider>
#include <QToolButton>

#include "app/desktop/analysis.h"
#include "app/desktop/icons.h"

namespace galatea {

namespace {
constexpr int stepsPerSigma = 100;
constexpr int widest =
    4;               // σ either way, so that all sliders share one scale; a start farther out widens its own
int dragCounter = 0; // one per drag in the whole program: undo steps of different sliders never merge
} // namespace

SigmaSlider::SigmaSlider(QWidget* parent) : QSlider(Qt::Horizontal, parent) {
    setMinimumHeight(22);
    setMouseTracking(true);
}

void SigmaSlider::setMarks(double bandLow, double bandHigh, double start) {
    bandLow_ = bandLow;
    bandHigh_ = bandHigh;
    start_ = start;
    update();
}

double SigmaSlider::positionOf(double sigma) const {
    QStyleOptionSlider option;
    initStyleOption(&option);
    const QRect handle = style()->subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderHandle, this);
    const double room = width() - handle.width();
    const double share = (sigma * stepsPerSigma - minimum()) / std::max(1, maximum() - minimum());
    return handle.width() / 2.0 + room * std::clamp(share, 0.0, 1.0);
}

void SigmaSlider::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const double middle = height() / 2.0;
    const QColor accent = palette().color(QPalette::Highlight), line = palette().color(QPalette::Mid);
    painter.setBrush(line);
    painter.drawRoundedRect(
        QRectF(positionOf(double(minimum()) / stepsPerSigma), middle - 1,
               positionOf(double(maximum()) / stepsPerSigma) - positionOf(double(minimum()) / stepsPerSigma),
               2),
        1, 1);
    QColor band = palette().color(QPalette::PlaceholderText);
    band.setAlpha(110);
    painter.setBrush(band);
    painter.drawRoundedRect(
        QRectF(positionOf(bandLow_), middle - 2, positionOf(bandHigh_) - positionOf(bandLow_), 4), 2, 2);
    const double now = positionOf(double(value()) / stepsPerSigma), start = positionOf(start_);
    if (std::abs(now - start) > 1) {
        painter.setBrush(accent);
        painter.drawRoundedRect(QRectF(std::min(now, start), middle - 2, std::abs(now - start), 4), 2, 2);
    }
    painter.setBrush(palette().color(QPalette::PlaceholderText));
    painter.drawRect(QRectF(start - 0.75, middle - 6, 1.5, 12));
    const bool strong = isSliderDown() || underMouse() || hasFocus();
    painter.setBrush(std::abs(now - start) > 1 || strong ? accent : palette().color(QPalette::Text));
    painter.setPen(QPen(palette().color(QPalette::Base), 2));
    const double radius = isSliderDown() ? 8 : 7;
    painter.drawEllipse(QPointF(now, middle), radius, radius);
}

LatentSlider::LatentSlider(int64_t dimension, const LatentRange& range, bool measured, QWidget* parent)
    : QWidget(parent), dimension_(dimension), range_(range), measured_(measured),
      label_(new QToolButton(this)), slider_(new SigmaSlider(this)), figures_(new QLabel(this)),
      reset_(new QToolButton(this)) {
    if (!(range_.deviation > 0))
        range_.deviation = 1;
    const QString name = QString("latent%1").arg(dimension + 1);
    setObjectName(name + "Row");
    label_->setObjectName(name + "Name");
    label_->setText(QString("z%1").arg(dimension + 1));
    label_->setCheckable(true);
    label_->setFixedWidth(40);
    label_->setToolTip("Show the filmstrip of this latent");
    label_->setAccessibleName(QString("Filmstrip of latent %1").arg(dimension + 1));
    slider_->setObjectName(name);
    slider_->setAccessibleName(QString("Latent %1, in standard deviations").arg(dimension + 1));
    slider_->setRange(-widest * stepsPerSigma, widest * stepsPerSigma);
    slider_->setSingleStep(5);
    slider_->setPageStep(50);
    slider_->setToolTip(measured_ ? "The thick part holds the middle 90 % of the data"
                                  : "The thick part holds 90 % of the model's prior");
    QFont small = figures_->font();
    small.setPointSizeF(small.pointSizeF() * 0.9);
    figures_->setFont(small);
    figures_->setProperty("muted", true);
    figures_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    figures_->setFixedWidth(
        QFontMetrics(small).horizontalAdvance(measured_ ? "+0.00 σ  100 %" : "+0.00 σ  ") + 4);
    reset_->setObjectName(name + "Reset");
    reset_->setIcon(icon(Icon::Reset));
    reset_->setIconSize({14, 14});
    reset_->setFixedSize(22, 22);
    reset_->setToolTip("Back to the start");
    reset_->setAccessibleName(QString("Reset latent %1").arg(dimension + 1));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    row->addWidget(label_);
    row->addWidget(slider_, 1);
    row->addWidget(figures_);
    row->addWidget(reset_);
    connect(slider_, &QSlider::sliderPressed, this, [this] {
        ++dragCounter;
        Q_EMIT chosen(dimension_);
    });
    connect(slider_, &QSlider::valueChanged, this, [this](int steps) {
        Q_EMIT moved(dimension_,
                     static_cast<float>(range_.mean + double(steps) / stepsPerSigma * range_.deviation),
                     dragCounter);
    });
    connect(reset_, &QToolButton::clicked, this, [this] { Q_EMIT resetRequested(dimension_); });
    connect(label_, &QToolButton::clicked, this, [this] { Q_EMIT chosen(dimension_); });
}

void LatentSlider::showValue(float value, float start) {
    if (shown_ && *shown_ == std::pair(value, start))
        return; // while one slider moves the others cost nothing
    shown_ = std::pair(value, start);
    const double sigma = (value - range_.mean) / range_.deviation;
    const double startSigma = (start - range_.mean) / range_.deviation;
    {
        const QSignalBlocker block(slider_);
        const double farthest = std::max(std::abs(sigma), std::abs(startSigma));
        const int reach = std::clamp(static_cast<int>(std::ceil(farthest)), widest, 1000);
        if (reach > slider_->maximum() / stepsPerSigma)
            slider_->setRange(-reach * stepsPerSigma, reach * stepsPerSigma);
        slider_->setValue(static_cast<int>(std::lround(sigma * stepsPerSigma)));
    }
    auto band = [this](size_t percent, double otherwise) {
        return range_.percentiles.size() == 101
                   ? (range_.percentiles[percent] - range_.mean) / range_.deviation
                   : otherwise;
    };
    slider_->setMarks(band(5, -1.645), band(95, 1.645), startSigma);
    const QString sign = std::abs(sigma) < 0.005 ? "" : sigma < 0 ? QString::fromUtf8("−") : "+";
    QString text = sign + QString::fromUtf8("%1 σ").arg(std::abs(sigma), 0, 'f', 2);
    if (measured_)
        text += QString("  %1 %").arg(std::lround(percentileOf(range_, value)), 3);
    figures_->setText(text);
    reset_->setEnabled(value != start);
    reset_->setIcon(value != start ? icon(Icon::Reset) : QIcon());
}

void LatentSlider::setChosen(bool isChosen) {
    label_->setChecked(isChosen);
}

void LatentSlider::mousePressEvent(QMouseEvent* event) {
    QWidget::mousePressEvent(event);
    Q_EMIT chosen(dimension_);
}

} // namespace galatea
