#include "data/survey/background.h"

#include <algorithm>
#include <cmath>

#include "data/survey/sep_call.h"

namespace galatea::survey {

namespace {
sep_bkg* mapOf(const std::shared_ptr<void>& map) {
    return static_cast<sep_bkg*>(map.get());
}
} // namespace

Background::Background(const Array& pixels, const Mask& mask, const BackgroundOptions& options)
    : width_(pixels.dim(1)), height_(pixels.dim(0)) {
    if (pixels.rank() != 2 || !pixels.contiguous() || pixels.empty() ||
        (!mask.empty() && static_cast<int64_t>(mask.size()) != pixels.size()))
        throw std::invalid_argument("a background needs one plane of pixels and a mask of its size");
    const sep_image image = sepImage(pixels.data(), width_, height_, mask.empty() ? nullptr : mask.data());
    const int mesh = static_cast<int>(std::clamp<int64_t>(options.mesh, 8, 4096));
    const int filter = static_cast<int>(std::clamp<int64_t>(options.filter, 1, 31));
    sep_bkg* made = nullptr;
    requireSep(sep_background(&image, mesh, mesh, filter, filter, 0.0, &made), "measuring the background");
    map_ = std::shared_ptr<void>(made, [](void* map) { sep_bkg_free(static_cast<sep_bkg*>(map)); });

    step_ = std::max(1, mesh / 4);
    columns_ = (width_ + step_ - 1) / step_;
    std::vector<float> line(static_cast<size_t>(width_));
    for (int64_t y = 0; y < height_; y += step_) {
        requireSep(sep_bkg_rmsline(mapOf(map_), static_cast<int>(y), line.data(), SEP_TFLOAT), "the noise");
        for (int64_t x = 0; x < width_; x += step_)
            sampledNoise_.push_back(line[static_cast<size_t>(x)]);
    }
}

float Background::level() const {
    return sep_bkg_global(mapOf(map_));
}

float Background::noise() const {
    return sep_bkg_globalrms(mapOf(map_));
}

float Background::noiseAt(double x, double y) const {
    const auto nearest = [this](double at, int64_t length) {
        const double inside = std::clamp(std::isfinite(at) ? at : 0.0, 0.0, static_cast<double>(length - 1));
        const int64_t last = (length - 1) / step_;
        return std::min(static_cast<int64_t>(std::lround(inside / static_cast<double>(step_))), last);
    };
    return sampledNoise_[static_cast<size_t>(nearest(y, height_) * columns_ + nearest(x, width_))];
}

Array Background::levelMap() const {
    Array map({height_, width_});
    requireSep(sep_bkg_array(mapOf(map_), map.data(), SEP_TFLOAT), "the background");
    return map;
}

Array Background::noiseMap() const {
    Array map({height_, width_});
    requireSep(sep_bkg_rmsarray(mapOf(map_), map.data(), SEP_TFLOAT), "the noise");
    return map;
}

void Background::subtractFrom(Array& pixels, const Mask& mask) const {
    if (pixels.shape() != std::vector<int64_t>{height_, width_} || !pixels.contiguous())
        throw std::invalid_argument("the background is of another size");
    requireSep(sep_bkg_subarray(mapOf(map_), pixels.data(), SEP_TFLOAT), "subtracting the background");
    for (size_t i = 0; i < mask.size(); ++i)
        if (mask[i] != 0)
            pixels.data()[i] = 0;
}

} // namespace galatea::survey
