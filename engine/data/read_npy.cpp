// NumPy arrays of images: [H,W], [C,H,W], [H,W,C], [N,H,W], [N,C,H,W] or [N,H,W,C], told apart by their
// sizes. In an NPZ, one-dimensional arrays with one value per image are the catalogue.

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "core/error.h"
#include "core/text.h"
#include "data/catalog.h"
#include "data/readers.h"
#include "io/npy.h"
#include "io/raster.h"

namespace galatea {

namespace {

constexpr int64_t mostBands = 12; ///< an axis longer than this is no axis of bands unless names say so

bool couldBeImages(const NpyArray& array) {
    const std::vector<int64_t>& shape = array.header().shape;
    return array.header().isNumber() && shape.size() >= 2 && shape.size() <= 4 &&
           std::all_of(shape.begin(), shape.end(), [](int64_t axis) { return axis > 0; }) &&
           std::count_if(shape.begin(), shape.end(), [](int64_t axis) { return axis > 1; }) >= 2;
}

/// Where the axes of images stand in an array; −1: there is none.
struct Axes {
    int image = -1, channel = -1, row = 0, column = 1;
};

class NpyImages : public Dataset {
  public:
    NpyImages(const std::string& path, const OpenOptions& options)
        : arrays_(openNpy(path, info_.notes)), path_(path) {
        info_.name = std::filesystem::path(path).stem().string();
        info_.source = std::filesystem::absolute(path).string();
        choose(options.images);
        learnAxes(options.bands.empty() ? storedBands() : options.bands);
        readCatalog();
        const NpyArray images = *images_;
        arrays_.clear(); // unpacked columns need not stay in memory
        arrays_.push_back(images);
        images_ = &arrays_.front();
    }

    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return size_; }
    const Table& catalog() const override { return catalog_; }

    Array read(std::span<const int64_t> rows) const override {
        for (const int64_t row : rows)
            if (row < 0 || row >= size_)
                throw std::out_of_range("image outside the data set");
        Array result({std::ssize(rows), info_.channels, info_.height, info_.width});
        for (size_t i = 0; i < rows.size();) {
            size_t end = i + 1;
            while (axes_.image == 0 && end < rows.size() && rows[end] == rows[end - 1] + 1)
                ++end;
            const Array images = readRun(rows[i], static_cast<int64_t>(end - i));
            std::copy_n(images.data(), images.size(),
                        result.data() + static_cast<int64_t>(i) * (images.size() / images.dim(0)));
            i = end;
        }
        if (bytes_)
            for (float& value : result.values())
                value /= 255.0f;
        return result;
    }

  private:
    [[noreturn]] void fail(const std::string& fault, const std::string& cure) const {
        throw InputError(path_, fault, cure);
    }

    Array readRun(int64_t row, int64_t count) const {
        const bool many = axes_.image == 0;
        const Array stored =
            many ? images_->readFloat(row, row + count) : images_->readFloat(0, images_->header().shape[0]);
        std::vector<int64_t> order;
        for (const int axis : {axes_.image, axes_.channel, axes_.row, axes_.column})
            if (axis >= 0)
                order.push_back(axis);
        return stored.permuted(order).contiguousCopy().reshaped(
            {count, info_.channels, info_.height, info_.width});
    }

    void choose(const std::string& wanted) {
        std::vector<const NpyArray*> found;
        for (const NpyArray& array : arrays_)
            if (wanted.empty() ? couldBeImages(array) : array.name() == wanted)
                found.push_back(&array);
        if (found.empty())
            fail(wanted.empty() ? "it holds no array of images" : "it holds no array '" + wanted + "'",
                 "give an array [N,C,H,W] of numbers");
        for (const NpyArray* array : found)
            if (array->name() == "images" && images_ == nullptr)
                images_ = array;
        if (images_ == nullptr && found.size() > 1)
            fail("several of its arrays could be the images (" + found[0]->name() + ", " + found[1]->name() +
                     ")",
                 "name the one that is with --images");
        if (images_ == nullptr)
            images_ = found.front();
        if (!couldBeImages(*images_))
            fail("the array '" + images_->name() + "' holds no images", "give an array [N,C,H,W] of numbers");
        if (arrays_.size() > 1 && wanted.empty())
            info_.notes.push_back("the images are taken from '" + escaped(images_->name()) + "'");
    }

    static bool namesBands(const NpyArray& array) {
        const std::string name = lowerCase(array.name());
        return !array.header().isNumber() && array.header().shape.size() == 1 &&
               (name == "bands" || name == "filters" || name == "channels");
    }

    /// Names of the bands that stand beside the images, if they fit an axis.
    std::vector<std::string> storedBands() const {
        for (const NpyArray& array : arrays_)
            if (namesBands(array) && std::count(images_->header().shape.begin(),
                                                images_->header().shape.end(), array.header().shape[0]) > 0)
                return std::get<std::vector<std::string>>(array.readColumn().values);
        return {};
    }

    /// True if another array has one value for each entry of the first axis.
    bool hasColumnOf(int64_t length) const {
        return length > 1 && std::any_of(arrays_.begin(), arrays_.end(), [&](const NpyArray& array) {
                   return array.header().shape == std::vector<int64_t>{length} && !namesBands(array);
               });
    }

    Axes guessAxes(int64_t bands) const {
        const std::vector<int64_t>& shape = images_->header().shape;
        const auto few = [&](int64_t axis) { return bands > 0 ? axis == bands : axis <= mostBands; };
        if (shape.size() == 2)
            return {-1, -1, 0, 1};
        if (shape.size() == 4) {
            const bool last = bands > 0 && (shape[1] == bands) != (shape[3] == bands)
                                  ? shape[3] == bands
                                  : shape[3] < shape[1] && shape[3] < shape[2] && shape[3] <= 16 &&
                                        !(few(shape[1]) && shape[1] < shape[2]);
            return last ? Axes{0, 3, 1, 2} : Axes{0, 1, 2, 3};
        }
        if (hasColumnOf(shape[0]) && !(bands > 1 && shape[0] == bands))
            return {0, -1, 1, 2};
        if (few(shape[0]) && shape[0] <= shape[1] && shape[0] <= shape[2])
            return {-1, 0, 1, 2};
        if (few(shape[2]) && shape[2] < shape[0] && shape[2] < shape[1])
            return {-1, 2, 0, 1};
        return {0, -1, 1, 2};
    }

    void noteAxes() {
        const std::vector<int64_t>& shape = images_->header().shape;
        std::string letters, sizes;
        for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis) {
            letters += axis == axes_.image     ? 'N'
                       : axis == axes_.channel ? 'C'
                       : axis == axes_.row     ? 'H'
                                               : 'W';
            sizes += (sizes.empty() ? "" : " x ") + std::to_string(shape[static_cast<size_t>(axis)]);
        }
        for (size_t at = 1; at < letters.size(); at += 2)
            letters.insert(at, 1, ',');
        info_.notes.push_back("an array of " + sizes + " is taken as [" + letters + "]");
    }

    void learnAxes(const std::vector<std::string>& bands) {
        const std::vector<int64_t>& shape = images_->header().shape;
        axes_ = guessAxes(std::ssize(bands));
        if (shape.size() == 3 || axes_.channel == 3)
            noteAxes();
        const auto length = [&](int axis) { return axis < 0 ? 1 : shape[static_cast<size_t>(axis)]; };
        size_ = length(axes_.image);
        info_.channels = length(axes_.channel);
        info_.height = length(axes_.row);
        info_.width = length(axes_.column);
        int64_t samples = info_.channels;
        for (const int64_t axis : {info_.height, info_.width})
            if (__builtin_mul_overflow(samples, axis, &samples) || samples > maxRasterSamples)
                fail("its images are larger than can be used", "make them smaller");
        if (std::ssize(bands) != info_.channels && !bands.empty())
            fail("its images have " + std::to_string(info_.channels) + " bands, " +
                     std::to_string(bands.size()) + " were named",
                 "name one band for each");
        info_.bands = bands;
        bytes_ = images_->header().kind == 'u' && images_->header().itemBytes == 1;
        if (bytes_)
            info_.notes.emplace_back("8-bit values are scaled to 0...1");
    }

    void readCatalog() {
        constexpr size_t maxColumns = 4000;
        Table table;
        for (const NpyArray& array : arrays_)
            if (&array != images_ && array.header().shape == std::vector<int64_t>{size_} &&
                table.columns().size() < maxColumns) {
                try {
                    table.set(array.readColumn());
                } catch (const InputError& error) {
                    info_.notes.push_back("column '" + escaped(array.name()) +
                                          "' was left out: " + escaped(error.fault()));
                }
            }
        if (table.find("label") == nullptr)
            for (const char* name : {"Label", "labels", "ans"})
                if (table.find(name) != nullptr && table.find("label") == nullptr)
                    table = renamed(table, name, "label");
        catalog_ = withIds(table, size_, {}, info_.notes);
    }

    DatasetInfo info_;
    std::vector<NpyArray> arrays_;
    std::string path_;
    const NpyArray* images_ = nullptr;
    Axes axes_;
    bool bytes_ = false;
    int64_t size_ = 0;
    Table catalog_;
};

} // namespace

std::vector<ImageArray> imageArraysOfNumPy(const std::string& path) {
    std::vector<std::string> notes;
    std::vector<ImageArray> found;
    for (const NpyArray& array : openNpy(path, notes)) {
        if (!couldBeImages(array))
            continue;
        const NpyHeader& header = array.header();
        const std::string kind = header.kind == 'f'   ? "float"
                                 : header.kind == 'u' ? "uint"
                                 : header.kind == 'b' ? "bool"
                                                      : "int";
        found.push_back({array.name(), header.shape, kind + std::to_string(8 * header.itemBytes)});
    }
    return found;
}

DatasetPtr openNumPy(const std::string& path, const OpenOptions& options) {
    return std::make_shared<NpyImages>(path, options);
}

} // namespace galatea
