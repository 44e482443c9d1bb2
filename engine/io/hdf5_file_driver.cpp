#include "io/hdf5_file_driver.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <new>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace galatea::hdf5 {

namespace {

struct GuardedFile {
    H5FD_t common{}; // the library's part; must be first
    int descriptor = -1;
    haddr_t allocated = 0; // where the library believes the file ends
    haddr_t size = 0;
};

GuardedFile& guarded(const H5FD_t* file) {
    return *reinterpret_cast<GuardedFile*>(const_cast<H5FD_t*>(file));
}

int descriptorOf(std::string_view name) {
    constexpr std::string_view folder = "/proc/self/fd/";
    int descriptor = -1;
    if (name.starts_with(folder))
        std::from_chars(name.data() + folder.size(), name.data() + name.size(), descriptor);
    return descriptor;
}

H5FD_t* openGuarded(const char* name, unsigned flags, hid_t, haddr_t) {
    if ((flags & (H5F_ACC_RDWR | H5F_ACC_CREAT | H5F_ACC_TRUNC)) != 0)
        return nullptr;
    // The name is only ever that of a descriptor: behind walls nothing can be opened any more.
    const int opened = descriptorOf(name);
    int descriptor = opened < 0 ? -1 : ::fcntl(opened, F_DUPFD_CLOEXEC, 0);
    if (opened >= 0 && descriptor < 0)
        descriptor = ::dup(opened); // behind walls this is what is allowed
    if (descriptor < 0)
        return nullptr;
    struct stat status {};
    auto* file = new (std::nothrow) GuardedFile;
    if (file == nullptr || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        delete file;
        return nullptr;
    }
    file->descriptor = descriptor;
    file->size = static_cast<haddr_t>(status.st_size);
    return &file->common;
}

herr_t closeGuarded(H5FD_t* file) {
    ::close(guarded(file).descriptor);
    delete &guarded(file);
    return 0;
}

herr_t queryGuarded(const H5FD_t*, unsigned long* flags) {
    *flags = 0; // no metadata cache of the library's own, no gathering of small reads
    return 0;
}

haddr_t endOfAllocation(const H5FD_t* file, H5FD_mem_t) {
    return guarded(file).allocated;
}

herr_t setEndOfAllocation(H5FD_t* file, H5FD_mem_t, haddr_t end) {
    guarded(file).allocated = end;
    return 0;
}

haddr_t endOfFile(const H5FD_t* file, H5FD_mem_t) {
    return guarded(file).size;
}

herr_t readGuarded(H5FD_t* common, H5FD_mem_t, hid_t, haddr_t address, size_t count, void* out) {
    const GuardedFile& file = guarded(common);
    if (address > file.size)
        return -1;
    auto* bytes = static_cast<char*>(out);
    const size_t there = std::min<haddr_t>(count, file.size - address);
    std::memset(bytes + there, 0, count - there); // the library looks a little past the end of small files
    for (size_t done = 0; done < there;) {
        const ssize_t got =
            ::pread(file.descriptor, bytes + done, there - done, static_cast<off_t>(address + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        done += static_cast<size_t>(got);
    }
    return 0;
}

herr_t refuseWrite(H5FD_t*, H5FD_mem_t, hid_t, haddr_t, size_t, const void*) {
    return -1;
}

hid_t registerDriver() {
    static H5FD_class_t driver{};
#ifdef H5FD_CLASS_VERSION
    driver.version = H5FD_CLASS_VERSION;
    driver.value = static_cast<H5FD_class_value_t>(600); // of the numbers left to applications
#endif
    driver.name = "galatea_guarded";
    driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<off_t>::max());
    driver.fc_degree = H5F_CLOSE_STRONG;
    driver.open = openGuarded;
    driver.close = closeGuarded;
    driver.query = queryGuarded;
    driver.get_eoa = endOfAllocation;
    driver.set_eoa = setEndOfAllocation;
    driver.get_eof = endOfFile;
    driver.read = readGuarded;
    driver.write = refuseWrite;
    for (H5FD_mem_t& type : driver.fl_map)
        type = H5FD_MEM_DEFAULT;
    return H5FDregister(&driver);
}

} // namespace

Handle guardedAccess() {
    static const hid_t driver = registerDriver(); // lives as long as the library
    Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_driver(access.id(), driver, nullptr);
    H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG);
    return access;
}

} // namespace galatea::hdf5
