#pragma once
// Inside engine/io only: how what HDF5 files hold is put into messages.

#include "io/decode_protocol.h"
#include "io/hdf5.h"

namespace galatea::hdf5 {

inline void put(decode::WireWriter& out, const Hdf5Dataset& data) {
    out.text(data.path).numbers(data.shape).number(static_cast<int64_t>(data.type));
    out.number(data.valueBytes).number(data.isUnsigned ? 1 : 0);
}

inline Hdf5Dataset takeDataset(decode::WireReader& in) {
    Hdf5Dataset data;
    data.path = in.text();
    data.shape = in.numbers();
    for (const int64_t axis : data.shape)
        if (axis < 0)
            throw decode::WireFault();
    data.type = static_cast<Hdf5Type>(in.number(0, static_cast<int64_t>(Hdf5Type::Other)));
    data.valueBytes = in.number();
    data.isUnsigned = in.number(0, 1) == 1;
    return data;
}

/// Rows as pairs of a first row and a count of neighbours; [begin,end) of `rows` are the ones taken, at most
/// `most` pairs.
inline std::vector<int64_t> takeRuns(std::span<const int64_t> rows, size_t begin, size_t most, size_t& end) {
    std::vector<int64_t> runs;
    for (end = begin; end < rows.size(); ++end) {
        if (!runs.empty() && rows[end] == runs[runs.size() - 2] + runs.back()) {
            ++runs.back();
            continue;
        }
        if (runs.size() >= 2 * most)
            break;
        runs.push_back(rows[end]);
        runs.push_back(1);
    }
    return runs;
}

} // namespace galatea::hdf5
