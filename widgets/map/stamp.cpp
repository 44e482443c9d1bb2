#include "widgets/map/stamp.h"

#include <algorithm>
#include <cmath>

namespace galatea {

Ink inkAt(StampShape shape, float radius, float dx, float dy) {
    const auto unit = [](float value) { return std::clamp(value, 0.0F, 1.0F); };
    if (shape == StampShape::DiamondGround || shape == StampShape::DiamondColour) {
        const float inside = (radius - std::abs(dx) - std::abs(dy)) * 0.7071F;
        const float cover = shape == StampShape::DiamondGround ? unit(inside + 0.5F) : unit(inside - 0.4F);
        return {cover, cover};
    }
    const float inside = radius - std::sqrt(dx * dx + dy * dy);
    const float cover = unit(inside + 0.5F);
    const float rim = shape == StampShape::RimmedDisc ? 0.28F * (1 - unit(inside)) : 0;
    return {cover, cover * (1 - rim)};
}

Stamp::Stamp(StampShape shape, double diameter, double opacity) {
    const auto radius = static_cast<float>(0.5 * diameter);
    height_ = static_cast<int>(std::ceil(diameter + 1));
    width_ = height_ + height_ % 2;
    for (int eighth = 0; eighth < subpixels; ++eighth)
        first_[static_cast<size_t>(eighth)] =
            static_cast<int>(std::floor(eighth / double(subpixels) - radius - 1)) + 1;
    const auto share = [&](float part) {
        return static_cast<uint16_t>(std::lround(65535 * opacity * double(part)));
    };
    cover_.resize(static_cast<size_t>(subpixels * subpixels * width_ * height_ * 4));
    if (shape == StampShape::RimmedDisc)
        shade_.resize(cover_.size());
    for (int v = 0; v < subpixels; ++v)
        for (int u = 0; u < subpixels; ++u)
            for (int row = 0; row < height_; ++row)
                for (int column = 0; column < width_; ++column) {
                    const auto middle = [&](int pixel, int eighth) {
                        return static_cast<float>(pixel + first(eighth)) + 0.5F -
                               static_cast<float>(eighth) / subpixels;
                    };
                    const Ink ink = inkAt(shape, radius, middle(column, u), middle(row, v));
                    const size_t place = at(u, v) + static_cast<size_t>((row * width_ + column) * 4);
                    for (size_t k = 0; k < 4; ++k) {
                        cover_[place + k] = share(ink.cover);
                        if (!shade_.empty())
                            shade_[place + k] = share(k < 3 ? ink.shade : ink.cover);
                    }
                }
}

} // namespace galatea
