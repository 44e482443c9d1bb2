#pragma once
// HDF5 in plain types. Foreign files are read with walls up: no link, external file, virtual layout or
// plug-in is followed, every claimed size is compared with the file before memory is taken, and the library
// works in a process of its own. All its calls in one process are made behind one lock, so objects of these
// classes may be used from any thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/array.h"
#include "core/table.h"

namespace galatea {

enum class Hdf5Type { Float, Integer, Text, Other };

struct Hdf5Dataset {
    std::string path;           ///< from the root, "/catalog/id"
    std::vector<int64_t> shape; ///< empty for a single value
    Hdf5Type type = Hdf5Type::Other;
    int64_t valueBytes = 0; ///< size of one value on disk
    bool isUnsigned = false;
    int64_t size() const; ///< number of values; saturates instead of overflowing
};

/// Who reads. Damage that crashes the library then costs one InputError instead of the program.
enum class Hdf5Access {
    Walled,   ///< the decode worker, in a process for this file alone
    InProcess ///< the library here: in the worker itself, and for files this program has just written
};

namespace hdf5 {
class Backend;
}

/// May be used from several threads; their calls wait for one another.
class Hdf5Reader {
  public:
    /// Throws InputError if the file is missing, damaged or no HDF5.
    explicit Hdf5Reader(const std::string& path, Hdf5Access access = Hdf5Access::Walled);
    ~Hdf5Reader();
    Hdf5Reader(Hdf5Reader&&) noexcept;
    Hdf5Reader& operator=(Hdf5Reader&&) noexcept;

    const std::string& path() const;

    /// Every data set that can be reached without following links to elsewhere, each once, sorted within
    /// its group. What is listed has not been checked yet. Stops after `limit`.
    std::vector<Hdf5Dataset> datasets(int64_t limit = 10000) const;
    /// Names of the members of a group, sorted; at most `limit`. Empty if there is no such group.
    std::vector<std::string> members(const std::string& group, int64_t limit = 100000) const;
    /// True if the object is there, of whatever kind. Throws InputError if a link stands in its place.
    bool has(const std::string& object) const;
    bool isDataset(const std::string& object) const;
    bool isGroup(const std::string& object) const;
    /// Shape and type after all checks. Throws InputError if it is absent, a group, stored elsewhere, packed
    /// with an unknown filter, or claims more than the file can hold.
    Hdf5Dataset describe(const std::string& dataset) const;

    /// Numbers as float32; rows [begin, end) of the first axis. Throws InputError if it holds no numbers or
    /// more than `maxReadBytes` were asked for, std::out_of_range for rows it does not have.
    Array readFloat(const std::string& dataset, int64_t begin, int64_t end) const;
    Array readFloat(const std::string& dataset) const;
    /// The given rows of the first axis in that order.
    Array readFloatRows(const std::string& dataset, std::span<const int64_t> rows) const;
    std::vector<double> readDoubles(const std::string& dataset) const;
    std::vector<int64_t> readIntegers(const std::string& dataset) const;
    std::vector<std::string> readTexts(const std::string& dataset) const;
    /// A one-dimensional data set by its own type; the attributes unit, ucd and description are kept.
    Column readColumn(const std::string& dataset) const;

    // Attributes of a group or data set; "/" is the file's own. Nothing if absent or of another kind, or if
    // it is text of variable length kept outside the object's header (more than a handful of attributes,
    // "dense").
    std::vector<std::string> attributeNames(const std::string& object) const;
    std::optional<std::string> textAttribute(const std::string& object, const std::string& name) const;
    std::optional<double> numberAttribute(const std::string& object, const std::string& name) const;
    std::optional<std::vector<std::string>> textListAttribute(const std::string& object,
                                                              const std::string& name) const;
    std::optional<std::vector<double>> numberListAttribute(const std::string& object,
                                                           const std::string& name) const;

    static constexpr int64_t maxReadBytes = int64_t{2} << 30; ///< taken by one call at most

  private:
    std::unique_ptr<hdf5::Backend> backend_;
};

/// True if the file starts with HDF5's signature (also behind a user block). False if it cannot be read.
bool looksLikeHdf5(const std::string& path);

using Hdf5Value = std::variant<std::string, double, int64_t, std::vector<std::string>, std::vector<double>,
                               std::vector<int64_t>>;

struct Hdf5StorageOptions {
    bool halfPrecision = false; ///< float16 on disk
    int deflate = 0;            ///< gzip level 1…9; 0: not compressed
    int64_t chunkRows = 1;      ///< rows of the first axis per chunk
};

/// Writes a new file, which appears under its name at commit() and not before. Groups named in a path are
/// made. The same calls give the same bytes. Errors are those of AtomicFile.
class Hdf5Writer {
  public:
    explicit Hdf5Writer(const std::string& path);
    ~Hdf5Writer(); ///< leaves nothing behind unless commit() ran
    Hdf5Writer(const Hdf5Writer&) = delete;
    Hdf5Writer& operator=(const Hdf5Writer&) = delete;

    /// An empty float data set [0, rowShape...], to be grown by append().
    void createFloat(const std::string& dataset, const std::vector<int64_t>& rowShape,
                     const Hdf5StorageOptions& options = {});
    /// Adds rows [n, rowShape...] to a data set made by createFloat().
    void append(const std::string& dataset, const Array& rows);

    /// Whole data sets in one go. Float arrays of any rank are stored as they are.
    void writeFloat(const std::string& dataset, const Array& values);
    /// `shape`: of the values in row-major order; one axis unless given.
    void writeDoubles(const std::string& dataset, const std::vector<double>& values,
                      const std::vector<int64_t>& shape = {});
    void writeIntegers(const std::string& dataset, const std::vector<int64_t>& values);
    void writeTexts(const std::string& dataset, const std::vector<std::string>& values);
    /// By the column's type, with the attributes unit, ucd and description where they are set.
    void writeColumn(const std::string& dataset, const Column& column);

    void makeGroup(const std::string& group);
    void setAttribute(const std::string& object, const std::string& name, const Hdf5Value& value);

    void commit();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace galatea
