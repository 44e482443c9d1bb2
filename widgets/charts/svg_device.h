#pragma once
// Something to paint on that remembers the strokes as SVG 1.1: paths, fills, text and embedded
// pictures.

#include <memory>

#include <QByteArray>
#include <QPaintDevice>
#include <QSize>

namespace galatea {

class SvgDevice : public QPaintDevice {
  public:
    explicit SvgDevice(const QSize& size);
    ~SvgDevice() override;
    QByteArray document() const; ///< complete once no painter is active on it
    QPaintEngine* paintEngine() const override;

  protected:
    int metric(PaintDeviceMetric metric) const override;

  private:
    class Engine;
    QSize size_;
    std::unique_ptr<Engine> engine_;
};

} // namespace galatea
