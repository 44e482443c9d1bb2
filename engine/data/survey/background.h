#pragma once
// The local sky of a frame: its level and its noise, from meshes of pixels as Source Extractor takes them
// (Bertin & Arnouts 1996, A&AS 117, 393; here through SEP, Barbary 2016, JOSS 1, 58). In each mesh values
// beyond 3σ of the median are clipped; the level is 2.5 median − 1.5 mean, or the median where the field is
// crowded; a median filter over meshes and a bicubic spline between them follow.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/array.h"

namespace galatea::survey {

struct BackgroundOptions {
    int64_t mesh = 64;       ///< side of a mesh, pixels
    int64_t filter = 3;      ///< side of the median filter, meshes
    bool seams = true;       ///< mend steps along whole rows and columns (seams.h)
    bool maskSources = true; ///< measure a second time without the pixels of what was detected
};

/// Marks of pixels, row by row; not 0: the pixel is bad and takes part in nothing.
using Mask = std::vector<uint8_t>;

/// Immutable; safe to use from several threads.
class Background {
  public:
    /// `pixels` [H,W], contiguous; `mask` is empty or has one mark per pixel. Pixels that are not finite must
    /// be marked. Throws std::invalid_argument if the shapes do not fit, std::runtime_error with a sentence
    /// if SEP cannot do it.
    Background(const Array& pixels, const Mask& mask, const BackgroundOptions& options);

    float level() const; ///< of the whole frame
    float noise() const; ///< standard deviation of one pixel, of the whole frame
    /// Noise at a pixel, between the places where it was measured; positions outside take the nearest.
    float noiseAt(double x, double y) const;
    /// Whole maps [H,W].
    Array levelMap() const;
    Array noiseMap() const;
    /// [H,W] of the same size; marked pixels become 0.
    void subtractFrom(Array& pixels, const Mask& mask) const;

  private:
    std::shared_ptr<void> map_; ///< SEP's, whose header stays inside
    int64_t width_ = 0, height_ = 0, columns_ = 0, step_ = 1;
    std::vector<float> sampledNoise_; ///< every step_-th pixel of every step_-th row
};

} // namespace galatea::survey
