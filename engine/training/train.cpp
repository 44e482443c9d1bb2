#include "training/train.h"

#include <chrono>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "data/batching.h"
#include "models/recipe.h"
#include "models/registry.h"
#include "nn/adam.h"
#include "nn/device.h"
#include "nn/image_tensor.h"
#include "training/checkpoint.h"
#include "training/loss_log.h"
#include "training/validation.h"

namespace galatea {

namespace {

using torch::Tensor;
using Rows = std::vector<int64_t>;

struct Split {
    Rows training, validation;
};

Split splitRows(int64_t count, double validationFraction, uint64_t seed) {
    Rows rows(static_cast<size_t>(count));
    std::iota(rows.begin(), rows.end(), 0);
    RandomStream(seed, "split").shuffle(rows);
    const auto held = static_cast<int64_t>(std::llround(validationFraction * static_cast<double>(count)));
    return {Rows(rows.begin() + held, rows.end()), Rows(rows.begin(), rows.begin() + held)};
}

/// Each image flipped or not along each axis, independently.
Tensor randomFlips(const Tensor& images, torch::Generator& generator) {
    Tensor result = images;
    for (const int64_t axis : {2, 3}) {
        const Tensor chosen = torch::rand({images.size(0), 1, 1, 1}, generator, torch::kFloat32).lt(0.5);
        result = torch::where(chosen, result.flip(axis), result);
    }
    return result;
}

/// Sums of loss terms, weighted by the size of their batches.
class TermMeans {
  public:
    void add(const LossTerms& loss, int64_t images) {
        for (const auto& [name, value] : loss.terms)
            sums_[name] += value.item<double>() * static_cast<double>(images);
        images_ += images;
    }
    std::map<std::string, double> means() const {
        std::map<std::string, double> result;
        for (const auto& [name, sum] : sums_)
            result[name] = sum / static_cast<double>(images_);
        return result;
    }

  private:
    std::map<std::string, double> sums_;
    int64_t images_ = 0;
};

class Trainer {
  public:
    Trainer(const std::string& family, const Dataset& data, const Json& familyOptions,
            const TrainOptions& options, const StopToken& stop, ProgressSink& progress,
            const EpochCallback& onEpoch)
        : data_(data), options_(options), stop_(stop), progress_(progress), onEpoch_(onEpoch),
          split_(splitRows(data.size(), options.validationFraction, options.seed)),
          log_(options.logFile, !options.resume.empty()) {
        const DatasetInfo& info = data.info();
        state_.family = family;
        state_.input.channels = info.channels;
        state_.input.height = info.height;
        state_.input.width = info.width;
        state_.input.bands = info.bands;
        state_.familyOptions = modelFamily(family).options(familyOptions, family);
        state_.seed = options.seed;
        state_.dataSize = data.size();
        TrainOptions described = options;
        state_.trainOptions = describe(described).toJson();
        if (split_.training.empty())
            throw UsageError(info.name, "leaves no images to train on",
                             "hold out fewer images or bring more");
        recipe_ = modelFamily(family).recipe(state_.input, state_.familyOptions, options.seed, epochScale());
        std::vector<Tensor> trainable;
        for (const auto& entry : recipe_->parameters())
            if (entry.second.requires_grad())
                trainable.push_back(entry.second);
        optimiser_ = std::make_unique<Adam>(trainable);
        trainable_ = std::move(trainable);
    }

    TrainReport run() {
        const auto start = std::chrono::steady_clock::now();
        resume();
        warnAboutRange();
        const std::vector<TrainingPhase> phases = recipe_->phases();
        for (const TrainingPhase& phase : phases)
            totalEpochs_ += phase.epochs;
        int64_t firstOfPhase = 0;
        for (size_t phase = 0; phase < phases.size(); ++phase) {
            const int64_t end = firstOfPhase + phases[phase].epochs;
            for (int64_t epoch = std::max(firstOfPhase, state_.epochsDone); epoch < end; ++epoch)
                runEpoch(phases[phase], phase, epoch, firstOfPhase);
            firstOfPhase = end;
        }
        return finish(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }

  private:
    RandomStream stream(const char* name, int64_t epoch) const {
        return RandomStream(options_.seed, std::string(name) + " " + std::to_string(epoch));
    }
    torch::Generator generator(const char* name, int64_t epoch) const {
        return torch::make_generator<torch::CPUGeneratorImpl>(stream(name, epoch).bits());
    }

    /// The factor that brings the family's schedule to the epochs asked for.
    double epochScale() const {
        if (options_.epochs == 0)
            return options_.epochScale;
        int64_t scheduled = 0;
        const auto recipe =
            modelFamily(state_.family).recipe(state_.input, state_.familyOptions, options_.seed, 1.0);
        for (const TrainingPhase& phase : recipe->phases())
            scheduled += phase.epochs;
        return static_cast<double>(options_.epochs) / static_cast<double>(std::max<int64_t>(scheduled, 1));
    }

    BatchLoader loader(Rows order) const {
        // The trainer is handed the data by reference and outlives its loaders: nothing to own here.
        return {DatasetPtr(DatasetPtr(), &data_), std::move(order), options_.batch};
    }

    void resume() {
        if (options_.resume.empty())
            return;
        Checkpoint saved = readCheckpoint(options_.resume);
        if (saved.family != state_.family || saved.familyOptions != state_.familyOptions ||
            saved.trainOptions != state_.trainOptions || saved.seed != state_.seed)
            throw UsageError(options_.resume, "was made with other options",
                             "resume with the family, options and seed it was made with");
        if (saved.dataSize != state_.dataSize)
            throw UsageError(options_.resume, "was made with other data",
                             "resume with the data it was made with");
        restoreState(saved, *recipe_, *optimiser_, options_.resume);
        state_.epochsDone = saved.epochsDone;
    }

    void warnAboutRange() {
        const Array first =
            data_.read(std::span(split_.training).first(std::min<size_t>(64, split_.training.size())));
        const auto values = first.values();
        for (const float value : values)
            if (!std::isfinite(value))
                throw InputError(data_.info().name, "holds pixels that are not finite",
                                 "import it again without them");
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        if (*low < -0.01f || *high > 1.01f)
            note("the images are not within 0 and 1, which this family expects; import them with --rescale");
    }

    void note(const std::string& sentence) {
        report_.notes.push_back(sentence);
        progress_.warn(sentence);
    }

    void runEpoch(const TrainingPhase& phase, size_t index, int64_t epoch, int64_t firstOfPhase) {
        const auto start = std::chrono::steady_clock::now();
        if (!options_.checkpoint.empty())
            captureState(*recipe_, *optimiser_, state_); // what an interruption falls back to
        if (epoch == firstOfPhase)
            beginPhase(index, epoch);
        EpochLog entry;
        entry.epoch = epoch + 1;
        entry.phase = phase.name;
        entry.learningRate = learningRate(epoch);
        const TrainingPosition position{index, static_cast<double>(epoch - firstOfPhase) /
                                                   static_cast<double>(phase.epochs)};
        entry.training = trainEpoch(position, epoch, entry);
        entry.validation = validate(position);
        entry.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        state_.epochsDone = epoch + 1;
        log_.add(entry);
        if (onEpoch_)
            onEpoch_(entry);
        report_.epochs.push_back(std::move(entry));
        if (options_.checkpointEvery > 0 && state_.epochsDone % options_.checkpointEvery == 0 &&
            !options_.checkpoint.empty()) {
            captureState(*recipe_, *optimiser_, state_);
            writeCheckpoint(state_, options_.checkpoint);
        }
    }

    /// Runs something interruptible; on a stop the state at the last epoch's end is written first.
    template <class Work>
    auto guarded(const Work& work) {
        try {
            return work();
        } catch (const Interrupted&) {
            if (!options_.checkpoint.empty())
                writeCheckpoint(state_, options_.checkpoint);
            throw;
        }
    }

    void beginPhase(size_t phase, int64_t epoch) {
        RandomStream random = stream("phase", epoch);
        auto flips = generator("phase flips", epoch);
        std::optional<BatchLoader> batches;
        const BatchSource source = [&] {
            std::optional<Batch> batch = batches ? batches->next() : std::nullopt;
            if (!batch) {
                Rows order = split_.training;
                random.shuffle(order);
                batches.emplace(DatasetPtr(DatasetPtr(), &data_), std::move(order), options_.batch);
                batch = batches->next();
            }
            return prepared(toTensor(batch->images), flips);
        };
        const auto perEpoch =
            (static_cast<int64_t>(split_.training.size()) + options_.batch - 1) / options_.batch;
        const auto sentences =
            guarded([&] { return recipe_->beginPhase(phase, source, perEpoch, random, stop_); });
        report_.notes.insert(report_.notes.end(), sentences.begin(), sentences.end());
    }

    double learningRate(int64_t epoch) const {
        if (totalEpochs_ < 2 || options_.finalLearningRate <= 0)
            return options_.learningRate;
        const double fraction = static_cast<double>(epoch) / static_cast<double>(totalEpochs_ - 1);
        return options_.learningRate * std::pow(options_.finalLearningRate / options_.learningRate, fraction);
    }

    Tensor prepared(const Tensor& images, torch::Generator& flips) const {
        return (options_.flips ? randomFlips(images, flips) : images).to(computeDevice());
    }

    std::map<std::string, double> trainEpoch(const TrainingPosition& position, int64_t epoch,
                                             const EpochLog& entry) {
        Rows order = split_.training;
        stream("shuffle", epoch).shuffle(order);
        BatchLoader batches = loader(std::move(order));
        auto flips = generator("flips", epoch), noise = generator("noise", epoch);
        TermMeans means;
        for (int64_t step = 0; step < batches.batchCount(); ++step) {
            guarded([&] {
                throwIfStopped(stop_, "training was stopped");
                return 0;
            });
            const Tensor images = prepared(toTensor(batches.next()->images), flips);
            optimiser_->zeroGradients();
            BatchContext context(noise, {0, images.size(0), images.size(0)});
            const LossTerms loss = recipe_->loss(images, position, context);
            const double total = loss.total.item<double>();
            if (!std::isfinite(total))
                explainNotFinite(loss, entry);
            loss.total.backward();
            if (options_.gradientClip > 0)
                torch::nn::utils::clip_grad_norm_(trainable_, options_.gradientClip);
            optimiser_->step(entry.learningRate);
            recipe_->afterStep(position);
            means.add(loss, images.size(0));
            const int64_t done = epoch * batches.batchCount() + step + 1;
            progress_.update({"training, epoch " + std::to_string(epoch + 1) + " of " +
                                  std::to_string(totalEpochs_) + ", " + entry.phase,
                              done, totalEpochs_ * batches.batchCount(), "steps",
                              "loss " + Json(total).dump().substr(0, 8)});
        }
        return means.means();
    }

    std::map<std::string, double> validate(const TrainingPosition& position) {
        if (split_.validation.empty())
            return {};
        const torch::NoGradGuard guard;
        BatchLoader batches = loader(split_.validation);
        auto noise = generator("validation", 0);
        TermMeans means;
        while (const std::optional<Batch> batch = batches.next()) {
            const Tensor images = toTensor(batch->images).to(computeDevice());
            BatchContext context(noise, {0, images.size(0), images.size(0)});
            means.add(recipe_->loss(images, position, context), images.size(0));
        }
        return means.means();
    }

    [[noreturn]] void explainNotFinite(const LossTerms& loss, const EpochLog& entry) const {
        std::string terms;
        for (const auto& [name, value] : loss.terms)
            if (!std::isfinite(value.item<double>()))
                terms += (terms.empty() ? "" : ", ") + name;
        throw ModelError("training",
                         "the loss is no longer finite in epoch " + std::to_string(entry.epoch) + " (" +
                             entry.phase + "; " + terms + ")",
                         "use a smaller learning_rate, or check the images for extreme values");
    }

    TrainReport finish(double seconds) {
        report_.seconds = seconds;
        const Rows& held = split_.validation.empty() ? split_.training : split_.validation;
        Json training{{"data", data_.info().name},
                      {"images", split_.training.size()},
                      {"held_out", split_.validation.size()},
                      {"seed", options_.seed},
                      {"epochs", totalEpochs_},
                      {"options", state_.trainOptions},
                      {"seconds", std::round(seconds)},
                      {"threads", threads()},
                      {"device", deviceName()},
                      {"libtorch", torchVersion()}};
        const HeldOutReport heldOut =
            evaluateHeldOut(*recipe_->snapshot(training, Json::object()), data_, held);
        report_.validationError = heldOut.squaredError;
        report_.componentCounts = heldOut.componentCounts;
        report_.meanImageError = meanImageError(data_, split_.training, held);
        const Json metrics{{"held_out_squared_error", report_.validationError},
                           {"mean_image_squared_error", report_.meanImageError},
                           {"held_out_component_counts", report_.componentCounts}};
        report_.model = recipe_->snapshot(training, metrics);
        return std::move(report_);
    }

    const Dataset& data_;
    TrainOptions options_;
    StopToken stop_;
    ProgressSink& progress_;
    const EpochCallback& onEpoch_;
    Split split_;
    LossLog log_;
    Checkpoint state_;
    std::unique_ptr<Recipe> recipe_;
    std::unique_ptr<Adam> optimiser_;
    std::vector<Tensor> trainable_;
    int64_t totalEpochs_ = 0;
    TrainReport report_;
};

} // namespace

TrainReport train(const std::string& family, const Dataset& data, const Json& familyOptions,
                  const TrainOptions& options, const StopToken& stop, ProgressSink& progress,
                  const EpochCallback& onEpoch) {
    if (options.checkpointEvery > 0 && options.checkpoint.empty())
        throw UsageError("train", "checkpoints were asked for without a file", "name the checkpoint's file");
    return Trainer(family, data, familyOptions, options, stop, progress, onEpoch).run();
}

} // namespace galatea
