#include "app/desktop/panels/anomaly_panel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QComboBox>
#include <QEvent>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QStandardItemModel>
#include <QToolButton>

#include "anomaly/separation.h"
#include "app/desktop/export.h"
#include "app/desktop/panels/anomaly_detail.h"
#include "app/desktop/panels/panel_parts.h"
#include "app/desktop/pictures.h"
#include "app/desktop/theme.h"
#include "metrics/roc.h"
#include "widgets/charts/histogram.h"
#include "widgets/charts/line_chart.h"

namespace galatea {

void AnomalyPanel::connectDocument() {
    connect(&document_, &Document::contentChanged, this, [this] {
        setProvider();
        if (!scores_.empty() && static_cast<int64_t>(scores_.size()) != document_.objectCount())
            clear();
        fillColumns();
        updateState();
    });
    for (const auto changed : {&Document::dataChanged, &Document::modelChanged})
        connect(&document_, changed, this, [this] {
            cancel();
            clear();
        });
    connect(&document_, &Document::displayChanged, this, &AnomalyPanel::setProvider);
    connect(&document_, &Document::opinionsChanged, this, &AnomalyPanel::learn);
    connect(&document_, &Document::filterChanged, this, &AnomalyPanel::rank);
    connect(&document_, &Document::hoveredChanged, gallery_, &GalleryView::setHighlightedRow);
    connect(&document_, &Document::currentChanged, this,
            [this](qint64 row) { gallery_->setCurrentRow(row); });
    for (Chart* chart : {static_cast<Chart*>(histogram_), static_cast<Chart*>(roc_)}) {
        connect(chart, &Chart::saved, this,
                [this](const QString& path) { workspace_.log.info("Wrote " + shown(path.toStdString())); });
        connect(chart, &Chart::saveFailed, &workspace_.log, &MessageLog::error);
    }
}

AnomalyPanel::Score AnomalyPanel::chosen() const {
    return static_cast<Score>(std::max(0, score_->currentIndex()));
}

QString AnomalyPanel::hindrance(Score score) const {
    const ModelPtr& model = document_.model().model;
    if (!model)
        return "There is no model.";
    const ModelCard& card = model->card();
    const bool both = card.can("encode") && card.can("decode");
    switch (score) {
    case Score::Model:
        return card.can("score") ? QString() : "This model has no score of its own.";
    case Score::Reconstruction:
        return both ? QString() : "This model cannot both encode images and draw them.";
    case Score::Density:
        return document_.mixture().empty() ? "This model has no mixture, and none was fitted."
               : document_.latents().logLikelihood.empty()
                   ? "The images have no latents under this model yet."
                   : QString();
    case Score::Likelihood:
        return !both ? "This model cannot both encode images and draw them."
               : card.family == "regier-vae" || card.family == "custom"
                   ? QString()
                   : "This model draws images without a variance.";
    }
    return {};
}

void AnomalyPanel::updateState() {
    const bool open = document_.data().data && document_.model().model;
    empty_->setVisible(!open);
    content_->setVisible(open);
    if (!open)
        return reason_->say({});
    int first = -1;
    auto* items = qobject_cast<QStandardItemModel*>(score_->model());
    for (int i = 0; i < score_->count(); ++i) {
        const QString why = hindrance(static_cast<Score>(i));
        const bool possible = why.isEmpty();
        items->item(i)->setEnabled(possible);
        items->item(i)->setToolTip(possible ? items->item(i)->data(Qt::UserRole).toString()
                                            : "Not available: " + why);
        if (possible && first < 0)
            first = i;
    }
    const QString misfits = misfit(document_);
    content_->setEnabled(misfits.isEmpty() && first >= 0);
    reason_->say(!misfits.isEmpty() ? misfits
                 : first < 0
                     ? shown(document_.model().model->card().name) +
                           " can neither score images nor encode and draw them, and it has no mixture: "
                           "there is nothing to tell strange objects by."
                     : QString());
    if (first >= 0 && !hindrance(chosen()).isEmpty())
        score_->setCurrentIndex(first);
    showRunning(run_, cancel_, running(), content_->isEnabled());
    const bool scored = !scores_.empty();
    for (QWidget* control : {static_cast<QWidget*>(region_), static_cast<QWidget*>(normalFirst_),
                             static_cast<QWidget*>(export_), static_cast<QWidget*>(propose_),
                             static_cast<QWidget*>(logarithmic_), static_cast<QWidget*>(logarithmicX_)})
        control->setEnabled(scored);
    for (QLineEdit* limit : limit_)
        limit->setEnabled(scored);
    normal_->setEnabled(column_->currentIndex() > 0);
}

void AnomalyPanel::compute() {
    if (running() || !run_->isEnabled())
        return;
    const Scoring work(document_, chosen());
    job_ = workspace_.jobs.start<std::vector<double>>(
        "Scoring", this,
        [work](const StopToken& stop, ProgressSink& progress) { return work.scores(stop, progress); },
        [this, work](const std::vector<double>& scores) {
            job_ = 0;
            if (document_.model().model == work.model && document_.data().data == work.data)
                adopt(scores, work);
            updateState();
            Q_EMIT ended();
        },
        [this](const JobError& error) {
            job_ = 0;
            status_->setText(error.cancelled ? QString("Cancelled.") : error.text());
            if (!error.cancelled)
                workspace_.log.error("Scoring: " + error.text());
            updateState();
            Q_EMIT ended();
        });
    status_->setText(
        startedText(workspace_, job_, "Scoring the images; the status bar shows how far it is."));
    updateState();
}

void AnomalyPanel::cancel() {
    if (running())
        workspace_.jobs.cancel(job_);
}

void AnomalyPanel::clear() {
    scores_.clear();
    learned_.clear();
    thresholds_.reset();
    thresholdsFrom_.clear();
    status_->clear();
    detail_->setScoring({});
    scoresOrClassesChanged();
    showThresholds();
    showRegions();
}

void AnomalyPanel::adopt(std::vector<double> scores, const Scoring& by) {
    scores_ = std::move(scores);
    learned_.clear();
    const auto own = by.kind == Score::Model ? thresholdsOf(document_.model().model->card()) : std::nullopt;
    thresholds_.reset();
    scoresOrClassesChanged();
    const auto ascending = [this](size_t place) { return scores_[static_cast<size_t>(order_[place])]; };
    const size_t count = order_.size();
    status_->setText(count == 0 ? QString("No object has a score.")
                                : QString::fromUtf8("%1 objects scored; median %2, strangest %3")
                                      .arg(QLocale().toString(static_cast<qlonglong>(count)))
                                      .arg(ascending(count / 2), 0, 'g', 4)
                                      .arg(ascending(count - 1), 0, 'g', 4));
    if (own)
        setThresholds(*own, "from the model's card");
    else
        proposeThresholds();
    // A long tail of positive scores is seen in powers of ten only.
    logarithmicX_->setChecked(count > 0 && ascending(0) > 0 &&
                              ascending(count * 99 / 100) > 10 * ascending(count / 2));
    document_.setScores(scores_);
    gallery_->setCurrentRow(document_.current(), false);
    detail_->setScoring(by);
    learn();
}

void AnomalyPanel::restore(std::vector<double> scores, const std::optional<RegionThresholds>& thresholds) {
    if (static_cast<int64_t>(scores.size()) != document_.objectCount())
        return;
    adopt(std::move(scores), Scoring(document_, chosen()));
    if (thresholds && std::is_sorted(thresholds->begin(), thresholds->end()))
        setThresholds(*thresholds, "moved by hand");
    updateState();
}

/// What is sorted and counted over all objects, once for any number of moves of the thresholds.
void AnomalyPanel::scoresOrClassesChanged() {
    order_.clear();
    for (size_t row = 0; row < scores_.size(); ++row)
        if (std::isfinite(scores_[row]))
            order_.push_back(static_cast<int64_t>(row));
    std::stable_sort(order_.begin(), order_.end(), [this](int64_t a, int64_t b) {
        return scores_[static_cast<size_t>(a)] < scores_[static_cast<size_t>(b)];
    });
    classes_ = classes();
    showHistogram();
    showRoc();
    rank();
}

void AnomalyPanel::fillColumns() {
    const QString before = column_->currentText();
    filling_ = true;
    column_->clear();
    column_->addItem("none");
    for (const ColourBy& colouring : document_.possibleColourings())
        if (colouring.kind == ColourBy::Kind::Column && document_.isClassLike(colouring))
            column_->addItem(colouringName(colouring), colouring.column);
    column_->setCurrentIndex(std::max(0, column_->findText(before)));
    filling_ = false;
    fillClasses();
}

void AnomalyPanel::fillClasses() {
    const QString before = normal_->currentText();
    filling_ = true;
    normal_->clear();
    std::vector<int> classOf;
    QStringList names;
    if (column_->currentIndex() > 0)
        document_.classesOf({ColourBy::Kind::Column, column_->currentData().toString()}, classOf, names);
    normal_->addItems(names);
    normal_->setCurrentIndex(names.isEmpty() ? -1 : std::max(0, normal_->findText(before)));
    filling_ = false;
    normal_->setEnabled(!names.isEmpty());
}

void AnomalyPanel::labelsChanged() {
    scoresOrClassesChanged();
    const bool byHand = thresholdsFrom_ == "moved by hand" || thresholdsFrom_ == "from the model's card";
    if (!scores_.empty() && !byHand)
        proposeThresholds();
}

/// Objects without a class belong to neither side; without classes all are normal.
AnomalyPanel::Classes AnomalyPanel::classes() const {
    Classes result;
    std::vector<int> classOf;
    QStringList names;
    const bool labelled =
        column_->currentIndex() > 0 && normal_->currentIndex() >= 0 &&
        document_.classesOf({ColourBy::Kind::Column, column_->currentData().toString()}, classOf, names) &&
        classOf.size() == scores_.size();
    if (!labelled) {
        result.normal = scores_;
        return result;
    }
    for (size_t i = 0; i < scores_.size(); ++i) {
        if (classOf[i] < 0)
            continue;
        const bool strange = classOf[i] != normal_->currentIndex();
        (strange ? result.strange : result.normal).push_back(scores_[i]);
        result.all.push_back(scores_[i]);
        result.isStrange.push_back(strange);
    }
    return result;
}

void AnomalyPanel::proposeThresholds() {
    try {
        setThresholds(proposedThresholds(classes_.normal, classes_.strange),
                      classes_.strange.empty() ? "the scores that 50, 20, 5 and 1 % of the objects exceed"
                                               : "quantiles of the normal and of the strange scores");
    } catch (const Error& error) {
        thresholds_.reset();
        showThresholds();
        from_->setText(shown(error.what()));
        showRegions();
    }
}

void AnomalyPanel::setThresholds(const RegionThresholds& thresholds, const QString& from) {
    thresholds_ = thresholds;
    thresholdsFrom_ = from;
    showThresholds();
    showRegions();
}

void AnomalyPanel::readThresholds() {
    RegionThresholds typed{};
    for (size_t i = 0; i < typed.size(); ++i) {
        bool number = false;
        typed[i] = QLocale::c().toDouble(limit_[i]->text().trimmed(), &number);
        if (!number || !std::isfinite(typed[i]))
            return showThresholds(); // what it was
    }
    if (!std::is_sorted(typed.begin(), typed.end())) {
        from_->setText("Thresholds must rise from left to right.");
        return;
    }
    for (size_t i = 0; thresholds_ && i < typed.size(); ++i) // shown in fewer digits than they have
        if (limit_[i]->text() == QString::number((*thresholds_)[i], 'g', 5))
            typed[i] = (*thresholds_)[i];
    if (typed != thresholds_)
        setThresholds(typed, "moved by hand");
}

void AnomalyPanel::showThresholds() {
    for (size_t i = 0; i < 4; ++i)
        limit_[i]->setText(thresholds_ ? QString::number((*thresholds_)[i], 'g', 5) : QString());
    from_->setText(thresholds_ ? "Thresholds: " + thresholdsFrom_ : QString());
    histogram_->setThresholds(thresholds_ ? std::vector<double>(thresholds_->begin(), thresholds_->end())
                                          : std::vector<double>());
}

void AnomalyPanel::showHistogram() {
    const ThemeColours& colours = themeColours(isDarkTheme());
    std::vector<HistogramClass> bars;
    if (!classes_.normal.empty())
        bars.push_back(
            {classes_.strange.empty() ? QString() : normal_->currentText(), classes_.normal, colours.accent});
    if (!classes_.strange.empty())
        bars.push_back({"all others", classes_.strange, colours.warning});
    QStringList names;
    std::vector<QColor> tints;
    for (int i = 0; i < 5; ++i) {
        names << QString("%1 (%2)").arg(anomalyRegions[i], anomalyRegionLabels[i]);
        QColor tint = i < 2 ? colours.accent : i > 2 ? colours.error : colours.muted;
        tint.setAlphaF(i == 0 || i == 4 ? 0.16F : 0.08F);
        tints.push_back(tint);
    }
    histogram_->setRegions(names, tints);
    histogram_->setTitles("score", bars.size() > 1 ? "share of the class" : "objects");
    histogram_->setClasses(std::move(bars));
}

/// Where each region begins among the objects in ascending order, and the end.
std::array<size_t, 6> AnomalyPanel::regionBounds() const {
    std::array<size_t, 6> bounds{};
    bounds.back() = order_.size();
    for (size_t i = 0; thresholds_ && i < thresholds_->size(); ++i)
        bounds[i + 1] = static_cast<size_t>(
            std::partition_point(
                order_.begin(), order_.end(),
                [&](int64_t row) { return regionOf(scores_[static_cast<size_t>(row)], *thresholds_) <= i; }) -
            order_.begin());
    return bounds;
}

void AnomalyPanel::showRegions() {
    const std::array<size_t, 6> bounds = regionBounds();
    const auto counted = [](size_t count) { return QLocale().toString(static_cast<qlonglong>(count)); };
    region_->setItemText(0, QString("All regions: %1").arg(counted(thresholds_ ? order_.size() : 0)));
    for (int i = 0; i < 5; ++i) {
        const auto region = static_cast<size_t>(i);
        region_->setItemText(i + 1, QString("%1 (%2): %3")
                                        .arg(anomalyRegions[i], anomalyRegionLabels[i],
                                             counted(thresholds_ ? bounds[region + 1] - bounds[region] : 0)));
    }
    showTally();
    if (region_->currentIndex() > 0)
        rank();
}

void AnomalyPanel::showRoc() {
    const bool both = !classes_.strange.empty() && !classes_.normal.empty();
    for (QWidget* part :
         {static_cast<QWidget*>(roc_), static_cast<QWidget*>(auc_), static_cast<QWidget*>(tally_)})
        part->setVisible(both);
    if (!both)
        return roc_->setSeries({});
    const RocCurve curve = rocCurve(classes_.all, classes_.isStrange);
    const ThemeColours& colours = themeColours(isDarkTheme());
    ChartSeries line{"score", {}, colours.accent}, chance{"chance", {{0, 0}, {1, 1}}, colours.muted, true},
        corner{"nearest to (0, 1)", {}, colours.warning, false, true};
    for (size_t i = 0; i < curve.threshold.size(); ++i)
        line.points.emplace_back(curve.falsePositiveRate[i], curve.truePositiveRate[i]);
    const size_t nearest = nearestToCorner(curve);
    corner.points = {line.points[nearest]};
    roc_->setSeries({line, chance, corner});
    auc_->setText(
        QString::fromUtf8("AUC %1: %2 strangers against %3 of class %4. Nearest to (0, 1) at score %5")
            .arg(curve.area, 0, 'f', 4)
            .arg(curve.positives)
            .arg(curve.negatives)
            .arg(normal_->currentText())
            .arg(curve.threshold[nearest], 0, 'g', 4));
}

void AnomalyPanel::showTally() {
    if (!thresholds_ || classes_.strange.empty())
        return tally_->clear();
    const RegionTally counted = tally(classes_.all, classes_.isStrange, *thresholds_);
    tally_->setText(QString::fromUtf8("%1 of %2 decided objects are right (%3 %), %4 undecided")
                        .arg(counted.right)
                        .arg(counted.right + counted.wrong)
                        .arg(100 * counted.accuracy(), 0, 'f', 1)
                        .arg(counted.undecided));
}

/// The order that follows from scores and opinions, away from the window.
void AnomalyPanel::learn() {
    const LatentsPtr& latents = document_.latents().latents;
    if (document_.opinions().empty() || !latents || latents->size() != static_cast<int64_t>(scores_.size())) {
        ranking_.cancel();
        learned_.clear();
        return rank();
    }
    ranking_.request<std::vector<int64_t>>(
        [latents, scores = scores_, order = order_,
         opinions = document_.opinions()](const StopToken& stop) mutable {
            const std::vector<double> ranks = rankWithOpinions(latents->mean, scores, opinions, stop);
            std::stable_sort(order.begin(), order.end(), [&ranks](int64_t a, int64_t b) {
                return ranks[static_cast<size_t>(a)] < ranks[static_cast<size_t>(b)];
            });
            return order;
        },
        [this](std::vector<int64_t> order) {
            if (order.size() == order_.size())
                learned_ = std::move(order);
            rank();
        },
        [this](const JobError& error) { workspace_.log.error("Ranking: " + error.text()); });
}

void AnomalyPanel::rank() {
    const int chosenRegion = region_->currentIndex() - 1;
    const bool one = chosenRegion >= 0 && thresholds_;
    const auto outside = [&](int64_t row) {
        return static_cast<int>(regionOf(scores_[static_cast<size_t>(row)], *thresholds_)) != chosenRegion;
    };
    std::vector<int64_t> rows = learned_.empty() ? order_ : learned_;
    if (one)
        std::erase_if(rows, outside);
    if (!normalFirst_->isChecked())
        std::reverse(rows.begin(), rows.end());
    for (size_t row = 0; !one && row < scores_.size(); ++row)
        if (!std::isfinite(scores_[row])) // come last
            rows.push_back(static_cast<int64_t>(row));
    gallery_->setEmptyText(scores_.empty() ? "The strangest objects appear here once they are scored."
                                           : "No object lies in this region.");
    rows = document_.passing(std::move(rows));
    if (rows != ranked_.rows()) {
        ranked_.setRows(std::move(rows));
        gallery_->setCurrentRow(document_.current(), false);
    }
}

void AnomalyPanel::setProvider() {
    if (!document_.hasImages())
        return loader_.setProvider({});
    loader_.setProvider([source = PictureSource(document_)](const std::vector<int64_t>& rows,
                                                            ThumbnailMode mode, const StopToken& stop) {
        return source.thumbnails(rows, mode, stop);
    });
}

void AnomalyPanel::exportTo(const QString& path) {
    if (scores_.empty())
        return;
    Table table;
    std::vector<std::string> ids;
    std::vector<double> regions;
    for (size_t row = 0; row < scores_.size(); ++row) {
        ids.push_back(document_.objectName(static_cast<int64_t>(row)).toStdString());
        regions.push_back(thresholds_ ? regionLabel(scores_[row], *thresholds_) : NAN);
    }
    table.set({"id", ids, "", "meta.id;meta.main"});
    table.set({"score", scores_, "", "", score_->currentText().toStdString() + "; higher is stranger"});
    table.set({"region", regions, "", "", "0 surely normal, 0.5 undecided, 1 surely strange"});
    workspace_.jobs.start<std::vector<std::string>>(
        "Exporting the scores", this,
        [table, path](const StopToken&, ProgressSink&) { return exportTable(table, path); },
        [this, path](const std::vector<std::string>& notes) {
            for (const std::string& note : notes)
                workspace_.log.warning(shown(note));
            workspace_.log.info("Wrote " + shown(path.toStdString()));
            Q_EMIT exported(path);
        });
}

/// Curves are drawn in the theme's colours.
void AnomalyPanel::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) {
        showHistogram();
        showRoc();
    }
    QWidget::changeEvent(event);
}

} // namespace galatea
