#include "latent/latent_table.h"

#include <cmath>

#include "data/join.h"

namespace galatea {

namespace {

void add(Table& table, Column column) {
    const std::string given = column.name;
    for (int n = 1; table.find(column.name) != nullptr; ++n)
        column.name = given + "_latent" + (n == 1 ? "" : std::to_string(n));
    table.set(std::move(column));
}

std::vector<double> columnOf(const Array& values, int64_t which) {
    std::vector<double> column;
    for (int64_t row = 0; row < values.dim(0); ++row)
        column.push_back(static_cast<double>(values.at(row, which)));
    return column;
}

bool sameIds(const Latents& latents, const Table& catalog) {
    const Column* id = catalog.find("id");
    if (id == nullptr || id->size() != latents.size())
        return false;
    for (int64_t row = 0; row < id->size(); ++row)
        if (id->text(row) != latents.id[static_cast<size_t>(row)])
            return false;
    return true;
}

Table objects(const Latents& latents, const Table* catalog, std::vector<std::string>& notes) {
    if (catalog != nullptr && sameIds(latents, *catalog))
        return *catalog;
    Table table;
    Column id = columnFromText("id", latents.id);
    if (std::holds_alternative<std::vector<double>>(id.values)) // 1.10 is a name, not a number
        id.values = latents.id;
    id.ucd = "meta.id;meta.main";
    id.description = "identifier of the object";
    table.set(std::move(id));
    if (catalog == nullptr)
        return table;
    JoinReport report;
    Table joined = joinCatalog(table, "the latents", *catalog, "the data set", {.idColumn = "id"}, report);
    if (report.unmatched > 0)
        notes.push_back(std::to_string(report.unmatched) + " of " + std::to_string(report.rows) +
                        " objects are not in the data set's catalogue");
    return joined;
}

} // namespace

Table latentTable(const Latents& latents, const Table* catalog, std::vector<std::string>& notes,
                  const LatentTableOptions& options) {
    Table table = objects(latents, catalog, notes);
    const int64_t dimensions = latents.mean.dim(1);
    for (int64_t d = 0; d < dimensions; ++d)
        add(table, {"z_" + std::to_string(d), columnOf(latents.mean, d), "", "stat.mean",
                    "latent variable " + std::to_string(d) + ", mean of the encoding"});
    for (int64_t d = 0; options.deviations && !latents.logvar.empty() && d < dimensions; ++d) {
        std::vector<double> sigma = columnOf(latents.logvar, d);
        for (double& value : sigma)
            value = std::exp(value / 2);
        add(table, {"sigma_" + std::to_string(d), std::move(sigma), "", "stat.stdev",
                    "latent variable " + std::to_string(d) + ", standard deviation of the encoding"});
    }
    if (!latents.component.empty())
        add(table, {"component", latents.component, "", "meta.code.class",
                    "most probable component of the mixture, counted from 0"});
    if (!latents.responsibility.empty())
        for (int64_t k = 0; k < latents.responsibility.dim(1); ++k)
            add(table, {"responsibility_" + std::to_string(k), columnOf(latents.responsibility, k), "",
                        "stat.probability", "probability of component " + std::to_string(k)});
    if (!latents.score.empty())
        add(table, {"score", latents.score, "", "stat.value", "anomaly score"});
    if (!latents.reconstructionError.empty())
        add(table, {"reconstruction_error", latents.reconstructionError, "", "stat.fit.residual",
                    "mean squared error per pixel of the reconstruction"});
    return table;
}

} // namespace galatea
