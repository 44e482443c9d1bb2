#pragma once
// Fields: the frames of one piece of sky in several bands.

#include <map>
#include <string>
#include <vector>

#include "data/survey/frame.h"

namespace galatea::survey {

struct Field {
    std::string name;
    std::vector<Frame> bands; ///< in the order of FieldList::bands
    std::vector<Frame> masks;
};

struct FieldList {
    std::vector<std::string> bands; ///< the channels, the same in every field
    std::vector<Field> fields;
    std::vector<FileProblem> problems; ///< files and fields left out
    std::vector<std::string> notes;
};

/// Groups frames by survey names, common stems and folders; frames left alone are brought together if their
/// skies overlap. `bands`: the channels wanted, in order; empty takes what most fields have, by wavelength.
/// If names and headers tell no band, `bands` are given out in the order of the files. Fields that lack a
/// band are left out with a problem. Throws UsageError if nothing is left.
FieldList groupFields(FrameList frames, const std::vector<std::string>& bands, FrameFiles& files);

} // namespace galatea::survey
