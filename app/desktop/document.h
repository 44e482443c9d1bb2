#pragma once
// The one state of the application: what is open and what the person has chosen. Panels are views on it;
// they change it through the commands in commands/ and follow its signals.

#include <memory>
#include <optional>
#include <set>

#include <QObject>
#include <QUndoStack>

#include "anomaly/feedback.h"
#include "app/desktop/column_classes.h"
#include "app/desktop/document_types.h"
#include "app/desktop/labels/label_book.h"
#include "data/dataset.h"
#include "data/transforms.h"
#include "latent/latents.h"
#include "latent/map_placement.h"
#include "latent/pca.h"
#include "latent/traversal.h"
#include "models/model.h"

namespace galatea {

class ColumnView;
struct ColumnSources;
using ColumnViewPtr = std::shared_ptr<const ColumnView>;
using ColumnSetPtr = std::shared_ptr<const std::vector<ColumnViewPtr>>;
using NumbersPtr = std::shared_ptr<const std::vector<double>>;
using LatentsPtr = std::shared_ptr<const Latents>;

/// A data set as opened, and the transform through which everything sees it.
struct DataContent {
    DatasetPtr source;
    TransformOptions transform;
    DatasetPtr data; ///< source seen through the transform
    QString path;    ///< empty: made in memory
    std::shared_ptr<const CatalogueClasses> classes =
        {}; ///< of its catalogue; found by setData() where absent
};

struct ModelContent {
    ModelPtr model;
    QString path;
    /// Where its latents lie, from NAME.mixture.h5 beside NAME.safetensors: what samples are drawn from where
    /// the card has no mixture. Null if there is no such file.
    std::shared_ptr<const GaussianMixture> density = {};
};

/// A mixture fitted to the present latents, and what it says of every object; shared with undo steps.
struct FittedMixture {
    GaussianMixture mixture;           ///< merged components are one Gaussian of the same mean and covariance
    Array responsibility;              ///< [N,K]; of merged components the sum
    std::vector<int64_t> component;    ///< [N]
    std::vector<double> logLikelihood; ///< [N] under density()
    QString how;                       ///< "5 components, full covariances, seed 1"
    GaussianMixture parts = {};        ///< where components were merged since: the mixture before
    std::vector<int64_t> partOf = {};  ///< [parts.components] the component of `mixture` each belongs to
    NumbersPtr ascending = {};         ///< [N] logLikelihood in order: how common an object is

    /// The density that was fitted: merging changes what is told apart, not how likely an object is.
    const GaussianMixture& density() const { return parts.empty() ? mixture : parts; }
};
using FittedMixturePtr = std::shared_ptr<const FittedMixture>;

/// Latents with what is derived from them, computed by the job that brought them.
struct LatentContent {
    LatentsPtr latents;
    std::vector<LatentRange> ranges;   ///< [D]
    std::vector<int64_t> influence;    ///< latents, the most influential first
    std::vector<double> logLikelihood; ///< [N] log p(mean) under the mixture; empty without one
    QString path;                      ///< empty: made in this session
    FittedMixturePtr fitted = {};      ///< in place of the model's mixture, where one was fitted
    NumbersPtr ascending = {};         ///< [N] logLikelihood in order; made by the document where absent
};

struct MapContent {
    LatentMap map;
    std::optional<PcaReport> pca; ///< of the map's own axes: places new latents; absent for other methods
    std::shared_ptr<const MapPlacement> placement = {}; ///< of those, by neighbours; made by setMap()
    QString path;                                       ///< empty: made in this session
};

/// A map kept to be shown beside the present one.
struct KeptMap {
    QString name; ///< what a person calls it
    std::shared_ptr<const MapContent> content;
    bool operator==(const KeptMap&) const = default;
};

/// Latents of a second data set, shown above the map where its places are.
struct DataLayer {
    QString name;
    LatentsPtr latents;
    QString path; ///< of the latents or of the data they were made from
    QColor colour{236, 72, 153};
    double opacity = 0.9; ///< 0.05 to 1
    bool shown = true;
};
using DataLayerPtr = std::shared_ptr<const DataLayer>;

class Document : public QObject {
    Q_OBJECT
  public:
    explicit Document(QObject* parent = nullptr);

    QUndoStack& undoStack() { return undo_; }

    // ---- What is open -----------------------------------------------------------------------------
    const DataContent& data() const { return data_; }
    const ModelContent& model() const { return model_; }
    const LatentContent& latents() const { return latents_; }
    const MapContent& map() const { return map_; } ///< as shown; on its way where one is being made
    /// The map that is the document's: to be kept, saved and gone back to, whatever is on its way.
    const MapContent& settledMap() const { return settled_ ? *settled_ : map_; }
    const std::vector<KeptMap>& keptMaps() const { return keptMaps_; } ///< of the same latents as map()
    const DataLayerPtr& dataLayer() const { return dataLayer_; }       ///< nullptr: none
    const GaussianMixture& mixture() const; ///< the one fitted here, else the model's; empty if there is none
    const GaussianMixture& modelMixture() const;
    /// What the latents came with while a fitted mixture has its place; else empty.
    const FittedMixturePtr& givenMixture() const { return given_; }
    /// What samples are drawn from: the density of the mixture that is shown if it is of the model's latents,
    /// else the model's own or the one that lies beside it. Empty: N(0, I).
    const GaussianMixture& samplingDensity() const;
    const GaussianMixture& density() const; ///< what logLikelihood is of: mixture() before components merged
    /// Names and colours of mixture()'s components; may be shorter than they are many.
    const std::vector<ComponentLook>& componentLooks() const { return componentLooks_; }
    int64_t componentCount() const;              ///< of the mixture, or of the latents' responsibilities
    QString componentName(int64_t k) const;      ///< "Component 3" where nobody named it
    QString componentShortName(int64_t k) const; ///< "3" where nobody named it
    QColor componentColour(int64_t k) const;
    bool isEmpty() const { return !data_.data && !model_.model && !latents_.latents; }
    /// Objects there are: rows of the latents, else of the data.
    int64_t objectCount() const;
    /// True where the data set and the latents describe the same rows.
    bool hasImages() const;
    const Table* catalogue() const; ///< nullptr without data
    /// Every column there is of the objects, catalogued or derived (object_columns.h): what table, charts,
    /// filter and export see. Never null; unchanged columns stay the same objects.
    ColumnSetPtr columns() const;
    /// Those of columns() that tell the component and the label given here, whatever they are called;
    /// nullptr: there is none.
    ColumnViewPtr componentColumn() const;
    ColumnViewPtr labelColumn() const;
    QString objectName(int64_t row) const;
    /// The object's id as the files give it, by which labels are kept; the row's number where there is none.
    std::string objectId(int64_t row) const;
    std::vector<float> latentOf(int64_t row) const; ///< empty if there is none

    /// Each drops what no longer fits (new data drop latents and map of another length, ...) and the undo
    /// steps that refer to it.
    void setData(DataContent content);
    void setModel(ModelContent content);
    void setLatents(LatentContent content);
    void setMap(MapContent content);
    /// Anomaly scores of the rows, kept with their latents: one more colouring and order. Selection and undo
    /// steps stay. Does nothing unless there is one per row of the latents.
    void setScores(std::vector<double> scores);
    /// What the person finds interesting and what not, one opinion per object at most. Raw, for commands.
    const std::vector<Opinion>& opinions() const { return opinions_; }
    void setOpinions(std::vector<Opinion> opinions);
    /// A mixture fitted to the latents takes the place of what they came with: components, responsibilities,
    /// likelihoods. Nothing: back to that. Does nothing unless it has one row per object. Raw, for commands.
    void setFittedMixture(const FittedMixturePtr& fitted);
    /// A map on its way: shown, but nothing else changes. Ends with setMap() or endPreview().
    void previewMap(MapContent content);
    void endPreview(); ///< back to settledMap()
    /// Those of another number of objects are left out. Raw, for commands and sessions.
    void setKeptMaps(std::vector<KeptMap> maps);
    /// Does nothing unless its latents are as wide as the present ones. Raw, for commands and sessions.
    void setDataLayer(const DataLayerPtr& layer);
    void setComponentLooks(std::vector<ComponentLook> looks);
    void clear();

    // ---- What the person has chosen: raw setters, called by commands and by sessions -----------------
    const ColourBy& colouring() const { return colouring_; }
    const std::vector<int64_t>& selection() const { return selection_; } ///< ascending
    const std::set<int>& hiddenClasses() const { return hidden_; }
    const RowFilter& filter() const { return filter_; }
    bool passes(int64_t row) const { return !filter_.keep || (*filter_.keep)[static_cast<size_t>(row)] != 0; }
    /// Those of the rows that pass the filter, in the same order.
    std::vector<int64_t> passing(std::vector<int64_t> rows) const;
    const TraverseState& traverse() const { return traverse_; }
    const DisplaySettings& display() const { return display_; }
    const RankingPtr& ranking() const { return ranking_; } ///< of the last search; empty: none
    const SampleSettings& sampleSettings() const { return sampleSettings_; }
    const SampleSetPtr& samples() const { return samples_; }
    int64_t hovered() const { return hovered_; }
    int64_t current() const { return current_; } ///< the object looked at; −1: none

    void setColouring(const ColourBy& colouring);
    void setSelection(std::vector<int64_t> rows);
    void setHiddenClasses(const std::set<int>& hidden);
    /// Does nothing unless `keep` is null or has one entry per object.
    void setFilter(const RowFilter& filter);
    void setTraverse(const TraverseState& state);
    void setDisplay(const DisplaySettings& display);
    /// Does nothing unless it has one distance per object.
    void setRanking(const RankingPtr& ranking);
    void setSampleSettings(const SampleSettings& settings);
    void setSamples(const SampleSetPtr& samples);
    /// Labels of the open objects. They stay while the objects stay; other objects begin with none.
    const LabelBook& labels() const { return labels_; }
    /// The index of a mark in the book.
    uint32_t labelMark(const LabelMark& mark) { return labels_.markIndex(mark); }
    /// The person's own change, for commands: what somebody else changed meanwhile stays as it is.
    void changeLabels(const LabelEdit& edit);
    /// What a store holds or others did: not told to the store again.
    void takeLabels(const LabelEdit& edit);
    const QString& labeller() const { return labeller_; } ///< who labels here
    void setLabeller(const QString& name) { labeller_ = name; }
    /// Navigation, not change: no undo step.
    void setHovered(int64_t row);
    void setCurrent(int64_t row);

    /// Mean of the data's latents; the first component's or zeros without them.
    std::vector<float> meanLatent() const;
    /// The colourings the open files allow.
    const std::vector<ColourBy>& possibleColourings() const { return possibleColourings_; }
    /// The label of each row under a class-like colouring, and the class names; false for continuous ones.
    bool classesOf(const ColourBy& colouring, std::vector<int>& classOf, QStringList& names) const;
    bool isClassLike(const ColourBy& colouring) const;
    /// Colours of those classes; an invalid one, or none at all, is the palette's.
    std::vector<QColor> classColours(const ColourBy& colouring) const;
    /// The value of each row under a continuous colouring.
    std::vector<double> valuesOf(const ColourBy& colouring) const;

  Q_SIGNALS:
    void dataChanged();
    void modelChanged();
    void latentsChanged();
    void mapChanged();
    void contentChanged(); ///< after any of the four above
    void scoresChanged();
    void opinionsChanged();
    void mixtureChanged(); ///< a fitted mixture came or went; contentChanged follows
    void keptMapsChanged();
    void dataLayerChanged();
    void componentLooksChanged();
    void colouringChanged(const galatea::ColourBy& colouring);
    void selectionChanged(const std::vector<int64_t>& rows);
    void hiddenClassesChanged(const std::set<int>& hidden);
    void filterChanged(const galatea::RowFilter& filter);
    void columnsChanged(); ///< columns() has others now, or others' values
    void traverseChanged(const galatea::TraverseState& state);
    void displayChanged(const galatea::DisplaySettings& display);
    void rankingChanged();
    void sampleSettingsChanged(const galatea::SampleSettings& settings);
    void samplesChanged(const galatea::SampleSetPtr& samples);
    void labelsReset();   ///< other objects, no labels yet; labelsChanged follows
    void labelsChanged(); ///< labels, classes or proposals
    void labelsEdited(const galatea::LabelChange& change); ///< by the person: to be kept
    void hoveredChanged(qint64 row);
    void currentChanged(qint64 row);

  private:
    void dropRowState();
    void dropUnfitMaps();
    void completeMap(MapContent& map) const;
    void dropLatents();
    void beginLabels(bool otherObjects);
    LabelChange applyLabels(const LabelEdit& edit, bool anyway);
    void resetTraverse();
    void chooseColouring();
    std::vector<ColourBy> findColourings() const;
    const ColumnClasses* classesOfColumn(const ColourBy& colouring) const; ///< nullptr: not such a colouring

    QUndoStack undo_;
    DataContent data_;
    ModelContent model_;
    LatentContent latents_;
    FittedMixturePtr given_; ///< what the latents came with, while a fitted mixture has its place
    MapContent map_;
    std::optional<MapContent> settled_; ///< while map_ is on its way
    std::vector<KeptMap> keptMaps_;
    DataLayerPtr dataLayer_;
    std::vector<ComponentLook> componentLooks_;
    ColourBy colouring_;
    std::vector<ColourBy> possibleColourings_;
    std::vector<int64_t> selection_;
    std::set<int> hidden_;
    RowFilter filter_;
    std::vector<Opinion> opinions_;
    mutable ColumnSetPtr columns_; ///< as last asked for, and what they were made from
    mutable std::shared_ptr<const ColumnSources> columnSources_;
    TraverseState traverse_;
    DisplaySettings display_;
    RankingPtr ranking_;
    SampleSettings sampleSettings_;
    SampleSetPtr samples_;
    LabelBook labels_;
    uint64_t labelRevision_ = 0; ///< counts the changes of labels and classes
    QString labeller_;
    int64_t hovered_ = -1, current_ = -1;
};

NumbersPtr ascending(std::vector<double> numbers); ///< without NaN

/// "component 3", "redshift", … as shown in menus and legends.
QString colouringName(const ColourBy& colouring);

/// Text of a catalogue or file, made harmless for display.
QString shown(const std::string& text);
/// Tool tips guess whether their text is markup; this one is always taken literally.
QString plainToolTip(const QString& text);

} // namespace galatea
