// A helper that tries what a hostile file's code would try.

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <random>
#include <thread>
#include <vector>

#include "sandbox/child.h"
#include "tests/sandbox/captive.h"

namespace {

using namespace galatea;
using captive::Answer;
using captive::Deed;

Answer of(long result) {
    return {result, result < 0 ? errno : 0, 0};
}

Answer opened(const char* path, int flags) {
    return of(open(path, flags, 0600));
}

Answer forked(long process) {
    if (process == 0)
        _exit(0);
    return of(process);
}

Answer executed() {
    char name[] = "/usr/bin/true";
    char* arguments[] = {name, nullptr};
    char* environment[] = {nullptr};
    return of(execve(name, arguments, environment));
}

Answer readHandedOver() {
    char text[16] = {};
    const ssize_t got = pread(firstChildDescriptor, text, sizeof text - 1, 0);
    return {got == 6 && std::strcmp(text, "secret") == 0 ? got : -1, errno, 0};
}

Answer summedInThreads() {
    std::atomic<int64_t> sum = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&sum, t] {
            std::vector<int64_t> own(100000, t);
            for (const int64_t value : own)
                sum += value;
        });
    for (std::thread& thread : threads)
        thread.join();
    return {sum, 0, 0};
}

/// A thread made before the walls went up must stand behind them too.
class EarlyThread {
  public:
    EarlyThread()
        : thread_([this] {
              while (!asked_)
                  std::this_thread::sleep_for(std::chrono::milliseconds(1));
              answer_ = opened("/usr/lib/os-release", O_RDONLY);
              answered_ = true;
          }) {
        thread_.detach();
    }
    Answer tryToOpen() {
        asked_ = true;
        while (!answered_)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return answer_;
    }

  private:
    std::atomic<bool> asked_ = false, answered_ = false;
    Answer answer_;
    std::thread thread_;
};

Answer grown(int64_t bytes) {
    try {
        std::vector<char> block(static_cast<size_t>(bytes), 1);
        return {static_cast<int64_t>(block[block.size() / 2]), 0, 0};
    } catch (const std::bad_alloc&) {
        return {-1, ENOMEM, 0};
    }
}

Answer timeAndChance() {
    timespec now{};
    std::random_device device;
    const long sum = clock_gettime(CLOCK_REALTIME, &now) + static_cast<long>(device() % 2);
    return {sum >= 0 ? 1 : 0, 0, 0};
}

Answer liftedLimit() {
    const rlimit more{1000, 1000};
    return of(setrlimit(RLIMIT_NOFILE, &more));
}

Answer executable() {
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return {page == MAP_FAILED ? -1 : 0, page == MAP_FAILED ? errno : 0, 0};
}

Answer answerTo(const captive::Question& question, uint32_t walls, EarlyThread& early) {
    errno = 0;
    switch (question.deed) {
    case Deed::Walls:
        return {walls, 0, 0};
    case Deed::OpenFile:
        return opened("/usr/lib/os-release", O_RDONLY);
    case Deed::OpenProc:
        return opened("/proc/self/maps", O_RDONLY);
    case Deed::OpenTemporary:
        return opened("/tmp/galatea_captive", O_CREAT | O_WRONLY);
    case Deed::OpenHandedOver:
        return opened("/proc/self/fd/4", O_RDONLY);
    case Deed::ReadHandedOver:
        return readHandedOver();
    case Deed::WriteHandedOver:
        return of(pwrite(firstChildDescriptor, "longer than it was", 18, 3));
    case Deed::Socket:
        return of(socket(AF_INET, SOCK_STREAM, 0));
    case Deed::SocketPair: {
        int ends[2];
        return of(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    }
    case Deed::Execute:
        return executed();
    case Deed::Fork:
        return forked(fork());
    case Deed::VirtualFork:
        return forked(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
    case Deed::KillParent:
        return of(kill(static_cast<pid_t>(question.argument), SIGKILL));
    case Deed::KillEverybody:
        return of(kill(-1, 0));
    case Deed::Trace:
        return of(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr));
    case Deed::Mount:
        return of(mount("none", "/tmp", "tmpfs", 0, nullptr));
    case Deed::Namespace:
        return of(unshare(CLONE_NEWUSER));
    case Deed::Executable:
        return executable();
    case Deed::LiftLimit:
        return liftedLimit();
    case Deed::MakeThreads:
        return summedInThreads();
    case Deed::OpenInThread:
        return early.tryToOpen();
    case Deed::MakeArea:
        return of(memfd_create("captive", 0));
    case Deed::Time:
        return timeAndChance();
    case Deed::Grow:
        return grown(question.argument);
    case Deed::GrowTouched:
        for (std::vector<std::vector<char>> blocks;;)
            blocks.emplace_back(1 << 20, 'x');
    case Deed::Sleep:
        std::this_thread::sleep_for(std::chrono::hours(1));
        break;
    case Deed::Nap:
        std::this_thread::sleep_for(std::chrono::milliseconds(question.argument));
        return {.result = question.argument};
    case Deed::Exit:
        _exit(7);
    case Deed::Abort:
        std::abort();
    case Deed::Crash:
        *reinterpret_cast<volatile int*>(static_cast<uintptr_t>(question.argument)) =
            1; // an address nobody has
        break;
    case Deed::Nonsense:
        sendRecord(childSocket, question.argument);
        break;
    case Deed::HangUp:
        close(childSocket);
        std::this_thread::sleep_for(std::chrono::hours(1));
        break;
    }
    return {};
}

} // namespace

int main(int argc, char** argv) {
    try {
        const ChildStart start = enterChild(argc, argv);
        EarlyThread early;
        const Walls walls = applyWalls(start, {.growthBytes = int64_t{512} << 20, .descriptors = 16});
        captive::Question question;
        int descriptor = -1;
        while (receiveRecord(childSocket, question, descriptor) == Received::Message)
            sendRecord(childSocket, answerTo(question, walls.bits(), early));
    } catch (const std::exception&) {
        _exit(3);
    }
    _exit(0);
}
