#pragma once
// What a session holds that has no file of its own: latents, the map and scores made in the window. They are
// kept beside the session as files named by their contents, so an old session and its parts stay whole until
// the new one has been written.

#include <memory>
#include <optional>

#include "app/desktop/session.h"

namespace galatea {

/// What the document holds and nobody changes any more: shared, never copied.
struct SessionParts {
    LatentsPtr latents;              ///< to be kept; empty: they have a file, or there are none
    FittedMixturePtr given;          ///< what those came with, where a mixture was fitted since
    std::optional<LatentMap> map;    ///< likewise
    std::vector<LatentMap> keptMaps; ///< one for each of the session's; without coordinates: it has a file
    LatentsPtr layer;                ///< of a second data set; empty: it has a file, or there is none
    LatentsPtr scored;               ///< whose scores are kept; without scores: none
    FittedMixturePtr fitted;         ///< goes into the session itself
    RankingPtr ranking;              ///< likewise
};

/// A session and what it needs kept; cheap to take, and plain values that any thread may write.
struct SessionSnapshot {
    Session session;
    SessionParts parts;
};

/// Writes snapshots to one place after another; parts already there are not written again. One thread at a
/// time.
class SessionWriter {
  public:
    /// Parts first, then the session, then parts it no longer needs are removed. Fills in the session's paths
    /// and marks. Throws InputError or UsageError; what was there before is then still whole.
    void write(SessionSnapshot& snapshot, const QString& path);

  private:
    struct Written {
        Array content;    ///< held, so that its address is not used again
        LatentsPtr owner; ///< likewise for scores
        QString file;
    };
    QString keepLatents(const LatentsPtr& latents, const FittedMixturePtr& given, const QString& folder);
    QString keepMap(const LatentMap& map, const QString& folder);
    QString keepScores(const LatentsPtr& scored, const QString& folder);
    QString known(const float* content, const QString& folder) const;
    void remember(Written written);

    std::vector<Written> arrays_; ///< the last few
    Written scores_;
};

/// Scores as SessionWriter keeps them. Throws InputError.
std::vector<double> readScores(const QString& path);

} // namespace galatea
