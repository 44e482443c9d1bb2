#pragma once
// The search field in the menu bar: ids, places on the sky, nearness to the object looked at or to an image
// file. What is found is selected and ordered in the gallery, as one undo step.

#include <QWidget>

#include "app/desktop/search.h"
#include "app/desktop/workspace.h"

class QAction;
class QLineEdit;
class QSpinBox;
class QToolButton;

namespace galatea {

class SearchBar : public QWidget {
    Q_OBJECT
  public:
    explicit SearchBar(Workspace& workspace, QWidget* parent = nullptr);

    void find(const QString& line);
    void findLikeCurrent();
    void findByImage(const QString& path);
    /// Find…, find what is like the object, find by an image: for menus and the palette.
    const QList<QAction*>& actions() const { return actions_; }
    QLineEdit& field() { return *field_; }
    const QString& answer() const { return answer_; } ///< what was found, or why not
    bool busy() const { return looking_.busy() || job_ != 0; }

  Q_SIGNALS:
    void answered(bool found);

  protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    void buildActions();
    void look(const SearchGround& ground, std::function<SearchAnswer(const StopToken&)> work);
    void adopt(const SearchAnswer& answer, const SearchGround& ground);
    void say(const QString& sentence, bool found);
    void refuse(const JobError& error);
    void updateState();
    void askForImage();

    Workspace& workspace_;
    Document& document_;
    LatestWins looking_;
    JobId job_ = 0;
    QLineEdit* field_;
    QSpinBox* count_;
    QToolButton* more_;
    QList<QAction*> actions_;
    QString answer_;
};

} // namespace galatea
