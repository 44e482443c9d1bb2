// galatea-model-host: loads one TorchScript model and runs it for the program that started this one. It is
// meant to be killed at any moment; nothing but the shared memory ever leaves it.

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "torchscript/host/serve.h"

namespace {

/// A network's intermediate images are a few large blocks, taken and given back at every call. As malloc
/// comes, each is mapped and unmapped anew, and clearing its pages took a quarter of a decode's time; kept,
/// they are there for the next call.
void keepMemoryBetweenCalls() {
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_ARENA_MAX, 2); // each arena reserves 64 MB of addresses, which count against the limit
}

} // namespace

int main(int argc, char** argv) {
    keepMemoryBetweenCalls();
    try {
        galatea::serveModel(galatea::enterChild(argc, argv));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "galatea-model-host: %s\n", error.what());
        _exit(2);
    }
    // No destructors of the model's objects: they could hang as well as any of its code.
    _exit(0);
}
