#pragma once
// The values the document is made of. Each is plain, comparable and fit for a session file.

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include <QColor>
#include <QImage>
#include <QJsonArray>
#include <QString>
#include <QStringList>

#include "core/array.h"
#include "latent/sampling.h"
#include "widgets/image/rendering.h"

namespace galatea {

/// What a person calls a component and how it is drawn; empty or invalid: by number, the palette's.
struct ComponentLook {
    QString name;
    QColor colour;
    bool operator==(const ComponentLook&) const = default;
};
/// For session files. What is damaged becomes a look without name and colour; names are cut to a line's
/// length.
QJsonArray toJson(const std::vector<ComponentLook>& looks);
std::vector<ComponentLook> componentLooksFrom(const QJsonArray& array);

/// What the map's points are coloured by.
struct ColourBy {
    enum class Kind { Uniform, Component, Column, ReconstructionError, Score, LogLikelihood, Label };
    Kind kind = Kind::Uniform;
    QString column; ///< for Kind::Column
    bool operator==(const ColourBy&) const = default;
};

/// Which rows are shown, and the expression that says so. Shared between the document and its undo steps.
struct RowFilter {
    QString expression;                               ///< empty: every row passes
    std::shared_ptr<const std::vector<uint8_t>> keep; ///< [N], not 0: the row passes; null: every row does
    int64_t kept = 0;                                 ///< rows that pass
    bool operator==(const RowFilter&) const = default;
    bool empty() const { return !keep; }
};

/// Where the traverse stands: the moved point and the start it is compared with, both [D].
struct TraverseState {
    std::vector<float> start, point;
    QString startName; ///< "the mean of the data", "component 3", "object 5877…"
    bool operator==(const TraverseState&) const = default;
    bool empty() const { return point.empty(); }
};

/// How images are drawn everywhere.
struct DisplaySettings {
    Rendering rendering;
    Composite composite;
    bool operator==(const DisplaySettings&) const = default;
};

/// An order of the objects by nearness to something: what a search found, for the gallery.
struct Ranking {
    QString name;                 ///< "Distance to object 5877…"
    std::vector<double> distance; ///< [N], the nearest lowest; NaN: not found, comes last
    std::vector<float> from;      ///< [D] the latents it is measured from; empty: not in latent space
};
using RankingPtr = std::shared_ptr<const Ranking>;

struct SampleSettings {
    int64_t count = 24;
    std::vector<int64_t> components; ///< empty: all
    double temperature = 1.0;
    uint64_t seed = 1;
    bool operator==(const SampleSettings&) const = default;
};

/// Draws and their pictures, shared between the document and its undo steps.
struct SampleSet {
    SampleSettings settings;
    LatentSample latents;
    Array images;               ///< [n,C,H,W]
    QString origin;             ///< "the mixture fitted here", "the model's mixture", "the model's prior"
    QStringList componentNames; ///< of that mixture when they were drawn
};
using SampleSetPtr = std::shared_ptr<const SampleSet>;

} // namespace galatea
