#include "app/desktop/document.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/desktop/display_choice.h"
#include "app/desktop/labels/object_ids.h"
#include "core/text.h"
#include "widgets/map/palette.h"

namespace galatea {

QString shown(const std::string& text) {
    return QString::fromStdString(escaped(text));
}

QString plainToolTip(const QString& text) {
    return text.isEmpty() ? text : "<span style='white-space:pre-wrap'>" + text.toHtmlEscaped() + "</span>";
}

QString colouringName(const ColourBy& colouring) {
    switch (colouring.kind) {
    case ColourBy::Kind::Uniform:
        return "one colour";
    case ColourBy::Kind::Component:
        return "component";
    case ColourBy::Kind::Column:
        return shown(colouring.column.toStdString());
    case ColourBy::Kind::ReconstructionError:
        return "reconstruction error";
    case ColourBy::Kind::Score:
        return "anomaly score";
    case ColourBy::Kind::LogLikelihood:
        return "log likelihood";
    case ColourBy::Kind::Label:
        return "label";
    }
    return {};
}

NumbersPtr ascending(std::vector<double> numbers) {
    std::erase_if(numbers, [](double number) { return std::isnan(number); });
    std::sort(numbers.begin(), numbers.end());
    return std::make_shared<const std::vector<double>>(std::move(numbers));
}

Document::Document(QObject* parent) : QObject(parent) {
    for (const auto changed : {&Document::contentChanged, &Document::scoresChanged})
        connect(this, changed, this, &Document::columnsChanged);
}

const GaussianMixture& Document::mixture() const {
    return latents_.fitted ? latents_.fitted->mixture : modelMixture();
}

const GaussianMixture& Document::samplingDensity() const {
    const bool usable =
        model_.model && !mixture().empty() && density().dimensions == model_.model->card().latent;
    if (usable)
        return density();
    return modelMixture().empty() && model_.density ? *model_.density : modelMixture();
}

const GaussianMixture& Document::modelMixture() const {
    static const GaussianMixture none;
    return model_.model ? model_.model->card().mixture : none;
}

const GaussianMixture& Document::density() const {
    return latents_.fitted ? latents_.fitted->density() : modelMixture();
}

int64_t Document::componentCount() const {
    const LatentsPtr& latents = latents_.latents;
    const int64_t known = latents && latents->responsibility.rank() == 2 ? latents->responsibility.dim(1) : 0;
    return std::max(known, mixture().components);
}

QString Document::componentName(int64_t k) const {
    const auto at = static_cast<size_t>(k);
    const bool named = at < componentLooks_.size() && !componentLooks_[at].name.isEmpty();
    return named ? componentLooks_[at].name : QString("Component %1").arg(k + 1);
}

QString Document::componentShortName(int64_t k) const {
    const auto at = static_cast<size_t>(k);
    const bool named = at < componentLooks_.size() && !componentLooks_[at].name.isEmpty();
    return named ? componentLooks_[at].name : QString::number(k + 1);
}

QColor Document::componentColour(int64_t k) const {
    const auto at = static_cast<size_t>(k);
    const bool chosen = at < componentLooks_.size() && componentLooks_[at].colour.isValid();
    return chosen ? componentLooks_[at].colour : paletteColour(at);
}

void Document::setComponentLooks(std::vector<ComponentLook> looks) {
    if (looks == componentLooks_)
        return;
    componentLooks_ = std::move(looks);
    Q_EMIT componentLooksChanged();
}

int64_t Document::objectCount() const {
    if (latents_.latents)
        return latents_.latents->size();
    return data_.data ? data_.data->size() : 0;
}

bool Document::hasImages() const {
    return data_.data && (!latents_.latents || latents_.latents->size() == data_.data->size());
}

const Table* Document::catalogue() const {
    return hasImages() ? &data_.data->catalog() : nullptr;
}

QString Document::objectName(int64_t row) const {
    return row < 0 || row >= objectCount() ? QString() : shown(objectId(row));
}

std::string Document::objectId(int64_t row) const {
    return ObjectIds::of(*this).at(row);
}

std::vector<float> Document::latentOf(int64_t row) const {
    if (!latents_.latents || row < 0 || row >= latents_.latents->size())
        return {};
    const Array z = latents_.latents->mean.row(row).contiguousCopy();
    return {z.values().begin(), z.values().end()};
}

void Document::setData(DataContent content) {
    const bool others = content.source != data_.source;
    data_ = std::move(content);
    if (data_.data && !data_.classes)
        data_.classes = classesOfCatalogue(data_.data->catalog());
    // Latents made in this session belong to the data they were made from; those of a file may fit others.
    if (latents_.latents && data_.data &&
        (latents_.path.isEmpty() || latents_.latents->size() != data_.data->size()))
        dropLatents();
    beginLabels(others);
    dropRowState();
    if (data_.data)
        display_ = chooseDisplay(data_.data->info(), display_.rendering);
    Q_EMIT displayChanged(display_);
    Q_EMIT dataChanged();
    chooseColouring();
    Q_EMIT contentChanged();
}

void Document::setModel(ModelContent content) {
    const bool another = content.model != model_.model;
    model_ = std::move(content);
    if (another && latents_.latents &&
        (latents_.path.isEmpty() ||
         (model_.model && latents_.latents->mean.dim(1) != model_.model->card().latent)))
        dropLatents();
    setFittedMixture({}); // its place is the new model's mixture's
    setComponentLooks({});
    samples_.reset();
    sampleSettings_.components.clear();
    undo_.clear();
    if (model_.model && !data_.data) { // nothing else says which band is which colour
        const ModelInput& input = model_.model->card().input;
        display_.composite = defaultComposite(input.bands, input.channels);
        Q_EMIT displayChanged(display_);
    }
    resetTraverse();
    Q_EMIT modelChanged();
    Q_EMIT samplesChanged(samples_);
    Q_EMIT sampleSettingsChanged(sampleSettings_);
    chooseColouring();
    Q_EMIT contentChanged();
}

void Document::setLatents(LatentContent content) {
    latents_ = std::move(content);
    if (!latents_.ascending)
        latents_.ascending = ascending(latents_.logLikelihood);
    given_.reset();
    setComponentLooks({});
    const bool previewed = settled_.has_value(); // of the latents before
    if (previewed)
        map_ = std::move(*settled_);
    settled_.reset();
    const bool mapped = !map_.map.coordinates.empty();
    if (mapped &&
        (map_.path.isEmpty() || !latents_.latents || map_.map.coordinates.dim(0) != latents_.latents->size()))
        map_ = {};
    completeMap(map_);
    if (previewed || mapped)
        Q_EMIT mapChanged();
    dropUnfitMaps();
    beginLabels(!data_.data);
    dropRowState();
    resetTraverse();
    Q_EMIT latentsChanged();
    chooseColouring();
    Q_EMIT contentChanged();
}

void Document::setScores(std::vector<double> scores) {
    if (!latents_.latents || static_cast<int64_t>(scores.size()) != latents_.latents->size())
        return;
    auto scored = std::make_shared<Latents>(*latents_.latents); // shares the arrays
    scored->score = std::move(scores);
    latents_.latents = std::move(scored);
    possibleColourings_ = findColourings();
    Q_EMIT colouringChanged(colouring_);
    Q_EMIT scoresChanged();
}

void Document::setOpinions(std::vector<Opinion> opinions) {
    if (opinions == opinions_)
        return;
    opinions_ = std::move(opinions);
    Q_EMIT opinionsChanged();
}

void Document::setFittedMixture(const FittedMixturePtr& fitted) {
    if (!latents_.latents || fitted == latents_.fitted ||
        (fitted && static_cast<int64_t>(fitted->component.size()) != latents_.latents->size()))
        return;
    if (!latents_.fitted) {
        auto given = std::make_shared<FittedMixture>();
        given->responsibility = latents_.latents->responsibility;
        given->component = latents_.latents->component;
        given->logLikelihood = latents_.logLikelihood;
        given->ascending = latents_.ascending;
        given_ = std::move(given);
    }
    const FittedMixture& now = fitted ? *fitted : *given_;
    auto changed = std::make_shared<Latents>(*latents_.latents); // shares the arrays
    changed->responsibility = now.responsibility;
    changed->component = now.component;
    latents_.latents = std::move(changed);
    latents_.logLikelihood = now.logLikelihood;
    latents_.ascending = now.ascending ? now.ascending : ascending(now.logLikelihood);
    latents_.fitted = fitted;
    if (!fitted)
        given_.reset();
    Q_EMIT mixtureChanged();
    chooseColouring();
    Q_EMIT contentChanged();
}

void Document::clear() {
    data_ = {};
    model_ = {};
    latents_ = {};
    given_.reset();
    map_ = {};
    settled_.reset();
    setComponentLooks({});
    dropUnfitMaps();
    samples_.reset();
    sampleSettings_ = {};
    traverse_ = {};
    colouring_ = {};
    possibleColourings_.clear();
    beginLabels(true);
    dropRowState();
    Q_EMIT dataChanged();
    Q_EMIT modelChanged();
    Q_EMIT latentsChanged();
    Q_EMIT mapChanged();
    Q_EMIT samplesChanged(samples_);
    Q_EMIT traverseChanged(traverse_);
    Q_EMIT colouringChanged(colouring_);
    Q_EMIT contentChanged();
}

void Document::dropRowState() {
    setOpinions({});
    undo_.clear();
    hidden_.clear();
    selection_.clear();
    ranking_.reset();
    filter_ = {};
    hovered_ = current_ = -1;
    Q_EMIT rankingChanged();
    Q_EMIT filterChanged(filter_);
    Q_EMIT hiddenClassesChanged(hidden_);
    Q_EMIT selectionChanged(selection_);
    Q_EMIT hoveredChanged(hovered_);
    Q_EMIT currentChanged(current_);
}

void Document::dropLatents() {
    latents_ = {};
    given_.reset();
    map_ = {};
    settled_.reset();
    setComponentLooks({});
    dropUnfitMaps();
    Q_EMIT latentsChanged();
    Q_EMIT mapChanged();
}

void Document::resetTraverse() {
    traverse_ = {};
    if (model_.model && model_.model->card().can("decode")) {
        traverse_.start = traverse_.point = meanLatent();
        traverse_.startName = latents_.latents ? "the mean of the data" : "the model's centre";
    }
    Q_EMIT traverseChanged(traverse_);
}

std::vector<float> Document::meanLatent() const {
    std::vector<float> mean;
    if (!latents_.ranges.empty()) {
        for (const LatentRange& range : latents_.ranges)
            mean.push_back(static_cast<float>(range.mean));
        return mean;
    }
    if (!model_.model)
        return mean;
    mean.assign(static_cast<size_t>(model_.model->card().latent), 0.0F);
    const GaussianMixture& mix = modelMixture();
    for (int64_t k = 0; k < mix.components; ++k)
        for (size_t d = 0; d < mean.size(); ++d)
            mean[d] += static_cast<float>(mix.weights[static_cast<size_t>(k)] *
                                          mix.means[static_cast<size_t>(k) * mean.size() + d]);
    return mean;
}

void Document::chooseColouring() {
    possibleColourings_ = findColourings();
    const auto& possible = possibleColourings_;
    if (colouring_.kind != ColourBy::Kind::Uniform &&
        std::find(possible.begin(), possible.end(), colouring_) != possible.end()) {
        Q_EMIT colouringChanged(colouring_);
        return;
    }
    const ColourBy component{ColourBy::Kind::Component, {}};
    colouring_ =
        std::find(possible.begin(), possible.end(), component) != possible.end() ? component : ColourBy{};
    Q_EMIT colouringChanged(colouring_);
}

void Document::setColouring(const ColourBy& colouring) {
    if (colouring == colouring_)
        return;
    colouring_ = colouring;
    hidden_.clear();
    Q_EMIT colouringChanged(colouring_);
    Q_EMIT hiddenClassesChanged(hidden_);
}

void Document::setSelection(std::vector<int64_t> rows) {
    if (!std::is_sorted(rows.begin(), rows.end())) // millions come in order
        std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    std::erase_if(rows, [n = objectCount()](int64_t row) { return row < 0 || row >= n; });
    if (rows == selection_)
        return;
    selection_ = std::move(rows);
    Q_EMIT selectionChanged(selection_);
}

void Document::setHiddenClasses(const std::set<int>& hidden) {
    if (hidden == hidden_)
        return;
    hidden_ = hidden;
    Q_EMIT hiddenClassesChanged(hidden_);
}

void Document::setRanking(const RankingPtr& ranking) {
    if (ranking == ranking_ || (ranking && static_cast<int64_t>(ranking->distance.size()) != objectCount()))
        return;
    ranking_ = ranking;
    Q_EMIT rankingChanged();
}

void Document::setFilter(const RowFilter& filter) {
    const bool fits = !filter.keep || static_cast<int64_t>(filter.keep->size()) == objectCount();
    if (filter == filter_ || !fits)
        return;
    filter_ = filter;
    Q_EMIT filterChanged(filter_);
}

std::vector<int64_t> Document::passing(std::vector<int64_t> rows) const {
    if (filter_.keep)
        std::erase_if(rows, [this](int64_t row) { return !passes(row); });
    return rows;
}

void Document::setTraverse(const TraverseState& state) {
    if (state == traverse_)
        return;
    traverse_ = state;
    Q_EMIT traverseChanged(traverse_);
}

void Document::setDisplay(const DisplaySettings& display) {
    if (display == display_)
        return;
    display_ = display;
    Q_EMIT displayChanged(display_);
}

void Document::setSampleSettings(const SampleSettings& settings) {
    if (settings == sampleSettings_)
        return;
    sampleSettings_ = settings;
    Q_EMIT sampleSettingsChanged(sampleSettings_);
}

void Document::setSamples(const SampleSetPtr& samples) {
    samples_ = samples;
    Q_EMIT samplesChanged(samples_);
}

void Document::setHovered(int64_t row) {
    if (row == hovered_ || row >= objectCount())
        return;
    hovered_ = row;
    Q_EMIT hoveredChanged(hovered_);
}

void Document::setCurrent(int64_t row) {
    if (row == current_ || row >= objectCount())
        return;
    current_ = row;
    Q_EMIT currentChanged(current_);
}

std::vector<ColourBy> Document::findColourings() const {
    std::vector<ColourBy> all{{ColourBy::Kind::Uniform, {}}};
    if (labels_.hasClasses())
        all.push_back({ColourBy::Kind::Label, {}});
    if (latents_.latents) {
        const Latents& z = *latents_.latents;
        if (!z.component.empty())
            all.push_back({ColourBy::Kind::Component, {}});
        if (!z.reconstructionError.empty())
            all.push_back({ColourBy::Kind::ReconstructionError, {}});
        if (!z.score.empty())
            all.push_back({ColourBy::Kind::Score, {}});
        if (!latents_.logLikelihood.empty())
            all.push_back({ColourBy::Kind::LogLikelihood, {}});
    }
    if (const Table* table = catalogue())
        for (const Column& column : table->columns()) {
            const ColourBy byColumn{ColourBy::Kind::Column, QString::fromStdString(column.name)};
            if (column.name != "id" && (!column.isText() || classesOfColumn(byColumn)))
                all.push_back(byColumn);
        }
    return all;
}

bool Document::classesOf(const ColourBy& colouring, std::vector<int>& classOf, QStringList& names) const {
    classOf.clear();
    names.clear();
    if (colouring.kind == ColourBy::Kind::Label) {
        labels_.placesOf(classOf, names);
        return !names.isEmpty();
    }
    if (colouring.kind == ColourBy::Kind::Component && latents_.latents) {
        int64_t count = componentCount(); // those without objects have names too
        classOf.reserve(latents_.latents->component.size());
        for (const int64_t k : latents_.latents->component) {
            classOf.push_back(static_cast<int>(k));
            count = std::max(count, k + 1);
        }
        for (int64_t k = 0; k < count; ++k)
            names << componentName(k);
        return !classOf.empty();
    }
    const ColumnClasses* classes = classesOfColumn(colouring);
    if (!classes)
        return false;
    classOf = classes->classOf;
    names = classes->names;
    return true;
}

const ColumnClasses* Document::classesOfColumn(const ColourBy& colouring) const {
    if (colouring.kind != ColourBy::Kind::Column || !catalogue())
        return nullptr;
    const auto found = data_.classes->find(colouring.column.toStdString());
    return found == data_.classes->end() ? nullptr : &found->second;
}

bool Document::isClassLike(const ColourBy& colouring) const {
    if (colouring.kind == ColourBy::Kind::Label)
        return labels_.hasClasses();
    if (colouring.kind == ColourBy::Kind::Component)
        return latents_.latents && !latents_.latents->component.empty();
    return classesOfColumn(colouring) != nullptr;
}

std::vector<QColor> Document::classColours(const ColourBy& colouring) const {
    std::vector<QColor> colours;
    if (colouring.kind == ColourBy::Kind::Component)
        for (const ComponentLook& look : componentLooks_)
            colours.push_back(look.colour);
    if (colouring.kind == ColourBy::Kind::Label)
        for (const int16_t id : labels_.presentClasses())
            colours.push_back(labels_.classes()[static_cast<size_t>(id)].colour);
    return colours;
}

std::vector<double> Document::valuesOf(const ColourBy& colouring) const {
    switch (colouring.kind) {
    case ColourBy::Kind::ReconstructionError:
        return latents_.latents ? latents_.latents->reconstructionError : std::vector<double>{};
    case ColourBy::Kind::Score:
        return latents_.latents ? latents_.latents->score : std::vector<double>{};
    case ColourBy::Kind::LogLikelihood:
        return latents_.logLikelihood;
    case ColourBy::Kind::Column:
        if (const Table* table = catalogue())
            if (const Column* column = table->find(colouring.column.toStdString())) {
                std::vector<double> values;
                for (int64_t row = 0; row < column->size(); ++row)
                    values.push_back(column->number(row));
                return values;
            }
        return {};
    default:
        return {};
    }
}

} // namespace galatea
