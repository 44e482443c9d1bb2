#pragma once
// Everything the application has said since it started.

#include <QWidget>

#include "app/desktop/message_log.h"

class QPlainTextEdit;

namespace galatea {

class LogPanel : public QWidget {
    Q_OBJECT
  public:
    explicit LogPanel(const MessageLog& log, QWidget* parent = nullptr);
    QString text() const;

  private:
    void append(const MessageLog::Entry& entry);
    QPlainTextEdit* lines_;
};

} // namespace galatea
