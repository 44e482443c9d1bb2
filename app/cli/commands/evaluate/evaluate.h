#pragma once
// What every task of `galatea-cli evaluate` is: like a command, it defines its options and hands back the
// action to run. Each task lives in the file of its name; evaluate.cpp lists them, writes the report and
// makes the folder of plots.

#include <functional>
#include <string>
#include <vector>

#include "command.h"
#include "plots.h"

namespace galatea::cli {

/// What a task is given besides its own options.
struct Evaluation {
    Context& context;
    std::string folder;                  ///< of plots and pictures, existing; empty: none are wanted
    std::vector<std::string> files = {}; ///< written there so far; they become "plots" in the report

    bool wantsPlots() const { return !folder.empty(); }
    /// A path inside the folder that is listed in the report; for pictures the task writes itself.
    std::string file(const std::string& name);
    /// Writes NAME.png and NAME.svg if plots are wanted.
    void plot(const Plot& plot, const std::string& name);
};

/// The result's JSON becomes the report.
using EvaluationAction = std::function<Result(Evaluation&)>;

struct EvaluationTask {
    const char* name;
    const char* help;
    EvaluationAction (*define)(CLI::App& app);
};

/// Options that several tasks have: the two positional ones, and whole numbers within limits.
void addModelAndData(CLI::App& app, std::string& model, std::string& data, const char* modelHelp,
                     const char* dataHelp);
void addCount(CLI::App& app, const char* flags, int64_t& value, const char* help, int64_t least, int64_t most,
              const char* unit = "N");
void addBatch(CLI::App& app, int64_t& batch);

/// The one list of tasks, in the order --help shows them.
const std::vector<EvaluationTask>& evaluationTasks();

} // namespace galatea::cli
