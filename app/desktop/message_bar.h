#pragma once
// Errors and warnings inside the window: they stay until read, and never block anything.

#include <QFrame>
#include <QStringList>

#include "app/desktop/message_log.h"

class QLabel;
class QToolButton;

namespace galatea {

class MessageBar : public QFrame {
    Q_OBJECT
  public:
    explicit MessageBar(const MessageLog& log, QWidget* parent = nullptr);
    QString text() const;

  Q_SIGNALS:
    void logRequested();

  private:
    void show(const MessageLog::Entry& entry);
    void dismiss();
    void display();

    std::vector<MessageLog::Entry> waiting_; ///< the last is shown
    QLabel *symbol_, *text_;
    QToolButton *log_, *close_;
};

} // namespace galatea
