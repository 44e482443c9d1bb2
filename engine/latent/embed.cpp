#include <algorithm>
#include <cmath>
#include <future>
#include <numeric>

#include "core/error.h"
#include "latent/latents.h"

namespace galatea {

namespace {

std::string shapeText(const std::vector<int64_t>& shape) {
    std::string text;
    for (const int64_t axis : shape)
        text += (text.empty() ? "" : "×") + std::to_string(axis);
    return text;
}

void checkInput(const ModelCard& card, const Dataset& data, const EmbedOptions& options) {
    if (options.batch < 1)
        throw UsageError("embedding", "the batch must hold at least one image", "32 is usual");
    const DatasetInfo& info = data.info();
    const std::vector<int64_t> have{info.channels, info.height, info.width};
    const std::vector<int64_t> want{card.input.channels, card.input.height, card.input.width};
    if (have != want)
        throw UsageError(info.name,
                         "its images are " + shapeText(have) + ", the model takes " + shapeText(want),
                         "import them at that size and with those bands");
}

/// What comes from a model is checked before it is kept.
class OutputCheck {
  public:
    OutputCheck(const ModelCard& card, const std::vector<std::string>& ids) : card_(card), ids_(ids) {}

    void operator()(const Array& output, const std::vector<int64_t>& shape, const char* what,
                    int64_t firstRow) const {
        if (output.shape() != shape)
            throw ModelError(card_.name,
                             std::string("its ") + what + " are " + shapeText(output.shape()) + " where " +
                                 shapeText(shape) + " were due",
                             "use a model that keeps to its card");
        const Array values = output.contiguousCopy();
        const int64_t rowSize = values.size() / std::max<int64_t>(1, shape.front());
        for (int64_t i = 0; i < values.size(); ++i)
            if (!std::isfinite(values.data()[i]))
                throw ModelError(card_.name,
                                 std::string("its ") + what + " of image '" +
                                     ids_[static_cast<size_t>(firstRow + i / rowSize)] + "' are not finite",
                                 "look for bad pixels in that image");
    }

  private:
    const ModelCard& card_;
    const std::vector<std::string>& ids_;
};

std::vector<std::string> idsOf(const Dataset& data) {
    std::vector<std::string> ids;
    const Column* column = data.catalog().find("id");
    for (int64_t row = 0; row < data.size(); ++row)
        ids.push_back(column ? column->text(row) : std::to_string(row));
    return ids;
}

/// Reads the next batch on another thread while the present one is worked on.
class Prefetch {
  public:
    Prefetch(const Dataset& data, int64_t batch) : data_(data), batch_(batch) { request(0); }
    int64_t begin() const { return begin_; }
    int64_t end() const { return end_; }
    /// The requested images; asks for the ones after them.
    Array next() {
        const Array images = pending_.get();
        begin_ = end_;
        end_ += images.dim(0);
        request(end_);
        return images;
    }

  private:
    void request(int64_t from) {
        const int64_t to = std::min(from + batch_, data_.size());
        if (from >= to)
            return;
        pending_ = std::async(std::launch::async, [this, from, to] {
            std::vector<int64_t> rows(static_cast<size_t>(to - from));
            std::iota(rows.begin(), rows.end(), from);
            return data_.read(rows);
        });
    }

    const Dataset& data_;
    int64_t batch_, begin_ = 0, end_ = 0;
    std::future<Array> pending_;
};

void copyRows(const Array& rows, int64_t firstRow, Array& all) {
    const Array values = rows.contiguousCopy();
    std::copy_n(values.data(), values.size(), all.data() + firstRow * all.dim(1));
}

/// Pixel-mean squared difference of each image.
void appendErrors(const Array& images, const Array& decoded, std::vector<double>& errors) {
    const Array a = images.contiguousCopy(), b = decoded.contiguousCopy();
    const int64_t pixels = a.size() / a.dim(0);
    for (int64_t n = 0; n < a.dim(0); ++n) {
        double sum = 0;
        for (int64_t i = n * pixels; i < (n + 1) * pixels; ++i) {
            const double difference = static_cast<double>(a.data()[i]) - b.data()[i];
            sum += difference * difference;
        }
        errors.push_back(sum / static_cast<double>(pixels));
    }
}

void addComponents(const GaussianMixture& mixture, Latents& latents) {
    if (mixture.empty())
        return;
    latents.responsibility = responsibilities(mixture, latents.mean);
    latents.component = largestPerRow(latents.responsibility);
}

/// Collects what the model gives for one batch after another.
class Embedding {
  public:
    Embedding(const Model& model, const Dataset& data, const EmbedOptions& options)
        : model_(model), options_(options), size_(data.size()), latents_(),
          check_(model.card(), latents_.id) {
        latents_.id = idsOf(data);
        latents_.data = data.info().source;
        latents_.mean = Array({size_, model.card().latent});
    }

    void add(const Array& images, int64_t row) {
        const ModelCard& card = model_.card();
        const int64_t count = images.dim(0);
        const Encoding encoding = model_.encode(images);
        check_(encoding.mean, {count, card.latent}, "latents", row);
        copyRows(encoding.mean, row, latents_.mean);
        addVariances(encoding.logvar, count, row);
        if (options_.reconstruct) {
            const Array decoded = model_.decode(encoding.mean).mean;
            check_(decoded, images.shape(), "reconstructions", row);
            appendErrors(images, decoded, latents_.reconstructionError);
        }
        if (card.can("score")) {
            const Array scores = model_.score(images);
            check_(scores, {count}, "scores", row);
            for (int64_t n = 0; n < count; ++n)
                latents_.score.push_back(scores.at(n));
        }
    }

    Latents finish() {
        addComponents(model_.card().mixture, latents_);
        return std::move(latents_);
    }

  private:
    void addVariances(const Array& logvar, int64_t count, int64_t row) {
        if (logvar.empty() && latents_.logvar.empty())
            return; // a model without them
        check_(logvar, {count, model_.card().latent}, "latent variances", row);
        if (row == 0)
            latents_.logvar = Array({size_, model_.card().latent});
        copyRows(logvar, row, latents_.logvar);
    }

    const Model& model_;
    EmbedOptions options_;
    int64_t size_;
    Latents latents_;
    OutputCheck check_; // refers to latents_.id
};

} // namespace

Latents embed(const Model& model, const Dataset& data, const EmbedOptions& options, const StopToken& stop,
              ProgressSink& progress) {
    checkInput(model.card(), data, options);
    Embedding embedding(model, data, options);
    Prefetch batches(data, options.batch);
    while (batches.end() < data.size()) {
        throwIfStopped(stop, "embedding was interrupted");
        const Array images = batches.next();
        embedding.add(images, batches.begin());
        progress.update({"embedding", batches.end(), data.size(), "images", ""});
    }
    return embedding.finish();
}

Latents embedTogether(const Model& model, const DatasetPtr& data, const EmbedOptions& options,
                      Partners& partners, const StopToken& stop, ProgressSink& progress) {
    checkInput(model.card(), *data, options);
    // Whole batches, so that every image is encoded in the company it has in one process: the order of sums
    // in a matrix product depends on it.
    const int64_t batches = (data->size() + options.batch - 1) / options.batch;
    const int64_t begin = batches * partners.rank() / partners.ranks() * options.batch;
    const int64_t end =
        std::min(data->size(), batches * (partners.rank() + 1) / partners.ranks() * options.batch);
    const DatasetPtr part = rowsOf(data, begin, end);
    Latents merged;
    if (part->size() > 0)
        merged = embed(model, *part, options, stop, progress);
    else
        merged.mean = Array({0, model.card().latent});
    merged.id = idsOf(*data);
    merged.data = data->info().source;
    merged.mean = partners.gatheredRows(merged.mean);
    // A part without images cannot tell whether the model gives these: all ask the same questions.
    const auto given = [&](bool here) { return partners.gathered({here ? 1.0 : 0.0}); };
    const auto anyOf = [](const std::vector<double>& flags) {
        return std::find(flags.begin(), flags.end(), 1.0) != flags.end();
    };
    if (anyOf(given(!merged.logvar.empty())))
        merged.logvar =
            partners.gatheredRows(merged.logvar.empty() ? Array({0, model.card().latent}) : merged.logvar);
    if (anyOf(given(!merged.score.empty())))
        merged.score = partners.gathered(merged.score);
    if (options.reconstruct)
        merged.reconstructionError = partners.gathered(merged.reconstructionError);
    addComponents(model.card().mixture, merged);
    return merged;
}

} // namespace galatea
