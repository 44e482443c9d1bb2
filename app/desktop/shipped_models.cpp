#include "app/desktop/shipped_models.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

namespace galatea {

namespace {

constexpr const char* modelName = "model.safetensors";

QString headingOf(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QString line = QString::fromUtf8(file.readLine(1000)).trimmed();
    return line.startsWith("# ") ? line.mid(2) : QString();
}

} // namespace

QString resourcesFolderWith(const QString& file) {
    QStringList roots;
    if (qEnvironmentVariableIsSet("GALATEA_RESOURCES"))
        roots << qEnvironmentVariable("GALATEA_RESOURCES");
    const QString program = QCoreApplication::applicationDirPath();
    roots << program + "/../share/galatea" << program + "/../../../resources";
    for (const QString& root : roots)
        if (QFileInfo::exists(root + '/' + file))
            return QDir::cleanPath(root);
    return {};
}

std::vector<ShippedModel> shippedModels() {
    std::vector<ShippedModel> models;
    const QString root = resourcesFolderWith("models");
    if (root.isEmpty())
        return models;
    const QDir folder(root + "/models");
    for (const QString& name : folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
        const QString path = folder.filePath(name + '/' + modelName);
        const QString heading = headingOf(folder.filePath(name + "/README.md"));
        if (QFileInfo::exists(path))
            models.push_back({name, heading.isEmpty() ? name : heading, path});
    }
    return models;
}

} // namespace galatea
