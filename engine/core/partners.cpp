#include "core/partners.h"

#include <cstring>

namespace galatea {

std::vector<double> Partners::gathered(const std::vector<double>& local) {
    // A double travels as the bits of two floats.
    Array halves({static_cast<int64_t>(local.size()), 2});
    if (!local.empty())
        std::memcpy(halves.data(), local.data(), local.size() * sizeof(double));
    const Array all = gatheredRows(halves).contiguousCopy();
    std::vector<double> result(static_cast<size_t>(all.dim(0)));
    if (!result.empty())
        std::memcpy(result.data(), all.data(), result.size() * sizeof(double));
    return result;
}

} // namespace galatea
