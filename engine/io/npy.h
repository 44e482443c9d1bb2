#pragma once
// NumPy's array files: NPY (format versions 1 to 3) and NPZ (a zip of them). Numbers only: pickled objects
// are programs and are never opened.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/array.h"
#include "core/table.h"
#include "io/byte_source.h"

namespace galatea {

struct NpyHeader {
    char kind = 'f';       ///< f float, i integer, u unsigned, b bool, S bytes, U text
    int64_t itemBytes = 4; ///< of one value
    bool bigEndian = false;
    bool fortranOrder = false;
    std::vector<int64_t> shape; ///< empty for a single value
    int64_t dataOffset = 0;
    bool isNumber() const { return kind != 'S' && kind != 'U'; }
    int64_t size() const; ///< number of values
};

/// One array; may be read from several threads at once.
class NpyArray {
  public:
    /// Throws InputError if it is damaged, cut short, holds objects or claims more than is there.
    NpyArray(std::string name, ByteSourcePtr bytes);

    const std::string& name() const { return name_; } ///< within an NPZ, without ".npy"; else empty
    const NpyHeader& header() const { return header_; }

    /// Rows [begin,end) of the first axis as float32 in C order, rounded once. Throws InputError if it holds
    /// no numbers or more than `maxReadBytes` are asked for, std::out_of_range outside the array.
    Array readFloat(int64_t begin, int64_t end) const;
    /// A one-dimensional array as a column of its name.
    Column readColumn() const;

    static constexpr int64_t maxReadBytes = int64_t{2} << 30;

  private:
    std::string name_;
    ByteSourcePtr bytes_;
    NpyHeader header_;
};

/// The arrays of an NPY (one) or NPZ file, by content. Deflated ones are unpacked into memory, under a cap,
/// as `wanted` names them (empty: all); those that cannot be read are left out with a note. Throws InputError
/// if it is neither or damaged.
std::vector<NpyArray> openNpy(const std::string& path, std::vector<std::string>& notes,
                              const std::string& wanted = {});
/// The same for bytes in memory.
std::vector<NpyArray> openNpy(const ByteSourcePtr& bytes, std::vector<std::string>& notes,
                              const std::string& wanted = {});

bool looksLikeNpy(const std::string& firstBytes);
/// True if it is a zip whose entries are NPY arrays. False if it cannot be read.
bool looksLikeNpz(const std::string& path);

} // namespace galatea
