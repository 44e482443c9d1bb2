#include "sandbox/bubblewrap.h"

#include <fcntl.h>
#include <link.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>

#include "core/text.h"

namespace galatea {

namespace {

bool exists(const std::string& path) {
    return access(path.c_str(), F_OK) == 0;
}

std::string linkTarget(const std::string& path) {
    std::array<char, PATH_MAX> target{};
    const ssize_t length = readlink(path.c_str(), target.data(), target.size());
    return std::string(target.data(), length > 0 ? static_cast<size_t>(length) : 0);
}

void add(std::vector<std::string>& words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
}

/// Where the loader finds the system's libraries, under the names it knows them by.
void addSystemLibraries(std::vector<std::string>& words) {
    for (const std::string folder : {"/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/local/lib",
                                     "/etc/ld.so.cache", "/etc/alternatives"})
        if (exists(folder))
            add(words, {"--ro-bind", folder, folder});
    for (const std::string folder : {"/lib", "/lib32", "/lib64", "/libx32"}) {
        const std::string target = linkTarget(folder);
        if (!target.empty())
            add(words, {"--symlink", target, folder});
        else if (exists(folder))
            add(words, {"--ro-bind", folder, folder});
    }
}

/// Runs a program without input and output; true if it ends with status 0.
bool succeeds(const std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (const std::string& word : words)
        pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    char* environment[] = {nullptr};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    for (const int descriptor : {0, 1, 2})
        posix_spawn_file_actions_addopen(&files, descriptor, "/dev/null", O_RDWR, 0);
    pid_t process = -1;
    const int fault = posix_spawn(&process, words.front().c_str(), &files, nullptr, pointers.data(),
                                  static_cast<char**>(environment));
    posix_spawn_file_actions_destroy(&files);
    if (fault != 0)
        return false;
    int status = -1;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

std::string bubblewrapProgram() {
    for (const std::string path : {"/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"})
        if (access(path.c_str(), X_OK) == 0)
            return path;
    return {};
}

std::vector<std::string> otherLibraryFolders() {
    std::vector<std::string> folders;
    if (const char* named = std::getenv("LD_LIBRARY_PATH"); named != nullptr)
        folders = split(named, ':');
    dl_iterate_phdr(
        [](dl_phdr_info* library, size_t, void* list) {
            const std::string path = library->dlpi_name;
            if (path.starts_with('/'))
                static_cast<std::vector<std::string>*>(list)->push_back(path.substr(0, path.rfind('/')));
            return 0;
        },
        &folders);
    const auto known = [](const std::string& folder) {
        const auto below = [&](const std::string& top) {
            return folder == top || folder.starts_with(top + "/");
        };
        return !folder.starts_with('/') || folder == "/" || !exists(folder) || below("/usr/lib") ||
               below("/usr/local/lib") || below("/lib") || below("/lib64") || below("/usr/lib64");
    };
    folders.erase(std::remove_if(folders.begin(), folders.end(), known), folders.end());
    std::sort(folders.begin(), folders.end());
    folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
    return folders;
}

std::vector<std::string> inBubblewrap(const std::vector<std::string>& words, int infoDescriptor) {
    std::vector<std::string> all{bubblewrapProgram()};
    add(all, {"--unshare-all", "--as-pid-1", "--die-with-parent", "--new-session"});
    add(all, {"--hostname", "galatea", "--cap-drop", "ALL", "--proc", "/proc"});
    for (const std::string path : {"/sys/devices/system/cpu", "/dev/urandom"}) // asked while warming up
        if (exists(path))
            add(all, {"--dev-bind", path, path});
    addSystemLibraries(all);
    for (const std::string& folder : otherLibraryFolders())
        add(all, {"--ro-bind", folder, folder});
    add(all, {"--ro-bind", words.front(), words.front(), "--remount-ro", "/", "--chdir", "/"});
    if (infoDescriptor >= 0)
        add(all, {"--info-fd", std::to_string(infoDescriptor)});
    all.emplace_back("--");
    add(all, words);
    return all;
}

bool bubblewrapWorks() {
    const std::string program = bubblewrapProgram();
    return !program.empty() && succeeds(inBubblewrap({program, "--version"}, -1));
}

} // namespace galatea
