#include "io/hdf5_raw.h"

#include <deque>
#include <functional>
#include <span>
#include <stdexcept>

#include "core/error.h"

namespace galatea::hdf5 {

namespace {

constexpr int64_t maxBlockBytes = int64_t{16} << 20; // of one header block
constexpr int64_t maxHeapBytes = int64_t{256} << 20; // of one heap collection, and of those kept
constexpr size_t maxBlocks = 10000;
constexpr uint64_t linkMessage = 0x06, attributeMessage = 0x0C, continuationMessage = 0x10;

[[noreturn]] void throwDamaged(const RegularFile& file) {
    throw InputError(file.path(), "its texts or groups are damaged", "get the file again");
}

/// Little-endian numbers from bytes; throws std::out_of_range at their end.
class Bytes {
  public:
    explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
    size_t left() const { return bytes_.size() - at_; }
    void skip(size_t count) { take(count); }
    void align(size_t to) { skip(std::min(left(), (to - at_ % to) % to)); }
    uint64_t number(size_t width) {
        uint64_t value = 0;
        const std::string_view part = take(width);
        for (size_t i = width; i-- > 0;)
            value = (value << 8) | static_cast<unsigned char>(part[i]);
        return value;
    }
    std::string_view take(size_t count) {
        if (count > left())
            throw std::out_of_range("the bytes end here");
        at_ += count;
        return bytes_.substr(at_ - count, count);
    }

  private:
    std::string_view bytes_;
    size_t at_ = 0;
};

/// Bytes at an address of the file, after both are compared with its length.
std::string block(const RegularFile& file, const FileLayout& layout, uint64_t address, uint64_t length,
                  int64_t most) {
    const auto size = static_cast<uint64_t>(file.size() - layout.base);
    if (address > size || length > size - address || length > static_cast<uint64_t>(most))
        throwDamaged(file);
    std::string bytes(static_cast<size_t>(length), '\0');
    file.readAt(layout.base + static_cast<int64_t>(address), std::as_writable_bytes(std::span<char>(bytes)));
    return bytes;
}

/// Walks the messages of an object header, of either version.
class HeaderWalk {
  public:
    /// Gets each message's type and content; returns true to end the walk.
    using Visitor = std::function<bool(uint64_t, Bytes)>;

    HeaderWalk(const RegularFile& file, const FileLayout& layout, Visitor visit)
        : file_(file), layout_(layout), visit_(std::move(visit)) {}

    void walk(uint64_t address) {
        const uint64_t size = static_cast<uint64_t>(file_.size() - layout_.base);
        if (address >= size)
            throwDamaged(file_);
        const std::string start = block(file_, layout_, address, std::min<uint64_t>(64, size - address), 64);
        readPrefix(start, address);
        bool ended = false;
        for (size_t visited = 0; !ended && !blocks_.empty() && visited < maxBlocks; ++visited) {
            const auto [at, length] = blocks_.front();
            blocks_.pop_front();
            const std::string bytes = block(file_, layout_, at, length, maxBlockBytes);
            ended = readMessages(Bytes(bytes));
        }
    }

  private:
    void readPrefix(const std::string& start, uint64_t address) {
        Bytes bytes{std::string_view(start)};
        if (start.starts_with("OHDR")) {
            bytes.skip(5);
            const uint64_t flags = bytes.number(1);
            bytes.skip((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0));
            second_ = true;
            ordered_ = (flags & 0x04) != 0;
            const uint64_t length = bytes.number(size_t{1} << (flags & 3));
            blocks_.emplace_back(address + (start.size() - bytes.left()), length);
        } else {
            bytes.skip(8);
            blocks_.emplace_back(address + 16, bytes.number(4));
        }
    }

    bool readMessages(Bytes bytes) {
        const size_t header = second_ ? 4 + (ordered_ ? 2 : 0) : 8;
        while (bytes.left() >= header) {
            const uint64_t type = bytes.number(second_ ? 1 : 2), size = bytes.number(2);
            const uint64_t flags = bytes.number(1);
            bytes.skip(header - (second_ ? 4 : 5));
            const Bytes message{bytes.take(size)};
            if (type == continuationMessage)
                addContinuation(message);
            const bool sharedElsewhere = (flags & 0x02) != 0;
            if (!sharedElsewhere && visit_(type, message))
                return true;
        }
        return false;
    }

    void addContinuation(Bytes message) {
        const uint64_t address = message.number(layout_.offsetBytes),
                       length = message.number(layout_.lengthBytes);
        // The second version wraps the messages in a signature and a check sum of 4 bytes each.
        if (second_ && length < 8)
            throwDamaged(file_);
        blocks_.emplace_back(second_ ? address + 4 : address, second_ ? length - 8 : length);
    }

    const RegularFile& file_;
    const FileLayout& layout_;
    Visitor visit_;
    bool second_ = false, ordered_ = false;
    std::deque<std::pair<uint64_t, uint64_t>> blocks_; // address and length
};

/// The value of an attribute message if it has this name.
std::optional<std::string> attributeValue(Bytes message, const std::string& name) {
    const uint64_t version = message.number(1);
    message.skip(1);
    const size_t nameBytes = message.number(2), type = message.number(2), space = message.number(2);
    if (version == 3)
        message.skip(1); // character set of the name
    const size_t step = version == 1 ? 8 : 1;
    const std::string_view given = message.take(nameBytes);
    message.align(step);
    message.skip(type);
    message.align(step);
    message.skip(space);
    message.align(step);
    if (given.substr(0, given.find('\0')) != name)
        return std::nullopt;
    return std::string(message.take(message.left()));
}

/// The name in a link message; which fields stand before it is told by flags.
std::string linkName(Bytes message) {
    message.skip(1);
    const uint64_t flags = message.number(1);
    message.skip((flags & 0x08 ? 1 : 0) + (flags & 0x04 ? 8 : 0) + (flags & 0x10 ? 1 : 0));
    const uint64_t length = message.number(size_t{1} << (flags & 3));
    return std::string(message.take(length));
}

} // namespace

FileLayout fileLayout(hid_t file) {
    const Lock lock;
    const Handle creation(H5Fget_create_plist(file), H5Pclose);
    FileLayout layout;
    hsize_t userBlock = 0;
    H5Pget_sizes(creation.id(), &layout.offsetBytes, &layout.lengthBytes);
    H5Pget_userblock(creation.id(), &userBlock);
    layout.base = static_cast<int64_t>(userBlock);
    return layout;
}

std::vector<std::string> GlobalHeap::texts(std::string_view references, size_t count) {
    if (layout_.offsetBytes > 8 || layout_.lengthBytes > 8 ||
        references.size() < count * layout_.referenceBytes())
        throwDamaged(file_);
    std::vector<std::string> result;
    result.reserve(count);
    for (size_t i = 0; i < count; ++i)
        result.push_back(text(references.substr(i * layout_.referenceBytes(), layout_.referenceBytes())));
    return result;
}

std::string GlobalHeap::text(std::string_view reference) {
    Bytes bytes(reference);
    const uint64_t length = bytes.number(4), address = bytes.number(layout_.offsetBytes);
    const auto index = static_cast<uint32_t>(bytes.number(4));
    if (length == 0 || address == 0)
        return {};
    const Collection& heap = collection(address);
    const auto found = heap.objects.find(index);
    if (found == heap.objects.end() || length > found->second.size())
        throwDamaged(file_);
    textBudget_ -= static_cast<int64_t>(length);
    if (textBudget_ < 0)
        throw InputError(file_.path(), "it holds more text than can be read at once", "shorten it");
    const std::string_view stored = found->second.substr(0, length);
    return std::string(stored.substr(0, stored.find('\0')));
}

const GlobalHeap::Collection& GlobalHeap::collection(uint64_t address) {
    if (const auto found = cache_.find(address); found != cache_.end())
        return found->second;
    const size_t prefix = 8 + layout_.lengthBytes;
    const std::string start = block(file_, layout_, address, prefix, maxHeapBytes);
    if (!start.starts_with("GCOL"))
        throwDamaged(file_);
    const uint64_t size = Bytes(std::string_view(start).substr(8)).number(layout_.lengthBytes);
    Collection heap;
    heap.bytes = block(file_, layout_, address, size, maxHeapBytes);
    cachedBytes_ += static_cast<int64_t>(size);
    if (cachedBytes_ > maxHeapBytes) {
        cache_.clear();
        cachedBytes_ = static_cast<int64_t>(size);
    }
    Collection& kept = cache_.emplace(address, std::move(heap)).first->second;
    Bytes bytes{std::string_view(kept.bytes)};
    try {
        bytes.skip(prefix);
        while (bytes.left() >= prefix) {
            const auto index = static_cast<uint32_t>(bytes.number(2));
            bytes.skip(6);
            const uint64_t length = bytes.number(layout_.lengthBytes);
            if (index == 0)
                break; // the rest is free
            kept.objects.emplace(index, bytes.take(length));
            bytes.align(8);
        }
    } catch (const std::out_of_range&) {
        throwDamaged(file_);
    }
    return kept;
}

std::optional<std::string> attributeBytes(const RegularFile& file, const FileLayout& layout, uint64_t address,
                                          const std::string& name) {
    std::optional<std::string> value;
    if (layout.offsetBytes > 8 || layout.lengthBytes > 8)
        return value;
    const auto visit = [&](uint64_t type, Bytes message) {
        if (type == attributeMessage)
            value = attributeValue(message, name);
        return value.has_value();
    };
    try {
        HeaderWalk(file, layout, visit).walk(address);
    } catch (const std::out_of_range&) {
        throwDamaged(file);
    }
    return value;
}

std::vector<std::string> linkNames(const RegularFile& file, const FileLayout& layout, uint64_t address) {
    std::vector<std::string> names;
    const auto visit = [&](uint64_t type, Bytes message) {
        if (type == linkMessage)
            names.push_back(linkName(message));
        return false;
    };
    try {
        HeaderWalk(file, layout, visit).walk(address);
    } catch (const std::out_of_range&) {
        throwDamaged(file);
    }
    return names;
}

} // namespace galatea::hdf5
