// galatea-model-host: loads one TorchScript model and runs it for the program that started this one. It is
// meant to be killed at any moment; nothing but the shared memory ever leaves it.

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

#include "torchscript/host/serve.h"
#include "torchscript/host/walls.h"
#include "torchscript/host_protocol.h"

namespace {

using namespace galatea;

/// A model that computes on for nobody ends when the other side hangs up.
void endWithSocket() {
    std::thread([] {
        pollfd watched{hostSocketDescriptor, 0, 0};
        while (poll(&watched, 1, -1) <= 0 || (watched.revents & (POLLHUP | POLLERR | POLLNVAL)) == 0)
            continue;
        _exit(0);
    }).detach();
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2 || fcntl(hostSocketDescriptor, F_GETFD) < 0 || fcntl(hostModelDescriptor, F_GETFD) < 0) {
        std::fputs("galatea-model-host is started by galatea and galatea-cli; it does nothing on its own.\n",
                   stderr);
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    mallopt(M_ARENA_MAX, 2); // each arena reserves 64 MB of addresses, which count against the limit
    syscall(SYS_close_range, areaDescriptor, ~0U, 0);
    try {
        dieWithParent(static_cast<pid_t>(std::strtol(arguments[1], nullptr, 10)));
        endWithSocket();
        serveModel();
    } catch (const std::exception&) {
        _exit(1);
    }
    // No destructors of the model's objects: they could hang as well as any of its code.
    _exit(0);
}
