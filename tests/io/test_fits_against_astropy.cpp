// Every kind of pixel and column astropy writes comes back to the last bit. Skipped where there is no
// astropy.

#include <QtTest>

#include <bit>
#include <cmath>

#include "io/fits_reader.h"
#include "tests/support/files.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

/// Writes NAME.fits and NAME.f32 (what it must read as, by the standard's own arithmetic in float64).
const char* imagesScript = R"(
import sys, numpy as np, warnings
from astropy.io import fits
warnings.simplefilter('ignore')
folder = sys.argv[1]
rng = np.random.default_rng(5)
kinds = {8: np.uint8, 16: np.int16, 32: np.int32, 64: np.int64, -32: np.float32, -64: np.float64}
scalings = [(1, 0), (0.1, 3.7), (2.5e-7, -1e4), (1, 32768), (1, 2147483648), (-3, 0.5)]
count = 0
for bitpix, kind in kinds.items():
    for scale, zero in scalings:
        for blank in (None, 5):
            if bitpix > 0:
                info = np.iinfo(kind)
                stored = rng.integers(info.min, info.max, (3, 7, 11), dtype=kind, endpoint=True)
                stored.flat[:4] = 5, info.min, info.max, 0
            else:
                stored = (rng.normal(size=(3, 7, 11)) * 1e3).astype(kind)
                stored.flat[0] = np.nan
            hdu = fits.PrimaryHDU(stored)
            hdu.header['BSCALE'], hdu.header['BZERO'] = scale, zero
            if blank is not None and bitpix > 0: hdu.header['BLANK'] = blank
            name = f'{folder}/image{count}'
            with open(name + '.fits', 'wb') as f:
                f.write(hdu.header.tostring(sep='', endcard=True, padding=True).encode())
                data = stored.astype(stored.dtype.newbyteorder('>')).tobytes()
                f.write(data + b'\0' * (-len(data) % 2880))
            with fits.open(name + '.fits', do_not_scale_image_data=True) as f:
                assert np.array_equal(f[0].data, stored, equal_nan=bitpix < 0)
            if scale == 1 and zero == 0: value = stored.astype(np.float32)
            else: value = (zero + scale * stored.astype(np.float64)).astype(np.float32)
            if blank is not None and bitpix > 0: value[stored == blank] = np.nan
            value.astype('<f4').tofile(name + '.f32')
            count += 1
for kind in (np.uint16, np.uint32, np.uint64, np.int8):
    info = np.iinfo(kind)
    data = rng.integers(info.min, info.max, (3, 7, 11), dtype=kind, endpoint=True)
    fits.PrimaryHDU(data).writeto(f'{folder}/image{count}.fits')
    data.astype(np.float32).astype('<f4').tofile(f'{folder}/image{count}.f32')
    count += 1
print(count)
)";

const char* tableScript = R"(
import sys, numpy as np, warnings
from astropy.io import fits
warnings.simplefilter('ignore')
rng = np.random.default_rng(6)
n = 50
columns = [fits.Column('b', 'B', array=rng.integers(0, 255, n).astype(np.uint8)),
           fits.Column('i', 'I', array=rng.integers(-9, 9, n)), fits.Column('j', 'J', array=rng.integers(-9, 9, n)),
           fits.Column('k', 'K', array=rng.integers(-2**62, 2**62, n)),
           fits.Column('ui', 'I', bzero=32768, array=rng.integers(0, 65535, n).astype(np.uint16)),
           fits.Column('uj', 'J', bzero=2147483648, array=rng.integers(0, 2**32 - 1, n).astype(np.uint32)),
           fits.Column('e', 'E', array=rng.normal(size=n), unit='mag'), fits.Column('d', 'D', array=rng.normal(size=n)),
           fits.Column('l', 'L', array=rng.integers(0, 2, n) > 0),
           fits.Column('a', '9A', array=[f'name {i}' for i in range(n)]),
           fits.Column('v', '3D', array=rng.normal(size=(n, 3))),
           fits.Column('stamp', '256E', dim='(16,16)', array=rng.normal(size=(n, 16, 16)).astype(np.float32)),
           fits.Column('p', 'PE()', array=np.array([np.zeros(i % 3) for i in range(n)], dtype=object))]
fits.BinTableHDU.from_columns(columns).writeto(sys.argv[1] + '/table.fits')
text = [fits.Column('i', 'I6', array=rng.integers(-999, 999, n)), fits.Column('f', 'F9.3', array=rng.normal(size=n)),
        fits.Column('e', 'E15.7', array=rng.normal(size=n)), fits.Column('d', 'D25.17', array=rng.normal(size=n)),
        fits.Column('a', 'A5', array=[f'x{i}' for i in range(n)])]
fits.TableHDU.from_columns(text).writeto(sys.argv[1] + '/text.fits')
for name in ('table', 'text'):
    data = fits.getdata(f'{sys.argv[1]}/{name}.fits', 1)
    for c in data.columns.names:
        if c in ('p', 'stamp'): continue
        for row in range(n):
            v = data[c][row]
            parts = v if isinstance(v, np.ndarray) else [v]
            for j, x in enumerate(parts):
                label = c if len(parts) == 1 else f'{c}_{j + 1}'
                x = int(x) if isinstance(x, (bool, np.bool_, np.integer)) else x
                print(name, label, row, float(x).hex() if isinstance(x, (float, np.floating)) else x, sep='\t')
data = fits.getdata(sys.argv[1] + '/table.fits', 1)['stamp']
data.astype('<f4').tofile(sys.argv[1] + '/stamps.f32')
)";

} // namespace

class TestFitsAgainstAstropy : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;
    QString python_;

    std::vector<float> floats(const QString& name) const {
        const std::string bytes = readBytes(folder_.filePath(name).toStdString());
        std::vector<float> values(bytes.size() / 4);
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }

    static int64_t differing(std::span<const float> a, const std::vector<float>& b) {
        int64_t count = a.size() == b.size() ? 0 : -1;
        for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
            count += std::isnan(a[i]) != std::isnan(b[i]) ||
                     (!std::isnan(a[i]) && std::bit_cast<uint32_t>(a[i]) != std::bit_cast<uint32_t>(b[i]));
        return count;
    }

  private Q_SLOTS:
    void initTestCase() {
        python_ = pythonThatCan("import astropy.io.fits");
        if (python_.isEmpty())
            QSKIP("there is no Python with astropy");
    }

    void everyImageAgreesToTheLastBit() {
        const QString said = pythonSays(python_, imagesScript, {folder_.path()});
        const int count = said.toInt();
        QVERIFY2(count == 6 * 6 * 2 + 4, qPrintable(said));
        for (int i = 0; i < count; ++i) {
            const QString name = QString("image%1").arg(i);
            const FitsReader file(folder_.filePath(name + ".fits").toStdString());
            const Array read = file.readImage(file.hdus()[0]);
            QCOMPARE(read.shape(), (std::vector<int64_t>{3, 7, 11}));
            QVERIFY2(differing(read.values(), floats(name + ".f32")) == 0, qPrintable(name));
        }
    }

    void everyColumnAgrees() {
        const QString said = pythonSays(python_, tableScript, {folder_.path()});
        QVERIFY2(!said.startsWith("python failed"), qPrintable(said.left(2000)));
        std::map<QString, Table> tables;
        for (const QString name : {"table", "text"}) {
            const FitsReader file(folder_.filePath(name + ".fits").toStdString());
            std::vector<std::string> notes;
            tables[name] = file.readTable(file.hdus()[1], notes);
            QCOMPARE(notes.size(), size_t(name == "table" ? 1 : 0)); // the column of varying length
        }
        QCOMPARE(tables["table"].find("e")->unit, std::string("mag"));
        int compared = 0;
        for (const QString& line : said.split('\n')) {
            const QStringList parts = line.split('\t');
            const Column* column = tables[parts[0]].find(parts[1].toStdString());
            QVERIFY2(column != nullptr, qPrintable(line));
            const int row = parts[2].toInt();
            if (parts[3].contains("0x"))
                QCOMPARE(column->number(row), std::strtod(parts[3].toUtf8().constData(), nullptr));
            else
                QCOMPARE(column->text(row), parts[3].toStdString());
            ++compared;
        }
        QCOMPARE(compared, 50 * (13 + 5));
        const FitsReader file(folder_.filePath("table.fits").toStdString());
        const FitsHdu& hdu = file.hdus()[1];
        const auto stamp = std::find_if(hdu.columns.begin(), hdu.columns.end(),
                                        [](const FitsColumn& column) { return column.name == "stamp"; });
        QVERIFY(stamp != hdu.columns.end());
        const Array stamps = file.readImageColumn(hdu, *stamp, 0, 50);
        QCOMPARE(stamps.shape(), (std::vector<int64_t>{50, 1, 16, 16}));
        QCOMPARE(differing(stamps.values(), floats("stamps.f32")), int64_t(0));
    }

    /// What astropy's own test files hold.
    void oddFilesAgree() {
        const QDir odd(QString::fromStdString(materialFolder()) + "/fits-odd");
        if (!odd.exists())
            QSKIP("the odd FITS files are not here");
        const char* script = R"(
import sys, numpy as np, warnings
from astropy.io import fits
warnings.simplefilter('ignore')
for name in sys.argv[2:]:
    with fits.open(name, do_not_scale_image_data=True) as f:
        for i, h in enumerate(f):
            if not isinstance(h, (fits.PrimaryHDU, fits.ImageHDU)) or isinstance(h, fits.CompImageHDU) or h.data is None or h.data.size == 0: continue
            s, z, b = h.header.get('BSCALE', 1), h.header.get('BZERO', 0), h.header.get('BLANK')
            v = h.data.astype(np.float32) if (s, z) == (1, 0) else (z + s * h.data.astype(np.float64)).astype(np.float32)
            if b is not None and h.header['BITPIX'] > 0: v[h.data == b] = np.nan
            v.astype('<f4').tofile(f'{sys.argv[1]}/odd{i}-' + name.split('/')[-1])
            print(name, i, sep='\t')
)";
        QStringList arguments{folder_.path()};
        for (const char* name : {"arange.fits", "blank.fits", "checksum.fits", "scale.fits", "test0.fits",
                                 "fixed-1890.fits", "o4sp040b0_raw.fits", "dist.fits"})
            arguments << odd.filePath(name);
        const QString said = pythonSays(python_, script, arguments);
        QVERIFY2(!said.startsWith("python failed"), qPrintable(said.left(2000)));
        int compared = 0;
        for (const QString& line : said.split('\n')) {
            const QStringList parts = line.split('\t');
            const FitsReader file(parts[0].toStdString());
            const Array read = file.readImage(file.hdus().at(size_t(parts[1].toInt())));
            const QString name = QString("odd%1-%2").arg(parts[1], QFileInfo(parts[0]).fileName());
            QVERIFY2(differing(read.values(), floats(name)) == 0, qPrintable(name));
            ++compared;
        }
        QVERIFY(compared >= 10);
    }
};

QTEST_GUILESS_MAIN(TestFitsAgainstAstropy)
#include "test_fits_against_astropy.moc"
