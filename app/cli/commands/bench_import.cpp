#include "commands/bench_import.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/random.h"
#include "data/import.h"
#include "io/raster.h"

namespace galatea::cli {

namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "galatea-bench-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw UsageError(name, "no temporary folder can be made", "set TMPDIR to a folder with room");
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

std::string card(const std::string& key, const std::string& value) {
    std::string text = key;
    text.resize(8, ' ');
    text += "= " + std::string(20 - std::min<size_t>(value.size(), 20), ' ') + value;
    text.resize(80, ' ');
    return text;
}

/// A float32 FITS header for these axes, in FITS order.
std::string fitsHeader(const std::vector<int64_t>& axes) {
    std::string header =
        card("SIMPLE", "T") + card("BITPIX", "-32") + card("NAXIS", std::to_string(axes.size()));
    for (size_t n = 0; n < axes.size(); ++n)
        header += card("NAXIS" + std::to_string(n + 1), std::to_string(axes[n]));
    header += "END";
    header.resize((header.size() + 2879) / 2880 * 2880, ' ');
    return header;
}

std::string npyHeader(int64_t images, int64_t side) {
    std::string head = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(images) +
                       ", 1, " + std::to_string(side) + ", " + std::to_string(side) + "), }";
    head.resize(118 - 1, ' ');
    return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + head + '\n';
}

std::string bigEndian(const Array& image) {
    std::string bytes(static_cast<size_t>(image.size()) * 4, '\0');
    for (int64_t i = 0; i < image.size(); ++i) {
        uint32_t bits = 0;
        std::memcpy(&bits, image.data() + i, 4);
        bits = __builtin_bswap32(bits);
        std::memcpy(bytes.data() + i * 4, &bits, 4);
    }
    return bytes;
}

/// Writes the images in one format; returns what to import.
class Maker {
  public:
    Maker(const ImportBenchArguments& arguments, const fs::path& folder, uint64_t seed)
        : arguments_(arguments), folder_(folder), random_(seed, "bench import"),
          image_({1, arguments.side, arguments.side}) {}

    std::string make(const std::string& format) {
        const fs::path target = folder_ / (format == "cube"  ? "cube.fits"
                                           : format == "npy" ? "all.npy"
                                                             : format);
        if (format == "fits" || format == "png") {
            fs::create_directory(target);
            for (int64_t i = 0; i < arguments_.images; ++i)
                writeOne(target / (std::to_string(i) + "." + format), format);
            return target.string();
        }
        std::ofstream file(target, std::ios::binary);
        const int64_t side = arguments_.side;
        file << (format == "cube" ? fitsHeader({side, side, 1, arguments_.images})
                                  : npyHeader(arguments_.images, side));
        for (int64_t i = 0; i < arguments_.images; ++i) {
            next();
            if (format == "cube")
                file << bigEndian(image_);
            else
                file.write(reinterpret_cast<const char*>(image_.data()), image_.size() * 4);
        }
        file << std::string(2880, '\0').substr(0, format == "cube" ? padding() : 0);
        return target.string();
    }

  private:
    void next() {
        for (int n = 0; n < 16; ++n) // a few new pixels each: enough to be different, quick to make
            image_.data()[random_.below(image_.size())] = static_cast<float>(random_.uniform());
    }
    size_t padding() const {
        const int64_t bytes = image_.size() * 4 * arguments_.images;
        return static_cast<size_t>((2880 - bytes % 2880) % 2880);
    }
    void writeOne(const fs::path& path, const std::string& format) {
        next();
        if (format == "png")
            return writePng(path.string(), image_);
        std::string bytes = fitsHeader({arguments_.side, arguments_.side}) + bigEndian(image_);
        bytes.resize((bytes.size() + 2879) / 2880 * 2880, '\0');
        std::ofstream(path, std::ios::binary) << bytes;
    }

    const ImportBenchArguments& arguments_;
    const fs::path& folder_;
    RandomStream random_;
    Array image_;
};

} // namespace

Result benchImport(const ImportBenchArguments& arguments, Context& context) {
    Result result;
    result.json = {{"suite", "import"}, {"results", Json::array()}};
    const bool smallFiles =
        std::ranges::any_of(arguments.formats, [](const auto& f) { return f != "frames"; });
    result.text = "images per second into a data set\n";
    if (smallFiles) {
        result.json["images"] = arguments.images; // of each format but frames
        result.json["side"] = arguments.side;
        result.text += "  from small files, " + std::to_string(arguments.images) + " images of " +
                       std::to_string(arguments.side) + " x " + std::to_string(arguments.side) + "\n";
    }
    for (size_t i = 0; i < arguments.formats.size(); ++i) {
        const std::string& format = arguments.formats[i];
        context.progress.update({"measuring", static_cast<int64_t>(i),
                                 static_cast<int64_t>(arguments.formats.size()), "formats", format});
        const TemporaryFolder folder;
        if (format == "frames") {
            benchFrames(arguments, folder.path(), context, result);
            continue;
        }
        const std::string source = Maker(arguments, folder.path(), context.common.seed).make(format);
        throwIfStopped(context.stop);
        const auto began = std::chrono::steady_clock::now();
        const ImportReport report =
            importDataset({source}, (folder.path() / "out.h5").string(), {}, context.stop);
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
        const double rate = static_cast<double>(report.images) / spent.count();
        result.json["results"].push_back({{"format", format},
                                          {"images", report.images},
                                          {"seconds", spent.count()},
                                          {"images_per_second", rate}});
        char line[100];
        std::snprintf(line, sizeof line, "    %-5s %10.0f\n", format.c_str(), rate);
        result.text += line;
    }
    return result;
}

} // namespace galatea::cli
