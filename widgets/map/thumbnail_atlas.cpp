#include "widgets/map/thumbnail_atlas.h"

#include <QOpenGLContext>
#include <QOpenGLFunctions>

namespace galatea {

namespace {

QOpenGLFunctions* gl() {
    QOpenGLContext* context = QOpenGLContext::currentContext();
    return context ? context->functions() : nullptr;
}

constexpr int side = ThumbnailAtlas::columns * ThumbnailAtlas::cellSide;

} // namespace

bool ThumbnailAtlas::create() {
    QOpenGLFunctions* functions = gl();
    if (!functions)
        return false;
    functions->glGenTextures(1, &texture_);
    functions->glBindTexture(GL_TEXTURE_2D, texture_);
    functions->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    functions->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    functions->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    functions->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    functions->glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, side, side, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
    entries_.clear();
    free_.clear();
    for (int cell = cells - 1; cell >= 0; --cell)
        free_.push_back(cell);
    return true;
}

int ThumbnailAtlas::freeCell() {
    if (free_.empty())
        for (auto entry = entries_.begin(); entry != entries_.end();) {
            if (entry->second.used) {
                ++entry;
                continue;
            }
            free_.push_back(entry->second.cell);
            entry = entries_.erase(entry);
        }
    if (free_.empty())
        return -1;
    const int cell = free_.back();
    free_.pop_back();
    return cell;
}

void ThumbnailAtlas::upload(const QImage& image, const Entry& entry) {
    QOpenGLFunctions* functions = gl();
    functions->glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
    functions->glTexSubImage2D(GL_TEXTURE_2D, 0, entry.cell % columns * cellSide,
                               entry.cell / columns * cellSide, image.width(), image.height(), GL_RGBA,
                               GL_UNSIGNED_BYTE, image.constBits());
}

std::optional<QRectF> ThumbnailAtlas::placeOf(const QImage& image) {
    if (image.isNull() || !gl())
        return {};
    GLint before = 0;
    gl()->glGetIntegerv(GL_TEXTURE_BINDING_2D, &before);
    if (texture_ == 0 && !create())
        return {};
    auto found = entries_.find(image.cacheKey());
    if (found == entries_.end()) {
        Entry entry;
        entry.cell = freeCell();
        if (entry.cell < 0)
            return {};
        const QImage small =
            (image.width() <= cellSide && image.height() <= cellSide
                 ? image
                 : image.scaled(cellSide, cellSide, Qt::KeepAspectRatio, Qt::SmoothTransformation))
                .convertToFormat(QImage::Format_RGBA8888);
        entry.size = small.size();
        gl()->glBindTexture(GL_TEXTURE_2D, texture_);
        upload(small, entry);
        found = entries_.emplace(image.cacheKey(), entry).first;
    }
    gl()->glBindTexture(GL_TEXTURE_2D, static_cast<GLuint>(before));
    Entry& entry = found->second;
    entry.used = true;
    // Half a pixel inside, so that no neighbour shines in at the edge.
    const QRectF pixels(entry.cell % columns * cellSide + 0.5, entry.cell / columns * cellSide + 0.5,
                        entry.size.width() - 1, entry.size.height() - 1);
    return QRectF(pixels.topLeft() / side, pixels.size() / side);
}

void ThumbnailAtlas::sweep() {
    for (auto& [key, entry] : entries_)
        entry.used = false;
}

void ThumbnailAtlas::release() {
    if (QOpenGLFunctions* functions = gl(); functions && texture_ != 0)
        functions->glDeleteTextures(1, &texture_);
    texture_ = 0;
    entries_.clear();
    free_.clear();
}

} // namespace galatea
