#pragma once
// Opens what people have on disk as a data set. The one visible list of readers is in open_dataset.cpp.

#include <string>
#include <vector>

#include "data/dataset.h"

namespace galatea {

struct OpenOptions {
    /// What inside a file holds the images: a data set of a foreign HDF5, an HDU or table column of a FITS
    /// file, an array of an NPZ; empty: find it.
    std::string images{};
    bool allowOutside = false;        ///< let a CSV list name files outside its own folder
    std::vector<std::string> bands{}; ///< names of the channels in their order; empty: as the file says
};

/// PATH may be a FITS, HDF5, NPY or NPZ file, a picture, a folder of pictures or a CSV list of them. Images
/// are read when asked for. Throws InputError naming what is wrong and what to do.
DatasetPtr openDataset(const std::string& path, const OpenOptions& options = {});

/// Something inside a file that could hold its images.
struct ImageArray {
    std::string name; ///< for OpenOptions::images
    std::vector<int64_t> shape;
    std::string type; ///< "float32", "uint8"
};

/// What could hold the images of an HDF5 or NPZ file, in the file's order; empty for files of other kinds.
/// Throws InputError if the file cannot be read.
std::vector<ImageArray> imageArrays(const std::string& path);

/// True if a reader takes files of this kind, whether or not this one is good. Throws as openRegular().
bool hasReader(const std::string& path);

/// True if the path looks like something openDataset can read (extension and first bytes; cheap).
bool looksLikeDataset(const std::string& path);

} // namespace galatea
