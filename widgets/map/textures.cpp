#include "widgets/map/textures.h"

#include <QOpenGLContext>
#include <QOpenGLFunctions>

namespace galatea {

namespace {

QOpenGLFunctions* gl() {
    QOpenGLContext* context = QOpenGLContext::currentContext();
    return context ? context->functions() : nullptr;
}

} // namespace

unsigned TextureCache::textureOf(const QImage& image) {
    QOpenGLFunctions* functions = gl();
    if (image.isNull() || !functions)
        return 0;
    if (const auto found = entries_.find(image.cacheKey()); found != entries_.end()) {
        found->second.used = true;
        return found->second.texture;
    }
    GLint most = 0;
    functions->glGetIntegerv(GL_MAX_TEXTURE_SIZE, &most);
    if (image.width() > most || image.height() > most)
        return 0;
    const QImage pixels = image.convertToFormat(QImage::Format_RGBA8888);
    Entry entry;
    GLint before = 0;
    functions->glGetIntegerv(GL_TEXTURE_BINDING_2D, &before);
    functions->glGenTextures(1, &entry.texture);
    functions->glBindTexture(GL_TEXTURE_2D, entry.texture);
    functions->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    functions->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    functions->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    functions->glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    functions->glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
    functions->glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, pixels.width(), pixels.height(), 0, GL_RGBA,
                            GL_UNSIGNED_BYTE, pixels.constBits());
    functions->glBindTexture(GL_TEXTURE_2D, static_cast<GLuint>(before));
    entries_.emplace(image.cacheKey(), entry);
    return entry.texture;
}

void TextureCache::sweep() {
    QOpenGLFunctions* functions = gl();
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (entry->second.used || !functions) {
            entry->second.used = false;
            ++entry;
            continue;
        }
        functions->glDeleteTextures(1, &entry->second.texture);
        entry = entries_.erase(entry);
    }
}

void TextureCache::release() {
    if (QOpenGLFunctions* functions = gl())
        for (auto& [key, entry] : entries_)
            functions->glDeleteTextures(1, &entry.texture);
    entries_.clear();
}

} // namespace galatea
