#pragma once
// Opens what people have on disk as a data set. The one visible list of readers is in open_dataset.cpp.

#include <string>

#include "data/dataset.h"

namespace galatea {

struct OpenOptions {
    std::string images;        ///< name of the images data set inside a foreign HDF5; empty: find it
    bool allowOutside = false; ///< let a CSV list name files outside its own folder
};

/// PATH may be a folder of pictures, a CSV list of pictures or an HDF5 data set. Pictures are decoded when
/// read. Throws InputError naming what is wrong and what to do.
DatasetPtr openDataset(const std::string& path, const OpenOptions& options = {});

/// True if the path looks like something openDataset can read (extension and first bytes; cheap).
bool looksLikeDataset(const std::string& path);

} // namespace galatea
