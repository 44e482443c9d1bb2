#pragma once
// A slider per latent; the picture follows while it moves.

#include <vector>

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include "app/desktop/workspace.h"

class QLabel;
class QMenu;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace galatea {

class Filmstrip;
class ImageView;
class LatentSlider;
class ResponsibilityBars;

class TraversePanel : public QWidget {
    Q_OBJECT
  public:
    explicit TraversePanel(Workspace& workspace, QWidget* parent = nullptr);

    LatentSlider* slider(int64_t dimension) const; ///< nullptr if it is not shown
    const std::vector<LatentSlider*>& sliders() const { return sliders_; }
    const ImageView& picture() const { return *now_; }
    QAction* resetAllAction() const { return resetAll_; }
    QAction* randomAction() const { return random_; }
    QAction* meanAction() const { return mean_; }
    QAction* objectAction() const { return object_; }

  Q_SIGNALS:
    /// A decoded picture is on the screen, this long after the point moved.
    void pictureShown(double milliseconds);

  protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    struct Frame {
        QImage now, difference;
    };
    void buildActions();
    QWidget* buildPictures();
    QWidget* buildSliderArea();
    QWidget* buildStartRow();
    void rebuildSliders();
    void fillStartMenu();
    void showState();
    void requestPicture();
    void requestStart();
    void rested();
    void requestStripFrame(size_t index);
    void startStrip();
    void findNearest();
    void showClaims();
    void startFromComponent(int component);
    void startFromRandom();
    void savePng(const QImage& picture, const QString& title, const QString& name);
    void savePicture();
    void saveStrip();
    std::vector<float> stripPoint(size_t index) const;

    Workspace& workspace_;
    Document& document_;
    LatestWins picture_, startPicture_, stripWork_, nearestWork_;
    QTimer rest_;
    QElapsedTimer moved_;
    QLabel *empty_, *startName_, *place_, *more_;
    QWidget* content_;
    ImageView *now_, *start_, *difference_;
    ResponsibilityBars* bars_;
    Filmstrip *strip_, *nearest_;
    QLabel *stripTitle_, *nearestTitle_;
    QToolButton *startFrom_, *save_;
    QMenu* componentMenu_ = nullptr;
    QAction *resetAll_, *random_, *mean_, *object_;
    QVBoxLayout* sliderColumn_;
    std::vector<LatentSlider*> sliders_;
    std::vector<LatentRange> ranges_;
    std::vector<QImage> stripFrames_;
    std::vector<float> stripBase_;
    std::vector<int64_t> nearestRows_;
    std::vector<float> startShown_;
    Array startPixels_;
    int64_t stripDimension_ = 0;
    double spacing_ = 0;
    uint64_t randomSeed_ = 0;
};

} // namespace galatea
