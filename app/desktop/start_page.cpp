#include "app/desktop/start_page.h"

#include <cmath>

#include <QFileInfo>
#include <QFrame>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "app/desktop/document.h"
#include "app/desktop/icons.h"
#include "app/desktop/panels/panel_parts.h"
#include "core/random.h"

namespace galatea {

namespace {

QLabel* paragraph(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setWordWrap(true);
    label->setProperty("muted", true);
    return label;
}

} // namespace

StartPage::StartPage(QWidget* parent) : QWidget(parent), recentColumn_(nullptr), recent_(nullptr) {
    setObjectName("startPage");
    auto* outer = new QVBoxLayout(this);
    outer->addStretch(2);
    auto* middle = new QHBoxLayout;
    outer->addLayout(middle);
    outer->addStretch(3);
    auto* body = new QWidget(this);
    body->setMaximumWidth(860);
    middle->addStretch(1);
    middle->addWidget(body, 10);
    middle->addStretch(1);
    auto* column = new QVBoxLayout(body);
    column->setSpacing(18);
    auto* title = new QLabel("Galatea", body);
    title->setProperty("title", true);
    column->addWidget(title);
    auto* claim =
        paragraph("See what a generative model has learned from galaxy images: every galaxy a point on a "
                  "map, every point a galaxy the model can draw.",
                  body);
    QFont larger = claim->font();
    larger.setPointSizeF(larger.pointSizeF() * 1.15);
    claim->setFont(larger);
    column->addWidget(claim);
    column->addWidget(buildLostState());
    column->addWidget(buildChoices());
    column->addWidget(buildSteps());
    recent_ = new QWidget(body);
    recentColumn_ = new QVBoxLayout(recent_);
    recentColumn_->setContentsMargins(0, 0, 0, 0);
    recentColumn_->setSpacing(2);
    column->addWidget(recent_);
    setRecent({});
}

QWidget* StartPage::buildLostState() {
    auto* card = new QFrame(this);
    lost_ = card;
    card->setObjectName("lostState");
    card->setProperty("card", true);
    auto* row = new QHBoxLayout(card);
    row->setContentsMargins(16, 12, 16, 12);
    row->setSpacing(12);
    lostText_ = paragraph({}, card);
    lostText_->setObjectName("lostStateText");
    lostText_->setTextFormat(Qt::PlainText);
    row->addWidget(lostText_, 1);
    auto* restore = new QPushButton("Restore", card);
    describe(restore, "restoreLost", "Restore", "Open what was open, as it was a few seconds before the end");
    restore->setProperty("primary", true);
    auto* discard = new QPushButton("Discard", card);
    describe(discard, "discardLost", "Discard", "Forget it for good");
    connect(restore, &QPushButton::clicked, this, &StartPage::restoreLostRequested);
    connect(discard, &QPushButton::clicked, this, &StartPage::discardLostRequested);
    row->addWidget(restore);
    row->addWidget(discard);
    card->hide();
    return card;
}

void StartPage::offerLostState(const QString& sentence) {
    lostText_->setText(sentence);
    lost_->setVisible(!sentence.isEmpty());
}

QWidget* StartPage::buildChoices() {
    auto* box = new QWidget(this);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    const struct {
        const char *name, *text;
        Icon symbol;
        void (StartPage::*signal)();
    } choices[] = {
        {"startDemonstration", "Open the demonstration", Icon::Star, &StartPage::demonstrationRequested},
        {"startOpenData", "Open data …", Icon::Picture, &StartPage::openDataRequested},
        {"startImport", "Import …", Icon::Layers, &StartPage::importRequested},
        {"startOpenModel", "Open a model …", Icon::Model, &StartPage::openModelRequested}};
    for (const auto& choice : choices) {
        auto* button = new QPushButton(QString::fromUtf8(choice.text), box);
        button->setObjectName(choice.name);
        button->setMinimumHeight(44);
        button->setCursor(Qt::PointingHandCursor);
        const bool primary = row->count() == 0;
        button->setProperty("primary", primary);
        if (!primary) {
            button->setIcon(icon(choice.symbol));
            button->setIconSize({20, 20});
        } else {
            demonstration_ = button;
        }
        connect(button, &QPushButton::clicked, this, choice.signal);
        row->addWidget(button, 1);
    }
    return box;
}

QWidget* StartPage::buildSteps() {
    auto* box = new QWidget(this);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 6, 0, 0);
    row->setSpacing(12);
    const struct {
        const char *title, *text;
    } steps[] = {
        {"1  Bring images and a model",
         "FITS frames or stamps, a folder of pictures, a CSV list, HDF5 or NumPy files, and a trained model. "
         "Drop the files anywhere on this window."},
        {"2  Look at the map",
         "Every object finds its place. Hover to see it, draw a lasso (L) around some, and the gallery shows "
         "them."},
        {"3  Move a slider", "Each slider is one thing the model has learned. The picture follows your hand; "
                             "start from any galaxy "
                             "you like."}};
    for (const auto& step : steps) {
        auto* card = new QFrame(box);
        card->setProperty("card", true);
        auto* column = new QVBoxLayout(card);
        column->setContentsMargins(16, 14, 16, 16);
        column->setSpacing(6);
        auto* title = new QLabel(step.title, card);
        title->setProperty("heading", true);
        column->addWidget(title);
        column->addWidget(paragraph(step.text, card));
        column->addStretch(1);
        row->addWidget(card, 1);
    }
    return box;
}

void StartPage::setRecent(const QStringList& files) {
    while (QLayoutItem* item = recentColumn_->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    recent_->setVisible(!files.isEmpty());
    if (files.isEmpty())
        return;
    recentColumn_->addWidget(sectionLabel("Recent", recent_));
    for (const QString& file : files.mid(0, 5)) {
        const QFileInfo info(file);
        auto* button = new QPushButton(recent_);
        button->setFlat(true);
        button->setObjectName("recentFile");
        button->setText(QString::fromUtf8("%1    %2")
                            .arg(shown(info.fileName().toStdString()), shown(info.path().toStdString()))
                            .replace("&", "&&"));
        button->setStyleSheet(
            "QPushButton { text-align: left; border: none; background: transparent; padding: 4px; }"
            "QPushButton:hover { text-decoration: underline; }");
        button->setCursor(Qt::PointingHandCursor);
        connect(button, &QPushButton::clicked, this, [this, file] { Q_EMIT recentRequested(file); });
        recentColumn_->addWidget(button);
    }
}

void StartPage::setDemonstrationAvailable(bool available) {
    demonstration_->setEnabled(available);
    demonstration_->setToolTip(available ? "Simulated galaxies and a small model trained on them"
                                         : "The demonstration's model was not found beside the program");
}

void StartPage::paintEvent(QPaintEvent*) {
    // A faint two-armed spiral of points in the corner: a map of sorts.
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    RandomStream random(7, "start page");
    const QPointF centre(width() * 0.86, height() * 0.2);
    const double reach = 0.42 * std::hypot(width(), height());
    QColor colour = palette().color(QPalette::Highlight);
    for (int i = 0; i < 900; ++i) {
        const double radius = std::pow(random.uniform(), 0.7);
        const double arm = (i % 2) * 3.14159 + 5.5 * radius + 0.35 * random.normal();
        const QPointF at(centre.x() + reach * radius * std::cos(arm),
                         centre.y() + 0.62 * reach * radius * std::sin(arm));
        colour.setAlphaF(static_cast<float>(0.05 + 0.28 * (1 - radius) * random.uniform()));
        painter.setBrush(colour);
        const double size = 0.8 + 1.6 * random.uniform();
        painter.drawEllipse(at, size, size);
    }
}

} // namespace galatea
