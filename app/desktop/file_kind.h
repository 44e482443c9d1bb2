#pragma once
// What a file is, by name and content, before it is opened.

#include <QString>

namespace galatea {

enum class FileKind { Dataset, Model, Latents, Map, Session };

/// Cheap. Throws InputError if the file does not exist or cannot be any of them.
FileKind fileKind(const QString& path);

} // namespace galatea
