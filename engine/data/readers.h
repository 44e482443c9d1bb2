#pragma once
// Inside engine/data only: the readers that open_dataset.cpp lists. Each throws InputError naming what is
// wrong and what to do.

#include "data/open_dataset.h"

namespace galatea {

DatasetPtr openFolder(const std::string& path, const OpenOptions& options);
DatasetPtr openCsvList(const std::string& path, const OpenOptions& options);
DatasetPtr openHdf5(const std::string& path, const OpenOptions& options);
DatasetPtr openFits(const std::string& path, const OpenOptions& options);
DatasetPtr openNumPy(const std::string& path, const OpenOptions& options);
DatasetPtr openPicture(const std::string& path, const OpenOptions& options);

/// imageArrays() of one format.
std::vector<ImageArray> imageArraysOfHdf5(const std::string& path);
std::vector<ImageArray> imageArraysOfNumPy(const std::string& path);

/// True if a header line (the file's first bytes) names a column of picture paths.
bool looksLikeCsvList(const std::string& firstBytes);
/// True if the HDF5 file holds images that could be opened.
bool holdsImages(const std::string& path);

} // namespace galatea
