#include <QtTest>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <set>

#include "core/error.h"
#include "data/simulator.h"
#include "data/simulator_profiles.h"
#include "data/simulator_scene.h"
#include "data/simulator_truth.h"

using namespace galatea;
using namespace galatea::simulation;

namespace {
std::vector<int64_t> firstRows(int64_t count) {
    std::vector<int64_t> rows(static_cast<size_t>(count));
    std::iota(rows.begin(), rows.end(), 0);
    return rows;
}

std::vector<float> pixels(const Array& array) {
    const auto span = array.values();
    return {span.begin(), span.end()};
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    return values.at(values.size() / 2);
}

/// Image [bands, size, size] of the object without its field.
std::vector<float> portrait(SimulatedObject object, const SimulationOptions& options,
                            const std::vector<size_t>& bands) {
    object.companions.clear();
    object.foreground.clear();
    std::vector<float> image(bands.size() * static_cast<size_t>(options.size * options.size));
    drawImage(object, options, bands, image.data());
    return image;
}

/// Colour g−r of the rows of one type, optionally between two redshifts.
std::vector<double> colours(const Table& catalog, const std::string& type, double low = 0, double high = 1) {
    std::vector<double> result;
    for (int64_t row = 0; row < catalog.rowCount(); ++row) {
        const double z = catalog.find("redshift")->number(row);
        if (catalog.find("type")->text(row) == type && z >= low && z < high)
            result.push_back(catalog.find("mag_g")->number(row) - catalog.find("mag_r")->number(row));
    }
    return result;
}

struct Moments {
    double sum = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
};

/// First and second moments within a round Gaussian window.
Moments momentsOf(const std::vector<float>& image, int64_t size, double window) {
    const double half = 0.5 * static_cast<double>(size - 1);
    Moments m;
    for (int64_t y = 0; y < size; ++y)
        for (int64_t x = 0; x < size; ++x) {
            const double dx = static_cast<double>(x) - half, dy = static_cast<double>(y) - half;
            const double w = static_cast<double>(image[static_cast<size_t>(y * size + x)]) *
                             std::exp(-0.5 * (dx * dx + dy * dy) / (window * window));
            m.sum += w;
            m.xx += w * dx * dx;
            m.yy += w * dy * dy;
            m.xy += w * dx * dy;
        }
    return m;
}
} // namespace

class TestSimulator : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void incompleteGammaMatchesClosedForms();
    void sersicProfileIntegratesToItsFormula_data();
    void sersicProfileIntegratesToItsFormula();
    void drawnSersicHoldsHalfItsLightInsideItsRadius_data();
    void drawnSersicHoldsHalfItsLightInsideItsRadius();
    void pointSpreadIsTheMoffatFunction();
    void convolutionKeepsFluxAndAgreesWithPointSource();
    void sameSeedSameImages();
    void imagesDependOnNeitherThreadsNorOrderNorCount();
    void bandsAreDrawnAlikeInAnyCompany();
    void fluxIsThatOfTheCatalogue();
    void orientationIsThatOfTheCatalogue();
    void ellipticalsAreRedderThanSpirals();
    void redshiftReddensAndDims();
    void noiseIsAsAnnounced();
    void photonNoiseGrowsWithLight();
    void everyTypeOccurs();
    void starFractionIsHonoured();
    void catalogueIsDescribed();
    void rescaledImagesSpanZeroToOne();
    void wrongOptionsAreRefused();
    void stopsWhenAsked();
};

void TestSimulator::incompleteGammaMatchesClosedForms() {
    for (const double x : {0.05, 0.7, 1.9, 2.1, 3.5, 9.0, 30.0}) {
        QVERIFY(std::abs(incompleteGamma(1, x) - (1 - std::exp(-x))) < 1e-12);
        QVERIFY(std::abs(incompleteGamma(2, x) - (1 - (1 + x) * std::exp(-x))) < 1e-12);
        QVERIFY(std::abs(incompleteGamma(0.5, x) - std::erf(std::sqrt(x))) < 1e-12);
    }
}

void TestSimulator::sersicProfileIntegratesToItsFormula_data() {
    QTest::addColumn<double>("index");
    for (const double index : {0.8, 1.0, 2.5, 4.0, 6.0})
        QTest::addRow("n = %.1f", index) << index;
}

void TestSimulator::sersicProfileIntegratesToItsFormula() {
    QFETCH(double, index);
    const double radius = 3.2, ratio = 0.55;
    const SersicProfile profile(index, radius, ratio);
    // Midpoints in s = r^{1/2n}, where the integrand is smooth.
    double total = 0, half = 0;
    const double top = std::pow(4000 * radius, 1 / (2 * index));
    const int steps = 400000;
    for (int step = 0; step < steps; ++step) {
        const double s = (step + 0.5) * top / steps, r = std::pow(s, 2 * index);
        const double ring = 2 * std::numbers::pi * r * ratio * 2 * index * r / s * top / steps;
        total += ring * profile(r * r);
        if (r < radius)
            half += ring * profile(r * r);
    }
    QVERIFY2(std::abs(total - 1) < 2e-3, qPrintable(QString::number(total)));
    QVERIFY2(std::abs(half - 0.5) < 2e-3, qPrintable(QString::number(half)));
    QVERIFY(std::abs(profile.enclosed(radius) - 0.5) < 1e-4);
}

void TestSimulator::drawnSersicHoldsHalfItsLightInsideItsRadius_data() {
    sersicProfileIntegratesToItsFormula_data();
}

void TestSimulator::drawnSersicHoldsHalfItsLightInsideItsRadius() {
    QFETCH(double, index);
    const double radius = 12, ratio = 0.6, angle = 0.7;
    Plane plane(801, 0);
    // Off the pixel's centre: the cusp must be right wherever it falls.
    const Placement place{400.3, 399.8, std::cos(angle), std::sin(angle), ratio};
    const SersicProfile profile(index, radius, ratio);
    addSersic(plane, profile, place, 1, 800);
    QVERIFY2(std::abs(plane.sum() / profile.enclosed(440) - 1) < 0.02,
             qPrintable(QString::number(plane.sum())));
    double inside = 0;
    for (int64_t y = 0; y < 801; ++y)
        for (int64_t x = 0; x < 801; ++x) {
            const double dx = static_cast<double>(x) - place.x, dy = static_cast<double>(y) - place.y;
            const double a = dx * place.cosine + dy * place.sine,
                         b = (dy * place.cosine - dx * place.sine) / ratio;
            inside += a * a + b * b < radius * radius ? static_cast<double>(plane.row(y)[x]) : 0.0;
        }
    QVERIFY2(std::abs(inside - 0.5) < 0.01, qPrintable(QString::number(inside)));
}

void TestSimulator::pointSpreadIsTheMoffatFunction() {
    const double width = 9;
    const PointSpread spread(width);
    const double alpha = width / (2 * std::sqrt(std::cbrt(2.0) - 1));
    const double peak = 2 / (std::numbers::pi * alpha * alpha); // (β − 1) / π α²
    for (const double r : {0.0, 2.0, 4.5, 7.0, 9.0}) {
        double mixture = 0;
        for (const auto& part : spread.parts)
            mixture += part.weight / (2 * std::numbers::pi * part.sigma * part.sigma) *
                       std::exp(-0.5 * r * r / (part.sigma * part.sigma));
        const double moffat = peak * std::pow(1 + r * r / (alpha * alpha), -3);
        QVERIFY2(std::abs(mixture - moffat) < 0.005 * peak, qPrintable(QString::number(r)));
    }
}

void TestSimulator::convolutionKeepsFluxAndAgreesWithPointSource() {
    const PointSpread spread(6);
    Plane spike(61, 20), star(61, 20);
    spike.row(30)[30] = 5;
    convolve(spike, spread);
    addPoint(star, spread, 30, 30, 5);
    QVERIFY(std::abs(spike.sum() - 5) < 0.005);
    QVERIFY(std::abs(star.sum() - 5) < 0.005);
    // The spike is a point sampled at pixel centres, the star is integrated over pixels.
    for (const int64_t x : {30, 32, 35, 40})
        QVERIFY(std::abs(spike.row(30)[x] - star.row(30)[x]) < 0.02 * star.row(30)[30]);
}

void TestSimulator::sameSeedSameImages() {
    SimulationOptions options;
    options.count = 12;
    const auto one = simulate(options), two = simulate(options);
    QVERIFY(pixels(one->read(firstRows(12))) == pixels(two->read(firstRows(12))));
    options.seed = 2;
    QVERIFY(pixels(one->read(firstRows(1))) != pixels(simulate(options)->read(firstRows(1))));
    // Neighbouring objects differ as well.
    const auto rows = std::vector<int64_t>{3};
    QVERIFY(pixels(one->read(firstRows(1))) != pixels(one->read(rows)));
}

void TestSimulator::imagesDependOnNeitherThreadsNorOrderNorCount() {
    SimulationOptions options;
    options.count = 40;
    options.size = 48;
    options.threads = 1;
    const auto alone = simulate(options);
    options.threads = 3;
    options.count = 25;
    const auto together = simulate(options);
    const Array straight = alone->read(firstRows(24));
    QVERIFY(pixels(straight) == pixels(together->read(firstRows(24))));
    const std::vector<int64_t> mixed{17, 3, 3, 20, 0, 11, 8, 23};
    const Array shuffled = together->read(mixed);
    for (size_t n = 0; n < mixed.size(); ++n)
        QVERIFY(pixels(shuffled.row(static_cast<int64_t>(n))) == pixels(straight.row(mixed[n])));
    const Column *few = together->catalog().find("mag_r"), *many = alone->catalog().find("mag_r");
    for (int64_t row = 0; row < 25; ++row)
        QCOMPARE(few->number(row), many->number(row));
    const std::vector<int64_t> outside{25};
    QVERIFY_EXCEPTION_THROWN(together->read(outside), std::out_of_range);
}

void TestSimulator::bandsAreDrawnAlikeInAnyCompany() {
    SimulationOptions options;
    options.count = 6;
    const Array all = simulate(options)->read(firstRows(6));
    options.bands = "r";
    const Array red = simulate(options)->read(firstRows(6));
    QCOMPARE(red.dim(1), int64_t{1});
    for (int64_t n = 0; n < 6; ++n)
        QVERIFY(pixels(all.row(n).row(2)) == pixels(red.row(n).row(0)));
    options.bands = "r,g"; // always in the order of the survey
    QVERIFY((simulate(options)->info().bands == std::vector<std::string>{"g", "r"}));
}

void TestSimulator::fluxIsThatOfTheCatalogue() {
    SimulationOptions options;
    options.size = 320;
    options.pixelScale = 0.5;
    options.noise = 0;
    options.starFraction = 0.1;
    const std::vector<size_t> bands{1, 2, 4};
    std::map<Morphology, int> seen;
    for (int64_t index = 0; index < 160; ++index) {
        const auto object = drawTruth(options, index);
        if (!object.galaxies.empty() && object.galaxies.front().halfLightRadius > 4.5)
            continue; // its wings would not fit
        if (seen[object.type]++ >= 5)
            continue;
        const auto image = portrait(object, options, bands);
        const auto expected = object.fluxes();
        for (size_t n = 0; n < bands.size(); ++n) {
            const auto begin = image.begin() + static_cast<std::ptrdiff_t>(n) * 320 * 320;
            const double ratio = std::accumulate(begin, begin + 320 * 320, 0.0) / expected[bands[n]];
            QVERIFY2(ratio > 0.95 && ratio < 1.03, qPrintable(QString("object %1 (%2), band %3: %4")
                                                                  .arg(index)
                                                                  .arg(morphologyName(object.type).data())
                                                                  .arg(bands[n])
                                                                  .arg(ratio)));
        }
    }
    QCOMPARE(seen.size(), size_t{8});
}

void TestSimulator::orientationIsThatOfTheCatalogue() {
    SimulationOptions options;
    options.size = 96;
    options.noise = 0;
    int checked = 0;
    for (int64_t index = 0; index < 400 && checked < 30; ++index) {
        const auto object = drawTruth(options, index);
        const bool smooth = object.type == Morphology::Elliptical || object.type == Morphology::EdgeOn;
        if (!smooth || object.galaxies.front().axisRatio() > 0.75)
            continue;
        const auto m = momentsOf(portrait(object, options, {2}), 96, 12);
        double difference = 0.5 * std::atan2(2 * m.xy, m.xx - m.yy) - object.galaxies.front().angle;
        difference = std::remainder(difference, std::numbers::pi);
        QVERIFY2(std::abs(difference) < 0.12, qPrintable(QString("%1: %2").arg(index).arg(difference)));
        ++checked;
    }
    QCOMPARE(checked, 30);
}

void TestSimulator::ellipticalsAreRedderThanSpirals() {
    SimulationOptions options;
    options.count = 3000;
    const auto data = simulate(options);
    const auto colour = [&](const char* type) { return median(colours(data->catalog(), type, 0.03, 0.09)); };
    QVERIFY(colour("elliptical") > colour("spiral") + 0.2);
    QVERIFY(colour("lenticular") > colour("spiral") + 0.1);
    QVERIFY(colour("spiral") > median(colours(data->catalog(), "irregular")) + 0.1);
    // Known values: passive galaxies nearby have g−r about 0.8.
    const double nearby = median(colours(data->catalog(), "elliptical", 0.01, 0.05));
    QVERIFY2(nearby > 0.7 && nearby < 0.95, qPrintable(QString::number(nearby)));
}

void TestSimulator::redshiftReddensAndDims() {
    SimulationOptions options;
    options.count = 6000;
    const auto data = simulate(options);
    for (const char* type : {"elliptical", "spiral", "edge-on disc"}) {
        const double near = median(colours(data->catalog(), type, 0.01, 0.04));
        const double middle = median(colours(data->catalog(), type, 0.05, 0.08));
        const double far = median(colours(data->catalog(), type, 0.09, 0.25));
        QVERIFY2(near < middle && middle < far, type);
    }
    RandomStream random(5);
    Galaxy galaxy = drawGalaxy(Morphology::Elliptical, random);
    galaxy.redshift = 0.05;
    const auto near = galaxy.fluxes();
    galaxy.redshift = 0.2;
    const auto far = galaxy.fluxes();
    // Four times the distance: about 1/18 in i, and less in g because of the break.
    QVERIFY(far[3] < near[3] / 12 && far[3] > near[3] / 25);
    QVERIFY(far[1] / near[1] < 0.75 * far[3] / near[3]);
}

void TestSimulator::noiseIsAsAnnounced() {
    SimulationOptions options;
    options.count = 400;
    options.bands = "gr";
    options.starFraction = 1;
    options.pixelScale = 0.396;
    for (const double factor : {1.0, 2.5}) {
        options.noise = factor;
        const auto data = simulate(options);
        const Table& catalog = data->catalog();
        const Array images = data->read(firstRows(options.count));
        double chi2[2] = {0, 0}, mean[2] = {0, 0};
        int64_t counted = 0;
        for (int64_t row = 0; row < options.count; ++row) {
            if (catalog.find("companions")->number(row) + catalog.find("foreground_stars")->number(row) > 0)
                continue;
            for (int64_t n = 0; n < 100; ++n, ++counted)
                for (int64_t band = 0; band < 2; ++band) {
                    const double sigma = catalog.find(band == 0 ? "sky_noise_g" : "sky_noise_r")->number(row);
                    const double x = static_cast<double>(images.at(row, band, n / 10, n % 10)) / sigma;
                    chi2[band] += x * x;
                    mean[band] += x;
                }
        }
        QVERIFY(counted > 10000);
        const auto total = static_cast<double>(counted);
        for (int band = 0; band < 2; ++band) {
            QVERIFY2(std::abs(chi2[band] / total - 1) < 5 * std::sqrt(2 / total),
                     qPrintable(QString::number(chi2[band] / total)));
            QVERIFY(std::abs(mean[band] / total) < 5 / std::sqrt(total));
        }
    }
}

void TestSimulator::photonNoiseGrowsWithLight() {
    SimulationOptions options;
    options.count = 60;
    options.bands = "r";
    const Array noisy = simulate(options)->read(firstRows(60));
    options.noise = 0;
    const auto data = simulate(options);
    const Array clean = data->read(firstRows(60));
    options.noise = 1;
    double bright = 0, count = 0;
    for (int64_t row = 0; row < 60; ++row) {
        const double sky = skyDeviation(drawTruth(options, row), options, 2);
        for (int64_t i = 0; i < 64 * 64; ++i) {
            const double light = static_cast<double>(clean.at(row, int64_t{0}, i / 64, i % 64));
            const double excess = static_cast<double>(noisy.at(row, int64_t{0}, i / 64, i % 64)) - light;
            if (light < 0.5)
                continue;
            bright += excess * excess / (sky * sky + light / electronsPerNanomaggy[2]);
            ++count;
        }
    }
    QVERIFY(count > 500);
    QVERIFY2(std::abs(bright / count - 1) < 5 * std::sqrt(2 / count),
             qPrintable(QString::number(bright / count)));
}

void TestSimulator::everyTypeOccurs() {
    SimulationOptions options;
    options.count = 1500;
    options.starFraction = 0.1;
    const auto data = simulate(options);
    std::map<std::string, int> types;
    std::set<std::string> labels;
    for (int64_t row = 0; row < options.count; ++row) {
        ++types[data->catalog().find("type")->text(row)];
        labels.insert(data->catalog().find("label")->text(row));
    }
    QCOMPARE(types.size(), size_t{8});
    QCOMPARE(labels.size(), size_t{6});
    for (const auto& [type, count] : types)
        QVERIFY2(count > 50, type.c_str());
}

void TestSimulator::starFractionIsHonoured() {
    SimulationOptions options;
    options.count = 4000;
    options.starFraction = 0.3;
    const auto data = simulate(options);
    int stars = 0;
    for (int64_t row = 0; row < options.count; ++row)
        if (data->catalog().find("type")->text(row) == "star") {
            ++stars;
            QVERIFY(std::isnan(data->catalog().find("sersic_n")->number(row)));
            QCOMPARE(data->catalog().find("redshift")->number(row), 0.0);
        }
    QVERIFY(std::abs(stars - 1200) < 5 * std::sqrt(4000 * 0.3 * 0.7));
}

void TestSimulator::catalogueIsDescribed() {
    SimulationOptions options;
    options.count = 20;
    options.bands = "gri";
    const auto data = simulate(options);
    QCOMPARE(data->catalog().rowCount(), int64_t{20});
    for (const char* name : {"id", "type", "label", "redshift", "mag_g", "mag_r", "mag_i", "bulge_fraction",
                             "sersic_n", "radius", "axis_ratio", "angle", "arms", "bar", "companions"})
        QVERIFY2(data->catalog().find(name), name);
    QVERIFY(!data->catalog().find("mag_u"));
    QCOMPARE(data->catalog().find("mag_r")->unit, std::string("mag"));
    QCOMPARE(data->catalog().find("radius")->unit, std::string("arcsec"));
    for (const auto& column : data->catalog().columns())
        QVERIFY2(!column.description.empty(), column.name.c_str());
    QCOMPARE(data->info().unit, std::string("nanomaggy"));
    QCOMPARE(data->info().channels, int64_t{3});
}

void TestSimulator::rescaledImagesSpanZeroToOne() {
    SimulationOptions options;
    options.count = 40;
    options.starFraction = 0.2;
    options.rescale = true;
    for (const char* bands : {"r", "gri"})
        for (const double noise : {0.0, 1.0}) {
            options.bands = bands;
            options.noise = noise;
            const Array images = simulate(options)->read(firstRows(40));
            for (int64_t row = 0; row < 40; ++row) {
                const auto values = pixels(images.row(row));
                const auto [low, high] = std::minmax_element(values.begin(), values.end());
                QCOMPARE(*low, 0.f);
                QCOMPARE(*high, 1.f);
            }
        }
}

void TestSimulator::wrongOptionsAreRefused() {
    const auto refused = [](auto change) {
        SimulationOptions options;
        options.count = 2;
        change(options);
        try {
            simulate(options);
        } catch (const UsageError&) {
            return true;
        }
        return false;
    };
    QVERIFY(!refused([](auto&) {}));
    QVERIFY(refused([](auto& o) { o.bands = "gry"; }));
    QVERIFY(refused([](auto& o) { o.bands = ""; }));
    QVERIFY(refused([](auto& o) { o.count = 0; }));
    QVERIFY(refused([](auto& o) { o.size = 4; }));
    QVERIFY(refused([](auto& o) { o.starFraction = 1.5; }));
    QVERIFY(refused([](auto& o) { o.noise = std::nan(""); }));
}

void TestSimulator::stopsWhenAsked() {
    SimulationOptions options;
    std::stop_source source;
    source.request_stop();
    options.count = 200000;
    QVERIFY_EXCEPTION_THROWN(simulate(options, source.get_token()), Interrupted);
}

QTEST_GUILESS_MAIN(TestSimulator)
#include "test_simulator.moc"
