#include <QtTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include <tiffio.h>

#include "io/raster.h"
#include "tests/support/files.h"

using namespace galatea;

namespace {

constexpr uint32_t width = 37, height = 21;

struct Kind {
    uint16_t photometric = PHOTOMETRIC_MINISBLACK, samples = 1, bits = 8, format = SAMPLEFORMAT_UINT;
    uint16_t compression = COMPRESSION_NONE, planar = PLANARCONFIG_CONTIG;
    uint32_t tile = 0;
    bool big = false;
};

/// A known number for every place; floats use all their bits.
double sample(const Kind& kind, uint32_t y, uint32_t x, int channel) {
    const uint64_t number =
        (y * 7919ULL + x * 104729ULL + static_cast<uint64_t>(channel) * 31ULL + 5) * 2654435761ULL;
    if (kind.format == SAMPLEFORMAT_IEEEFP)
        return static_cast<float>(static_cast<double>(number % 1000003) / 977.0 - 400);
    return static_cast<double>((number >> 8) & ((uint64_t{1} << kind.bits) - 1));
}

void put(std::vector<unsigned char>& row, uint32_t index, const Kind& kind, double value) {
    const uint32_t bytes = kind.bits / 8;
    if (kind.bits < 8) {
        const uint32_t bit = index * kind.bits;
        row[bit / 8] =
            static_cast<unsigned char>(row[bit / 8] | (static_cast<int>(value) << (8 - kind.bits - bit % 8)));
    } else if (kind.format == SAMPLEFORMAT_IEEEFP && kind.bits == 32) {
        const auto number = static_cast<float>(value);
        std::memcpy(&row[index * bytes], &number, bytes);
    } else if (kind.format == SAMPLEFORMAT_IEEEFP) {
        std::memcpy(&row[index * bytes], &value, bytes);
    } else {
        const auto number = static_cast<uint64_t>(value);
        std::memcpy(&row[index * bytes], &number, bytes);
    }
}

/// One row of a block: pixels [x0, x0 + count), all channels or one.
std::vector<unsigned char> rowOf(const Kind& kind, uint32_t y, uint32_t x0, uint32_t count, int plane) {
    const uint32_t each = plane < 0 ? kind.samples : 1;
    std::vector<unsigned char> row((count * each * kind.bits + 7) / 8, 0);
    for (uint32_t x = 0; x < count; ++x)
        for (uint32_t c = 0; c < each; ++c)
            put(row, x * each + c, kind, sample(kind, y, x0 + x, plane < 0 ? static_cast<int>(c) : plane));
    return row;
}

void writePage(TIFF* tiff, const Kind& kind) {
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, kind.photometric);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, kind.samples);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, kind.bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, kind.format);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, kind.compression);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, kind.planar);
    if (kind.photometric == PHOTOMETRIC_PALETTE) {
        std::array<std::vector<uint16_t>, 3> map;
        for (int i = 0; i < (1 << kind.bits); ++i)
            for (size_t c = 0; c < 3; ++c)
                map[c].push_back(static_cast<uint16_t>((i * 4001 + static_cast<int>(c) * 777) & 0xffff));
        TIFFSetField(tiff, TIFFTAG_COLORMAP, map[0].data(), map[1].data(), map[2].data());
    }
    if (kind.photometric == PHOTOMETRIC_RGB && kind.samples == 4) {
        const uint16_t alpha = EXTRASAMPLE_UNASSALPHA;
        TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha);
    }
    const bool apart = kind.planar == PLANARCONFIG_SEPARATE;
    if (kind.tile > 0) {
        TIFFSetField(tiff, TIFFTAG_TILEWIDTH, kind.tile);
        TIFFSetField(tiff, TIFFTAG_TILELENGTH, kind.tile);
    } else {
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, uint32_t{8});
    }
    for (int plane = apart ? 0 : -1; plane < (apart ? kind.samples : 0); ++plane) {
        if (kind.tile == 0)
            for (uint32_t y = 0; y < height; ++y)
                TIFFWriteScanline(tiff, rowOf(kind, y, 0, width, plane).data(), y,
                                  static_cast<uint16_t>(std::max(plane, 0)));
        for (uint32_t y = 0; kind.tile > 0 && y < height; y += kind.tile)
            for (uint32_t x = 0; x < width; x += kind.tile) {
                std::vector<unsigned char> tile;
                for (uint32_t row = 0; row < kind.tile; ++row) {
                    const auto bytes = rowOf(kind, y + row, x, kind.tile, plane);
                    tile.insert(tile.end(), bytes.begin(), bytes.end());
                }
                TIFFWriteTile(tiff, tile.data(), x, y, 0, static_cast<uint16_t>(std::max(plane, 0)));
            }
    }
}

void writeTiff(const std::string& path, const Kind& kind, int pages = 1) {
    TIFF* tiff = TIFFOpen(path.c_str(), kind.big ? "w8" : "w");
    for (int page = 0; page < pages; ++page) {
        writePage(tiff, kind);
        TIFFWriteDirectory(tiff);
    }
    TIFFClose(tiff);
}

/// What the picture must show, computed from the definition of each kind.
float expected(const Kind& kind, uint32_t y, uint32_t x, int color) {
    const double most = kind.format == SAMPLEFORMAT_IEEEFP ? 1 : std::pow(2.0, kind.bits) - 1;
    const auto value = [&](int channel) { return sample(kind, y, x, channel) / most; };
    switch (kind.photometric) {
    case PHOTOMETRIC_MINISWHITE:
        return 1.0f - static_cast<float>(value(0));
    case PHOTOMETRIC_PALETTE:
        return static_cast<float>((static_cast<int>(sample(kind, y, x, 0)) * 4001 + color * 777) & 0xffff) /
               65535.0f;
    case PHOTOMETRIC_SEPARATED:
        return static_cast<float>((1 - value(color)) * (1 - value(3)));
    default:
        return static_cast<float>(value(color));
    }
}

} // namespace

Q_DECLARE_METATYPE(Kind)

class TestTiff : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    std::string path_;

  private Q_SLOTS:
    void initTestCase() {
        path_ = inFolder(folder_, "picture.tif");
        TIFFSetWarningHandler(nullptr);
    }

    void readsEveryKind_data() {
        QTest::addColumn<Kind>("kind");
        const auto row = [](const char* name, const Kind& kind) { QTest::newRow(name) << kind; };
        row("gray 8", {});
        row("gray 1", {.bits = 1});
        row("gray 2", {.bits = 2});
        row("gray 4", {.bits = 4});
        row("gray 16", {.bits = 16});
        row("gray 32", {.bits = 32});
        row("white is zero", {.photometric = PHOTOMETRIC_MINISWHITE});
        row("gray float", {.bits = 32, .format = SAMPLEFORMAT_IEEEFP});
        row("gray double", {.bits = 64, .format = SAMPLEFORMAT_IEEEFP});
        row("palette 8", {.photometric = PHOTOMETRIC_PALETTE});
        row("palette 4", {.photometric = PHOTOMETRIC_PALETTE, .bits = 4});
        row("rgb 8", {.photometric = PHOTOMETRIC_RGB, .samples = 3});
        row("rgb 16 big", {.photometric = PHOTOMETRIC_RGB, .samples = 3, .bits = 16, .big = true});
        row("rgb apart", {.photometric = PHOTOMETRIC_RGB, .samples = 3, .planar = PLANARCONFIG_SEPARATE});
        row("rgba", {.photometric = PHOTOMETRIC_RGB, .samples = 4});
        row("cmyk", {.photometric = PHOTOMETRIC_SEPARATED, .samples = 4});
        row("cmyk apart",
            {.photometric = PHOTOMETRIC_SEPARATED, .samples = 4, .planar = PLANARCONFIG_SEPARATE});
        row("rgb tiles", {.photometric = PHOTOMETRIC_RGB, .samples = 3, .tile = 16});
        row("rgb tiles apart",
            {.photometric = PHOTOMETRIC_RGB, .samples = 3, .planar = PLANARCONFIG_SEPARATE, .tile = 16});
        row("float tiles", {.bits = 32, .format = SAMPLEFORMAT_IEEEFP, .tile = 32});
        row("lzw", {.bits = 16, .compression = COMPRESSION_LZW});
        row("deflate", {.bits = 16, .compression = COMPRESSION_ADOBE_DEFLATE});
        row("packbits", {.compression = COMPRESSION_PACKBITS});
        row("fax", {.bits = 1, .compression = COMPRESSION_CCITTFAX4});
    }

    void readsEveryKind() {
        QFETCH(const Kind, kind);
        writeTiff(path_, kind);
        const Raster raster = readRaster(path_);
        const bool gray =
            kind.photometric == PHOTOMETRIC_MINISBLACK || kind.photometric == PHOTOMETRIC_MINISWHITE;
        QCOMPARE(raster.pixels.shape(), (std::vector<int64_t>{gray ? 1 : 3, height, width}));
        QCOMPARE(raster.bitsPerSample, int{kind.bits});
        float worst = 0;
        for (int color = 0; color < (gray ? 1 : 3); ++color)
            for (uint32_t y = 0; y < height; ++y)
                for (uint32_t x = 0; x < width; ++x)
                    worst = std::max(worst,
                                     std::abs(raster.pixels.at(color, y, x) - expected(kind, y, x, color)));
        // CMYK multiplies two rounded numbers; all others are exact.
        QVERIFY2(worst <= (kind.photometric == PHOTOMETRIC_SEPARATED ? 2e-7f : 0.0f),
                 qPrintable(QString::number(worst)));
        QCOMPARE(raster.notes.size(), size_t{kind.samples == 4 && kind.photometric == PHOTOMETRIC_RGB});
    }

    void readsJpegInsideAsColours() {
        TIFF* tiff = TIFFOpen(path_.c_str(), "w");
        const Kind kind{.photometric = PHOTOMETRIC_YCBCR, .samples = 3, .compression = COMPRESSION_JPEG};
        TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, uint32_t{32});
        TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, uint32_t{16});
        TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, kind.photometric);
        TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, kind.samples);
        TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, kind.bits);
        TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, kind.planar);
        TIFFSetField(tiff, TIFFTAG_COMPRESSION, kind.compression);
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, uint32_t{16});
        std::vector<unsigned char> row;
        for (int x = 0; x < 32; ++x)
            row.insert(row.end(), {200, 100, 50});
        for (uint32_t y = 0; y < 16; ++y)
            TIFFWriteScanline(tiff, row.data(), y, 0);
        TIFFClose(tiff);
        const Raster raster = readRaster(path_);
        QCOMPARE(raster.pixels.shape(), (std::vector<int64_t>{3, 16, 32}));
        QVERIFY(std::abs(raster.pixels.at(0, 8, 16) - 200 / 255.0f) < 0.02f);
        QVERIFY(std::abs(raster.pixels.at(2, 8, 16) - 50 / 255.0f) < 0.02f);
    }

    void fromMemoryAsFromAFile() {
        writeTiff(path_, {});
        const Raster file = readRaster(path_), memory = decodeRaster(readBytes(path_), "x");
        QVERIFY(std::ranges::equal(file.pixels.values(), memory.pixels.values()));
        QVERIFY(looksLikeRaster(path_));
    }

    void notesThatOnlyTheFirstPageIsUsed() {
        writeTiff(path_, {}, 7);
        const Raster raster = readRaster(path_);
        QCOMPARE(raster.notes.size(), size_t{1});
        QVERIFY(raster.notes[0].find("7 pages") != std::string::npos);
    }

    void refusesPagesInARing() {
        writeTiff(path_, {}, 3);
        std::string bytes = readBytes(path_);
        const auto number = [&](size_t at, int count) {
            uint32_t value = 0;
            std::memcpy(&value, &bytes[at], static_cast<size_t>(count));
            return value;
        };
        const uint32_t first = number(4, 4);
        const size_t link = first + 2 + number(first, 2) * 12;
        const uint32_t second = number(link, 4);
        std::memcpy(&bytes[second + 2 + number(second, 2) * 12], &first, 4);
        writeBytes(path_, bytes);
        QVERIFY(QString::fromStdString(errorOf([&] { readRaster(path_); })).contains("circle"));
    }

    void checksTheSizeBeforeDecoding() {
        writeTiff(path_, {.photometric = PHOTOMETRIC_RGB, .samples = 3});
        QCOMPARE(readRaster(path_, width * height * 3).pixels.size(), int64_t{width * height * 3});
        QVERIFY_THROWS_EXCEPTION(InputError, readRaster(path_, width * height * 3 - 1));
    }

    void everyTruncationIsAnError() {
        writeTiff(path_, {.compression = COMPRESSION_LZW});
        for (const std::string& cut : truncations(readBytes(path_), 60)) {
            writeBytes(path_, cut);
            QVERIFY_THROWS_EXCEPTION(InputError, readRaster(path_));
        }
    }

    void noDamageHurts() {
        const Kind lzw{.bits = 16, .compression = COMPRESSION_LZW};
        const Kind tiles{.photometric = PHOTOMETRIC_RGB,
                         .samples = 3,
                         .compression = COMPRESSION_ADOBE_DEFLATE,
                         .tile = 16};
        for (const Kind& kind : {lzw, tiles}) {
            writeTiff(path_, kind);
            const std::string bytes = readBytes(path_);
            int refused = 0;
            for (const std::string& damaged : flippedBytes(bytes, 0, bytes.size(), 500))
                refused += !errorOf([&] { decodeRaster(damaged, "x.tif"); }).empty();
            QVERIFY(refused > 20);
        }
    }
};

QTEST_GUILESS_MAIN(TestTiff)
#include "test_tiff.moc"
