#include "app/desktop/panels/log_panel.h"

#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace galatea {

LogPanel::LogPanel(const MessageLog& log, QWidget* parent)
    : QWidget(parent), lines_(new QPlainTextEdit(this)) {
    setObjectName("logPanel");
    lines_->setObjectName("logLines");
    lines_->setAccessibleName("Log");
    lines_->setReadOnly(true);
    lines_->setMaximumBlockCount(5000);
    lines_->setPlaceholderText("Messages appear here and stay.");
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 6, 8, 6);
    column->addWidget(lines_);
    for (const auto& entry : log.entries())
        append(entry);
    connect(&log, &MessageLog::added, this, &LogPanel::append);
}

QString LogPanel::text() const {
    return lines_->toPlainText();
}

void LogPanel::append(const MessageLog::Entry& entry) {
    static const char* const names[] = {"", "warning  ", "error  "};
    lines_->appendPlainText(entry.time.toString("HH:mm:ss") + "  " + names[static_cast<int>(entry.severity)] +
                            entry.text);
}

} // namespace galatea
