#include "data/survey/field.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "core/text.h"

namespace galatea::survey {

namespace {

using Groups = std::map<std::string, std::vector<Frame>>;

/// "…/folder/coadd_*_7" → "coadd_7"; a stem that is nothing but the band → the folder's name.
std::string nameOfKey(const std::string& key) {
    const std::filesystem::path path(key);
    std::string name = path.filename().string();
    if (const size_t star = name.find('*'); star != std::string::npos) {
        name.erase(star, 1);
        const auto isSeparator = [](char c) { return c == '-' || c == '_' || c == '.' || c == ' '; };
        if (star < name.size() && isSeparator(name[star]) && (star == 0 || isSeparator(name[star - 1])))
            name.erase(star, 1);
        while (!name.empty() && isSeparator(name.back()))
            name.pop_back();
    }
    return name.empty() ? path.parent_path().filename().string() : name;
}

SkyPosition centreOf(const Frame& frame) {
    return frame.wcs->toSky(
        {static_cast<double>(frame.width - 1) / 2, static_cast<double>(frame.height - 1) / 2});
}

/// The centre of one lies well inside the other.
bool overlap(const Frame& a, const Frame& b) {
    const PixelPosition at = a.wcs->toPixel(centreOf(b));
    return std::abs(at.x - static_cast<double>(a.width) / 2) < 0.25 * static_cast<double>(a.width) &&
           std::abs(at.y - static_cast<double>(a.height) / 2) < 0.25 * static_cast<double>(a.height);
}

bool hasBand(const std::vector<Frame>& frames, const std::string& band) {
    return std::any_of(frames.begin(), frames.end(),
                       [&](const Frame& f) { return f.band == band && !f.isMask; });
}

int64_t lightFrames(const std::vector<Frame>& frames) {
    return std::count_if(frames.begin(), frames.end(), [](const Frame& f) { return !f.isMask; });
}

class Grouper {
  public:
    Grouper(FrameList frames, std::vector<std::string> wanted, FrameFiles& files)
        : files_(files), wanted_(std::move(wanted)) {
        list_.problems = std::move(frames.problems);
        list_.notes = std::move(frames.notes);
        frames_ = std::move(frames.frames);
    }

    FieldList run() {
        group();
        mergeLonely();
        nameBands();
        dropRepeats();
        chooseBands();
        build();
        return std::move(list_);
    }

  private:
    void group() {
        for (Frame& frame : frames_)
            groups_[frame.field].push_back(std::move(frame));
        // A folder with unnamed frames only: all its frames are one field.
        Groups byFolder;
        for (auto& [key, frames] : groups_) {
            const bool nameless = key.find('*') == std::string::npos && key.find('/') != std::string::npos &&
                                  frames.size() == 1;
            if (nameless && frames.front().band.empty() && !wanted_.empty()) {
                const std::string folder = std::filesystem::path(key).parent_path().string() + "/*";
                std::move(frames.begin(), frames.end(), std::back_inserter(byFolder[folder]));
                frames.clear();
            }
        }
        std::erase_if(groups_, [](const auto& item) { return item.second.empty(); });
        for (auto& [key, frames] : byFolder)
            std::move(frames.begin(), frames.end(), std::back_inserter(groups_[key]));
        placeMasks();
    }

    /// A mask "coadd_7_mask" belongs to the field coadd_7; "mask" to the first field of its folder.
    void placeMasks() {
        for (auto& [key, frames] : groups_) {
            if (lightFrames(frames) > 0 || frames.empty())
                continue;
            std::string base = lowerCase(nameOfKey(key));
            if (const size_t at = base.find("mask"); at != std::string::npos)
                base.erase(at, 4);
            const auto isSeparator = [](char c) { return c == '-' || c == '_' || c == '.' || c == ' '; };
            while (!base.empty() && isSeparator(base.back()))
                base.pop_back();
            const std::filesystem::path folder = std::filesystem::path(key).parent_path();
            for (auto& [otherKey, others] : groups_) {
                const bool sameFolder = std::filesystem::path(otherKey).parent_path() == folder;
                if (!sameFolder || lightFrames(others) == 0 ||
                    (!base.empty() && lowerCase(nameOfKey(otherKey)) != base))
                    continue;
                std::move(frames.begin(), frames.end(), std::back_inserter(others));
                frames.clear();
                break;
            }
        }
        std::erase_if(groups_, [](const auto& item) { return item.second.empty(); });
    }

    bool describable(Frame& frame) {
        try {
            describe(frame, files_);
            return frame.wcs.has_value();
        } catch (const InputError&) {
            return false; // said when its field is read
        }
    }

    /// Frames whose names have nothing in common may still show the same sky.
    void mergeLonely() {
        std::vector<std::string> lonely;
        for (auto& [key, frames] : groups_)
            if (frames.size() == 1 && key.find('/') != std::string::npos && !frames.front().isMask &&
                !frames.front().band.empty() && describable(frames.front()))
                lonely.push_back(key);
        for (size_t i = 0; i < lonely.size(); ++i) {
            auto& home = groups_[lonely[i]];
            for (size_t j = i + 1; !home.empty() && j < lonely.size(); ++j) {
                auto& guest = groups_[lonely[j]];
                if (guest.size() == 1 && !hasBand(home, guest.front().band) &&
                    overlap(home.front(), guest.front())) {
                    home.push_back(std::move(guest.front()));
                    guest.clear();
                }
            }
        }
        std::erase_if(groups_, [](const auto& item) { return item.second.empty(); });
    }

    /// Frames without a band's name take the wanted ones in turn.
    void nameBands() {
        for (auto& [key, frames] : groups_) {
            const bool unnamed = std::any_of(frames.begin(), frames.end(), [](const Frame& frame) {
                return !frame.isMask && (frame.band.empty() || frame.band.starts_with("plane"));
            });
            if (!unnamed)
                continue;
            if (lightFrames(frames) == static_cast<int64_t>(wanted_.size())) {
                size_t next = 0;
                for (Frame& frame : frames)
                    if (!frame.isMask)
                        frame.band = wanted_[next++];
            } else if (lightFrames(frames) == 1) {
                for (Frame& frame : frames)
                    if (!frame.isMask && frame.band.empty())
                        frame.band = "frame";
            }
        }
    }

    void dropRepeats() {
        for (auto& [key, frames] : groups_) {
            std::set<std::string> seen;
            std::erase_if(frames, [&](const Frame& frame) {
                if (frame.isMask)
                    return false;
                if (frame.band.empty()) {
                    list_.problems.push_back({frame.path, "neither its header nor its name tells its band"});
                    return true;
                }
                if (seen.insert(frame.band).second)
                    return false;
                list_.problems.push_back(
                    {frame.path, "its field has another frame of the band " + frame.band});
                return true;
            });
        }
    }

    /// What most fields have; among equals the larger set.
    void chooseBands() {
        list_.bands = wanted_;
        if (!list_.bands.empty())
            return;
        std::map<std::vector<std::string>, int64_t> sets;
        for (const auto& [key, frames] : groups_) {
            std::vector<std::string> bands;
            for (const Frame& frame : frames)
                if (!frame.isMask)
                    bands.push_back(frame.band);
            std::stable_sort(bands.begin(), bands.end(), [](const std::string& a, const std::string& b) {
                return std::pair(bandOrder(a), a) < std::pair(bandOrder(b), b);
            });
            if (!bands.empty())
                ++sets[bands];
        }
        int64_t best = 0;
        for (const auto& [bands, count] : sets)
            if (count > best || (count == best && bands.size() > list_.bands.size())) {
                best = count;
                list_.bands = bands;
            }
    }

    void build() {
        for (auto& [key, frames] : groups_) {
            Field field;
            field.name = key.find('/') == std::string::npos ? key : nameOfKey(key);
            std::vector<std::string> missing;
            for (const std::string& band : list_.bands) {
                auto found = std::find_if(frames.begin(), frames.end(), [&](const Frame& frame) {
                    return !frame.isMask && frame.band == band;
                });
                if (found == frames.end())
                    found = std::find_if(frames.begin(), frames.end(), [&](const Frame& frame) {
                        return !frame.isMask && lowerCase(frame.band) == lowerCase(band) &&
                               std::find(list_.bands.begin(), list_.bands.end(), frame.band) ==
                                   list_.bands.end();
                    });
                if (found == frames.end())
                    missing.push_back(band);
                else
                    field.bands.push_back(*found);
            }
            for (Frame& frame : frames)
                if (frame.isMask)
                    field.masks.push_back(std::move(frame));
            if (missing.empty())
                list_.fields.push_back(std::move(field));
            else if (lightFrames(frames) > 0)
                list_.problems.push_back({pathOf(frames), "the field " + field.name + " has no frame of " +
                                                              joined(missing, ", ") + " and was left out"});
        }
        numberNames();
    }

    static std::string pathOf(const std::vector<Frame>& frames) {
        for (const Frame& frame : frames)
            if (!frame.path.empty())
                return frame.path;
        return "a field";
    }

    /// Names tell the fields apart in the catalogue.
    void numberNames() {
        std::set<std::string> taken;
        for (Field& field : list_.fields) {
            std::string name = field.name.empty() ? "field" : field.name;
            for (int n = 2; !taken.insert(name).second; ++n)
                name = field.name + "-" + std::to_string(n);
            field.name = name;
        }
    }

    FrameFiles& files_;
    std::vector<std::string> wanted_;
    std::vector<Frame> frames_;
    Groups groups_;
    FieldList list_;
};

} // namespace

FieldList groupFields(FrameList frames, const std::vector<std::string>& bands, FrameFiles& files) {
    FieldList list = Grouper(std::move(frames), bands, files).run();
    if (!list.fields.empty())
        return list;
    if (list.problems.empty())
        throw InputError("", "there are no frames among the sources", "name FITS images of survey fields");
    throw InputError(
        list.problems.front().path, list.problems.front().problem,
        "name frames of at least 100 x 100 pixels, all bands of a field, or choose with --bands");
}

} // namespace galatea::survey
