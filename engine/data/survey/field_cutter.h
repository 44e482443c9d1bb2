#pragma once
// Inside engine/data/survey only: the sources of a loaded field, measured and cut out.

#include <optional>
#include <vector>

#include "data/survey/import_frames.h"
#include "data/survey/positions.h"
#include "data/survey/source_catalog.h"

namespace galatea::survey {

/// What turns a band's planes into the data set's unit: multiply by `factor`.
struct BandUnit {
    double factor = 1;
    std::optional<double> zeroPoint; ///< after multiplication
};

/// One source to be cut: measured as `shape` says, centred where `centre` is.
struct Target {
    Shape shape;
    PixelPosition centre;
    int64_t flags = 0, area = 0;
    int64_t catalogRow = -1; ///< of a given catalogue
};

class FieldCutter {
  public:
    FieldCutter(const LoadedField& field, const SurveyOptions& options, std::vector<BandUnit> units);

    /// Everything detected, brightest part of the frame or not, in SEP's order.
    std::vector<Target> detected() const;
    /// Given positions; each takes the shape of the detection it lies on, if it lies on one.
    std::vector<Target> given(const std::vector<PositionList::Place>& places) const;

    /// Cuts into out [C,S,S] and measures. Safe to call from several threads.
    MeasuredSource cut(const Target& target, float* out) const;
    /// The reference frame's position of the cut-out's pixel (0, 0).
    PixelPosition originOf(const Target& target) const;

  private:
    Shape shapeOf(size_t source) const;
    void describeSky(MeasuredSource& source) const;
    bool isCrowded(const Target& target) const;
    void cutBands(const Target& target, MeasuredSource& source, float* out) const;

    const LoadedField& field_;
    const SurveyOptions& options_;
    std::vector<BandUnit> units_;
    double apertureRadius_ = 0; ///< pixels of the reference
    double matchRadius_ = 2;    ///< pixels: given position to barycentre
};

} // namespace galatea::survey
