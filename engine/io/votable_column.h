#pragma once
// Inside engine/io only: one FIELD of a VOTable and the values collected under it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/table.h"
#include "io/votable.h"

namespace galatea::votable {

enum class Kind { Boolean, Bit, Integer, Char, UnicodeChar, Float, Double, FloatComplex, DoubleComplex };

/// A FIELD element as declared.
struct Field {
    std::string name, id, datatype, arraysize, unit, ucd, description;
    std::optional<std::string> null;
};

/// Big-endian bytes of a BINARY stream, taken from the front.
class ByteCursor {
  public:
    explicit ByteCursor(std::string_view bytes) : bytes_(bytes) {}
    size_t left() const { return bytes_.size(); }
    /// Throws std::out_of_range if there are fewer.
    std::string_view take(size_t count);
    uint64_t number(size_t width);

  private:
    std::string_view bytes_;
};

/// What was odd about a column's cells.
struct Oddities {
    int64_t unreadable = 0, cut = 0;
    std::string firstUnreadable{};
};

class ColumnBuilder {
  public:
    /// Throws std::invalid_argument, with the reason, if the datatype or the array size is none of the
    /// standard's.
    ColumnBuilder(Field field, const VoTableLimits& limits);

    const Field& field() const { return field_; }
    bool skipped() const { return slots_.empty(); } ///< a vector too long to become columns
    size_t width() const { return slots_.size(); }  ///< columns it becomes
    /// What one row counts towards the limit of cells: text takes as much room as several numbers.
    int64_t cellWeight() const { return static_cast<int64_t>(isText() ? 4 : 1 + slots_.size()); }
    const Oddities& oddities() const { return oddities_; }

    void addText(const std::string& cell);                ///< a TD
    void addBinary(ByteCursor& bytes, bool null = false); ///< a cell of BINARY or BINARY2
    void addMissing();
    /// One column per slot, emptied out of this builder.
    std::vector<Column> finish();

  private:
    struct Slot {
        std::string suffix;
        std::vector<double> numbers;
        std::vector<int64_t> integers;
        std::vector<bool> present;
        std::vector<std::string> texts;
    };

    void readArraySize();
    void makeSlots(const VoTableLimits& limits);
    bool isText() const { return kind_ == Kind::Char || kind_ == Kind::UnicodeChar; }
    bool isWhole() const { return kind_ == Kind::Boolean || kind_ == Kind::Bit || kind_ == Kind::Integer; }
    size_t parts() const { return kind_ == Kind::FloatComplex || kind_ == Kind::DoubleComplex ? 2 : 1; }

    void putText(std::string text);
    void putNumber(Slot& slot, double value);
    void putInteger(Slot& slot, std::optional<int64_t> value);
    void putMissing(Slot& slot);
    void putPart(Slot& slot, std::string_view text);
    void putBits(std::string_view packed, size_t count);
    void unreadable(std::string_view text);
    std::optional<int64_t> integerOf(uint64_t bits) const;
    double realOf(uint64_t bits) const;

    Field field_;
    Kind kind_ = Kind::Char;
    size_t elementBytes_ = 1; ///< of one element in BINARY; complex: of one part
    bool variable_ = false;
    uint64_t count_ = 1; ///< elements of a fixed array
    int64_t cellBytes_ = 0;
    std::optional<int64_t> nullInteger_;
    std::vector<Slot> slots_;
    Oddities oddities_;
};

} // namespace galatea::votable
