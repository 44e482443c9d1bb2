#pragma once
// Pictures on the overlay as OpenGL textures: uploaded when first shown, freed when no longer shown.

#include <QImage>

#include <cstdint>
#include <unordered_map>

namespace galatea {

/// Every call needs the OpenGL context current.
class TextureCache {
  public:
    /// The texture of a picture, by its QImage::cacheKey(); 0 for a null picture or one too large for the
    /// device.
    unsigned textureOf(const QImage& image);
    /// Frees what was not asked for since the last call: once a frame.
    void sweep();
    void release();

  private:
    struct Entry {
        unsigned texture = 0;
        bool used = true;
    };
    std::unordered_map<qint64, Entry> entries_;
};

} // namespace galatea
