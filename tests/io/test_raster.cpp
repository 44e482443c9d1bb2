#include <QtTest>

#include <cmath>
#include <cstdio>

#include <jpeglib.h>
#include <png.h>

#include "io/raster.h"
#include "tests/support/files.h"

using namespace galatea;

namespace {

constexpr int side = 9;

/// Known samples for any bit depth: position and channel make the value.
int sample(int channel, int y, int x, int most) {
    return (channel * 37 + y * 11 + x * 5) % (most + 1);
}

void appendBytes(png_structp png, png_bytep bytes, size_t count) {
    static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(bytes), count);
}

/// A PNG written by libpng itself; `type` and `bits` as in the PNG header.
std::string pngOf(int type, int bits, int channels, bool interlaced = false) {
    std::string out;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &out, appendBytes, [](png_structp) {});
    png_set_IHDR(png, info, side, side, bits, type, interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (type == PNG_COLOR_TYPE_PALETTE) {
        std::vector<png_color> palette;
        for (int i = 0; i < (1 << bits); ++i)
            palette.push_back({png_byte(i), png_byte(255 - i), png_byte(i / 2)});
        png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
    }
    png_write_info(png, info);
    png_set_packing(png); // one byte per sample below 8 bits
    std::vector<std::vector<png_byte>> rows;
    for (int y = 0; y < side; ++y) {
        rows.emplace_back();
        for (int x = 0; x < side; ++x)
            for (int c = 0; c < channels; ++c) {
                const int value = sample(c, y, x, (1 << bits) - 1);
                if (bits == 16)
                    rows.back().push_back(png_byte(value >> 8));
                rows.back().push_back(png_byte(value & 255));
            }
    }
    std::vector<png_bytep> pointers;
    for (auto& row : rows)
        pointers.push_back(row.data());
    png_write_image(png, pointers.data());
    png_write_end(png, nullptr);
    png_destroy_write_struct(&png, &info);
    return out;
}

std::string jpegOf(J_COLOR_SPACE space, int components, int width, int height, bool progressive = false) {
    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char* buffer = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &buffer, &size);
    info.image_width = static_cast<JDIMENSION>(width);
    info.image_height = static_cast<JDIMENSION>(height);
    info.input_components = components;
    info.in_color_space = space;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 100, TRUE);
    if (progressive)
        jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    for (int y = 0; y < height; ++y) {
        std::vector<JSAMPLE> row;
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < components; ++c)
                row.push_back(JSAMPLE(40 + 50 * c + y / 2)); // smooth: the coding loses next to nothing
        JSAMPROW pointer = row.data();
        jpeg_write_scanlines(&info, &pointer, 1);
    }
    jpeg_finish_compress(&info);
    std::string out(reinterpret_cast<char*>(buffer), size);
    jpeg_destroy_compress(&info);
    std::free(buffer);
    return out;
}

} // namespace

class TestRaster : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void decodesEveryKindOfPng_data() {
        QTest::addColumn<int>("type");
        QTest::addColumn<int>("bits");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("kept");
        for (const int bits : {1, 2, 4, 8, 16})
            QTest::addRow("gray %d", bits) << PNG_COLOR_TYPE_GRAY << bits << 1 << 1;
        for (const int bits : {8, 16}) {
            QTest::addRow("rgb %d", bits) << PNG_COLOR_TYPE_RGB << bits << 3 << 3;
            QTest::addRow("gray alpha %d", bits) << PNG_COLOR_TYPE_GRAY_ALPHA << bits << 2 << 1;
            QTest::addRow("rgb alpha %d", bits) << PNG_COLOR_TYPE_RGB_ALPHA << bits << 4 << 3;
        }
    }
    void decodesEveryKindOfPng() {
        QFETCH(int, type);
        QFETCH(int, bits);
        QFETCH(int, channels);
        QFETCH(int, kept);
        const int most = (1 << bits) - 1;
        for (const bool interlaced : {false, true}) {
            const Raster raster = decodeRaster(pngOf(type, bits, channels, interlaced), "x.png");
            QCOMPARE(raster.pixels.shape(), (std::vector<int64_t>{kept, side, side}));
            QCOMPARE(raster.bitsPerSample, bits == 16 ? 16 : 8);
            QCOMPARE(raster.notes.size(), channels == kept ? size_t(0) : size_t(1));
            for (int c = 0; c < kept; ++c)
                for (int y = 0; y < side; ++y)
                    for (int x = 0; x < side; ++x)
                        QCOMPARE(raster.pixels.at(c, y, x), float(sample(c, y, x, most)) / float(most));
        }
    }

    void decodesPalettes() {
        for (const int bits : {1, 2, 4, 8}) {
            const Raster raster = decodeRaster(pngOf(PNG_COLOR_TYPE_PALETTE, bits, 1), "x.png");
            QCOMPARE(raster.pixels.dim(0), 3);
            const int index = sample(0, 4, 7, (1 << bits) - 1);
            QCOMPARE(raster.pixels.at(0, 4, 7), float(index) / 255.0f);
            QCOMPARE(raster.pixels.at(1, 4, 7), float(255 - index) / 255.0f);
            QCOMPARE(raster.pixels.at(2, 4, 7), float(index / 2) / 255.0f);
        }
    }

    void decodesJpeg() {
        const Raster gray = decodeRaster(jpegOf(JCS_GRAYSCALE, 1, 20, 30), "g.jpg");
        QCOMPARE(gray.pixels.shape(), (std::vector<int64_t>{1, 30, 20}));
        QVERIFY(std::abs(gray.pixels.at(0, 10, 3) * 255 - 45) < 2);
        for (const bool progressive : {false, true}) {
            const Raster rgb = decodeRaster(jpegOf(JCS_RGB, 3, 20, 30, progressive), "c.jpg");
            QCOMPARE(rgb.pixels.shape(), (std::vector<int64_t>{3, 30, 20}));
            for (int c = 0; c < 3; ++c)
                QVERIFY(std::abs(rgb.pixels.at(c, 10, 3) * 255 - float(40 + 50 * c + 5)) < 4);
        }
    }

    /// libjpeg writes CMYK as Adobe does: 255 is no ink.
    void decodesCmyk() {
        const Raster raster = decodeRaster(jpegOf(JCS_CMYK, 4, 20, 30), "k.jpg");
        QCOMPARE(raster.pixels.shape(), (std::vector<int64_t>{3, 30, 20}));
        for (int c = 0; c < 3; ++c) {
            const double expected = (40 + 50 * c + 5) * (40 + 150 + 5) / (255.0 * 255.0);
            QVERIFY(std::abs(raster.pixels.at(c, 10, 3) - expected) < 0.01);
        }
    }

    void notesAJpegThatIsCutShort() {
        const std::string bytes = jpegOf(JCS_RGB, 3, 200, 200);
        const Raster raster = decodeRaster(bytes.substr(0, bytes.size() / 2), "half.jpg");
        QCOMPARE(raster.notes, std::vector<std::string>{"the picture is cut short"});
        QVERIFY(std::abs(raster.pixels.at(0, 0, 0) * 255 - 40) < 4); // the first rows are all there
    }

    void checksTheSizeBeforeDecoding() {
        const std::string png = pngOf(PNG_COLOR_TYPE_RGB, 8, 3);
        QCOMPARE(decodeRaster(png, "x.png", side * side * 3).pixels.size(), side * side * 3);
        QVERIFY_THROWS_EXCEPTION(InputError, decodeRaster(png, "x.png", side * side * 3 - 1));
        const std::string jpeg = jpegOf(JCS_GRAYSCALE, 1, 20, 30);
        QVERIFY_THROWS_EXCEPTION(InputError, decodeRaster(jpeg, "x.jpg", 599));
    }

    void trustsBytesNotNames() {
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "picture.jpg");
        writeBytes(path, pngOf(PNG_COLOR_TYPE_GRAY, 8, 1));
        QVERIFY(looksLikeRaster(path));
        QCOMPARE(readRaster(path).pixels.dim(1), side);
        for (const std::string& other : {std::string("GIF89a...."), std::string("<svg/>"), std::string()}) {
            writeBytes(path, other);
            QVERIFY(!looksLikeRaster(path));
            QVERIFY_THROWS_EXCEPTION(InputError, readRaster(path));
        }
    }

    void everyTruncatedPngIsAnError() {
        const std::string bytes = pngOf(PNG_COLOR_TYPE_RGB, 8, 3);
        // The last 12 bytes are the end mark, without which the pixels are still whole.
        for (const std::string& cut : truncations(bytes.substr(0, bytes.size() - 12), 150))
            QVERIFY_THROWS_EXCEPTION(InputError, decodeRaster(cut, "x.png"));
        const Raster whole = decodeRaster(bytes.substr(0, bytes.size() - 6), "x.png");
        QCOMPARE(whole.notes.size(), size_t(1));
    }

    void noDamageCrashes() {
        int refused = 0, read = 0;
        for (const std::string& bytes :
             {pngOf(PNG_COLOR_TYPE_RGB, 8, 3), pngOf(PNG_COLOR_TYPE_PALETTE, 4, 1, true),
              jpegOf(JCS_RGB, 3, 40, 40), jpegOf(JCS_RGB, 3, 40, 40, true), jpegOf(JCS_CMYK, 4, 24, 24)}) {
            for (const std::string& damaged : flippedBytes(bytes, 8, bytes.size(), 500)) {
                const bool failed = !errorOf([&] { decodeRaster(damaged, "x"); }).empty();
                ++(failed ? refused : read);
            }
            for (const std::string& cut : truncations(bytes, 100))
                errorOf([&] { decodeRaster(cut, "x"); });
        }
        QVERIFY2(refused > 200 && read > 50, qPrintable(QString("%1 %2").arg(refused).arg(read)));
    }

    void writesPngThatReadsBack() {
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "out.png");
        for (const int64_t channels : {1, 3}) {
            Array image({channels, 5, 7});
            for (int64_t i = 0; i < image.size(); ++i)
                image.data()[i] = static_cast<float>(i % 256) / 255.0f;
            writePng(path, image);
            const Raster back = readRaster(path);
            QCOMPARE(back.pixels.shape(), image.shape());
            QVERIFY(std::ranges::equal(back.pixels.values(), image.values()));
            png_image seen{}; // libpng's own simple reader
            seen.version = PNG_IMAGE_VERSION;
            QVERIFY(png_image_begin_read_from_file(&seen, path.c_str()) != 0);
            seen.format = PNG_FORMAT_RGB;
            std::vector<png_byte> samples(PNG_IMAGE_SIZE(seen));
            QVERIFY(png_image_finish_read(&seen, nullptr, samples.data(), 0, nullptr) != 0);
            QCOMPARE(samples.size(), size_t(7 * 5 * 3));
            QCOMPARE(int(samples[(4 * 7 + 6) * 3]), qRound(image.at(0, 4, 6) * 255));
        }
    }

    void clampsWhatAPngCannotHold() {
        QTemporaryDir folder;
        const std::string path = inFolder(folder, "out.png");
        writePng(path, Array({1, 1, 4}, {-3.0f, 7.0f, NAN, 0.5f}));
        const Raster back = readRaster(path);
        QCOMPARE(back.pixels.at(0, 0, 0), 0.0f);
        QCOMPARE(back.pixels.at(0, 0, 1), 1.0f);
        QCOMPARE(back.pixels.at(0, 0, 2), 0.0f);
        QCOMPARE(back.pixels.at(0, 0, 3), 128 / 255.0f);
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, writePng(path, Array({2, 4, 4})));
        QVERIFY_THROWS_EXCEPTION(UsageError, writePng(inFolder(folder, "no/out.png"), Array({1, 4, 4})));
    }
};

QTEST_GUILESS_MAIN(TestRaster)
#include "test_raster.moc"
