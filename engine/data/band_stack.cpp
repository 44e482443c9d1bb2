#include "data/band_stack.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "core/error.h"
#include "core/text.h"

namespace galatea {

namespace {

std::string shapeOf(const Dataset& data) {
    return std::to_string(data.size()) + " of " + std::to_string(data.info().width) + " x " +
           std::to_string(data.info().height) + " pixels";
}

/// "stamp-g-5.0" holds the part "g".
bool nameHolds(const std::string& path, const std::string& band) {
    std::string part;
    for (const char c : std::filesystem::path(path).filename().string() + '.') {
        const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (word) {
            part += c;
        } else if (part == band) {
            return true;
        } else {
            part.clear();
        }
    }
    return false;
}

/// For each band the one source that matches; empty if that is not one to one.
template <class Matches>
std::vector<size_t> assigned(size_t sources, const std::vector<std::string>& bands, const Matches& matches) {
    std::vector<size_t> result;
    for (const std::string& band : bands) {
        size_t found = sources;
        for (size_t i = 0; i < sources; ++i)
            if (matches(i, band)) {
                if (found != sources)
                    return {};
                found = i;
            }
        if (found == sources || std::find(result.begin(), result.end(), found) != result.end())
            return {};
        result.push_back(found);
    }
    return result;
}

class NamedBands : public Dataset {
  public:
    NamedBands(DatasetPtr source, std::vector<std::string> bands)
        : source_(std::move(source)), info_(source_->info()) {
        info_.bands = std::move(bands);
    }
    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return source_->size(); }
    Array read(std::span<const int64_t> rows) const override { return source_->read(rows); }
    const Table& catalog() const override { return source_->catalog(); }

  private:
    DatasetPtr source_;
    DatasetInfo info_;
};

class BandStack : public Dataset {
  public:
    BandStack(std::vector<DatasetPtr> sources, const std::vector<std::string>& bands)
        : sources_(std::move(sources)), info_(sources_.front()->info()) {
        info_.channels = std::ssize(sources_);
        info_.bands = bands;
        for (size_t i = 1; i < sources_.size(); ++i) {
            const std::vector<std::string>& notes = sources_[i]->info().notes;
            info_.notes.insert(info_.notes.end(), notes.begin(), notes.end());
        }
    }

    void note(std::string text) { info_.notes.push_back(std::move(text)); }

    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return sources_.front()->size(); }
    const Table& catalog() const override { return sources_.front()->catalog(); }

    Array read(std::span<const int64_t> rows) const override {
        for (const int64_t row : rows)
            if (row < 0 || row >= size())
                throw std::out_of_range("image outside the data set");
        const int64_t pixels = info_.height * info_.width;
        Array result({std::ssize(rows), info_.channels, info_.height, info_.width});
        for (int64_t band = 0; band < info_.channels; ++band) {
            const Array planes = sources_[static_cast<size_t>(band)]->read(rows);
            for (int64_t n = 0; n < result.dim(0); ++n)
                std::copy_n(planes.data() + n * pixels, pixels,
                            result.data() + (n * info_.channels + band) * pixels);
        }
        return result;
    }

  private:
    std::vector<DatasetPtr> sources_;
    DatasetInfo info_;
};

void requireAlike(const std::vector<DatasetPtr>& sources, const std::vector<std::string>& paths) {
    for (size_t i = 0; i < sources.size(); ++i) {
        const DatasetInfo &one = sources[i]->info(), &first = sources[0]->info();
        if (one.channels != 1)
            throw InputError(paths[i], "it has " + std::to_string(one.channels) + " bands of its own",
                             "name a band for each channel, or files of one band each");
        if (one.height != first.height || one.width != first.width ||
            sources[i]->size() != sources[0]->size())
            throw InputError(paths[i],
                             "its images (" + shapeOf(*sources[i]) + ") differ from those of '" + paths[0] +
                                 "' (" + shapeOf(*sources[0]) + ")",
                             "frames that do not share a pixel grid need --detect or --positions");
    }
}

} // namespace

DatasetPtr stackBands(std::vector<DatasetPtr> sources, const std::vector<std::string>& paths,
                      const std::vector<std::string>& bands) {
    if (sources.size() != bands.size() || sources.size() != paths.size() || sources.empty())
        throw std::invalid_argument("stackBands needs one source for each band");
    requireAlike(sources, paths);
    std::vector<size_t> order = assigned(sources.size(), bands, [&](size_t i, const std::string& band) {
        return sources[i]->info().bands == std::vector<std::string>{band};
    });
    if (order.empty())
        order = assigned(sources.size(), bands,
                         [&](size_t i, const std::string& band) { return nameHolds(paths[i], band); });
    const bool asGiven = order.empty() || std::is_sorted(order.begin(), order.end());
    if (asGiven)
        return std::make_shared<BandStack>(std::move(sources), bands);
    std::vector<DatasetPtr> ordered;
    std::vector<std::string> pairs;
    for (size_t c = 0; c < order.size(); ++c) {
        ordered.push_back(sources[order[c]]);
        pairs.push_back(escaped(bands[c]) + ": " +
                        escaped(std::filesystem::path(paths[order[c]]).filename().string()));
    }
    const auto stack = std::make_shared<BandStack>(std::move(ordered), bands);
    stack->note("the files are taken by what they say of their bands, not in the order named (" +
                joined(pairs, ", ") + ")");
    return stack;
}

DatasetPtr withBandNames(DatasetPtr source, const std::string& path, std::vector<std::string> bands) {
    if (std::ssize(bands) != source->info().channels)
        throw InputError(path,
                         "its images have " + std::to_string(source->info().channels) + " bands, " +
                             std::to_string(bands.size()) + " were named",
                         "name one band for each");
    return std::make_shared<NamedBands>(std::move(source), std::move(bands));
}

} // namespace galatea
