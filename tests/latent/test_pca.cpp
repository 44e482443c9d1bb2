#include <QtTest>

#include <cmath>
#include <fstream>

#include "core/error.h"
#include "core/random.h"
#include "latent/pca.h"
#include "mixture/row_blocks.h"
#include "tests/support/python.h"

using namespace galatea;

namespace {

/// Correlated rows far from the origin.
Array correlatedRows(int64_t rows, int64_t dims, uint64_t seed) {
    RandomStream random(seed, "rows");
    std::vector<double> mixing(static_cast<size_t>(dims * dims));
    for (double& entry : mixing)
        entry = random.normal();
    Array z({rows, dims});
    std::vector<double> plain(static_cast<size_t>(dims));
    for (int64_t n = 0; n < rows; ++n) {
        for (int64_t d = 0; d < dims; ++d)
            plain[static_cast<size_t>(d)] = random.normal() * static_cast<double>(1 + d);
        for (int64_t d = 0; d < dims; ++d) {
            double value = 30 - static_cast<double>(d);
            for (int64_t e = 0; e < dims; ++e)
                value += mixing[static_cast<size_t>(d * dims + e)] * plain[static_cast<size_t>(e)];
            z.at(n, d) = static_cast<float>(value);
        }
    }
    return z;
}

double columnVariance(const Array& table, int64_t column) {
    double mean = 0, squares = 0;
    for (int64_t n = 0; n < table.dim(0); ++n)
        mean += table.at(n, column) / static_cast<double>(table.dim(0));
    for (int64_t n = 0; n < table.dim(0); ++n)
        squares += (table.at(n, column) - mean) * (table.at(n, column) - mean);
    return squares / static_cast<double>(table.dim(0) - 1);
}

} // namespace

class TestPca : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void aLineHasOneComponent();
    void axesAreOrthonormalAndSigned();
    void variancesAddUp();
    void allComponentsGiveTheRowsBack();
    void agreesWithNumpy();
    void resultsDoNotDependOnThreads();
    void fewRowsAndEqualRows();
    void wrongSizesAreRefused();
};

void TestPca::aLineHasOneComponent() {
    // Along (3, −4) / 5, whose largest entry must come out positive.
    Array z({5, 2});
    for (int64_t n = 0; n < 5; ++n) {
        z.at(n, 0) = static_cast<float>(1 + 3 * (n - 2));
        z.at(n, 1) = static_cast<float>(2 - 4 * (n - 2));
    }
    const PcaReport pca = fitPca(z, 2);
    QVERIFY(std::abs(pca.components.at(0, 0) + 0.6F) < 1e-6F);
    QVERIFY(std::abs(pca.components.at(0, 1) - 0.8F) < 1e-6F);
    QVERIFY(std::abs(pca.explainedVariance[0] - 62.5) < 1e-9); // 25 · (4 + 1 + 0 + 1 + 4) / 4
    QVERIFY(std::abs(pca.explainedVariance[1]) < 1e-9);
    QVERIFY(std::abs(pca.totalVariance - 62.5) < 1e-9);
    QCOMPARE(pca.mean, (std::vector<double>{1, 2}));
    for (int64_t n = 0; n < 5; ++n)
        QVERIFY(std::abs(pca.projected.at(n, 0) + 5.0F * static_cast<float>(n - 2)) < 1e-5F);
    const Array back = invertPca(pca, Array({1, 2}, {-5, 0}));
    QVERIFY(std::abs(back.at(0, 0) - 4) < 1e-5F && std::abs(back.at(0, 1) + 2) < 1e-5F);
}

void TestPca::axesAreOrthonormalAndSigned() {
    const PcaReport pca = fitPca(correlatedRows(3000, 12, 1), 7);
    for (int64_t i = 0; i < 7; ++i) {
        float largest = 0;
        for (int64_t d = 0; d < 12; ++d)
            if (std::abs(pca.components.at(i, d)) > std::abs(largest))
                largest = pca.components.at(i, d);
        QVERIFY(largest > 0);
        for (int64_t j = 0; j <= i; ++j) {
            double product = 0;
            for (int64_t d = 0; d < 12; ++d)
                product += static_cast<double>(pca.components.at(i, d)) * pca.components.at(j, d);
            QVERIFY(std::abs(product - (i == j)) < 1e-6);
        }
    }
}

void TestPca::variancesAddUp() {
    const Array z = correlatedRows(2000, 6, 2);
    const PcaReport pca = fitPca(z, 6);
    double total = 0, explained = 0;
    for (int64_t d = 0; d < 6; ++d) {
        total += columnVariance(z, d);
        explained += pca.explainedVariance[static_cast<size_t>(d)];
        const double along = pca.explainedVariance[static_cast<size_t>(d)];
        QVERIFY(std::abs(columnVariance(pca.projected, d) - along) < 1e-4 * along);
        QVERIFY(d == 0 || along <= pca.explainedVariance[static_cast<size_t>(d - 1)]);
    }
    QVERIFY(std::abs(pca.totalVariance - total) < 1e-6 * total);
    QVERIFY(std::abs(explained - total) < 1e-6 * total);
}

void TestPca::allComponentsGiveTheRowsBack() {
    const Array z = correlatedRows(300, 5, 3), other = correlatedRows(20, 5, 4);
    const PcaReport pca = fitPca(z, 5);
    const Array back = invertPca(pca, projectPca(pca, other));
    for (int64_t i = 0; i < other.size(); ++i)
        QVERIFY(std::abs(back.values()[static_cast<size_t>(i)] - other.values()[static_cast<size_t>(i)]) <
                1e-4F);
    const Array again = projectPca(pca, z);
    QVERIFY(std::equal(again.values().begin(), again.values().end(), pca.projected.values().begin()));
}

void TestPca::agreesWithNumpy() {
    const QString python = pythonThatCan("import numpy");
    if (python.isEmpty())
        QSKIP("no python3 with numpy here");
    const Array z = correlatedRows(1500, 9, 5);
    QTemporaryDir folder;
    std::ofstream(folder.filePath("z").toStdString(), std::ios::binary)
        .write(reinterpret_cast<const char*>(z.data()), z.size() * 4);
    QProcess process;
    process.start(python, {"-c", R"(
import sys
import numpy as np
z = np.fromfile(sys.argv[1] + "/z", np.float32).reshape(-1, 9).astype(float)
c = z - z.mean(0)
u, s, v = np.linalg.svd(c, full_matrices=False)
v *= np.sign(v[np.arange(9), np.abs(v).argmax(1)])[:, None]
out = [s ** 2 / (len(z) - 1), v[:3].ravel(), (c @ v[:3].T).ravel()]
np.concatenate(out).tofile(sys.argv[1] + "/pca")
)",
                           folder.path()});
    QVERIFY(process.waitForFinished(60000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError());
    std::vector<double> theirs(9 + 27 + 4500);
    std::ifstream(folder.filePath("pca").toStdString(), std::ios::binary)
        .read(reinterpret_cast<char*>(theirs.data()), static_cast<std::streamsize>(theirs.size() * 8));
    const PcaReport pca = fitPca(z, 3);
    for (size_t i = 0; i < 3; ++i)
        QVERIFY(std::abs(pca.explainedVariance[i] / theirs[i] - 1) < 1e-9);
    for (size_t i = 0; i < 27; ++i)
        QVERIFY(std::abs(pca.components.values()[i] - theirs[9 + i]) < 1e-6);
    for (size_t i = 0; i < 4500; ++i)
        QVERIFY(std::abs(pca.projected.values()[i] - theirs[36 + i]) < 1e-4);
}

void TestPca::resultsDoNotDependOnThreads() {
    const Array z = correlatedRows(5000, 8, 6);
    setRowThreads(1);
    const PcaReport one = fitPca(z, 2);
    setRowThreads(3);
    const PcaReport three = fitPca(z, 2);
    setRowThreads(0);
    QVERIFY(std::equal(one.projected.values().begin(), one.projected.values().end(),
                       three.projected.values().begin()));
}

void TestPca::fewRowsAndEqualRows() {
    const PcaReport single = fitPca(Array({1, 3}, {1, 2, 3}), 1);
    QCOMPARE(single.projected.at(0, 0), 0.0F);
    QCOMPARE(single.totalVariance, 0.0);
    const PcaReport equal = fitPca(Array({4, 2}, std::vector<float>(8, 7.0F)), 2);
    for (const float value : equal.projected.values())
        QCOMPARE(value, 0.0F);
    const PcaReport wide = fitPca(correlatedRows(4, 30, 7), 4); // fewer rows than columns
    QVERIFY(std::abs(wide.explainedVariance[3]) < 1e-6 * wide.totalVariance);
}

void TestPca::wrongSizesAreRefused() {
    const Array z = correlatedRows(4, 3, 8);
    QVERIFY_THROWS_EXCEPTION(UsageError, fitPca(z, 0));
    QVERIFY_THROWS_EXCEPTION(UsageError, fitPca(z, 4));
    QVERIFY_THROWS_EXCEPTION(UsageError, projectPca(fitPca(z, 2), Array({3, 2})));
    QVERIFY_THROWS_EXCEPTION(UsageError, invertPca(fitPca(z, 2), Array({3, 3})));
    QVERIFY_THROWS_EXCEPTION(UsageError, fitPca(Array({2, 1}, {1, NAN}), 1));
}

QTEST_GUILESS_MAIN(TestPca)
#include "test_pca.moc"
