// A folder of files with one image each: PNG, JPEG, TIFF, FITS or NPY. Those in its subfolders, one level
// deep, are labelled with the subfolder's name.

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "core/error.h"
#include "core/text.h"
#include "data/picture_dataset.h"
#include "data/readers.h"

namespace galatea {

namespace fs = std::filesystem;

namespace {

/// "img2" before "img10": digits compare as numbers.
bool naturalLess(const std::string& a, const std::string& b) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    size_t i = 0, j = 0;
    while (i < a.size() && j < b.size()) {
        if (digit(a[i]) && digit(b[j])) {
            const size_t startA = i, startB = j;
            while (i < a.size() && a[i] == '0')
                ++i;
            while (j < b.size() && b[j] == '0')
                ++j;
            const size_t valueA = i, valueB = j;
            while (i < a.size() && digit(a[i]))
                ++i;
            while (j < b.size() && digit(b[j]))
                ++j;
            if (i - valueA != j - valueB)
                return i - valueA < j - valueB;
            if (const int order = a.compare(valueA, i - valueA, b, valueB, j - valueB); order != 0)
                return order < 0;
            if (i - startA != j - startB)
                return i - startA < j - startB;
        } else if (a[i] != b[j]) {
            return a[i] < b[j];
        } else {
            ++i;
            ++j;
        }
    }
    return a.size() - i < b.size() - j;
}

struct Listing {
    std::vector<std::string> pictures, folders, others; ///< names within the folder
};

Listing listFolder(const fs::path& folder) {
    Listing listing;
    std::error_code fault;
    for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) {
        const std::string name = at->path().filename().string();
        std::error_code ignored;
        if (name.starts_with("."))
            continue;
        if (at->is_directory(ignored) && !at->is_symlink(ignored))
            listing.folders.push_back(name);
        else if (hasPictureName(name) && at->is_regular_file(ignored))
            listing.pictures.push_back(name);
        else
            listing.others.push_back(name);
    }
    if (fault)
        throw InputError(folder.string(), "the folder cannot be listed (" + fault.message() + ")",
                         "check its permissions");
    std::sort(listing.pictures.begin(), listing.pictures.end(), naturalLess);
    std::sort(listing.folders.begin(), listing.folders.end(), naturalLess);
    std::sort(listing.others.begin(), listing.others.end(), naturalLess);
    return listing;
}

class FolderReader {
  public:
    explicit FolderReader(const std::string& path) : root_(fs::absolute(path)) {}

    DatasetPtr open() {
        const Listing top = listFolder(root_);
        add(top, "");
        for (const std::string& folder : top.folders) {
            const Listing inner = listFolder(root_ / folder);
            add(inner, folder);
            for (const std::string& name : inner.folders)
                others_.push_back(folder + "/" + name);
        }
        if (files_.empty())
            throw InputError(root_.string(), "the folder holds no PNG, JPEG, TIFF, FITS or NPY images",
                             "name a folder that does");
        DatasetInfo info;
        info.name =
            root_.filename().empty() ? root_.parent_path().filename().string() : root_.filename().string();
        info.source = root_.string();
        if (!others_.empty())
            info.notes.push_back(othersNote());
        const Table table = catalog();
        return std::make_shared<PictureDataset>(std::move(info), std::move(files_), table);
    }

  private:
    void add(const Listing& listing, const std::string& folder) {
        const std::string prefix = folder.empty() ? "" : folder + "/";
        for (const std::string& name : listing.pictures) {
            files_.push_back({(root_ / folder / name).string(), prefix + name});
            labels_.push_back(folder);
            labelled_ = labelled_ || !folder.empty();
        }
        for (const std::string& name : listing.others)
            others_.push_back(prefix + name);
    }

    Table catalog() const {
        std::vector<std::string> names;
        for (const PictureFile& file : files_)
            names.push_back(file.name);
        Table table;
        table.set({"file", names});
        if (labelled_)
            table.set({"label", labels_});
        return table;
    }

    std::string othersNote() const {
        std::vector<std::string> shown(others_.begin(),
                                       others_.begin() + std::min<std::ptrdiff_t>(3, std::ssize(others_)));
        for (std::string& name : shown)
            name = escaped(name);
        return std::to_string(others_.size()) + " entries that are no images were left out (" +
               joined(shown, ", ") + (others_.size() > 3 ? ", ...)" : ")");
    }

    fs::path root_;
    std::vector<PictureFile> files_;
    std::vector<std::string> labels_, others_;
    bool labelled_ = false;
};

} // namespace

DatasetPtr openFolder(const std::string& path, const OpenOptions&) {
    return FolderReader(path).open();
}

} // namespace galatea
