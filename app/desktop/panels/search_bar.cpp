#include "app/desktop/panels/search_bar.h"

#include <QAction>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QSpinBox>
#include <QToolButton>
#include <QToolTip>

#include "app/desktop/icons.h"
#include "app/desktop/panels/panel_parts.h"

namespace galatea {

SearchBar::SearchBar(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document), looking_(workspace.reader, 30),
      field_(new QLineEdit(this)), count_(new QSpinBox(this)), more_(new QToolButton(this)) {
    setObjectName("searchBar");
    setAcceptDrops(true);
    describe(
        field_, "searchField", "Search",
        "An object's id or how it begins; a place on the sky with a radius, as 13:59:12 +02:11:30 30\" or "
        "209.8 2.19 0.5' or J135912.3+021130; or a comparison of columns, as size > 5");
    field_->setPlaceholderText(QString::fromUtf8("Find an id, a place, size > 5"));
    field_->addAction(icon(Icon::Search), QLineEdit::LeadingPosition);
    field_->setClearButtonEnabled(true);
    field_->setFixedWidth(280);
    field_->setAcceptDrops(false); // files dropped on it are images to search by
    describe(count_, "searchCount", "How many neighbours",
             "How many objects are found by likeness and by image");
    count_->setRange(1, 100000);
    count_->setValue(24);
    count_->setSuffix(" nearest");
    describe(more_, "searchMore", "More ways to search", "Search by likeness or by an image file");
    more_->setText(QString::fromUtf8("Like ▾"));
    more_->setPopupMode(QToolButton::InstantPopup);
    more_->setToolButtonStyle(Qt::ToolButtonTextOnly);
    more_->setFocusPolicy(Qt::StrongFocus);
    more_->setProperty("boxed", true);
    more_->setProperty("compact", true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 1, 8, 1);
    row->setSpacing(6);
    constexpr int height = 27; // the menu bar's own
    for (QWidget* widget : std::initializer_list<QWidget*>{field_, more_, count_}) {
        widget->setFixedHeight(height);
        row->addWidget(widget);
    }
    buildActions();
    connect(field_, &QLineEdit::returnPressed, this, [this] { find(field_->text()); });
    connect(&document_, &Document::contentChanged, this, &SearchBar::updateState);
    connect(&document_, &Document::currentChanged, this, &SearchBar::updateState);
    updateState();
}

void SearchBar::buildActions() {
    const auto add = [this](const char* name, const QString& text, const char* shortcut,
                            const std::function<void()>& work) {
        auto* action = new QAction(text, this);
        action->setObjectName(name);
        action->setShortcut(QKeySequence(shortcut));
        connect(action, &QAction::triggered, this, work);
        actions_ << action;
    };
    add("editFind", QString::fromUtf8("Find …"), "Ctrl+F", [this] {
        field_->setFocus(Qt::ShortcutFocusReason);
        field_->selectAll();
    });
    add("editFindLike", "Find what is like this object", "Ctrl+L", [this] { findLikeCurrent(); });
    add("editFindByImage", QString::fromUtf8("Find by an image file …"), "Ctrl+Shift+F",
        [this] { askForImage(); });
    auto* menu = new QMenu(more_);
    menu->addActions(actions_.mid(1));
    more_->setMenu(menu);
}

void SearchBar::updateState() {
    const bool objects = document_.objectCount() > 0;
    const bool latents = document_.latents().latents != nullptr;
    const ModelPtr& model = document_.model().model;
    setEnabled(objects);
    actions_[0]->setEnabled(objects);
    actions_[1]->setEnabled(latents && document_.current() >= 0);
    actions_[2]->setEnabled(latents && model && model->card().can("encode"));
}

void SearchBar::find(const QString& line) {
    SearchQuery query;
    try {
        query = parseSearch(line);
    } catch (...) {
        return refuse(describeError(std::current_exception()));
    }
    const SearchGround ground(document_);
    look(ground, [ground, query](const StopToken& stop) { return findObjects(ground, query, stop); });
}

void SearchBar::findLikeCurrent() {
    const int64_t row = document_.current();
    const std::vector<float> latent = document_.latentOf(row);
    if (latent.empty())
        return say("Click an object that has a place in latent space first", false);
    const SearchGround ground(document_);
    look(ground, [ground, latent, row, name = "object " + document_.objectName(row), count = count_->value()](
                     const StopToken& stop) { return findNearest(ground, latent, row, name, count, stop); });
}

void SearchBar::look(const SearchGround& ground, std::function<SearchAnswer(const StopToken&)> work) {
    looking_.request<SearchAnswer>(
        std::move(work), [this, ground](const SearchAnswer& answer) { adopt(answer, ground); },
        [this](const JobError& error) { refuse(error); });
}

void SearchBar::findByImage(const QString& path) {
    if (job_ != 0)
        workspace_.jobs.cancel(job_);
    const ImageSearch search{SearchGround(document_), document_.model().model, document_.data().transform,
                             path, count_->value()};
    job_ = workspace_.jobs.start<SearchAnswer>(
        "Searching by " + shown(QFileInfo(path).fileName().toStdString()), this,
        [search](const StopToken& stop, ProgressSink&) { return galatea::findByImage(search, stop); },
        [this, ground = search.ground](const SearchAnswer& answer) {
            job_ = 0;
            adopt(answer, ground);
        },
        [this](const JobError& error) {
            job_ = 0;
            refuse(error);
        });
}

void SearchBar::adopt(const SearchAnswer& answer, const SearchGround& ground) {
    if (!ground.isOf(document_))
        return say("Something else was opened meanwhile; search again", false);
    const bool found = !answer.finding.rows.empty();
    if (found) { // what is not found leaves everything as it is
        commands::adoptFinding(document_, answer.finding);
        document_.setCurrent(answer.first);
    }
    say(answer.sentence, found);
}

void SearchBar::refuse(const JobError& error) {
    if (!error.cancelled)
        say(error.text(), false);
}

void SearchBar::say(const QString& sentence, bool found) {
    answer_ = sentence;
    field_->setProperty("fault", !found);
    field_->setAccessibleDescription(sentence);
    workspace_.log.info(sentence);
    if (!found && isVisible())
        QToolTip::showText(field_->mapToGlobal(QPoint(0, field_->height())), plainToolTip(sentence), field_);
    Q_EMIT answered(found);
}

void SearchBar::askForImage() {
    const QString path = QFileDialog::getOpenFileName(
        this, "Find by an image file", {},
        "Images (*.fits *.fit *.fz *.png *.jpg *.jpeg *.tif *.tiff *.npy *.h5);;All files (*)");
    if (!path.isEmpty())
        findByImage(path);
}

void SearchBar::dragEnterEvent(QDragEnterEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (actions_[2]->isEnabled() && urls.size() == 1 && urls.first().isLocalFile())
        event->acceptProposedAction();
}

void SearchBar::dropEvent(QDropEvent* event) {
    findByImage(event->mimeData()->urls().first().toLocalFile());
}

} // namespace galatea
