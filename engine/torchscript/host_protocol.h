#pragma once
// What the program and the model host say to each other: fixed-size messages over a SOCK_SEQPACKET pair,
// one question, one answer; tensors and the card's text lie in a SharedArea the program made. Each side
// takes every number of the other for a lie until it has compared it with what it knows.
//
//   Load   → Loaded     opens the model (descriptor 4 of the host), its card's text at the area's start
//   Probe  → Probed     finds sizes and methods nobody wrote down, by trying
//   Call   → Done       input at the area's start, answers behind it (CallLayout)
//   any    → Failed     with a HostFault and a line of text

#include <array>
#include <cstdint>
#include <string>

#include "sandbox/child.h"

namespace galatea {

constexpr int hostModelDescriptor = firstChildDescriptor, hostAreaDescriptor = firstChildDescriptor + 1;
constexpr int64_t maxHostCardBytes = 1 << 20;
constexpr int64_t maxHostRows = 32;                        ///< per call
constexpr int64_t maxHostAreaBytes = int64_t{3} << 30;     ///< one row of the largest legal image, thrice
constexpr int64_t minHostAreaBytes = 2 * maxHostCardBytes; ///< always holds the card's text

enum class HostKind : uint32_t { Load = 1, Loaded, Probe, Probed, Call, Done, Failed };
enum class HostMethod : uint32_t { Encode = 1, Decode = 2, Score = 4, Forward = 8 }; ///< also as a bit set
enum class HostFault : uint32_t {
    None,
    Script,  ///< the model's code raised an error
    Memory,  ///< an allocation was refused
    Answer,  ///< wrong type or shape came back
    Archive, ///< LibTorch cannot load the file
    Nothing, ///< probing found no use for it
    Host     ///< the host itself cannot work
};
/// What a lone forward() turned out to be.
enum class ForwardRole : uint32_t { None, Encode, Decode, Score, Reconstruction };

/// One record for all kinds; a kind uses the fields named in its line.
struct HostMessage {
    uint32_t magic = 0x47414c48, version = 1;
    HostKind kind = HostKind::Load;
    uint32_t number = 0;                    ///< a reply repeats its question's
    HostMethod method = HostMethod::Encode; ///< Call
    uint32_t methods = 0; ///< Loaded: those there are; Probe: those to try; Probed: those that work
    ForwardRole forward = ForwardRole::None; ///< Probed; Call: the method is reached through forward()
    uint32_t second = 0;                     ///< Done: 1 if there is a second answer (log-variance, variance)
    uint32_t walls = 0;                      ///< Loaded: those that stand around the host (Walls::bits)
    HostFault fault = HostFault::None;       ///< Failed
    int32_t threads = 0;                     ///< Load
    int64_t memoryBytes = 0;                 ///< Load: how much the host may grow
    int64_t areaBytes = 0;                   ///< of the area sent along; 0: none is
    int64_t cardBytes = -1;                  ///< Loaded: length of the card's text; -1: no card
    int64_t rows = 0, channels = 0, height = 0, width = 0, latent = 0; ///< Call, Probe, Probed; 0: unknown
    std::array<char, 512> text{};                                      ///< Failed

    std::string textLine() const; ///< never past the array
    void setText(const std::string& line);
};

/// Where a call's tensors lie, all float32 row-major: input, answer, second answer.
struct CallLayout {
    int64_t inputCount = 0, answerCount = 0; ///< values
    int64_t answerOffset = 0, secondOffset = 0, bytes = 0;
};

/// Throws std::length_error if sizes are not positive or the area would be too large.
CallLayout layoutOf(const HostMessage& call);

/// True if the message is one of this protocol's and of this version.
bool isHostMessage(const HostMessage& message);

} // namespace galatea
