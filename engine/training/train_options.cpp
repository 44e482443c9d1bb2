#include "training/train.h"

#include "core/error.h"
#include "models/registry.h"

namespace galatea {

OptionSet describe(TrainOptions& o) {
    OptionSet set;
    set.add("epochs", o.epochs, "epochs in all, shared among the phases; 0: the family's schedule",
            {.min = 0, .max = 1e6});
    set.add("batch", o.batch, "images per training step", {.min = 1, .max = 65536});
    set.add("learning_rate", o.learningRate, "Adam's first step size", {.min = 0, .max = 10});
    set.add("final_learning_rate", o.finalLearningRate,
            "step size of the last epoch, for the exponential and the cosine schedule",
            {.min = 0, .max = 10});
    set.add("schedule", o.schedule, "how the step size changes from epoch to epoch",
            {.choices = {"exponential", "constant", "cosine", "milestones"}});
    set.add("schedule_scope", o.scheduleScope, "what one course of the schedule spans",
            {.choices = {"training", "phase"}});
    set.add("milestones", o.milestones, "epochs after which the milestones schedule lowers the step size",
            {.min = 1, .max = 1e6, .unit = "epochs"});
    set.add("milestone_factor", o.milestoneFactor, "what a milestone multiplies the step size by",
            {.min = 0, .max = 1});
    set.add("weight_decay", o.weightDecay, "times the weight is added to its gradient (L2)",
            {.min = 0, .max = 10});
    set.add("gradient_clip", o.gradientClip, "largest norm of the gradient; 0 clips nothing",
            {.min = 0, .max = 1e9});
    set.add("validation_fraction", o.validationFraction, "part of the data held out, chosen by the seed",
            {.min = 0, .max = 0.9});
    set.add("select_column", o.selectColumn, "catalogue column that chooses objects; empty: all are used");
    set.add("select_value", o.selectValue, "value in that column of the objects to use");
    set.add("flips", o.flips, "random horizontal and vertical flips");
    set.add("quarter_turns", o.quarterTurns, "random turns by multiples of 90 degrees");
    set.add("rotation", o.rotation, "random turns within plus or minus this",
            {.min = 0, .max = 180, .unit = "degrees"});
    set.add("shift", o.shift, "random shifts within plus or minus this along each axis",
            {.min = 0, .max = 4096, .unit = "pixels"});
    set.add("noise", o.noise, "standard deviation of Gaussian noise added to what the network sees",
            {.min = 0, .max = 1e3});
    set.add("patience", o.patience,
            "epochs of the last phase without a better held-out loss that end training; 0: never",
            {.min = 0, .max = 1e6, .unit = "epochs"});
    set.add("mixed_precision", o.mixedPrecision, "bfloat16 where the device has it");
    set.add("epoch_scale", o.epochScale, "multiplies the epochs of every phase", {.min = 1e-6, .max = 1000});
    return set;
}

void checkOptions(const TrainOptions& o, const std::string& source) {
    if (o.schedule == "milestones" && o.milestones.empty())
        throw UsageError(source, "the milestones schedule has no milestones",
                         "give for example milestones=50");
    if (o.selectColumn.empty() != o.selectValue.empty())
        throw UsageError(source, "select_column and select_value belong together", "give both or neither");
    if (o.patience > 0 && o.validationFraction <= 0)
        throw UsageError(source, "patience needs held-out images",
                         "set validation_fraction, for example 0.1");
    if ((o.checkpointEvery > 0 || o.checkpointSeconds > 0) && o.checkpoint.empty())
        throw UsageError(source, "checkpoints were asked for without a file", "name the checkpoint's file");
}

TrainOptions trainOptionsFor(const ModelFamily& family) {
    TrainOptions options;
    describe(options).fromJson(family.trainingDefaults, family.name);
    return options;
}

} // namespace galatea
