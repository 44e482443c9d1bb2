#include "data/open_dataset.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "core/error.h"
#include "core/text.h"
#include "data/readers.h"
#include "io/fits_reader.h"
#include "io/hdf5.h"
#include "io/npy.h"
#include "io/raster.h"
#include "io/regular_file.h"

namespace galatea {

namespace fs = std::filesystem;

namespace {

struct Source {
    std::string path, extension, firstBytes;
    bool isFolder = false;
};

bool isHdf5(const Source& source) {
    return source.extension == ".h5" || source.extension == ".hdf5" || source.extension == ".hdf" ||
           looksLikeHdf5(source.path);
}

bool isNumPy(const Source& source) {
    return looksLikeNpy(source.firstBytes) || source.extension == ".npy" || source.extension == ".npz" ||
           looksLikeNpz(source.path);
}

bool isPicture(const Source& source) {
    return looksLikeRaster(source.path) || source.extension == ".png" || source.extension == ".jpg" ||
           source.extension == ".jpeg" || source.extension == ".tif" || source.extension == ".tiff";
}

/// By content; what is packed with gzip or bzip2 is taken for FITS until it is unpacked.
bool isFits(const Source& source) {
    const bool packed = source.firstBytes.starts_with("\x1f\x8b") || source.firstBytes.starts_with("BZh");
    return looksLikeFits(source.firstBytes) || packed || source.extension == ".fits" ||
           source.extension == ".fit" || source.extension == ".fts" || source.extension == ".fz";
}

bool isCsv(const Source& source) {
    return source.extension == ".csv" || source.extension == ".tsv" || source.extension == ".txt";
}

/// A format is one line here and one file beside this one; the first that recognises a source opens it.
struct Reader {
    bool (*recognises)(const Source&);
    DatasetPtr (*open)(const std::string&, const OpenOptions&);
};

constexpr std::array readers{
    Reader{[](const Source& source) { return source.isFolder; }, openFolder},
    Reader{isHdf5, openHdf5},
    Reader{isFits, openFits},
    Reader{isNumPy, openNumPy},
    Reader{isPicture, openPicture},
    Reader{isCsv, openCsvList},
};

/// A link from inside a folder back to that folder or one above it: whoever follows it walks in circles.
bool leadsBack(const std::string& path) {
    std::error_code fault;
    const fs::path link = fs::absolute(path, fault).lexically_normal();
    const fs::path named = link.has_filename() ? link : link.parent_path();
    if (!fs::is_symlink(named, fault))
        return false;
    const fs::path target = fs::canonical(named, fault), home = fs::canonical(named.parent_path(), fault);
    return !fault &&
           std::mismatch(target.begin(), target.end(), home.begin(), home.end()).first == target.end();
}

Source examine(const std::string& path) {
    Source source;
    source.path = path;
    std::error_code fault;
    source.isFolder = !path.empty() && path.find('\0') == std::string::npos && fs::is_directory(path, fault);
    if (source.isFolder && leadsBack(path))
        throw InputError(path, "this link leads back to a folder that holds it", "name that folder itself");
    if (source.isFolder)
        return source;
    source.firstBytes = openRegular(path).firstBytes(64 << 10);
    source.extension = lowerCase(fs::path(path).extension().string());
    return source;
}

} // namespace

DatasetPtr openDataset(const std::string& path, const OpenOptions& options) {
    const Source source = examine(path);
    if (!source.isFolder && source.firstBytes.empty())
        throw InputError(path, "the file is empty", "get it again");
    for (const Reader& reader : readers)
        if (reader.recognises(source))
            return reader.open(path, options);
    throw InputError(path, "this is no data set that can be opened",
                     "give FITS, HDF5, NPY or NPZ, a picture, a folder of such files or a CSV list of them");
}

std::vector<ImageArray> imageArrays(const std::string& path) {
    const Source source = examine(path);
    if (source.isFolder || source.firstBytes.empty())
        return {};
    if (isHdf5(source))
        return imageArraysOfHdf5(path);
    return !isFits(source) && isNumPy(source) ? imageArraysOfNumPy(path) : std::vector<ImageArray>();
}

bool hasReader(const std::string& path) {
    const Source source = examine(path);
    return std::any_of(readers.begin(), readers.end(),
                       [&](const Reader& reader) { return reader.recognises(source); });
}

bool looksLikeDataset(const std::string& path) {
    try {
        const Source source = examine(path);
        if (source.isFolder)
            return true;
        if (looksLikeHdf5(path))
            return holdsImages(path);
        return isFits(source) || isNumPy(source) || looksLikeRaster(path) ||
               (isCsv(source) && looksLikeCsvList(source.firstBytes));
    } catch (const InputError&) {
        return false;
    }
}

} // namespace galatea
