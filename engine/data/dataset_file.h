#pragma once
// Galatea's own data set file: HDF5 with /images [N,C,H,W] chunked by image and /catalog/<column> [N].

#include <memory>
#include <string>

#include "data/dataset.h"

namespace galatea {

/// Appends images, then writes the catalogue and the attributes. The file appears under its name only at
/// finish().
class DatasetWriter {
  public:
    /// info gives channels, height, width, bands, pixel_scale, unit, source. halfPrecision: float16 on disk.
    DatasetWriter(std::string path, const DatasetInfo& info, bool halfPrecision = false);
    ~DatasetWriter();                  ///< removes what was written unless finish() ran
    void append(const Array& images);  ///< [n,C,H,W]
    void finish(const Table& catalog); ///< rows must equal the images appended

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The whole of a data set, in batches.
void writeDataset(const Dataset& data, const std::string& path);

} // namespace galatea
