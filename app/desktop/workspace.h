#pragma once
// What every panel is given: the document, the threads that work for it, the log. Lives longer than the
// window.

#include "app/desktop/document.h"
#include "app/desktop/labels/label_keeper.h"
#include "app/desktop/message_log.h"
#include "app/desktop/settings.h"
#include "nn/device.h"
#include "widgets/jobs/job_runner.h"
#include "widgets/jobs/live_thread.h"

namespace galatea {

struct Workspace {
    Document document;
    MessageLog log;
    Settings settings;
    LabelKeeper labels{document, log, settings};
    JobRunner jobs;
    LiveThread inference{"inference", holdTeamInPlace}; ///< every live picture of the model
    LiveThread reader{"reader"};                        ///< files and neighbours, no torch
    LiveThread columns{"columns"}; ///< filters, orders, statistics and charts of columns, no torch
};

/// Who goes first on the inference thread.
namespace priority {
inline constexpr int traverse = 100, hover = 60, object = 50, filmstrip = 20;
}

} // namespace galatea
