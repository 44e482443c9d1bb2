#include "data/fits_layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/error.h"
#include "core/text.h"
#include "io/raster.h"

namespace galatea {

namespace {

constexpr int64_t mostBands = 12;         ///< a cube of more planes is taken as so many images
constexpr int64_t smallestInTable = 4;    ///< side in pixels; smaller matrices in tables are no images
constexpr int64_t smallestUndeclared = 8; ///< where only a square number of elements speaks for an image
constexpr int64_t mostImages = 50'000'000;

/// What stands beside an image in survey files: errors, weights, flags, distortion tables.
bool isCompanion(const FitsHdu& hdu) {
    static const std::set<std::string> names{
        "err",      "error",    "errors",  "sigma",       "rms",        "std",     "var",
        "variance", "ivar",     "invvar",  "wht",         "weight",     "wgt",     "dq",
        "mask",     "msk",      "flag",    "flags",       "quality",    "ctx",     "con",
        "conf",     "exp",      "exptime", "exposure",    "samp",       "time",    "psf",
        "d2imarr",  "wcsdvarr", "npol",    "background",  "bkg",        "sky",     "segmentation",
        "seg",      "segm",     "area",    "var_poisson", "var_rnoise", "var_flat"};
    return names.contains(lowerCase(trimmed(hdu.name)));
}

bool isBandName(const std::string& name) {
    static const std::set<std::string> known{
        "u", "g", "r",  "i", "z",  "y",  "U",  "B",  "V",   "R",   "I",   "Z",     "Y",     "J",
        "H", "K", "Ks", "G", "W1", "W2", "W3", "W4", "NUV", "FUV", "VIS", "NIR_Y", "NIR_J", "NIR_H"};
    const bool hubble =
        name.size() >= 5 && name.size() <= 7 && name[0] == 'F' &&
        std::all_of(name.begin() + 1, name.begin() + 4, [](char c) { return c >= '0' && c <= '9'; });
    return known.contains(name) || hubble;
}

/// Planes that count: axes of length 1 beyond the second are decoration (radio cubes).
bool isPicture(const FitsHdu& hdu) {
    return hdu.fault.empty() && hdu.hasPixels() && hdu.axes.size() >= 2;
}

std::string sizeText(const FitsHdu& hdu) {
    std::string text;
    for (const int64_t axis : hdu.axes)
        text += (text.empty() ? "" : " x ") + std::to_string(axis);
    return text;
}

std::string counted(size_t count, const std::string& one) {
    return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

/// Band names given for a cube's planes: BANDS = 'g,r,i', or BAND1, BAND2… or FILTER1…
std::vector<std::string> planeBands(const FitsHeader& header, int64_t planes) {
    std::vector<std::string> names;
    if (const auto list = header.text("BANDS"))
        for (const std::string& name : split(*list, ','))
            names.push_back(trimmed(name));
    if (std::ssize(names) == planes)
        return names;
    for (const std::string key : {"BAND", "FILTER"}) {
        names.clear();
        for (int64_t n = 1; n <= planes && n <= mostBands; ++n)
            if (const auto name = header.text(key + std::to_string(n)); name && !trimmed(*name).empty())
                names.push_back(trimmed(*name));
        if (std::ssize(names) == planes)
            return names;
    }
    return {};
}

class Chooser {
  public:
    Chooser(const FitsReader& file, const OpenOptions& options) : file_(file), options_(options) {}

    FitsLayout choose() {
        if (!options_.images.empty())
            chooseNamed();
        else if (std::vector<const FitsHdu*> pictures = findPictures(); !pictures.empty())
            chooseAmong(pictures);
        else
            chooseTable();
        check();
        return std::move(layout_);
    }

  private:
    [[noreturn]] void fail(const std::string& fault, const std::string& cure) const {
        throw InputError(file_.path(), fault, cure);
    }
    void note(const std::string& text) { layout_.notes.push_back(text); }

    std::vector<const FitsHdu*> findPictures() const {
        std::vector<const FitsHdu*> found;
        for (const FitsHdu& hdu : file_.hdus())
            if (isPicture(hdu))
                found.push_back(&hdu);
        return found;
    }

    void chooseNamed() {
        const std::string wanted = trimmed(options_.images);
        const size_t comma = wanted.rfind(',');
        long long number = -1, version = -1;
        parseInteger(wanted, number);
        if (comma != std::string::npos)
            parseInteger(trimmed(wanted.substr(comma + 1)), version);
        std::vector<const FitsHdu*> found;
        for (const FitsHdu& hdu : file_.hdus()) {
            const bool versioned =
                hdu.version == version && lowerCase(hdu.name) == lowerCase(wanted.substr(0, comma));
            if (isPicture(hdu) &&
                (hdu.index == number || versioned || lowerCase(hdu.name) == lowerCase(wanted)))
                found.push_back(&hdu);
        }
        if (!found.empty())
            return takePictures(sameShape(found));
        for (const FitsHdu& hdu : file_.hdus())
            if (hdu.kind == FitsKind::BinaryTable && hdu.fault.empty())
                for (size_t c = 0; c < hdu.columns.size(); ++c)
                    if (lowerCase(hdu.columns[c].name) == lowerCase(wanted) &&
                        FitsReader::imageShape(hdu.columns[c]))
                        return takeColumns(hdu, {c});
        fail("it holds no images called '" + wanted + "'", "name an image HDU or a column of images");
    }

    /// The largest group of one size; the first of equals.
    std::vector<const FitsHdu*> sameShape(const std::vector<const FitsHdu*>& pictures) {
        std::map<std::vector<int64_t>, std::vector<const FitsHdu*>> groups;
        for (const FitsHdu* hdu : pictures)
            groups[hdu->axes].push_back(hdu);
        const std::vector<const FitsHdu*>* best = nullptr;
        for (const auto& [axes, group] : groups)
            if (best == nullptr || group.size() > best->size() ||
                (group.size() == best->size() && group.front()->index < best->front()->index))
                best = &group;
        if (best->size() < pictures.size())
            note(counted(pictures.size() - best->size(), "image") + " of other sizes than " +
                 sizeText(*best->front()) + " pixels " + "were left out");
        return *best;
    }

    void chooseAmong(const std::vector<const FitsHdu*>& pictures) {
        std::vector<const FitsHdu*> proper;
        std::string leftOut;
        for (const FitsHdu* hdu : pictures)
            if (!isCompanion(*hdu))
                proper.push_back(hdu);
            else if (leftOut.size() < 60)
                leftOut += (leftOut.empty() ? "" : ", ") + escaped(trimmed(hdu->name));
        if (proper.empty())
            return takePictures(sameShape(pictures));
        if (proper.size() < pictures.size())
            note(counted(pictures.size() - proper.size(), "extension") + " beside the images (" + leftOut +
                 ") were left out");
        takePictures(sameShape(proper));
    }

    void takePictures(const std::vector<const FitsHdu*>& group) {
        layout_.width = group.front()->width();
        layout_.height = group.front()->height();
        for (const FitsHdu* hdu : group)
            layout_.hdus.push_back(hdu->index);
        if (group.size() == 1)
            return takeCube(*group.front());
        const int64_t planes = group.front()->planes();
        std::set<std::string> different;
        std::vector<std::string> bands;
        for (const FitsHdu* hdu : group)
            bands.push_back(fitsBand(*hdu));
        different.insert(bands.begin(), bands.end());
        const bool named =
            different.size() == bands.size() && !different.contains("") && std::ssize(bands) <= 4 * mostBands;
        if (named || (options_.bands.size() == group.size() && planes != std::ssize(options_.bands))) {
            layout_.kind = FitsLayout::Kind::Bands;
            layout_.size = planes;
            layout_.channels = std::ssize(bands);
            layout_.bands = named ? bands : options_.bands;
            return;
        }
        layout_.kind = FitsLayout::Kind::Stamps;
        layout_.size = std::ssize(group);
        layout_.channels = planes;
        layout_.bands = planeBands(group.front()->header, planes);
        if (planes == 1 && different.size() == 1 && !bands.front().empty())
            layout_.bands = {bands.front()};
    }

    void takeCube(const FitsHdu& hdu) {
        layout_.kind = FitsLayout::Kind::Cube;
        const int64_t planes = hdu.planes(), third = hdu.axes.size() > 2 ? hdu.axes[2] : 1;
        layout_.bands = planeBands(hdu.header, third);
        const bool given = !layout_.bands.empty() || third == std::ssize(options_.bands);
        layout_.channels = planes == third && third > mostBands && !given ? 1 : third;
        layout_.size = planes / layout_.channels;
        if (layout_.channels == 1 && planes > 1 && planes == third)
            note("its " + std::to_string(planes) + " planes are taken as so many images of one band");
        if (layout_.channels == 1 && !fitsBand(hdu).empty())
            layout_.bands = {fitsBand(hdu)};
    }

    void chooseTable() {
        for (const FitsHdu& hdu : file_.hdus()) {
            if (hdu.kind != FitsKind::BinaryTable || !hdu.fault.empty() || hdu.rows == 0)
                continue;
            std::vector<size_t> found;
            for (size_t c = 0; c < hdu.columns.size(); ++c)
                if (holdsImages(hdu.columns[c]))
                    found.push_back(c);
            if (!found.empty())
                return takeColumns(hdu, found);
        }
        failWithoutImages();
    }

    static bool holdsImages(const FitsColumn& column) {
        const auto shape = FitsReader::imageShape(column);
        const int64_t least = column.dimensions.empty() ? smallestUndeclared : smallestInTable;
        return shape && (*shape)[1] >= least && (*shape)[2] >= least;
    }

    [[noreturn]] void failWithoutImages() const {
        bool table = false, line = false;
        for (const FitsHdu& hdu : file_.hdus()) {
            if (!hdu.fault.empty() && hdu.kind != FitsKind::Unknown)
                fail("HDU " + std::to_string(hdu.index) + ": " + hdu.fault,
                     "get it again or check how it was made");
            table = table || hdu.kind == FitsKind::BinaryTable || hdu.kind == FitsKind::AsciiTable;
            line = line || (hdu.hasPixels() && hdu.axes.size() == 1);
        }
        if (line)
            fail("it holds a spectrum or other row of numbers (one axis), no image",
                 "give images of two axes");
        if (table)
            fail("it holds a table but no images", "use it as a catalogue beside the images");
        fail("it holds no images", "give a FITS file with an image, a cube or a table of stamps");
    }

    /// "flux_g", "g_image" or just "g".
    static std::string bandOfColumn(const std::string& name) {
        const size_t line = name.find('_'), last = name.rfind('_');
        for (const std::string& part : {name, line == std::string::npos ? name : name.substr(0, line),
                                        last == std::string::npos ? name : name.substr(last + 1)})
            if (isBandName(part))
                return part;
        return {};
    }

    void takeColumns(const FitsHdu& hdu, std::vector<size_t> found) {
        const std::vector<int64_t> shape = *FitsReader::imageShape(hdu.columns[found[0]]);
        std::vector<std::string> bands;
        std::vector<size_t> banded;
        for (const size_t c : found)
            if (const std::string band = bandOfColumn(hdu.columns[c].name);
                !band.empty() && std::find(bands.begin(), bands.end(), band) == bands.end() &&
                FitsReader::imageShape(hdu.columns[c]) == shape && shape[0] == 1) {
                banded.push_back(c);
                bands.push_back(band);
            }
        const bool asBands = banded.size() > 1 && banded.front() == found.front();
        layout_.kind = FitsLayout::Kind::Column;
        layout_.hdus = {hdu.index};
        layout_.columns = asBands ? banded : std::vector<size_t>{found[0]};
        layout_.bands = asBands ? bands : std::vector<std::string>();
        layout_.size = hdu.rows;
        layout_.channels = asBands ? std::ssize(banded) : shape[0];
        layout_.height = shape[1];
        layout_.width = shape[2];
        if (layout_.columns.size() < found.size())
            note("of several columns of images, " +
                 std::string(asBands ? "those named after bands are"
                                     : "'" + escaped(hdu.columns[found[0]].name) + "' is") +
                 " used");
    }

    void check() {
        int64_t samples = layout_.channels;
        for (const int64_t axis : {layout_.height, layout_.width})
            if (__builtin_mul_overflow(samples, axis, &samples) || samples > maxRasterSamples)
                fail("its images are larger than can be used", "cut them into smaller ones");
        if (layout_.size > mostImages)
            fail("it holds more images than can be listed (" + std::to_string(layout_.size) + ")",
                 "split it");
        if (options_.bands.empty())
            return;
        if (std::ssize(options_.bands) == layout_.channels)
            layout_.bands = options_.bands;
        else
            fail("its images have " + counted(static_cast<size_t>(layout_.channels), "band") + ", " +
                     std::to_string(options_.bands.size()) + " were named",
                 "name one band for each");
    }

    const FitsReader& file_;
    const OpenOptions& options_;
    FitsLayout layout_;
};

} // namespace

std::string fitsBand(const FitsHdu& hdu) {
    for (const char* key : {"FILTER", "BAND", "FILTNAM", "FILTER1"})
        if (const auto value = hdu.header.text(key))
            if (const std::string name = trimmed(*value);
                !name.empty() && name.size() <= 24 && !lowerCase(name).starts_with("clear"))
                return escaped(name);
    const std::string name = trimmed(hdu.name);
    return isBandName(name) ? name : std::string();
}

double fitsPixelScale(const FitsHeader& header) {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    const std::string first = header.text("CTYPE1").value_or(""), second = header.text("CTYPE2").value_or("");
    const bool celestial = (first.starts_with("RA--") && second.starts_with("DEC-")) ||
                           (first.starts_with("DEC-") && second.starts_with("RA--")) ||
                           (first.starts_with("GLON") && second.starts_with("GLAT"));
    const std::string unit = lowerCase(trimmed(header.text("CUNIT1").value_or("deg")));
    if (!celestial || unit != "deg")
        return unknown;
    const auto value = [&](const char* key, double otherwise) {
        return header.number(key).value_or(otherwise);
    };
    double determinant = 0;
    if (header.has("CD1_1") || header.has("CD2_2") || header.has("CD1_2"))
        determinant = value("CD1_1", 0) * value("CD2_2", 0) - value("CD1_2", 0) * value("CD2_1", 0);
    else
        determinant = value("CDELT1", 0) * value("CDELT2", 0) *
                      (value("PC1_1", 1) * value("PC2_2", 1) - value("PC1_2", 0) * value("PC2_1", 0));
    const double scale = std::sqrt(std::abs(determinant)) * 3600;
    return std::isfinite(scale) && scale > 0 ? scale : unknown;
}

FitsLayout chooseFitsLayout(const FitsReader& file, const OpenOptions& options) {
    return Chooser(file, options).choose();
}

} // namespace galatea
