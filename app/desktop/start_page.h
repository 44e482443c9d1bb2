#pragma once
// The first thing a newcomer sees: what to open, the demonstration, recent sessions, three steps.

#include <QWidget>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace galatea {

class StartPage : public QWidget {
    Q_OBJECT
  public:
    explicit StartPage(QWidget* parent = nullptr);
    void setRecent(const QStringList& files);
    void setDemonstrationAvailable(bool available);
    /// What a window that was not closed left behind, in words; empty: nothing.
    void offerLostState(const QString& sentence);

  Q_SIGNALS:
    void openDataRequested();
    void importRequested();
    void openModelRequested();
    void demonstrationRequested();
    void recentRequested(const QString& path);
    void restoreLostRequested();
    void discardLostRequested();

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    QWidget* buildChoices();
    QWidget* buildSteps();
    QWidget* buildLostState();
    QVBoxLayout* recentColumn_;
    QWidget* recent_;
    QPushButton* demonstration_ = nullptr;
    QWidget* lost_ = nullptr;
    QLabel* lostText_ = nullptr;
};

} // namespace galatea
