#include "app/desktop/latent_cache.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

namespace galatea {

namespace {

QByteArray fingerprint(const QString& path) {
    const QFileInfo info(path);
    return info.exists() ? info.canonicalFilePath().toUtf8() + '\n' + QByteArray::number(info.size()) + '\n' +
                               QByteArray::number(info.lastModified().toMSecsSinceEpoch()) + '\n'
                         : QByteArray();
}

} // namespace

QString latentCacheFile(const DataContent& data, const ModelContent& model) {
    const QByteArray dataPrint = fingerprint(data.path), modelPrint = fingerprint(model.path);
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::CacheLocation);
    if (dataPrint.isEmpty() || modelPrint.isEmpty() || folder.isEmpty())
        return {};
    const TransformOptions& t = data.transform;
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData("latents 1\n" + dataPrint + modelPrint);
    hash.addData(QByteArray::number(data.data->size()));
    hash.addData(QString("%1 %2 %3 %4").arg(t.crop).arg(t.gray).arg(t.size).arg(t.rescale).toUtf8());
    return folder + "/latents/" + hash.result().toHex().left(32) + ".h5";
}

std::optional<Latents> cachedLatents(const QString& file, const Dataset& data, const ModelCard& card) {
    if (file.isEmpty() || !QFileInfo::exists(file))
        return std::nullopt;
    try {
        Latents latents = readLatents(file.toStdString());
        if (latents.size() == data.size() && latents.mean.dim(1) == card.latent)
            return latents;
    } catch (const std::exception&) {
        // A damaged cache is made again.
    }
    return std::nullopt;
}

void keepLatents(const Latents& latents, const QString& file) {
    if (file.isEmpty() || !QDir().mkpath(QFileInfo(file).path()))
        return;
    try {
        writeLatents(latents, file.toStdString());
    } catch (const std::exception&) {
        // The next start embeds again.
    }
}

} // namespace galatea
