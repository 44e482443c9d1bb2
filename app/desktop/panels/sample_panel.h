#pragma once
// Random galaxies from the model: choose components, number, temperature and seed; draw, look, export.

#include <QWidget>

#include "app/desktop/workspace.h"
#include "widgets/gallery/gallery_view.h"

class QDoubleSpinBox;
class QGridLayout;
class QLabel;
class QLayout;
class QPushButton;
class QSpinBox;
class QToolButton;

namespace galatea {

class SamplePanel : public QWidget {
    Q_OBJECT
  public:
    explicit SamplePanel(Workspace& workspace, QWidget* parent = nullptr);

    /// Draws with the document's settings, as a job.
    void draw();
    enum class Format { Sheet, Singles, Fits, FitsExtensions, FitsFiles, Hdf5 };
    /// Writes the samples, as a job. `done` is called with success.
    void exportTo(const QString& path, Format format);
    GalleryView& preview() { return *preview_; }
    QAction* drawAction() const { return draw_; }

  Q_SIGNALS:
    void exported(const QString& path);
    void exploreRequested();

  private:
    QWidget* buildSettings();
    QLayout* buildButtons();
    void rebuildComponents();
    void showSettings();
    void pushSettings();
    void showSamples();
    void askAndExport(Format format);

    Workspace& workspace_;
    Document& document_;
    ThumbnailLoader loader_;
    GalleryModel model_;
    GalleryView* preview_;
    QLabel *empty_, *origin_, *summary_;
    QWidget *content_, *components_;
    QGridLayout* componentGrid_;
    std::vector<QToolButton*> componentButtons_;
    QSpinBox *count_, *seed_;
    QDoubleSpinBox* temperature_;
    QLabel* prior_; ///< stands where the components would, for models without a mixture
    QToolButton* export_;
    QPushButton* drawButton_;
    QAction* draw_;
    JobId job_ = 0;
    bool filling_ = false;
};

} // namespace galatea
