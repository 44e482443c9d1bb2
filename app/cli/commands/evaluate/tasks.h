#pragma once
// One definition per task; each lives in the file of its name.

#include "commands/evaluate/evaluate.h"

namespace galatea::cli {

EvaluationAction defineEvaluateReconstruction(CLI::App& app);
EvaluationAction defineEvaluateGaussianBaseline(CLI::App& app);
EvaluationAction defineEvaluateClustering(CLI::App& app);
EvaluationAction defineEvaluateAnomaly(CLI::App& app);
EvaluationAction defineEvaluateClassification(CLI::App& app);
EvaluationAction defineEvaluateInversion(CLI::App& app);
EvaluationAction defineEvaluateSamples(CLI::App& app);
EvaluationAction defineEvaluateProjection(CLI::App& app);
EvaluationAction defineEvaluateRedshift(CLI::App& app);

} // namespace galatea::cli
