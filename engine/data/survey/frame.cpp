#include "data/survey/frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "core/error.h"
#include "core/text.h"

namespace galatea::survey {

namespace fs = std::filesystem;

namespace {

constexpr int64_t smallestSide = 100, mostPlanes = 64;
constexpr int64_t keptBytes = int64_t{256} << 20;
constexpr size_t keptFiles = 32;

bool hasFitsName(const std::string& path) {
    const std::string name = lowerCase(fs::path(path).filename().string());
    for (const char* ending : {".fits", ".fit", ".fts", ".fits.fz", ".fits.gz", ".fits.bz2", ".fit.gz",
                               ".fit.bz2", ".fts.gz", ".fts.bz2"})
        if (name.ends_with(ending))
            return true;
    return false;
}

/// Files of a folder in the order of their names; links to folders are not followed.
void collect(const std::string& folder, std::vector<std::string>& files) {
    std::error_code fault;
    fs::recursive_directory_iterator entries(folder, fs::directory_options::skip_permission_denied, fault);
    std::vector<std::string> found;
    while (!fault && entries != fs::recursive_directory_iterator()) {
        if (entries->is_regular_file(fault) && hasFitsName(entries->path().string()))
            found.push_back(entries->path().string());
        entries.increment(fault);
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
}

bool isFrame(const FitsHdu& hdu) {
    return (hdu.kind == FitsKind::Image || hdu.kind == FitsKind::CompressedImage) && hdu.hasPixels() &&
           hdu.axes.size() >= 2 && hdu.width() >= smallestSide && hdu.height() >= smallestSide &&
           hdu.planes() <= mostPlanes;
}

/// Planes that tell about pixels rather than hold light.
enum class Role { Light, Mask, Other };

Role roleOf(const std::string& text) {
    const std::string name = lowerCase(text);
    const auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
    if (has("mask") || name == "dq" || has("flagmap"))
        return Role::Mask;
    if (has("weight") || has("invvar") || has("ivar") || has("variance") || has("sigma") || name == "var" ||
        name == "err" || name == "wht" || name.ends_with(".wht") || has("rms") || name == "ctx")
        return Role::Other;
    return Role::Light;
}

std::string firstWord(const std::string& text) {
    const std::string word = trimmed(text);
    return word.substr(0, word.find_first_of(" ./,;"));
}

std::string bandOfHeader(const FitsHdu& hdu) {
    for (const char* key : {"FILTER", "BAND", "FILTNAM", "FILTER1", "FILTERID"})
        if (const auto text = hdu.header.text(key); text && !firstWord(*text).empty()) {
            const std::string word = firstWord(*text);
            if (lowerCase(word) != "clear" && !lowerCase(word).starts_with("clear"))
                return word;
        }
    return {};
}

/// run-camcol-field of an SDSS frame's name ("frame-r-001992-1-0087.fits.bz2").
bool isSdssName(const std::vector<std::string>& words) {
    const auto digits = [](const std::string& word) {
        return !word.empty() &&
               std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    return words.size() == 5 && words[0] == "frame" && bandOrder(words[1]) < 1000 && digits(words[2]) &&
           digits(words[3]) && digits(words[4]);
}

std::string stemOf(const std::string& path) {
    std::string name = fs::path(path).filename().string();
    for (const char* ending : {".bz2", ".gz", ".fz", ".fits", ".fit", ".fts"})
        if (lowerCase(name).ends_with(ending))
            name.resize(name.size() - std::string_view(ending).size());
    return name;
}

class Finder {
  public:
    Finder(FrameFiles& files, FrameList& list) : files_(files), list_(list) {}

    void add(const std::string& path, bool wasNamed) {
        const std::vector<std::string> words = split(stemOf(path), '-');
        if (isSdssName(words)) {
            Frame frame;
            frame.path = path;
            frame.band = words[1];
            frame.field = words[2] + "-" + words[3] + "-" + words[4];
            list_.frames.push_back(std::move(frame));
            return;
        }
        try {
            examine(path, wasNamed);
        } catch (const InputError& error) {
            list_.problems.push_back({path, error.fault()});
        }
    }

  private:
    void examine(const std::string& path, bool wasNamed) {
        const auto reader = files_.open(path);
        const NameParts name = partsOfName(path);
        const std::string folder = fs::path(path).parent_path().string();
        std::vector<Frame> found;
        for (const FitsHdu& hdu : reader->hdus())
            if (isFrame(hdu))
                addPlanes(path, hdu, name, found);
        if (found.empty()) {
            const bool isTable =
                std::any_of(reader->hdus().begin(), reader->hdus().end(), [](const FitsHdu& hdu) {
                    return hdu.kind == FitsKind::BinaryTable || hdu.kind == FitsKind::AsciiTable;
                });
            if (wasNamed || !isTable)
                list_.problems.push_back({path, "it holds no image of at least 100 x 100 pixels"});
            return;
        }
        for (Frame& frame : found) {
            frame.field = folder + "/" + name.rest;
            list_.frames.push_back(std::move(frame));
        }
    }

    static void addPlanes(const std::string& path, const FitsHdu& hdu, const NameParts& name,
                          std::vector<Frame>& found) {
        const Role byExtension = roleOf(hdu.name), byName = roleOf(stemOf(path));
        if (byExtension == Role::Other || byName == Role::Other)
            return;
        for (int64_t plane = 0; plane < hdu.planes(); ++plane) {
            Frame frame;
            frame.path = path;
            frame.hdu = hdu.index;
            frame.plane = plane;
            frame.isMask = byExtension == Role::Mask || byName == Role::Mask;
            frame.band = bandOfHeader(hdu);
            if (frame.band.empty() && bandOrder(hdu.name) < 1000)
                frame.band = hdu.name;
            if (frame.band.empty())
                frame.band = name.band;
            if (hdu.planes() > 1)
                frame.band = "plane" + std::to_string(plane + 1);
            found.push_back(std::move(frame));
        }
    }

    FrameFiles& files_;
    FrameList& list_;
};

} // namespace

int64_t bandOrder(const std::string& band) {
    static const std::vector<std::string> order{
        "FUV",   "NUV",   "F275W", "F336W",  "u",  "U",     "F435W", "B",     "g", "F475W",
        "V",     "F555W", "F606W", "r",      "R",  "F625W", "F775W", "i",     "I", "VIS",
        "F814W", "z",     "Z",     "F850LP", "y",  "Y",     "F105W", "F125W", "J", "F140W",
        "H",     "F160W", "K",     "Ks",     "KS", "W1",    "W2",    "W3",    "W4"};
    const auto found = std::find(order.begin(), order.end(), band);
    return found == order.end() ? 1000 : found - order.begin();
}

NameParts partsOfName(const std::string& path) {
    const std::string stem = stemOf(path);
    // Words between - _ . and blanks; the last that is a band's name counts ("KiDS_129.0_0.5_r").
    size_t begin = 0;
    NameParts parts{"", stem};
    for (size_t at = 0; at <= stem.size(); ++at) {
        if (at < stem.size() && std::string_view("-_. ").find(stem[at]) == std::string_view::npos)
            continue;
        const std::string word = stem.substr(begin, at - begin);
        if (bandOrder(word) < 1000)
            parts = {word, stem.substr(0, begin) + "*" + stem.substr(at)};
        begin = at + 1;
    }
    return parts;
}

std::optional<double> zeroPointOf(const FitsHeader& header, const std::string& unit) {
    const std::string named = lowerCase(unit);
    constexpr std::array<std::pair<const char*, double>, 12> units{{{"nanomaggy", 22.5},
                                                                    {"nanomaggies", 22.5},
                                                                    {"nmgy", 22.5},
                                                                    {"maggy", 0.0},
                                                                    {"maggies", 0.0},
                                                                    {"jy", 8.9},
                                                                    {"mjy", 16.4},
                                                                    {"ujy", 23.9},
                                                                    {"microjy", 23.9},
                                                                    {"njy", 31.4},
                                                                    {"jy/pixel", 8.9},
                                                                    {"njy/pixel", 31.4}}};
    for (const auto& [name, zero] : units)
        if (named == name && (named != "mjy" || unit.starts_with("mJ"))) // MJy is something else
            return zero;
    for (const char* key :
         {"MAGZERO", "MAGZPT", "MAGZP", "MAG_ZP", "ZEROPNT", "PHOTZP", "PHOTZPT", "ZPAB", "ZP"})
        if (const auto number = header.number(key);
            number && std::isfinite(*number) && std::abs(*number) < 60)
            return number;
    if (const auto flux = header.number("FLUXMAG0"); flux && *flux > 0 && std::isfinite(*flux))
        return 2.5 * std::log10(*flux);
    const auto flam = header.number("PHOTFLAM"), pivot = header.number("PHOTPLAM");
    if (flam && pivot && *flam > 0 && *pivot > 0 && std::isfinite(*flam) && std::isfinite(*pivot))
        return -2.5 * std::log10(*flam) - 5 * std::log10(*pivot) - 2.408;
    return std::nullopt;
}

std::shared_ptr<const FitsReader> FrameFiles::open(const std::string& path) {
    {
        const std::lock_guard guard(lock_);
        for (const Kept& kept : kept_)
            if (kept.path == path)
                return kept.reader;
    }
    auto reader = std::make_shared<const FitsReader>(path);
    const std::lock_guard guard(lock_);
    std::error_code fault;
    // Only what was inflated takes memory; a plain file is read in place.
    const auto onDisk = static_cast<int64_t>(fs::file_size(path, fault));
    const int64_t bytes = reader->bytes().size() == onDisk ? 0 : reader->bytes().size();
    kept_.push_back({path, reader, bytes});
    int64_t total = 0;
    for (const Kept& kept : kept_)
        total += kept.bytes;
    while (kept_.size() > 1 && (kept_.size() > keptFiles || total > keptBytes)) {
        total -= kept_.front().bytes;
        kept_.erase(kept_.begin());
    }
    return reader;
}

void FrameFiles::close(const std::string& path) {
    const std::lock_guard guard(lock_);
    std::erase_if(kept_, [&](const Kept& kept) { return kept.path == path; });
}

FrameList findFrames(const std::vector<std::string>& sources, FrameFiles& files, size_t mostFiles) {
    FrameList list;
    Finder finder(files, list);
    for (const std::string& source : sources) {
        std::error_code fault;
        if (!fs::is_directory(source, fault)) {
            finder.add(source, true);
            continue;
        }
        std::vector<std::string> found;
        collect(source, found);
        found.resize(std::min(found.size(), mostFiles));
        for (const std::string& path : found)
            finder.add(path, false);
    }
    return list;
}

void describe(Frame& frame, FrameFiles& files) {
    if (frame.described)
        return;
    const auto reader = files.open(frame.path);
    const auto& hdus = reader->hdus();
    if (frame.hdu >= static_cast<int64_t>(hdus.size()) || !isFrame(hdus[static_cast<size_t>(frame.hdu)]))
        throw InputError(frame.path, "it holds no image of at least 100 x 100 pixels", "leave it out");
    const FitsHdu& hdu = hdus[static_cast<size_t>(frame.hdu)];
    frame.width = hdu.width();
    frame.height = hdu.height();
    frame.unit = hdu.unit;
    frame.zeroPoint = zeroPointOf(hdu.header, hdu.unit);
    frame.notes = reader->notes();
    frame.wcs = WorldCoordinates::fromCards(hdu.header.cards(), &frame.notes);
    // Some writers keep the coordinates of all extensions in the primary header.
    if (!frame.wcs && frame.hdu > 0)
        frame.wcs = WorldCoordinates::fromCards(hdus.front().header.cards());
    frame.described = true;
}

Array readPixels(const Frame& frame, FrameFiles& files) {
    const auto reader = files.open(frame.path);
    const FitsHdu& hdu = reader->hdus().at(static_cast<size_t>(frame.hdu));
    if (!hdu.fault.empty())
        throw InputError(frame.path, hdu.fault, "get it again or leave it out");
    FitsRegion region;
    region.plane = frame.plane;
    region.y1 = frame.height;
    region.x1 = frame.width;
    return reader->readRegion(hdu, region).contiguousCopy();
}

} // namespace galatea::survey
