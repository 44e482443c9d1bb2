#pragma once
// What the import assistant finds in the files it is given, before anything is imported.

#include <string>
#include <vector>

#include "core/progress.h"
#include "core/stop_token.h"
#include "data/open_dataset.h"
#include "data/survey/frame.h"

namespace galatea {

enum class ImportKind {
    Images, ///< every image in the files is one object
    Frames  ///< pictures of the sky: the sources in them are the objects
};

/// One file or folder as the person gave it, or one frame found in it.
struct ImportSource {
    std::string path;
    std::string format; ///< "FITS frame, 2048 × 1489", "folder of pictures: 1400 images, 424 × 424, 3 bands"
    std::string problem;              ///< why it cannot be used; empty: it can
    int frame = -1;                   ///< index into ImportSources::frames
    std::vector<ImageArray> arrays{}; ///< what inside it could hold the images, where that is not plain
    bool mustChoose = false;          ///< one of `arrays` has to be named
};

struct ImportSources {
    ImportKind kind = ImportKind::Images; ///< what they look like
    std::vector<ImportSource> sources;
    std::vector<survey::Frame> frames;
};

/// Opens each source far enough to tell what it is. Never throws for a bad file: that is its problem. Throws
/// Interrupted.
ImportSources examineSources(const std::vector<std::string>& paths, const StopToken& stop = {},
                             ProgressSink& progress = silentProgress());

} // namespace galatea
