#include "app/desktop/demo.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include "app/desktop/shipped_models.h"
#include "core/error.h"
#include "data/dataset_file.h"
#include "data/open_dataset.h"
#include "data/simulator.h"
#include "models/model_file.h"

namespace galatea {

namespace {

constexpr const char* modelName = "demo.safetensors";
constexpr const char* recipeName = "demo.json";

QByteArray readSmall(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() > (1 << 20))
        throw InputError(path.toStdString(), "the demonstration's recipe cannot be read",
                         "install Galatea again");
    return file.readAll();
}

SimulationOptions simulationOf(const QByteArray& recipe, const QString& path) {
    SimulationOptions options;
    const Json json = Json::parse(recipe.toStdString(), nullptr, false);
    if (!json.is_object() || !json.contains("simulate"))
        throw InputError(path.toStdString(), "the demonstration's recipe names no simulation",
                         "install Galatea again");
    describe(options).fromJson(json["simulate"], path.toStdString());
    return options;
}

/// The kept data set if there is one and it opens; otherwise nothing.
DatasetPtr reopened(const QString& file) {
    if (!QFileInfo::exists(file))
        return nullptr;
    try {
        return openDataset(file.toStdString());
    } catch (const Error&) {
        return nullptr; // a damaged cache is made again
    }
}

/// Draws every galaxy into the file; the simulation itself is lazy.
void keep(const Dataset& data, const QString& file, const StopToken& stop, ProgressSink& progress) {
    constexpr int64_t batch = 50;
    DatasetWriter writer(file.toStdString(), data.info());
    for (int64_t begin = 0; begin < data.size(); begin += batch) {
        throwIfStopped(stop);
        progress.update({"simulating", begin, data.size(), "galaxies", {}});
        writer.append(data.readRange(begin, std::min(data.size(), begin + batch)));
    }
    writer.finish(data.catalog());
}

} // namespace

QString demonstrationFolder() {
    const QString root = resourcesFolderWith(QString("demo/") + modelName);
    return root.isEmpty() ? root : root + "/demo";
}

Demonstration loadDemonstration(const StopToken& stop, ProgressSink& progress) {
    const QString folder = demonstrationFolder();
    if (folder.isEmpty())
        throw InputError(modelName, "the demonstration's model was not found beside the program",
                         "install Galatea again, or set GALATEA_RESOURCES to its resources folder");
    const QString recipePath = folder + "/" + recipeName;
    const QByteArray recipe = readSmall(recipePath);
    const SimulationOptions options = simulationOf(recipe, recipePath);
    const QString cache = QStandardPaths::writableLocation(QStandardPaths::CacheLocation);
    const QByteArray hash = QCryptographicHash::hash(recipe, QCryptographicHash::Sha256).toHex().left(16);
    const QString kept = cache + "/demonstration-" + hash; // another recipe, other galaxies
    const QString file = kept + "/simulated galaxies.h5";

    Demonstration demo;
    demo.model = {loadModel((folder + "/" + modelName).toStdString()), folder + "/" + modelName};
    DatasetPtr data = reopened(file);
    if (!data) {
        data = simulate(options, stop, progress);
        try {
            if (!cache.isEmpty() && QDir().mkpath(kept)) {
                keep(*data, file, stop, progress);
                data = openDataset(file.toStdString());
            }
        } catch (const Interrupted&) {
            throw;
        } catch (const Error& error) {
            progress.warn(std::string("the demonstration's galaxies could not be kept: ") + error.what());
        }
    }
    demo.data = {data, {}, data, QFileInfo::exists(file) ? file : QString()};
    return demo;
}

} // namespace galatea
