#include "torchscript/script_archive.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/text.h"
#include "io/zip_directory.h"

namespace galatea {

namespace {

constexpr int64_t maxCardBytes = 1 << 20;
constexpr int64_t slackBytes = int64_t{64} << 20; ///< what any archive may unpack to, however small

std::vector<ZipEntry> directoryOf(const RegularFile& file) {
    try {
        return readZipDirectory(file.descriptor(), file.size());
    } catch (const ZipFault& fault) {
        throw InputError(file.path(), fault.what(), "copy or export it again");
    }
}

/// LibTorch takes the first entry's folder for the archive's.
std::string rootOf(const std::vector<ZipEntry>& entries) {
    return entries.empty() ? std::string()
                           : entries.front().name.substr(0, entries.front().name.find('/')) + "/";
}

bool staysInside(const std::string& name, const std::string& root) {
    if (!name.starts_with(root))
        return false;
    const std::vector<std::string> parts = split(name, '/');
    return std::find(parts.begin(), parts.end(), "..") == parts.end();
}

void checkKind(const RegularFile& file, const std::set<std::string>& names, const std::string& root) {
    const auto code = names.lower_bound(root + "code/");
    const bool hasCode = code != names.end() && code->starts_with(root + "code/");
    const bool hasData = names.contains(root + "data.pkl");
    if (hasData && hasCode && names.contains(root + "constants.pkl"))
        return;
    if (hasData && !hasCode)
        throw InputError(file.path(), "is a PyTorch checkpoint, not TorchScript",
                         "export the model with torch.jit.script(model).save(...) where it was made");
    throw InputError(file.path(), "is a zip archive but holds no complete TorchScript model",
                     "export the model with torch.jit.script(model).save(...) where it was made");
}

void checkSizes(const RegularFile& file, const std::vector<ZipEntry>& entries, const std::string& root) {
    int64_t total = 0;
    const int64_t cap = 4 * file.size() + slackBytes;
    for (const ZipEntry& entry : entries) {
        if (entry.name == root + "extra/galatea.json" && entry.bytes > maxCardBytes)
            throw InputError(file.path(), "its card is larger than 1 MB",
                             "correct the card or export the model again");
        total += std::min(entry.bytes, cap);
        if (total > cap)
            throw InputError(file.path(),
                             "unpacks to more than " + humanBytes(static_cast<double>(cap)) +
                                 ", far beyond its size",
                             "do not use it unless you know who made it");
    }
}

} // namespace

bool looksLikeZip(const RegularFile& file) {
    return file.firstBytes(4) == std::string("PK\x03\x04", 4);
}

ScriptArchive checkScriptArchive(const RegularFile& file) {
    const std::vector<ZipEntry> entries = directoryOf(file);
    const std::string root = rootOf(entries);
    std::set<std::string> names;
    int64_t outside = 0;
    for (const ZipEntry& entry : entries) {
        if (!names.insert(entry.name).second)
            throw InputError(file.path(), "holds two entries named " + entry.name.substr(0, 120),
                             "do not use it unless you know who made it");
        outside += staysInside(entry.name, root) ? 0 : 1;
    }
    checkKind(file, names, root);
    checkSizes(file, entries, root);
    ScriptArchive archive;
    archive.hasCard = names.contains(root + "extra/galatea.json");
    if (outside > 0)
        archive.notes.push_back("its archive holds " + std::to_string(outside) +
                                " entries outside the model's folder; they were not unpacked");
    return archive;
}

} // namespace galatea
