#pragma once
// bzip2, several blocks at a time.
//
// To undo the Burrows–Wheeler transform of a block is to follow a chain through 3.6 MB, each link read from a
// place that the one before tells: a core spends that time waiting for memory. The blocks of a file do not
// depend on each other, so the chains of a few are followed side by side; while one waits the others go on.

#include "io/worker/packed_stream.h"

namespace galatea::decode {

/// Unpacks one member, from its "BZh" to its check sum. False if anything about it is unusual or wrong: what
/// was read and written then counts for nothing, and libbz2 has to say what it is. Throws what `output`
/// throws.
bool unpackBzip2Blocks(PackedInput& input, UnpackedOutput& output);

} // namespace galatea::decode
