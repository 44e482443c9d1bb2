#include "sandbox/seccomp_filter.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include <seccomp.h>

namespace galatea {

namespace {

constexpr int harmless[] = {
    // what is open already
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(fstat),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    // memory
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(membarrier),
    // threads and their waiting
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(gettid),
    SCMP_SYS(getcpu),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    // signals to itself
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    // what it may know
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
};

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

/// `call` is allowed where the comparison of one of its arguments holds. Calls another processor family
/// does not have are no fault.
void allowIf(const Filter& filter, int call, scmp_arg_cmp comparison, bool& fine) {
    const int result = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1, comparison);
    fine = fine && (result == 0 || result == -EDOM || result == -EINVAL || result == -ENOSYS);
}

void addConditions(const Filter& filter, bool makesCode, bool& fine) {
    // A thread shares everything; a process is none of its business. clone3 hides its flags from a filter:
    // the C library falls back to clone when it is told there is none.
    allowIf(filter, SCMP_SYS(clone),
            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM), fine);
    fine = fine && seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
        if (makesCode)
            fine = fine && seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0) == 0;
        else
            allowIf(filter, call, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), fine);
    }
    // abort() signals its own thread.
    allowIf(filter, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid())), fine);
    for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_GET_SEALS})
        allowIf(filter, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)), fine);
    // fstat() of the C library; without a name it asks of an open file.
    allowIf(filter, SCMP_SYS(newfstatat), SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH), fine);
    allowIf(filter, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME), fine);
    // Limits may be asked, not set.
    allowIf(filter, SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0), fine);
}

} // namespace

bool seccompAvailable() {
    const uint32_t action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool filterCalls(bool makesCode) {
    const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release);
    if (!filter)
        return false;
    bool fine = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) == 0;
    seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2); // faster where libseccomp can
    for (const int call : harmless) {
        const int result = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
        fine = fine && (result == 0 || result == -EDOM || result == -EINVAL);
    }
    addConditions(filter, makesCode, fine);
    return fine && seccomp_load(filter.get()) == 0;
}

} // namespace galatea
