#include "data/survey/loaded_field.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "core/error.h"
#include "core/parallel.h"
#include "core/text.h"
#include "data/survey/seams.h"
#include "data/survey/sep_call.h"

namespace galatea::survey {

namespace {

/// SEP's complaints are about a frame.
template <class Call>
auto named(const std::string& path, Call call) {
    try {
        return call();
    } catch (const Error&) {
        throw;
    } catch (const std::runtime_error& fault) {
        throw InputError(path, fault.what(), "choose another mesh or threshold, or leave it out");
    }
}

struct Offset {
    double value = 0, error = 0;
};

/// Median and its standard error from the median absolute deviation.
Offset medianOffset(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    Offset offset{*middle, 0};
    for (double& value : values)
        value = std::abs(value - offset.value);
    std::nth_element(values.begin(), middle, values.end());
    offset.error = 1.2533 * 1.4826 * *middle / std::sqrt(static_cast<double>(values.size()));
    return offset;
}

} // namespace

size_t referenceBand(const std::vector<std::string>& bands, const std::string& wanted) {
    const auto found = std::find(bands.begin(), bands.end(), wanted);
    return found != bands.end() ? static_cast<size_t>(found - bands.begin()) : bands.size() / 2;
}

BandPlane LoadedBand::plane(int64_t referenceWidth) const {
    return {&pixels, &mask, &segmentation, background.get(), &map, referenceWidth};
}

LoadedField::LoadedField(const Field& field, const FieldOptions& options, FrameFiles& files,
                         const StopToken& stop)
    : name_(field.name), options_(options), bands_(field.bands.size()) {
    for (size_t i = 0; i < bands_.size(); ++i)
        bands_[i].frame = field.bands[i];
    chooseReference();
    const bool lookTwice = options_.background.maskSources, onReference = options_.detectOn != "all";
    // Sources are found on one thread, while the other bands are read or their sky is measured.
    forEachBand(stop, [&](size_t i) {
        readBand(i, field, files);
        if (i != reference_ || !onReference)
            return;
        named(bands_[i].frame.path, [&] { measureSky(i, {}); });
        detection_ = find();
    });
    for (const LoadedBand& band : bands_)
        for (const std::string& text : band.frame.notes)
            note(escaped(band.frame.path) + ": " + text);
    makeMaps();
    if (!onReference || !lookTwice)
        forEachBand(stop, [&](size_t i) {
            if (i != reference_ || !onReference)
                named(bands_[i].frame.path, [&] { measureSky(i, {}); });
        });
    if (!onReference)
        detection_ = find();
    if (lookTwice) {
        bands_[reference_].segmentation = detection_.segmentation();
        forEachBand(stop, [&](size_t i) {
            lookAgain(i);
            if (i == reference_ && onReference)
                detection_ = find();
        });
        if (!onReference)
            detection_ = find();
    }
    for (const LoadedBand& band : bands_)
        if (const size_t seams = band.seams.columns.size() + band.seams.rows.size(); seams > 0)
            note(escaped(band.frame.path) + ": its sky steps along " +
                 (band.seams.columns.empty() ? "rows near " + std::to_string(band.seams.rows.front())
                                             : "columns near " + std::to_string(band.seams.columns.front())) +
                 "; that was mended");
    for (const std::string& text : detection_.notes)
        note(name_ + ": " + text);
    const std::vector<int32_t> labels = detection_.segmentation();
    bands_[reference_].segmentation = labels;
    if (options_.refine)
        forEachBand(stop, [&](size_t i) {
            if (!bands_[i].map.isIdentity())
                refineMap(bands_[i]);
        });
    forEachBand(stop, [&](size_t i) {
        LoadedBand& band = bands_[i];
        band.segmentation = mappedSegmentation(labels, detection_.width, detection_.height, band.map,
                                               band.frame.width, band.frame.height);
    });
}

/// On several threads; the reference, which has the most to be done, comes first.
void LoadedField::forEachBand(const StopToken& stop, const std::function<void(size_t)>& work) {
    parallelFor(static_cast<int64_t>(bands_.size()), options_.threads, [&](int64_t piece) {
        throwIfStopped(stop);
        const auto place = static_cast<size_t>(piece);
        work(place == 0 ? reference_ : place <= reference_ ? place - 1 : place);
    });
}

void LoadedField::note(const std::string& text) {
    notes_.push_back(text);
}

void LoadedField::chooseReference() {
    std::vector<std::string> names;
    for (const LoadedBand& band : bands_)
        names.push_back(band.frame.band);
    reference_ = referenceBand(names, options_.reference);
}

void LoadedField::readBand(size_t index, const Field& field, FrameFiles& files) {
    LoadedBand& band = bands_[index];
    describe(band.frame, files);
    band.pixels = readPixels(band.frame, files);
    readMasks(field, files, band);
    files.close(band.frame.path);
    band.scale = prepare(band.pixels, band.mask);
    if (band.scale == 0)
        throw InputError(band.frame.path, "no pixel holds a finite number", "leave it out");
}

/// Masks of the band's own size; others belong to other frames.
void LoadedField::readMasks(const Field& field, FrameFiles& files, LoadedBand& band) const {
    for (const Frame& source : field.masks) {
        Frame frame = source;
        describe(frame, files);
        if (frame.width != band.frame.width || frame.height != band.frame.height ||
            (!frame.band.empty() && frame.band != band.frame.band))
            continue;
        const Array marks = readPixels(frame, files);
        band.mask.resize(static_cast<size_t>(marks.size()), 0);
        for (int64_t i = 0, count = marks.size(); i < count; ++i)
            if (marks.data()[i] != 0) // NaN marks, too
                band.mask[static_cast<size_t>(i)] = 1;
    }
}

void LoadedField::makeMaps() {
    const Frame& reference = bands_[reference_].frame;
    for (size_t i = 0; i < bands_.size(); ++i) {
        const Frame& frame = bands_[i].frame;
        const bool sameSize = frame.width == reference.width && frame.height == reference.height;
        if (i == reference_ || (sameSize && !frame.wcs && !reference.wcs))
            continue;
        if (frame.wcs && reference.wcs) {
            bands_[i].map =
                PixelMap(*reference.wcs, *frame.wcs, reference.width, reference.height, options_.margin);
            const PixelMap::Local middle = bands_[i].map.at(static_cast<double>(reference.width) / 2,
                                                            static_cast<double>(reference.height) / 2);
            if (!std::isfinite(middle.x) || !std::isfinite(middle.y))
                throw InputError(frame.path, "it does not show the sky of " + escaped(reference.path),
                                 "check its coordinates or leave it out");
        } else if (sameSize) {
            note(escaped(frame.path) +
                 ": only one of the field's frames has sky coordinates; they are laid on "
                 "each other pixel by pixel");
        } else {
            throw InputError(frame.path,
                             "it has no sky coordinates and not the size of " + escaped(reference.path),
                             "bring all bands to one grid");
        }
    }
}

/// Surveys' coordinates differ between bands by some tenths of a pixel (refraction in the air, drift). Where
/// the windowed centres of bright compact sources agree on such an offset, the map follows them.
void LoadedField::refineMap(LoadedBand& band) const {
    constexpr size_t enough = 8, most = 300;
    constexpr double window = 2; // standard deviation of the weight, pixels
    const LoadedBand& reference = bands_[reference_];
    const auto centre = [](const LoadedBand& of, double x, double y, PixelPosition& out) {
        const sep_image image = sepImage(of.pixels.data(), of.frame.width, of.frame.height,
                                         of.mask.empty() ? nullptr : of.mask.data());
        int steps = 0;
        short flags = 0;
        const int status = sep_windowed(&image, x, y, window, 5, 0, &out.x, &out.y, &steps, &flags);
        return status == 0 && flags == 0 && std::hypot(out.x - x, out.y - y) < 2.5;
    };
    std::vector<double> x, y;
    for (const DetectedSource& source : detection_.sources) {
        const bool compact = source.flags == 0 && source.b > 0.7 * source.a && source.a < 4;
        const double noise = static_cast<double>(reference.background->noiseAt(source.x, source.y));
        if (!compact || source.peak < 20 * noise || x.size() >= most)
            continue;
        PixelPosition here, there;
        if (!centre(reference, source.x, source.y, here))
            continue;
        const PixelMap::Local expected = band.map.at(here.x, here.y);
        if (!centre(band, expected.x, expected.y, there))
            continue;
        const auto px = std::lround(there.x), py = std::lround(there.y);
        if (px < 0 || py < 0 || px >= band.frame.width || py >= band.frame.height)
            continue;
        const double peak = static_cast<double>(band.pixels.data()[py * band.frame.width + px]);
        if (peak < 10 * static_cast<double>(band.background->noiseAt(there.x, there.y)))
            continue;
        x.push_back(there.x - expected.x);
        y.push_back(there.y - expected.y);
    }
    if (x.size() < enough)
        return;
    const Offset dx = medianOffset(x), dy = medianOffset(y);
    if (std::hypot(dx.value, dy.value) < 3 * std::hypot(dx.error, dy.error) ||
        std::hypot(dx.value, dy.value) > 2)
        return;
    band.map.shift(dx.value, dy.value);
    band.moved = {dx.value, dy.value};
    band.starsUsed = static_cast<int64_t>(x.size());
}

/// Subtracts the sky; a second look replaces the first.
void LoadedField::measureSky(size_t index, const Mask& sources) {
    LoadedBand& band = bands_[index];
    if (band.background) { // put back what the first look took away
        const Array level = band.background->levelMap();
        for (int64_t i = 0, count = level.size(); i < count; ++i)
            if (band.mask[static_cast<size_t>(i)] == 0)
                band.pixels.data()[i] += level.data()[i];
    }
    band.background =
        std::make_unique<Background>(band.pixels, sources.empty() ? band.mask : sources, options_.background);
    if (!(band.background->noise() > 0))
        throw InputError(band.frame.path, "its sky has no noise to measure a threshold by",
                         "give frames as they come from a telescope");
    band.background->subtractFrom(band.pixels, band.mask);
}

/// The sky once more, now without the sources that the first look found.
void LoadedField::lookAgain(size_t index) {
    LoadedBand& band = bands_[index];
    named(band.frame.path, [&] {
        const Mask mask = sourceMask(band);
        measureSky(index, mask);
        if (options_.background.seams)
            band.seams =
                removeSeams(band.pixels, mask, band.mask, static_cast<double>(band.background->noise()));
    });
}

/// The band's bad pixels and the reference's sources, each a pixel wider all round.
Mask LoadedField::sourceMask(const LoadedBand& band) const {
    const std::vector<int32_t> labels =
        mappedSegmentation(bands_[reference_].segmentation, bands_[reference_].frame.width,
                           bands_[reference_].frame.height, band.map, band.frame.width, band.frame.height);
    Mask mask = band.mask;
    const int64_t width = band.frame.width, height = band.frame.height;
    for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x) {
            if (labels[static_cast<size_t>(y * width + x)] == 0)
                continue;
            for (int64_t v = std::max<int64_t>(y - 1, 0); v <= std::min(y + 1, height - 1); ++v)
                for (int64_t u = std::max<int64_t>(x - 1, 0); u <= std::min(x + 1, width - 1); ++u)
                    mask[static_cast<size_t>(v * width + u)] = 1;
        }
    return mask;
}

Detection LoadedField::find() const {
    const LoadedBand& reference = bands_[reference_];
    return named(reference.frame.path, [&] {
        if (options_.detectOn != "all")
            return detect(reference.pixels, reference.background->noiseMap(), reference.mask,
                          options_.detection);
        // Every band in units of its own noise, so that each counts by what it can tell.
        Array sum({reference.frame.height, reference.frame.width});
        for (const LoadedBand& band : bands_) {
            Array significance = band.pixels.copy();
            const Array noise = band.background->noiseMap();
            for (int64_t i = 0, count = noise.size(); i < count; ++i)
                significance.data()[i] /= std::max(noise.data()[i], 1e-20f);
            const Array placed =
                band.map.isIdentity()
                    ? significance
                    : resampledFrame(significance, band.map, reference.frame.width, reference.frame.height);
            for (int64_t i = 0, count = sum.size(); i < count; ++i)
                sum.data()[i] += placed.data()[i];
        }
        const Background noise(sum, reference.mask, options_.background);
        noise.subtractFrom(sum, reference.mask);
        return detect(sum, noise.noiseMap(), reference.mask, options_.detection);
    });
}

} // namespace galatea::survey
