#pragma once
// Frames of a survey → one data set of cut-outs with a catalogue: what `galatea-cli import --detect` and
// `--positions` and the window's import do. docs/survey-frames.md describes every step.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "data/import.h"
#include "data/survey/loaded_field.h"

namespace galatea::survey {

struct SurveyOptions {
    int64_t size = 64;              ///< side of a cut-out, pixels of the reference frame
    std::vector<std::string> bands; ///< channels in order; empty: what most fields have, by wavelength
    std::map<std::string, std::string> bandOf{}; ///< by file, where names and headers are not to be believed
    std::string positions;                       ///< a catalogue file; empty: detect
    std::string reference = "r"; ///< band for detection, shapes and pixel grid; none such: the middle one
    std::string detectOn = "reference"; ///< or "all": the bands' mean in units of their noise
    DetectionOptions detection;
    BackgroundOptions background;
    double aperture = 3;       ///< diameter, arcsec; pixels where there are no sky coordinates
    double minCoverage = 0.9;  ///< cut-outs with less of their pixels on every band's frame are left out
    std::string fill = "zero"; ///< pixels without data: "zero" (the sky's level) or "nan"
    std::string kernel = "lanczos3"; ///< or "cubic"
    bool refine = true;              ///< correct the registration of bands by their stars
    bool wholePixels = false; ///< centre on the nearest pixel of the reference, which then stays as it is
    std::vector<std::string> zeroPoints; ///< "u=22.5": overrules what headers say
    bool nativeUnits = false; ///< keep each band's unit even where zero points would allow nanomaggies
    int64_t threads = 0;
    JoinRequest join{}; ///< catalogue whose columns are added
};

/// The options by name, with limits and a line of help each; the command line and the window's form use it.
OptionSet describe(SurveyOptions& options);
/// The zero points that the options give, by band. Throws UsageError if one is malformed.
std::map<std::string, double> zeroPointsOf(const SurveyOptions& options);
/// Throws UsageError for options that contradict each other or are no such thing.
void check(const SurveyOptions& options);

struct FieldReport {
    std::string name;
    int64_t found = 0;   ///< detected, or given positions on the field
    int64_t cutouts = 0; ///< written
    int64_t atEdge = 0;  ///< left out: not enough of them on the frames
    double seconds = 0;  ///< reading, measuring and cutting
    /// Offset that a band's stars asked for, its pixels in x and y; bands that needed none are not there.
    std::map<std::string, std::pair<double, double>> moved;
    std::map<std::string, double> sky, noise; ///< per band: level and deviation of a pixel, frame's unit
};

struct SurveyReport {
    int64_t images = 0;
    std::vector<FieldReport> fields;
    std::vector<FileProblem> problems; ///< files and fields left out
    std::vector<std::string> warnings;
    DatasetInfo info;
    std::string reference;            ///< band
    std::optional<JoinReport> join{}; ///< where a catalogue was joined
};

/// `sources`: frames and folders of them. Fields are handled one after the other, so memory holds one field.
/// A field that cannot be read is left out with a problem; InputError if none is left or no source is found,
/// UsageError for bad options, Interrupted on a stop.
SurveyReport importFrames(const std::vector<std::string>& sources, const std::string& output,
                          const SurveyOptions& options, const StopToken& stop = {},
                          ProgressSink& progress = silentProgress());

/// True if a source is a survey frame rather than a stamp: one large FITS image, or a folder whose first
/// files are such. For the hint that --detect or --positions is needed, and for the window's assistant.
bool looksLikeFrames(const std::string& source);

} // namespace galatea::survey
