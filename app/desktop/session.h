#pragma once
// A session file (*.galatea): what was open, as paths relative to it, and how it was looked at. JSON; what
// was made in the window and has no file of its own lies in a folder beside it (sessions/session_parts.h).

#include <optional>

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>
#include <QMap>
#include <QString>
#include <QStringList>

#include "app/desktop/document.h"
#include "app/desktop/sessions/file_mark.h"

namespace galatea {

struct Session {
    static constexpr int currentFormat = 2; ///< 1: paths alone, no parts, mixtures or panels
    bool demonstration = false;             ///< the built-in one instead of files
    QString data, model, latents, map;      ///< absolute paths; empty: none
    QString scores;                         ///< anomaly scores, kept with the session
    struct NamedMap {
        QString name, path;
    };
    std::vector<NamedMap> keptMaps; ///< beside the present one
    QString layer;                  ///< latents or data set shown above the map
    QJsonObject layerLook;          ///< its name, colour, opacity, whether it is shown
    QMap<QString, FileMark> marks;  ///< by kind as files() names them; missing: not known
    TransformOptions transform;
    bool drewSamples = false; ///< draw the samples of `view` again
    QJsonObject mixture;      ///< fitted here: see mixtureToJson(); empty: none
    QJsonArray components;    ///< names and colours of components
    QJsonObject view;         ///< choices of the document: see viewOf()
    QJsonObject mapView;      ///< as MapView gives it
    QJsonObject window;       ///< layout
    QJsonObject panels;       ///< what the controls of the panels say
    QJsonObject extras;       ///< of other parts of the window, by their names

    /// Of a recovery file: the session whose unsaved state this is (empty: never saved), and when.
    QString recoveredFrom;
    QDateTime recoveredAt;

    /// The files by kind: "data", "model", "latents", "map", "scores", "layer", "map 2", "map 3", …; those
    /// that are there.
    QMap<QString, QString> files() const;
    QString* file(const QString& kind); ///< nullptr for an unknown kind
};

/// As it is written into a file at `path`.
QJsonObject sessionToJson(const Session& session, const QString& path);
/// Atomic. Throws InputError or UsageError if the file cannot be written.
void writeSession(const Session& session, const QString& path);
/// Reads every format up to the present one. Throws InputError naming what is wrong. Paths that do not exist
/// are kept.
Session readSession(const QString& path);

/// The folder for what has no file of its own: "NAME.galatea.d" beside "NAME.galatea".
QString partsFolder(const QString& sessionPath);
/// Whether the file lies in that folder: made in the window, no file of the person's.
bool isPart(const QString& file, const QString& sessionPath);

/// A fitted mixture: every number exactly, and how it was made.
QJsonObject mixtureToJson(const FittedMixture& fitted);
struct StoredFit {
    GaussianMixture mixture;
    GaussianMixture parts;       ///< before components were merged; empty: they were not
    std::vector<int64_t> partOf; ///< the component each part belongs to
    QString how;
};
/// Nothing where the object is empty. Throws std::invalid_argument if it is no mixture.
std::optional<StoredFit> mixtureFromJson(const QJsonObject& object);

/// Selection, colouring, hidden classes, traverse state, display, sample settings, ranking, current object.
QJsonObject viewOf(const Document& document);
/// The same without the ranking, which may be long: quick at any number of objects.
QJsonObject choicesOf(const Document& document);
/// What stands under "ranking" in a view. For any thread.
QJsonObject rankingToJson(const RankingPtr& ranking);

/// The lists of a view, which may be as long as there are objects, checked against these.
struct ViewLists {
    std::vector<int64_t> selection;
    std::vector<Opinion> opinions;
    RankingPtr ranking;
    QStringList notes; ///< what is damaged or of other objects, and so left out
};
/// For any thread; linear in what the file holds and in the objects. Never throws.
ViewLists listsOf(const QJsonObject& view, const LatentsPtr& latents, int64_t objects);
/// Takes what fits the open files and leaves the rest; never throws.
void applyView(Document& document, const QJsonObject& view, const ViewLists& lists);
void applyView(Document& document, const QJsonObject& view); ///< the lists are read here

} // namespace galatea
