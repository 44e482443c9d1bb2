#include <cmath>

#include "core/text.h"
#include "data/survey/import_frames.h"

namespace galatea::survey {

OptionSet describe(SurveyOptions& options) {
    OptionSet set;
    DetectionOptions& detection = options.detection;
    BackgroundOptions& background = options.background;
    set.add("size", options.size, "side of a cut-out", {.min = 4, .max = 4096, .unit = "pixels"});
    set.add("bands", options.bands, "channels in order; empty: what most fields have, by wavelength");
    set.add("reference", options.reference,
            "band that gives shapes and pixel grid; none such: the middle one");
    set.add("detect_on", options.detectOn,
            "frame that sources are looked for on: the reference, or all bands' mean",
            {.choices = {"reference", "all"}});
    set.add("sigma", detection.sigma,
            "what a source's peak must reach, in deviations of the convolved frame's noise",
            {.min = 0.1, .max = 1000});
    set.add("isophote", detection.isophote,
            "a source's pixels are above this many deviations of one pixel's noise",
            {.min = 0.1, .max = 1000});
    set.add("min_area", detection.minArea, "pixels above the threshold a source must have",
            {.min = 1, .max = 100000, .unit = "pixels"});
    set.add("kernel_fwhm", detection.kernelFwhm, "width of a Gaussian detection kernel; 0: 3 x 3 pyramid",
            {.min = 0, .max = 50, .unit = "pixels"});
    set.add("deblend_levels", detection.deblendLevels, "levels at which blends are looked at",
            {.min = 1, .max = 256});
    set.add("deblend_contrast", detection.deblendContrast,
            "part of a blend's light that makes a source; 1: never", {.min = 0, .max = 1});
    set.add("clean", detection.clean, "how strongly bright neighbours' wings are cleaned; 0: not at all",
            {.min = 0, .max = 10});
    set.add("mesh", background.mesh, "side of a background mesh", {.min = 8, .max = 4096, .unit = "pixels"});
    set.add("mesh_filter", background.filter, "side of the median filter over meshes", {.min = 1, .max = 31});
    set.add("mask_sources", background.maskSources,
            "measure the background a second time without the sources");
    set.add("seams", background.seams, "mend steps of the sky that run along whole rows or columns");
    set.add("aperture", options.aperture, "diameter of the aperture; pixels where the sky is unknown",
            {.min = 0.1, .max = 1000, .unit = "arcsec"});
    set.add("min_coverage", options.minCoverage, "part of a cut-out that must lie on every band's frame",
            {.min = 0, .max = 1});
    set.add("fill", options.fill, "pixels without data", {.choices = {"zero", "nan"}});
    set.add("kernel", options.kernel, "resampling", {.choices = {"lanczos3", "cubic"}});
    set.add("refine", options.refine, "correct the registration of bands by their stars");
    set.add("whole_pixels", options.wholePixels,
            "centre on the reference's nearest pixel, which is then not resampled");
    set.add("zero_points", options.zeroPoints,
            "magnitude of a flux of 1 per band, u=22.5; overrules headers");
    set.add("native_units", options.nativeUnits,
            "keep the frames' units where nanomaggies would be possible");
    return set;
}

namespace {

std::pair<std::string, double> zeroPointAssignment(const std::string& text) {
    const size_t equals = text.find('=');
    double value = 0;
    if (equals == std::string::npos || equals == 0 || !parseNumber(trimmed(text.substr(equals + 1)), value) ||
        !(std::abs(value) < 100))
        throw UsageError("zero point '" + text + "'", "is not of the form band=magnitude",
                         "write, for example, r=22.5");
    return {trimmed(text.substr(0, equals)), value};
}

} // namespace

void check(const SurveyOptions& options) {
    SurveyOptions copy = options;
    OptionSet known = describe(copy);
    const Json values = known.toJson();
    known.fromJson(values, "import"); // each against its limits
    for (const std::string& text : options.zeroPoints)
        zeroPointAssignment(text);
    for (size_t i = 0; i < options.bands.size(); ++i)
        for (size_t j = 0; j < i; ++j)
            if (options.bands[i] == options.bands[j])
                throw UsageError("bands", "'" + options.bands[i] + "' is named twice", "name each band once");
}

std::map<std::string, double> zeroPointsOf(const SurveyOptions& options) {
    std::map<std::string, double> points;
    for (const std::string& text : options.zeroPoints)
        points.insert(zeroPointAssignment(text));
    return points;
}

} // namespace galatea::survey
