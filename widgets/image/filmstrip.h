#pragma once
// A row of small pictures with captions: the steps of one latent, a path, the draws of a mixture. With the
// focus, the arrows go from one to the next and Return or Space clicks it.

#include <vector>

#include <QImage>
#include <QStringList>
#include <QWidget>

namespace galatea {

class Filmstrip : public QWidget {
    Q_OBJECT
  public:
    explicit Filmstrip(QWidget* parent = nullptr);

    void setFrames(const std::vector<QImage>& frames, const QStringList& captions = {});
    int count() const { return static_cast<int>(frames_.size()); }
    const std::vector<QImage>& frames() const { return frames_; }
    void setMarked(int index);         ///< underlines one frame; -1: none
    void setHint(const QString& hint); ///< shown while there is no frame
    QRect frameRect(int index) const;  ///< in widget coordinates

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  Q_SIGNALS:
    void frameClicked(int index);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

  private:
    int captionHeight() const;
    std::vector<QImage> frames_;
    QStringList captions_;
    QString hint_;
    int marked_ = -1, cursor_ = 0;
};

} // namespace galatea
