// FITS files: single images, cubes, multi-extension files and tables with a column of stamps.

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "core/error.h"
#include "core/text.h"
#include "data/catalog.h"
#include "data/fits_layout.h"
#include "data/readers.h"
#include "io/fits_reader.h"
#include "io/wcs.h"

namespace galatea {

namespace {

/// "m31.fits.gz" → "m31".
std::string stemOf(const std::string& path) {
    std::filesystem::path name = std::filesystem::path(path).filename();
    if (const std::string packed = lowerCase(name.extension().string());
        packed == ".gz" || packed == ".bz2" || packed == ".fz")
        name = name.stem();
    return name.stem().string();
}

class FitsImages : public Dataset {
  public:
    FitsImages(const std::string& path, const OpenOptions& options)
        : file_(path), layout_(chooseFitsLayout(file_, options)) {
        info_.name = stemOf(path);
        info_.source = std::filesystem::absolute(path).string();
        info_.channels = layout_.channels;
        info_.height = layout_.height;
        info_.width = layout_.width;
        info_.bands = layout_.bands;
        info_.notes = file_.notes();
        info_.notes.insert(info_.notes.end(), layout_.notes.begin(), layout_.notes.end());
        const FitsHdu& first = hdu(layout_.hdus.front());
        info_.unit = layout_.kind == FitsLayout::Kind::Column ? first.columns[layout_.columns.front()].unit
                                                              : first.unit;
        info_.unit = escaped(trimmed(info_.unit));
        info_.pixelScale = fitsPixelScale(first.header);
        info_.bottomUp = first.header.text("ROWORDER").value_or("") != "TOP-DOWN";
        readCatalog();
    }

    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return layout_.size; }
    const Table& catalog() const override { return catalog_; }
    std::string wcsCards(int64_t row) const override {
        if (layout_.kind == FitsLayout::Kind::Column || row < 0 || row >= size())
            return {};
        const auto wcs = WorldCoordinates::fromCards(hdu(layout_.hduOf(row)).header.cards());
        return wcs ? wcs->cards() : std::string();
    }

    Array read(std::span<const int64_t> rows) const override {
        for (const int64_t row : rows)
            if (row < 0 || row >= size())
                throw std::out_of_range("image outside the data set");
        const auto count = static_cast<int64_t>(rows.size());
        if (count == 1)
            return readImage(rows[0]).reshaped({1, info_.channels, info_.height, info_.width});
        Array result({count, info_.channels, info_.height, info_.width});
        const int64_t samples = info_.channels * info_.height * info_.width;
        for (int64_t i = 0; i < count;) {
            const int64_t run = runLength(rows, i);
            const Array images = readRun(rows[static_cast<size_t>(i)], run);
            std::copy_n(images.data(), images.size(), result.data() + i * samples);
            i += run;
        }
        return result;
    }

  private:
    const FitsHdu& hdu(int64_t index) const { return file_.hdus().at(static_cast<size_t>(index)); }

    /// How many of the rows from `at` lie one behind the other in the file.
    int64_t runLength(std::span<const int64_t> rows, int64_t at) const {
        if (layout_.kind != FitsLayout::Kind::Cube)
            return 1;
        const auto begin = static_cast<size_t>(at);
        size_t end = begin + 1;
        while (end < rows.size() && rows[end] == rows[end - 1] + 1)
            ++end;
        return static_cast<int64_t>(end - begin);
    }

    Array readRun(int64_t row, int64_t count) const {
        if (count == 1)
            return readImage(row);
        return file_.readPlanes(hdu(layout_.hdus[0]), row * info_.channels, (row + count) * info_.channels);
    }

    /// One image, [C,H,W] in memory whatever the shape says.
    Array readImage(int64_t row) const {
        switch (layout_.kind) {
        case FitsLayout::Kind::Cube:
            return file_.readPlanes(hdu(layout_.hdus[0]), row * info_.channels, (row + 1) * info_.channels);
        case FitsLayout::Kind::Stamps:
            return file_.readPlanes(hdu(layout_.hdus[static_cast<size_t>(row)]), 0, info_.channels);
        case FitsLayout::Kind::Bands:
            return gathered(
                [&](size_t band) { return file_.readPlanes(hdu(layout_.hdus[band]), row, row + 1); });
        case FitsLayout::Kind::Column:
            break;
        }
        const FitsHdu& table = hdu(layout_.hdus[0]);
        const auto column = [&](size_t which) {
            return file_.readImageColumn(table, table.columns[layout_.columns[which]], row, row + 1);
        };
        return layout_.columns.size() == 1 ? column(0) : gathered(column);
    }

    /// One plane per band, put together.
    template <class Read>
    Array gathered(const Read& read) const {
        Array image({info_.channels, info_.height, info_.width});
        const int64_t samples = info_.height * info_.width;
        for (int64_t band = 0; band < info_.channels; ++band) {
            const Array plane = read(static_cast<size_t>(band));
            std::copy_n(plane.data(), samples, image.data() + band * samples);
        }
        return image;
    }

    void readCatalog() {
        Table table;
        std::vector<std::string> names;
        for (const FitsHdu& candidate : file_.hdus())
            if (isCatalog(candidate)) {
                readColumns(candidate, table);
                break;
            }
        if (layout_.kind == FitsLayout::Kind::Stamps)
            addExtensions(table, names);
        if (layout_.kind == FitsLayout::Kind::Stamps || layout_.size == 1)
            for (const char* key : {"OBJECT", "RA", "DEC"})
                addCards(table, key);
        if (const Column* label = table.find("Label"); label != nullptr && table.find("label") == nullptr)
            table = renamed(table, "Label", "label");
        catalog_ = withIds(table, layout_.size, names, info_.notes);
    }

    bool isCatalog(const FitsHdu& candidate) const {
        if (!candidate.fault.empty())
            return false;
        if (layout_.kind == FitsLayout::Kind::Column)
            return candidate.index == layout_.hdus[0];
        return (candidate.kind == FitsKind::BinaryTable || candidate.kind == FitsKind::AsciiTable) &&
               candidate.rows == layout_.size && layout_.size > 1;
    }

    /// The images are good even where their catalogue is not.
    void readColumns(const FitsHdu& candidate, Table& table) {
        try {
            table = file_.readTable(candidate, info_.notes);
        } catch (const InputError& error) {
            info_.notes.push_back("the catalogue was left out: " + error.fault());
        }
    }

    void addExtensions(Table& table, std::vector<std::string>& names) const {
        std::vector<int64_t> numbers;
        bool named = false;
        for (const int64_t index : layout_.hdus) {
            numbers.push_back(index);
            names.push_back(escaped(trimmed(hdu(index).name)));
            named = named || !names.back().empty();
        }
        if (table.find("hdu") == nullptr)
            table.set({"hdu", numbers});
        if (named && table.find("extname") == nullptr)
            table.set({"extname", names});
    }

    /// A header value of every image, if any has it.
    void addCards(Table& table, const std::string& key) const {
        if (table.find(lowerCase(key)) != nullptr)
            return;
        std::vector<std::string> cells;
        bool any = false;
        for (int64_t row = 0; row < layout_.size; ++row) {
            const FitsHeader& header = hdu(layout_.hduOf(row)).header;
            std::string cell;
            if (const auto text = header.text(key))
                cell = escaped(trimmed(*text));
            else if (const auto number = header.number(key))
                cell = Column{"", std::vector<double>{*number}}.text(0);
            any = any || !cell.empty();
            cells.push_back(std::move(cell));
        }
        if (any)
            table.set(columnFromText(lowerCase(key), cells));
    }

    FitsReader file_;
    FitsLayout layout_;
    DatasetInfo info_;
    Table catalog_;
};

} // namespace

DatasetPtr openFits(const std::string& path, const OpenOptions& options) {
    return std::make_shared<FitsImages>(path, options);
}

} // namespace galatea
