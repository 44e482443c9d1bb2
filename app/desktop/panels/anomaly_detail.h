#pragma once
// One strange object: where in its image the score comes from, and what the person thinks of it.

#include <optional>

#include <QWidget>

#include "app/desktop/scoring.h"
#include "app/desktop/workspace.h"

class QLabel;
class QToolButton;

namespace galatea {

class ImageView;

class AnomalyDetail : public QWidget {
    Q_OBJECT
  public:
    explicit AnomalyDetail(Workspace& workspace, QWidget* parent = nullptr);

    /// What the objects were scored by; nothing: they are not.
    void setScoring(std::optional<Scoring> scoring);
    bool busy() const { return work_.busy(); }
    /// Of the object looked at, [H,W]; empty before it is known.
    const Array& contribution() const { return contribution_; }
    ImageView& picture() { return *map_; }

  Q_SIGNALS:
    void shown(); ///< the contribution has come, or the reason why there is none

  protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    QWidget* buildOpinions();
    void refresh();
    void draw();
    void showOpinions();
    void judge(std::optional<bool> interesting);
    std::vector<int64_t> judged() const;

    Workspace& workspace_;
    Document& document_;
    LatestWins work_;
    std::optional<Scoring> scoring_;
    Array image_, contribution_;
    int64_t row_ = -1; ///< the contribution's

    ImageView *object_, *map_;
    QLabel *sentence_, *counts_;
    QToolButton *interesting_, *dull_, *forget_, *forgetAll_;
};

} // namespace galatea
