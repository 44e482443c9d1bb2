#pragma once
// Where the files of a session are now: found again beside it when they have moved, asked for when they have
// gone or changed.

#include <functional>
#include <vector>

#include "app/desktop/session.h"

namespace galatea {

/// A file that is not as the session knew it.
struct SessionFileFault {
    QString kind;         ///< "data", "model", "latents", "map", "scores"
    QString path;         ///< where it was
    bool changed = false; ///< it is there, but is another one now; else it is missing
};

/// Puts right the paths of files that have moved with the session: looked for under the same name and under
/// the ends of their old path, beside the session. `notes` says what was found elsewhere.
std::vector<SessionFileFault> findSessionFiles(Session& session, const QString& sessionPath,
                                               QStringList& notes);

/// The person says where one file is (the old path: take it although it has changed; empty: leave it out).
/// Others that moved the same way are put right too; returns those that are still to be asked for.
std::vector<SessionFileFault> settleFault(Session& session, const SessionFileFault& fault,
                                          const QString& answer, std::vector<SessionFileFault> rest);

} // namespace galatea
