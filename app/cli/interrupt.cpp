#include "interrupt.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace galatea::cli {

namespace {

std::array<int, 2> pipeEnds{-1, -1}; // a handler may do little more than write into a pipe

void tellWatcher(int) {
    const char byte = 0;
    [[maybe_unused]] const ssize_t written = write(pipeEnds[1], &byte, 1);
}

sigset_t interrupts() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

void watch(std::stop_source source) {
    const sigset_t signals = interrupts();
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    char byte = 0;
    for (;;) {
        const ssize_t got = read(pipeEnds[0], &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got != 1)
            return;
        if (source.stop_requested())
            _exit(static_cast<int>(ErrorKind::Interrupted));
        source.request_stop();
    }
}

} // namespace

StopToken watchInterrupts() {
    // A reader that leaves early (| head) must not kill work that writes files; writing reports it instead.
    std::signal(SIGPIPE, SIG_IGN);
    if (pipe(pipeEnds.data()) != 0)
        return {}; // the signals then end the program as they always do
    struct sigaction action = {};
    action.sa_handler = tellWatcher;
    action.sa_flags = SA_RESTART;
    const sigset_t signals = interrupts();
    for (const int signal : {SIGINT, SIGTERM}) {
        struct sigaction before = {};
        sigaction(signal, nullptr, &before);
        if (before.sa_handler != SIG_IGN) // a shell that put us in the background wants it ignored
            sigaction(signal, &action, nullptr);
    }
    // Blocked here, so that programs started from here do not die of the terminal's Ctrl-C before we have
    // stopped them. Threads that libraries started earlier still take the signal, hence the handler.
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::stop_source source;
    const StopToken token = source.get_token();
    std::thread(watch, std::move(source)).detach();
    return token;
}

} // namespace galatea::cli
