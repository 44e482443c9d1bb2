#pragma once
// Many small pictures in one OpenGL texture, so that all of them are drawn in one go. Those no longer shown
// make room for new ones.

#include <QImage>
#include <QRectF>

#include <optional>
#include <unordered_map>
#include <vector>

namespace galatea {

/// Every call needs the OpenGL context current.
class ThumbnailAtlas {
  public:
    static constexpr int cellSide = 128, columns = 16, cells = columns * columns;

    /// Where a picture lies in the texture, as parts of it (0 to 1); by its QImage::cacheKey(). Nothing if it
    /// is null or all cells hold pictures of this frame.
    std::optional<QRectF> placeOf(const QImage& image);
    unsigned texture() const { return texture_; }
    void sweep(); ///< once a frame: what was not asked for since may be replaced
    void release();
    size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        int cell = 0;
        QSize size; ///< in the cell, in pixels
        bool used = true;
    };
    bool create();
    int freeCell();
    void upload(const QImage& image, const Entry& entry);

    unsigned texture_ = 0;
    std::unordered_map<qint64, Entry> entries_;
    std::vector<int> free_;
};

} // namespace galatea
