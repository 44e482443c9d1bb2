#pragma once
// gzip (RFC 1952) and bzip2 files, unpacked as a stream into shared memory.

#include <cstdint>
#include <string>
#include <vector>

#include "io/inflate.h"
#include "io/regular_file.h"

namespace galatea::decode {

struct Inflated {
    int64_t bytes = 0;
    std::vector<std::string> notes;
};

/// Writes from the start of the shared memory `out`, which must have room for what the limits allow. Throws
/// InputError if the file is not packed, damaged, cut short or past the limits.
Inflated inflateInto(const RegularFile& file, int out, const InflateOptions& limits);

} // namespace galatea::decode
