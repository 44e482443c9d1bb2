#include "sandbox/message_socket.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace galatea {

namespace {

/// Room for one descriptor, aligned as the kernel wants it.
union ControlBuffer {
    cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

int takeDescriptor(msghdr& header) {
    int found = -1;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part))
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS &&
            part->cmsg_len == CMSG_LEN(sizeof(int)))
            std::memcpy(&found, CMSG_DATA(part), sizeof found);
    return found;
}

} // namespace

std::array<int, 2> messageSocketPair() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::system_error(errno, std::generic_category(), "socket pair");
    return ends;
}

bool sendBytes(int socket, std::span<const std::byte> message, int descriptor) {
    iovec part{const_cast<std::byte*>(message.data()), message.size()};
    ControlBuffer control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (descriptor >= 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof control.bytes;
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
    }
    ssize_t sent = 0;
    do
        sent = sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(message.size());
}

ReceivedBytes receiveBytes(int socket, std::span<std::byte> message) {
    iovec part{message.data(), message.size()};
    ControlBuffer control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
    ssize_t got = 0;
    do
        got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    ReceivedBytes received;
    if (got <= 0)
        return received;
    received.descriptor = takeDescriptor(header);
    received.bytes = static_cast<size_t>(got);
    received.state = Received::Message;
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        if (received.descriptor >= 0)
            close(received.descriptor);
        received = {Received::Nonsense, 0, -1};
    }
    return received;
}

} // namespace galatea
