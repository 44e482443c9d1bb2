#include "data/import.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>

#include "core/error.h"
#include "core/text.h"
#include "data/band_stack.h"
#include "data/catalog.h"
#include "data/dataset_file.h"
#include "data/ordered_prefetch.h"
#include "data/picture_dataset.h"
#include "data/transformed_info.h"
#include "io/atomic_file.h"

namespace galatea {

namespace {

constexpr int64_t decodeThreads = 2;
constexpr int64_t mostInFlight = 64; // images read ahead or waiting to be written
constexpr int64_t imageCopies = 4;   // of one image while it is read, transformed and written
constexpr size_t spelledOut = 20;    // warnings about single pictures

/// One image ready to be written, or why it is not.
struct Prepared {
    Array image;
    std::string name;
    std::optional<Error> fault;
    std::vector<std::string> notes;
};

class Importer {
  public:
    Importer(const std::vector<std::string>& sources, const std::string& output, const ImportOptions& options,
             const StopToken& stop, ProgressSink& progress)
        : output_(output), options_(options), stop_(stop), progress_(progress) {
        if (sources.empty())
            throw UsageError("", "no source was named", "name a folder, list or file to import");
        requireWritable(output);
        if (!options.join.path.empty())
            join_.emplace(options.join);
        openAll(sources);
        for (const DatasetPtr& part : parts_) {
            starts_.push_back(total_);
            total_ += part->size();
        }
        kept_.resize(parts_.size());
        chooseBatch();
    }

    ImportReport run() {
        if (join_)
            foretellJoin();
        {
            OrderedPrefetch<Prepared> prepared(total_, decodeThreads, batchSize_,
                                               [this](int64_t index) { return prepare(index); });
            for (int64_t index = 0; auto item = prepared.next(stop_); ++index) {
                take(*item, index);
                progress_.update({"importing", index + 1, total_, "images", ""});
            }
        }
        if (report_.images == 0)
            throwNothingLeft();
        flush();
        summarise();
        throwIfStopped(stop_);
        writer_->setWcs(std::move(wcs_));
        writer_->finish(catalog());
        report_.info = info_;
        return std::move(report_);
    }

  private:
    void openAll(const std::vector<std::string>& sources) {
        const std::vector<std::string>& bands = options_.open.bands;
        OpenOptions open = options_.open;
        if (sources.size() > 1)
            open.bands.clear();
        for (const std::string& source : sources)
            parts_.push_back(openDataset(source, open));
        if (sources.size() > 1 && sources.size() == bands.size() && parts_.front()->info().channels == 1)
            parts_ = {stackBands(parts_, sources, bands)};
        for (size_t i = 0; i < parts_.size(); ++i) {
            if (!bands.empty())
                parts_[i] = withBandNames(parts_[i], sources[i], bands);
            for (const std::string& note : parts_[i]->info().notes)
                warn(sources[i] + ": " + note);
        }
        noteFilters(sources);
    }

    /// Files of several filters are often meant as the bands of one image.
    void noteFilters(const std::vector<std::string>& sources) {
        std::vector<std::string> filters;
        for (const DatasetPtr& part : parts_)
            if (const auto& bands = part->info().bands;
                bands.size() == 1 && bands[0] != "gray" &&
                std::find(filters.begin(), filters.end(), bands[0]) == filters.end())
                filters.push_back(bands[0]);
        if (filters.size() > 1 && filters.size() == sources.size())
            warn("the sources were taken through different filters and become so many images; --bands " +
                 joined(filters, ",") + " makes them the bands of one");
    }

    /// As many images at a time as the memory allows.
    void chooseBatch() {
        int64_t imageBytes = 4;
        for (const DatasetPtr& part : parts_) {
            const DatasetInfo& info = part->info();
            imageBytes = std::max(imageBytes, info.channels * info.height * info.width * 4);
        }
        const int64_t fitting = options_.maxMemory / imageCopies / imageBytes;
        if (fitting < 1)
            throw InputError(parts_.front()->info().source,
                             "one image needs more than --max-memory allows (about " +
                                 humanBytes(static_cast<double>(imageBytes * imageCopies)) + ")",
                             "allow more");
        batchSize_ =
            std::clamp<int64_t>(std::min(fitting / 2, (int64_t{64} << 20) / imageBytes), 1, mostInFlight / 2);
    }

    void warn(const std::string& message) {
        report_.warnings.push_back(escaped(message));
        progress_.warn(escaped(message));
    }

    /// Which source an image belongs to.
    size_t partOf(int64_t index) const {
        return static_cast<size_t>(std::upper_bound(starts_.begin(), starts_.end(), index) - starts_.begin() -
                                   1);
    }

    /// On a background thread: reads and transforms one image, whatever its shape.
    Prepared prepare(int64_t index) const {
        const size_t part = partOf(index);
        const Dataset& source = *parts_[part];
        const int64_t row = index - starts_[part];
        Prepared result;
        try {
            if (const auto* pictures = dynamic_cast<const PictureDataset*>(&source)) {
                result.name = pictures->pictureName(row);
                Picture picture = pictures->readPicture(row);
                result.image = std::move(picture.pixels);
                result.notes = std::move(picture.notes);
            } else {
                result.name = source.info().name + ", image " + std::to_string(row);
                result.image = source.readOne(row);
            }
            result.image = transformImage(result.image, options_.transform);
            checkFinite(result);
        } catch (const Error& error) {
            result.fault = error;
        } catch (const std::bad_alloc&) {
            result.fault = InputError(result.name, "there is not enough memory for it", "make it smaller");
        }
        return result;
    }

    static void checkFinite(Prepared& prepared) {
        int64_t bad = 0;
        for (const float value : prepared.image.values())
            bad += !std::isfinite(value);
        if (bad == prepared.image.size())
            throw InputError(prepared.name, "no pixel holds a finite number", "leave it out");
        if (bad > 0)
            prepared.notes.push_back(std::to_string(bad) + " pixels are not finite numbers");
    }

    void take(const Prepared& item, int64_t index) {
        if (item.fault) {
            if (!firstFault_)
                firstFault_ = item.fault;
            return skip(item.fault->what());
        }
        if (!writer_)
            begin(item.image, partOf(index));
        const std::vector<int64_t> shape{info_.channels, info_.height, info_.width};
        if (item.image.shape() != shape)
            return skip(item.name + ": its shape " + shapeText(item.image.shape()) +
                        " differs from the first's " + shapeText(shape) + " and it was left out");
        for (const std::string& note : item.notes)
            if (++noted_ <= spelledOut)
                warn(item.name + ": " + note);
        batch_.push_back(item.image);
        if (std::ssize(batch_) == batchSize_)
            flush();
        const size_t part = partOf(index);
        kept_[part].push_back(index - starts_[part]);
        const DatasetInfo& source = parts_[part]->info();
        wcs_.add(transformedWcsCards(parts_[part]->wcsCards(index - starts_[part]), source.height,
                                     source.width, options_.transform));
        ++report_.images;
    }

    static std::string shapeText(const std::vector<int64_t>& shape) {
        return std::to_string(shape[0]) + " x " + std::to_string(shape[1]) + " x " + std::to_string(shape[2]);
    }

    void skip(const std::string& why) {
        if (static_cast<size_t>(++report_.skipped) <= spelledOut)
            warn(why);
    }

    void begin(const Array& first, size_t part) {
        DatasetInfo source = parts_[part]->info();
        source.channels = first.dim(0); // pictures of other sizes become alike by the transform
        if (!options_.transform.gray && static_cast<int64_t>(source.bands.size()) != source.channels)
            source.bands.clear();
        TransformOptions withoutCrop = options_.transform;
        withoutCrop.crop = std::min({withoutCrop.crop, source.height, source.width});
        withoutCrop.average = 1; // the first image tells the size; the blocks only the scale of its pixels
        source.pixelScale *= static_cast<double>(options_.transform.average);
        info_ = transformedInfo(source, withoutCrop);
        info_.channels = first.dim(0);
        info_.height = first.dim(1);
        info_.width = first.dim(2);
        info_.name = std::filesystem::path(output_).stem().string();
        info_.notes.clear();
        writer_ = std::make_unique<DatasetWriter>(output_, info_);
    }

    void flush() {
        if (batch_.empty())
            return;
        Array images({static_cast<int64_t>(batch_.size()), info_.channels, info_.height, info_.width});
        for (size_t i = 0; i < batch_.size(); ++i)
            std::copy_n(batch_[i].data(), batch_[i].size(),
                        images.data() + static_cast<int64_t>(i) * batch_[i].size());
        writer_->append(images);
        batch_.clear();
    }

    [[noreturn]] void throwNothingLeft() const {
        if (!firstFault_)
            throw InputError(parts_.front()->info().source, "it holds no images", "name another source");
        if (total_ == 1)
            throw InputError(firstFault_->subject(), firstFault_->fault(), firstFault_->cure());
        throw InputError(parts_.front()->info().source,
                         "none of the " + std::to_string(total_) + " images can be used (first: " +
                             firstFault_->subject() + ": " + firstFault_->fault() + ")",
                         firstFault_->cure());
    }

    void summarise() {
        if (static_cast<size_t>(report_.skipped) > spelledOut)
            warn("and " + std::to_string(static_cast<size_t>(report_.skipped) - spelledOut) +
                 " more images were left out");
        if (noted_ > spelledOut)
            warn("and " + std::to_string(noted_ - spelledOut) + " more notes on single images");
    }

    /// What the join will find, before hours of reading: a wrong column or radius shows at once.
    void foretellJoin() {
        std::vector<Table> tables;
        for (const DatasetPtr& part : parts_)
            tables.push_back(part->catalog());
        std::vector<std::string> notes;
        const Table table = withIds(stacked(tables), total_, {}, notes);
        JoinReport found;
        join_->apply(table, parts_.front()->info().name, found, stop_);
        progress_.update({"joining", found.matched, found.rows, "rows", found.sentence()});
        if (found.matched == 0)
            warn(options_.join.path + ": none of its " + std::to_string(found.catalogRows) +
                 " rows belongs to any of the images; all that it adds will be empty");
    }

    Table catalog() {
        std::vector<Table> tables;
        for (size_t i = 0; i < parts_.size(); ++i)
            if (!kept_[i].empty())
                tables.push_back(parts_[i]->catalog().select(kept_[i]));
        std::vector<std::string> notes;
        // Ids may meet their like in another source; withIds() then numbers the rows and keeps the given
        // ones.
        Table table = withIds(stacked(tables), report_.images, {}, notes);
        for (const std::string& note : notes)
            warn(note);
        if (join_)
            table = join_->apply(table, parts_.front()->info().name, report_.join.emplace(), stop_);
        return table;
    }

    std::string output_;
    ImportOptions options_;
    StopToken stop_;
    ProgressSink& progress_;
    std::vector<DatasetPtr> parts_;
    std::vector<int64_t> starts_; // index of each part's first image
    int64_t total_ = 0;
    std::vector<std::vector<int64_t>> kept_;
    WcsTable wcs_;
    std::unique_ptr<DatasetWriter> writer_;
    DatasetInfo info_;
    int64_t batchSize_ = 1;
    std::vector<Array> batch_;
    std::optional<Error> firstFault_;
    size_t noted_ = 0;
    std::optional<CatalogJoin> join_;
    ImportReport report_;
};

} // namespace

ImportReport importDataset(const std::vector<std::string>& sources, const std::string& output,
                           const ImportOptions& options, const StopToken& stop, ProgressSink& progress) {
    return Importer(sources, output, options, stop, progress).run();
}

} // namespace galatea
