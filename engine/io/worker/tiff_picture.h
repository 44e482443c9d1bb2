#pragma once
// TIFF pictures through libtiff, whose messages are collected instead of printed.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/regular_file.h"

namespace galatea::decode {

struct TiffShape {
    int64_t channels = 0, height = 0, width = 0;
    int bitsPerSample = 0;
    int64_t samples() const { return channels * height * width; }
};

/// The first picture of a TIFF file.
class TiffPicture {
  public:
    /// Reads the header. Throws InputError if it is no TIFF, damaged, of a kind that is not read or larger
    /// than `maxSamples`.
    TiffPicture(const RegularFile& file, int64_t maxSamples);
    ~TiffPicture();
    TiffPicture(const TiffPicture&) = delete;
    TiffPicture& operator=(const TiffPicture&) = delete;

    const TiffShape& shape() const;
    /// Decodes into `out` as [C,H,W]; its length is shape().samples(). Whole numbers are scaled to 0…1,
    /// floats stay as they are. Throws InputError if the picture is damaged or cut short.
    void decode(std::span<float> out);
    /// What was odd, libtiff's own warnings included.
    const std::vector<std::string>& notes() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace galatea::decode
