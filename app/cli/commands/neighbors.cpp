#include "commands/commands.h"

#include "core/text.h"
#include "files.h"
#include "latent/latents.h"
#include "latent/neighbors.h"

namespace galatea::cli {

namespace {
Result runNeighbors(const std::string& path, int64_t index, int64_t count, Context& context) {
    const Latents latents = readLatents(path);
    if (index >= latents.size())
        throw UsageError(path, "has no object " + std::to_string(index),
                         "its " + std::to_string(latents.size()) + " objects are counted from 0");
    const std::vector<Neighbor> found =
        nearestNeighbors(latents.mean, latents.mean.row(index), count, index, context.stop);
    const auto idOf = [&](int64_t row) { return latents.id.at(static_cast<size_t>(row)); };
    Result result;
    result.json = {{"index", index}, {"id", idOf(index)}, {"neighbors", Json::array()}};
    result.text = "nearest to " + std::to_string(index) + " (" + escaped(idOf(index)) + "):\n";
    for (const Neighbor& neighbor : found) {
        result.json["neighbors"].push_back(
            {{"index", neighbor.row}, {"id", idOf(neighbor.row)}, {"distance", neighbor.distance}});
        char line[64];
        std::snprintf(line, sizeof line, "  %8lld  %10.5f  ", static_cast<long long>(neighbor.row),
                      neighbor.distance);
        result.text += line + escaped(idOf(neighbor.row)) + "\n";
    }
    return result;
}
} // namespace

Action defineNeighbors(CLI::App& app) {
    const auto path = std::make_shared<std::string>();
    const auto index = std::make_shared<int64_t>(0), count = std::make_shared<int64_t>(20);
    app.add_option("latents", *path, "Latents file")->required()->type_name("LATENTS.h5");
    app.add_option("--index", *index, "The object, counted from 0")
        ->required()
        ->check(notNegative())
        ->type_name("i");
    app.add_option("-k", *count, "Number of neighbours")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str()
        ->type_name("K");
    return [path, index, count](Context& context) { return runNeighbors(*path, *index, *count, context); };
}

} // namespace galatea::cli
