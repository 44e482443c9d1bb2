// A CSV list of pictures: one column of paths, a label, and whatever else is known of each.

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <system_error>

#include "core/error.h"
#include "core/text.h"
#include "data/catalog.h"
#include "data/picture_dataset.h"
#include "data/readers.h"
#include "io/csv.h"

namespace galatea {

namespace fs = std::filesystem;

namespace {

constexpr std::array pathColumns{"Location", "file", "filename", "path", "image"};

bool isPathColumn(const std::string& name) {
    return std::find(pathColumns.begin(), pathColumns.end(), name) != pathColumns.end();
}

/// Counts the rows that were left out for one reason and remembers the first.
struct LeftOut {
    std::string reason;
    int64_t count = 0;
    std::string first{};
    void add(const std::string& name) {
        if (count++ == 0)
            first = name;
    }
    void note(std::vector<std::string>& notes, int64_t rows) const {
        if (count > 0)
            notes.push_back(std::to_string(count) + " of " + std::to_string(rows) + " pictures " + reason +
                            " and were left out (first: '" + escaped(first) + "')");
    }
};

class CsvListReader {
  public:
    CsvListReader(const std::string& path, const OpenOptions& options) : path_(path), options_(options) {
        std::error_code fault;
        folder_ = fs::canonical(fs::absolute(path).parent_path(), fault);
    }

    DatasetPtr open() {
        CsvTable csv = readCsv(path_);
        info_.notes = csv.notes;
        const size_t column = choosePathColumn(csv);
        if (csv.rowCount() == 0)
            throw InputError(path_, "the list has a header but no rows", "add one row per picture");
        choosePictures(csv.columns[column]);
        Table table = tableFromCsv(std::move(csv), info_.notes).select(rows_);
        if (table.find("label") == nullptr)
            table = renamed(table, "Label", "label");
        info_.name = fs::path(path_).stem().string();
        info_.source = fs::absolute(path_).string();
        return std::make_shared<PictureDataset>(std::move(info_), std::move(files_), table);
    }

  private:
    size_t choosePathColumn(const CsvTable& csv) {
        std::vector<std::string> found;
        for (const std::string& name : csv.header)
            if (isPathColumn(name))
                found.push_back(name);
        if (found.empty())
            throw InputError(path_, "no column names the pictures",
                             "call it Location, file, filename, path or image in a header line");
        std::string chosen;
        for (const char* name : pathColumns)
            if (chosen.empty() && std::find(found.begin(), found.end(), name) != found.end())
                chosen = name;
        if (std::count(found.begin(), found.end(), chosen) > 1)
            throw InputError(path_, "two columns are called '" + chosen + "'", "remove or rename one");
        if (found.size() > 1)
            info_.notes.push_back("several columns could name the pictures (" + joined(found, ", ") + "); '" +
                                  chosen + "' is used");
        return static_cast<size_t>(csv.find(chosen));
    }

    void choosePictures(const std::vector<std::string>& names) {
        for (size_t row = 0; row < names.size(); ++row)
            if (const std::string resolved = resolve(names[row]); !resolved.empty()) {
                files_.push_back({resolved, names[row]});
                rows_.push_back(static_cast<int64_t>(row));
            }
        const auto count = static_cast<int64_t>(names.size());
        if (files_.empty())
            throwNothingLeft(count);
        for (const LeftOut* reason : {&missing_, &special_, &outside_})
            reason->note(info_.notes, count);
    }

    [[noreturn]] void throwNothingLeft(int64_t count) const {
        if (outside_.count > 0)
            throw InputError(path_,
                             "all its pictures lie outside its folder or are missing (first: '" +
                                 outside_.first + "')",
                             "move the list beside them or allow files outside");
        const LeftOut& reason = missing_.count > 0 ? missing_ : special_;
        throw InputError(path_,
                         "none of its " + std::to_string(count) + " pictures is there (first: '" +
                             reason.first + "')",
                         "paths are looked up from the list's own folder");
    }

    /// The real path of a picture, or nothing with the reason counted.
    std::string resolve(const std::string& name) {
        std::error_code fault;
        if (name.empty() || name.size() > 4096) {
            missing_.add(name.substr(0, 80));
            return {};
        }
        const fs::path real = fs::canonical(folder_ / name, fault);
        if (fault) {
            missing_.add(name);
            return {};
        }
        // Compared after links are followed: a link may lead out where the name does not.
        const auto [end, unused] = std::mismatch(folder_.begin(), folder_.end(), real.begin(), real.end());
        if (!options_.allowOutside && end != folder_.end()) {
            outside_.add(name);
            return {};
        }
        if (!fs::is_regular_file(real, fault)) {
            special_.add(name);
            return {};
        }
        return real.string();
    }

    std::string path_;
    OpenOptions options_;
    fs::path folder_;
    DatasetInfo info_;
    std::vector<PictureFile> files_;
    std::vector<int64_t> rows_;
    LeftOut missing_{"are missing"}, special_{"are no regular files"},
        outside_{"lie outside the list's folder"};
};

} // namespace

DatasetPtr openCsvList(const std::string& path, const OpenOptions& options) {
    return CsvListReader(path, options).open();
}

bool looksLikeCsvList(const std::string& firstBytes) {
    std::string line = firstBytes.substr(0, firstBytes.find_first_of("\r\n"));
    if (line.starts_with("\xef\xbb\xbf"))
        line.erase(0, 3);
    for (char& c : line)
        if (c == ';' || c == '\t')
            c = ',';
    for (const std::string& cell : split(line, ',')) {
        std::string name = trimmed(cell);
        std::erase(name, '"');
        if (isPathColumn(name))
            return true;
    }
    return false;
}

} // namespace galatea
