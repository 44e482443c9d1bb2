#pragma once
// The latents whose image is nearest to the object looked at, and what the model draws where bands are
// missing or pixels are hidden: live losses, live image, several fills with mean and spread.

#include <vector>

#include <QWidget>

#include "app/desktop/fitting.h"
#include "app/desktop/workspace.h"

class QButtonGroup;
class QCheckBox;
class QComboBox;
class QGridLayout;
class QLabel;
class QPushButton;
class QSpinBox;
class QToolButton;

namespace galatea {

class Filmstrip;
class ImageView;
class LineChart;
class MaskView;
class OptionForm;
class ReasonLabel;
struct PictureSource;

class FitPanel : public QWidget {
    Q_OBJECT
  public:
    enum class Format { Fits, Png };

    explicit FitPanel(Workspace& workspace, QWidget* parent = nullptr);

    void run();
    void cancel();
    bool running() const { return job_ != 0; }
    BestFitOptions& options() { return options_; }
    void showOptions(); ///< after options() was changed from outside
    MaskView& mask() { return *mask_; }
    LineChart& chart() { return *chart_; }
    OptionForm& form() { return *form_; }
    FitResultPtr result() const { return result_; } ///< of the present object; empty before
    void exportTo(const QString& path, Format format);

  Q_SIGNALS:
    void ended(); ///< fitted, cancelled or failed
    void exported(const QString& path);
    void exploreRequested(); ///< the person wants to see the traverse

  protected:
    void changeEvent(QEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    QWidget* buildBands();
    QWidget* buildTools();
    QWidget* buildPictures();
    QWidget* buildOptions();
    QWidget* buildButtons();
    QWidget* buildResult();
    void connectDocument();
    void rebuildBands();
    void updateState();
    QString hindrance() const;
    void showObject();
    void drop(); ///< forgets fit and result
    std::vector<int64_t> hiddenChannels() const;
    Array hiddenPixels() const;
    void bandTicked(int64_t channel, bool hidden);
    void showFrame(const BestFitFrame& frame);
    void adopt(const FitResultPtr& result);
    void showCurves();
    void showResult();
    void showFills();
    QString summary() const;
    QImage draw(const PictureSource& source, const Array& image) const;
    void askAndExport(Format format);

    Workspace& workspace_;
    Document& document_;
    LatestWins reading_;
    BestFitOptions options_;
    JobId job_ = 0;
    int64_t runs_ = 0; ///< counts fits, so that late frames of an old one are known
    Array image_;      ///< of the present object
    FitResultPtr result_;
    std::shared_ptr<const Refinement> refinement_; ///< the last one
    int64_t chosen_ = 0;                           ///< the fit shown, of result_->fits()
    std::vector<std::vector<QPointF>> curves_;     ///< [start]

    QLabel *empty_, *object_, *status_, *summary_;
    ReasonLabel* reason_;
    QWidget *content_, *outcome_;
    QGridLayout* bandGrid_;
    std::vector<QCheckBox*> bands_;
    QCheckBox* refine_;
    QComboBox* shownBand_;
    MaskView* mask_;
    ImageView *live_, *filled_, *residual_, *spread_;
    QButtonGroup* tools_;
    QSpinBox* brush_;
    QToolButton *erase_, *clear_, *more_, *export_;
    OptionForm *form_, *moreForm_;
    QPushButton *run_, *cancel_, *explore_;
    LineChart* chart_;
    QToolButton* logarithmic_;
    Filmstrip* fills_;
};

} // namespace galatea
