#pragma once
// Galatea's own data set file: HDF5 with /images [N,C,H,W] chunked by image and /catalog/<column> [N]. Where
// sky coordinates are known: /wcs/cards [F] (header cards of the frames), /wcs/frame [N] (index into them, −1
// if unknown) and /wcs/origin [N,2] (x and y in the frame, from 0, of the image's pixel (0, 0)).
// The attribute row_order says bottom-up where row 0 of the images is the picture's bottom.

#include <memory>
#include <string>

#include "data/dataset.h"
#include "data/wcs_table.h"

namespace galatea {

/// Appends images, then writes the catalogue and the attributes. The file appears under its name only at
/// finish().
class DatasetWriter {
  public:
    /// info gives channels, height, width, bands, pixel_scale, unit, source. halfPrecision: float16 on disk.
    DatasetWriter(std::string path, const DatasetInfo& info, bool halfPrecision = false);
    ~DatasetWriter();                 ///< removes what was written unless finish() ran
    void append(const Array& images); ///< [n,C,H,W]
    /// Sky coordinates, one row per image; may be given any time before finish().
    void setWcs(WcsTable wcs);
    void finish(const Table& catalog); ///< rows must equal the images appended

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The whole of a data set, in batches.
void writeDataset(const Dataset& data, const std::string& path);

} // namespace galatea
