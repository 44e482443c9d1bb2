#include "app/desktop/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QStyle>
#include <QToolButton>

#include "app/desktop/icons.h"

namespace galatea {

MessageBar::MessageBar(const MessageLog& log, QWidget* parent)
    : QFrame(parent), symbol_(new QLabel(this)), text_(new QLabel(this)), log_(new QToolButton(this)),
      close_(new QToolButton(this)) {
    setObjectName("messageBar");
    text_->setObjectName("messageText");
    text_->setTextFormat(Qt::PlainText); // file names are foreign text
    text_->setWordWrap(true);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    log_->setObjectName("messageLog");
    log_->setText("Log");
    log_->setToolTip("Show all messages");
    close_->setObjectName("messageClose");
    close_->setIcon(icon(Icon::Close));
    close_->setIconSize({14, 14});
    close_->setToolTip("Dismiss");
    close_->setAccessibleName("Dismiss the message");
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 7, 8, 7);
    row->setSpacing(10);
    row->addWidget(symbol_, 0, Qt::AlignTop);
    row->addWidget(text_, 1);
    row->addWidget(log_, 0, Qt::AlignTop);
    row->addWidget(close_, 0, Qt::AlignTop);
    connect(&log, &MessageLog::added, this, &MessageBar::show);
    connect(log_, &QToolButton::clicked, this, &MessageBar::logRequested);
    connect(close_, &QToolButton::clicked, this, &MessageBar::dismiss);
    hide();
}

QString MessageBar::text() const {
    return isHidden() ? QString() : text_->text();
}

void MessageBar::show(const MessageLog::Entry& entry) {
    if (entry.severity == MessageLog::Severity::Info)
        return;
    // Several panels may meet the same fault at once; it is said once.
    std::erase_if(waiting_, [&](const auto& earlier) { return earlier.text == entry.text; });
    waiting_.push_back(entry);
    display();
}

void MessageBar::dismiss() {
    if (!waiting_.empty())
        waiting_.pop_back();
    display();
}

void MessageBar::display() {
    setVisible(!waiting_.empty());
    if (waiting_.empty())
        return;
    const auto& entry = waiting_.back();
    const bool error = entry.severity == MessageLog::Severity::Error;
    setProperty("severity", error ? "error" : "warning");
    style()->unpolish(this);
    style()->polish(this);
    symbol_->setPixmap(icon(error ? Icon::Error : Icon::Warning).pixmap(18, 18));
    text_->setText(waiting_.size() > 1
                       ? QString("%1\n(and %2 earlier)").arg(entry.text).arg(waiting_.size() - 1)
                       : entry.text);
    setAccessibleName(entry.text);
}

} // namespace galatea
