#include "data/survey/detection.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

#include "data/survey/sep_call.h"

namespace galatea::survey {

namespace {

struct Kernel {
    std::vector<float> values;
    int side = 0;
    double noiseFactor = 1; ///< standard deviation of convolved white noise of deviation 1
};

Kernel makeKernel(double fwhm) {
    Kernel kernel;
    if (fwhm <= 0) {
        kernel.values = {1, 2, 1, 2, 4, 2, 1, 2, 1};
        kernel.side = 3;
    } else {
        const double sigma = std::min(fwhm, 100.0) / 2.3548200450309493;
        const int reach = std::max(1, static_cast<int>(std::ceil(2 * sigma)));
        kernel.side = 2 * reach + 1;
        for (int y = -reach; y <= reach; ++y)
            for (int x = -reach; x <= reach; ++x)
                kernel.values.push_back(static_cast<float>(std::exp(-(x * x + y * y) / (2 * sigma * sigma))));
    }
    double sum = 0, squares = 0;
    for (const float value : kernel.values) {
        sum += static_cast<double>(value);
        squares += static_cast<double>(value) * static_cast<double>(value);
    }
    kernel.noiseFactor = std::sqrt(squares) / sum;
    return kernel;
}

/// sep_extract keeps its work in globals of the library, and its limits are globals too.
std::mutex& extractLock() {
    static std::mutex lock;
    return lock;
}

struct CatalogFree {
    void operator()(sep_catalog* catalog) const { sep_catalog_free(catalog); }
};
using Catalog = std::unique_ptr<sep_catalog, CatalogFree>;

struct Extraction {
    Catalog catalog;
    std::vector<std::string> notes;
};

Extraction extract(const sep_image& image, const Kernel& kernel, const DetectionOptions& options) {
    const auto threshold = static_cast<float>(std::min(options.isophote, options.sigma * kernel.noiseFactor));
    const std::lock_guard guard(extractLock());
    const int64_t pixels = int64_t{image.w} * image.h;
    sep_set_extract_pixstack(static_cast<size_t>(std::max<int64_t>(300000, pixels / 3)));
    sep_set_sub_object_limit(4096);
    Extraction result;
    double contrast = std::clamp(options.deblendContrast, 0.0, 1.0);
    for (int attempt = 0;; ++attempt) {
        sep_catalog* made = nullptr;
        const int status = sep_extract(&image, threshold, SEP_THRESH_REL, static_cast<int>(options.minArea),
                                       kernel.values.data(), kernel.side, kernel.side, SEP_FILTER_CONV,
                                       static_cast<int>(options.deblendLevels), contrast,
                                       options.clean > 0 ? 1 : 0, options.clean, &made);
        result.catalog.reset(made);
        if (status == 0)
            return result;
        result.catalog.release(); // SEP has freed it
        if (attempt == 0) {
            sep_set_extract_pixstack(static_cast<size_t>(pixels) + 1000);
            sep_set_sub_object_limit(65536);
        } else if (attempt == 1) {
            contrast = 1;
            result.notes.emplace_back("a blend has too many parts; blends were not divided");
        } else {
            requireSep(status, "finding sources");
        }
    }
}

DetectedSource sourceOf(const sep_catalog& catalog, size_t i) {
    DetectedSource source;
    source.x = catalog.x[i];
    source.y = catalog.y[i];
    source.peakX = catalog.xcpeak[i];
    source.peakY = catalog.ycpeak[i];
    source.a = static_cast<double>(catalog.a[i]);
    source.b = static_cast<double>(catalog.b[i]);
    source.theta = static_cast<double>(catalog.theta[i]);
    source.flux = static_cast<double>(catalog.flux[i]);
    source.peak = static_cast<double>(catalog.peak[i]);
    source.area = catalog.npix[i];
    source.flags = catalog.flag[i];
    return source;
}

} // namespace

std::vector<int32_t> Detection::segmentation() const {
    std::vector<int32_t> map(static_cast<size_t>(width * height), 0);
    for (size_t i = 0; i < sources.size(); ++i)
        for (int64_t p = 0; p < sources[i].area; ++p)
            map[static_cast<size_t>(pixels[static_cast<size_t>(sources[i].firstPixel + p)])] =
                static_cast<int32_t>(i + 1);
    return map;
}

Detection detect(const Array& pixels, const Array& noise, const Mask& mask, const DetectionOptions& options) {
    if (pixels.rank() != 2 || pixels.shape() != noise.shape() || !pixels.contiguous() || !noise.contiguous())
        throw std::invalid_argument("detection needs a plane of pixels and one of noise of the same size");
    Detection result;
    result.height = pixels.dim(0);
    result.width = pixels.dim(1);
    sep_image image =
        sepImage(pixels.data(), result.width, result.height, mask.empty() ? nullptr : mask.data());
    image.noise = noise.data();
    image.ndtype = SEP_TFLOAT;
    image.noise_type = SEP_NOISE_STDDEV;
    const Kernel kernel = makeKernel(options.kernelFwhm);
    Extraction extraction = extract(image, kernel, options);
    result.notes = std::move(extraction.notes);
    const sep_catalog& catalog = *extraction.catalog;
    for (size_t i = 0; i < static_cast<size_t>(catalog.nobj); ++i) {
        const int64_t peak = int64_t{catalog.ycpeak[i]} * result.width + catalog.xcpeak[i];
        const double significance = static_cast<double>(catalog.cpeak[i]) /
                                    (static_cast<double>(noise.data()[peak]) * kernel.noiseFactor);
        if (significance < options.sigma)
            continue;
        DetectedSource source = sourceOf(catalog, i);
        source.firstPixel = static_cast<int64_t>(result.pixels.size());
        result.pixels.insert(result.pixels.end(), catalog.pix[i], catalog.pix[i] + source.area);
        result.sources.push_back(source);
    }
    return result;
}

double prepare(Array& pixels, Mask& mask) {
    mask.resize(static_cast<size_t>(pixels.size()), 0);
    std::vector<float> sample;
    const int64_t count = pixels.size(), step = std::max<int64_t>(1, count / 100000) | 1;
    float* values = pixels.data();
    for (int64_t i = 0; i < count; ++i) {
        // Values beyond 1e30 are what SEP itself takes for "no pixel".
        if (!std::isfinite(values[i]) || std::abs(values[i]) >= 1e30f)
            mask[static_cast<size_t>(i)] = 1;
        if (mask[static_cast<size_t>(i)] != 0)
            values[i] = 0;
        else if (i % step == 0)
            sample.push_back(values[i]);
    }
    if (sample.empty())
        return 0;
    const auto middle = sample.begin() + static_cast<std::ptrdiff_t>(sample.size() / 2);
    std::nth_element(sample.begin(), middle, sample.end());
    const float median = *middle;
    double mean = 0;
    for (float& value : sample) {
        value = std::abs(value - median);
        mean += static_cast<double>(value);
    }
    mean /= static_cast<double>(sample.size());
    std::nth_element(sample.begin(), middle, sample.end());
    const double spread = *middle > 0 ? 1.4826 * static_cast<double>(*middle) : mean;
    const double scale =
        spread > 0 ? std::exp2(std::clamp(std::round(std::log2(spread)), -100.0, 100.0)) : 1.0;
    const auto inverse = static_cast<float>(1 / scale);
    for (int64_t i = 0; i < count; ++i)
        values[i] *= inverse;
    return scale;
}

PreviewDetection detectSources(const Array& frame, const DetectionOptions& options,
                               const BackgroundOptions& background) {
    if (frame.rank() != 2 || frame.empty())
        throw std::invalid_argument("a preview needs one plane of pixels");
    Array pixels = frame.copy();
    Mask mask;
    const double scale = prepare(pixels, mask);
    if (scale == 0)
        throw std::runtime_error("no pixel of the frame holds a finite number");
    const Background sky(pixels, mask, background);
    sky.subtractFrom(pixels, mask);
    PreviewDetection result;
    result.detection = detect(pixels, sky.noiseMap(), mask, options);
    result.level = static_cast<double>(sky.level()) * scale;
    result.noise = static_cast<double>(sky.noise()) * scale;
    for (DetectedSource& source : result.detection.sources) {
        source.flux *= scale;
        source.peak *= scale;
    }
    return result;
}

} // namespace galatea::survey
