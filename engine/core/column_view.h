#pragma once
// A column seen without copying it, wherever its values lie: in a catalogue, in an array of latents, or as a
// number for each row and a list of names. What expressions, tables and charts read.

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/array.h"
#include "core/table.h"

namespace galatea {

/// Text with few distinct values: a number for each row.
struct TextCodes {
    std::vector<std::string> texts; ///< distinct; found codes are in ascending order of the text
    std::vector<uint16_t> code;     ///< [N] indexes texts
};

class ColumnView;
using ColumnViewPtr = std::shared_ptr<const ColumnView>;

/// Immutable, and safe to read from several threads.
class ColumnView {
  public:
    enum class Kind { Number, Whole, Text };
    struct About {
        std::string name;
        std::string unit{};        ///< e.g. "mag"; empty if dimensionless or unknown
        std::string ucd{};         ///< IVOA Unified Content Descriptor
        std::string description{}; ///< one line
    };
    using Owner = std::shared_ptr<const void>; ///< keeps what is seen alive

    static ColumnViewPtr ofNumbers(About about, std::span<const double> values, Owner owner);
    /// Seen as the stored numbers plus `shift`.
    static ColumnViewPtr ofWholes(About about, std::span<const int64_t> values, Owner owner,
                                  int64_t shift = 0);
    static ColumnViewPtr ofTexts(About about, std::span<const std::string> values, Owner owner);
    static ColumnViewPtr ofCodes(About about, std::shared_ptr<const TextCodes> codes);
    /// Of each row the text at its place in `texts`, which may be as many as there are rows.
    static ColumnViewPtr ofPlaces(About about, std::shared_ptr<const std::vector<uint32_t>> places,
                                  std::shared_ptr<const std::vector<std::string>> texts);
    /// Numbers that are worked out when they are first read; `key` stands for what they are made from.
    static ColumnViewPtr ofMade(About about, int64_t size, std::function<std::vector<float>()> make,
                                Owner key);
    /// Column `which` of `values` [N,D].
    static ColumnViewPtr ofArray(About about, const Array& values, int64_t which);
    static ColumnViewPtr ofColumn(const Column& column, Owner owner);

    const About& about() const { return about_; }
    const std::string& name() const { return about_.name; }
    Kind kind() const { return kind_; }
    bool isText() const { return kind_ == Kind::Text; }
    int64_t size() const { return size_; }

    /// As Column: NaN for text that is no number; numbers in shortest exact form, NaN as "".
    double number(int64_t row) const;
    std::string text(int64_t row) const;
    /// The rows from `first` on, as many as fit; numbers and whole numbers only.
    void numbers(int64_t first, std::span<double> out) const;
    void wholes(int64_t first, std::span<int64_t> out) const; ///< whole numbers only
    std::string_view textAt(int64_t row) const;               ///< text only
    /// Text with at most 65,536 distinct values, as codes; found by the first call, which takes a pass over
    /// the column. nullptr for others.
    const TextCodes* codes() const;

    /// The given rows as a column of its own, in that order.
    Column copy(std::span<const int64_t> rows) const;
    /// Sees the same values under the same name, unit and description.
    bool sameAs(const ColumnView& other) const;

  private:
    struct Numbers {
        const double* values;
    };
    struct Wholes {
        const int64_t* values;
        int64_t shift;
    };
    struct Texts {
        const std::string* values;
    };
    struct Places {
        std::shared_ptr<const std::vector<uint32_t>> place;
        std::shared_ptr<const std::vector<std::string>> texts;
    };
    struct Strided {
        const float* values;
        int64_t step;
    };
    struct Made {
        std::function<std::vector<float>()> make;
    };
    using Source =
        std::variant<Numbers, Wholes, Texts, Places, Strided, Made, std::shared_ptr<const TextCodes>>;

    ColumnView(About about, Kind kind, int64_t size, Source source, Owner owner);
    static ColumnViewPtr make(About about, Kind kind, int64_t size, Source source, Owner owner);
    const void* address() const;
    void findCodes() const;
    void findCodes(const Places& source) const;
    Strided strided() const;

    About about_;
    Kind kind_;
    int64_t size_;
    Source source_;
    Owner owner_;
    mutable std::once_flag coded_, madeOnce_;
    mutable std::vector<float> made_;
    mutable std::shared_ptr<const TextCodes> codes_;
};

/// nullptr if there is no column of that name.
ColumnViewPtr findColumn(std::span<const ColumnViewPtr> columns, std::string_view name);
/// Every column of a table; `owner` keeps the table alive.
std::vector<ColumnViewPtr> viewsOf(const Table& table, const ColumnView::Owner& owner);

} // namespace galatea
