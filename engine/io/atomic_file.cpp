#include "io/atomic_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <random>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "core/error.h"

namespace galatea {

namespace fs = std::filesystem;

namespace {

/// Where the rename must end: the absolute path, links followed.
fs::path resolveTarget(const std::string& target) {
    if (target.empty() || target.find('\0') != std::string::npos)
        throw UsageError("(output)", "no usable output file was named", "give the path of the file to write");
    std::error_code fault;
    fs::path path = fs::absolute(target, fault);
    if (const fs::path real = fs::canonical(path, fault); !fault)
        path = real;
    const fs::file_status status = fs::status(path, fault);
    if (fs::is_directory(status))
        throw UsageError(target, "this is a folder", "name a file to write");
    if (fs::exists(status) && !fs::is_regular_file(status))
        throw UsageError(target, "this is no regular file", "name an ordinary file to write");
    if (path.filename().empty() || path.filename() == "." || path.filename() == "..")
        throw UsageError(target, "this names no file", "name a file to write");
    if (!fs::is_directory(path.parent_path(), fault))
        throw UsageError(target, "its folder does not exist", "make the folder first or choose another");
    if (::access(path.parent_path().c_str(), W_OK | X_OK) != 0)
        throw UsageError(target, "its folder may not be written to", "choose another folder");
    return path;
}

std::string randomSuffix() {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device source; // only a name nobody else uses: nothing computed depends on it
    std::string suffix;
    for (int i = 0; i < 8; ++i)
        suffix += letters[source() % letters.size()];
    return suffix;
}

[[noreturn]] void throwWriteFault(const std::string& target, int reason) {
    if (reason == ENOSPC || reason == EDQUOT)
        throw InputError(target, "there is no room left on the disk", "free some space or write elsewhere");
    throw InputError(target, std::string("writing failed (") + std::strerror(reason) + ")",
                     "check the disk and the folder's permissions");
}

} // namespace

AtomicFile::AtomicFile(const std::string& target) : target_(target) {
    const fs::path path = resolveTarget(target);
    resolved_ = path.string();
    folder_ = path.parent_path().string();
    const std::string stem = path.filename().string().substr(0, 200);
    for (int attempt = 0; descriptor_ < 0; ++attempt) {
        temporary_ = (path.parent_path() / ("." + stem + "." + randomSuffix() + ".part")).string();
        descriptor_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (descriptor_ < 0 && (errno != EEXIST || attempt > 100))
            throwWriteFault(target, errno);
    }
    struct stat existing {};
    if (::stat(resolved_.c_str(), &existing) == 0 && ::fchmod(descriptor_, existing.st_mode & 0777) != 0)
        errno = 0; // a file system without permissions keeps its own
}

AtomicFile::~AtomicFile() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
    if (!committed_)
        ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throwWriteFault(target_, errno);
        bytes.remove_prefix(static_cast<size_t>(count));
    }
}

void AtomicFile::commit(const std::function<void(const std::string&)>& verify) {
    if (::fsync(descriptor_) != 0)
        throwWriteFault(target_, errno);
    if (verify)
        verify(temporary_);
    if (::rename(temporary_.c_str(), resolved_.c_str()) != 0)
        throwWriteFault(target_, errno);
    committed_ = true;
    const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return; // a folder that may be written but not read cannot be flushed; the file itself is
    const int status = ::fsync(folder);
    const int reason = errno;
    ::close(folder);
    if (status != 0 && reason != EINVAL && reason != EROFS)
        throwWriteFault(target_, reason);
}

void requireWritable(const std::string& target) {
    resolveTarget(target);
}

} // namespace galatea
