#pragma once
// Samples and selections as files other programs read. All writing is atomic; errors are the engine's.

#include <QString>

#include "app/desktop/document.h"

namespace galatea {

void writePng(const QImage& picture, const QString& path);

/// Who made the draws: model, data, seed, temperature, components. For headers and attributes.
struct Provenance {
    QString model, modelName, data;
    static Provenance of(const Document& document);
};

/// Primary cube [n,C,H,W] with the provenance in its header.
void exportSamplesFits(const SampleSet& samples, const Provenance& provenance, const QString& path);
/// A data set file: images, and the latents in the catalogue and as /latents.
void exportSamplesHdf5(const SampleSet& samples, const Provenance& provenance, const ModelInput& input,
                       const QString& path);
/// All pictures on one sheet, or NAME-001.png … beside each other.
void exportSheet(const SampleSet& samples, const DisplaySettings& display, const QString& path);
void exportSingles(const SampleSet& samples, const DisplaySettings& display, const QString& path);

/// Catalogue rows with component, error and likelihood as CSV; cells that a spreadsheet would run are
/// neutralised.
void exportTable(const Table& table, const QString& path);
/// Catalogue and derived columns of these rows.
Table tableOf(const Document& document, const std::vector<int64_t>& rows);

} // namespace galatea
