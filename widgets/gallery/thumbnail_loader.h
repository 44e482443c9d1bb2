#pragma once
// Thumbnails on demand: read or decoded away from the window's thread, a few at a time, kept in a
// least-recently-used cache. Only what is wanted now is made: rows scrolled away are forgotten, and what is
// being made for them is cancelled.

#include <cstdint>
#include <functional>
#include <vector>

#include <QCache>
#include <QImage>
#include <QObject>
#include <QSet>

#include "widgets/jobs/live_thread.h"

namespace galatea {

enum class ThumbnailMode { Original, Reconstruction, Residual, Variance, Bands, Colour };
/// Whether a picture of this kind takes the model: drawn on the inference thread.
inline bool isDecoded(ThumbnailMode mode) {
    return mode == ThumbnailMode::Reconstruction || mode == ThumbnailMode::Residual ||
           mode == ThumbnailMode::Variance;
}

/// One picture per row, in order. Called on a worker thread; a null image stands for a row that cannot be
/// drawn. May throw: the rows are then marked as failed and not asked for again.
using ThumbnailProvider =
    std::function<std::vector<QImage>(const std::vector<int64_t>& rows, ThumbnailMode, const StopToken&)>;

class ThumbnailLoader : public QObject {
    Q_OBJECT
  public:
    /// Originals are made on `reader`; what the model draws on `inference`, below live pictures.
    ThumbnailLoader(LiveThread& reader, LiveThread& inference, QObject* parent = nullptr);

    void setProvider(ThumbnailProvider provider); ///< forgets every picture
    void setMode(ThumbnailMode mode);
    ThumbnailMode mode() const { return mode_; }
    void setCapacity(qsizetype kibibytes); ///< of the cache; default 192 MiB

    /// The cached picture in the current mode; null if it is not there (yet).
    QImage thumbnail(int64_t row) const;
    bool failed(int64_t row) const;
    /// Replaces what is wanted; made in this order.
    void want(const std::vector<int64_t>& rows);
    bool busy() const;

  Q_SIGNALS:
    void loaded(const std::vector<int64_t>& rows);
    void cleared();
    void failedWith(const QString& text); ///< once per provider

  private:
    using Key = std::pair<int, int64_t>;
    Key key(int64_t row) const { return {static_cast<int>(mode_), row}; }
    void requestNext();
    void drop(); ///< gives up what is being made
    void store(const std::vector<int64_t>& rows, ThumbnailMode mode, const std::vector<QImage>& pictures);

    LatestWins originals_, decoded_;
    ThumbnailProvider provider_;
    ThumbnailMode mode_ = ThumbnailMode::Original;
    mutable QCache<Key, QImage> cache_;
    QSet<Key> failed_;
    std::vector<int64_t> wanted_, making_;
    bool complained_ = false;
    quint64 generation_ = 0;
};

} // namespace galatea
