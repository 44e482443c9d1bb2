#pragma once
// The part of the worker's answers that concern HDF5.

#include "io/decode_protocol.h"
#include "io/hdf5_backend.h"

namespace galatea::decode {

/// Answers one question about an open file. `room`: descriptor of the shared memory for rows, or −1. Throws
/// what the backend throws, and WireFault.
WireWriter answerHdf5(Task task, hdf5::Backend& file, WireReader& question, int room);

} // namespace galatea::decode
