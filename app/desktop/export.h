#pragma once
// Samples and selections as files other programs read. All writing is atomic; errors are the engine's.

#include <QString>

#include "app/desktop/document.h"
#include "data/export_images.h"

namespace galatea {

void writePng(const QImage& picture, const QString& path);

/// Who made the draws: model, data, seed, temperature, components. For headers and attributes.
struct Provenance {
    QString model, modelName, data;
    static Provenance of(const Document& document);
};

/// In any layout, with the provenance in the first header and the latents in the table CATALOG (catalog.csv
/// beside single files). `bottomUp`: row 0 of the model's images is the bottom of the picture.
void exportSamplesFits(const SampleSet& samples, const Provenance& provenance, const ModelInput& input,
                       ImageLayout layout, bool bottomUp, const QString& path);
/// A data set file: images, and the latents in the catalogue and as /latents.
void exportSamplesHdf5(const SampleSet& samples, const Provenance& provenance, const ModelInput& input,
                       const QString& path);
/// All pictures on one sheet, or NAME-001.png … beside each other.
void exportSheet(const SampleSet& samples, const DisplaySettings& display, const QString& path,
                 bool bottomUp = false);
void exportSingles(const SampleSet& samples, const DisplaySettings& display, const QString& path,
                   bool bottomUp = false);

/// By extension: CSV (cells that a spreadsheet would run are neutralised), FITS or VOTable. What the format
/// cannot hold is told in the notes that come back.
std::vector<std::string> exportTable(const Table& table, const QString& path);
/// Catalogue and derived columns of these rows.
Table tableOf(const Document& document, const std::vector<int64_t>& rows);

} // namespace galatea
