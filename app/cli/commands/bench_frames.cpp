// `bench --suite import --formats frames`: survey frames to cut-outs, with given positions and with
// detection.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "commands/bench.h"
#include "core/random.h"
#include "data/survey/import_frames.h"
#include "io/fits_writer.h"

namespace galatea::cli {

namespace {

constexpr int64_t width = 2048, height = 1489; // a frame of the SDSS
constexpr int sourcesPerField = 450;           // as many as one shows
constexpr double arcsecPerPixel = 0.396;

struct MadeSource {
    double x = 0, y = 0, peak = 0, width = 0;
};

std::vector<MadeSource> madeSources(RandomStream& random) {
    std::vector<MadeSource> sources;
    for (int i = 0; i < sourcesPerField; ++i)
        sources.push_back({40 + random.uniform() * static_cast<double>(width - 80),
                           40 + random.uniform() * static_cast<double>(height - 80),
                           std::pow(10.0, 0.9 + 1.6 * random.uniform()), 1.2 + 1.3 * random.uniform()});
    return sources;
}

/// Sources on a sky of noise 1, `shift` pixels off the reference's grid.
Array madeFrame(const std::vector<MadeSource>& sources, double shift, RandomStream& random) {
    Array frame({height, width});
    for (float& value : frame.values())
        value = static_cast<float>(100 + random.normal());
    for (const MadeSource& source : sources) {
        const double centreX = source.x + shift, centreY = source.y + shift;
        const auto reach = static_cast<int64_t>(std::ceil(5 * source.width));
        const auto left = static_cast<int64_t>(centreX), bottom = static_cast<int64_t>(centreY);
        for (int64_t y = std::max<int64_t>(bottom - reach, 0); y < std::min(bottom + reach, height); ++y)
            for (int64_t x = std::max<int64_t>(left - reach, 0); x < std::min(left + reach, width); ++x) {
                const double u = (static_cast<double>(x) - centreX) / source.width;
                const double v = (static_cast<double>(y) - centreY) / source.width;
                frame.at(y, x) += static_cast<float>(source.peak * std::exp(-0.5 * (u * u + v * v)));
            }
    }
    return frame;
}

void writeFrame(const std::filesystem::path& path, const std::string& band, double shift,
                const Array& frame) {
    FitsWriter file(path.string());
    FitsHeading heading;
    heading.cards = {{"FILTER", band},
                     {"CTYPE1", "RA---TAN"},
                     {"CTYPE2", "DEC--TAN"},
                     {"CRPIX1", static_cast<double>(width) / 2 + shift},
                     {"CRPIX2", static_cast<double>(height) / 2 + shift},
                     {"CRVAL1", 150.0},
                     {"CRVAL2", 2.0},
                     {"CD1_1", -arcsecPerPixel / 3600},
                     {"CD1_2", 0.0},
                     {"CD2_1", 0.0},
                     {"CD2_2", arcsecPerPixel / 3600}};
    file.beginImage({height, width}, heading);
    file.append(frame);
    file.commit();
}

/// Five bands of one field, each off the others by some tenths of a pixel, and the catalogue of its sources.
std::string makeField(const std::filesystem::path& folder, uint64_t seed) {
    RandomStream random(seed, "bench frames");
    const std::vector<MadeSource> sources = madeSources(random);
    double shift = -0.8;
    for (const std::string band : {"u", "g", "r", "i", "z"}) {
        const double ofBand = band == "r" ? 0 : shift;
        writeFrame(folder / ("field-" + band + ".fits"), band, ofBand, madeFrame(sources, ofBand, random));
        shift += 0.4;
    }
    const std::string catalog = (folder / "positions.csv").string();
    std::ofstream rows(catalog);
    rows << "x,y\n";
    for (const MadeSource& source : sources)
        rows << source.x << ',' << source.y << '\n';
    return catalog;
}

} // namespace

void benchFrames(const ImportBenchArguments& arguments, const std::filesystem::path& folder, Context& context,
                 Result& result) {
    const std::filesystem::path frames = folder / "frames";
    std::filesystem::create_directory(frames);
    const std::string positions = makeField(frames, context.common.seed);
    std::filesystem::rename(positions, folder / "positions.csv");
    for (const bool given : {true, false}) {
        survey::SurveyOptions options;
        options.threads = context.common.threads;
        if (given)
            options.positions = (folder / "positions.csv").string();
        std::vector<double> rates;
        int64_t images = 0;
        for (int64_t run = 0; run < arguments.repeats; ++run) {
            const auto began = std::chrono::steady_clock::now();
            images = survey::importFrames({frames.string()}, (folder / "cutouts.h5").string(), options,
                                          context.stop)
                         .images;
            const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
            rates.push_back(static_cast<double>(images) / spent.count());
        }
        std::sort(rates.begin(), rates.end());
        const std::string name = given ? "frames, given positions" : "frames, detected";
        result.json["results"].push_back({{"format", name},
                                          {"images", images},
                                          {"runs", rates.size()},
                                          {"images_per_second", quantileOf(rates, 0.5)},
                                          {"lower_quartile", quantileOf(rates, 0.25)},
                                          {"upper_quartile", quantileOf(rates, 0.75)}});
        char line[200];
        std::snprintf(line, sizeof line,
                      "  %s: %.0f stamps of 5 x 64 x 64 (%.0f to %.0f), from five frames of 2048 x 1489, "
                      "%lld each run\n",
                      name.c_str(), quantileOf(rates, 0.5), quantileOf(rates, 0.25), quantileOf(rates, 0.75),
                      static_cast<long long>(images));
        result.text += line;
    }
}

} // namespace galatea::cli
