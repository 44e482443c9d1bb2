// What the survey import owes to real frames: three SDSS fields and one of KiDS and VIKING beside the
// project.
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <map>

#include "data/open_dataset.h"
#include "data/survey/import_frames.h"
#include "io/csv.h"
#include "tests/support/files.h"

using namespace galatea;
using namespace galatea::survey;

namespace {

struct Known {
    double x = 0, y = 0, radius = 0; ///< pixels; radius of its isophote's area
    SkyPosition sky;
    std::map<std::string, double> magnitudes;
};

std::map<std::string, std::vector<Known>> readKnown(const std::string& path,
                                                    const std::vector<std::string>& bands) {
    const CsvTable table = readCsv(path);
    const auto cell = [&](const char* name, int64_t row) {
        const int64_t column = table.find(name);
        return column < 0 ? QString()
                          : QString::fromStdString(
                                table.columns[static_cast<size_t>(column)][static_cast<size_t>(row)]);
    };
    const bool sdss = table.find("field") >= 0;
    std::map<std::string, std::vector<Known>> result;
    for (int64_t row = 0; row < table.rowCount(); ++row) {
        Known known;
        known.x = cell(sdss ? "x_rframe" : "x", row).toDouble();
        known.y = cell(sdss ? "y_rframe" : "y", row).toDouble();
        known.radius = std::sqrt(cell("npix", row).toDouble() / std::numbers::pi);
        known.sky = {cell("ra", row).toDouble(), cell("dec", row).toDouble()};
        for (const std::string& band : bands) {
            bool good = false;
            const double value = cell(band.c_str(), row).toDouble(&good);
            known.magnitudes[band] = good ? value : NAN;
        }
        result[cell("field", row).toStdString()].push_back(known);
    }
    return result;
}

double median(std::vector<double> values) {
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty())
        return NAN;
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
}

struct Match {
    int64_t bright = 0, found = 0, aside = 0;
    std::vector<std::pair<size_t, int64_t>> pairs; ///< known, row
};

/// Known sources brighter than the limit with one of ours within `reach` pixels. Pairs that one of the two
/// lists divides and the other does not (several within the known isophote) are counted aside.
Match matched(const std::vector<Known>& known, const Table& catalog, const std::vector<int64_t>& rows,
              double limit, double reach) {
    Match match;
    for (size_t i = 0; i < known.size(); ++i) {
        if (!(known[i].magnitudes.at("r") < limit))
            continue;
        ++match.bright;
        double nearest = 1e9;
        int64_t best = -1, ours = 0, theirs = 0;
        for (const int64_t row : rows) {
            const double distance = std::hypot(catalog.find("x")->number(row) - known[i].x,
                                               catalog.find("y")->number(row) - known[i].y);
            ours += distance < 1.3 * known[i].radius;
            if (distance < nearest) {
                nearest = distance;
                best = row;
            }
        }
        for (const Known& other : known)
            theirs += std::hypot(other.x - known[i].x, other.y - known[i].y) < 1.3 * known[i].radius;
        if (nearest < reach) {
            ++match.found;
            match.pairs.emplace_back(i, best);
        } else if (ours > 1 || theirs > 1) {
            ++match.aside;
        }
    }
    return match;
}

/// Centre of a compact source near the middle of one plane, Gaussian weight of 2 pixels deviation.
PixelPosition windowedCentre(const Array& plane) {
    const int64_t size = plane.dim(0);
    const double half = static_cast<double>(size - 1) / 2;
    PixelPosition at{0, 0};
    for (int step = 0; step < 12; ++step) {
        double sum = 0, x = 0, y = 0;
        for (int64_t j = 0; j < size; ++j)
            for (int64_t i = 0; i < size; ++i) {
                const double dx = static_cast<double>(i) - half - at.x,
                             dy = static_cast<double>(j) - half - at.y;
                const double w = static_cast<double>(plane.at(j, i)) * std::exp(-(dx * dx + dy * dy) / 8);
                sum += w;
                x += w * dx;
                y += w * dy;
            }
        at.x += 2 * x / sum;
        at.y += 2 * y / sum;
    }
    return at;
}

/// Level of the outer pixels of a plane, clipped at 2.5 deviations, and their deviation.
std::pair<double, double> borderLevel(const Array& plane) {
    std::vector<double> values;
    const int64_t size = plane.dim(0);
    for (int64_t j = 0; j < size; ++j)
        for (int64_t i = 0; i < size; ++i)
            if (std::min({i, j, size - 1 - i, size - 1 - j}) < 6 && plane.at(j, i) != 0)
                values.push_back(static_cast<double>(plane.at(j, i)));
    double centre = 0, deviation = 0;
    for (int round = 0; round < 4 && !values.empty(); ++round) {
        centre = median(values);
        double sum = 0;
        for (const double value : values)
            sum += (value - centre) * (value - centre);
        deviation = std::sqrt(sum / static_cast<double>(values.size()));
        std::erase_if(values, [&](double value) { return std::abs(value - centre) > 2.5 * deviation; });
    }
    return {centre, deviation};
}

} // namespace

class TestSurveyMaterial : public QObject {
    Q_OBJECT
    QTemporaryDir folder_;

    std::map<std::string, std::vector<int64_t>> rowsByField(const Table& catalog) {
        std::map<std::string, std::vector<int64_t>> rows;
        for (int64_t row = 0; row < catalog.rowCount(); ++row)
            rows[catalog.find("field")->text(row)].push_back(row);
        return rows;
    }

    void compareBands(const DatasetPtr& data, const std::vector<int64_t>& rows) {
        const Table& catalog = data->catalog();
        const auto& flags = std::get<std::vector<int64_t>>(catalog.find("flags")->values);
        std::map<std::string, std::vector<double>> apart;
        for (const int64_t row : rows) {
            const bool star = (flags[static_cast<size_t>(row)] & (1 | 2 | 256 | 512 | 1024)) == 0 &&
                              catalog.find("ellipticity")->number(row) < 0.15 &&
                              catalog.find("signal_to_noise")->number(row) > 80 &&
                              catalog.find("signal_to_noise")->number(row) < 3000;
            if (!star)
                continue;
            const Array stamp = data->readOne(row);
            const PixelPosition here = windowedCentre(stamp.row(2)); // r
            for (size_t band = 0; band < data->info().bands.size(); ++band) {
                const std::string& name = data->info().bands[band];
                if (catalog.find("flux_auto_" + name)->number(row) <
                    20 * catalog.find("flux_auto_err_" + name)->number(row))
                    continue;
                const PixelPosition there = windowedCentre(stamp.row(static_cast<int64_t>(band)));
                apart[name].push_back(std::hypot(there.x - here.x, there.y - here.y));
            }
        }
        for (const auto& [band, offsets] : apart) {
            qInfo("    %s beside r: median offset of %zu stars %.3f pixel", band.c_str(), offsets.size(),
                  median(offsets));
            QVERIFY(offsets.size() < 5 || median(offsets) < 0.2);
        }
    }

  private Q_SLOTS:
    void sdss() {
        const std::string material = materialFolder() + "/sdss";
        if (!QFile::exists(QString::fromStdString(material + "/sources.csv")))
            QSKIP("the SDSS frames are not beside the project");
        const std::string output = inFolder(folder_, "sdss.h5");
        const SurveyReport report = importFrames({material}, output, {});
        const DatasetPtr data = openDataset(output);
        QCOMPARE(data->info().bands, (std::vector<std::string>{"u", "g", "r", "i", "z"}));
        QCOMPARE(report.fields.size(), size_t(3));
        auto rows = rowsByField(data->catalog());
        for (auto& [field, known] : readKnown(material + "/sources.csv", data->info().bands)) {
            const Match match = matched(known, data->catalog(), rows[field], 21, 1 / data->info().pixelScale);
            const double share =
                static_cast<double>(match.found) / static_cast<double>(match.bright - match.aside);
            qInfo("  %s: %lld of %lld brighter than r = 21 (%lld blends aside): %.1f %%", field.c_str(),
                  static_cast<long long>(match.found), static_cast<long long>(match.bright),
                  static_cast<long long>(match.aside), 100 * share);
            QVERIFY(match.bright > 100 && share >= 0.95);
            QVERIFY(match.aside < match.bright / 20);
            for (const std::string& band : data->info().bands) {
                std::vector<double> differences;
                double worst = 0;
                for (const auto& [index, row] : match.pairs) {
                    const double theirs = known[index].magnitudes.at(band);
                    if (theirs < 21)
                        differences.push_back(data->catalog().find("mag_iso_" + band)->number(row) - theirs);
                    const SkyPosition ours{data->catalog().find("ra")->number(row),
                                           data->catalog().find("dec")->number(row)};
                    worst = std::max(worst, skySeparation(ours, known[index].sky));
                }
                qInfo("    %s: isophotal magnitude − listed, median of %zu: %.3f", band.c_str(),
                      differences.size(), median(differences));
                QVERIFY(std::abs(median(differences)) < 0.2);
                QVERIFY(worst < 1.01);
            }
            compareBands(data, rows[field]);
        }
    }

    void kids() {
        const std::string material = materialFolder() + "/kids-viking";
        if (!QFile::exists(QString::fromStdString(material + "/sources.csv")))
            QSKIP("the KiDS and VIKING frames are not beside the project");
        const std::string output = inFolder(folder_, "kids.h5");
        SurveyOptions options;
        options.zeroPoints = {"u=0", "g=0", "r=0", "i=0", "Z=30", "Y=30", "J=30", "H=30", "Ks=30"};
        importFrames({material}, output, options);
        const DatasetPtr data = openDataset(output);
        QCOMPARE(data->info().channels, 9);
        QCOMPARE(data->info().bands.back(), std::string("Ks"));
        QCOMPARE(data->info().unit, std::string("nanomaggy"));
        auto rows = rowsByField(data->catalog());
        const auto known = readKnown(material + "/sources.csv", data->info().bands).at("");
        const Match match = matched(known, data->catalog(), rows.begin()->second, 22, 1 / 0.339);
        const double share =
            static_cast<double>(match.found) / static_cast<double>(match.bright - match.aside);
        qInfo("  %lld of %lld brighter than r = 22 (%lld blends aside): %.1f %%",
              static_cast<long long>(match.found), static_cast<long long>(match.bright),
              static_cast<long long>(match.aside), 100 * share);
        QVERIFY(share >= 0.95);
        std::vector<double> differences;
        for (const auto& [index, row] : match.pairs)
            differences.push_back(data->catalog().find("mag_iso_r")->number(row) -
                                  known[index].magnitudes.at("r"));
        qInfo("    r: isophotal magnitude − listed, median %.3f", median(differences));
        QVERIFY(std::abs(median(differences)) < 0.2);
        checkSeam(data);
    }

  private:
    /// The sky of the cut-outs left of, on and right of the seam, in units of the noise of one pixel.
    static void checkSeam(const DatasetPtr& data) {
        std::vector<std::vector<std::pair<double, double>>> levels(9); // x, level; by band
        std::vector<std::vector<double>> noise(9);
        for (int64_t row = 0; row < data->size(); ++row) {
            const double x = data->catalog().find("x")->number(row);
            if (x > 1700)
                continue;
            const Array stamp = data->readOne(row);
            for (int64_t band = 0; band < 9; ++band) {
                const auto [level, deviation] = borderLevel(stamp.row(band));
                levels[static_cast<size_t>(band)].emplace_back(x, level);
                noise[static_cast<size_t>(band)].push_back(deviation);
            }
        }
        for (size_t band = 0; band < 9; ++band) {
            const auto between = [&](double low, double high) {
                std::vector<double> values;
                for (const auto& [x, level] : levels[band])
                    if (x >= low && x < high)
                        values.push_back(level);
                return median(values) / median(noise[band]);
            };
            const double left = between(0, 800), on = between(800, 950), right = between(950, 1700);
            qInfo("    %s: sky left of the seam %.3f, on it %.3f, right of it %.3f (noise of a pixel = 1)",
                  data->info().bands[band].c_str(), left, on, right);
            QVERIFY(std::abs(left - right) < 0.05);
            QVERIFY(std::abs(on - right) < 0.1);
        }
    }
};

QTEST_GUILESS_MAIN(TestSurveyMaterial)
#include "test_survey_material.moc"
