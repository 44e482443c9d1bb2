#pragma once
// The first thing a newcomer sees: what to open, the demonstration, recent sessions, three steps.

#include <QWidget>

class QPushButton;
class QVBoxLayout;

namespace galatea {

class StartPage : public QWidget {
    Q_OBJECT
  public:
    explicit StartPage(QWidget* parent = nullptr);
    void setRecent(const QStringList& files);
    void setDemonstrationAvailable(bool available);

  Q_SIGNALS:
    void openDataRequested();
    void importRequested();
    void openModelRequested();
    void demonstrationRequested();
    void recentRequested(const QString& path);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    QWidget* buildChoices();
    QWidget* buildSteps();
    QVBoxLayout* recentColumn_;
    QWidget* recent_;
    QPushButton* demonstration_ = nullptr;
};

} // namespace galatea
