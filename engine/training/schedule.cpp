#include "training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace galatea {

double learningRate(const TrainOptions& options, const EpochPlace& place) {
    const bool perPhase = options.scheduleScope == "phase";
    const int64_t epoch = perPhase ? place.epochOfPhase : place.epoch;
    const int64_t epochs = perPhase ? place.phaseEpochs : place.epochs;
    const double first = options.learningRate, last = options.finalLearningRate;
    if (options.schedule == "milestones") {
        const auto passed = std::count_if(options.milestones.begin(), options.milestones.end(),
                                          [&](int64_t milestone) { return milestone <= epoch; });
        return first * std::pow(options.milestoneFactor, static_cast<double>(passed));
    }
    if (options.schedule == "constant" || epochs < 2)
        return first;
    const double fraction = static_cast<double>(epoch) / static_cast<double>(epochs - 1);
    if (options.schedule == "cosine")
        return last + 0.5 * (first - last) * (1 + std::cos(std::numbers::pi * fraction));
    return last > 0 && first > 0 ? first * std::pow(last / first, fraction) : first;
}

} // namespace galatea
