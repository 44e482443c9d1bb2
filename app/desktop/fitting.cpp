#include "app/desktop/fitting.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "app/desktop/pictures.h"
#include "core/text.h"
#include "inversion/mask.h"

namespace galatea {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

Array asBatch(const Array& image) {
    return image.contiguousCopy().reshaped({1, image.dim(0), image.dim(1), image.dim(2)});
}

/// Root of the mean of `value(i)` over the pixels chosen; NaN if there are none.
template <class Choose, class Value>
double rootMean(int64_t count, Choose chosen, Value value) {
    double sum = 0;
    int64_t used = 0;
    for (int64_t i = 0; i < count; ++i)
        if (chosen(i)) {
            sum += value(i);
            ++used;
        }
    return used > 0 ? std::sqrt(sum / static_cast<double>(used)) : unknown;
}

double chiSquareOf(const Model& model, const FitResult& result) {
    const std::vector<float> z = result.latent(FitResult::meanOfStarts);
    const Decoding drawn = model.decode(Array({1, static_cast<int64_t>(z.size())}, z));
    if (drawn.variance.empty())
        return unknown;
    const Array mean = drawn.mean.contiguousCopy(), variance = drawn.variance.contiguousCopy();
    const float* seen = result.observed.data();
    const double root = rootMean(
        result.image.size(), [&](int64_t i) { return seen[i] != 0 && variance.data()[i] > 0; },
        [&](int64_t i) {
            const double rest =
                static_cast<double>(result.image.data()[i]) - static_cast<double>(mean.data()[i]);
            return rest * rest / static_cast<double>(variance.data()[i]);
        });
    return root * root;
}

void measure(FitResult& result) {
    const Array mean = result.fit(FitResult::meanOfStarts),
                spread = result.report.spread.row(0).contiguousCopy();
    const float *seen = result.observed.data(), *truth = result.image.data();
    result.hides = std::any_of(seen, seen + result.observed.size(), [](float weight) { return weight == 0; });
    const auto looked = [&](int64_t i) { return !result.hides || seen[i] == 0; };
    const auto square = [](double v) { return v * v; };
    result.spread = rootMean(mean.size(), looked, [&](int64_t i) { return square(spread.data()[i]); });
    const auto errorOf = [&](const Array& fill) {
        return rootMean(
            fill.size(), [&](int64_t i) { return looked(i) && std::isfinite(truth[i]); },
            [&](int64_t i) {
                return square(static_cast<double>(fill.data()[i]) - static_cast<double>(truth[i]));
            });
    };
    result.hiddenError = result.hides ? errorOf(mean) : unknown;
    result.refinedError = result.refined.empty() ? unknown : errorOf(result.refined);
    result.chiSquare = chiSquareOf(*result.request.model, result);
}

/// Images with names, all at one object's place on the sky.
class NamedImages : public Dataset {
  public:
    NamedImages(DatasetPtr images, std::string wcs) : images_(std::move(images)), wcs_(std::move(wcs)) {}
    const DatasetInfo& info() const override { return images_->info(); }
    int64_t size() const override { return images_->size(); }
    Array read(std::span<const int64_t> rows) const override { return images_->read(rows); }
    const Table& catalog() const override { return images_->catalog(); }
    std::string wcsCards(int64_t) const override { return wcs_; }

  private:
    DatasetPtr images_;
    std::string wcs_;
};

} // namespace

Refinement::Refinement(const FitRequest& request, const StopToken& stop, ProgressSink& progress)
    : model(request.model), data(request.data), channels(request.hiddenChannels), options(request.options),
      rows(referenceRows(request.data->size(), {request.row}, request.references, request.options.seed)),
      formula(*model, data->read(rows), channels, options, stop, progress) {}

bool Refinement::serves(const FitRequest& request) const {
    BestFitOptions ours = options, theirs = request.options;
    ours.starts = theirs.starts; // references are fitted once each
    return model == request.model && data == request.data && channels == request.hiddenChannels &&
           describe(ours).toJson() == describe(theirs).toJson() &&
           !std::binary_search(rows.begin(), rows.end(), request.row);
}

std::vector<int64_t> FitResult::fits() const {
    std::vector<int64_t> all;
    if (!refined.empty())
        all.push_back(refinedMean);
    if (order.size() > 1)
        all.push_back(meanOfStarts);
    all.insert(all.end(), order.begin(), order.end());
    return all;
}

Array FitResult::fit(int64_t which) const {
    if (which == refinedMean)
        return refined;
    return (which == meanOfStarts ? report.mean.row(0) : report.images.row(0).row(which)).contiguousCopy();
}

Array FitResult::filled(const Array& fit) const {
    return observedOver(image, observed, fit);
}

std::vector<float> FitResult::latent(int64_t which) const {
    const Array z = report.latents.row(0).row(which < 0 ? report.best.front() : which).contiguousCopy();
    return {z.values().begin(), z.values().end()};
}

FitResultPtr fitObject(const FitRequest& request, const StopToken& stop, ProgressSink& progress,
                       const std::function<void(const BestFitFrame&)>& onFrame) {
    constexpr int64_t frames = 200, atMost = 10; // looks worth handing over; steps between two
    auto result = std::make_shared<FitResult>();
    result->request = request;
    result->image = request.data->readOne(request.row).contiguousCopy();
    const Array batch = asBatch(result->image);
    const Array observed = observedPixels(batch, request.hiddenChannels, request.hiddenPixels);
    result->observed = observed.row(0).contiguousCopy();
    result->report = bestFit(*request.model, batch, observed, request.options, stop, progress, onFrame,
                             std::clamp<int64_t>(request.options.steps / frames, 1, atMost));
    result->order.resize(static_cast<size_t>(request.options.starts));
    std::iota(result->order.begin(), result->order.end(), int64_t{0});
    std::stable_sort(result->order.begin(), result->order.end(), [&](int64_t a, int64_t b) {
        return result->report.losses.at(0, a) < result->report.losses.at(0, b);
    });
    if (request.references > 0 && !request.hiddenChannels.empty()) {
        result->refinement = request.refinement && request.refinement->serves(request)
                                 ? request.refinement
                                 : std::make_shared<const Refinement>(request, stop, progress);
        result->refined =
            result->refinement->formula.refined(batch, observed, result->report.mean).row(0).contiguousCopy();
    }
    measure(*result);
    return result;
}

void exportFitFits(const FitResult& result, const Provenance& provenance, const QString& path) {
    const Array best = result.fit(result.order.front()), mean = result.fit(FitResult::meanOfStarts);
    Array observed = result.image.copy(), residual = difference(result.image, best);
    for (int64_t i = 0; i < observed.size(); ++i)
        if (result.observed.data()[i] == 0)
            observed.data()[i] = residual.data()[i] = std::numeric_limits<float>::quiet_NaN();
    std::vector<std::pair<const char*, Array>> planes = {
        {"FILLED", result.filled(result.refined.empty() ? best : result.refined)},
        {"FIT", best},
        {"MEAN", mean},
        {"SPREAD", result.report.spread.row(0)},
        {"RESIDUAL", residual},
        {"OBSERVED", observed}};
    if (!result.refined.empty())
        planes.emplace_back("REFINED", result.refined);
    std::vector<int64_t> shape = result.image.shape();
    shape.insert(shape.begin(), static_cast<int64_t>(planes.size()));
    Array images(shape);
    std::vector<std::string> names;
    std::vector<int64_t> rows;
    for (const auto& [name, plane] : planes) {
        const Array values = plane.contiguousCopy();
        std::copy(values.values().begin(), values.values().end(),
                  images.row(static_cast<int64_t>(names.size())).values().begin());
        rows.push_back(static_cast<int64_t>(names.size()));
        names.emplace_back(name);
    }
    Table catalog;
    catalog.set({"id", names});
    const FitRequest& request = result.request;
    std::vector<std::string> hidden;
    for (const int64_t channel : request.hiddenChannels)
        hidden.push_back(static_cast<size_t>(channel) < request.data->info().bands.size()
                             ? request.data->info().bands[static_cast<size_t>(channel)]
                             : std::to_string(channel));
    ImageExport options;
    options.layout = ImageLayout::Extensions;
    options.provenance = {
        {"ORIGIN", std::string("best fit"), "what a model makes of one image"},
        {"MODEL", provenance.model.toStdString(), "model file"},
        {"MODNAME", provenance.modelName.toStdString(), "model name"},
        {"OBJECT", request.object.toStdString(), "identifier in the data set"},
        {"HIDBANDS", joined(hidden, ","), "bands hidden from the fit"},
        {"HIDPIXEL", int64_t{request.hiddenPixels.empty() ? 0 : 1}, "1: a painted region was hidden too"},
        {"NSTART", request.options.starts, "fits from different starts"},
        {"NCOUNTED", result.report.counted.front(), "fits in MEAN and SPREAD"},
        {"NSTEP", request.options.steps, "steps of Adam"},
        {"SEED", static_cast<int64_t>(request.options.seed), "of the random starts"},
        {"FITERR", static_cast<double>(result.report.losses.at(0, result.order.front())),
         "mean squared error over observed pixels"}};
    const NamedImages data(makeMemoryDataset(request.data->info(), images, catalog),
                           request.data->wcsCards(request.row));
    exportFits(data, rows, path.toStdString(), options);
}

} // namespace galatea
