// HDF5 data sets: our own layout, Galaxy10's, and any other that holds images [N,C,H,W], [N,H,W,C] or
// [N,H,W].

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <stdexcept>

#include "core/error.h"
#include "core/text.h"
#include "data/catalog.h"
#include "data/readers.h"
#include "data/wcs_table.h"
#include "io/hdf5.h"
#include "io/raster.h"

namespace galatea {

namespace {

constexpr int64_t maxColumns = 4000;

/// How the images' axes are laid out on disk.
enum class Axes { ChannelsFirst, ChannelsLast, NoChannels };

bool couldBeImages(const Hdf5Dataset& data) {
    const size_t rank = data.shape.size();
    return (data.type == Hdf5Type::Float || data.type == Hdf5Type::Integer) && (rank == 3 || rank == 4) &&
           data.shape[rank - 1] > 0 && data.shape[rank - 2] > 1;
}

std::vector<std::string> imageCandidates(const Hdf5Reader& file) {
    std::vector<std::string> found;
    for (const Hdf5Dataset& data : file.datasets())
        if (couldBeImages(data))
            found.push_back(data.path);
    return found;
}

class Hdf5Images : public Dataset {
  public:
    Hdf5Images(const std::string& path, const OpenOptions& options) : file_(path) {
        info_.name = std::filesystem::path(path).stem().string();
        info_.source = std::filesystem::absolute(path).string();
        chooseImages(options.images);
        readAttributes();
        learnShape();
        readCatalog();
        readWcs();
    }

    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return size_; }
    const Table& catalog() const override { return catalog_; }
    std::string wcsCards(int64_t row) const override { return wcs_.cards(row); }

    Array read(std::span<const int64_t> rows) const override {
        Array stored = file_.readFloatRows(images_, rows);
        if (axes_ == Axes::ChannelsLast)
            stored = stored.permuted({0, 3, 1, 2}).copy();
        if (axes_ == Axes::NoChannels)
            stored = stored.reshaped({stored.dim(0), 1, info_.height, info_.width});
        if (bytes_)
            for (float& value : stored.values())
                value /= 255.0f;
        return stored;
    }

  private:
    [[noreturn]] void fail(const std::string& fault, const std::string& cure) const {
        throw InputError(file_.path(), fault, cure);
    }

    void chooseImages(const std::string& wanted) {
        if (!wanted.empty()) {
            images_ = wanted;
            if (!images_.starts_with('/'))
                images_.insert(0, 1, '/');
        } else if (file_.has("/images")) {
            images_ = "/images";
        } else {
            const std::vector<std::string> found = imageCandidates(file_);
            if (found.empty())
                fail("it holds no images", "give it a data set /images [N,C,H,W]");
            if (found.size() > 1)
                fail("several of its data sets could be the images (" + found[0] + ", " + found[1] + ")",
                     "name the one that is");
            images_ = found.front();
            info_.notes.push_back("the images are taken from '" + escaped(images_) + "'");
        }
        stored_ = file_.describe(images_);
        if (stored_.type != Hdf5Type::Float && stored_.type != Hdf5Type::Integer)
            fail("'" + images_ + "' holds no numbers", "name a data set of images");
    }

    void readAttributes() {
        bands_ = attributeOf("bands");
        info_.unit = file_.textAttribute("/", "unit").value_or("");
        info_.bottomUp = file_.textAttribute("/", "row_order").value_or("") == "bottom-up";
        const double scale = file_.numberAttribute("/", "pixel_scale").value_or(NAN);
        if (std::isfinite(scale) && scale > 0)
            info_.pixelScale = scale;
    }

    std::vector<std::string> attributeOf(const std::string& name) const {
        return file_.textListAttribute("/", name).value_or(std::vector<std::string>());
    }

    /// Channels come last if the band names say so, or if only that makes square, shallow images.
    Axes guessAxes() const {
        const std::vector<int64_t>& shape = stored_.shape;
        if (shape.size() == 3)
            return Axes::NoChannels;
        const auto bands = static_cast<int64_t>(bands_.size());
        if (bands > 0 && (shape[1] == bands) != (shape[3] == bands))
            return shape[1] == bands ? Axes::ChannelsFirst : Axes::ChannelsLast;
        const bool last = shape[1] == shape[2] && shape[3] < shape[1] && shape[3] <= 16;
        return last ? Axes::ChannelsLast : Axes::ChannelsFirst;
    }

    void learnShape() {
        const std::vector<int64_t>& shape = stored_.shape;
        if (shape.size() != 3 && shape.size() != 4)
            fail("'" + images_ + "' has " + std::to_string(shape.size()) + " axes",
                 "store images as [N,C,H,W]");
        axes_ = guessAxes();
        const bool last = axes_ == Axes::ChannelsLast;
        size_ = shape[0];
        info_.channels = axes_ == Axes::NoChannels ? 1 : shape[last ? 3 : 1];
        info_.height = shape[last || axes_ == Axes::NoChannels ? 1 : 2];
        info_.width = shape[last || axes_ == Axes::NoChannels ? 2 : 3];
        if (size_ < 1 || info_.channels < 1 || info_.height < 1 || info_.width < 1)
            fail("'" + images_ + "' holds no images", "check how the file was made");
        if (info_.width > maxRasterSamples / info_.height / info_.channels)
            fail("the images in '" + images_ + "' are larger than can be used", "make them smaller");
        bytes_ = stored_.type == Hdf5Type::Integer && stored_.isUnsigned && stored_.valueBytes == 1;
        if (last)
            info_.notes.push_back("the channels of '" + escaped(images_) + "' are its last axis");
        if (bytes_)
            info_.notes.emplace_back("8-bit values are scaled to 0...1");
        if (static_cast<int64_t>(bands_.size()) == info_.channels)
            info_.bands = bands_;
        else if (!bands_.empty())
            info_.notes.push_back(std::to_string(bands_.size()) + " band names do not fit " +
                                  std::to_string(info_.channels) + " channels and are ignored");
    }

    void readCatalog() {
        Table table;
        try {
            if (file_.isGroup("/catalog"))
                readColumns("/catalog", table);
            else if (file_.has("/catalog")) {
                info_.notes.emplace_back("'/catalog' is no group of columns");
                addColumn("/catalog", table);
            } else
                readColumns(images_.substr(0, images_.rfind('/')), table);
        } catch (const InputError& error) {
            info_.notes.push_back("the catalogue was left out: " + error.fault());
            table = Table();
        }
        // Galaxy10's name for the class of each galaxy.
        if (table.find("ans") != nullptr && table.find("label") == nullptr)
            table = renamed(table, "ans", "label");
        catalog_ = withIds(table, size_, {}, info_.notes);
    }

    /// Images without their place on the sky are still good: what is wrong with it becomes a note.
    void readWcs() {
        try {
            if (!file_.isGroup("/wcs") || !file_.isDataset("/wcs/cards"))
                return;
            const Hdf5Dataset origins = file_.describe("/wcs/origin");
            if (origins.shape != std::vector<int64_t>{size_, 2} ||
                file_.describe("/wcs/frame").shape != std::vector<int64_t>{size_})
                throw InputError(file_.path(), "they are not one per image", "");
            const std::vector<double> values = file_.readDoubles("/wcs/origin");
            std::vector<PixelPosition> places;
            for (size_t row = 0; row < static_cast<size_t>(size_); ++row)
                places.push_back({values[2 * row], values[2 * row + 1]});
            wcs_ = WcsTable::fromParts(file_.readTexts("/wcs/cards"), file_.readIntegers("/wcs/frame"),
                                       std::move(places));
        } catch (const InputError& error) {
            info_.notes.push_back("the sky coordinates were left out: " + error.fault());
        } catch (const std::invalid_argument& fault) {
            info_.notes.push_back(std::string("the sky coordinates were left out: ") + fault.what());
        }
    }

    void readColumns(const std::string& group, Table& table) {
        const std::vector<std::string> names = file_.members(group);
        const bool own = group == "/catalog";
        int64_t leftOut = 0;
        for (const std::string& name : names) {
            const std::string path = group + "/" + name;
            if (path == images_)
                continue;
            if (static_cast<int64_t>(table.columns().size()) >= maxColumns)
                ++leftOut;
            else if (own || isColumn(path))
                addColumn(path, table);
        }
        if (leftOut > 0)
            info_.notes.push_back("only the first " + std::to_string(maxColumns) +
                                  " catalogue columns are used, " + std::to_string(leftOut) +
                                  " were left out");
    }

    /// Beside foreign images lie all sorts of things; only what fits is taken, silently.
    bool isColumn(const std::string& path) const {
        try {
            if (!file_.isDataset(path))
                return false;
            const Hdf5Dataset data = file_.describe(path);
            return data.type != Hdf5Type::Other && data.shape == std::vector<int64_t>{size_};
        } catch (const InputError&) {
            return false;
        }
    }

    /// A column that cannot be read is left out with a note: the images are still good.
    void addColumn(const std::string& path, Table& table) {
        const std::string name = path.substr(path.rfind('/') + 1);
        try {
            if (!file_.isDataset(path)) {
                info_.notes.push_back("'" + escaped(path) + "' is no column and was left out");
                return;
            }
            const Hdf5Dataset data = file_.describe(path);
            if (data.shape != std::vector<int64_t>{size_})
                throw InputError(file_.path(), "it does not have one value per image", "");
            Column column = file_.readColumn(path);
            // Names that HDF5 cannot hold are kept beside the column.
            if (auto given = file_.textAttribute(path, "name"); given && table.find(*given) == nullptr)
                column.name = *given;
            table.set(std::move(column));
        } catch (const InputError& error) {
            info_.notes.push_back("catalogue column '" + escaped(name) +
                                  "' was left out: " + escaped(error.fault()));
        }
    }

    Hdf5Reader file_;
    DatasetInfo info_;
    std::string images_;
    Hdf5Dataset stored_;
    std::vector<std::string> bands_;
    Axes axes_ = Axes::ChannelsFirst;
    bool bytes_ = false;
    int64_t size_ = 0;
    Table catalog_;
    WcsTable wcs_;
};

} // namespace

DatasetPtr openHdf5(const std::string& path, const OpenOptions& options) {
    return std::make_shared<Hdf5Images>(path, options);
}

std::vector<ImageArray> imageArraysOfHdf5(const std::string& path) {
    const Hdf5Reader file(path);
    std::vector<ImageArray> found;
    for (const Hdf5Dataset& data : file.datasets()) {
        if (!couldBeImages(data))
            continue;
        const std::string kind = data.type == Hdf5Type::Float ? "float" : data.isUnsigned ? "uint" : "int";
        found.push_back({data.path, data.shape, kind + std::to_string(8 * data.valueBytes)});
    }
    return found;
}

bool holdsImages(const std::string& path) {
    try {
        const Hdf5Reader file(path);
        return file.isDataset("/images") || imageCandidates(file).size() == 1;
    } catch (const InputError&) {
        return false;
    }
}

} // namespace galatea
