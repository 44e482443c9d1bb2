#pragma once
// Mixtures of the open latents: fitted with a known number of components, with a range of which BIC or the
// person chooses, or by a Dirichlet process that finds it; what the components are like; other maps.

#include <optional>

#include <QTimer>
#include <QWidget>

#include "app/desktop/clustering.h"
#include "app/desktop/workspace.h"
#include "mixture/membership.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLayout;
class QPushButton;
class QSpinBox;
class QTableWidget;
class QTableWidgetItem;
class QToolButton;

namespace galatea {

class BarChart;
class HeatChart;
class LineChart;
class ProjectionBox;

class ClustersPanel : public QWidget {
    Q_OBJECT
  public:
    explicit ClustersPanel(Workspace& workspace, QWidget* parent = nullptr);

    void fit();
    void cancel(); ///< the fit, or measuring
    void measure();
    bool running() const { return job_ != 0; }
    const MixtureOutcome& outcome() const { return outcome_; } ///< of the last fit
    const ClusterFigures* figures() const; ///< of the mixture that is shown; nullptr before they are known
    ProjectionBox& projection() { return *projection_; }
    LineChart& criteria() { return *criteria_; }
    BarChart& silhouetteChart() { return *silhouettes_; }
    HeatChart& overlapChart() { return *overlap_; }
    /// Names, colours and merges, each an undo step; `mergeChosen` takes the rows chosen in the table
    /// together.
    void rename(int64_t component, const QString& name);
    void recolour(int64_t component, const QColor& colour);
    void mergeChosen();
    /// The fitted candidate of so many components becomes the document's mixture, if there is one, as soon as
    /// it is known what it says of the objects.
    void adopt(int64_t components);

  Q_SIGNALS:
    void ended();    ///< fitted, cancelled or failed
    void measured(); ///< figures of the mixture that is shown have come

  protected:
    void changeEvent(QEvent* event) override;

  private:
    QWidget* buildFit();
    QWidget* buildCriteria();
    QWidget* buildComponents();
    QLayout* buildLooks();
    QWidget* buildFigures();
    void connectDocument();
    void updateState();
    void use(size_t candidate);
    void showMethod();
    void showOutcome();
    void showComponents();
    void showFigures();
    void clear();
    void selectMembers();
    void itemChanged(const QTableWidgetItem* item);
    void askForColour();
    void updateChosen();
    QTableWidgetItem* nameItem(int64_t component, bool coloured) const;
    MixtureWish wish() const;
    QString hindrance() const;
    std::vector<int64_t> chosenComponents() const; ///< all where none is chosen
    std::vector<int64_t> chosenRows() const;

    Workspace& workspace_;
    Document& document_;
    MixtureOutcome outcome_;
    struct {
        Array of; ///< the responsibilities they were counted in
        std::vector<int64_t> objects;
        ProbabilityCut cut;
    } counted_; ///< for the table: not again at every change of colours or hidden classes
    std::vector<std::pair<Array, ClusterFigures>> known_; ///< responsibilities measured so far
    JobId job_ = 0, measuring_ = 0;
    QTimer cutTimer_;
    bool filling_ = false;

    QLabel* empty_;
    QWidget* content_;
    QComboBox *method_, *covariance_, *candidate_;
    QSpinBox *components_, *fewest_, *most_, *maximum_, *starts_, *seed_;
    QPushButton *run_, *cancel_, *adopt_, *measure_, *select_, *rename_, *colour_, *merge_;
    QToolButton* back_;
    QDoubleSpinBox* cut_;
    QLabel *status_, *present_, *quality_, *cutTally_;
    QWidget *criteriaBox_, *componentsBox_, *figuresBox_;
    LineChart* criteria_;
    QTableWidget* table_;
    BarChart* silhouettes_;
    HeatChart* overlap_;
    ProjectionBox* projection_;
};

} // namespace galatea
