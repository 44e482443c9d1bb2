#pragma once
// FITS files (Standard 4.0): images and binary tables, written straight to the disk, one HDU behind the
// other. The same calls give the same bytes: no date is written.
//
// Row 0 of an array is the first row of the file, always, here and in FitsReader, so nothing is ever turned
// over on the way in or out. Which row is the top of the picture is said apart: viewers draw the first row of
// a FITS file at the bottom; an image whose row 0 is its top has the card ROWORDER = 'TOP-DOWN'.

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/array.h"
#include "core/table.h"

namespace galatea {

struct FitsCard {
    std::string key; ///< at most 8 of A-Z, 0-9, - and _; "HISTORY" and "COMMENT" take their text as value
    std::variant<std::string, double, int64_t> value;
    std::string comment{};
};

/// What stands in a header behind the keywords that describe the data.
struct FitsHeading {
    std::string name{};            ///< EXTNAME; empty: none
    std::vector<FitsCard> cards{}; ///< text beyond printable ASCII is written escaped
    std::string rawCards{}; ///< whole 80-byte cards, e.g. coordinates; keys already written are left out
};

/// Throws std::invalid_argument for a bad key or a number that is not finite, otherwise as AtomicFile does.
class FitsWriter {
  public:
    explicit FitsWriter(const std::string& path);
    ~FitsWriter(); ///< leaves nothing behind unless commit() ran
    FitsWriter(const FitsWriter&) = delete;
    FitsWriter& operator=(const FitsWriter&) = delete;

    /// Begins a float32 image: the primary HDU if it is the file's first, an IMAGE extension otherwise. The
    /// axes are the array's: the last one, x, becomes NAXIS1. An empty shape: a header without data.
    void beginImage(const std::vector<int64_t>& shape, const FitsHeading& heading);
    /// The next pixels, in row-major order. Throws std::logic_error if they are more than announced.
    void append(const Array& pixels);

    /// A binary table: integers K, numbers D, text A (as wide as the longest). TTYPE holds the name with
    /// other characters than letters, digits and _ replaced, as the standard asks; TNAME the name itself
    /// where it differs. TUNIT, TUCD and TCOMM where the column has them. FITS text is printable ASCII
    /// without blanks at its end: others are written escaped or lose them, with an entry in `notes`. Throws
    /// UsageError for more than 999 columns.
    void addTable(const Table& table, const FitsHeading& heading, std::vector<std::string>& notes);

    /// Throws std::logic_error if an image lacks pixels.
    void commit();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// [N,C,H,W], [C,H,W] or [H,W] as a primary image whose axes are, in FITS order, x, y, channel, image:
/// readers in C order (numpy) get the array's own shape back.
void writeFitsCube(const std::string& path, const Array& images, const std::vector<FitsCard>& cards = {});

} // namespace galatea
