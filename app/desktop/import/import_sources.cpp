#include "app/desktop/import/import_sources.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/error.h"
#include "core/text.h"
#include "data/open_dataset.h"
#include "data/survey/import_frames.h"

namespace galatea {

namespace {

std::string sizeText(int64_t width, int64_t height) {
    return std::to_string(width) + " × " + std::to_string(height);
}

std::string upperCase(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

bool isPacked(const std::string& path) {
    const std::string name = lowerCase(path);
    return name.ends_with(".bz2") || name.ends_with(".gz");
}

std::string describeDataset(const std::string& path) {
    const DatasetPtr data = openDataset(path);
    const DatasetInfo& info = data->info();
    std::error_code ignored;
    const std::string extension = std::filesystem::path(path).extension().string();
    const std::string what = std::filesystem::is_directory(path, ignored) ? "folder"
                             : extension.empty()                          ? "file"
                                                                          : upperCase(extension.substr(1));
    return what + ": " + std::to_string(data->size()) + (data->size() == 1 ? " image, " : " images, ") +
           sizeText(info.width, info.height) + ", " + std::to_string(info.channels) +
           (info.channels == 1 ? " band" : " bands");
}

void addFrames(const std::string& path, ImportSources& found) {
    survey::FrameFiles files;
    survey::FrameList list = survey::findFrames({path}, files);
    for (survey::Frame& frame : list.frames) {
        ImportSource source{frame.path, {}, {}, static_cast<int>(found.frames.size()), {}, false};
        try {
            // Unpacking every band only to tell its size would take longer than the person waits.
            if (!isPacked(frame.path))
                survey::describe(frame, files);
            source.format = std::string(frame.isMask ? "mask" : "frame") +
                            (frame.described ? ", " + sizeText(frame.width, frame.height) : ", packed") +
                            (frame.wcs ? ", sky coordinates" : "");
        } catch (const Error& error) {
            source.problem = error.fault();
        }
        found.sources.push_back(std::move(source));
        found.frames.push_back(std::move(frame));
    }
    for (const survey::FileProblem& problem : list.problems)
        found.sources.push_back({problem.path, {}, problem.problem, -1, {}, false});
}

void addImages(const std::string& path, ImportSources& found) {
    ImportSource source{path, {}, {}, -1, {}, false};
    try {
        source.arrays = imageArrays(path);
        source.format = describeDataset(path);
    } catch (const Error& error) {
        // Of several the person chooses one; a single one that cannot be opened is a problem.
        source.mustChoose = source.arrays.size() > 1;
        if (source.mustChoose)
            source.format = std::to_string(source.arrays.size()) + " data sets inside it could be the images";
        else
            source.problem = error.fault() + "; " + error.cure();
    }
    found.sources.push_back(std::move(source));
}

} // namespace

ImportSources examineSources(const std::vector<std::string>& paths, const StopToken& stop,
                             ProgressSink& progress) {
    ImportSources found;
    size_t frames = 0;
    for (size_t i = 0; i < paths.size(); ++i) {
        throwIfStopped(stop);
        progress.update(
            {"looking at files", static_cast<int64_t>(i), static_cast<int64_t>(paths.size()), "files", {}});
        if (survey::looksLikeFrames(paths[i])) {
            addFrames(paths[i], found);
            ++frames;
        } else {
            addImages(paths[i], found);
        }
    }
    found.kind = frames > 0 && 2 * frames >= paths.size() ? ImportKind::Frames : ImportKind::Images;
    return found;
}

} // namespace galatea
