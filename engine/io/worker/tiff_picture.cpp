#include "io/worker/tiff_picture.h"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <limits>
#include <set>

#include "core/error.h"
#include "core/text.h"
#include "io/raster_codec.h"

namespace galatea::decode {

namespace {

constexpr int64_t maxBlockBytes = int64_t{512} << 20; ///< one strip or tile, decoded

/// libtiff's handlers are functions of the whole process; each thread's open picture listens.
struct Messages {
    std::string error;
    std::vector<std::string> warnings;
};
thread_local Messages* listening = nullptr;

std::string formatted(const char* format, va_list values) {
    std::array<char, 512> line{};
    std::vsnprintf(line.data(), line.size(), format, values);
    return line.data();
}

void onError(const char*, const char* format, va_list values) {
    if (listening != nullptr && listening->error.empty())
        listening->error = formatted(format, values);
}

void onWarning(const char*, const char* format, va_list values) {
    if (listening != nullptr)
        raster::addNote(listening->warnings, formatted(format, values));
}

class Listening {
  public:
    explicit Listening(Messages& messages) : before_(listening) {
        static const bool installed = [] {
            TIFFSetErrorHandler(onError);
            TIFFSetWarningHandler(onWarning);
            return true;
        }();
        (void)installed;
        listening = &messages;
    }
    ~Listening() { listening = before_; }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

  private:
    Messages* before_;
};

/// The file as libtiff sees it: read-only, read by offset, never mapped.
struct View {
    const RegularFile& file;
    int64_t position = 0;
};

tmsize_t readView(thandle_t handle, void* out, tmsize_t count) {
    auto& view = *static_cast<View*>(handle);
    const int64_t there = std::clamp<int64_t>(view.file.size() - view.position, 0, count);
    try {
        view.file.readAt(view.position, {static_cast<std::byte*>(out), static_cast<size_t>(there)});
    } catch (const InputError&) {
        return -1;
    }
    view.position += there;
    return there;
}

tmsize_t refuseWrite(thandle_t, void*, tmsize_t) {
    return -1;
}

toff_t seekView(thandle_t handle, toff_t offset, int from) {
    auto& view = *static_cast<View*>(handle);
    const int64_t base = from == SEEK_SET ? 0 : from == SEEK_CUR ? view.position : view.file.size();
    const auto to = static_cast<uint64_t>(base) + offset;
    if (to > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
        return static_cast<toff_t>(-1);
    view.position = static_cast<int64_t>(to);
    return to;
}

int closeView(thandle_t) {
    return 0;
}

toff_t sizeOfView(thandle_t handle) {
    return static_cast<toff_t>(static_cast<View*>(handle)->file.size());
}

/// Follows the list of pages in the file itself: a file whose pages form a ring is refused, and libtiff's
/// own count takes time proportional to the square of their number.
class PageList {
  public:
    explicit PageList(const RegularFile& file) : file_(file) {}

    /// Throws InputError if the list leads in a circle or out of the file at its very start.
    int64_t count() {
        const std::string start = file_.firstBytes(16);
        big_ = start.size() == 16 && (start[2] == 43 || start[3] == 43);
        swapped_ = start.starts_with("MM");
        std::set<uint64_t> seen;
        uint64_t at = big_ ? number(8, 8) : number(4, 4);
        while (at != 0 && seen.size() < maxPages) {
            if (!seen.insert(at).second)
                throw InputError(file_.path(), "its list of pages leads in a circle", "get the file again");
            if (!inside(at, big_ ? 8 : 2))
                break; // libtiff says what is wrong with the first; of later ones none is read
            const uint64_t entries = number(at, big_ ? 8 : 2), each = big_ ? 20 : 12;
            const uint64_t next = at + (big_ ? 8 : 2) + std::min<uint64_t>(entries, 1 << 20) * each;
            if (!inside(next, big_ ? 8 : 4))
                break;
            at = number(next, big_ ? 8 : 4);
        }
        return static_cast<int64_t>(seen.size());
    }

  private:
    static constexpr size_t maxPages = 100000;
    bool inside(uint64_t at, uint64_t bytes) const {
        const auto size = static_cast<uint64_t>(file_.size());
        return at <= size && bytes <= size - at;
    }
    uint64_t number(uint64_t at, size_t bytes) const {
        std::array<unsigned char, 8> raw{};
        if (!inside(at, bytes))
            return 0;
        file_.readAt(static_cast<int64_t>(at), std::as_writable_bytes(std::span(raw).first(bytes)));
        uint64_t value = 0;
        for (size_t i = 0; i < bytes; ++i)
            value = (value << 8) | raw[swapped_ ? i : bytes - 1 - i];
        return value;
    }

    const RegularFile& file_;
    bool big_ = false, swapped_ = false;
};

/// How the numbers of a row become values of 0…1.
struct Layout {
    uint16_t bits = 1, stored = 1, planar = PLANARCONFIG_CONTIG, photometric = PHOTOMETRIC_MINISBLACK;
    uint16_t format = SAMPLEFORMAT_UINT, compression = COMPRESSION_NONE;
    int used = 1;              ///< samples per pixel that carry colour; extra ones are dropped
    bool byLibrary = false;    ///< YCbCr, CIE L*a*b*, LogLuv: libtiff turns them into 8-bit RGB
    bool wideColorMap = false; ///< palette entries of 16 bits
    std::array<const uint16_t*, 3> colorMap{};
};

double wholeNumber(const unsigned char* row, int64_t index, int bits) {
    switch (bits) {
    case 8:
        return row[index];
    case 16: {
        uint16_t value = 0;
        std::memcpy(&value, row + index * 2, 2);
        return value;
    }
    case 32: {
        uint32_t value = 0;
        std::memcpy(&value, row + index * 4, 4);
        return value;
    }
    default: { // 1, 2, 4 bits, the first pixel in the high bits
        const int64_t bit = index * bits;
        return (row[bit / 8] >> (8 - bits - bit % 8)) & ((1 << bits) - 1);
    }
    }
}

float floatNumber(const unsigned char* row, int64_t index, int bits) {
    if (bits == 32) {
        float value = 0;
        std::memcpy(&value, row + index * 4, 4);
        return value;
    }
    double value = 0;
    std::memcpy(&value, row + index * 8, 8);
    return static_cast<float>(value);
}

} // namespace

struct TiffPicture::State {
    const RegularFile& file;
    Messages messages;
    View view;
    TIFF* tiff = nullptr;
    Layout layout;
    TiffShape shape;
    std::vector<std::string> notes;

    explicit State(const RegularFile& opened) : file(opened), view{opened} {}
    ~State() {
        const Listening here(messages);
        if (tiff != nullptr)
            TIFFClose(tiff);
    }

    [[noreturn]] void fail(const std::string& fault, const std::string& cure = "get the file again") const {
        throw InputError(file.path(), fault, cure);
    }
    [[noreturn]] void failDamaged() const {
        const std::string why = messages.error.empty() ? "" : " (" + messages.error + ")";
        fail("the picture is damaged or cut short" + why);
    }
    void note(const std::string& text) { raster::addNote(notes, text); }

    template <class T>
    T field(uint32_t tag, T otherwise) const {
        T value = otherwise;
        return TIFFGetFieldDefaulted(tiff, tag, &value) == 1 ? value : otherwise;
    }

    void open(int64_t maxSamples) {
        const int64_t pages = PageList(file).count();
        tiff = TIFFClientOpen("picture", "rm", &view, readView, refuseWrite, seekView, closeView, sizeOfView,
                              nullptr, nullptr);
        if (tiff == nullptr)
            fail("this is no TIFF picture, or it is damaged (" + messages.error + ")");
        if (pages > 1)
            note("the file has " + std::to_string(pages) + " pages; only the first is used");
        readShape(maxSamples);
        checkBlocks();
    }

    void readShape(int64_t maxSamples) {
        layout.bits = field<uint16_t>(TIFFTAG_BITSPERSAMPLE, 1);
        layout.stored = field<uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1);
        layout.planar = field<uint16_t>(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
        layout.format = field<uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
        layout.compression = field<uint16_t>(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
        if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric) != 1)
            layout.photometric = layout.stored >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
        uint32_t width = 0, height = 0;
        TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
        TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
        chooseColors();
        shape.height = height;
        shape.width = width;
        shape.bitsPerSample = layout.byLibrary ? 8 : layout.bits;
        raster::checkSize(file.path(), shape.channels, height, width, maxSamples);
        if (!layout.byLibrary)
            checkSamples();
        if (field<uint16_t>(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT) != ORIENTATION_TOPLEFT)
            note("its orientation is not applied");
    }

    void chooseColors() {
        shape.channels = 3;
        switch (layout.photometric) {
        case PHOTOMETRIC_MINISBLACK:
        case PHOTOMETRIC_MINISWHITE:
            shape.channels = 1;
            layout.used = 1;
            break;
        case PHOTOMETRIC_RGB:
            layout.used = 3;
            break;
        case PHOTOMETRIC_SEPARATED:
            layout.used = 4;
            break;
        case PHOTOMETRIC_PALETTE:
            layout.used = 1;
            readColorMap();
            break;
        case PHOTOMETRIC_YCBCR:
        case PHOTOMETRIC_CIELAB:
        case PHOTOMETRIC_ICCLAB:
        case PHOTOMETRIC_ITULAB:
        case PHOTOMETRIC_LOGL:
        case PHOTOMETRIC_LOGLUV:
            askLibrary();
            break;
        default:
            fail("its kind of colour (" + std::to_string(layout.photometric) + ") is not supported",
                 "convert it to PNG");
        }
        if (!layout.byLibrary && layout.stored < layout.used)
            fail("it has fewer samples per pixel than its colours need");
        if (!layout.byLibrary && layout.stored > layout.used)
            note("transparency and other extra channels are dropped");
    }

    void askLibrary() {
        std::array<char, 1024> why{};
        if (TIFFRGBAImageOK(tiff, why.data()) != 1)
            fail("its colours cannot be converted (" + std::string(why.data()) + ")", "convert it to PNG");
        layout.byLibrary = true;
        note("its colours are converted to 8-bit RGB");
    }

    void readColorMap() {
        auto& map = layout.colorMap;
        if (layout.bits > 16 || layout.stored != 1 ||
            TIFFGetField(tiff, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]) != 1)
            fail("its palette is missing or damaged");
        const size_t entries = size_t{1} << layout.bits;
        for (const uint16_t* channel : map) // some programs write 8-bit entries
            layout.wideColorMap = layout.wideColorMap ||
                                  std::any_of(channel, channel + entries, [](uint16_t v) { return v > 255; });
    }

    void checkSamples() const {
        const int bits = layout.bits;
        const bool whole = layout.format == SAMPLEFORMAT_UINT || layout.format == SAMPLEFORMAT_VOID;
        const bool small = bits == 1 || bits == 2 || bits == 4;
        if (whole && (bits == 8 || bits == 16 || bits == 32 || (small && layout.stored == 1)))
            return;
        const bool real = layout.format == SAMPLEFORMAT_IEEEFP && (bits == 32 || bits == 64);
        if (real && layout.photometric != PHOTOMETRIC_PALETTE)
            return;
        fail("its samples (" + std::to_string(bits) + " bits, format " + std::to_string(layout.format) +
                 ") are not supported",
             "convert it to 8 or 16-bit unsigned or 32-bit float samples");
    }

    /// One strip or tile must be about as large as the picture makes it.
    void checkBlocks() const {
        const bool tiled = TIFFIsTiled(tiff) != 0;
        const uint64_t block = tiled ? TIFFTileSize64(tiff) : TIFFStripSize64(tiff);
        if (block == 0 || block > static_cast<uint64_t>(maxBlockBytes))
            fail("it is stored in blocks of an impossible size");
        if (!tiled)
            return;
        uint32_t width = 0, height = 0;
        TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
        TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
        if (width == 0 || height == 0 || int64_t{width} > shape.width + 65536 ||
            int64_t{height} > shape.height + 65536)
            fail("its tiles have an impossible size");
    }

    /// Puts `count` samples of one block's row to their places. `first`: the colour of the first sample
    /// where planes are apart; otherwise −1.
    void place(const unsigned char* row, int64_t y, int64_t x, int64_t count, int plane,
               std::span<float> out) {
        const bool together = plane < 0;
        const int64_t step = together ? layout.stored : 1;
        for (int color = together ? 0 : plane; color < (together ? layout.used : plane + 1); ++color)
            for (int64_t i = 0; i < count; ++i)
                set(row, i * step + (together ? color : 0), color, y, x + i, out);
    }

    void set(const unsigned char* row, int64_t index, int color, int64_t y, int64_t x, std::span<float> out) {
        const int64_t area = shape.height * shape.width, at = y * shape.width + x;
        if (layout.photometric == PHOTOMETRIC_PALETTE) {
            const auto entry = static_cast<size_t>(wholeNumber(row, index, layout.bits));
            for (int c = 0; c < 3; ++c)
                out[static_cast<size_t>(c * area + at)] =
                    static_cast<float>(layout.colorMap[static_cast<size_t>(c)][entry]) /
                    (layout.wideColorMap ? 65535.0f : 255.0f);
            return;
        }
        float value = 0;
        if (layout.format == SAMPLEFORMAT_IEEEFP)
            value = floatNumber(row, index, layout.bits);
        else
            value = static_cast<float>(wholeNumber(row, index, layout.bits) /
                                       (static_cast<double>(uint64_t{1} << layout.bits) - 1));
        if (layout.photometric == PHOTOMETRIC_MINISWHITE)
            value = 1 - value;
        if (layout.photometric != PHOTOMETRIC_SEPARATED) {
            out[static_cast<size_t>(color * area + at)] = value;
            return;
        }
        // Cyan, magenta, yellow take from the three colours; black, which comes last, from all.
        for (int c = color < 3 ? color : 0; c <= (color < 3 ? color : 2); ++c) {
            float& pixel = out[static_cast<size_t>(c * area + at)];
            pixel = color < 3 ? 1 - value : pixel * (1 - value);
        }
    }

    void decodeStrips(std::span<float> out) {
        const auto rowBytes = TIFFScanlineSize64(tiff);
        uint32_t rowsPerStrip = field<uint32_t>(TIFFTAG_ROWSPERSTRIP, static_cast<uint32_t>(shape.height));
        rowsPerStrip = std::clamp<uint32_t>(rowsPerStrip, 1, static_cast<uint32_t>(shape.height));
        std::vector<unsigned char> strip(static_cast<size_t>(TIFFStripSize64(tiff)));
        const int planes = layout.planar == PLANARCONFIG_SEPARATE ? layout.used : 1;
        for (int plane = 0; plane < planes; ++plane)
            for (int64_t y = 0; y < shape.height; y += rowsPerStrip) {
                const uint32_t number =
                    TIFFComputeStrip(tiff, static_cast<uint32_t>(y), static_cast<uint16_t>(plane));
                const int64_t rows = std::min<int64_t>(rowsPerStrip, shape.height - y);
                const auto wanted = static_cast<tmsize_t>(static_cast<uint64_t>(rows) * rowBytes);
                if (wanted > static_cast<tmsize_t>(strip.size()) ||
                    TIFFReadEncodedStrip(tiff, number, strip.data(), wanted) < wanted)
                    failDamaged();
                for (int64_t row = 0; row < rows; ++row)
                    place(strip.data() + static_cast<uint64_t>(row) * rowBytes, y + row, 0, shape.width,
                          planes > 1 || layout.planar == PLANARCONFIG_SEPARATE ? plane : -1, out);
            }
    }

    void decodeTiles(std::span<float> out) {
        uint32_t tileWidth = 0, tileHeight = 0;
        TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tileWidth);
        TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tileHeight);
        const auto rowBytes = static_cast<uint64_t>(TIFFTileRowSize64(tiff));
        std::vector<unsigned char> tile(static_cast<size_t>(TIFFTileSize64(tiff)));
        if (rowBytes * tileHeight > tile.size())
            failDamaged();
        const bool apart = layout.planar == PLANARCONFIG_SEPARATE;
        for (int plane = 0; plane < (apart ? layout.used : 1); ++plane)
            for (int64_t y = 0; y < shape.height; y += tileHeight)
                for (int64_t x = 0; x < shape.width; x += tileWidth) {
                    const uint32_t number =
                        TIFFComputeTile(tiff, static_cast<uint32_t>(x), static_cast<uint32_t>(y), 0,
                                        static_cast<uint16_t>(plane));
                    const auto whole = static_cast<tmsize_t>(tile.size());
                    if (TIFFReadEncodedTile(tiff, number, tile.data(), whole) < whole)
                        failDamaged();
                    const int64_t rows = std::min<int64_t>(tileHeight, shape.height - y);
                    for (int64_t row = 0; row < rows; ++row)
                        place(tile.data() + static_cast<uint64_t>(row) * rowBytes, y + row, x,
                              std::min<int64_t>(tileWidth, shape.width - x), apart ? plane : -1, out);
                }
    }

    void decodeByLibrary(std::span<float> out) {
        const auto area = static_cast<size_t>(shape.height * shape.width);
        std::vector<uint32_t> packed(area);
        if (TIFFReadRGBAImageOriented(tiff, static_cast<uint32_t>(shape.width),
                                      static_cast<uint32_t>(shape.height), packed.data(),
                                      field<uint16_t>(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT), 1) != 1)
            failDamaged();
        for (size_t i = 0; i < area; ++i) {
            out[i] = static_cast<float>(TIFFGetR(packed[i])) / 255.0f;
            out[area + i] = static_cast<float>(TIFFGetG(packed[i])) / 255.0f;
            out[2 * area + i] = static_cast<float>(TIFFGetB(packed[i])) / 255.0f;
        }
    }
};

TiffPicture::TiffPicture(const RegularFile& file, int64_t maxSamples)
    : state_(std::make_unique<State>(file)) {
    const Listening here(state_->messages);
    state_->open(maxSamples);
}

TiffPicture::~TiffPicture() = default;

const TiffShape& TiffPicture::shape() const {
    return state_->shape;
}

void TiffPicture::decode(std::span<float> out) {
    const Listening here(state_->messages);
    State& state = *state_;
    if (static_cast<int64_t>(out.size()) != state.shape.samples())
        throw std::invalid_argument("the room for a picture has the wrong size");
    if (state.layout.byLibrary)
        state.decodeByLibrary(out);
    else if (TIFFIsTiled(state.tiff) != 0)
        state.decodeTiles(out);
    else
        state.decodeStrips(out);
    if (!state.messages.error.empty())
        state.failDamaged();
    for (const std::string& warning : state.messages.warnings)
        state.note(warning);
}

const std::vector<std::string>& TiffPicture::notes() const {
    return state_->notes;
}

} // namespace galatea::decode
