#include "training/train.h"

namespace galatea {

OptionSet describe(TrainOptions& o) {
    OptionSet set;
    set.add("batch", o.batch, "images per training step", {.min = 1, .max = 65536});
    set.add("learning_rate", o.learningRate, "Adam's first step size", {.min = 0, .max = 10});
    set.add("final_learning_rate", o.finalLearningRate, "step size of the last epoch, reached exponentially",
            {.min = 0, .max = 10});
    set.add("gradient_clip", o.gradientClip, "largest norm of the gradient; 0 clips nothing",
            {.min = 0, .max = 1e9});
    set.add("validation_fraction", o.validationFraction, "part of the data held out, chosen by the seed",
            {.min = 0, .max = 0.9});
    set.add("flips", o.flips, "random horizontal and vertical flips");
    set.add("epoch_scale", o.epochScale, "multiplies the epochs of every phase", {.min = 1e-6, .max = 1000});
    set.add("epochs", o.epochs, "epochs in all, shared among the phases; 0: the family's schedule",
            {.min = 0, .max = 1e6});
    return set;
}

} // namespace galatea
