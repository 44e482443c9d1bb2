#pragma once
// Inside engine/io only: text of variable length, read from the file's bytes. The library trusts the length a
// file claims for each text (measured with 1.10.8: one changed byte overruns its buffer, another takes 2 GB),
// so these texts are followed here, with every length compared with the file. Layouts are those of the HDF5
// file format specification, version 3.0, sections III.E (global heap) and IV.A (object headers).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/hdf5_handle.h"
#include "io/regular_file.h"

namespace galatea::hdf5 {

/// How wide addresses and lengths are in a file, and where its first byte lies behind a user block.
struct FileLayout {
    int64_t base = 0;
    size_t offsetBytes = 8, lengthBytes = 8;
    size_t referenceBytes() const { return 4 + offsetBytes + 4; } ///< of one variable-length text
};

FileLayout fileLayout(hid_t file);

/// Follows references to texts. Throws InputError if one leads outside the file or its heap.
class GlobalHeap {
  public:
    GlobalHeap(const RegularFile& file, FileLayout layout, int64_t textBudget)
        : file_(file), layout_(layout), textBudget_(textBudget) {}

    /// One text per reference; the budget bounds them all together.
    std::vector<std::string> texts(std::string_view references, size_t count);

  private:
    struct Collection {
        std::string bytes;
        std::map<uint32_t, std::string_view> objects; ///< by index, into bytes
    };

    std::string text(std::string_view reference);
    const Collection& collection(uint64_t address);

    const RegularFile& file_;
    FileLayout layout_;
    int64_t textBudget_, cachedBytes_ = 0;
    std::map<uint64_t, Collection> cache_;
};

/// The stored bytes of an attribute in the header of the object at `address`. Nothing if it is not there, but
/// in one of the format's denser structures.
std::optional<std::string> attributeBytes(const RegularFile& file, const FileLayout& layout, uint64_t address,
                                          const std::string& name);

/// Names of the links that the header of the group at `address` holds itself. The library's own listing
/// frees memory it never filled where one of these is damaged.
std::vector<std::string> linkNames(const RegularFile& file, const FileLayout& layout, uint64_t address);

} // namespace galatea::hdf5
