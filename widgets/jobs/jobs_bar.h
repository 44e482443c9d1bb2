#pragma once
// The running job in a status bar: title, progress, rate, remaining time, Cancel. Hidden when idle.

#include <QWidget>

class QLabel;
class QProgressBar;
class QToolButton;

namespace galatea {

class JobRunner;

class JobsBar : public QWidget {
    Q_OBJECT
  public:
    explicit JobsBar(JobRunner& runner, QWidget* parent = nullptr);

  private:
    void refresh();

    JobRunner& runner_;
    QLabel* title_;
    QLabel* figures_;
    QProgressBar* progress_;
    QToolButton* cancel_;
    quint64 shownJob_ = 0;
};

} // namespace galatea
