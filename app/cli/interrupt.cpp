#include "interrupt.h"

#include <csignal>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace galatea::cli {

namespace {
void waitForSignals(sigset_t signals, std::stop_source source) {
    for (;;) {
        int signal = 0;
        if (sigwait(&signals, &signal) != 0)
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
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::stop_source source;
    const StopToken token = source.get_token();
    std::thread(waitForSignals, signals, std::move(source)).detach();
    return token;
}

} // namespace galatea::cli
