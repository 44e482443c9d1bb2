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
        fail(file, "'" + name + "' does not have one row per weight and one column per dimension");
    return file.readDoubles(name);
}

} // namespace

void writeMixture(const StoredMixture& stored, const std::string& path) {
    const GaussianMixture& mixture = stored.mixture;
    mixture.check();
    Hdf5Writer file(path);
    file.writeDoubles("/weights", mixture.weights);
    file.writeDoubles("/means", mixture.means, {mixture.components, mixture.dimensions});
    file.writeDoubles("/variances", mixture.variances, {mixture.components, mixture.dimensions});
    file.setAttribute("/", "covariance", std::string("diag"));
    file.setAttribute("/", "log_likelihood", stored.meanLogLikelihood);
    file.setAttribute("/", "parameters", stored.parameters.dump());
    file.commit();
}

StoredMixture readMixture(const std::string& path) {
    const Hdf5Reader file(path);
    if (file.textAttribute("/", "covariance").value_or("diag") != "diag")
        throw InputError(path, "its covariances are not diagonal", "fit it again with --covariance diag");
    const std::vector<int64_t> weights = file.describe("/weights").shape,
                               means = file.describe("/means").shape;
    if (weights.size() != 1 || means.size() != 2 || means[0] != weights[0])
        fail(file, "its weights and means do not belong together");
    StoredMixture stored;
    stored.mixture = {means[0], means[1], file.readDoubles("/weights"), readTable(file, "/means", means),
                      readTable(file, "/variances", means)};
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
