#pragma once
// How much each component claims a point: one bar per component, in the map's colours.

#include <vector>

#include <QColor>
#include <QStringList>
#include <QWidget>

namespace galatea {

class ResponsibilityBars : public QWidget {
    Q_OBJECT
  public:
    explicit ResponsibilityBars(QWidget* parent = nullptr);
    void setValues(const std::vector<double>& values); ///< each in [0,1]
    /// One of each per component.
    void setLooks(const QStringList& names, const std::vector<QColor>& colours);
    const std::vector<double>& values() const { return values_; }
    QSize sizeHint() const override;

  Q_SIGNALS:
    void componentClicked(int component);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    bool event(QEvent* event) override;

  private:
    int componentAt(int x) const;
    std::vector<double> values_;
    QStringList names_;
    std::vector<QColor> colours_;
};

} // namespace galatea
