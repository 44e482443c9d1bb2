#include "app/desktop/commands/document_commands.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include <QUndoCommand>

#include "core/error.h"
#include "mixture/merging.h"

namespace galatea::commands {

namespace {

enum MergeId { NoMerge = -1, MoveLatentId = 1, SampleSettingsId, LayerColourId, LayerOpacityId };

/// A value before and after, and the setter that puts it into the document.
template <class Value>
class ChangeCommand : public QUndoCommand {
  public:
    using Setter = std::function<void(const Value&)>;
    ChangeCommand(const QString& text, Setter set, Value before, Value after, int mergeId = NoMerge,
                  qint64 mergeKey = 0)
        : QUndoCommand(text), set_(std::move(set)), before_(std::move(before)), after_(std::move(after)),
          mergeId_(mergeId), mergeKey_(mergeKey) {}

    void undo() override { set_(before_); }
    void redo() override { set_(after_); }
    int id() const override { return mergeId_; }
    bool mergeWith(const QUndoCommand* other) override {
        const auto* later = dynamic_cast<const ChangeCommand*>(other);
        if (!later || later->mergeKey_ != mergeKey_)
            return false;
        after_ = later->after_;
        setObsolete(after_ == before_);
        return true;
    }

  private:
    Setter set_;
    Value before_, after_;
    int mergeId_;
    qint64 mergeKey_;
};

void pushTraverse(Document& document, const QString& text, TraverseState after, int mergeId = NoMerge,
                  qint64 key = 0) {
    if (after == document.traverse())
        return;
    document.undoStack().push(new ChangeCommand<TraverseState>(
        text, [&document](const TraverseState& state) { document.setTraverse(state); }, document.traverse(),
        std::move(after), mergeId, key));
}

/// Another mixture and what hangs on it: colouring, hidden components, looks, components to draw from.
void replaceMixture(Document& document, const FittedMixturePtr& fitted,
                    const std::vector<ComponentLook>& looks, const QString& text) {
    struct State {
        FittedMixturePtr fitted;
        ColourBy colouring;
        std::set<int> hidden;
        std::vector<ComponentLook> looks;
        SampleSettings sample;
        bool operator==(const State&) const = default;
    };
    const State before{document.latents().fitted, document.colouring(), document.hiddenClasses(),
                       document.componentLooks(), document.sampleSettings()};
    const bool coloured = fitted || !document.modelMixture().empty();
    State after{fitted,
                coloured ? ColourBy{ColourBy::Kind::Component, {}} : before.colouring,
                {},
                looks,
                before.sample};
    after.sample.components.clear();
    document.undoStack().push(new ChangeCommand<State>(
        text,
        [&document](const State& state) {
            document.setHiddenClasses({});
            document.setFittedMixture(state.fitted);
            document.setComponentLooks(state.looks);
            const auto& possible = document.possibleColourings();
            if (std::find(possible.begin(), possible.end(), state.colouring) != possible.end())
                document.setColouring(state.colouring);
            document.setHiddenClasses(state.hidden);
            document.setSampleSettings(state.sample);
        },
        before, after));
}

/// The present components taken together, whether fitted here, the model's own or only in the latents.
FittedMixturePtr mergedFit(const Document& document, const std::vector<int64_t>& into) {
    const LatentContent& latents = document.latents();
    auto merged = std::make_shared<FittedMixture>();
    merged->responsibility = mergedResponsibilities(latents.latents->responsibility, into);
    merged->component = largestPerRow(merged->responsibility);
    merged->logLikelihood = latents.logLikelihood;
    merged->ascending = latents.ascending;
    const QString before = latents.fitted                    ? latents.fitted->how
                           : document.modelMixture().empty() ? QString("the components the latents came with")
                                                             : QString("the model's own components");
    merged->how = before.section(QString::fromUtf8(", merged to "), 0, 0) +
                  QString::fromUtf8(", merged to %1").arg(merged->responsibility.dim(1));
    if (document.mixture().components != static_cast<int64_t>(into.size()))
        return merged;
    merged->parts = document.density();
    merged->partOf = into;
    if (latents.fitted && !latents.fitted->partOf.empty()) { // parts stay those of the first merging
        merged->partOf = latents.fitted->partOf;
        for (int64_t& part : merged->partOf)
            part = into[static_cast<size_t>(part)];
    }
    merged->mixture = mergedMixture(merged->parts, merged->partOf);
    return merged;
}

void changeLook(Document& document, int64_t component, const QString& text,
                const std::function<void(ComponentLook&)>& change) {
    if (component < 0 || component >= document.componentCount())
        return;
    std::vector<ComponentLook> looks = document.componentLooks();
    if (looks.size() <= static_cast<size_t>(component))
        looks.resize(static_cast<size_t>(component) + 1);
    change(looks[static_cast<size_t>(component)]);
    while (!looks.empty() && looks.back() == ComponentLook{})
        looks.pop_back();
    if (looks == document.componentLooks())
        return;
    document.undoStack().push(new ChangeCommand<std::vector<ComponentLook>>(
        text + QString(" %1").arg(component + 1),
        [&document](const std::vector<ComponentLook>& value) { document.setComponentLooks(value); },
        document.componentLooks(), std::move(looks)));
}

void pushKeptMaps(Document& document, const QString& text, std::vector<KeptMap> maps) {
    document.undoStack().push(new ChangeCommand<std::vector<KeptMap>>(
        text, [&document](const std::vector<KeptMap>& value) { document.setKeptMaps(value); },
        document.keptMaps(), std::move(maps)));
}

} // namespace

void select(Document& document, std::vector<int64_t> rows) {
    if (!std::is_sorted(rows.begin(), rows.end())) // millions come in order
        std::sort(rows.begin(), rows.end());
    if (rows == document.selection())
        return;
    const QString text =
        rows.empty() ? QString("clear selection") : QString("select %1 object(s)").arg(rows.size());
    document.undoStack().push(new ChangeCommand<std::vector<int64_t>>(
        text, [&document](const std::vector<int64_t>& value) { document.setSelection(value); },
        document.selection(), std::move(rows)));
}

void select(Document& document, std::vector<int64_t> rows, SelectionChange how) {
    if (how == SelectionChange::Replace)
        return select(document, std::move(rows));
    const std::vector<int64_t>& before = document.selection();
    std::vector<int64_t> chosen;
    if (how == SelectionChange::Add)
        std::set_union(before.begin(), before.end(), rows.begin(), rows.end(), std::back_inserter(chosen));
    else
        std::set_difference(before.begin(), before.end(), rows.begin(), rows.end(),
                            std::back_inserter(chosen));
    select(document, std::move(chosen));
}

void selectAll(Document& document) {
    std::vector<int64_t> rows(static_cast<size_t>(document.objectCount()));
    std::iota(rows.begin(), rows.end(), 0);
    select(document, document.passing(std::move(rows)));
}

void clearSelection(Document& document) {
    select(document, {});
}

void colourBy(Document& document, const ColourBy& colouring) {
    if (colouring == document.colouring())
        return;
    using State = std::pair<ColourBy, std::set<int>>;
    document.undoStack().push(new ChangeCommand<State>("colour by " + colouringName(colouring),
                                                       [&document](const State& state) {
                                                           document.setColouring(state.first);
                                                           document.setHiddenClasses(state.second);
                                                       },
                                                       {document.colouring(), document.hiddenClasses()},
                                                       {colouring, {}}));
}

void hideClasses(Document& document, const std::set<int>& hidden) {
    if (hidden == document.hiddenClasses())
        return;
    const QString text = hidden.size() > document.hiddenClasses().size() ? "hide classes" : "show classes";
    document.undoStack().push(new ChangeCommand<std::set<int>>(
        text, [&document](const std::set<int>& value) { document.setHiddenClasses(value); },
        document.hiddenClasses(), hidden));
}

void filter(Document& document, const RowFilter& filter) {
    if (filter == document.filter())
        return;
    constexpr qsizetype room = 60;
    const QString line = filter.expression.simplified();
    const QString text = filter.empty() ? QString("remove the filter")
                                        : "Filter: " + shown(line.left(room).toStdString()) +
                                              (line.size() > room ? QString::fromUtf8(" …") : QString());
    document.undoStack().push(new ChangeCommand<RowFilter>(
        text, [&document](const RowFilter& value) { document.setFilter(value); }, document.filter(), filter));
}

void moveLatent(Document& document, int64_t dimension, float value, int drag) {
    TraverseState after = document.traverse();
    if (dimension < 0 || dimension >= static_cast<int64_t>(after.point.size()))
        return;
    after.point[static_cast<size_t>(dimension)] = value;
    pushTraverse(document, QString("move latent %1").arg(dimension + 1), std::move(after), MoveLatentId,
                 dimension * 1000000LL + drag);
}

void resetLatent(Document& document, int64_t dimension) {
    TraverseState after = document.traverse();
    if (dimension < 0 || dimension >= static_cast<int64_t>(after.point.size()))
        return;
    after.point[static_cast<size_t>(dimension)] = after.start[static_cast<size_t>(dimension)];
    pushTraverse(document, QString("reset latent %1").arg(dimension + 1), std::move(after));
}

void resetTraverse(Document& document) {
    TraverseState after = document.traverse();
    after.point = after.start;
    pushTraverse(document, "reset all latents", std::move(after));
}

void startFrom(Document& document, std::vector<float> start, const QString& name) {
    if (start.empty())
        return;
    TraverseState after;
    after.start = after.point = std::move(start);
    after.startName = name;
    pushTraverse(document, "start from " + name, std::move(after));
}

void moveTo(Document& document, std::vector<float> point, const QString& what) {
    TraverseState after = document.traverse();
    if (point.size() != after.start.size())
        return;
    after.point = std::move(point);
    pushTraverse(document, what, std::move(after));
}

void adoptFinding(Document& document, Finding finding) {
    struct State {
        std::vector<int64_t> rows;
        RankingPtr ranking;
        TraverseState place;
        bool operator==(const State&) const = default;
    };
    const State before{document.selection(), document.ranking(), document.traverse()};
    std::sort(finding.rows.begin(), finding.rows.end());
    const bool fits = finding.place.point.size() == before.place.point.size();
    const State after{std::move(finding.rows), finding.ranking ? finding.ranking : before.ranking,
                      fits && !finding.place.empty() ? finding.place : before.place};
    if (after == before)
        return;
    document.undoStack().push(new ChangeCommand<State>(
        finding.what,
        [&document](const State& state) {
            document.setSelection(state.rows);
            document.setRanking(state.ranking);
            document.setTraverse(state.place);
        },
        before, after));
}

void rankBy(Document& document, const RankingPtr& ranking) {
    if (ranking == document.ranking())
        return;
    document.undoStack().push(new ChangeCommand<RankingPtr>(
        ranking ? "order by " + ranking->name : QString("back to the order before"),
        [&document](const RankingPtr& value) { document.setRanking(value); }, document.ranking(), ranking));
}

void setOpinions(Document& document, std::vector<Opinion> opinions, const QString& what) {
    if (opinions == document.opinions())
        return;
    document.undoStack().push(new ChangeCommand<std::vector<Opinion>>(
        what, [&document](const std::vector<Opinion>& value) { document.setOpinions(value); },
        document.opinions(), std::move(opinions)));
}

void done(Document& document, const QString& what, std::function<void()> undo, std::function<void()> redo) {
    struct Step : QUndoCommand {
        Step(const QString& text, std::function<void()> back, std::function<void()> forth)
            : QUndoCommand(text), back_(std::move(back)), forth_(std::move(forth)) {}
        void undo() override { back_(); }
        void redo() override {
            if (std::exchange(first_, false))
                return;
            forth_();
        }
        std::function<void()> back_, forth_;
        bool first_ = true;
    };
    document.undoStack().push(new Step(what, std::move(undo), std::move(redo)));
}

void setDisplay(Document& document, const DisplaySettings& display) {
    if (display == document.display())
        return;
    document.undoStack().push(new ChangeCommand<DisplaySettings>(
        "change how images are drawn",
        [&document](const DisplaySettings& value) { document.setDisplay(value); }, document.display(),
        display));
}

void setSampleSettings(Document& document, const SampleSettings& settings) {
    if (settings == document.sampleSettings())
        return;
    document.undoStack().push(new ChangeCommand<SampleSettings>(
        "change sample settings",
        [&document](const SampleSettings& value) { document.setSampleSettings(value); },
        document.sampleSettings(), settings, SampleSettingsId));
}

void setSamples(Document& document, const SampleSetPtr& samples) {
    if (samples == document.samples())
        return;
    const QString text =
        samples ? QString("draw %1 samples").arg(samples->settings.count) : QString("remove samples");
    document.undoStack().push(new ChangeCommand<SampleSetPtr>(
        text, [&document](const SampleSetPtr& value) { document.setSamples(value); }, document.samples(),
        samples));
}

void adoptMixture(Document& document, const FittedMixturePtr& fitted) {
    if (fitted == document.latents().fitted)
        return;
    const QString text = fitted ? "fit a mixture of " + QString::number(fitted->mixture.components)
                                : QString("go back to the first mixture");
    replaceMixture(document, fitted, {}, text);
}

void mergeComponents(Document& document, const std::vector<int64_t>& into) {
    const int64_t count = document.componentCount();
    if (!document.latents().latents || document.latents().latents->responsibility.empty() ||
        static_cast<int64_t>(into.size()) != count)
        throw UsageError("components", "there is nothing to merge", "fit a mixture first");
    const FittedMixturePtr merged = mergedFit(document, into);
    std::vector<ComponentLook> looks(static_cast<size_t>(merged->responsibility.dim(1)));
    std::vector<int> seen(looks.size(), 0);
    for (size_t k = 0; k < into.size(); ++k) {
        const auto at = static_cast<size_t>(into[k]);
        const bool first = seen[at]++ == 0;
        if (first) // the first of them keeps its colour, though its number may be another
            looks[at] = {document.componentShortName(static_cast<int64_t>(k)),
                         document.componentColour(static_cast<int64_t>(k))};
        else
            looks[at].name += " + " + document.componentShortName(static_cast<int64_t>(k));
    }
    replaceMixture(document, merged, looks,
                   QString("merge components to %1").arg(static_cast<qlonglong>(looks.size())));
}

void renameComponent(Document& document, int64_t component, const QString& name) {
    changeLook(document, component, "rename component",
               [name = name.simplified()](ComponentLook& look) { look.name = name; });
}

void recolourComponent(Document& document, int64_t component, const QColor& colour) {
    changeLook(document, component, "recolour component",
               [colour](ComponentLook& look) { look.colour = colour; });
}

void keepMap(Document& document, const QString& name) {
    const MapContent& map = document.settledMap();
    const auto same = [&](const KeptMap& kept) {
        return std::as_const(kept.content->map.coordinates).data() == map.map.coordinates.data();
    };
    std::vector<KeptMap> maps = document.keptMaps();
    if (map.map.coordinates.empty() || std::any_of(maps.begin(), maps.end(), same))
        return;
    maps.push_back({name, std::make_shared<const MapContent>(map)});
    pushKeptMaps(document, "keep the map " + name, std::move(maps));
}

void renameKeptMap(Document& document, size_t index, const QString& name) {
    std::vector<KeptMap> maps = document.keptMaps();
    if (index >= maps.size() || name.simplified().isEmpty())
        return;
    maps[index].name = name.simplified();
    const QString text = "rename the map " + maps[index].name;
    pushKeptMaps(document, text, std::move(maps));
}

void dropKeptMap(Document& document, size_t index) {
    std::vector<KeptMap> maps = document.keptMaps();
    if (index >= maps.size())
        return;
    const QString name = maps[index].name;
    maps.erase(maps.begin() + static_cast<std::ptrdiff_t>(index));
    pushKeptMaps(document, "drop the map " + name, std::move(maps));
}

void showKeptMap(Document& document, size_t index) {
    if (index < document.keptMaps().size())
        setMap(document, document.settledMap(), *document.keptMaps()[index].content,
               "show the map " + document.keptMaps()[index].name);
}

void setDataLayer(Document& document, const DataLayerPtr& layer) {
    if (layer == document.dataLayer())
        return;
    document.undoStack().push(new ChangeCommand<DataLayerPtr>(
        layer ? "add the layer " + layer->name : "remove the layer " + document.dataLayer()->name,
        [&document](const DataLayerPtr& value) { document.setDataLayer(value); }, document.dataLayer(),
        layer));
}

void changeDataLayer(Document& document, const DataLayer& layer) {
    const DataLayerPtr& now = document.dataLayer();
    if (!now)
        return;
    const bool recoloured = layer.colour != now->colour, faded = layer.opacity != now->opacity;
    if (!recoloured && !faded && layer.shown == now->shown && layer.name == now->name)
        return;
    const QString text = recoloured    ? "colour the layer"
                         : faded       ? "fade the layer"
                         : layer.shown ? "show the layer"
                                       : "hide the layer";
    document.undoStack().push(new ChangeCommand<DataLayerPtr>(
        text, [&document](const DataLayerPtr& value) { document.setDataLayer(value); }, now,
        std::make_shared<const DataLayer>(layer),
        recoloured ? LayerColourId
        : faded    ? LayerOpacityId
                   : NoMerge));
}

void setMap(Document& document, const MapContent& before, MapContent after, const QString& what) {
    const auto one = std::make_shared<const MapContent>(before);
    const auto other = std::make_shared<const MapContent>(std::move(after));
    using Shared = std::shared_ptr<const MapContent>;
    document.undoStack().push(new ChangeCommand<Shared>(
        what, [&document](const Shared& content) { document.setMap(*content); }, one, other));
}

} // namespace galatea::commands
