#pragma once
// Inside engine/io only: what the program and the decode worker say to each other. A question is a
// DecodeQuestion and its arguments, an answer a DecodeAnswer and its values; both are Wire texts of at most
// maxDecodeMessage bytes. What is longer lies in the SealedMemory that came along with the question. Each
// side takes everything the other says for a lie until it has compared it with what it knows.

#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace galatea::decode {

constexpr size_t maxDecodeMessage = 48 << 10;

enum class Task : uint32_t {
    Attach = 1, ///< takes the open file that comes along; Rows: none
    Inflate,
    Tiff,
    FitsRows,
    Hdf5Open, ///< the attached file; what follows is asked of it
    Hdf5Datasets,
    Hdf5Members,
    Hdf5Exists,
    Hdf5Describe,
    Hdf5FloatRows,
    Hdf5Doubles,
    Hdf5Integers,
    Hdf5Texts,
    Hdf5AttributeNames,
    Hdf5TextAttribute,
    Hdf5NumberAttribute
};

enum class Outcome : uint32_t {
    Done,     ///< the values follow
    InMemory, ///< a length follows; that many bytes of Wire text are in the memory
    Input,    ///< InputError: fault and cure follow
    Range,    ///< std::out_of_range: its text follows
    Failed    ///< the worker itself cannot do it: why follows
};

/// A message that ends too early or says something impossible.
struct WireFault : std::runtime_error {
    WireFault() : std::runtime_error("a message makes no sense") {}
};

class WireWriter {
  public:
    WireWriter& number(int64_t value);
    WireWriter& real(double value);
    WireWriter& text(std::string_view value);
    WireWriter& numbers(std::span<const int64_t> values);
    WireWriter& reals(std::span<const double> values);
    WireWriter& texts(std::span<const std::string> values);
    const std::string& bytes() const { return bytes_; }

  private:
    void raw(const void* data, size_t count) { bytes_.append(static_cast<const char*>(data), count); }
    std::string bytes_;
};

/// Reads what a WireWriter wrote; throws WireFault at the end of the bytes.
class WireReader {
  public:
    explicit WireReader(std::string_view bytes) : bytes_(bytes) {}
    int64_t number();
    /// A number that must lie in [least, most].
    int64_t number(int64_t least, int64_t most);
    double real();
    std::string text();
    std::vector<int64_t> numbers();
    std::vector<double> reals();
    std::vector<std::string> texts();
    bool atEnd() const { return at_ == bytes_.size(); }

  private:
    std::string_view take(size_t count);
    /// A count of elements of at least `each` bytes, compared with the bytes that are left.
    size_t count(size_t each);
    std::string_view bytes_;
    size_t at_ = 0;
};

} // namespace galatea::decode
