#include "commands/import_frames.h"

#include <cmath>

#include "files.h"
#include "join_options.h"

namespace galatea::cli {

namespace {

constexpr int64_t usualSize = 64;

Json reportJson(const survey::SurveyReport& report, const std::string& output) {
    const DatasetInfo& info = report.info;
    Json json = {{"output", output},
                 {"images", report.images},
                 {"shape", {info.channels, info.height, info.width}},
                 {"bands", info.bands},
                 {"reference", report.reference},
                 {"unit", info.unit},
                 {"fields", Json::array()},
                 {"problems", Json::array()}};
    json["pixel_scale"] = std::isfinite(info.pixelScale) ? Json(info.pixelScale) : Json();
    for (const survey::FieldReport& field : report.fields)
        json["fields"].push_back({{"name", field.name},
                                  {"found", field.found},
                                  {"cutouts", field.cutouts},
                                  {"left_out_at_edge", field.atEdge},
                                  {"seconds", field.seconds},
                                  {"moved", field.moved},
                                  {"sky", field.sky},
                                  {"noise", field.noise}});
    for (const survey::FileProblem& problem : report.problems)
        json["problems"].push_back({{"path", problem.path}, {"problem", problem.problem}});
    return json;
}

std::string reportText(const survey::SurveyReport& report, const std::string& output) {
    const DatasetInfo& info = report.info;
    std::string text = output + ": " + std::to_string(report.images) + " cut-outs, " +
                       shapeText(info.channels, info.height, info.width) + ", shapes from " +
                       report.reference + (info.unit.empty() ? "" : ", " + info.unit) + "\n";
    for (const survey::FieldReport& field : report.fields)
        text += "  " + field.name + ": " + std::to_string(field.found) + " sources, " +
                std::to_string(field.cutouts) + " cut out" +
                (field.atEdge > 0 ? ", " + std::to_string(field.atEdge) + " too near the edge" : "") + "\n";
    return text;
}

} // namespace

void addFrameOptions(CLI::App& app, FrameArguments& arguments) {
    const std::string group = "Survey frames";
    survey::SurveyOptions& options = arguments.options;
    app.add_flag("--detect", arguments.detect, "Find sources on survey frames and cut them out")
        ->group(group);
    app.add_option(
           "--positions", options.positions,
           "Cut out at the positions of a catalogue (CSV, FITS, VOTable): ra and dec in degrees, or x and y")
        ->type_name("CAT")
        ->group(group);
    app.add_option("--sigma", options.detection.sigma,
                   "Detection threshold, deviations of the convolved noise")
        ->check(CLI::Range(0.1, 1000.0))
        ->capture_default_str()
        ->group(group);
    app.add_option("--reference", options.reference,
                   "Band that gives shapes and pixel grid; else the middle one")
        ->capture_default_str()
        ->type_name("BAND")
        ->group(group);
    app.add_option("--zero-points", options.zeroPoints,
                   "Magnitude of a flux of 1 per band; overrules headers")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("u=22.5,g=…")
        ->group(group);
    app.add_option("--mesh", options.background.mesh, "Side of a background mesh, pixels")
        ->check(CLI::Range(8, 4096))
        ->capture_default_str()
        ->group(group);
    app.add_option("--min-coverage", options.minCoverage,
                   "Leave out cut-outs with fewer of their pixels on the frames")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str()
        ->group(group);
    app.add_option("--fill", options.fill, "Pixels without data: zero (the sky) or nan")
        ->check(CLI::IsMember({"zero", "nan"}))
        ->capture_default_str()
        ->group(group);
    std::string more = "More: key=value of";
    const OptionSet all = survey::describe(options);
    for (const Option& option : all.options())
        more += " " + option.name;
    app.add_option("--set", arguments.assignments, more)
        ->allow_extra_args(false)
        ->type_name("KEY=VALUE")
        ->group(group);
}

Result runFrames(const FrameArguments& arguments, const std::vector<std::string>& sources,
                 const std::string& output, const ImportOptions& import, Context& context) {
    if (import.transform.crop > 0 || import.transform.gray || import.transform.rescale)
        throw UsageError("", "--crop, --gray and --rescale do not go with --detect and --positions",
                         "import the data set of cut-outs once more with them");
    if (arguments.detect && !arguments.options.positions.empty())
        throw UsageError("", "--detect and --positions contradict each other", "choose one of them");
    survey::SurveyOptions options = arguments.options;
    options.size = import.transform.size > 0 ? import.transform.size : usualSize;
    options.bands = import.open.bands;
    options.threads = context.common.threads;
    OptionSet set = survey::describe(options);
    for (const std::string& assignment : arguments.assignments)
        set.setText(assignment);
    const survey::SurveyReport report =
        survey::importFrames(sources, output, options, context.stop, context.progress);
    for (const std::string& warning : report.warnings)
        context.progress.warn(warning);
    Result result;
    result.json = reportJson(report, output);
    result.text = reportText(report, output);
    if (report.join)
        tellJoin(*report.join, arguments.options.join.path, result, context);
    return result;
}

} // namespace galatea::cli
