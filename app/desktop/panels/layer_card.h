#pragma once
// The second data set above the map: opened, coloured, faded, hidden, removed.

#include <QFrame>

#include "app/desktop/workspace.h"

class QCheckBox;
class QLabel;
class QSlider;
class QToolButton;

namespace galatea {

class LayerCard : public QFrame {
    Q_OBJECT
  public:
    explicit LayerCard(Workspace& workspace, QWidget* parent = nullptr);
    void askAndAdd();
    void add(const QString& path); ///< reads it in a job; errors are messages
    void setColour(const QColor& colour);

  private:
    void buildLook();
    void refresh();
    template <class Change>
    void change(const Change& what);

    Workspace& workspace_;
    Document& document_;
    QLabel *name_, *details_;
    QToolButton *add_, *colour_, *remove_;
    QCheckBox* shown_;
    QSlider* opacity_;
    QWidget* look_;
    JobId job_ = 0;
    bool filling_ = false;
};

} // namespace galatea
