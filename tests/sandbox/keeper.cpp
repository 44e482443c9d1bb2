// Starts a captive, tells its process number, and waits to be killed.   keeper CAPTIVE bubblewrap|none

#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "sandbox/walled_process.h"
#include "tests/sandbox/captive.h"

int main(int argc, char** argv) {
    using namespace galatea;
    if (argc != 3)
        return 2;
    WalledStart start;
    start.program = argv[1];
    start.bubblewrap = std::strcmp(argv[2], "bubblewrap") == 0;
    WalledProcess process(start);
    process.ask<captive::Answer>(captive::Question{captive::Deed::Walls, 0}, {30, int64_t{1} << 30});
    std::printf("%d\n", static_cast<int>(process.id()));
    std::fflush(stdout);
    pause();
    return 0;
}
