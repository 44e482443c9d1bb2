#pragma once
// Inside engine/io only: how the HDF5 library gets at the bytes of a foreign file. Its own driver keeps a
// cache of neighbouring metadata that copies out of bounds when a damaged file names absurd addresses (five
// of six crashes found by damaging files at random, with 1.10.8); this one has none, only reads, never locks,
// and answers nothing beyond the end of the file.

#include "io/hdf5_handle.h"

namespace galatea::hdf5 {

/// File access properties that open read-only through this driver. Called with the lock held.
Handle guardedAccess();

} // namespace galatea::hdf5
