#include "data/export_images.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/text.h"
#include "data/dataset_file.h"
#include "io/atomic_folder.h"
#include "io/csv.h"
#include "io/raster.h"

namespace galatea {

namespace {

constexpr int64_t batchBytes = int64_t{16} << 20;

/// Calls `take` with the images of each batch [n,C,H,W] and the place of the first among the rows.
template <class Take>
void inBatches(const Dataset& data, std::span<const int64_t> rows, const StopToken& stop,
               ProgressSink& progress, Take take) {
    const DatasetInfo& info = data.info();
    const int64_t imageBytes = std::max<int64_t>(info.channels * info.height * info.width * 4, 1);
    const auto batch = static_cast<size_t>(std::clamp<int64_t>(batchBytes / imageBytes, 1, 256));
    for (size_t at = 0; at < rows.size(); at += batch) {
        throwIfStopped(stop);
        const auto some = rows.subspan(at, std::min(batch, rows.size() - at));
        take(data.read(some), at);
        progress.update({"exporting", static_cast<int64_t>(at + some.size()),
                         static_cast<int64_t>(rows.size()), "images", ""});
    }
    throwIfStopped(stop);
}

void requireRows(const Dataset& data, std::span<const int64_t> rows) {
    if (rows.empty())
        throw UsageError(data.info().name, "no image was chosen", "name at least one row");
    for (const int64_t row : rows)
        if (row < 0 || row >= data.size())
            throw UsageError(data.info().name, "has no object " + std::to_string(row),
                             "its " + std::to_string(data.size()) + " objects are counted from 0");
}

std::string idOf(const Dataset& data, int64_t row) {
    const Column* id = data.catalog().find("id");
    return id == nullptr ? std::to_string(row) : id->text(row);
}

/// A name for each image that is a file's as well, each only once (in any case: some file systems fold it).
std::vector<std::string> imageNames(const Dataset& data, std::span<const int64_t> rows) {
    std::vector<std::string> names;
    std::set<std::string> taken{"catalog"};
    for (const int64_t row : rows) {
        const std::string stem = safeFileName(idOf(data, row));
        std::string name = stem;
        for (int n = 2; !taken.insert(lowerCase(name)).second; ++n)
            name = stem + "_" + std::to_string(n);
        names.push_back(name);
    }
    return names;
}

std::vector<FitsCard> dataCards(const DatasetInfo& info, const ImageExport& options) {
    std::vector<FitsCard> cards = options.provenance;
    const auto add = [&](const char* key, const std::string& value, const char* comment) {
        if (!value.empty())
            cards.push_back({key, value, comment});
    };
    add("CREATOR", "Galatea", "program");
    add("DATASET", info.name, "data set the images come from");
    if (std::isfinite(info.pixelScale))
        cards.push_back({"PIXSCALE", info.pixelScale, "[arcsec] side of a pixel"});
    return cards;
}

/// What every header with pixels says.
std::vector<FitsCard> pixelCards(const DatasetInfo& info) {
    std::vector<FitsCard> cards;
    if (!info.unit.empty())
        cards.push_back({"BUNIT", info.unit, "of the pixels"});
    if (!info.bands.empty())
        cards.push_back({"BANDS", joined(info.bands, ","), "one name per plane"});
    cards.push_back(
        {"ROWORDER", std::string(info.bottomUp ? "BOTTOM-UP" : "TOP-DOWN"),
         info.bottomUp ? "first row is the bottom of the picture" : "first row is the top of the picture"});
    return cards;
}

FitsHeading headingOf(const Dataset& data, int64_t row, const std::string& name) {
    FitsHeading heading;
    heading.name = name;
    heading.cards = pixelCards(data.info());
    heading.cards.push_back({"OBJECT", idOf(data, row), "identifier in the catalogue"});
    heading.rawCards = data.wcsCards(row);
    return heading;
}

/// One channel needs no third axis.
std::vector<int64_t> imageShape(const DatasetInfo& info) {
    if (info.channels == 1)
        return {info.height, info.width};
    return {info.channels, info.height, info.width};
}

bool knowsSky(const Dataset& data, std::span<const int64_t> rows) {
    return std::any_of(rows.begin(), rows.end(), [&](int64_t row) { return !data.wcsCards(row).empty(); });
}

void exportCube(const Dataset& data, std::span<const int64_t> rows, const ImageExport& options,
                FitsWriter& file, ImageExportReport& report, const StopToken& stop, ProgressSink& progress) {
    const DatasetInfo& info = data.info();
    FitsHeading heading;
    heading.cards = dataCards(info, options);
    const std::vector<FitsCard> more = pixelCards(info);
    heading.cards.insert(heading.cards.end(), more.begin(), more.end());
    if (rows.size() == 1)
        heading.rawCards = data.wcsCards(rows.front());
    else if (knowsSky(data, rows))
        report.notes.emplace_back("a cube of several images cannot say where each lies on the sky; write "
                                  "extensions or single files to keep that");
    file.beginImage({static_cast<int64_t>(rows.size()), info.channels, info.height, info.width}, heading);
    inBatches(data, rows, stop, progress, [&](const Array& images, size_t) { file.append(images); });
}

void exportExtensions(const Dataset& data, std::span<const int64_t> rows, const ImageExport& options,
                      FitsWriter& file, const StopToken& stop, ProgressSink& progress) {
    FitsHeading primary;
    primary.cards = dataCards(data.info(), options);
    file.beginImage({}, primary);
    const std::vector<std::string> names = imageNames(data, rows);
    inBatches(data, rows, stop, progress, [&](const Array& images, size_t at) {
        for (int64_t n = 0; n < images.dim(0); ++n) {
            const size_t place = at + static_cast<size_t>(n);
            file.beginImage(imageShape(data.info()), headingOf(data, rows[place], names[place]));
            file.append(images.row(n));
        }
    });
}

/// The catalogue of the rows with the files' names in front, as importing a list wants it.
void writeList(const Dataset& data, std::span<const int64_t> rows, const std::vector<std::string>& files,
               const std::string& path) {
    Table list;
    list.set({"file", files});
    const Table catalog = data.catalog().select(rows);
    for (const Column& column : catalog.columns()) {
        Column copy = column;
        for (const char* taken : {"Location", "file", "filename", "path", "image"})
            if (copy.name == taken)
                copy.name = "source_" + copy.name;
        list.set(std::move(copy));
    }
    writeCsv(path, list);
}

void exportFiles(const Dataset& data, std::span<const int64_t> rows, const std::string& path,
                 const ImageExport& options, const StopToken& stop, ProgressSink& progress) {
    AtomicFolder folder(path);
    std::vector<std::string> files = imageNames(data, rows);
    for (std::string& file : files)
        file += ".fits";
    const std::vector<FitsCard> cards = dataCards(data.info(), options);
    inBatches(data, rows, stop, progress, [&](const Array& images, size_t at) {
        for (int64_t n = 0; n < images.dim(0); ++n) {
            const size_t place = at + static_cast<size_t>(n);
            FitsHeading heading = headingOf(data, rows[place], "");
            heading.cards.insert(heading.cards.begin(), cards.begin(), cards.end());
            FitsWriter file(folder.path(files[place]));
            file.beginImage(imageShape(data.info()), heading);
            file.append(images.row(n));
            file.commit();
        }
    });
    writeList(data, rows, files, folder.path("catalog.csv"));
    folder.commit();
}

struct Range {
    float low = 0, high = 1;
    bool asTheyAre() const { return low == 0 && high == 1; }
};

/// 0 and 1 if all finite values lie between, otherwise their extremes.
Range rangeOf(const Dataset& data, std::span<const int64_t> rows, const StopToken& stop,
              ProgressSink& progress) {
    float low = INFINITY, high = -INFINITY;
    inBatches(data, rows, stop, progress, [&](const Array& images, size_t) {
        for (const float value : images.values()) {
            if (!std::isfinite(value))
                continue;
            low = std::min(low, value);
            high = std::max(high, value);
        }
    });
    if (low >= 0 && high <= 1)
        return {};
    return low < high ? Range{low, high} : Range{low, low + 1};
}

/// As it is drawn: upright, stretched to 0…1.
Array upright(const Array& image, bool bottomUp, const Range& range) {
    Array picture = image.copy();
    const int64_t height = picture.dim(1), width = picture.dim(2);
    if (bottomUp)
        for (int64_t c = 0; c < picture.dim(0); ++c)
            for (int64_t y = 0; y < height / 2; ++y)
                std::swap_ranges(&picture.at(c, y, 0), &picture.at(c, y, 0) + width,
                                 &picture.at(c, height - 1 - y, 0));
    if (!range.asTheyAre())
        for (float& value : picture.values())
            value = (value - range.low) / (range.high - range.low);
    return picture;
}

} // namespace

ImageExportReport exportFits(const Dataset& data, std::span<const int64_t> rows, const std::string& path,
                             const ImageExport& options, const StopToken& stop, ProgressSink& progress) {
    requireRows(data, rows);
    ImageExportReport report;
    report.images = static_cast<int64_t>(rows.size());
    if (options.layout == ImageLayout::Files) {
        exportFiles(data, rows, path, options, stop, progress);
        return report;
    }
    FitsWriter file(path);
    if (options.layout == ImageLayout::Cube)
        exportCube(data, rows, options, file, report, stop, progress);
    else
        exportExtensions(data, rows, options, file, stop, progress);
    const Table catalog = data.catalog().select(rows);
    if (!catalog.columns().empty())
        file.addTable(catalog, {"CATALOG", {}, {}}, report.notes);
    file.commit();
    return report;
}

ImageExportReport exportPngs(const Dataset& data, std::span<const int64_t> rows, const std::string& path,
                             const StopToken& stop, ProgressSink& progress) {
    requireRows(data, rows);
    const DatasetInfo& info = data.info();
    if (info.channels != 1 && info.channels != 3)
        throw UsageError(
            info.name, "its images have " + std::to_string(info.channels) + " channels, a picture has 1 or 3",
            "write FITS or .h5");
    AtomicFolder folder(path);
    ImageExportReport report;
    report.images = static_cast<int64_t>(rows.size());
    const Range range = rangeOf(data, rows, stop, progress);
    if (!range.asTheyAre())
        report.notes.push_back("the pixels do not lie within 0 and 1; " + std::to_string(range.low) +
                               " is black and " + std::to_string(range.high) + " is white in the pictures");
    std::vector<std::string> files = imageNames(data, rows);
    for (std::string& file : files)
        file += ".png";
    inBatches(data, rows, stop, progress, [&](const Array& images, size_t at) {
        for (int64_t n = 0; n < images.dim(0); ++n)
            writePng(folder.path(files[at + static_cast<size_t>(n)]),
                     upright(images.row(n), info.bottomUp, range));
    });
    writeList(data, rows, files, folder.path("catalog.csv"));
    folder.commit();
    return report;
}

ImageExportReport exportDataset(const Dataset& data, std::span<const int64_t> rows, const std::string& path,
                                const StopToken& stop, ProgressSink& progress) {
    requireRows(data, rows);
    ImageExportReport report;
    report.images = static_cast<int64_t>(rows.size());
    DatasetWriter writer(path, data.info());
    inBatches(data, rows, stop, progress, [&](const Array& images, size_t) { writer.append(images); });
    WcsTable wcs;
    for (const int64_t row : rows)
        wcs.add(data.wcsCards(row));
    writer.setWcs(std::move(wcs));
    writer.finish(data.catalog().select(rows));
    return report;
}

} // namespace galatea
