#pragma once
// Several data sets of one band each, seen as one whose images have all the bands: pixel by pixel, where the
// bands share one grid.

#include <string>
#include <vector>

#include "data/dataset.h"

namespace galatea {

/// `bands[c]` names the band that comes c-th; `paths` are the sources' names for messages. Each source is
/// given its band by what its file says of its filter, else by a part of its file name, else by its place;
/// a note tells when that is not the order they were named in. Catalogues are those of the first band.
/// Throws InputError unless all have one channel, the same size and as many images.
DatasetPtr stackBands(std::vector<DatasetPtr> sources, const std::vector<std::string>& paths,
                      const std::vector<std::string>& bands);

/// The same data set with its channels named. Throws InputError if their number differs.
DatasetPtr withBandNames(DatasetPtr source, const std::string& path, std::vector<std::string> bands);

} // namespace galatea
