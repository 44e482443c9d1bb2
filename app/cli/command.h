#pragma once
// What every command of galatea-cli is: it defines its options on a CLI11 subcommand and hands back the
// action to run. main.cpp turns results and errors into text, JSON and exit codes; commands do neither.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/options.h"
#include "core/progress.h"
#include "core/stop_token.h"

namespace galatea {
class Model;
}

namespace galatea::cli {

/// Options every command has.
struct CommonOptions {
    bool json = false;
    bool quiet = false;
    int threads = 0; ///< 0: all cores
    std::string device = "auto";
    uint64_t seed = 1;
    bool seedGiven = false;
    std::vector<std::string> allowUnsandboxed; ///< SHA-256 of files read without enough walls
};

/// A model in use, and how many of its notes have been told.
struct OpenedModel {
    std::string path;
    std::shared_ptr<const Model> model;
    size_t notesTold = 0;
};

struct Context {
    const CommonOptions& common;
    StopToken stop;
    ProgressSink& progress; ///< warn() prints a warning line and lands in "warnings"
    std::vector<OpenedModel> models = {};
};

/// What a command found or made, for people and for scripts.
struct Result {
    Json json = Json::object();
    std::string text; ///< lines, each ending in '\n'
};

using Action = std::function<Result(Context&)>;

struct Command {
    const char* name;
    const char* help;
    Action (*define)(CLI::App& app);
};

/// The one list of commands, in the order --help shows them.
const std::vector<Command>& commands();

/// Check for numbers: zero or more.
CLI::Validator notNegative();

/// Adds the options every command has.
void addCommonOptions(CLI::App& app, CommonOptions& common);

} // namespace galatea::cli
