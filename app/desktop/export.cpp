#include "app/desktop/export.h"

#include <cmath>

#include <QBuffer>
#include <QFileInfo>

#include "app/desktop/pictures.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/fits_writer.h"
#include "io/hdf5.h"

namespace galatea {

namespace {

std::string componentList(const SampleSettings& settings) {
    std::vector<std::string> numbers;
    for (const int64_t k : settings.components)
        numbers.push_back(std::to_string(k + 1));
    return numbers.empty() ? "all" : joined(numbers, ",");
}

std::vector<QImage> picturesOf(const SampleSet& samples, const DisplaySettings& display) {
    std::vector<QImage> pictures;
    for (int64_t n = 0; n < samples.images.dim(0); ++n)
        pictures.push_back(renderImage(samples.images.row(n), display.composite, display.rendering));
    return pictures;
}

std::string csvCell(const std::string& text) {
    std::string cell = text;
    double number = 0;
    if (!cell.empty() && std::string("=+-@\t\r").find(cell.front()) != std::string::npos &&
        !parseNumber(cell, number))
        cell.insert(cell.begin(), '\'');
    if (cell.find_first_of(",\"\n\r") == std::string::npos)
        return cell;
    std::string quoted = "\"";
    for (const char c : cell)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
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

void exportSamplesFits(const SampleSet& samples, const Provenance& provenance, const QString& path) {
    const SampleSettings& s = samples.settings;
    std::vector<FitsCard> cards = {
        {"CREATOR", std::string("Galatea"), "program"},
        {"ORIGIN", std::string("model samples"), "these images were drawn by a model"},
        {"MODEL", provenance.model.toStdString(), "model file"},
        {"MODNAME", provenance.modelName.toStdString(), "model name"},
        {"DATASET", provenance.data.toStdString(), "data set open at the time"},
        {"NSAMPLE", s.count, "number of samples"},
        {"COMPON", componentList(s), "components drawn from, from 1"},
        {"TEMPER", s.temperature, "multiplies the standard deviation"},
        {"SEED", static_cast<int64_t>(s.seed), "seed of the draws"}};
    writeFitsCube(path.toStdString(), samples.images, cards);
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

void exportSheet(const SampleSet& samples, const DisplaySettings& display, const QString& path) {
    const auto pictures = picturesOf(samples, display);
    const int columns = static_cast<int>(std::ceil(std::sqrt(1.5 * static_cast<double>(pictures.size()))));
    const int scale = pictures.front().width() < 100 ? 2 : 1;
    writePng(contactSheet(pictures, columns, scale), path);
}

void exportSingles(const SampleSet& samples, const DisplaySettings& display, const QString& path) {
    const QFileInfo info(path);
    const auto pictures = picturesOf(samples, display);
    for (size_t i = 0; i < pictures.size(); ++i)
        writePng(
            pictures[i],
            QString("%1/%2-%3.png").arg(info.path(), info.completeBaseName()).arg(i + 1, 4, 10, QChar('0')));
}

void exportTable(const Table& table, const QString& path) {
    AtomicFile file(path.toStdString());
    std::string text;
    for (size_t c = 0; c < table.columns().size(); ++c)
        text += (c ? "," : "") + csvCell(table.columns()[c].name);
    text += '\n';
    for (int64_t row = 0; row < table.rowCount(); ++row) {
        for (size_t c = 0; c < table.columns().size(); ++c)
            text += (c ? "," : "") + csvCell(table.columns()[c].text(row));
        text += '\n';
    }
    file.write(text);
    file.commit();
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
