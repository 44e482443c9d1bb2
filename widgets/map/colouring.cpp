#include "widgets/map/colouring.h"

#include "widgets/map/palette.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace galatea {

namespace {

// Sixteenths of the way along each map, interpolated linearly in between.
constexpr std::array<uint32_t, 17> viridis{0x440154, 0x481a6c, 0x472f7d, 0x414487, 0x39568c, 0x31688e,
                                           0x2a788e, 0x23888e, 0x1f988b, 0x22a884, 0x35b779, 0x54c568,
                                           0x7ad151, 0xa5db36, 0xd2e21b, 0xeae51a, 0xfde725};
constexpr std::array<uint32_t, 17> magma{0x000004, 0x0b0924, 0x20114b, 0x3b0f70, 0x57157e, 0x721f81,
                                         0x8c2981, 0xa8327d, 0xc43c75, 0xde4968, 0xf1605d, 0xfa7f5e,
                                         0xfe9f6d, 0xfebf84, 0xfddea0, 0xfceebb, 0xfcfdbf};
constexpr std::array<uint32_t, 17> cividis{0x00224e, 0x002c69, 0x083370, 0x2a3f6d, 0x3c4a6b, 0x4c556c,
                                           0x5b606e, 0x696b71, 0x777776, 0x868379, 0x958f78, 0xa69d75,
                                           0xb7ab6f, 0xc9b967, 0xdbc85c, 0xedd84e, 0xfee838};
constexpr std::array<uint32_t, 17> coolWarm{0x3b4cc0, 0x4f69d9, 0x6485ec, 0x7b9ff9, 0x93b5fe, 0xaac7fd,
                                            0xc0d4f5, 0xd3dbe7, 0xdddcdc, 0xe9d5cb, 0xf2c9b4, 0xf7b89c,
                                            0xf7a889, 0xee8468, 0xdf634e, 0xcc403a, 0xb40426};

std::span<const uint32_t> stops(MapColourMap map) {
    switch (map) {
    case MapColourMap::Magma:
        return magma;
    case MapColourMap::Cividis:
        return cividis;
    case MapColourMap::CoolWarm:
        return coolWarm;
    case MapColourMap::Viridis:
        break;
    }
    return viridis;
}

} // namespace

Rgba toRgba(const QColor& colour) {
    return {static_cast<uint8_t>(colour.red()), static_cast<uint8_t>(colour.green()),
            static_cast<uint8_t>(colour.blue()), static_cast<uint8_t>(colour.alpha())};
}

Rgba colourAlong(MapColourMap map, double fraction, bool dark) {
    const auto colours = stops(map);
    double along = std::clamp(fraction, 0.0, 1.0);
    if (map != MapColourMap::CoolWarm)
        along = dark ? 0.16 + 0.84 * along : 0.9 * along;
    const double place = along * static_cast<double>(colours.size() - 1);
    const auto k = std::min(static_cast<size_t>(place), colours.size() - 2);
    const double part = place - static_cast<double>(k);
    const auto channel = [&](int shift) {
        const double a = (colours[k] >> shift) & 255U, b = (colours[k + 1] >> shift) & 255U;
        return static_cast<uint8_t>(std::lround(a + (b - a) * part));
    };
    return {channel(16), channel(8), channel(0), 255};
}

void Colouring::setValues(std::vector<double> numbers, const QString& name, MapColourMap colourMap) {
    values.reset(std::move(numbers));
    valueName = name;
    map = colourMap;
    mode = MapColouring::Values;
    std::vector<double> finite;
    std::copy_if(values->begin(), values->end(), std::back_inserter(finite),
                 [](double v) { return std::isfinite(v); });
    low = 0;
    high = 1;
    if (finite.empty())
        return;
    const auto at = [&](double fraction) {
        const auto k =
            finite.begin() + static_cast<std::ptrdiff_t>(fraction * static_cast<double>(finite.size() - 1));
        std::nth_element(finite.begin(), k, finite.end());
        return *k;
    };
    low = at(0.01);
    high = at(0.99);
    if (!(high > low)) {
        low = *std::min_element(finite.begin(), finite.end());
        high = *std::max_element(finite.begin(), finite.end());
    }
}

QColor Colouring::classColour(size_t index) const {
    return classes[index].colour.isValid() ? classes[index].colour : paletteColour(index);
}

void Colouring::tint(PointStore& store, bool dark) const {
    const auto count = static_cast<size_t>(store.count());
    const Rgba context = toRgba(contextColour(dark));
    if (mode == MapColouring::Classes && store.hasClasses()) {
        std::vector<Rgba> ofClass{context};
        for (size_t index = 0; index < classes.size(); ++index)
            ofClass.push_back(toRgba(classColour(index)));
        const std::vector<int>& classAt = store.classAt();
        return store.setTints(
            [&](uint32_t slot, uint32_t) { return ofClass[static_cast<size_t>(classAt[slot] + 1)]; });
    }
    if (mode != MapColouring::Values || values->size() != count)
        return store.setTints([colour = toRgba(uniform.isValid() ? uniform : paletteColour(0))](
                                  uint32_t, uint32_t) { return colour; });
    std::array<Rgba, 1024> table;
    for (size_t k = 0; k < table.size(); ++k)
        table[k] = colourAlong(map, static_cast<double>(k) / static_cast<double>(table.size() - 1), dark);
    const double scale = high > low ? 1 / (high - low) : 0;
    const std::vector<double>& numbers = *values;
    store.setTints([&](uint32_t, uint32_t row) {
        const double value = numbers[row];
        if (!std::isfinite(value))
            return context;
        const double part = scale > 0 ? std::clamp((value - low) * scale, 0.0, 1.0) : 0.5;
        return table[static_cast<size_t>(part * (table.size() - 1) + 0.5)];
    });
}

int64_t Colouring::bytes() const {
    return static_cast<int64_t>(values->capacity() * sizeof(double));
}

} // namespace galatea
