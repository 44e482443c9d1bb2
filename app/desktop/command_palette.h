#pragma once
// Ctrl+K: every action of the window, found by typing some of its letters.

#include <QDialog>
#include <QList>

class QAction;
class QLineEdit;
class QListWidget;

namespace galatea {

class CommandPalette : public QDialog {
    Q_OBJECT
  public:
    /// Actions that are enabled, visible and have text.
    CommandPalette(const QList<QAction*>& actions, QWidget* parent);
    int shownCount() const;

    /// Larger is a better match; negative: no match. Letters must appear in order; word starts count more.
    static int score(const QString& pattern, const QString& text);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void filter(const QString& pattern);
    void run();

    QList<QAction*> actions_;
    QLineEdit* line_;
    QListWidget* list_;
};

} // namespace galatea
