#include "models/network_units.h"

#include <cmath>

#include "core/error.h"

namespace galatea {

namespace {

template <class Change>
Array changed(const Array& images, Change change) {
    Array result = images.copy();
    const int64_t channels = images.dim(1), pixels = images.dim(2) * images.dim(3);
    float* value = result.data();
    for (int64_t plane = 0; plane < images.dim(0) * channels; ++plane)
        for (int64_t pixel = 0; pixel < pixels; ++pixel, ++value)
            *value = static_cast<float>(change(static_cast<double>(*value), plane % channels));
    return result;
}

} // namespace

NetworkUnits::NetworkUnits(const ModelInput& input)
    : offset_(input.offset), scale_(input.scale), asinh_(input.stretch == "asinh") {
    if (!input.stretch.empty() && input.stretch != "linear" && !asinh_)
        throw UsageError("model", "asks for the stretch '" + input.stretch + "', which is not known here",
                         "use linear or asinh");
}

double NetworkUnits::toNetwork(double value, int64_t channel) const {
    const double y = (value - offset(channel)) / scale(channel);
    return asinh_ ? std::asinh(y) : y;
}

double NetworkUnits::slope(double value, int64_t channel) const {
    const double y = (value - offset(channel)) / scale(channel);
    return (asinh_ ? 1 / std::sqrt(1 + y * y) : 1) / scale(channel);
}

Array NetworkUnits::toNetwork(const Array& images) const {
    return changed(images, [&](double value, int64_t channel) { return toNetwork(value, channel); });
}

Array NetworkUnits::toData(const Array& images) const {
    return changed(images, [&](double value, int64_t channel) {
        return (asinh_ ? std::sinh(value) : value) * scale(channel) + offset(channel);
    });
}

} // namespace galatea
