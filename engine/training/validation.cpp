#include "training/validation.h"

#include <functional>

namespace galatea {

namespace {

constexpr int64_t batchSize = 64;

void forEachBatch(const Dataset& data, std::span<const int64_t> rows,
                  const std::function<void(const Array&)>& visit) {
    for (size_t begin = 0; begin < rows.size(); begin += batchSize)
        visit(data.read(rows.subspan(begin, std::min<size_t>(batchSize, rows.size() - begin))));
}

double squaredDistance(const Array& a, const Array& b) {
    double sum = 0;
    const auto x = a.values(), y = b.values();
    for (size_t i = 0; i < x.size(); ++i) {
        const double difference = static_cast<double>(x[i]) - static_cast<double>(y[i]);
        sum += difference * difference;
    }
    return sum;
}

double pixelCount(const Dataset& data, size_t images) {
    const DatasetInfo& info = data.info();
    return static_cast<double>(info.channels * info.height * info.width) * static_cast<double>(images);
}

} // namespace

HeldOutReport evaluateHeldOut(const Model& model, const Dataset& data, std::span<const int64_t> rows) {
    HeldOutReport report;
    const GaussianMixture& mixture = model.card().mixture;
    report.componentCounts.assign(static_cast<size_t>(mixture.components), 0);
    report.reconstructs = model.card().can("encode") && model.card().can("decode");
    if (!report.reconstructs)
        return report;
    double sum = 0;
    forEachBatch(data, rows, [&](const Array& images) {
        const Array mean = model.encode(images).mean;
        sum += squaredDistance(images.contiguousCopy(), model.decode(mean).mean);
        if (!mixture.empty())
            for (const int64_t k : largestPerRow(responsibilities(mixture, mean)))
                ++report.componentCounts[static_cast<size_t>(k)];
    });
    report.squaredError = rows.empty() ? 0 : sum / pixelCount(data, rows.size());
    return report;
}

double meanImageError(const Dataset& data, std::span<const int64_t> trainingRows,
                      std::span<const int64_t> rows) {
    if (rows.empty() || trainingRows.empty())
        return 0;
    const auto pixels = static_cast<size_t>(pixelCount(data, 1));
    std::vector<double> mean(pixels, 0.0);
    forEachBatch(data, trainingRows, [&](const Array& images) {
        const auto values = images.values();
        for (size_t i = 0; i < values.size(); ++i)
            mean[i % pixels] += static_cast<double>(values[i]);
    });
    for (double& value : mean)
        value /= static_cast<double>(trainingRows.size());
    double sum = 0;
    forEachBatch(data, rows, [&](const Array& images) {
        const auto values = images.values();
        for (size_t i = 0; i < values.size(); ++i) {
            const double difference = static_cast<double>(values[i]) - mean[i % pixels];
            sum += difference * difference;
        }
    });
    return sum / pixelCount(data, rows.size());
}

} // namespace galatea
