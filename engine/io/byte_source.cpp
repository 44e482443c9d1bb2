#include "io/byte_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "io/inflate.h"
#include "io/regular_file.h"

namespace galatea {

namespace {

class FileBytes : public ByteSource {
  public:
    explicit FileBytes(RegularFile file) : file_(std::move(file)) {}

    const std::string& name() const override { return file_.path(); }
    int64_t size() const override { return file_.size(); }
    void readAt(int64_t offset, std::span<std::byte> out) const override { file_.readAt(offset, out); }
    int descriptor() const override { return file_.descriptor(); }

  private:
    RegularFile file_;
};

class MemoryBytes : public ByteSource {
  public:
    MemoryBytes(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, std::string name,
                int descriptor)
        : bytes_(bytes), owner_(std::move(owner)), name_(std::move(name)), descriptor_(descriptor) {}

    const std::string& name() const override { return name_; }
    int64_t size() const override { return static_cast<int64_t>(bytes_.size()); }
    int descriptor() const override { return descriptor_; }
    void readAt(int64_t offset, std::span<std::byte> out) const override {
        if (offset < 0 || offset > size() || std::ssize(out) > size() - offset)
            throw InputError(name_, "the file is cut short", "get it again");
        if (!out.empty())
            std::memcpy(out.data(), bytes_.data() + offset, out.size());
    }

  private:
    std::span<const std::byte> bytes_;
    std::shared_ptr<const void> owner_;
    std::string name_;
    int descriptor_;
};

} // namespace

std::string ByteSource::bytesAt(int64_t offset, int64_t count) const {
    const int64_t there = std::clamp<int64_t>(size() - offset, 0, count);
    std::string bytes(static_cast<size_t>(there), '\0');
    readAt(offset, std::as_writable_bytes(std::span<char>(bytes)));
    return bytes;
}

ByteSourcePtr openBytes(const std::string& path) {
    return std::make_shared<FileBytes>(openRegular(path));
}

ByteSourcePtr openUnpacked(const std::string& path, std::vector<std::string>& notes) {
    RegularFile file = openRegular(path);
    if (packingOf(file.firstBytes(10)) == Packing::None)
        return std::make_shared<FileBytes>(std::move(file));
    const InflatedFile unpacked = inflate(file);
    notes.insert(notes.end(), unpacked.notes.begin(), unpacked.notes.end());
    return bytesInMemory(unpacked.bytes(), unpacked.memory, path, unpacked.descriptor());
}

ByteSourcePtr bytesInMemory(std::string bytes, std::string name) {
    const auto owner = std::make_shared<const std::string>(std::move(bytes));
    return bytesInMemory(std::as_bytes(std::span<const char>(*owner)), owner, std::move(name));
}

ByteSourcePtr bytesInMemory(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                            std::string name, int descriptor) {
    return std::make_shared<MemoryBytes>(bytes, std::move(owner), std::move(name), descriptor);
}

} // namespace galatea
