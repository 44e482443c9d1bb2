#include "app/desktop/object_columns.h"

#include <algorithm>
#include <limits>

#include <QDateTime>

namespace galatea {

namespace {

using About = ColumnView::About;

/// Collects columns; those that are still what they were stay the same objects, with the codes they have
/// found.
class ColumnList {
  public:
    explicit ColumnList(ColumnSetPtr before) : before_(std::move(before)) {}
    const ColumnViewPtr& add(ColumnViewPtr column) {
        if (before_)
            if (const ColumnViewPtr old = findColumn(*before_, column->name()); old && old->sameAs(*column))
                column = old;
        return columns_.emplace_back(std::move(column));
    }
    /// A name that no other column has.
    std::string name(const std::string& wanted) const {
        std::string free = wanted;
        for (int n = 1; findColumn(columns_, free); ++n)
            free = wanted + "_galatea" + (n == 1 ? "" : std::to_string(n));
        return free;
    }
    ColumnSetPtr take() { return std::make_shared<const std::vector<ColumnViewPtr>>(std::move(columns_)); }

  private:
    ColumnSetPtr before_;
    std::vector<ColumnViewPtr> columns_;
};

/// Of every object, the probability of the component it is counted to.
std::vector<float> ownProbability(const Latents& latents) {
    std::vector<float> values(latents.component.size());
    for (size_t row = 0; row < values.size(); ++row)
        values[row] = latents.responsibility.at(static_cast<int64_t>(row), latents.component[row]);
    return values;
}

/// Returns the column of the components, nullptr if there is none.
ColumnViewPtr addMixture(ColumnList& list, const LatentsPtr& latents,
                         const std::shared_ptr<const std::vector<double>>& logLikelihood) {
    ColumnViewPtr component;
    if (!latents->component.empty())
        component = list.add(ColumnView::ofWholes({list.name("component"), "", "meta.code.class",
                                                   "most probable component of the mixture, counted from 1"},
                                                  latents->component, latents, 1));
    if (!latents->component.empty() && !latents->responsibility.empty())
        list.add(ColumnView::ofMade(
            {list.name("probability"), "", "stat.probability", "probability of the most probable component"},
            latents->size(), [latents] { return ownProbability(*latents); }, latents));
    if (!logLikelihood->empty())
        list.add(ColumnView::ofNumbers(
            {list.name("log_likelihood"), "", "stat.likelihood", "log p(z) under the mixture"},
            *logLikelihood, logLikelihood));
    return component;
}

void addLatents(ColumnList& list, const LatentsPtr& latents) {
    if (!latents->reconstructionError.empty())
        list.add(ColumnView::ofNumbers({list.name("reconstruction_error"), "", "stat.fit.residual",
                                        "mean squared error per pixel of the reconstruction"},
                                       latents->reconstructionError, latents));
    if (!latents->score.empty())
        list.add(ColumnView::ofNumbers({list.name("anomaly_score"), "", "stat.value", "anomaly score"},
                                       latents->score, latents));
}

void addPlaces(ColumnList& list, const Array& map) {
    const char* axes[] = {"x", "y", "z"};
    for (int64_t d = 0; d < map.dim(1) && d < 3; ++d)
        list.add(ColumnView::ofArray({list.name(std::string("map_") + axes[d]), "", "pos.cartesian",
                                      std::string("place on the map, axis ") + axes[d]},
                                     map, d));
}

/// One text (or number) for each mark of the book up to `most`, behind one for "no label"; those known
/// already are taken over, for marks never change.
template <class Value, class Of>
std::shared_ptr<const std::vector<Value>> byMark(const std::shared_ptr<const std::vector<Value>>& before,
                                                 uint32_t most, const Value& none, const LabelBook& book,
                                                 const Of& of) {
    if (before && before->size() > most)
        return before;
    auto values = std::make_shared<std::vector<Value>>(before ? *before : std::vector<Value>{none});
    values->reserve(most + 1);
    for (auto mark = static_cast<uint32_t>(values->size()); mark <= most; ++mark)
        values->push_back(of(book.mark(mark - 1)));
    return values;
}

/// Parts that are as they were in `before` (of the same book) are the same objects.
LabelSnapshotPtr snapshotOf(const LabelBook& book, const LabelSnapshotPtr& before) {
    auto snapshot = std::make_shared<LabelSnapshot>();
    auto codes = std::make_shared<TextCodes>();
    codes->texts.push_back("");
    for (const LabelClass& one : book.classes())
        codes->texts.push_back(one.name.toStdString());
    auto places = std::make_shared<std::vector<uint32_t>>();
    codes->code.reserve(static_cast<size_t>(book.rowCount()));
    places->reserve(static_cast<size_t>(book.rowCount()));
    uint32_t most = 0;
    for (int64_t row = 0; row < book.rowCount(); ++row) {
        const LabelValue value = book.at(row);
        const bool labelled = value.label != LabelValue::none;
        codes->code.push_back(labelled ? static_cast<uint16_t>(value.label + 1) : 0);
        places->push_back(labelled ? value.mark + 1 : 0);
        most = std::max(most, places->back());
    }
    const LabelSnapshot old = before ? *before : LabelSnapshot();
    const bool sameLabels = old.label && old.label->code == codes->code && old.label->texts == codes->texts;
    snapshot->label = sameLabels ? old.label : std::move(codes);
    snapshot->place = old.place && *old.place == *places ? old.place : std::move(places);
    snapshot->who = byMark<std::string>(old.who, most, {}, book,
                                        [](const LabelMark& mark) { return mark.who.toStdString(); });
    snapshot->when = byMark<std::string>(old.when, most, {}, book, [](const LabelMark& mark) {
        return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(1000 * mark.when), Qt::UTC)
            .toString(Qt::ISODateWithMs)
            .toStdString();
    });
    snapshot->confidence =
        byMark<float>(old.confidence, most, std::numeric_limits<float>::quiet_NaN(), book,
                      [](const LabelMark& mark) { return static_cast<float>(mark.confidence); });
    return snapshot;
}

/// Returns the column of the labels themselves.
ColumnViewPtr addLabels(ColumnList& list, const LabelSnapshot& labels) {
    const ColumnViewPtr label = list.add(
        ColumnView::ofCodes({list.name("label"), "", "meta.code.class", "label given here"}, labels.label));
    list.add(ColumnView::ofMade(
        {list.name("label_confidence"), "", "stat.probability", "confidence of the label"},
        static_cast<int64_t>(labels.place->size()),
        [place = labels.place, confidence = labels.confidence] {
            std::vector<float> values;
            values.reserve(place->size());
            for (const uint32_t mark : *place)
                values.push_back((*confidence)[mark]);
            return values;
        },
        labels.place));
    list.add(ColumnView::ofPlaces({list.name("label_by"), "", "meta.curation", "who gave the label"},
                                  labels.place, labels.who));
    list.add(
        ColumnView::ofPlaces({list.name("label_time"), "", "time.creation", "when the label was given, UTC"},
                             labels.place, labels.when));
    return label;
}

} // namespace

bool ColumnSources::sameAs(const ColumnSources& other) const {
    return data == other.data && latents == other.latents && fitted == other.fitted &&
           map.data() == other.map.data() && map.shape() == other.map.shape() &&
           labelRevision == other.labelRevision;
}

ColumnSetPtr Document::columns() const {
    const Array& places = settledMap().map.coordinates; // not of a map that still moves
    const bool placed = places.rank() == 2 && places.dim(0) == objectCount();
    ColumnSources sources{hasImages() ? data_.data : nullptr, latents_.latents, latents_.fitted,
                          placed ? places : Array(), labelRevision_};
    const auto before = columnSources_ ? columnSources_ : std::make_shared<const ColumnSources>();
    if (columns_ && columnSources_ && before->sameAs(sources))
        return columns_;
    ColumnList list(columns_);
    if (sources.data)
        for (const ColumnViewPtr& column : viewsOf(sources.data->catalog(), sources.data))
            list.add(column);
    if (const LatentsPtr& latents = sources.latents) {
        if (!sources.data && static_cast<int64_t>(latents->id.size()) == latents->size())
            list.add(
                ColumnView::ofTexts({list.name("id"), "", "meta.id;meta.main", "identifier of the object"},
                                    latents->id, latents));
        const bool known =
            before->logLikelihood && before->latents == latents && before->fitted == sources.fitted;
        sources.logLikelihood =
            known ? before->logLikelihood
                  : std::make_shared<const std::vector<double>>(latents_.logLikelihood); // may outlive it
        sources.component = addMixture(list, latents, sources.logLikelihood);
        addLatents(list, latents);
    }
    if (labels_.hasClasses() && labels_.rowCount() == objectCount()) {
        const bool known = before->labels && before->labelRevision == labelRevision_;
        sources.labels = known ? before->labels : snapshotOf(labels_, before->labels);
        sources.label = addLabels(list, *sources.labels);
    }
    if (placed)
        addPlaces(list, places);
    if (const LatentsPtr& latents = sources.latents)
        for (int64_t d = 0; d < latents->mean.dim(1); ++d)
            list.add(ColumnView::ofArray({list.name("z" + std::to_string(d + 1)), "", "stat.mean",
                                          "latent " + std::to_string(d + 1) + ", mean of the encoding"},
                                         latents->mean, d));
    columns_ = list.take();
    columnSources_ = std::make_shared<const ColumnSources>(std::move(sources));
    return columns_;
}

ColumnViewPtr Document::componentColumn() const {
    columns();
    return columnSources_->component;
}

ColumnViewPtr Document::labelColumn() const {
    columns();
    return columnSources_->label;
}

} // namespace galatea
