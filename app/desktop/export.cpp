#include "app/desktop/export.h"

#include <cmath>
#include <numeric>

#include <QBuffer>
#include <QFileInfo>

#include "app/desktop/pictures.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/hdf5.h"
#include "io/table_file.h"

namespace galatea {

namespace {

std::string componentList(const SampleSettings& settings) {
    std::vector<std::string> numbers;
    for (const int64_t k : settings.components)
        numbers.push_back(std::to_string(k + 1));
    return numbers.empty() ? "all" : joined(numbers, ",");
}

std::vector<QImage> picturesOf(const SampleSet& samples, const DisplaySettings& display, bool bottomUp) {
    std::vector<QImage> pictures;
    for (int64_t n = 0; n < samples.images.dim(0); ++n)
        pictures.push_back(
            upright(renderImage(samples.images.row(n), display.composite, display.rendering), bottomUp));
    return pictures;
}

/// The draws as a data set, their latents in the catalogue.
DatasetPtr sampleDataset(const SampleSet& samples, const Provenance& provenance, const ModelInput& input,
                         bool bottomUp) {
    DatasetInfo info;
    info.name = provenance.modelName.toStdString();
    info.channels = samples.images.dim(1);
    info.height = samples.images.dim(2);
    info.width = samples.images.dim(3);
    info.bands = input.bands;
    info.bottomUp = bottomUp;
    Table catalog;
    std::vector<int64_t> ids(static_cast<size_t>(samples.images.dim(0)));
    std::iota(ids.begin(), ids.end(), 0);
    catalog.set({"id", ids, "", "meta.id;meta.main"});
    if (samples.latents.component.size() == ids.size())
        catalog.set({"component", samples.latents.component, "", "meta.code.class",
                     "component it was drawn from, counted from 0"});
    for (int64_t d = 0; d < samples.latents.latents.dim(1); ++d) {
        std::vector<double> values;
        for (int64_t n = 0; n < samples.latents.latents.dim(0); ++n)
            values.push_back(static_cast<double>(samples.latents.latents.at(n, d)));
        catalog.set({"z_" + std::to_string(d), values, "", "", "latent variable " + std::to_string(d)});
    }
    return makeMemoryDataset(std::move(info), samples.images, std::move(catalog));
}

} // namespace

void writePng(const QImage& picture, const QString& path) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    picture.save(&buffer, "PNG");
    AtomicFile file(path.toStdString());
    file.write(std::string_view(bytes.constData(), static_cast<size_t>(bytes.size())));
    file.commit();
}

Provenance Provenance::of(const Document& document) {
    Provenance provenance;
    provenance.model = QFileInfo(document.model().path).fileName();
    provenance.modelName =
        document.model().model ? QString::fromStdString(document.model().model->card().name) : QString();
    provenance.data = QFileInfo(document.data().path).fileName();
    return provenance;
}

void exportSamplesFits(const SampleSet& samples, const Provenance& provenance, const ModelInput& input,
                       ImageLayout layout, bool bottomUp, const QString& path) {
    const SampleSettings& s = samples.settings;
    ImageExport options;
    options.layout = layout;
    options.provenance = {{"ORIGIN", std::string("model samples"), "these images were drawn by a model"},
                          {"MODEL", provenance.model.toStdString(), "model file"},
                          {"MODNAME", provenance.modelName.toStdString(), "model name"},
                          {"DATASET", provenance.data.toStdString(), "data set open at the time"},
                          {"NSAMPLE", s.count, "number of samples"},
                          {"COMPON", componentList(s), "components drawn from, from 1"},
                          {"TEMPER", s.temperature, "multiplies the standard deviation"},
                          {"SEED", static_cast<int64_t>(s.seed), "seed of the draws"}};
    const DatasetPtr data = sampleDataset(samples, provenance, input, bottomUp);
    std::vector<int64_t> rows(static_cast<size_t>(data->size()));
    std::iota(rows.begin(), rows.end(), 0);
    exportFits(*data, rows, path.toStdString(), options);
}

void exportSamplesHdf5(const SampleSet& samples, const Provenance& provenance, const ModelInput& input,
                       const QString& path) {
    const SampleSettings& s = samples.settings;
    Hdf5Writer file(path.toStdString());
    file.writeFloat("/images", samples.images);
    file.writeFloat("/latents", samples.latents.latents);
    std::vector<int64_t> ids(static_cast<size_t>(samples.images.dim(0)));
    for (size_t i = 0; i < ids.size(); ++i)
        ids[i] = static_cast<int64_t>(i);
    file.writeIntegers("/catalog/id", ids);
    file.writeIntegers("/catalog/component", samples.latents.component);
    if (!input.bands.empty())
        file.setAttribute("/", "bands", input.bands);
    file.setAttribute("/", "source", "samples of " + provenance.modelName.toStdString());
    file.setAttribute("/", "model", provenance.model.toStdString());
    file.setAttribute("/", "components", componentList(s));
    file.setAttribute("/", "temperature", s.temperature);
    file.setAttribute("/", "seed", static_cast<int64_t>(s.seed));
    file.commit();
}

void exportSheet(const SampleSet& samples, const DisplaySettings& display, const QString& path,
                 bool bottomUp) {
    const auto pictures = picturesOf(samples, display, bottomUp);
    const int columns = static_cast<int>(std::ceil(std::sqrt(1.5 * static_cast<double>(pictures.size()))));
    const int scale = pictures.front().width() < 100 ? 2 : 1;
    writePng(contactSheet(pictures, columns, scale), path);
}

void exportSingles(const SampleSet& samples, const DisplaySettings& display, const QString& path,
                   bool bottomUp) {
    const QFileInfo info(path);
    const auto pictures = picturesOf(samples, display, bottomUp);
    for (size_t i = 0; i < pictures.size(); ++i)
        writePng(
            pictures[i],
            QString("%1/%2-%3.png").arg(info.path(), info.completeBaseName()).arg(i + 1, 4, 10, QChar('0')));
}

std::vector<std::string> exportTable(const Table& table, const QString& path) {
    std::vector<std::string> notes;
    writeTableFile(path.toStdString(), table, {"selection", {{"creator", "Galatea"}}}, notes);
    return notes;
}

Table tableOf(const Document& document, const std::vector<int64_t>& rows) {
    Table table;
    if (const Table* catalogue = document.catalogue()) {
        table = catalogue->select(rows);
    } else {
        std::vector<std::string> ids;
        for (const int64_t row : rows)
            ids.push_back(document.objectName(row).toStdString());
        table.set({"id", ids});
    }
    const LatentsPtr& latents = document.latents().latents;
    if (!latents)
        return table;
    std::vector<int64_t> component;
    std::vector<double> error, likelihood;
    for (const int64_t row : rows) {
        const auto at = static_cast<size_t>(row);
        if (!latents->component.empty())
            component.push_back(latents->component[at] + 1);
        if (!latents->reconstructionError.empty())
            error.push_back(latents->reconstructionError[at]);
        if (!document.latents().logLikelihood.empty())
            likelihood.push_back(document.latents().logLikelihood[at]);
    }
    if (!component.empty())
        table.set({"component", component});
    if (!error.empty())
        table.set({"reconstruction_error", error});
    if (!likelihood.empty())
        table.set({"log_likelihood", likelihood});
    return table;
}

} // namespace galatea
