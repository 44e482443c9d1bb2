#pragma once
// Trains a model on the open images: family, options, live curves; the result opens by itself.

#include <memory>
#include <vector>

#include <QWidget>

#include "app/desktop/workspace.h"
#include "training/train.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QTabWidget;

namespace galatea {

class FamilyOptions;
class LineChart;
class OptionForm;

class TrainPanel : public QWidget {
    Q_OBJECT
  public:
    explicit TrainPanel(Workspace& workspace, QWidget* parent = nullptr);
    ~TrainPanel() override;

    void start();  ///< from the first epoch
    void resume(); ///< goes on after pause(), or from the checkpoint that stop() left
    void pause();  ///< holds training up after its present step
    void stop();   ///< ends it; a checkpoint stays beside the model's file
    bool running() const { return job_ != 0; }
    bool paused() const;
    void chooseFamily(const QString& name);
    /// Where the model will be written.
    void setOutput(const QString& path);
    QString output() const;
    TrainOptions& trainingOptions() { return training_; }
    void showOptions(); ///< after trainingOptions() was changed from outside
    OptionForm& trainingForm() { return *trainingForm_; }
    OptionForm& modelForm() { return *modelForm_; }
    LineChart& chart() { return *chart_; }

  Q_SIGNALS:
    void trained(const QString& path); ///< the model is complete on disk
    void ended();                      ///< trained, stopped or failed

  protected:
    void changeEvent(QEvent* event) override;

  private:
    struct Gate;

    QWidget* buildControls();
    QWidget* buildCurves();
    void rebuildForms();
    void updateState();
    void suggestOutput();
    void begin(bool fromCheckpoint);
    void finish(const QString& sentence);
    void addEpoch(const EpochLog& epoch);
    void showStep(const StepLog& step);
    void showCurves();
    QString checkpointPath() const;

    Workspace& workspace_;
    Document& document_;
    std::shared_ptr<Gate> gate_;
    TrainOptions training_;
    std::unique_ptr<FamilyOptions> model_;
    std::vector<EpochLog> epochs_;
    JobId job_ = 0;
    qint64 shownStep_ = 0;

    QLabel *empty_, *purpose_, *facts_, *status_;
    QWidget* content_;
    QComboBox *family_, *term_;
    QTabWidget* forms_;
    OptionForm *trainingForm_ = nullptr, *modelForm_ = nullptr;
    QLineEdit* output_;
    QPushButton *start_, *pause_, *stop_;
    QProgressBar* progress_;
    QCheckBox* logarithmic_;
    LineChart* chart_;
};

} // namespace galatea
