#include "app/desktop/commands/document_commands.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include <QUndoCommand>

namespace galatea::commands {

namespace {

enum MergeId { NoMerge = -1, MoveLatentId = 1, SampleSettingsId };

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

} // namespace

void select(Document& document, std::vector<int64_t> rows) {
    std::sort(rows.begin(), rows.end());
    if (rows == document.selection())
        return;
    const QString text =
        rows.empty() ? QString("clear selection") : QString("select %1 object(s)").arg(rows.size());
    document.undoStack().push(new ChangeCommand<std::vector<int64_t>>(
        text, [&document](const std::vector<int64_t>& value) { document.setSelection(value); },
        document.selection(), std::move(rows)));
}

void selectAll(Document& document) {
    std::vector<int64_t> rows(static_cast<size_t>(document.objectCount()));
    std::iota(rows.begin(), rows.end(), 0);
    select(document, std::move(rows));
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
    struct State {
        FittedMixturePtr fitted;
        ColourBy colouring;
        std::set<int> hidden;
        bool operator==(const State&) const = default;
    };
    const State before{document.latents().fitted, document.colouring(), document.hiddenClasses()};
    const bool coloured = fitted || !document.modelMixture().empty();
    const State after{fitted, coloured ? ColourBy{ColourBy::Kind::Component, {}} : before.colouring, {}};
    const QString text = fitted ? "fit a mixture of " + QString::number(fitted->mixture.components)
                                : QString("go back to the first mixture");
    document.undoStack().push(new ChangeCommand<State>(
        text,
        [&document](const State& state) {
            document.setHiddenClasses({});
            document.setFittedMixture(state.fitted);
            document.setColouring(state.colouring);
            document.setHiddenClasses(state.hidden);
        },
        before, after));
}

void setMap(Document& document, const MapContent& before, MapContent after, const QString& what) {
    const auto one = std::make_shared<const MapContent>(before);
    const auto other = std::make_shared<const MapContent>(std::move(after));
    using Shared = std::shared_ptr<const MapContent>;
    document.undoStack().push(new ChangeCommand<Shared>(
        what, [&document](const Shared& content) { document.setMap(*content); }, one, other));
}

} // namespace galatea::commands
