#include "widgets/gallery/thumbnail_loader.h"

#include <algorithm>

namespace galatea {

namespace {
// Few enough that a scroll is answered at once and a live picture waits at most for one chunk.
constexpr size_t originalsAtOnce = 16;
constexpr size_t decodedAtOnce = 2;
} // namespace

ThumbnailLoader::ThumbnailLoader(LiveThread& reader, LiveThread& inference, QObject* parent)
    : QObject(parent), originals_(reader, 0), decoded_(inference, -10), cache_(192 * 1024) {}

void ThumbnailLoader::setProvider(ThumbnailProvider provider) {
    provider_ = std::move(provider);
    ++generation_;
    originals_.cancel();
    decoded_.cancel();
    cache_.clear();
    failed_.clear();
    wanted_.clear();
    making_.clear();
    complained_ = false;
    Q_EMIT cleared();
}

void ThumbnailLoader::setMode(ThumbnailMode mode) {
    if (mode == mode_)
        return;
    mode_ = mode;
    wanted_.clear();
    drop();
    Q_EMIT cleared();
}

void ThumbnailLoader::setCapacity(qsizetype kibibytes) {
    cache_.setMaxCost(kibibytes);
}

QImage ThumbnailLoader::thumbnail(int64_t row) const {
    const QImage* picture = cache_.object(key(row));
    return picture ? *picture : QImage();
}

bool ThumbnailLoader::failed(int64_t row) const {
    return failed_.contains(key(row));
}

void ThumbnailLoader::want(const std::vector<int64_t>& rows) {
    wanted_ = rows;
    const bool needed = std::any_of(making_.begin(), making_.end(), [&](int64_t row) {
        return std::find(rows.begin(), rows.end(), row) != rows.end();
    });
    if (!needed)
        drop();
    requestNext();
}

void ThumbnailLoader::drop() {
    if (making_.empty())
        return;
    originals_.cancel();
    decoded_.cancel();
    making_.clear();
}

bool ThumbnailLoader::busy() const {
    return !making_.empty();
}

void ThumbnailLoader::requestNext() {
    if (busy() || !provider_)
        return;
    std::erase_if(wanted_, [this](int64_t row) { return cache_.contains(key(row)) || failed(row); });
    if (wanted_.empty())
        return;
    const bool original = !isDecoded(mode_);
    const size_t count = std::min(wanted_.size(), original ? originalsAtOnce : decodedAtOnce);
    const std::vector<int64_t> rows(wanted_.begin(), wanted_.begin() + static_cast<std::ptrdiff_t>(count));
    making_ = rows;
    (original ? originals_ : decoded_)
        .request<std::vector<QImage>>(
            [provider = provider_, rows, mode = mode_](const StopToken& stop) {
                return provider(rows, mode, stop);
            },
            [this, rows, mode = mode_](std::vector<QImage> pictures) { store(rows, mode, pictures); },
            [this, rows, mode = mode_](const JobError& error) {
                if (!complained_)
                    Q_EMIT failedWith(error.text());
                complained_ = true;
                store(rows, mode, {});
            });
}

void ThumbnailLoader::store(const std::vector<int64_t>& rows, ThumbnailMode mode,
                            const std::vector<QImage>& pictures) {
    making_.clear();
    const quint64 before = generation_;
    for (size_t i = 0; i < rows.size(); ++i) {
        const Key place{static_cast<int>(mode), rows[i]};
        if (i < pictures.size() && !pictures[i].isNull())
            cache_.insert(place, new QImage(pictures[i]),
                          std::max<qsizetype>(1, pictures[i].sizeInBytes() / 1024));
        else
            failed_.insert(place);
    }
    Q_EMIT loaded(rows);
    if (before == generation_)
        requestNext();
}

} // namespace galatea
