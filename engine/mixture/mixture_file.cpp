#include "mixture/mixture_file.h"

#include <cmath>
#include <stdexcept>

#include "core/error.h"
#include "io/hdf5.h"
#include "io/strict_json.h"

namespace galatea {

namespace {

[[noreturn]] void fail(const Hdf5Reader& file, const std::string& fault) {
    throw InputError(file.path(), fault, "fit the mixture again");
}

std::vector<double> readTable(const Hdf5Reader& file, const std::string& name,
                              const std::vector<int64_t>& shape) {
    if (file.describe(name).shape != shape)
        fail(file, "'" + name + "' does not have one row per weight and as many columns as dimensions");
    return file.readDoubles(name);
}

void readCovariances(const Hdf5Reader& file, GaussianMixture& mixture) {
    const int64_t dims = mixture.dimensions;
    mixture.covariances = readTable(file, "/covariances", {mixture.components, dims, dims});
    for (int64_t k = 0; k < mixture.components; ++k)
        for (int64_t d = 0; d < dims; ++d)
            mixture.variances.push_back(mixture.covariances[static_cast<size_t>((k * dims + d) * dims + d)]);
}

} // namespace

void writeMixture(const StoredMixture& stored, const std::string& path) {
    const GaussianMixture& mixture = stored.mixture;
    mixture.check();
    Hdf5Writer file(path);
    file.writeDoubles("/weights", mixture.weights);
    file.writeDoubles("/means", mixture.means, {mixture.components, mixture.dimensions});
    if (mixture.covariance() == Covariance::Full)
        file.writeDoubles("/covariances", mixture.covariances,
                          {mixture.components, mixture.dimensions, mixture.dimensions});
    else
        file.writeDoubles("/variances", mixture.variances, {mixture.components, mixture.dimensions});
    file.setAttribute("/", "covariance", std::string(covarianceName(mixture.covariance())));
    file.setAttribute("/", "log_likelihood", stored.meanLogLikelihood);
    file.setAttribute("/", "parameters", stored.parameters.dump());
    file.commit();
}

StoredMixture readMixture(const std::string& path) {
    const Hdf5Reader file(path);
    const std::string covariance = file.textAttribute("/", "covariance").value_or("diag");
    if (covariance != "diag" && covariance != "full")
        throw InputError(path, "its covariances are neither diagonal nor full",
                         "fit it again with --covariance diag or full");
    const std::vector<int64_t> weights = file.describe("/weights").shape,
                               means = file.describe("/means").shape;
    if (weights.size() != 1 || means.size() != 2 || means[0] != weights[0])
        fail(file, "its weights and means do not belong together");
    StoredMixture stored;
    stored.mixture = {means[0], means[1], file.readDoubles("/weights"), readTable(file, "/means", means), {}};
    if (covariance == "full")
        readCovariances(file, stored.mixture);
    else
        stored.mixture.variances = readTable(file, "/variances", means);
    try {
        stored.mixture.check();
    } catch (const std::invalid_argument& error) {
        fail(file, error.what());
    }
    stored.meanLogLikelihood = file.numberAttribute("/", "log_likelihood").value_or(0);
    if (!std::isfinite(stored.meanLogLikelihood))
        fail(file, "its log_likelihood is not finite");
    constexpr int deepest = 16;
    if (const auto text = file.textAttribute("/", "parameters"))
        stored.parameters = parseStrictJson(*text, deepest, path, "the parameters");
    return stored;
}

} // namespace galatea
