#pragma once
// What a session holds that has no file of its own: latents, the map and scores made in the window. They are
// kept beside the session as files named by their contents, so an old session and its parts stay whole until
// the new one has been written.

#include <memory>
#include <optional>

#include "app/desktop/session.h"

namespace galatea {

struct SessionParts {
    LatentsPtr latents;              ///< as the model gave them; empty: they have a file, or there are none
    std::optional<LatentMap> map;    ///< likewise
    std::vector<LatentMap> keptMaps; ///< one for each of the session's; without coordinates: it has a file
    LatentsPtr layer;                ///< of a second data set; empty: it has a file, or there is none
    std::vector<double> scores;      ///< [N]; empty: none
    LatentsPtr holder;               ///< whose they are: the same latents, the same scores
};

/// A session and what it needs kept; plain values that any thread may write.
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
    QString keepLatents(const LatentsPtr& latents, const QString& folder);
    QString keepMap(const LatentMap& map, const QString& folder);
    QString keepScores(const SessionParts& parts, const QString& folder);
    QString known(const float* content, const QString& folder) const;
    void remember(Written written);

    std::vector<Written> arrays_; ///< the last few
    Written scores_;
};

/// Scores as SessionWriter keeps them. Throws InputError.
std::vector<double> readScores(const QString& path);

} // namespace galatea
