#pragma once
// One field in memory: its bands with the sky subtracted, what was found on the reference band, and ready to
// be measured and cut.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/progress.h"
#include "core/stop_token.h"
#include "data/survey/detection.h"
#include "data/survey/field.h"
#include "data/survey/photometry.h"
#include "data/survey/resample.h"
#include "data/survey/seams.h"

namespace galatea::survey {

struct FieldOptions {
    std::string reference =
        "r";              ///< band for detection and pixel grid; if there is none of this name the middle
    std::string detectOn; ///< "": the reference; "all": the mean of all bands in units of their noise
    BackgroundOptions background;
    DetectionOptions detection;
    bool refine = true;  ///< move bands whose stars lie beside where the sky coordinates put them
    int64_t margin = 64; ///< pixels outside the reference frame that cut-outs may ask for
    int64_t threads = 0;
};

struct LoadedBand {
    Frame frame;
    Array pixels; ///< [H,W], background subtracted, bad pixels 0, in units of `scale`
    Mask mask;
    double scale = 1; ///< frame's unit per unit of `pixels`; a power of two
    std::unique_ptr<Background> background;
    std::vector<int32_t> segmentation; ///< on this band's grid
    PixelMap map;                      ///< from the reference frame
    SeamReport seams;
    PixelPosition moved;   ///< what refining added to the map, pixels of the band
    int64_t starsUsed = 0; ///< for that

    BandPlane plane(int64_t referenceWidth) const;
};

/// Reads, subtracts and detects on construction, several bands at a time. Throws InputError for a frame that
/// cannot be used, Interrupted.
class LoadedField {
  public:
    LoadedField(const Field& field, const FieldOptions& options, FrameFiles& files, const StopToken& stop);

    const std::string& name() const { return name_; }
    const std::vector<LoadedBand>& bands() const { return bands_; }
    const LoadedBand& reference() const { return bands_[reference_]; }
    size_t referenceIndex() const { return reference_; }
    const Detection& detection() const { return detection_; }
    const std::vector<int32_t>& segmentation() const { return reference().segmentation; }
    const std::vector<std::string>& notes() const { return notes_; }

  private:
    void chooseReference();
    void readBand(size_t band, const Field& field, FrameFiles& files);
    void readMasks(const Field& field, FrameFiles& files, LoadedBand& band) const;
    void makeMaps();
    void refineMap(LoadedBand& band) const;
    void forEachBand(const StopToken& stop, const std::function<void(size_t)>& work);
    void measureSky(size_t band, const Mask& sources);
    void lookAgain(size_t band);
    Mask sourceMask(const LoadedBand& band) const;
    Detection find() const;
    void note(const std::string& text);

    std::string name_;
    FieldOptions options_;
    std::vector<LoadedBand> bands_;
    size_t reference_ = 0;
    Detection detection_;
    std::vector<std::string> notes_;
};

/// Index of the band to detect on: `wanted` if it is there, else the one in the middle.
size_t referenceBand(const std::vector<std::string>& bands, const std::string& wanted);

} // namespace galatea::survey
