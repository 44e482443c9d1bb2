#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <string>
#include <thread>

#include "data/simulator_scene.h"
#include "data/simulator_truth.h"

namespace galatea::simulation {

namespace {
constexpr double missing = std::numeric_limits<double>::quiet_NaN();
using NumberOf = std::function<double(const SimulatedObject&)>;

/// A column read off the first (brightest) galaxy of an object; NaN for a star.
NumberOf ofGalaxy(std::function<double(const Galaxy&)> value) {
    return [value = std::move(value)](const SimulatedObject& object) {
        return object.galaxies.empty() ? missing : value(object.galaxies.front());
    };
}

struct NumberColumn {
    Column column;
    NumberOf value;
};

double degrees(double radians) {
    return radians * 180 / std::numbers::pi;
}

void addPhotometry(std::vector<NumberColumn>& columns, const SimulationOptions& options) {
    constexpr std::string_view ucds[] = {"U", "B", "R", "I", "I"};
    for (const char letter : options.bands) {
        const size_t band = bandLetters.find(letter);
        const std::string name(1, letter);
        columns.push_back(
            {{"mag_" + name, std::vector<double>{}, "mag", "phot.mag;em.opt." + std::string(ucds[band]),
              "total AB magnitude in " + name + " of the object alone"},
             [band](const auto& o) { return magnitudeOfFlux(o.fluxes()[band]); }});
    }
    for (const char letter : options.bands) {
        const size_t band = bandLetters.find(letter);
        const std::string name(1, letter);
        columns.push_back({{"sky_noise_" + name, std::vector<double>{}, "nanomaggy", "stat.stdev;phot.flux",
                            "standard deviation of the empty sky in one pixel, " + name},
                           [band, options](const auto& o) { return skyDeviation(o, options, band); }});
    }
}

double pitchOf(const Galaxy& g) {
    return g.arms.number > 0 ? degrees(g.arms.pitch) : missing;
}

double inclinationOf(const Galaxy& g) {
    return g.bulge.fraction < 1 ? degrees(g.disc.inclination) : missing;
}

void addGeometry(std::vector<NumberColumn>& columns) {
    const auto add = [&](const char* name, const char* unit, const char* ucd, const char* description,
                         NumberOf value) {
        columns.push_back({{name, std::vector<double>{}, unit, ucd, description}, std::move(value)});
    };
    add("radius", "arcsec", "phys.angSize", "radius along the major axis that holds half the light",
        ofGalaxy([](const Galaxy& g) { return g.halfLightRadius; }));
    add("axis_ratio", "", "phys.angSize;arith.ratio", "minor over major axis as seen",
        ofGalaxy([](const Galaxy& g) { return g.axisRatio(); }));
    add("angle", "deg", "pos.posAng", "major axis, from growing column towards growing row",
        ofGalaxy([](const Galaxy& g) { return degrees(g.angle); }));
    add("inclination", "deg", "src.orbital.inclination", "of the disc, 0 face-on; empty without a disc",
        ofGalaxy(inclinationOf));
    add("pixel_scale", "arcsec", "instr.pixel", "side of a pixel",
        [](const auto& o) { return o.pixelScale; });
    add("seeing", "arcsec", "instr.obsty.seeing", "full width at half maximum of the point spread in r",
        [](const auto& o) { return o.seeing; });
}

void addAnatomy(std::vector<NumberColumn>& columns) {
    const auto add = [&](const char* name, const char* unit, const char* description,
                         std::function<double(const Galaxy&)> value) {
        columns.push_back({{name, std::vector<double>{}, unit, "", description}, ofGalaxy(std::move(value))});
    };
    add("absolute_mag", "mag", "rest-frame r magnitude (H0 = 70, flat, matter 0.3)",
        [](const Galaxy& g) { return g.absoluteMagnitude; });
    add("bulge_fraction", "", "of the light, rest-frame r", [](const Galaxy& g) { return g.bulge.fraction; });
    add("sersic_n", "", "Sersic index of the bulge", [](const Galaxy& g) { return g.bulge.index; });
    add("bulge_radius", "arcsec", "effective radius of the bulge along its major axis",
        [](const Galaxy& g) { return g.bulge.radius; });
    add("young_fraction", "", "of the light from young stars, rest-frame r",
        [](const Galaxy& g) { return g.youngFraction(); });
    add("pitch", "deg", "pitch angle of the arms; empty without arms", pitchOf);
    add("bar", "", "share of the disc's light in the bar", [](const Galaxy& g) { return g.bar.fraction; });
    add("ring", "", "share of the disc's light in the ring", [](const Galaxy& g) { return g.ring.fraction; });
    add("dust", "", "optical depth in r where dust is thickest", [](const Galaxy& g) { return g.disc.dust; });
}

std::vector<NumberColumn> numberColumns(const SimulationOptions& options) {
    std::vector<NumberColumn> columns;
    columns.push_back({{"redshift", std::vector<double>{}, "", "src.redshift", "0 for a star"},
                       [](const SimulatedObject& object) {
                           return object.galaxies.empty() ? 0.0 : object.galaxies.front().redshift;
                       }});
    addPhotometry(columns, options);
    addGeometry(columns);
    addAnatomy(columns);
    return columns;
}

struct Counts {
    std::vector<int64_t> id, arms, companions, foreground;
    std::vector<std::string> type, label;

    explicit Counts(size_t count)
        : id(count), arms(count), companions(count), foreground(count), type(count), label(count) {}

    void fill(size_t row, const SimulatedObject& object) {
        id[row] = static_cast<int64_t>(row);
        arms[row] = object.galaxies.empty() ? 0 : object.galaxies.front().arms.number;
        companions[row] = static_cast<int64_t>(object.companions.size());
        foreground[row] = static_cast<int64_t>(object.foreground.size());
        type[row] = morphologyName(object.type);
        label[row] = coarseClass(object.type);
    }

    void moveTo(Table& table, std::vector<NumberColumn> numbers) {
        table.set({"id", std::move(id), "", "meta.id;meta.main", "number of the object in its set"});
        table.set({"type", std::move(type), "", "src.morph.type", "morphological type"});
        table.set({"label", std::move(label), "", "src.class", "coarse class: what one sees at a glance"});
        for (auto& number : numbers)
            table.set(std::move(number.column));
        table.set({"arms", std::move(arms), "", "", "number of spiral arms"});
        table.set({"companions", std::move(companions), "", "meta.number", "other galaxies in the field"});
        table.set({"foreground_stars", std::move(foreground), "", "meta.number", "stars in the field"});
    }
};
} // namespace

int64_t threadCount(const SimulationOptions& options, int64_t pieces) {
    const auto cores = static_cast<int64_t>(std::max(1u, std::thread::hardware_concurrency()));
    const int64_t wanted = options.threads > 0 ? options.threads : cores;
    return std::clamp<int64_t>(pieces, 1, wanted);
}

Table makeCatalog(const SimulationOptions& options, const StopToken& stop, ProgressSink& progress) {
    const auto count = static_cast<size_t>(options.count);
    auto numbers = numberColumns(options);
    for (auto& number : numbers)
        number.column.values = std::vector<double>(count);
    Counts counts(count);
    constexpr int64_t piece = 2000;
    std::atomic<int64_t> next{0};
    const auto work = [&] {
        for (int64_t begin = next.fetch_add(piece); begin < options.count && !stop.stop_requested();
             begin = next.fetch_add(piece))
            for (int64_t row = begin; row < std::min(begin + piece, options.count); ++row) {
                const auto object = drawTruth(options, row);
                counts.fill(static_cast<size_t>(row), object);
                for (auto& number : numbers)
                    std::get<std::vector<double>>(number.column.values)[static_cast<size_t>(row)] =
                        number.value(object);
            }
    };
    {
        std::vector<std::jthread> helpers;
        for (int64_t n = 1; n < threadCount(options, (options.count + piece - 1) / piece); ++n)
            helpers.emplace_back(work);
        work();
    }
    throwIfStopped(stop, "simulation stopped");
    progress.update({"simulating the catalogue", options.count, options.count, "objects", ""});
    Table table;
    counts.moveTo(table, std::move(numbers));
    return table;
}

} // namespace galatea::simulation
