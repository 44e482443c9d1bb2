#pragma once
// Another map of the open latents: method, its options, and the map moving while it is made.

#include <QWidget>

#include "app/desktop/clustering.h"
#include "app/desktop/workspace.h"

class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QToolButton;

namespace galatea {

class OptionForm;

class ProjectionBox : public QWidget {
    Q_OBJECT
  public:
    explicit ProjectionBox(Workspace& workspace, QWidget* parent = nullptr);

    void run();
    void cancel();
    bool running() const { return job_ != 0; }

  Q_SIGNALS:
    void shown(int dims); ///< a map of so many dimensions has come to stay
    void ended();         ///< made, cancelled or failed

  private:
    QWidget* buildOptions();
    void updateState();
    void showMethod();
    void preview(const Array& map);
    ProjectionWish wish() const;
    bool sameLatents() const;

    Workspace& workspace_;
    Document& document_;
    TsneOptions tsne_;
    UmapOptions umap_;
    Array projected_; ///< the latents it works on
    JobId job_ = 0;

    QComboBox *method_, *dims_;
    QSpinBox* seed_;
    QToolButton *more_, *reset_;
    QPushButton *run_, *cancel_;
    QWidget* options_;
    OptionForm *tsneForm_, *umapForm_;
    QLabel* status_;
};

} // namespace galatea
