#pragma once
// Inside engine/data only: a data set of files with one image each, decoded when they are read.

#include "data/dataset.h"

namespace galatea {

struct PictureFile {
    std::string path; ///< absolute, to be opened
    std::string name; ///< relative to the folder or list, for people
};

/// One image of whatever kind of file.
struct Picture {
    Array pixels; ///< [C,H,W]; 0…1 from PNG, JPEG and TIFF, as stored from FITS and NPY
    std::vector<std::string> bands{};
    std::vector<std::string> notes{};
};

/// PNG, JPEG, TIFF, or a FITS or NumPy file that holds one image, by content. Throws InputError.
Picture readPictureFile(const std::string& path);

/// True if a file of this name may hold one image.
bool hasPictureName(const std::string& path);

class PictureDataset : public Dataset {
  public:
    /// Decodes the first picture that can be read to learn the shape all must have. Throws its InputError if
    /// none of the first thousand can. `catalog` has one row per picture or no column.
    PictureDataset(DatasetInfo info, std::vector<PictureFile> files, const Table& catalog);

    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return static_cast<int64_t>(files_.size()); }
    Array read(std::span<const int64_t> rows) const override;
    const Table& catalog() const override { return catalog_; }

    /// One picture of whatever shape it has, with what was odd.
    Picture readPicture(int64_t row) const;
    const std::string& pictureName(int64_t row) const { return files_.at(static_cast<size_t>(row)).name; }

  private:
    void learnShape();

    DatasetInfo info_;
    std::vector<PictureFile> files_;
    Table catalog_;
};

} // namespace galatea
