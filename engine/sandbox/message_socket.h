#pragma once
// Messages over a SOCK_SEQPACKET pair: each is sent and received whole, with at most one open file along.
// The bytes of a message are its users' affair; they take every number in it for a lie until checked.

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

namespace galatea {

/// The two ends of a pair, closed on exec. Throws std::system_error.
std::array<int, 2> messageSocketPair();

/// Never blocks, never raises SIGPIPE. `descriptor` ≥ 0 is sent along. False if the other side is gone, or
/// has let so many messages lie that no more fits.
bool sendBytes(int socket, std::span<const std::byte> message, int descriptor = -1);

enum class Received { Message, Closed, Nonsense };
struct ReceivedBytes {
    Received state = Received::Closed;
    size_t bytes = 0;    ///< length of a Message
    int descriptor = -1; ///< the file that came along, now the caller's to close; -1: none came
};
/// Waits for one message; one longer than `message` or with more than one file is Nonsense.
ReceivedBytes receiveBytes(int socket, std::span<std::byte> message);

/// For messages that are plain structs of one fixed size.
template <class Message>
bool sendRecord(int socket, const Message& message, int descriptor = -1) {
    static_assert(std::is_trivially_copyable_v<Message>);
    return sendBytes(socket, std::as_bytes(std::span(&message, 1)), descriptor);
}

/// Any other size than the record's is Nonsense. A file that comes along goes to `descriptor` (else -1).
template <class Message>
Received receiveRecord(int socket, Message& message, int& descriptor) {
    static_assert(std::is_trivially_copyable_v<Message>);
    const ReceivedBytes received = receiveBytes(socket, std::as_writable_bytes(std::span(&message, 1)));
    descriptor = received.descriptor;
    const bool whole = received.state != Received::Message || received.bytes == sizeof message;
    return whole ? received.state : Received::Nonsense;
}

} // namespace galatea
