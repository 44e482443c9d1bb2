#pragma once
// One latent: its slider in units of the data's standard deviation, with the middle 90 % of the data and
// the start drawn into the groove, its value in σ and as a percentile.

#include <optional>
#include <utility>

#include <QSlider>
#include <QWidget>

#include "latent/traversal.h"

class QLabel;
class QToolButton;

namespace galatea {

/// The slider alone. Values are hundredths of σ from the data's mean.
class SigmaSlider : public QSlider {
    Q_OBJECT
  public:
    explicit SigmaSlider(QWidget* parent = nullptr);
    void setMarks(double bandLow, double bandHigh, double start); ///< in σ

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    double positionOf(double sigma) const;
    double bandLow_ = -1.6, bandHigh_ = 1.6, start_ = 0;
};

class LatentSlider : public QWidget {
    Q_OBJECT
  public:
    LatentSlider(int64_t dimension, const LatentRange& range, bool measured, QWidget* parent = nullptr);

    int64_t dimension() const { return dimension_; }
    void showValue(float value, float start);
    void setChosen(bool chosen); ///< the filmstrip is of this latent
    SigmaSlider& slider() { return *slider_; }

  Q_SIGNALS:
    /// `drag` is the same for every step of one drag.
    void moved(qint64 dimension, float value, int drag);
    void resetRequested(qint64 dimension);
    void chosen(qint64 dimension);

  protected:
    void mousePressEvent(QMouseEvent* event) override;

  private:
    int64_t dimension_;
    LatentRange range_;
    std::optional<std::pair<float, float>> shown_; ///< value and start
    bool measured_; ///< the range comes from data, so percentiles mean something
    QToolButton* label_;
    SigmaSlider* slider_;
    QLabel* figures_;
    QToolButton* reset_;
};

} // namespace galatea
