#include "app/desktop/object_columns.h"

#include <algorithm>
#include <limits>
#include <map>

#include <QDateTime>

namespace galatea {

namespace {

using About = ColumnView::About;

/// Collects columns; those that are still what they were stay the same objects, with the codes they have
/// found.
class ColumnList {
  public:
    explicit ColumnList(ColumnSetPtr before) : before_(std::move(before)) {}
    void add(ColumnViewPtr column) {
        if (before_)
            if (const ColumnViewPtr old = findColumn(*before_, column->name()); old && old->sameAs(*column))
                column = old;
        columns_.push_back(std::move(column));
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

void addMixture(ColumnList& list, const LatentsPtr& latents, const std::vector<double>& logLikelihood) {
    if (!latents->component.empty())
        list.add(ColumnView::ofWholes({list.name("component"), "", "meta.code.class",
                                       "most probable component of the mixture, counted from 1"},
                                      latents->component, latents, 1));
    if (!latents->component.empty() && !latents->responsibility.empty())
        list.add(ColumnView::ofMade(
            {list.name("probability"), "", "stat.probability", "probability of the most probable component"},
            latents->size(), [latents] { return ownProbability(*latents); }, latents));
    if (!logLikelihood.empty()) {
        auto own = std::make_shared<const std::vector<double>>(logLikelihood); // may outlive the document's
        list.add(ColumnView::ofNumbers(
            {list.name("log_likelihood"), "", "stat.likelihood", "log p(z) under the mixture"}, *own, own));
    }
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

/// What the label book said of the objects when the columns were made.
struct LabelSnapshot {
    std::vector<uint32_t> mark; ///< [N] place in `marks`; 0: no label
    std::vector<LabelMark> marks{1};
};

/// A text for each mark, as codes while there are few enough.
ColumnViewPtr ofMarks(ColumnView::About about, const std::shared_ptr<const LabelSnapshot>& labels,
                      const std::function<std::string(const LabelMark&)>& text) {
    std::vector<std::string> texts{""};
    for (size_t k = 1; k < labels->marks.size(); ++k)
        texts.push_back(text(labels->marks[k]));
    std::map<std::string, uint16_t> place;
    for (const std::string& one : texts)
        place.emplace(one, 0);
    if (place.size() > 65536) {
        auto all = std::make_shared<std::vector<std::string>>();
        for (const uint32_t mark : labels->mark)
            all->push_back(texts[mark]);
        return ColumnView::ofTexts(std::move(about), *all, all);
    }
    auto codes = std::make_shared<TextCodes>();
    for (auto& [one, code] : place) {
        code = static_cast<uint16_t>(codes->texts.size());
        codes->texts.push_back(one);
    }
    std::vector<uint16_t> codeOf;
    for (const std::string& one : texts)
        codeOf.push_back(place.at(one));
    codes->code.reserve(labels->mark.size());
    for (const uint32_t mark : labels->mark)
        codes->code.push_back(codeOf[mark]);
    return ColumnView::ofCodes(std::move(about), std::move(codes));
}

void addLabels(ColumnList& list, const LabelBook& book) {
    auto labels = std::make_shared<LabelSnapshot>();
    auto names = std::make_shared<TextCodes>();
    names->texts.push_back("");
    for (const LabelClass& one : book.classes())
        names->texts.push_back(one.name.toStdString());
    std::map<uint32_t, uint32_t> places;
    for (int64_t row = 0; row < book.rowCount(); ++row) {
        const LabelValue value = book.at(row);
        const bool labelled = value.label != LabelValue::none;
        names->code.push_back(labelled ? static_cast<uint16_t>(value.label + 1) : 0);
        uint32_t place = 0;
        if (labelled) {
            const auto [found, isNew] =
                places.emplace(value.mark, static_cast<uint32_t>(labels->marks.size()));
            if (isNew)
                labels->marks.push_back(book.mark(value.mark));
            place = found->second;
        }
        labels->mark.push_back(place);
    }
    list.add(ColumnView::ofCodes({list.name("label"), "", "meta.code.class", "label given here"}, names));
    list.add(ColumnView::ofMade(
        {list.name("label_confidence"), "", "stat.probability", "confidence of the label"}, book.rowCount(),
        [labels] {
            std::vector<float> values;
            for (const uint32_t mark : labels->mark)
                values.push_back(mark > 0 ? static_cast<float>(labels->marks[mark].confidence)
                                          : std::numeric_limits<float>::quiet_NaN());
            return values;
        },
        labels));
    list.add(ofMarks({list.name("label_by"), "", "meta.curation", "who gave the label"}, labels,
                     [](const LabelMark& mark) { return mark.who.toStdString(); }));
    list.add(ofMarks({list.name("label_time"), "", "time.creation", "when the label was given, UTC"}, labels,
                     [](const LabelMark& mark) {
                         return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(1000 * mark.when), Qt::UTC)
                             .toString(Qt::ISODateWithMs)
                             .toStdString();
                     }));
}

} // namespace

bool ColumnSources::sameAs(const ColumnSources& other) const {
    return data == other.data && latents == other.latents && fitted == other.fitted &&
           map.data() == other.map.data() && map.shape() == other.map.shape();
}

ColumnSetPtr Document::columns() const {
    const Array& places = map_.map.coordinates;
    const bool placed = places.rank() == 2 && places.dim(0) == objectCount();
    const ColumnSources sources{hasImages() ? data_.data : nullptr, latents_.latents, latents_.fitted,
                                placed ? places : Array()};
    if (columns_ && columnSources_ && columnSources_->sameAs(sources))
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
        addMixture(list, latents, latents_.logLikelihood);
        addLatents(list, latents);
    }
    if (labels_.hasClasses() && labels_.rowCount() == objectCount())
        addLabels(list, labels_);
    if (placed)
        addPlaces(list, places);
    if (const LatentsPtr& latents = sources.latents)
        for (int64_t d = 0; d < latents->mean.dim(1); ++d)
            list.add(ColumnView::ofArray({list.name("z" + std::to_string(d + 1)), "", "stat.mean",
                                          "latent " + std::to_string(d + 1) + ", mean of the encoding"},
                                         latents->mean, d));
    columns_ = list.take();
    columnSources_ = std::make_shared<const ColumnSources>(sources);
    return columns_;
}

} // namespace galatea
