#include <QtTest>

#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

#include "io/compressed_fits.h"
#include "io/regular_file.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

/// Writes CASE.fits.fz, CASE.f32 (astropy's own values as big as the image) and prints for each where it
/// lies.
const char* const makeCases = R"(
import sys, warnings
import numpy as np
from astropy.io import fits
warnings.simplefilter('ignore')
out = sys.argv[1]
rng = np.random.default_rng(5)
y, x = np.mgrid[0:61, 0:97]
smooth = 1000 + 30 * np.sin(x / 9.0) + 20 * np.cos(y / 7.0)
i32 = np.round(smooth + rng.normal(0, 8, smooth.shape)).astype(np.int32)
f32 = (smooth + rng.normal(0, 3, smooth.shape)).astype(np.float32)
nan = f32.copy(); nan[3:7, 10:30] = np.nan
cube = np.stack([f32, f32 * 2, f32 - 900])
cases = {}
for kind in ('RICE_1', 'GZIP_1', 'GZIP_2', 'HCOMPRESS_1'):
    cases[kind + '_u8'] = (i32 % 200).astype(np.uint8), dict(compression_type=kind)
    cases[kind + '_i16'] = i32.astype(np.int16), dict(compression_type=kind)
    cases[kind + '_i32'] = i32 * 60000, dict(compression_type=kind)
    cases[kind + '_u16'] = (i32 * 30).astype(np.uint16), dict(compression_type=kind)
    cases[kind + '_f32'] = f32, dict(compression_type=kind, quantize_level=16)
    cases[kind + '_tiles'] = i32, dict(compression_type=kind, tile_size=[32, 17])
cases['PLIO_1_i16'] = (i32 % 100).astype(np.int16), dict(compression_type='PLIO_1')
cases['PLIO_1_tiles'] = (i32 % 7).astype(np.int32), dict(compression_type='PLIO_1', tile_size=[50, 9])
for kind in ('GZIP_1', 'GZIP_2'):
    cases[kind + '_lossless'] = f32, dict(compression_type=kind, quantize_level=0)
    cases[kind + '_lossless_nan'] = nan, dict(compression_type=kind, quantize_level=0)
    cases[kind + '_lossless_f64'] = f32.astype(np.float64) / 3, dict(compression_type=kind, quantize_level=0)
for method in (-1, 1, 2):
    zeros = f32.copy(); zeros[20:22] = 0
    cases['RICE_1_dither%d' % method] = zeros, dict(compression_type='RICE_1', quantize_method=method, dither_seed=77)
cases['RICE_1_nan'] = nan, dict(compression_type='RICE_1', quantize_level=8)
cases['HCOMPRESS_1_lossy'] = i32, dict(compression_type='HCOMPRESS_1', hcomp_scale=4)
cases['RICE_1_cube'] = cube, dict(compression_type='RICE_1')
cases['GZIP_2_cube'] = cube.astype(np.int16), dict(compression_type='GZIP_2', tile_size=[97, 61, 2])
for kind in ('RICE_1', 'GZIP_2', 'HCOMPRESS_1'):
    cases[kind + '_scaled'] = i32.astype(np.int16), dict(compression_type=kind)
    cases[kind + '_wide_scaled'] = i32, dict(compression_type=kind)
cases['RICE_1_line'] = i32[5], dict(compression_type='RICE_1')
for name, (data, options) in cases.items():
    path = '%s/%s.fits.fz' % (out, name)
    fits.CompImageHDU(data, **options).writeto(path, overwrite=True)
    if name.endswith('scaled'):  # BSCALE, BZERO and BLANK over what is stored
        with fits.open(path, disable_image_compression=True, mode='update') as f:
            f[1].header['BSCALE'], f[1].header['BZERO'], f[1].header['ZBLANK'] = 0.37, -12.5, 1003
            f[1].header['BLANK'] = 1003
    with fits.open(path) as f:
        values = np.array(f[1].data)
    if name.endswith('scaled'):  # astropy scales 16 bits in float32; the standard's arithmetic is this
        values = data * np.float64(0.37) - 12.5
        values[data == 1003] = np.nan
    values.astype('<f4').tofile('%s/%s.f32' % (out, name))
    with fits.open(path, disable_image_compression=True) as f:
        info = f[1].fileinfo(); h = f[1].header
        used = h['NAXIS1'] * h['NAXIS2'] + h['PCOUNT']
        print(name, info['hdrLoc'], info['datLoc'] - info['hdrLoc'], used, *reversed(values.shape))
)";

struct Case {
    QString name;
    CompressedFitsImage image;
};

} // namespace

class TestCompressedFits : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    std::vector<Case> cases_;

    std::string pathOf(const QString& name) { return folder_.filePath(name + ".fits.fz").toStdString(); }

    std::vector<float> valuesOf(const QString& name) {
        const std::string bytes = readBytes(folder_.filePath(name + ".f32").toStdString());
        std::vector<float> values(bytes.size() / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }

    static Array read(const std::string& path, const CompressedFitsImage& image, int64_t begin, int64_t end) {
        const RegularFile file = openRegular(path);
        return readCompressedFits(file.descriptor(), path, image, begin, end).values;
    }

    static int64_t rowsOf(const CompressedFitsImage& image) {
        int64_t rows = 1;
        for (size_t axis = 1; axis < image.axes.size(); ++axis)
            rows *= image.axes[axis];
        return rows;
    }

    /// Bit for bit, NaN for NaN.
    static int differences(const Array& ours, std::span<const float> theirs) {
        int count = ours.size() == static_cast<int64_t>(theirs.size()) ? 0 : 1;
        for (size_t i = 0; i < theirs.size() && count == 0; ++i) {
            const float one = ours.values()[i], other = theirs[i];
            count += !(one == other || (std::isnan(one) && std::isnan(other)));
        }
        return count;
    }

  private Q_SLOTS:
    void initTestCase() {
        const QString python = pythonThatCan("import astropy.io.fits, numpy");
        if (python.isEmpty())
            QSKIP("no python3 with astropy here");
        const QString said = pythonSays(python, makeCases, {folder_.path()});
        for (const QString& line : said.split('\n')) {
            const QStringList words = line.split(' ');
            QVERIFY2(words.size() >= 5, qPrintable(said));
            Case one{words[0], {words[1].toLongLong(), words[2].toLongLong(), words[3].toLongLong(), {}}};
            for (const QString& axis : words.mid(4))
                one.image.axes.push_back(axis.toLongLong());
            cases_.push_back(one);
        }
    }

    void everyKindAgreesWithAstropy() {
        QVERIFY(cases_.size() > 30);
        for (const Case& one : cases_) {
            const Array values = read(pathOf(one.name), one.image, 0, rowsOf(one.image));
            QVERIFY2(differences(values, valuesOf(one.name)) == 0, qPrintable(one.name));
        }
    }

    void anyRowsAreTheSameRows() {
        for (const Case& one : cases_) {
            const int64_t rows = rowsOf(one.image), width = one.image.axes[0];
            const std::vector<float> all = valuesOf(one.name);
            for (const auto& [begin, end] :
                 {std::pair{rows / 3, rows / 3 + 1}, {rows / 2, rows}, {int64_t{0}, int64_t{0}}}) {
                const Array values = read(pathOf(one.name), one.image, begin, end);
                QCOMPARE(values.shape(), (std::vector<int64_t>{end - begin, width}));
                const auto part = std::span(all).subspan(static_cast<size_t>(begin * width),
                                                         static_cast<size_t>((end - begin) * width));
                QVERIFY2(differences(values, part) == 0, qPrintable(one.name));
            }
            QVERIFY_THROWS_EXCEPTION(std::out_of_range, read(pathOf(one.name), one.image, 0, rows + 1));
        }
    }

    void aShapeThatIsNotTheFilesIsRefused() {
        Case one = cases_.front();
        one.image.axes[0] += 1;
        QVERIFY_THROWS_EXCEPTION(InputError, read(pathOf(one.name), one.image, 0, 1));
        one = cases_.front();
        one.image.dataBytes -= 1;
        QVERIFY_THROWS_EXCEPTION(InputError, read(pathOf(one.name), one.image, 0, 1));
        one = cases_.front();
        one.image.headerOffset += 2880;
        QVERIFY_THROWS_EXCEPTION(InputError, read(pathOf(one.name), one.image, 0, 1));
    }

    /// Anything but a dead program, a hang or a result of another size.
    void noDamageHurts() {
        const std::string path = folder_.filePath("damaged.fits.fz").toStdString();
        int refused = 0, tried = 0;
        for (const QString name :
             {"RICE_1_f32", "HCOMPRESS_1_i32", "GZIP_2_i16", "PLIO_1_i16", "GZIP_1_lossless"})
            for (const Case& one : cases_) {
                if (one.name != name)
                    continue;
                const std::string bytes = readBytes(pathOf(name));
                const auto start = static_cast<size_t>(one.image.headerOffset + one.image.headerBytes);
                for (const std::string& damaged :
                     flippedBytes(bytes, start, start + static_cast<size_t>(one.image.dataBytes), 100)) {
                    writeBytes(path, damaged);
                    ++tried;
                    try {
                        QCOMPARE(read(path, one.image, 0, rowsOf(one.image)).size(),
                                 rowsOf(one.image) * one.image.axes[0]);
                    } catch (const InputError&) {
                        ++refused;
                    }
                }
                for (const std::string& damaged :
                     flippedBytes(bytes, static_cast<size_t>(one.image.headerOffset), start, 100, 12)) {
                    writeBytes(path, damaged);
                    ++tried;
                    refused += !errorOf([&] { read(path, one.image, 0, rowsOf(one.image)); }).empty();
                }
            }
        QCOMPARE(tried, 1000);
        QVERIFY(refused > 200);
    }

    void severalThreadsReadAtOnce() {
        const Case& one = cases_.front();
        const std::vector<float> expected = valuesOf(one.name);
        std::atomic<int> wrong = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 20; ++i)
                    wrong += differences(read(pathOf(one.name), one.image, 0, rowsOf(one.image)), expected);
            });
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(wrong.load(), 0);
    }
};

QTEST_GUILESS_MAIN(TestCompressedFits)
#include "test_compressed_fits.moc"
