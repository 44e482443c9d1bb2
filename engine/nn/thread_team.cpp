#include <vector>

#include <omp.h>
#include <sched.h>

#include "nn/device.h"

namespace galatea {

namespace {
std::vector<int> allowedProcessors() {
    cpu_set_t set;
    std::vector<int> processors;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        for (int i = 0; i < CPU_SETSIZE; ++i)
            if (CPU_ISSET(i, &set))
                processors.push_back(i);
    return processors;
}

void stayOn(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof set, &set); // where it is refused, things stay as they were
}
} // namespace

void holdTeamInPlace() {
    const std::vector<int> processors = allowedProcessors();
    if (threads() != 2 || processors.size() != 2)
        return;
#pragma omp parallel num_threads(2)
    stayOn(processors[static_cast<size_t>(omp_get_thread_num())]);
}

} // namespace galatea
