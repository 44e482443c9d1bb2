#pragma once
// One definition per command; each lives in the file of its name.

#include "command.h"

namespace galatea::cli {

Action defineInfo(CLI::App& app);
Action defineImport(CLI::App& app);
Action defineSimulate(CLI::App& app);
Action defineTrain(CLI::App& app);
Action defineConvert(CLI::App& app);
Action defineEmbed(CLI::App& app);
Action defineDecode(CLI::App& app);
Action defineExport(CLI::App& app);
Action defineSample(CLI::App& app);
Action defineTraverse(CLI::App& app);
Action defineInterpolate(CLI::App& app);
Action defineFit(CLI::App& app);
Action defineScore(CLI::App& app);
Action defineMixture(CLI::App& app);
Action defineEvaluate(CLI::App& app);
Action defineProject(CLI::App& app);
Action defineNeighbors(CLI::App& app);
Action defineBench(CLI::App& app);

} // namespace galatea::cli
