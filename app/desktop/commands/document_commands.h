#pragma once
// Every change a person can make to the document, as an undo step with a name people understand.

#include <functional>
#include <set>
#include <vector>

#include "app/desktop/document.h"
#include "widgets/selection_change.h"

namespace galatea::commands {

void select(Document& document, std::vector<int64_t> rows);
/// Some rows, ascending, in place of what is selected, with it or taken from it.
void select(Document& document, std::vector<int64_t> rows, SelectionChange how);
void selectAll(Document& document); ///< what passes the filter
void clearSelection(Document& document);
void colourBy(Document& document, const ColourBy& colouring);
void hideClasses(Document& document, const std::set<int>& hidden);
/// Shows only what passes; a filter without `keep` shows everything again.
void filter(Document& document, const RowFilter& filter);

/// One latent of the moved point. Steps with the same `drag` number become one undo step.
void moveLatent(Document& document, int64_t dimension, float value, int drag);
/// The moved point back to its start, in one latent or in all.
void resetLatent(Document& document, int64_t dimension);
void resetTraverse(Document& document);
/// A new start; the moved point goes there.
void startFrom(Document& document, std::vector<float> start, const QString& name);
/// The moved point somewhere else at once, the start kept.
void moveTo(Document& document, std::vector<float> point, const QString& what);

/// What a search found, as one step: the selection, the order of the gallery (nothing: as it is now) and,
/// where the search has a place in latent space, the start of the traverse.
struct Finding {
    QString what; ///< "find made-17"
    std::vector<int64_t> rows;
    RankingPtr ranking;
    TraverseState place; ///< empty: stays
};
void adoptFinding(Document& document, Finding finding);
/// The gallery by nearness to something; the selection stays.
void rankBy(Document& document, const RankingPtr& ranking);

void setDisplay(Document& document, const DisplaySettings& display);
void setSampleSettings(Document& document, const SampleSettings& settings);
void setSamples(Document& document, const SampleSetPtr& samples);

void setOpinions(Document& document, std::vector<Opinion> opinions, const QString& what);
/// A step of something that is not the document's own, done already.
void done(Document& document, const QString& what, std::function<void()> undo, std::function<void()> redo);

/// A mixture fitted to the latents (nothing: what they came with), and the map coloured by its components.
void adoptMixture(Document& document, const FittedMixturePtr& fitted);
/// Components that are one from now on: of mixture() each k becomes component into[k], numbered without gaps.
/// Responsibilities are summed, names kept where they agree. Throws UsageError where there are none to merge.
void mergeComponents(Document& document, const std::vector<int64_t>& into);
/// The name or colour of one component; an empty name or an invalid colour: as nobody chose one.
void renameComponent(Document& document, int64_t component, const QString& name);
void recolourComponent(Document& document, int64_t component, const QColor& colour);
/// The present map, to be shown beside others. Does nothing if it is kept already.
void keepMap(Document& document, const QString& name);
void renameKeptMap(Document& document, size_t index, const QString& name);
void dropKeptMap(Document& document, size_t index);
/// A kept map becomes the present one, which is not kept by that.
void showKeptMap(Document& document, size_t index);
/// A second data set above the map; nothing: none.
void setDataLayer(Document& document, const DataLayerPtr& layer);
/// Another look of the layer that is there; steps of one kind become one undo step.
void changeDataLayer(Document& document, const DataLayer& layer);
/// Another map of the same latents; `before` is what undoing brings back.
void setMap(Document& document, const MapContent& before, MapContent after, const QString& what);

} // namespace galatea::commands
