#include "torchscript/host_protocol.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace galatea {

static_assert(std::is_trivially_copyable_v<HostMessage>);

namespace {

/// Room for one descriptor, aligned as the kernel wants it.
union ControlBuffer {
    cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

int64_t product(std::initializer_list<int64_t> factors) {
    int64_t result = 1;
    for (const int64_t factor : factors) {
        if (factor <= 0 || result > maxHostAreaBytes / factor)
            throw std::length_error("a call's tensors are too large");
        result *= factor;
    }
    return result;
}

int64_t aligned(int64_t bytes) {
    return (bytes + 63) / 64 * 64;
}

int takeDescriptor(msghdr& header) {
    int found = -1;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part))
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS &&
            part->cmsg_len == CMSG_LEN(sizeof(int)))
            std::memcpy(&found, CMSG_DATA(part), sizeof found);
    return found;
}

} // namespace

std::string HostMessage::textLine() const {
    return std::string(text.begin(), std::find(text.begin(), text.end(), '\0'));
}

void HostMessage::setText(const std::string& line) {
    text.fill('\0');
    std::copy_n(line.begin(), std::min(line.size(), text.size() - 1), text.begin());
}

CallLayout layoutOf(const HostMessage& call) {
    const auto images = [&] { return product({call.rows, call.channels, call.height, call.width}); };
    const auto latents = [&] { return product({call.rows, call.latent}); };
    CallLayout layout;
    layout.inputCount = call.method == HostMethod::Decode ? latents() : images();
    layout.answerCount = call.method == HostMethod::Decode   ? images()
                         : call.method == HostMethod::Encode ? latents()
                                                             : product({call.rows});
    constexpr int64_t floatBytes = sizeof(float);
    layout.answerOffset = aligned(layout.inputCount * floatBytes);
    layout.secondOffset = layout.answerOffset + aligned(layout.answerCount * floatBytes);
    layout.bytes = layout.secondOffset + aligned(layout.answerCount * floatBytes);
    if (layout.bytes > maxHostAreaBytes)
        throw std::length_error("a call's tensors are too large");
    return layout;
}

bool sendMessage(int socket, const HostMessage& message, int descriptor) {
    HostMessage copy = message;
    iovec part{&copy, sizeof copy};
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
    return sent == static_cast<ssize_t>(sizeof copy);
}

Received receiveMessage(int socket, HostMessage& message, int& descriptor) {
    HostMessage fresh;
    iovec part{&fresh, sizeof fresh};
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
    descriptor = got > 0 ? takeDescriptor(header) : -1;
    if (got <= 0)
        return Received::Closed;
    const HostMessage expected;
    if (got != static_cast<ssize_t>(sizeof fresh) || (header.msg_flags & MSG_TRUNC) != 0 ||
        fresh.magic != expected.magic || fresh.version != expected.version) {
        if (descriptor >= 0)
            close(descriptor);
        descriptor = -1;
        return Received::Nonsense;
    }
    message = fresh;
    return Received::Message;
}

} // namespace galatea
