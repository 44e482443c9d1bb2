#pragma once
// The import assistant's picture: a frame with the sources that the present options find in it, or one of the
// images. Reading, detection and drawing run on the reader's thread; the latest request wins.

#include <memory>
#include <vector>

#include <QWidget>

#include "app/desktop/workspace.h"
#include "data/survey/detection.h"
#include "data/survey/frame.h"
#include "data/transforms.h"
#include "widgets/image/marked_image_view.h"
#include "widgets/image/rendering.h"

class QComboBox;
class QLabel;
class QToolButton;

namespace galatea {

class ImportPreview : public QWidget {
    Q_OBJECT
  public:
    explicit ImportPreview(Workspace& workspace, QWidget* parent = nullptr);

    void clear(const QString& hint);
    /// A frame is read once; its sources are looked for anew whenever the options change.
    void showFrame(const survey::Frame& frame);
    void setDetection(const survey::DetectionOptions& detection, const survey::BackgroundOptions& background);
    /// Image `index` of a data set, as the transform makes it.
    void showImages(DatasetPtr images, const TransformOptions& transform, int64_t index);

    int sourcesFound() const { return found_; } ///< −1 while unknown
    const MarkedImageView& view() const { return *view_; }
    bool busy() const { return work_.busy(); }

  Q_SIGNALS:
    void previewed(); ///< picture and marks are up to date

  private:
    struct Loaded;
    struct Seen;
    void request();
    void show(const Seen& seen);

    Workspace& workspace_;
    LatestWins work_;
    MarkedImageView* view_;
    QComboBox* stretch_;
    QLabel* found_label_;
    std::shared_ptr<Loaded> loaded_;
    survey::DetectionOptions detection_;
    survey::BackgroundOptions background_;
    Rendering rendering_;
    int found_ = -1;
};

} // namespace galatea
