#include "io/regular_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace galatea {

namespace {

std::string absolutePath(const std::string& path) {
    if (path.empty())
        throw InputError("(empty name)", "no file was named", "give the path of a file");
    if (path.find('\0') != std::string::npos)
        throw InputError(path, "a file name cannot hold a NUL byte", "correct the name");
    std::error_code fault;
    const auto absolute = std::filesystem::absolute(path, fault);
    if (fault)
        throw InputError(path, "the path cannot be made absolute (" + fault.message() + ")",
                         "correct the path");
    return absolute.string();
}

[[noreturn]] void throwCannotOpen(const std::string& path, int reason) {
    switch (reason) {
    case ENOENT:
    case ENOTDIR:
        throw InputError(path, "there is no such file", "check the path");
    case EACCES:
    case EPERM:
        throw InputError(path, "the file may not be read", "check its permissions");
    case ELOOP:
        throw InputError(path, "the link leads in a circle", "name the file itself");
    case ENAMETOOLONG:
        throw InputError(path.substr(0, 80) + "...", "the name is too long", "shorten it");
    default:
        throw InputError(path, std::string("the file cannot be opened (") + std::strerror(reason) + ")",
                         "check that it is an ordinary file");
    }
}

} // namespace

RegularFile::RegularFile(const std::string& path) : path_(path) {
    const std::string absolute = absolutePath(path);
    // O_NONBLOCK: opening a pipe nobody writes to must not wait for ever.
    descriptor_ = ::open(absolute.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (descriptor_ < 0)
        throwCannotOpen(path, errno);
    requireRegular();
}

RegularFile RegularFile::adopt(int descriptor, std::string name) {
    RegularFile file;
    file.path_ = std::move(name);
    file.descriptor_ = descriptor;
    file.requireRegular();
    return file;
}

void RegularFile::requireRegular() {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor_);
        descriptor_ = -1;
        throw InputError(path_,
                         S_ISDIR(status.st_mode) ? "this is a folder, not a file"
                                                 : "this is a pipe or device, not a regular file",
                         "name a regular file");
    }
    size_ = status.st_size;
}

RegularFile::~RegularFile() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

RegularFile::RegularFile(RegularFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

RegularFile& RegularFile::operator=(RegularFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(size_, other.size_);
    return *this;
}

std::string RegularFile::descriptorPath() const {
    return "/proc/self/fd/" + std::to_string(descriptor_);
}

std::string RegularFile::readAll(int64_t cap) const {
    if (size_ > cap)
        throw InputError(path_,
                         "the file is larger than can be read at once (" +
                             humanBytes(static_cast<double>(size_)) + ", at most " +
                             humanBytes(static_cast<double>(cap)) + ")",
                         "split it or make it smaller");
    std::string content(static_cast<size_t>(size_), '\0');
    readAt(0, std::as_writable_bytes(std::span<char>(content)));
    return content;
}

void RegularFile::readAt(int64_t offset, std::span<std::byte> out) const {
    while (!out.empty()) {
        const ssize_t count = ::pread(descriptor_, out.data(), out.size(), offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw InputError(path_, std::string("reading failed (") + std::strerror(errno) + ")",
                             "check the disk");
        if (count == 0)
            throw InputError(path_, "the file is cut short", "get it again");
        out = out.subspan(static_cast<size_t>(count));
        offset += count;
    }
}

std::string RegularFile::firstBytes(size_t count) const {
    std::string bytes(std::min(count, static_cast<size_t>(size_)), '\0');
    readAt(0, std::as_writable_bytes(std::span<char>(bytes)));
    return bytes;
}

bool sameFile(const std::string& first, const std::string& second) {
    std::error_code fault;
    return std::filesystem::equivalent(first, second, fault) && !fault;
}

} // namespace galatea
