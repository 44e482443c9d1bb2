#include "app/desktop/panels/clusters_panel.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <QColorDialog>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QHeaderView>
#include <QLocale>
#include <QPushButton>
#include <QSpinBox>
#include <QTableWidget>
#include <QToolButton>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/panels/panel_parts.h"
#include "app/desktop/panels/projection_box.h"
#include "app/desktop/theme.h"
#include "mixture/membership.h"
#include "widgets/charts/bar_chart.h"
#include "widgets/charts/heat_chart.h"
#include "widgets/charts/line_chart.h"

namespace galatea {

namespace {

QString counted(int64_t number) {
    return QLocale().toString(static_cast<qlonglong>(number));
}

QIcon dotOf(const QColor& colour) {
    QPixmap dot(12, 12);
    dot.fill(colour);
    return QIcon(dot);
}

QString fixed(double value, int digits) {
    return std::isfinite(value) ? QString::number(value, 'f', digits) : QString::fromUtf8("–");
}

} // namespace

void ClustersPanel::connectDocument() {
    connect(&document_, &Document::contentChanged, this, [this] {
        showComponents();
        updateState();
    });
    connect(&document_, &Document::latentsChanged, this, [this] {
        cancel();
        clear();
    });
    connect(&document_, &Document::mixtureChanged, this, [this] {
        showFigures();
        if (!figures() && document_.latents().fitted)
            measure();
    });
    connect(&document_, &Document::componentLooksChanged, this, [this] {
        showComponents();
        showFigures();
    });
    connect(&document_, &Document::hiddenClassesChanged, this, &ClustersPanel::showComponents);
    connect(&document_, &Document::colouringChanged, this, &ClustersPanel::showComponents);
    for (Chart* chart :
         {static_cast<Chart*>(criteria_), static_cast<Chart*>(silhouettes_), static_cast<Chart*>(overlap_)}) {
        connect(chart, &Chart::saved, this,
                [this](const QString& path) { workspace_.log.info("Wrote " + shown(path.toStdString())); });
        connect(chart, &Chart::saveFailed, &workspace_.log, &MessageLog::error);
    }
    constexpr int pause = 100; // ms: every object is looked at
    cutTimer_.setSingleShot(true);
    cutTimer_.setInterval(pause);
    connect(&cutTimer_, &QTimer::timeout, this, &ClustersPanel::showComponents);
    connect(cut_, &QDoubleSpinBox::valueChanged, &cutTimer_, qOverload<>(&QTimer::start));
    connect(back_, &QToolButton::clicked, this, [this] { commands::adoptMixture(document_, {}); });
}

MixtureWish ClustersPanel::wish() const {
    MixtureWish wish;
    wish.method = static_cast<MixtureWish::Method>(method_->currentIndex());
    wish.components = components_->value();
    wish.fewest = fewest_->value();
    wish.most = most_->value();
    wish.maxComponents = maximum_->value();
    wish.covariance = covariance_->currentIndex() == 0 ? Covariance::Full : Covariance::Diagonal;
    wish.starts = starts_->value();
    wish.seed = static_cast<uint64_t>(seed_->value());
    return wish;
}

void ClustersPanel::showMethod() {
    const auto method = static_cast<MixtureWish::Method>(method_->currentIndex());
    components_->setVisible(method == MixtureWish::Method::Number);
    fewest_->setVisible(method == MixtureWish::Method::Range);
    most_->setVisible(method == MixtureWish::Method::Range);
    maximum_->setVisible(method == MixtureWish::Method::Process);
}

QString ClustersPanel::hindrance() const {
    const LatentsPtr& latents = document_.latents().latents;
    return latents && latents->size() < 2 ? "One object cannot be parted." : QString();
}

void ClustersPanel::updateState() {
    const LatentsPtr& latents = document_.latents().latents;
    empty_->setVisible(!latents);
    content_->setVisible(latents != nullptr);
    if (!latents)
        return;
    const QString why = hindrance();
    showRunning(run_, cancel_, running() || measuring_ != 0, why.isEmpty());
    if (!why.isEmpty())
        status_->setText(why);
    const bool parted = !latents->component.empty();
    const FittedMixturePtr& fitted = document_.latents().fitted;
    componentsBox_->setVisible(parted);
    const bool given = !document_.modelMixture().empty();
    present_->setText(
        !parted  ? QString("The latents have no components yet: fit a mixture.")
        : fitted ? (fitted->how.contains(", merged to ") ? "Components merged here: " : "Fitted here: ") +
                       fitted->how
        : given ? QString("These are the components of the model's own mixture.")
                : QString("These are the components the latents came with."));
    back_->setVisible(fitted != nullptr);
    measure_->setVisible(parted && !figures());
    measure_->setEnabled(measuring_ == 0 && !latents->responsibility.empty());
    criteriaBox_->setVisible(outcome_.candidates.size() > 1);
}

void ClustersPanel::fit() {
    if (running() || !run_->isEnabled())
        return;
    const LatentsPtr latents = document_.latents().latents;
    job_ = workspace_.jobs.start<MixtureOutcome>(
        "Fitting the mixture", this,
        [wanted = wish(), z = latents->mean](const StopToken& stop, ProgressSink& progress) {
            return fitMixtures(z, wanted, stop, progress);
        },
        [this, z = latents->mean](MixtureOutcome outcome) {
            job_ = 0;
            const LatentsPtr& now = document_.latents().latents;
            if (now && now->mean.data() == z.data()) {
                outcome_ = std::move(outcome);
                showOutcome();
                use(outcome_.best);
            }
            updateState();
            Q_EMIT ended();
        },
        [this](const JobError& error) {
            job_ = 0;
            status_->setText(error.cancelled ? QString("Cancelled.") : error.text());
            if (!error.cancelled)
                workspace_.log.error("Fitting the mixture: " + error.text());
            updateState();
            Q_EMIT ended();
        });
    status_->setText(startedText(workspace_, job_, "Fitting; the status bar shows how far it is."));
    updateState();
}

void ClustersPanel::cancel() {
    for (const JobId job : {job_, measuring_})
        if (job != 0)
            workspace_.jobs.cancel(job);
}

void ClustersPanel::adopt(int64_t components) {
    const auto& all = outcome_.candidates;
    const auto found = std::find_if(all.begin(), all.end(), [&](const MixtureOutcome::Candidate& one) {
        return one.mixture.components == components;
    });
    if (found == all.end() || running())
        return;
    const auto index = static_cast<size_t>(found - all.begin());
    if (found->fitted)
        return use(index);
    // What the others say of every object is worked out when it is wanted: of a range it would be much.
    job_ = workspace_.jobs.start<FittedMixturePtr>(
        "Describing " + found->how, this,
        [z = document_.latents().latents->mean, mixture = found->mixture,
         how = found->how](const StopToken&, ProgressSink&) { return describeMixture(z, mixture, how); },
        [this, index, z = document_.latents().latents->mean](const FittedMixturePtr& fitted) {
            job_ = 0;
            const LatentsPtr& now = document_.latents().latents;
            if (now && now->mean.data() == z.data()) {
                outcome_.candidates[index].fitted = fitted;
                use(index);
            }
            updateState();
        },
        [this](const JobError& error) {
            job_ = 0;
            status_->setText(error.cancelled ? QString("Cancelled.") : error.text());
            updateState();
        });
    updateState();
}

void ClustersPanel::use(size_t index) {
    const MixtureOutcome::Candidate& candidate = outcome_.candidates[index];
    const int64_t components = candidate.mixture.components;
    status_->setText(
        QString::fromUtf8("%1: mean log-likelihood %2, BIC %3")
            .arg(components == 1 ? QString("1 component") : QString("%1 components").arg(components),
                 QString::number(candidate.meanLogLikelihood, 'f', 4),
                 QLocale().toString(candidate.bayes, 'f', 1)));
    commands::adoptMixture(document_, candidate.fitted);
    showOutcome();
    updateState();
}

const ClusterFigures* ClustersPanel::figures() const {
    const LatentsPtr& latents = document_.latents().latents;
    if (latents && !latents->responsibility.empty())
        for (const auto& [of, figures] : known_)
            if (of.data() == latents->responsibility.data())
                return &figures;
    return nullptr;
}

void ClustersPanel::measure() {
    const LatentsPtr& latents = document_.latents().latents;
    if (!latents || latents->responsibility.empty() || latents->component.empty())
        return;
    if (measuring_ != 0)
        workspace_.jobs.cancel(measuring_);
    const auto id = std::make_shared<JobId>(0);
    *id = measuring_ = workspace_.jobs.start<ClusterFigures>(
        "Measuring the components", this,
        [z = latents->mean, gamma = latents->responsibility,
         component = latents->component](const StopToken& stop, ProgressSink& progress) {
            return measureClusters(z, gamma, component, stop, progress);
        },
        [this, id, z = latents->mean, gamma = latents->responsibility](ClusterFigures figures) {
            if (measuring_ == *id)
                measuring_ = 0;
            const LatentsPtr& now = document_.latents().latents;
            constexpr size_t most = 8; // they keep what they were measured of
            if (now && now->mean.data() == z.data()) {
                if (known_.size() >= most)
                    known_.erase(known_.begin());
                known_.emplace_back(gamma, std::move(figures));
                showComponents();
                showFigures();
            }
            updateState();
            Q_EMIT measured();
        },
        [this, id](const JobError& error) {
            if (measuring_ == *id)
                measuring_ = 0;
            if (!error.cancelled)
                workspace_.log.error("Measuring the components: " + error.text());
            updateState();
        });
    updateState();
}

void ClustersPanel::clear() {
    counted_ = {};
    outcome_ = {};
    known_.clear();
    status_->clear();
    showOutcome();
    showComponents();
    showFigures();
    updateState();
}

void ClustersPanel::showOutcome() {
    const ThemeColours& colours = themeColours(isDarkTheme());
    ChartSeries bayes{"BIC", {}, colours.accent}, akaike{"AIC", {}, colours.warning, true},
        used{"in use", {}, colours.error, false, true};
    candidate_->clear();
    const FittedMixturePtr& fitted = document_.latents().fitted;
    for (size_t i = 0; i < outcome_.candidates.size(); ++i) {
        const MixtureOutcome::Candidate& one = outcome_.candidates[i];
        const auto k = static_cast<double>(one.mixture.components);
        bayes.points.emplace_back(k, one.bayes);
        akaike.points.emplace_back(k, one.akaike);
        if (fitted && one.fitted == fitted)
            used.points.emplace_back(k, one.bayes);
        candidate_->addItem(QString("%1: BIC %2%3")
                                .arg(one.mixture.components)
                                .arg(QLocale().toString(one.bayes, 'f', 1))
                                .arg(i == outcome_.best ? " (lowest)" : ""),
                            static_cast<qlonglong>(one.mixture.components));
        if (fitted && one.fitted == fitted)
            candidate_->setCurrentIndex(static_cast<int>(i));
    }
    criteria_->setSeries({bayes, akaike, used});
}

void ClustersPanel::showComponents() {
    const LatentsPtr& latents = document_.latents().latents;
    const bool known = latents && !latents->component.empty() && !latents->responsibility.empty();
    const int64_t components = known ? latents->responsibility.dim(1) : 0;
    filling_ = true;
    table_->setRowCount(static_cast<int>(components));
    const QString cutName = QString::fromUtf8("p ≥ ") + QString::number(cut_->value(), 'f', 2);
    table_->setHorizontalHeaderLabels({"", "objects", "weight", cutName, "silhouette", "own p"});
    if (components > 0) {
        if (std::as_const(counted_.of).data() != latents->responsibility.data() ||
            counted_.cut.probability != cut_->value())
            counted_ = {latents->responsibility, populations(latents->component, components),
                        cutAt(latents->responsibility, cut_->value())};
        const std::vector<int64_t>& objects = counted_.objects;
        const ProbabilityCut& cut = counted_.cut;
        const GaussianMixture& mixture = document_.mixture();
        const ClusterFigures* measured = figures();
        const bool coloured = document_.colouring().kind == ColourBy::Kind::Component;
        for (int64_t k = 0; k < components; ++k) {
            const auto at = static_cast<size_t>(k);
            const QString cells[] = {
                counted(objects[at]),
                mixture.components == components ? fixed(mixture.weights[at], 3) : QString::fromUtf8("–"),
                counted(cut.counts[at]),
                measured ? fixed(measured->full.perCluster[at], 3) : QString::fromUtf8("–"),
                measured ? fixed(measured->overlap.at(k, k), 3) : QString::fromUtf8("–")};
            table_->setItem(static_cast<int>(k), 0, nameItem(k, coloured));
            for (int column = 0; column < 5; ++column) {
                auto* item = new QTableWidgetItem(cells[column]);
                item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
                item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
                table_->setItem(static_cast<int>(k), column + 1, item);
            }
        }
        cutTally_->setText(QString::fromUtf8("%1 of %2 objects have a component of probability %3 or more.")
                               .arg(counted(cut.objects), counted(latents->size()))
                               .arg(cut_->value(), 0, 'f', 2));
    }
    const int rows = std::min<int>(12, std::max<int>(1, static_cast<int>(components)));
    const int row = table_->rowCount() > 0 ? table_->rowHeight(0) : table_->fontMetrics().height() + 8;
    table_->setFixedHeight(rows * row + table_->horizontalHeader()->sizeHint().height() + 4);
    filling_ = false;
    updateChosen();
}

QTableWidgetItem* ClustersPanel::nameItem(int64_t component, bool coloured) const {
    auto* item = new QTableWidgetItem(dotOf(document_.componentColour(component)),
                                      document_.componentShortName(component));
    item->setToolTip(plainToolTip(document_.componentName(component)));
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsEditable |
                   (coloured ? Qt::ItemIsUserCheckable : Qt::NoItemFlags));
    const bool hidden = coloured && document_.hiddenClasses().contains(static_cast<int>(component));
    item->setCheckState(hidden ? Qt::Unchecked : Qt::Checked);
    return item;
}

void ClustersPanel::rename(int64_t component, const QString& name) {
    const bool number = name.simplified() == QString::number(component + 1);
    commands::renameComponent(document_, component, number ? QString() : name);
}

void ClustersPanel::recolour(int64_t component, const QColor& colour) {
    commands::recolourComponent(document_, component, colour);
}

void ClustersPanel::askForColour() {
    const std::vector<int64_t> chosen = chosenRows();
    if (chosen.empty())
        return;
    const QColor colour = QColorDialog::getColor(document_.componentColour(chosen.front()), this,
                                                 "Colour of " + document_.componentName(chosen.front()));
    if (colour.isValid())
        recolour(chosen.front(), colour);
}

/// The chosen ones take the place of the first of them; the others keep their order.
void ClustersPanel::mergeChosen() {
    const std::vector<int64_t> chosen = chosenRows();
    if (chosen.size() < 2)
        return;
    std::vector<int64_t> into;
    int64_t next = 0, merged = -1;
    for (int64_t k = 0; k < document_.componentCount(); ++k) {
        const bool one = std::find(chosen.begin(), chosen.end(), k) != chosen.end();
        if (one && merged < 0)
            merged = next;
        into.push_back(one && k != chosen.front() ? merged : next++);
    }
    commands::mergeComponents(document_, into);
    table_->selectRow(static_cast<int>(merged));
}

void ClustersPanel::updateChosen() {
    const size_t chosen = chosenRows().size();
    rename_->setEnabled(chosen == 1);
    colour_->setEnabled(chosen == 1);
    const LatentsPtr& latents = document_.latents().latents;
    merge_->setEnabled(chosen > 1 && latents && !latents->responsibility.empty());
}

void ClustersPanel::itemChanged(const QTableWidgetItem* item) {
    if (filling_ || item->column() != 0)
        return;
    if (item->text() != document_.componentShortName(item->row())) {
        const auto work = [this, k = item->row(), name = item->text()] { rename(k, name); };
        QMetaObject::invokeMethod(this, work, Qt::QueuedConnection); // the table is in the middle of its edit
        return;
    }
    std::set<int> hidden;
    for (int row = 0; row < table_->rowCount(); ++row)
        if (table_->item(row, 0)->checkState() == Qt::Unchecked)
            hidden.insert(row);
    commands::hideClasses(document_, hidden);
}

void ClustersPanel::showFigures() {
    const ClusterFigures* measured = figures();
    figuresBox_->setVisible(measured != nullptr);
    if (!measured)
        return;
    const ThemeColours& colours = themeColours(isDarkTheme());
    quality_->setText(
        QString::fromUtf8("Mean silhouette %1 (%2 objects), to the centres %3. Caliński–Harabasz %4, "
                          "Davies–Bouldin %5.")
            .arg(fixed(measured->full.mean, 4), counted(static_cast<int64_t>(measured->full.rows.size())),
                 fixed(measured->simplified.mean, 4), fixed(measured->calinskiHarabasz, 1),
                 fixed(measured->daviesBouldin, 3)));
    silhouettes_->setSeries({{"to all members", measured->full.perCluster, colours.accent},
                             {"to the centres", measured->simplified.perCluster, colours.muted}});
    std::vector<QColor> places; // as on the map
    for (size_t k = 0; k < measured->objects.size(); ++k)
        places.push_back(document_.componentColour(static_cast<int64_t>(k)));
    silhouettes_->setPlaceColours(std::move(places));
    const Array& table = measured->overlap;
    overlap_->setTable({table.values().begin(), table.values().end()}, static_cast<int>(table.dim(0)));
}

std::vector<int64_t> ClustersPanel::chosenRows() const {
    std::vector<int64_t> chosen;
    for (int row = 0; row < table_->rowCount(); ++row)
        if (table_->item(row, 0) && table_->item(row, 0)->isSelected())
            chosen.push_back(row);
    return chosen;
}

std::vector<int64_t> ClustersPanel::chosenComponents() const {
    std::vector<int64_t> chosen = chosenRows();
    if (chosen.empty()) {
        chosen.resize(static_cast<size_t>(table_->rowCount()));
        std::iota(chosen.begin(), chosen.end(), int64_t{0});
    }
    return chosen;
}

void ClustersPanel::selectMembers() {
    const LatentsPtr& latents = document_.latents().latents;
    if (!latents || latents->responsibility.empty())
        return;
    commands::select(document_, membersOf(latents->responsibility, chosenComponents(), cut_->value()));
}

/// Curves are drawn in the theme's colours.
void ClustersPanel::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) {
        showOutcome();
        showFigures();
    }
    QWidget::changeEvent(event);
}

} // namespace galatea
