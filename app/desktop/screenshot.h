#pragma once
// --screenshot: waits for the window to be ready, saves it, leaves.

#include "app/desktop/command_line.h"
#include "app/desktop/main_window.h"

namespace galatea {

/// "loaded": nothing opens, decodes or loads for half a second. The exit code is 0, or 3 if the picture
/// cannot be written or something could not be opened.
void takeScreenshotAndQuit(MainWindow& window, const CommandLine& line);

} // namespace galatea
