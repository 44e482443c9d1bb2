#include "app/desktop/file_kind.h"

#include <QFileInfo>

#include "core/error.h"
#include "io/hdf5.h"

namespace galatea {

FileKind fileKind(const QString& path) {
    const QFileInfo info(path);
    const std::string name = path.toStdString();
    if (!info.exists())
        throw InputError(name, "there is no such file", "check the name");
    if (info.isDir())
        return FileKind::Dataset;
    if (!info.isFile())
        throw InputError(name, "this is not an ordinary file", "open a file or a folder");
    const QString suffix = info.suffix().toLower();
    if (suffix == "galatea")
        return FileKind::Session;
    if (suffix == "safetensors" || suffix == "pt" || suffix == "pth")
        return FileKind::Model;
    if (looksLikeHdf5(name)) {
        const Hdf5Reader file(name);
        if (file.has("/xy") || file.has("/xyz"))
            return FileKind::Map;
        if (file.has("/mean") && !file.has("/images"))
            return FileKind::Latents;
    }
    return FileKind::Dataset;
}

} // namespace galatea
