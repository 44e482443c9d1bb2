#include "app/desktop/panels/panel_parts.h"

#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "app/desktop/document.h"

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

QString bandName(const Document& document, int64_t channel) {
    const auto at = static_cast<size_t>(channel);
    if (const DatasetPtr& data = document.data().data; data && at < data->info().bands.size())
        return shown(data->info().bands[at]);
    if (const ModelPtr& model = document.model().model; model && at < model->card().input.bands.size())
        return shown(model->card().input.bands[at]);
    return QString("band %1").arg(channel + 1);
}

} // namespace galatea
