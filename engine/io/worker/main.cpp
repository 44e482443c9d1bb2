// galatea-decode-worker: unpacks and decodes strangers' files for the program that started it, behind walls.
// It is meant to be killed at any moment; nothing but shared memory ever leaves it.

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "io/worker/serve.h"
#include "sandbox/child.h"

int main(int count, char** arguments) {
    using namespace galatea;
    try {
        const ChildStart start = enterChild(count, arguments);
        mallopt(M_ARENA_MAX, 1); // each arena reserves 64 MB of addresses, which count against the limit
        decode::warmUp();
        applyWalls(start, {.growthBytes = int64_t{6} << 30, .descriptors = 16});
        decode::serve(childSocket);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "galatea-decode-worker: %s\n", error.what());
        _exit(1);
    }
    _exit(0);
}
