// Convolutions as matrix products beside LibTorch's own: values and gradients.

#include <torch/torch.h>

#include <QtTest>

#include "nn/device.h"
#include "nn/matrix_convolution.h"

using torch::Tensor;

namespace {

struct Case {
    int64_t images, channels, outputs, height, width, kernel, stride, padding;
    bool bias, lastly; ///< lastly: channels-last weights
};

double difference(const Tensor& a, const Tensor& b) {
    return (a - b).abs().max().item<double>() / std::max(1e-30, b.abs().max().item<double>());
}

} // namespace

class TestMatrixConvolution : public QObject {
    Q_OBJECT
  private:
    using Operation = std::function<Tensor(const Tensor&, const Tensor&, const Tensor&)>;

    /// Value and gradients of the weighted sum of a map's pixels.
    static std::vector<Tensor> run(const Operation& operation, const Tensor& x, const Tensor& weight,
                                   const Tensor& bias) {
        std::vector<Tensor> inputs{x.detach().clone().requires_grad_(),
                                   weight.detach().clone().requires_grad_()};
        if (bias.defined())
            inputs.push_back(bias.detach().clone().requires_grad_());
        const Tensor y = operation(inputs[0], inputs[1], bias.defined() ? inputs[2] : Tensor());
        const Tensor pattern = torch::arange(y.numel(), y.options()).mul(0.7).sin().add(1.5).view(y.sizes());
        (y * pattern).sum().backward();
        std::vector<Tensor> results{y.detach()};
        for (const Tensor& input : inputs)
            results.push_back(input.grad().clone());
        return results;
    }

    static void compare(const Operation& ours, const Operation& theirs, const Tensor& x, const Tensor& weight,
                        const Tensor& bias) {
        galatea::setThreads(1);
        const std::vector<Tensor> expected = run(theirs, x, weight, bias);
        for (const int threads : {1, 2, 3}) {
            galatea::setThreads(threads);
            const std::vector<Tensor> found = run(ours, x, weight, bias), again = run(ours, x, weight, bias);
            QCOMPARE(found.size(), expected.size());
            for (size_t i = 0; i < found.size(); ++i) {
                QCOMPARE(found[i].sizes().vec(), expected[i].sizes().vec());
                QVERIFY2(difference(found[i], expected[i]) < 2e-5,
                         qPrintable(QString("result %1 of %2 threads").arg(i).arg(threads)));
                QVERIFY(torch::equal(found[i], again[i]));
            }
        }
    }

    static void cases() {
        QTest::addColumn<Case>("what");
        QTest::newRow("the LSGAN's, deep") << Case{6, 64, 32, 4, 4, 4, 2, 1, true, true};
        QTest::newRow("the LSGAN's, many pixels") << Case{3, 5, 16, 32, 32, 4, 2, 1, true, true};
        QTest::newRow("weights as LibTorch keeps them") << Case{4, 8, 6, 8, 8, 4, 2, 1, true, false};
        QTest::newRow("no bias") << Case{2, 3, 4, 6, 10, 4, 2, 1, false, true};
        QTest::newRow("every pixel") << Case{2, 3, 4, 7, 5, 3, 1, 1, true, true};
        QTest::newRow("five, odd sizes") << Case{3, 2, 7, 11, 9, 5, 2, 2, true, false};
        QTest::newRow("leaves pixels over") << Case{2, 3, 2, 10, 11, 3, 3, 0, true, true};
        QTest::newRow("gaps between windows") << Case{2, 3, 2, 9, 9, 1, 2, 0, true, true};
        QTest::newRow("edge wider than the image") << Case{1, 2, 2, 1, 2, 4, 2, 3, true, true};
        QTest::newRow("in portions") << Case{5, 16, 2, 64,   70,
                                             5, 1,  2, true, true}; // 9 MB of windows an image
    }

  private Q_SLOTS:
    void initTestCase() { torch::manual_seed(4); }
    void cleanup() { galatea::setThreads(1); }

    void convolves_data() { cases(); }
    void convolves() {
        QFETCH(Case, what);
        Tensor weight = torch::randn({what.outputs, what.channels, what.kernel, what.kernel});
        if (what.lastly)
            weight = weight.contiguous(torch::MemoryFormat::ChannelsLast);
        const Tensor bias = what.bias ? torch::randn({what.outputs}) : Tensor();
        compare(
            [&](const Tensor& x, const Tensor& w, const Tensor& b) {
                return galatea::matrixConvolution(x, w, b, what.stride, what.padding);
            },
            [&](const Tensor& x, const Tensor& w, const Tensor& b) {
                return torch::conv2d(x, w, b, what.stride, what.padding);
            },
            torch::randn({what.images, what.channels, what.height, what.width}), weight, bias);
    }

    void convolvesTransposed_data() { cases(); }
    void convolvesTransposed() {
        QFETCH(Case, what);
        if ((what.height - 1) * what.stride - 2 * what.padding + what.kernel <= 0)
            return; // nothing would be left; LibTorch refuses that
        Tensor weight = torch::randn({what.channels, what.outputs, what.kernel, what.kernel});
        if (what.lastly)
            weight = weight.contiguous(torch::MemoryFormat::ChannelsLast);
        const Tensor bias = what.bias ? torch::randn({what.outputs}) : Tensor();
        compare(
            [&](const Tensor& x, const Tensor& w, const Tensor& b) {
                return galatea::transposedMatrixConvolution(x, w, b, what.stride, what.padding);
            },
            [&](const Tensor& x, const Tensor& w, const Tensor& b) {
                return torch::conv_transpose2d(x, w, b, what.stride, what.padding);
            },
            torch::randn({what.images, what.channels, what.height, what.width}), weight, bias);
    }

    void othersGoToLibTorch() {
        const auto doubles = torch::TensorOptions().dtype(torch::kFloat64);
        const Tensor x = torch::randn({2, 3, 8, 8}, doubles), weight = torch::randn({4, 3, 4, 4}, doubles),
                     back = torch::randn({3, 4, 4, 4}, doubles);
        QVERIFY(torch::equal(galatea::matrixConvolution(x, weight, {}, 2, 1),
                             torch::conv2d(x, weight, Tensor(), 2, 1)));
        QVERIFY(torch::equal(galatea::transposedMatrixConvolution(x, back, {}, 2, 1),
                             torch::conv_transpose2d(x, back, Tensor(), 2, 1)));
        const Tensor narrow = torch::randn({2, 2, 8, 8}), of = torch::randn({4, 3, 4, 4});
        QVERIFY_EXCEPTION_THROWN(galatea::matrixConvolution(narrow, of, {}, 2, 1), c10::Error);
        QVERIFY_EXCEPTION_THROWN(galatea::matrixConvolution(torch::randn({2, 3, 1, 1}), of, {}, 2, 1),
                                 c10::Error);
        QVERIFY_EXCEPTION_THROWN(galatea::transposedMatrixConvolution(narrow, of, {}, 2, 1), c10::Error);
        QCOMPARE(galatea::matrixConvolution(torch::randn({0, 3, 8, 8}), of, {}, 2, 1).size(0), int64_t(0));
        const Tensor tall = torch::randn({4, 3, 3, 5}), image = torch::randn({2, 3, 8, 8});
        QVERIFY(torch::equal(galatea::matrixConvolution(image, tall, {}, 1, 0), torch::conv2d(image, tall)));
    }

    void whatIsHeldGetsNoGradient() {
        Tensor x = torch::randn({2, 3, 8, 8}).requires_grad_();
        const Tensor weight = torch::randn({4, 3, 4, 4});
        const Tensor y = galatea::matrixConvolution(x, weight, {}, 2, 1);
        galatea::transposedMatrixConvolution(y, weight, {}, 2, 1).square().sum().backward();
        QVERIFY(x.grad().defined());
        QVERIFY(!weight.grad().defined());
        const torch::NoGradGuard guard;
        QVERIFY(!galatea::matrixConvolution(x, weight, {}, 2, 1).requires_grad());
    }

    void worksInInferenceMode() {
        galatea::setThreads(2);
        const Tensor x = torch::randn({2, 3, 8, 8}), weight = torch::randn({64, 3, 4, 4}),
                     back = torch::randn({3, 64, 4, 4});
        const c10::InferenceMode mode;
        QVERIFY(torch::allclose(galatea::matrixConvolution(x, weight, {}, 2, 1),
                                torch::conv2d(x, weight, Tensor(), 2, 1), 1e-4, 1e-5));
        QVERIFY(torch::allclose(galatea::transposedMatrixConvolution(x, back, {}, 2, 1),
                                torch::conv_transpose2d(x, back, Tensor(), 2, 1), 1e-4, 1e-5));
    }

    void weightsKeepTheirValues() {
        torch::nn::Sequential layers(torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 5, 4)),
                                     torch::nn::Linear(4, 2));
        std::vector<Tensor> before;
        for (const Tensor& parameter : layers->parameters())
            before.push_back(parameter.detach().clone());
        galatea::keepChannelsLast(*layers);
        const auto after = layers->parameters();
        for (size_t i = 0; i < after.size(); ++i)
            QVERIFY(torch::equal(before[i], after[i]));
        QVERIFY(after[0].is_contiguous(torch::MemoryFormat::ChannelsLast));
    }
};

QTEST_GUILESS_MAIN(TestMatrixConvolution)
#include "test_matrix_convolution.moc"
