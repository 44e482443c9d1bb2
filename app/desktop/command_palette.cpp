#include "app/desktop/command_palette.h"

#include <algorithm>

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPainter>
#include <QPointer>
#include <QStyledItemDelegate>
#include <QTimer>
#include <QVBoxLayout>

namespace galatea {

namespace {

QString plainText(const QAction& action) {
    QString text = action.text();
    text.remove('&');
    return text;
}

/// Text on the left, the shortcut on the right.
class ShortcutDelegate : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        QStyledItemDelegate::paint(painter, option, index);
        painter->setPen(option.palette.color(QPalette::PlaceholderText));
        painter->drawText(option.rect.adjusted(0, 0, -12, 0), Qt::AlignRight | Qt::AlignVCenter,
                          index.data(Qt::UserRole + 1).toString());
    }
};

} // namespace

CommandPalette::CommandPalette(const QList<QAction*>& actions, QWidget* parent)
    : QDialog(parent, Qt::Dialog | Qt::FramelessWindowHint), line_(new QLineEdit(this)),
      list_(new QListWidget(this)) {
    setObjectName("commandPalette");
    setAttribute(Qt::WA_DeleteOnClose);
    for (QAction* action : actions)
        if (action->isEnabled() && action->isVisible() && !action->isSeparator() &&
            !action->text().isEmpty() && !action->menu())
            actions_ << action;
    line_->setObjectName("paletteLine");
    line_->setPlaceholderText(QString::fromUtf8("What do you want to do?"));
    line_->setAccessibleName("Find a command");
    line_->installEventFilter(this);
    list_->setObjectName("paletteList");
    list_->setAccessibleName("Commands");
    list_->setItemDelegate(new ShortcutDelegate(list_));
    list_->setFocusPolicy(Qt::NoFocus);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(10, 10, 10, 10);
    column->addWidget(line_);
    column->addWidget(list_);
    connect(line_, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(line_, &QLineEdit::returnPressed, this, &CommandPalette::run);
    connect(list_, &QListWidget::itemClicked, this, &CommandPalette::run);
    filter({});
    resize(520, 380);
    move(parent->mapToGlobal(QPoint(parent->width() / 2 - width() / 2, parent->height() / 7)));
    line_->setFocus();
}

int CommandPalette::shownCount() const {
    return list_->count();
}

int CommandPalette::score(const QString& pattern, const QString& text) {
    if (pattern.isEmpty())
        return 0;
    int total = 0;
    qsizetype at = 0, previous = -2;
    for (const QChar letter : pattern) {
        if (letter.isSpace())
            continue;
        qsizetype found = text.indexOf(letter, at, Qt::CaseInsensitive);
        if (found < 0)
            return -1;
        // A word's start is worth more than the next letter that happens to fit.
        for (qsizetype i = found; i >= 0; i = text.indexOf(letter, i + 1, Qt::CaseInsensitive))
            if (i == previous + 1 || i == 0 || text[i - 1].isSpace()) {
                found = i;
                break;
            }
        total += found == previous + 1 ? 5 : found == 0 || text[found - 1].isSpace() ? 4 : 1;
        previous = found;
        at = found + 1;
    }
    return total * 8 - static_cast<int>(text.size()) / 8;
}

void CommandPalette::filter(const QString& pattern) {
    std::vector<std::pair<int, QAction*>> found;
    for (QAction* action : actions_)
        if (const int value = score(pattern.trimmed(), plainText(*action)); value >= 0)
            found.emplace_back(value, action);
    if (!pattern.trimmed().isEmpty())
        std::stable_sort(found.begin(), found.end(),
                         [](const auto& a, const auto& b) { return a.first > b.first; });
    list_->clear();
    for (const auto& [value, action] : found) {
        auto* item = new QListWidgetItem(action->icon(), plainText(*action), list_);
        item->setData(Qt::UserRole, QVariant::fromValue(static_cast<QObject*>(action)));
        item->setData(Qt::UserRole + 1, action->shortcut().toString(QKeySequence::NativeText));
    }
    if (list_->count() > 0)
        list_->setCurrentRow(0);
}

void CommandPalette::run() {
    const QListWidgetItem* item = list_->currentItem();
    QPointer<QAction> action =
        item ? qobject_cast<QAction*>(item->data(Qt::UserRole).value<QObject*>()) : nullptr;
    close();
    if (action)
        QTimer::singleShot(0, action, &QAction::trigger); // after the palette is gone
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched == line_ && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        const int step = key == Qt::Key_Down       ? 1
                         : key == Qt::Key_Up       ? -1
                         : key == Qt::Key_PageDown ? 8
                         : key == Qt::Key_PageUp   ? -8
                                                   : 0;
        if (step != 0 && list_->count() > 0) {
            list_->setCurrentRow(std::clamp(list_->currentRow() + step, 0, list_->count() - 1));
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

} // namespace galatea
