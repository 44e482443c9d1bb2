#include "training/train.h"

#include <cmath>
#include <tuple>

#include "core/clock.h"
#include "core/error.h"
#include "data/batching.h"
#include "models/input_scaling.h"
#include "models/network_model.h"
#include "models/recipe.h"
#include "models/registry.h"
#include "nn/adam.h"
#include "nn/device.h"
#include "nn/image_tensor.h"
#include "training/augment.h"
#include "training/checkpoint.h"
#include "training/distributed.h"
#include "training/image_statistics.h"
#include "training/loss_log.h"
#include "training/precision_scope.h"
#include "training/schedule.h"
#include "training/split.h"
#include "training/validation.h"

namespace galatea {

namespace {

using torch::Tensor;
using Rows = std::vector<int64_t>;

void addTerms(TermSums& sums, const LossTerms& loss, int64_t images) {
    for (const auto& [name, value] : loss.terms)
        sums.sums[name] += value.item<double>() * static_cast<double>(images);
}

/// The loss or a gradient of this step is not finite, here or in another process.
struct NotFinite {
    std::string terms;
};

class Trainer {
  public:
    Trainer(const std::string& family, const Dataset& data, const Json& familyOptions,
            const TrainOptions& options, const StopToken& stop, ProgressSink& progress,
            const TrainCallbacks& callbacks, Collective* collective)
        : data_(data), options_(options), stop_(stop), progress_(progress), callbacks_(callbacks),
          collective_(collective), family_(modelFamily(family)) {
        checkOptions(options, "train");
        split_ = splitRows(data, options);
        const DatasetInfo& info = data.info();
        state_.family = family;
        state_.input.channels = info.channels;
        state_.input.height = info.height;
        state_.input.width = info.width;
        state_.input.bands = info.bands;
        state_.input.bottomUp = info.bottomUp;
        state_.familyOptions = family_.options(familyOptions, family);
        state_.seed = options.seed;
        state_.dataSize = data.size();
        TrainOptions described = options;
        state_.trainOptions = describe(described).toJson();
        if (!options.startFrom.empty() && options.resume.empty())
            start_ = startingModel(options.startFrom, family);
        prepareInput();
        scaling_ = InputScaling(state_.input);
        recipe_ = family_.recipe(state_.input, state_.familyOptions, options.seed, epochScale());
        for (ParameterGroup& group : recipe_->groups()) {
            optimisers_.emplace_back(group.tensors, Adam::Settings{group.beta1, group.beta2, group.epsilon});
            rateFactors_.push_back(group.learningRateFactor);
        }
    }

    TrainReport run() {
        const auto start = Clock::now();
        if (start_)
            startFrom(*start_, *recipe_, options_.startFrom);
        start_.reset();
        if (!options_.resume.empty())
            resume();
        shareParameters();
        const bool writes = !collective_ || collective_->rank() == 0;
        log_ = std::make_unique<LossLog>(writes ? options_.logFile : "", recipe_->termNames(),
                                         state_.epochsDone);
        phases_ = recipe_->phases();
        for (const TrainingPhase& phase : phases_)
            totalEpochs_ += phase.epochs;
        lastCheckpoint_ = Clock::now();
        int64_t firstOfPhase = 0;
        for (size_t phase = 0; phase < phases_.size(); ++phase) {
            const int64_t end = firstOfPhase + phases_[phase].epochs;
            while (state_.epochsDone < end && !outOfPatience())
                runEpoch(phase, firstOfPhase);
            firstOfPhase = end;
        }
        return finish(secondsSince(start));
    }

  private:
    RandomStream stream(const char* name, int64_t epoch) const {
        return RandomStream(options_.seed, std::string(name) + " " + std::to_string(epoch));
    }
    torch::Generator generator(const char* name, int64_t epoch) const {
        return torch::make_generator<torch::CPUGeneratorImpl>(stream(name, epoch).bits());
    }

    void prepareInput() {
        const ImageStatistics statistics = imageStatistics(data_, split_.training);
        if (family_.prepareInput)
            state_.input = family_.prepareInput(state_.input, state_.familyOptions, statistics);
        if (start_ && start_->card().input.channels == state_.input.channels) { // in the weights' own units
            const ModelInput& units = start_->card().input;
            std::tie(state_.input.offset, state_.input.scale, state_.input.stretch) =
                std::tie(units.offset, units.scale, units.stretch);
        }
        if (!family_.unitRange)
            return;
        for (size_t c = 0; c < statistics.low.size(); ++c)
            if (statistics.low[c] < -0.01 || statistics.high[c] > 1.01)
                return note("the images are not within 0 and 1, which this family expects; import them with "
                            "--rescale");
    }

    /// The factor that brings the family's schedule to the epochs asked for.
    double epochScale() const {
        if (options_.epochs == 0)
            return options_.epochScale;
        int64_t scheduled = 0;
        const auto recipe = family_.recipe(state_.input, state_.familyOptions, options_.seed, 1.0);
        for (const TrainingPhase& phase : recipe->phases())
            scheduled += phase.epochs;
        return static_cast<double>(options_.epochs) / static_cast<double>(std::max<int64_t>(scheduled, 1));
    }

    void resume() {
        Checkpoint saved = readCheckpoint(options_.resume);
        if (saved.family != state_.family || saved.familyOptions != state_.familyOptions ||
            saved.trainOptions != state_.trainOptions || saved.seed != state_.seed)
            throw UsageError(options_.resume, "was made with other options",
                             "resume with the family, options and seed it was made with");
        if (saved.dataSize != state_.dataSize)
            throw UsageError(options_.resume, "was made with other data",
                             "resume with the data it was made with");
        restoreState(saved, *recipe_, optimisers_, options_.resume);
        report_.notes = saved.notes;
        state_ = std::move(saved);
        scaling_ = InputScaling(state_.input);
    }

    /// All processes go on from the first one's numbers.
    void shareParameters() {
        if (!collective_)
            return;
        for (auto& entry : recipe_->parameters()) {
            Tensor values = entry.second.detach();
            collective_->broadcast(values);
        }
    }

    void note(const std::string& sentence) {
        report_.notes.push_back(sentence);
        progress_.warn(sentence);
    }

    bool stopRequested() const {
        if (!collective_)
            return stop_.stop_requested();
        Tensor wishes = torch::tensor(stop_.stop_requested() ? 1.0f : 0.0f).to(computeDevice());
        collective_->sum(wishes); // all stop at the same step or none does
        return wishes.item<float>() > 0;
    }

    // ---- checkpoints

    void capture() {
        captureState(*recipe_, optimisers_, state_);
        state_.notes = report_.notes;
    }

    void write(const Checkpoint& state) {
        if (!options_.checkpoint.empty() && (!collective_ || collective_->rank() == 0))
            writeCheckpoint(state, options_.checkpoint);
        lastCheckpoint_ = Clock::now();
    }

    /// Within an epoch, with the generators as they stand.
    void captureWithin(const torch::Generator& augment, const torch::Generator& noise,
                       Clock::time_point start) {
        capture();
        state_.augmentGenerator = generatorState(augment);
        state_.noiseGenerator = generatorState(noise);
        state_.secondsOfEpoch = earlierSeconds_ + secondsSince(start);
    }

    bool checkpointIsDue() const {
        bool due =
            options_.checkpointSeconds > 0 && secondsSince(lastCheckpoint_) >= options_.checkpointSeconds;
        if (collective_ && options_.checkpointSeconds > 0) { // clocks differ
            Tensor first = torch::tensor(due ? 1.0f : 0.0f).to(computeDevice());
            collective_->broadcast(first);
            due = first.item<float>() > 0;
        }
        return due;
    }

    // ---- epochs

    void runEpoch(size_t phase, int64_t firstOfPhase) {
        const auto start = Clock::now();
        const int64_t epoch = state_.epochsDone;
        earlierSeconds_ = state_.secondsOfEpoch;
        if (!options_.checkpoint.empty()) {
            capture(); // what an interruption while a phase begins and a loss that is lost fall back to
            lastGood_ = state_;
        }
        if (epoch == firstOfPhase && !state_.phaseBegun)
            beginPhase(phase, epoch);
        state_.phaseBegun = true;
        EpochLog entry;
        entry.epoch = epoch + 1;
        entry.phase = phases_[phase].name;
        entry.learningRate =
            learningRate(options_, {epoch, totalEpochs_, epoch - firstOfPhase, phases_[phase].epochs});
        TrainingPosition position{phase, static_cast<double>(epoch - firstOfPhase) /
                                             static_cast<double>(phases_[phase].epochs)};
        try {
            entry.training = trainEpoch(position, entry, start);
        } catch (const NotFinite& lost) {
            explainNotFinite(lost, entry);
        }
        const double heldOut = validate(position, entry.validation);
        entry.seconds = earlierSeconds_ + secondsSince(start);
        endEpoch(entry);
        if (phase + 1 == phases_.size())
            keepBest(heldOut);
        if (options_.checkpointEvery > 0 && state_.epochsDone % options_.checkpointEvery == 0) {
            capture();
            write(state_);
        }
    }

    void endEpoch(const EpochLog& entry) {
        ++state_.epochsDone;
        state_.stepsDone = 0;
        state_.phaseBegun = false;
        state_.augmentGenerator.clear();
        state_.noiseGenerator.clear();
        state_.epochSums = {};
        state_.secondsOfEpoch = 0;
        log_->add(entry);
        report_.epochs.push_back(entry);
        if (callbacks_.onEpoch)
            callbacks_.onEpoch(entry);
    }

    void beginPhase(size_t phase, int64_t epoch) {
        RandomStream random = stream("phase", epoch);
        auto augment = generator("phase augmentation", epoch);
        std::unique_ptr<BatchLoader> batches;
        const BatchSource source = [&] {
            std::optional<Batch> batch = batches ? batches->next() : std::nullopt;
            if (!batch) {
                Rows order = split_.training;
                random.shuffle(order);
                batches = std::make_unique<BatchLoader>(borrowed(), std::move(order), options_.batch);
                batch = batches->next();
            }
            const int64_t count = batch->images.dim(0);
            BatchContext context(augment, {0, count, count});
            return prepared(batch->images, context);
        };
        const auto perEpoch =
            (static_cast<int64_t>(split_.training.size()) + options_.batch - 1) / options_.batch;
        try {
            for (std::string& sentence : recipe_->beginPhase(phase, source, perEpoch, random, stop_))
                report_.notes.push_back(std::move(sentence));
        } catch (const Interrupted&) {
            write(lastGood_);
            throw;
        }
        shareParameters();
    }

    /// The trainer is handed the data by reference and outlives its loaders: nothing to own here.
    DatasetPtr borrowed() const { return DatasetPtr(DatasetPtr(), &data_); }

    Tensor prepared(const Array& images, BatchContext& context) const {
        return augmented(scaling_.toNetwork(toTensor(images).to(computeDevice())), options_, context);
    }

    /// A batch's share for this process; with fewer images than processes each computes it whole.
    Collective* partners(const BatchShare& share) const {
        return share.images == share.total ? nullptr : collective_;
    }
    /// What this process's mean loss counts in the batch's.
    double weight(const BatchShare& share) const {
        if (!collective_)
            return 1;
        return share.images == share.total
                   ? 1.0 / static_cast<double>(collective_->ranks())
                   : static_cast<double>(share.images) / static_cast<double>(share.total);
    }

    struct SharedBatches {
        std::vector<Rows> rows;
        std::vector<BatchShare> shares;
    };

    SharedBatches sharedBatches(const Rows& order) const {
        SharedBatches result;
        const auto size = static_cast<size_t>(options_.batch);
        for (size_t begin = 0; begin < order.size(); begin += size) {
            const size_t count = std::min(size, order.size() - begin);
            const BatchShare share = shareOf(static_cast<int64_t>(count), collective_);
            const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin) + share.first;
            result.rows.emplace_back(first, first + share.images);
            result.shares.push_back(share);
        }
        return result;
    }

    std::map<std::string, double> trainEpoch(TrainingPosition position, const EpochLog& entry,
                                             Clock::time_point start) {
        const int64_t epoch = state_.epochsDone;
        Rows order = split_.training;
        stream("shuffle", epoch).shuffle(order);
        SharedBatches batches = sharedBatches(order);
        const auto steps = static_cast<int64_t>(batches.rows.size());
        BatchLoader loader(borrowed(), GivenBatches(std::vector<Rows>(batches.rows.begin() + state_.stepsDone,
                                                                      batches.rows.end())));
        auto augment = generator("augmentation", epoch), noise = generator("noise", epoch);
        if (state_.stepsDone > 0) {
            restoreGenerator(augment, state_.augmentGenerator);
            restoreGenerator(noise, state_.noiseGenerator);
        }
        while (state_.stepsDone < steps) {
            if (stopRequested()) {
                captureWithin(augment, noise, start);
                write(state_);
                throw Interrupted("training was stopped");
            }
            const BatchShare& share = batches.shares[static_cast<size_t>(state_.stepsDone)];
            BatchContext augmentContext(augment, share, partners(share));
            BatchContext context(noise, share, partners(share));
            const double loss =
                step(prepared(loader.next()->images, augmentContext), position, entry.learningRate, context);
            ++state_.stepsDone;
            tell(entry, loss, steps);
            if (checkpointIsDue()) {
                captureWithin(augment, noise, start);
                write(state_);
            }
        }
        return means(state_.epochSums);
    }

    /// One batch: every update of the phase in turn. The sum of their losses.
    double step(const Tensor& images, TrainingPosition position, double rate, BatchContext& context) {
        const std::vector<size_t>& updates = phases_[position.phase].updates;
        double sum = 0;
        for (size_t update = 0; update < updates.size(); ++update) {
            position.update = update;
            Adam& optimiser = optimisers_.at(updates[update]);
            optimiser.zeroGradients();
            LossTerms loss;
            {
                const PrecisionScope precision(options_.mixedPrecision);
                loss = recipe_->loss(images, position, context);
            }
            const double total = loss.total.item<double>();
            if (!std::isfinite(total) && !collective_)
                throw NotFinite{notFiniteTerms(loss)};
            const double share = weight(context.share());
            (share == 1 ? loss.total : loss.total * share).backward();
            sumGradients(optimiser, std::isfinite(total));
            optimiser.step(rate * rateFactors_.at(updates[update]), options_.weightDecay,
                           clipping(optimiser));
            recipe_->afterStep(position);
            addTerms(state_.epochSums, loss, context.share().images);
            sum += total;
        }
        state_.epochSums.images += context.share().images;
        return sum;
    }

    /// Adds the gradients of all processes, and tells all if one's loss was not finite.
    void sumGradients(const Adam& optimiser, bool finite) const {
        if (!collective_)
            return;
        std::vector<Tensor> parts{torch::full({1}, finite ? 0.0f : 1.0f).to(computeDevice())};
        for (const Tensor& parameter : optimiser.parameters())
            if (parameter.grad().defined())
                parts.push_back(parameter.grad().flatten());
        Tensor all = torch::cat(parts);
        collective_->sum(all);
        if (!(all[0].item<float>() == 0.0f))
            throw NotFinite{"in one of the processes"};
        int64_t begin = 1;
        for (const Tensor& parameter : optimiser.parameters()) {
            if (!parameter.grad().defined())
                continue;
            parameter.mutable_grad().copy_(all.narrow(0, begin, parameter.numel()).view_as(parameter));
            begin += parameter.numel();
        }
    }

    /// What gradients are multiplied by so that their norm stays within the limit.
    double clipping(const Adam& optimiser) const {
        if (options_.gradientClip <= 0)
            return 1;
        const double norm = optimiser.gradientNorm();
        if (!std::isfinite(norm))
            throw NotFinite{"the gradient"};
        return std::min(1.0, options_.gradientClip / (norm + 1e-6));
    }

    static std::string notFiniteTerms(const LossTerms& loss) {
        std::string terms;
        for (const auto& [name, value] : loss.terms)
            if (!std::isfinite(value.item<double>()))
                terms += (terms.empty() ? "" : ", ") + name;
        return terms;
    }

    void tell(const EpochLog& entry, double loss, int64_t steps) {
        const int64_t done = state_.epochsDone * steps + state_.stepsDone;
        progress_.update({"training, epoch " + std::to_string(entry.epoch) + " of " +
                              std::to_string(totalEpochs_) + ", " + entry.phase,
                          done, totalEpochs_ * steps, "steps", "loss " + Json(loss).dump().substr(0, 8)});
        if (callbacks_.onStep)
            callbacks_.onStep({done, totalEpochs_ * steps, entry.epoch, loss});
    }

    /// Means over all processes' images.
    std::map<std::string, double> means(const TermSums& sums) const {
        std::vector<double> values{static_cast<double>(sums.images)};
        for (const auto& entry : sums.sums)
            values.push_back(entry.second);
        if (collective_) {
            Tensor all = torch::tensor(values, torch::kFloat64);
            if (computeDevice().is_cuda())
                all = all.to(computeDevice());
            collective_->sum(all);
            all = all.to(torch::kCPU);
            std::copy_n(all.data_ptr<double>(), values.size(), values.begin());
        }
        std::map<std::string, double> result;
        size_t i = 1;
        for (const auto& entry : sums.sums)
            result[entry.first] = values[i++] / std::max(values[0], 1.0);
        return result;
    }

    /// The held-out images' mean loss; NaN if there are none.
    double validate(TrainingPosition position, std::map<std::string, double>& terms) {
        if (split_.validation.empty())
            return NAN;
        const torch::NoGradGuard guard;
        position.training = false;
        SharedBatches batches = sharedBatches(split_.validation);
        BatchLoader loader(borrowed(), GivenBatches(batches.rows));
        auto noise = generator("validation", 0);
        TermSums sums;
        for (const BatchShare& share : batches.shares) {
            const Tensor images = scaling_.toNetwork(toTensor(loader.next()->images).to(computeDevice()));
            BatchContext context(noise, share, partners(share));
            for (position.update = 0; position.update < phases_[position.phase].updates.size();
                 ++position.update) {
                LossTerms loss = recipe_->loss(images, position, context);
                addTerms(sums, loss, share.images);
                sums.sums[minimised] += loss.total.item<double>() * static_cast<double>(share.images);
            }
            sums.images += share.images;
        }
        terms = means(sums);
        const double heldOut = terms[minimised];
        terms.erase(minimised);
        return heldOut;
    }

    /// Keeps the best epoch of the last phase.
    void keepBest(double heldOut) {
        if (options_.patience == 0 || (!state_.best.empty() && heldOut >= state_.bestLoss))
            return;
        state_.bestLoss = heldOut;
        state_.bestEpoch = state_.epochsDone;
        state_.best = clonedParameters(*recipe_);
    }

    /// True once no epoch of the last phase was better for long enough.
    bool outOfPatience() {
        if (options_.patience == 0 || state_.best.empty() ||
            state_.epochsDone - state_.bestEpoch < options_.patience)
            return false;
        report_.stoppedEarly = true;
        note("stopped after epoch " + std::to_string(state_.epochsDone) +
             ": the held-out loss was best in epoch " + std::to_string(state_.bestEpoch));
        return true;
    }

    [[noreturn]] void explainNotFinite(const NotFinite& lost, const EpochLog& entry) {
        write(lastGood_);
        throw ModelError("training",
                         "the loss is no longer finite in epoch " + std::to_string(entry.epoch) + " (" +
                             entry.phase + "; " + lost.terms + ")" +
                             (options_.checkpoint.empty() ? "" : "; the state before that epoch is kept"),
                         "use a smaller learning_rate, or check the images for extreme values");
    }

    TrainReport finish(double seconds) {
        report_.seconds = seconds;
        if (!state_.best.empty())
            copyParameters(state_.best, *recipe_, "training");
        const Rows& held = split_.validation.empty() ? split_.training : split_.validation;
        Json training{{"data", data_.info().name},
                      {"images", split_.training.size()},
                      {"held_out", split_.validation.size()},
                      {"seed", options_.seed},
                      {"epochs", state_.epochsDone},
                      {"options", state_.trainOptions},
                      {"seconds", std::round(seconds)},
                      {"threads", threads()},
                      {"processes", collective_ ? collective_->ranks() : 1},
                      {"device", deviceName()},
                      {"libtorch", torchVersion()}};
        if (!options_.startFrom.empty())
            training["started_from"] = options_.startFrom.substr(options_.startFrom.find_last_of('/') + 1);
        ModelPtr model = recipe_->snapshot(training, Json::object());
        Json metrics = Json::object();
        if (collective_ && collective_->rank() != 0) {
            report_.model = model;
            return std::move(report_);
        }
        const HeldOutReport heldOut = evaluateHeldOut(*model, data_, held);
        report_.componentCounts = heldOut.componentCounts;
        if (heldOut.reconstructs) {
            report_.validationError = heldOut.squaredError;
            report_.meanImageError = meanImageError(data_, split_.training, held);
            metrics = {{"held_out_squared_error", report_.validationError},
                       {"mean_image_squared_error", report_.meanImageError}};
        }
        if (!report_.componentCounts.empty())
            metrics["held_out_component_counts"] = report_.componentCounts;
        report_.model = recipe_->snapshot(training, metrics);
        return std::move(report_);
    }

    static constexpr const char* minimised = "\n"; // no term has this name

    const Dataset& data_;
    TrainOptions options_;
    StopToken stop_;
    ProgressSink& progress_;
    const TrainCallbacks& callbacks_;
    Collective* collective_;
    const ModelFamily& family_;
    Split split_;
    Checkpoint state_, lastGood_;
    InputScaling scaling_{ModelInput{}};
    std::unique_ptr<LossLog> log_;
    ModelPtr start_; // of fine-tuning, until its weights are taken
    std::unique_ptr<Recipe> recipe_;
    std::vector<Adam> optimisers_;
    std::vector<double> rateFactors_;
    std::vector<TrainingPhase> phases_;
    int64_t totalEpochs_ = 0;
    double earlierSeconds_ = 0; ///< of the epoch in progress, before an interruption
    Clock::time_point lastCheckpoint_;
    TrainReport report_;
};

} // namespace

TrainReport train(const std::string& family, const Dataset& data, const Json& familyOptions,
                  const TrainOptions& options, const StopToken& stop, ProgressSink& progress,
                  const TrainCallbacks& callbacks, Collective* collective) {
    return Trainer(family, data, familyOptions, options, stop, progress, callbacks, collective).run();
}

} // namespace galatea
