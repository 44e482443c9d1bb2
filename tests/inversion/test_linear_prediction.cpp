// A band that is a linear formula of the others is predicted exactly, and noise is not.

#include <cmath>

#include <QtTest>

#include "core/error.h"
#include "core/random.h"
#include "inversion/linear_prediction.h"

using namespace galatea;

class TestLinearPrediction : public QObject {
    Q_OBJECT

    /// Channel 1 is 0.5 · channel 0 (right neighbour) − 2 · channel 2 + 3.
    static Array made(int64_t count, const char* name) {
        Array images({count, 3, 6, 7});
        RandomStream random(4, name);
        for (float& value : images.values())
            value = static_cast<float>(random.normal());
        for (int64_t n = 0; n < count; ++n)
            for (int64_t y = 0; y < 6; ++y)
                for (int64_t x = 0; x < 7; ++x)
                    images.at(n, int64_t{1}, y, x) =
                        0.5f * images.at(n, int64_t{0}, y, std::min<int64_t>(x + 1, 6)) -
                        2 * images.at(n, int64_t{2}, y, x) + 3;
        return images;
    }

  private Q_SLOTS:
    void findsTheFormula() {
        const Array test = made(3, "test");
        const Array near = LinearPrediction(made(20, "training"), 1, 1).predict(test);
        const Array same = LinearPrediction(made(20, "training"), 1, 0).predict(test);
        double nearError = 0, sameError = 0;
        for (int64_t n = 0; n < 3; ++n)
            for (int64_t y = 0; y < 6; ++y)
                for (int64_t x = 0; x < 7; ++x) {
                    const double truth = test.at(n, int64_t{1}, y, x);
                    nearError += std::pow(near.at(n, y, x) - truth, 2) / 126;
                    sameError += std::pow(same.at(n, y, x) - truth, 2) / 126;
                }
        QVERIFY(nearError < 1e-8);
        QVERIFY(std::abs(sameError - 0.25) < 0.08); // it cannot see the neighbour, whose variance is left
    }
    void refusesWhatDoesNotFit() {
        QVERIFY_EXCEPTION_THROWN(LinearPrediction(Array({2, 3, 4, 4}), 3, 0), UsageError);
        QVERIFY_EXCEPTION_THROWN(LinearPrediction(Array({2, 1, 4, 4}), 0, 0), UsageError);
        const LinearPrediction prediction(made(2, "x"), 1, 0);
        QVERIFY_EXCEPTION_THROWN(prediction.predict(Array({2, 4, 6, 7})), UsageError);
    }
};

QTEST_GUILESS_MAIN(TestLinearPrediction)
#include "test_linear_prediction.moc"
