#include "app/desktop/panels/panel_parts.h"

#include <algorithm>

#include <QPushButton>
#include <QResizeEvent>
#include <QScrollArea>
#include <QVBoxLayout>

#include "app/desktop/workspace.h"

namespace galatea {

QVBoxLayout* makeScrolled(QWidget* panel) {
    auto* outer = new QVBoxLayout(panel);
    outer->setContentsMargins(0, 0, 0, 0);
    auto* scroll = new QScrollArea(panel);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* content = new QWidget(scroll);
    content->setProperty("panel", true);
    scroll->setWidget(content);
    outer->addWidget(scroll);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 10, 12, 12);
    column->setSpacing(8);
    return column;
}

QLabel* sectionLabel(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setProperty("section", true);
    label->setContentsMargins(0, 6, 0, 0);
    return label;
}

QLabel* mutedLabel(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setProperty("muted", true);
    return label;
}

QString misfit(const Document& document) {
    const DatasetPtr& data = document.data().data;
    const ModelPtr& model = document.model().model;
    if (!data || !model)
        return data ? "Open a model for these images." : "Open images for this model.";
    const DatasetInfo& info = data->info();
    const ModelInput& input = model->card().input;
    if (info.channels == input.channels && info.height == input.height && info.width == input.width)
        return document.hasImages() ? QString()
                                    : "The open latents belong to other images: embed these again.";
    return QString::fromUtf8(
               "The images are %1 × %2 × %3 and this model takes %4 × %5 × %6: open images made for it.")
        .arg(info.channels)
        .arg(info.height)
        .arg(info.width)
        .arg(input.channels)
        .arg(input.height)
        .arg(input.width);
}

QString startedText(const Workspace& workspace, JobId job, const QString& running) {
    const std::vector<JobInfo> jobs = workspace.jobs.jobs();
    if (jobs.empty() || jobs.front().id == job)
        return running;
    return QString::fromUtf8("Waits until this is done: %1.").arg(jobs.front().title);
}

void showRunning(QPushButton* run, QPushButton* cancel, bool running, bool runnable) {
    QPushButton *on = running ? cancel : run, *off = running ? run : cancel;
    on->setEnabled(running || runnable);
    if (off->hasFocus()) // before Qt looks for another place
        on->setFocus();
    off->setEnabled(false);
}

WrappedLabel::WrappedLabel(const QString& name, QWidget* parent) : QLabel(parent) {
    setObjectName(name);
    setWordWrap(true);
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Minimum);
}

QSize WrappedLabel::sizeHint() const {
    return {80, text().isEmpty() ? 0 : std::max(0, heightForWidth(std::max(80, width())))};
}

void WrappedLabel::resizeEvent(QResizeEvent* event) {
    QLabel::resizeEvent(event);
    if (event->size().width() != event->oldSize().width())
        updateGeometry();
}

ReasonLabel::ReasonLabel(const QString& name, QWidget* parent) : WrappedLabel(name, parent) {
    setProperty("severity", "warning");
    setContentsMargins(8, 6, 8, 6);
    hide();
}

void ReasonLabel::say(const QString& reason) {
    setText(reason);
    setVisible(!reason.isEmpty());
}

QString bandName(const Document& document, int64_t channel) {
    const auto at = static_cast<size_t>(channel);
    if (const DatasetPtr& data = document.data().data; data && at < data->info().bands.size())
        return shown(data->info().bands[at]);
    if (const ModelPtr& model = document.model().model; model && at < model->card().input.bands.size())
        return shown(model->card().input.bands[at]);
    return QString("band %1").arg(channel + 1);
}

QLabel* mutedSentence(const char* name, QWidget* parent) {
    auto* label = new WrappedLabel(name, parent);
    label->setProperty("muted", true);
    return label;
}

void describe(QWidget* control, const char* name, const char* label, const char* tip) {
    control->setObjectName(name);
    control->setAccessibleName(label);
    control->setToolTip(QString::fromUtf8(tip));
}

} // namespace galatea
