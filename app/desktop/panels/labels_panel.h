#pragma once
// Labels: the classes, labels proposed from neighbours, agreement with the catalogue, where labels are kept,
// and what was said of the object looked at.

#include <map>

#include <QAction>
#include <QTimer>
#include <QWidget>

#include "app/desktop/labels/label_agreement.h"
#include "app/desktop/workspace.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QTableView;
class QToolButton;

namespace galatea {

class HeatChart;
class LabelClassModel;

class LabelsPanel : public QWidget {
    Q_OBJECT
  public:
    explicit LabelsPanel(Workspace& workspace, QWidget* parent = nullptr);

    /// The keys 0 … 9, for the window's menu.
    const QList<QAction*>& digitActions() const { return digits_; }
    LabelClassModel& model() { return *model_; }
    HeatChart& chart() { return *chart_; }
    const LabelAgreement& agreement() const { return agreement_; }
    void propose();
    void cancel();
    bool running() const { return job_ != 0; }
    void importFrom(const QString& path);
    void exportTo(const QString& path);
    /// Waits a moment for labels on their way; asks the person if some would be lost, by closing or by
    /// opening other objects.
    bool mayClose();

  Q_SIGNALS:
    void ended(); ///< a job of this panel: done, cancelled or failed

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    QWidget* buildClasses();
    QWidget* buildProposals();
    QWidget* buildAgreement();
    QWidget* buildPlace();
    QWidget* buildObject();
    void buildDigits();
    void connectDocument();
    void updateState();
    void showClasses();
    void showProposals();
    void showPlace();
    void showObject();
    void fillColumns();
    void countProposals();
    void showAgreement();
    void findAgreement();
    void giveLabel(int digit);
    void addClass();
    void recolour();
    void merge();
    void remove();
    void chooseFile(bool fresh);
    void chooseTeam();
    void askName();
    void brushed(const std::vector<int64_t>& rows);
    std::vector<int16_t> chosenClasses() const;
    template <class Value>
    void runJob(const QString& title, std::function<Value(const StopToken&, ProgressSink&)> work,
                std::function<void(Value)> done);

    Workspace& workspace_;
    Document& document_;
    LabelClassModel* model_;
    LabelAgreement agreement_;
    QList<QAction*> digits_;
    JobId job_ = 0;
    int openings_ = 0; ///< counts what objects were open: answers about others are dropped
    bool agreementStale_ = true, columnsStale_ = true; ///< found when they are looked at
    QTimer agreementPause_;                            ///< labels often come in quick succession
    LabelProposals counted_;                           ///< what sure_ is about, and from which confidence on
    double countedFrom_ = 0;
    std::map<int16_t, int64_t> sure_; ///< proposals of each class that are so confident

    QLabel* empty_;
    QWidget* content_;
    QLineEdit* name_;
    QPushButton *add_, *recolour_, *merge_, *remove_, *give_, *colourBy_;
    QCheckBox* brush_;
    QTableView* table_;
    QSpinBox* neighbours_;
    QDoubleSpinBox* least_;
    QPushButton *propose_, *cancel_, *accept_, *drop_, *show_;
    QComboBox* column_;
    HeatChart* chart_;
    QLabel *tally_, *proposed_, *figures_, *place_, *people_, *object_, *history_;
    QWidget *proposalBox_, *conflictBox_;
    QLabel* conflict_;
    QPushButton *theirs_, *mine_, *open_, *fresh_, *team_, *person_, *import_, *export_;
};

} // namespace galatea
