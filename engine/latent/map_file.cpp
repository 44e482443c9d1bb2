#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/error.h"
#include "io/hdf5.h"
#include "io/strict_json.h"
#include "latent/latents.h"

namespace galatea {

namespace {

const char* const exactParameters = "parameters"; // attribute with all of them as JSON text

bool allNumbers(const Json& list) {
    return !list.empty() &&
           std::all_of(list.begin(), list.end(), [](const Json& v) { return v.is_number(); });
}

/// For readers elsewhere: a plain attribute where HDF5 has one, JSON text otherwise.
Hdf5Value attributeValue(const Json& value) {
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_boolean())
        return int64_t{value.get<bool>()};
    if (value.is_number_unsigned() &&
        value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
        return value.dump();
    if (value.is_number_integer())
        return value.get<int64_t>();
    if (value.is_number())
        return value.get<double>();
    if (value.is_array() && allNumbers(value))
        return value.get<std::vector<double>>();
    return value.dump();
}

/// What a map from elsewhere says about itself, number by number.
Json parametersFromAttributes(const Hdf5Reader& file) {
    Json parameters = Json::object();
    for (const std::string& name : file.attributeNames("/")) {
        if (name == "method")
            continue;
        if (const auto text = file.textAttribute("/", name))
            parameters[name] = *text;
        else if (const auto number = file.numberAttribute("/", name))
            parameters[name] = *number;
        else if (const auto numbers = file.numberListAttribute("/", name))
            parameters[name] = *numbers;
    }
    return parameters;
}

Json readParameters(const Hdf5Reader& file) {
    const auto text = file.textAttribute("/", exactParameters);
    if (!text)
        return parametersFromAttributes(file);
    Json parameters = parseStrictJson(*text, 32, file.path(), "the map's parameters");
    if (!parameters.is_object())
        throw InputError(file.path(), "the map's parameters are no JSON object", "make the map again");
    return parameters;
}

} // namespace

void writeMap(const LatentMap& map, const std::string& path) {
    const Array& places = map.coordinates;
    if (places.rank() != 2 || (places.dim(1) != 2 && places.dim(1) != 3))
        throw std::invalid_argument("a map has two or three coordinates per object");
    Hdf5Writer file(path);
    file.writeFloat(places.dim(1) == 2 ? "/xy" : "/xyz", places);
    for (const auto& [name, value] : map.parameters.items())
        if (name != "method" && name != exactParameters)
            file.setAttribute("/", name, attributeValue(value));
    file.setAttribute("/", "method", map.method);
    file.setAttribute("/", exactParameters, map.parameters.dump());
    file.commit();
}

LatentMap readMap(const std::string& path) {
    const Hdf5Reader file(path);
    const bool flat = file.has("/xy");
    if (flat == file.has("/xyz"))
        throw InputError(path, flat ? "it holds two maps, /xy and /xyz" : "it holds neither /xy nor /xyz",
                         "choose a map file");
    const char* name = flat ? "/xy" : "/xyz";
    const std::vector<int64_t> shape = file.describe(name).shape;
    if (shape.size() != 2 || shape[1] != (flat ? 2 : 3))
        throw InputError(path, std::string("'") + name + "' does not have the columns its name says",
                         "make the map again");
    LatentMap map;
    map.coordinates = file.readFloat(name);
    for (const float value : map.coordinates.values())
        if (!std::isfinite(value))
            throw InputError(path, std::string("'") + name + "' holds a value that is not finite",
                             "make the map again");
    map.method = file.textAttribute("/", "method").value_or("");
    map.parameters = readParameters(file);
    return map;
}

} // namespace galatea
