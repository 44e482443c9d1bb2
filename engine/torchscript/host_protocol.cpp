#include "torchscript/host_protocol.h"

#include <algorithm>
#include <stdexcept>
#include <type_traits>

namespace galatea {

static_assert(std::is_trivially_copyable_v<HostMessage>);

namespace {

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

bool isHostMessage(const HostMessage& message) {
    const HostMessage expected;
    return message.magic == expected.magic && message.version == expected.version;
}

} // namespace galatea
