#pragma once
// Inside engine/io only: who does the reading behind Hdf5Reader: the library in this process, or the decode
// worker.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5.h"
#include "io/regular_file.h"

namespace galatea::hdf5 {

enum class ObjectKind { None, Group, Dataset, Other };

/// Errors and meanings are those of Hdf5Reader's functions of the same names.
class Backend {
  public:
    virtual ~Backend() = default;
    virtual const std::string& path() const = 0;
    virtual std::vector<Hdf5Dataset> datasets(int64_t limit) = 0;
    virtual std::vector<std::string> members(const std::string& group, int64_t limit) = 0;
    virtual ObjectKind kindOf(const std::string& object) = 0;
    virtual Hdf5Dataset describe(const std::string& dataset) = 0;
    virtual Array readFloatRows(const std::string& dataset, std::span<const int64_t> rows) = 0;
    virtual std::vector<double> readDoubles(const std::string& dataset) = 0;
    virtual std::vector<int64_t> readIntegers(const std::string& dataset) = 0;
    virtual std::vector<std::string> readTexts(const std::string& dataset) = 0;
    virtual std::vector<std::string> attributeNames(const std::string& object) = 0;
    virtual std::optional<std::vector<std::string>> texts(const std::string& object,
                                                          const std::string& attribute) = 0;
    virtual std::optional<std::vector<double>> numbers(const std::string& object,
                                                       const std::string& attribute) = 0;
};

/// The library in this process, behind all checks.
class LocalBackend;
std::unique_ptr<Backend> openLocal(RegularFile file);
/// The decode worker, with a process for this file alone.
std::unique_ptr<Backend> openRemote(RegularFile file);

/// Reads rows straight into `out`, which has room for rows.size() of them; for the worker. `file` must come
/// from openLocal().
void readFloatRowsInto(Backend& local, const std::string& dataset, std::span<const int64_t> rows,
                       std::span<float> out);

/// Bytes of one row of the first axis as float32. Throws InputError if `rows` of them pass
/// Hdf5Reader::maxReadBytes or the data set holds no numbers, std::out_of_range if it has no such rows.
int64_t checkedRowBytes(const std::string& file, const Hdf5Dataset& data, std::span<const int64_t> rows);

} // namespace galatea::hdf5
