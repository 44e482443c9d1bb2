#pragma once
// The part of `import` that cuts sources out of survey frames.

#include "command.h"
#include "data/import.h"
#include "data/survey/import_frames.h"

namespace galatea::cli {

struct FrameArguments {
    bool detect = false;
    survey::SurveyOptions options;
    std::vector<std::string> assignments; ///< --set key=value
    bool wanted() const { return detect || !options.positions.empty(); }
};

void addFrameOptions(CLI::App& app, FrameArguments& arguments);

/// `import` gives the size and the bands; options of whole images are refused.
Result runFrames(const FrameArguments& arguments, const std::vector<std::string>& sources,
                 const std::string& output, const ImportOptions& import, Context& context);

} // namespace galatea::cli
