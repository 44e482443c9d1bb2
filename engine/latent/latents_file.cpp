#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "io/hdf5.h"
#include "latent/latents.h"

namespace galatea {

namespace {

constexpr int64_t mostLatents = 65536; // as in the model card

[[noreturn]] void fail(const Hdf5Reader& file, const std::string& fault) {
    throw InputError(file.path(), fault, "embed the data again");
}

template <class Values>
void requireFinite(const Hdf5Reader& file, const std::string& name, const Values& values) {
    if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); }))
        fail(file, "'" + name + "' holds a value that is not finite");
}

/// [N, columns]; N below 0: any. In pieces, so that no single read is too large for the reader.
Array readTable(const Hdf5Reader& file, const std::string& name, int64_t rows) {
    const std::vector<int64_t> shape = file.describe(name).shape;
    if (shape.size() != 2 || shape[1] < 1 || shape[1] > mostLatents)
        fail(file, "'" + name + "' is no table of rows and columns");
    if (rows >= 0 && shape[0] != rows)
        fail(file, "'" + name + "' has " + std::to_string(shape[0]) + " rows where /mean has " +
                       std::to_string(rows));
    constexpr int64_t pieceValues = int64_t{1} << 26;
    const int64_t step = std::max<int64_t>(1, pieceValues / shape[1]);
    if (shape[0] <= step) {
        const Array table = file.readFloat(name);
        requireFinite(file, name, table.values());
        return table;
    }
    Array table(shape);
    for (int64_t row = 0; row < shape[0]; row += step) {
        const Array piece = file.readFloat(name, row, std::min(row + step, shape[0]));
        requireFinite(file, name, piece.values());
        std::copy_n(piece.data(), piece.size(), table.data() + row * shape[1]);
    }
    return table;
}

void requireLength(const Hdf5Reader& file, const std::string& name, int64_t rows) {
    if (file.describe(name).shape != std::vector<int64_t>{rows})
        fail(file, "'" + name + "' does not have one value per row of /mean");
}

std::vector<double> readValues(const Hdf5Reader& file, const std::string& name, int64_t rows) {
    if (!file.has(name))
        return {};
    requireLength(file, name, rows);
    std::vector<double> values = file.readDoubles(name);
    requireFinite(file, name, values);
    return values;
}

Array readResponsibility(const Hdf5Reader& file, int64_t rows) {
    const Array table = readTable(file, "/responsibility", rows);
    for (int64_t n = 0; n < table.dim(0); ++n) {
        double sum = 0;
        bool negative = false;
        for (int64_t k = 0; k < table.dim(1); ++k) {
            sum += table.at(n, k);
            negative = negative || table.at(n, k) < 0;
        }
        if (negative || std::abs(sum - 1) > 1e-3)
            fail(file, "row " + std::to_string(n) + " of '/responsibility' is no set of probabilities");
    }
    return table;
}

std::vector<int64_t> readComponent(const Hdf5Reader& file, const Latents& latents) {
    requireLength(file, "/component", latents.mean.dim(0));
    std::vector<int64_t> components = file.readIntegers("/component");
    const int64_t count = latents.responsibility.empty() ? mostLatents : latents.responsibility.dim(1);
    for (const int64_t component : components)
        if (component < 0 || component >= count)
            fail(file, "'/component' names a component that is not there: " + std::to_string(component));
    return components;
}

std::vector<std::string> readIds(const Hdf5Reader& file, int64_t rows) {
    std::vector<std::string> ids;
    if (!file.has("/id")) {
        for (int64_t row = 0; row < rows; ++row)
            ids.push_back(std::to_string(row));
        return ids;
    }
    requireLength(file, "/id", rows);
    const Column column = file.readColumn("/id"); // text, or whole numbers from elsewhere
    for (int64_t row = 0; row < rows; ++row)
        ids.push_back(column.text(row));
    return ids;
}

void requireWhole(const Latents& latents) {
    const int64_t rows = latents.mean.rank() == 2 ? latents.mean.dim(0) : -1;
    const auto tableFits = [&](const Array& table) {
        return table.empty() || (table.rank() == 2 && table.dim(0) == rows);
    };
    const auto fits = [&](size_t size) { return size == 0 || static_cast<int64_t>(size) == rows; };
    if (rows < 0 || static_cast<int64_t>(latents.id.size()) != rows || !tableFits(latents.logvar) ||
        !tableFits(latents.responsibility) || !fits(latents.component.size()) ||
        !fits(latents.score.size()) || !fits(latents.reconstructionError.size()))
        throw std::invalid_argument("the latents' parts do not have the same number of rows");
}

void writeAttributes(const Latents& latents, Hdf5Writer& file) {
    const auto set = [&](const char* name, const std::string& value) {
        if (!value.empty())
            file.setAttribute("/", name, value);
    };
    set("model", latents.model);
    set("model_sha256", latents.modelHash);
    set("data", latents.data);
    set("data_sha256", latents.dataHash);
}

} // namespace

void writeLatents(const Latents& latents, const std::string& path) {
    requireWhole(latents);
    Hdf5Writer file(path);
    file.writeFloat("/mean", latents.mean);
    if (!latents.logvar.empty())
        file.writeFloat("/logvar", latents.logvar);
    if (!latents.responsibility.empty())
        file.writeFloat("/responsibility", latents.responsibility);
    if (!latents.component.empty())
        file.writeIntegers("/component", latents.component);
    if (!latents.score.empty())
        file.writeDoubles("/score", latents.score);
    if (!latents.reconstructionError.empty())
        file.writeDoubles("/reconstruction_error", latents.reconstructionError);
    file.writeTexts("/id", latents.id);
    writeAttributes(latents, file);
    file.commit();
}

Latents readLatents(const std::string& path) {
    const Hdf5Reader file(path);
    Latents latents;
    latents.mean = readTable(file, "/mean", -1);
    const int64_t rows = latents.mean.dim(0);
    if (file.has("/logvar")) {
        latents.logvar = readTable(file, "/logvar", rows);
        if (latents.logvar.dim(1) != latents.mean.dim(1))
            fail(file, "'/logvar' does not have the columns of /mean");
    }
    if (file.has("/responsibility"))
        latents.responsibility = readResponsibility(file, rows);
    if (file.has("/component"))
        latents.component = readComponent(file, latents);
    latents.score = readValues(file, "/score", rows);
    latents.reconstructionError = readValues(file, "/reconstruction_error", rows);
    latents.id = readIds(file, rows);
    const auto text = [&](const char* name) { return file.textAttribute("/", name).value_or(""); };
    latents.model = text("model");
    latents.modelHash = text("model_sha256");
    latents.data = text("data");
    latents.dataHash = text("data_sha256");
    return latents;
}

} // namespace galatea
