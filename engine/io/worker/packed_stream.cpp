#include "io/worker/packed_stream.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/text.h"

namespace galatea::decode {

namespace {
constexpr int64_t blockBytes = int64_t{256} << 10, windowBytes = int64_t{8} << 20;
}

std::span<std::byte> PackedInput::available() {
    if (begin_ == end_) {
        const int64_t count = std::min(blockBytes, file_.size() - read_);
        block_.resize(static_cast<size_t>(count));
        file_.readAt(read_, block_);
        read_ += count;
        begin_ = 0;
        end_ = block_.size();
    }
    return std::span(block_).subspan(begin_, end_ - begin_);
}

void PackedInput::seek(int64_t position) {
    const int64_t blockStart = read_ - static_cast<int64_t>(end_);
    if (position >= blockStart && position <= read_) {
        begin_ = static_cast<size_t>(position - blockStart);
        return;
    }
    begin_ = end_ = 0;
    read_ = position;
}

bool PackedInput::startsWith(std::string_view signature) const {
    const int64_t at = position();
    if (file_.size() - at < static_cast<int64_t>(signature.size()))
        return false;
    std::string bytes(signature.size(), '\0');
    file_.readAt(at, std::as_writable_bytes(std::span<char>(bytes)));
    return bytes == signature;
}

bool PackedInput::onlyZerosLeft() {
    for (std::span<std::byte> part = available(); !part.empty(); part = available()) {
        if (std::any_of(part.begin(), part.end(), [](std::byte byte) { return byte != std::byte{0}; }))
            return false;
        consume(part.size());
    }
    return true;
}

UnpackedOutput::UnpackedOutput(const RegularFile& file, int out, const InflateOptions& limits)
    : file_(file), out_(out), room_(std::min(memoryLength(out), limits.maxBytes)), limits_(limits) {}

std::span<std::byte> UnpackedOutput::room() {
    if (total_ == windowEnd_) {
        window_.reset();
        if (total_ >= room_)
            throw InputError(file_.path(),
                             "it unpacks to more than " + humanBytes(static_cast<double>(room_)),
                             "unpack it on disk and open what comes out");
        windowStart_ = total_;
        windowEnd_ = std::min(room_, total_ + windowBytes);
        window_.emplace(out_, windowStart_, windowEnd_ - windowStart_, Filling::Part);
    }
    return window_->bytes().subspan(static_cast<size_t>(total_ - windowStart_));
}

void UnpackedOutput::wrote(size_t count) {
    total_ += static_cast<int64_t>(count);
    if (total_ > limits_.freeBytes && total_ / limits_.maxRatio > file_.size())
        throw InputError(file_.path(),
                         "it unpacks to more than " + std::to_string(limits_.maxRatio) +
                             " times its length, as no honest image does",
                         "unpack it on disk if you trust it, and open what comes out");
}

void UnpackedOutput::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const std::span<std::byte> place = room();
        const size_t count = std::min(place.size(), bytes.size());
        std::memcpy(place.data(), bytes.data(), count);
        wrote(count);
        bytes = bytes.subspan(count);
    }
}

void UnpackedOutput::rewind(int64_t total) {
    window_.reset();
    total_ = windowStart_ = windowEnd_ = total;
}

} // namespace galatea::decode
