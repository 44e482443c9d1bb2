#pragma once
// The cards of one FITS header (FITS Standard 4.0, section 4), kept as they are in the file and read when
// asked.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace galatea {

/// One keyword with its value, for listing.
struct FitsKeyword {
    std::string key;     ///< upper case; HIERARCH keywords in full, without the word HIERARCH
    std::string value;   ///< text without quotes, CONTINUE cards joined; numbers as written
    std::string comment; ///< behind the slash; for COMMENT, HISTORY and blank cards all their text
    bool isText = false; ///< the value was quoted
};

class FitsHeader {
  public:
    FitsHeader() = default;
    /// `cards`: whole 80-byte cards one behind the other, without END. Throws std::invalid_argument if the
    /// length is no multiple of 80.
    explicit FitsHeader(std::string cards);

    /// The raw cards without END, as wcslib takes them.
    const std::string& cards() const { return cards_; }
    int64_t cardCount() const { return static_cast<int64_t>(cards_.size() / 80); }

    bool has(std::string_view key) const { return find(key) >= 0; }
    /// The first card of this name; nothing if absent or of another type. Keys are upper case, at most 8
    /// characters. text(): CONTINUE joined, trailing blanks dropped. integer(): also a whole number written
    /// as a float. number(): also with the exponent letter D; infinite and NaN are returned as such.
    std::optional<std::string> text(std::string_view key) const;
    std::optional<double> number(std::string_view key) const;
    std::optional<int64_t> integer(std::string_view key) const;
    std::optional<bool> logical(std::string_view key) const;
    std::string comment(std::string_view key) const; ///< behind the slash; empty if there is none

    /// Every card in the file's order, for people. Foreign text: show it through escaped().
    std::vector<FitsKeyword> keywords() const;
    /// Keys that stand more than once with different values (COMMENT, HISTORY and the like aside).
    std::vector<std::string> contradictions() const;

  private:
    int64_t find(std::string_view key) const; ///< index of the card, −1 if absent
    std::string_view card(int64_t index) const {
        return std::string_view(cards_).substr(static_cast<size_t>(index) * 80, 80);
    }
    FitsKeyword keywordAt(int64_t& index) const;

    std::string cards_;
    std::vector<std::pair<uint64_t, uint32_t>> order_; ///< first 8 bytes as a number → card, sorted
};

} // namespace galatea
