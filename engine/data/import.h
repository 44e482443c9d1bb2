#pragma once
// What `galatea-cli import` and the window's import do: sources on disk → one data set file.

#include <optional>
#include <string>
#include <vector>

#include "core/progress.h"
#include "core/stop_token.h"
#include "data/join.h"
#include "data/open_dataset.h"
#include "data/transforms.h"

namespace galatea {

struct ImportOptions {
    TransformOptions transform;
    /// `open.bands`: names of the channels; where there are as many sources of one band each, these become
    /// the bands of one data set (see stackBands()).
    OpenOptions open;
    int64_t maxMemory = int64_t{4} << 30; ///< bytes of images held at once, about
    JoinRequest join{};                   ///< catalogue whose columns are added
};

struct ImportReport {
    int64_t images = 0;  ///< written
    int64_t skipped = 0; ///< could not be read
    std::vector<std::string> warnings;
    DatasetInfo info;
    std::optional<JoinReport> join{}; ///< where a catalogue was joined
};

/// All sources must yield the same shape after the transform. Unreadable pictures are skipped with a
/// warning each (at most 20 are spelled out); InputError if nothing is left. The catalogue keeps the columns
/// of the sources.
ImportReport importDataset(const std::vector<std::string>& sources, const std::string& output,
                           const ImportOptions& options, const StopToken& stop = {},
                           ProgressSink& progress = silentProgress());

} // namespace galatea
