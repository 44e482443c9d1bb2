#include "io/atomic_folder.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "core/error.h"

namespace galatea {

namespace fs = std::filesystem;

namespace {

fs::path resolved(const std::string& target) {
    std::error_code fault;
    if (target.empty() || target.find('\0') != std::string::npos)
        throw UsageError("(output)", "no usable output folder was named", "give the path of a new folder");
    fs::path path = fs::absolute(target, fault).lexically_normal();
    if (path.filename().empty()) // a slash at the end
        path = path.parent_path();
    const fs::file_status status = fs::status(path, fault);
    if (fs::exists(status) && !fs::is_directory(status))
        throw UsageError(target, "a file of this name is there", "name a new folder");
    if (fs::exists(status) && !fs::is_empty(path, fault))
        throw UsageError(target, "this folder is not empty", "name a new folder or an empty one");
    if (!fs::is_directory(path.parent_path(), fault))
        throw UsageError(target, "the folder it should lie in does not exist", "make that folder first");
    if (::access(path.parent_path().c_str(), W_OK | X_OK) != 0)
        throw UsageError(target, "the folder it should lie in may not be written to",
                         "choose another folder");
    return path;
}

} // namespace

AtomicFolder::AtomicFolder(const std::string& target) : target_(target) {
    const fs::path path = resolved(target);
    resolved_ = path.string();
    const std::string stem = path.filename().string().substr(0, 200);
    std::string pattern = (path.parent_path() / ("." + stem + ".XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr)
        throw UsageError(target, "no folder can be made there", "choose another place");
    temporary_ = pattern;
    std::error_code ignored; // mkdtemp() makes it for its owner alone
    fs::permissions(temporary_, fs::perms(0755), ignored);
}

AtomicFolder::~AtomicFolder() {
    std::error_code ignored;
    if (!committed_)
        fs::remove_all(temporary_, ignored);
}

std::string AtomicFolder::path(const std::string& name) const {
    return (fs::path(temporary_) / name).string();
}

void AtomicFolder::commit() {
    // rename() replaces an empty folder and refuses any other.
    if (::rename(temporary_.c_str(), resolved_.c_str()) != 0)
        throw InputError(target_, "the finished folder cannot be put there", "name a new folder");
    committed_ = true;
    const int parent = ::open(fs::path(resolved_).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return;
    ::fsync(parent);
    ::close(parent);
}

std::string safeFileName(const std::string& text) {
    std::string name = text.substr(0, 100);
    for (char& c : name) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           c == '.' || c == '_' || c == '-' || c == '+';
        c = plain ? c : '_';
    }
    if (name.starts_with('.') || name.starts_with('-'))
        name.front() = '_';
    return name.empty() ? "image" : name;
}

} // namespace galatea
