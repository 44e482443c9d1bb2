#pragma once
// What the tests ask of the captive, and what it answers.

#include <cstdint>

namespace galatea::captive {

enum class Deed : uint32_t {
    Walls = 1,       ///< tell which stand
    OpenFile,        ///< the C library's own file, to read
    OpenProc,        ///< /proc/self/maps
    OpenTemporary,   ///< create /tmp/galatea_captive
    OpenHandedOver,  ///< descriptor 4 again, through /proc/self/fd/4
    ReadHandedOver,  ///< descriptor 4: this must work
    WriteHandedOver, ///< descriptor 4, which is open for reading and writing
    Socket,
    SocketPair,
    Execute,
    Fork,
    VirtualFork,
    KillParent,
    KillEverybody,
    Trace,
    Mount,
    Namespace,
    Executable, ///< memory that can be executed
    LiftLimit,
    MakeThreads, ///< four threads add up numbers: this must work
    OpenInThread,
    MakeArea,
    Time, ///< clocks and random numbers: this must work
    Grow,
    GrowTouched, ///< without asking much at a time
    Sleep,
    Nap, ///< so many milliseconds, then answer
    Exit,
    Abort,
    Crash,
    Nonsense, ///< an answer of another length
    HangUp    ///< close the socket and go on
};

struct Question {
    Deed deed = Deed::Walls;
    int64_t argument = 0;
};

struct Answer {
    int64_t result = -1; ///< of the call, or what was asked for
    int32_t error = 0;   ///< errno of a call that failed
    uint32_t padding = 0;
};

} // namespace galatea::captive
