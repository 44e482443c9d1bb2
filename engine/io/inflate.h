#pragma once
// Files packed with gzip or bzip2, unpacked whole into sealed memory by the decode worker. What a file is, is
// told by its first bytes, never by its name.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/regular_file.h"
#include "io/sealed_memory.h"

namespace galatea {

enum class Packing { None, Gzip, Bzip2 };

/// By the signature; 10 bytes are enough.
Packing packingOf(std::string_view firstBytes);

struct InflateOptions {
    /// What unpacks to more is refused.
    int64_t maxBytes = int64_t{3} << 30;
    /// Above `freeBytes` a file that unpacks to more than `maxRatio` times its own length is refused as a
    /// bomb. Honest images stay below 50, empty masks below 200.
    int64_t maxRatio = 200;
    int64_t freeBytes = int64_t{256} << 20;
};

/// Unpacked bytes; several owners may share them, and no one can change them.
struct InflatedFile {
    std::string name; ///< of the packed file, for messages
    Packing packing = Packing::None;
    std::shared_ptr<const SealedMemory> memory;
    std::vector<std::string> notes; ///< "bytes behind the packed data are ignored"
    std::span<const std::byte> bytes() const { return memory->bytes(); }
    int64_t size() const { return memory->size(); }
    int descriptor() const { return memory->descriptor(); } ///< shared memory holding just these bytes
};

/// Every member of the file, one behind the other. Throws InputError if it is not packed, damaged, cut short
/// or past the limits. May be called from several threads at once.
InflatedFile inflate(const RegularFile& file, const InflateOptions& options = {});
inline InflatedFile inflate(const std::string& path, const InflateOptions& options = {}) {
    return inflate(openRegular(path), options);
}

} // namespace galatea
