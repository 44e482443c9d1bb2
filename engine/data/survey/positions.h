#pragma once
// Where somebody else's catalogue says that sources are.

#include <optional>
#include <string>
#include <vector>

#include "core/table.h"
#include "data/survey/field.h"

namespace galatea::survey {

/// A catalogue of positions, on the sky or in pixels.
class PositionList {
  public:
    /// CSV, FITS table or VOTable. Columns: right ascension and declination in degrees (found by UCD
    /// pos.eq.ra, or names such as ra, RAJ2000, ALPHA_J2000), else x and y from 0 (x, y, xcentroid …) or from
    /// 1 (X_IMAGE, Y_IMAGE: Source Extractor counts so). A column `field` limits pixel positions to the field
    /// of that name. Throws InputError if neither pair is there.
    explicit PositionList(const std::string& path);

    struct Place {
        PixelPosition at;
        int64_t row = 0; ///< in table()
    };
    /// Those that lie on the reference frame of a field. Throws InputError if only sky positions are given
    /// and the frame has no sky coordinates.
    std::vector<Place> on(const Field& field, const Frame& reference) const;

    const Table& table() const { return table_; }
    const std::vector<std::string>& notes() const { return notes_; }

  private:
    void findColumns();

    std::string path_;
    Table table_;
    const Column *ra_ = nullptr, *dec_ = nullptr, *x_ = nullptr, *y_ = nullptr, *field_ = nullptr;
    double firstPixel_ = 0;
    std::vector<std::string> notes_;
};

} // namespace galatea::survey
