#include "app/desktop/panels/anomaly_detail.h"

#include <algorithm>
#include <cmath>

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/panels/panel_parts.h"
#include "app/desktop/pictures.h"
#include "widgets/image/image_view.h"

namespace galatea {

AnomalyDetail::AnomalyDetail(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document),
      work_(workspace.inference, priority::filmstrip), object_(new ImageView(this)),
      map_(new ImageView(this)), sentence_(mutedSentence("anomalyContributionText", this)),
      counts_(mutedSentence("anomalyOpinions", this)), interesting_(new QToolButton(this)),
      dull_(new QToolButton(this)), forget_(new QToolButton(this)), forgetAll_(new QToolButton(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(buildOpinions());
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    const struct {
        ImageView* view;
        const char *name, *caption;
    } views[] = {{object_, "anomalyObject", "Image"},
                 {map_, "anomalyContribution", "Where its score comes from"}};
    for (const auto& entry : views) {
        entry.view->setObjectName(entry.name);
        entry.view->setAccessibleName(entry.caption);
        entry.view->setCaption(entry.caption);
        entry.view->setHint(QString::fromUtf8("–"));
        entry.view->setMinimumHeight(120);
        entry.view->setMaximumHeight(170); // the ranked objects matter more
        row->addWidget(entry.view, 1);
    }
    map_->setToolTip("Red pixels make the object stranger, blue ones more normal");
    column->addLayout(row);
    column->addWidget(sentence_);
    connect(&document_, &Document::currentChanged, this, &AnomalyDetail::refresh);
    connect(&document_, &Document::displayChanged, this, &AnomalyDetail::draw);
    connect(&document_, &Document::selectionChanged, this, &AnomalyDetail::showOpinions);
    connect(&document_, &Document::opinionsChanged, this, &AnomalyDetail::showOpinions);
    showOpinions();
}

QWidget* AnomalyDetail::buildOpinions() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* row = new QHBoxLayout;
    row->setSpacing(4);
    const struct {
        QToolButton* button;
        const char *name, *text, *tip;
    } buttons[] = {
        {interesting_, "anomalyInteresting", "Interesting",
         "More like this: objects near it in the latents come earlier. For the selected objects, else the "
         "one "
         "looked at"},
        {dull_, "anomalyDull", "Not interesting",
         "Less like this: objects near it in the latents come later. For the selected objects, else the one "
         "looked at"},
        {forget_, "anomalyForget", "Forget", "Takes back what you said of these objects"},
        {forgetAll_, "anomalyForgetAll", "Forget all", "The order is the scores' own again"}};
    for (const auto& entry : buttons) {
        describe(entry.button, entry.name, entry.text, entry.tip);
        entry.button->setText(entry.text);
        entry.button->setProperty("boxed", true);
        entry.button->setProperty("compact", true);
        row->addWidget(entry.button);
    }
    row->addStretch(1);
    column->addLayout(row);
    column->addWidget(counts_);
    connect(interesting_, &QToolButton::clicked, this, [this] { judge(true); });
    connect(dull_, &QToolButton::clicked, this, [this] { judge(false); });
    connect(forget_, &QToolButton::clicked, this, [this] { judge(std::nullopt); });
    connect(forgetAll_, &QToolButton::clicked, this,
            [this] { commands::setOpinions(document_, {}, "Forget all opinions"); });
    return box;
}

void AnomalyDetail::setScoring(std::optional<Scoring> scoring) {
    scoring_ = std::move(scoring);
    row_ = -1;
    refresh();
    showOpinions();
}

/// The selected objects, else the one looked at.
std::vector<int64_t> AnomalyDetail::judged() const {
    if (!document_.selection().empty())
        return document_.selection();
    return document_.current() >= 0 ? std::vector<int64_t>{document_.current()} : std::vector<int64_t>();
}

void AnomalyDetail::judge(std::optional<bool> interesting) {
    const std::vector<int64_t> rows = judged();
    std::vector<Opinion> opinions = document_.opinions();
    std::erase_if(opinions, [&](const Opinion& opinion) {
        return std::binary_search(rows.begin(), rows.end(), opinion.row);
    });
    for (const int64_t row : rows)
        if (interesting)
            opinions.push_back({row, *interesting});
    commands::setOpinions(document_, std::move(opinions),
                          !interesting   ? "Forget opinions"
                          : *interesting ? "Interesting"
                                         : "Not interesting");
}

void AnomalyDetail::showOpinions() {
    const std::vector<int64_t> rows = judged();
    const std::vector<Opinion>& opinions = document_.opinions();
    // Each opinion is compared with every object: a handful is meant, not a catalogue.
    const bool possible = scoring_ && !rows.empty() && document_.latents().latents && rows.size() <= 200;
    const bool any = std::any_of(opinions.begin(), opinions.end(), [&](const Opinion& opinion) {
        return std::binary_search(rows.begin(), rows.end(), opinion.row);
    });
    interesting_->setEnabled(possible);
    dull_->setEnabled(possible);
    forget_->setEnabled(any);
    forgetAll_->setEnabled(!opinions.empty());
    const auto liked =
        std::count_if(opinions.begin(), opinions.end(), [](const Opinion& o) { return o.interesting; });
    counts_->setText(opinions.empty()
                         ? QString("Say what is interesting: the order learns from it.")
                         : QString("%1 interesting, %2 not; the order follows them and the scores.")
                               .arg(liked)
                               .arg(static_cast<qlonglong>(opinions.size()) - liked));
}

void AnomalyDetail::refresh() {
    showOpinions();
    const int64_t row = document_.current();
    if (!scoring_ || row < 0 || scoring_->data != document_.data().data || row >= scoring_->data->size()) {
        work_.cancel();
        row_ = -1;
        image_ = contribution_ = Array();
        sentence_->clear();
        return draw();
    }
    if (row == row_ || !isVisible())
        return;
    row_ = row;
    struct Result {
        Array image, contribution;
    };
    work_.request<Result>(
        [scoring = *scoring_, row](const StopToken& stop) {
            return Result{scoring.data->readOne(row).contiguousCopy(), scoring.contribution(row, stop)};
        },
        [this, row](Result result) {
            if (row != document_.current())
                return;
            image_ = std::move(result.image);
            contribution_ = std::move(result.contribution);
            sentence_->setText(
                scoring_ && (scoring_->kind == ScoreKind::Model || scoring_->kind == ScoreKind::Density)
                    ? "By how much the score falls when a patch is painted over with sky."
                    : "Each pixel's share of the score.");
            draw();
            Q_EMIT shown();
        },
        [this](const JobError& error) {
            contribution_ = Array();
            sentence_->setText(error.text());
            draw();
            Q_EMIT shown();
        });
}

void AnomalyDetail::draw() {
    if (contribution_.empty() || image_.empty()) {
        object_->setImage({});
        map_->setImage({});
        map_->setCaption("Where its score comes from");
        return;
    }
    const PictureSource source(document_);
    object_->setImage(source.draw(image_));
    const Array plane = contribution_.reshaped({1, contribution_.dim(0), contribution_.dim(1)});
    map_->setCaption(QString::fromUtf8("Contribution ±%1").arg(largestMagnitude(plane), 0, 'g', 2));
    map_->setImage(source.drawDifference(plane));
}

void AnomalyDetail::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    refresh();
}

/// Zero is drawn in the theme's ground.
void AnomalyDetail::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange)
        draw();
    QWidget::changeEvent(event);
}

} // namespace galatea
