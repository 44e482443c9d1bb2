// The shared product beside LibTorch's own layer: values and gradients.

#include <torch/torch.h>

#include <QtTest>

#include "nn/device.h"
#include "nn/linear.h"

using galatea::connected;

class TestLinear : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void cleanup() { galatea::setThreads(1); }

    void agreesWithLibTorch_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("inputs");
        QTest::addColumn<int>("outputs");
        QTest::addColumn<bool>("bias");
        QTest::newRow("narrowing") << 32 << 20480 << 30 << true;
        QTest::newRow("widening") << 100 << 128 << 4761 << true;
        QTest::newRow("without bias") << 64 << 1000 << 333 << false;
        QTest::newRow("small") << 3 << 10 << 7 << true;
        QTest::newRow("one row") << 1 << 2000 << 3000 << true;
    }

    void agreesWithLibTorch() {
        QFETCH(int, rows);
        QFETCH(int, inputs);
        QFETCH(int, outputs);
        QFETCH(bool, bias);
        torch::manual_seed(6);
        torch::nn::Linear layer(torch::nn::LinearOptions(inputs, outputs).bias(bias));
        const torch::Tensor given = torch::randn({rows, inputs}), pattern = torch::randn({rows, outputs});
        std::vector<std::vector<torch::Tensor>> results;
        for (const int threads : {1, 2, 2, 3}) {
            galatea::setThreads(threads);
            layer->zero_grad();
            torch::Tensor x = given.clone().requires_grad_();
            const torch::Tensor y = threads == 1 ? layer->forward(x) : connected(layer, x);
            (y * pattern).sum().backward();
            results.push_back({y.detach(), x.grad().clone(), layer->weight.grad().clone()});
            if (bias)
                results.back().push_back(layer->bias.grad().clone());
        }
        for (size_t i = 0; i < results[0].size(); ++i) {
            const double scale = results[0][i].abs().max().item<double>();
            for (const size_t run : {1, 3})
                QVERIFY((results[run][i] - results[0][i]).abs().max().item<double>() < 1e-5 * scale);
            QVERIFY(torch::equal(results[1][i], results[2][i]));
        }
    }

    void weightsThatAreHeldGetNoGradient() {
        galatea::setThreads(2);
        torch::nn::Linear layer(300, 4000);
        for (torch::Tensor& parameter : layer->parameters())
            parameter.set_requires_grad(false);
        torch::Tensor x = torch::randn({50, 300}).requires_grad_();
        connected(layer, x).square().sum().backward();
        QVERIFY(x.grad().defined());
        QVERIFY(!layer->weight.grad().defined());
        const torch::NoGradGuard guard;
        QVERIFY(!connected(layer, x).requires_grad());
    }

    void worksInInferenceMode() {
        galatea::setThreads(2);
        torch::nn::Linear layer(300, 4000);
        const torch::Tensor x = torch::randn({50, 300}), expected = layer->forward(x).detach();
        const c10::InferenceMode mode;
        QVERIFY(torch::allclose(connected(layer, x), expected, 1e-4, 1e-5));
    }
};

QTEST_GUILESS_MAIN(TestLinear)
#include "test_linear.moc"
