#pragma once
// A session with everything inside: a folder that opens on another computer. Files are copied; data sets of
// many files (folders of pictures, lists) become one data set file.

#include "app/desktop/sessions/session_parts.h"
#include "core/progress.h"
#include "core/stop_token.h"

namespace galatea {

struct BundlePlan {
    struct Item {
        QString kind, source; ///< "data", …; the file to copy, or empty: `images` is written
        QString name;         ///< in the folder
        qint64 bytes = 0;
    };
    std::vector<Item> items;
    DatasetPtr images; ///< as opened, without transform
    qint64 bytes = 0;  ///< of all, before the session and its parts
};

/// What would be copied. `data`: the open data set, as opened.
BundlePlan planBundle(const Session& session, const DatasetPtr& data);

/// Makes the folder with NAME.galatea in it, NAME being the folder's. It appears when complete. Throws
/// InputError, UsageError or Interrupted.
void writeBundle(SessionSnapshot snapshot, const BundlePlan& plan, const QString& folder,
                 const StopToken& stop, ProgressSink& progress);

} // namespace galatea
