// Batch normalisation: LibTorch's own on the whole batch, also where two processes hold half of it each.

#include <torch/torch.h>

#include <barrier>
#include <mutex>
#include <thread>

#include <QtTest>

#include "models/batch_normalisation.h"

using namespace galatea;
using torch::Tensor;

namespace {

/// Two threads that sum as two processes would.
class Pair {
  public:
    class Member final : public Collective {
      public:
        Member(Pair& pair, int64_t rank) : pair_(pair), rank_(rank) {}
        int64_t rank() const override { return rank_; }
        int64_t ranks() const override { return 2; }
        void sum(Tensor& tensor) override {
            pair_.slots_[rank_] = tensor.detach().clone();
            pair_.barrier_.arrive_and_wait();
            const Tensor total = pair_.slots_[0] + pair_.slots_[1];
            pair_.barrier_.arrive_and_wait();
            tensor.copy_(total);
        }
        void minimum(Tensor&) override {}
        void maximum(Tensor&) override {}
        void broadcast(Tensor&) override {}

      private:
        Pair& pair_;
        int64_t rank_;
    };

  private:
    Tensor slots_[2];
    std::barrier<> barrier_{2};
};

struct Outcome {
    Tensor output, gradient, mean, variance;
};

Outcome halfOf(const Tensor& x, const Tensor& weights, int64_t rank, Pair& pair) {
    Pair::Member member(pair, rank);
    const int64_t half = x.size(0) / 2;
    BatchContext context(torch::make_generator<torch::CPUGeneratorImpl>(uint64_t{1}),
                         {rank * half, half, x.size(0)}, &member);
    BatchNormalisation layer(x.size(1));
    Tensor mine = x.narrow(0, rank * half, half).clone().requires_grad_();
    Outcome outcome;
    outcome.output = layer->forward(mine, context);
    (outcome.output * weights.narrow(0, rank * half, half)).square().sum().backward();
    outcome.gradient = mine.grad();
    outcome.mean = layer->runningMean;
    outcome.variance = layer->runningVariance;
    return outcome;
}

bool close(const Tensor& a, const Tensor& b) {
    return torch::allclose(a, b, 1e-4, 1e-5);
}

} // namespace

class TestBatchNormalisation : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void twoHalvesAreTheWhole_data() {
        QTest::addColumn<bool>("maps");
        QTest::newRow("vectors") << false;
        QTest::newRow("maps") << true;
    }
    void twoHalvesAreTheWhole() {
        QFETCH(bool, maps);
        torch::manual_seed(4);
        Tensor x = (maps ? torch::randn({6, 3, 5, 4}) : torch::randn({6, 3})) * 2 + 0.7;
        const Tensor weights = torch::randn(x.sizes());

        torch::nn::BatchNorm2d reference2d(torch::nn::BatchNormOptions(3).eps(1e-4).affine(false));
        torch::nn::BatchNorm1d reference1d(torch::nn::BatchNormOptions(3).eps(1e-4).affine(false));
        Tensor whole = x.clone().requires_grad_();
        const Tensor expected = maps ? reference2d->forward(whole) : reference1d->forward(whole);
        (expected * weights).square().sum().backward();
        const Tensor mean = maps ? reference2d->running_mean : reference1d->running_mean,
                     variance = maps ? reference2d->running_var : reference1d->running_var;

        Pair pair;
        Outcome first, second;
        std::thread other([&] { second = halfOf(x, weights, 1, pair); });
        first = halfOf(x, weights, 0, pair);
        other.join();
        QVERIFY(close(torch::cat({first.output, second.output}), expected));
        QVERIFY(close(torch::cat({first.gradient, second.gradient}), whole.grad()));
        QVERIFY(close(first.mean, mean) && close(second.mean, mean));
        QVERIFY(close(first.variance, variance) && close(second.variance, variance));

        BatchNormalisation alone(3); // one process: the fused operation
        BatchContext context(torch::make_generator<torch::CPUGeneratorImpl>(uint64_t{1}), {0, 6, 6});
        QVERIFY(close(alone->forward(x, context), expected));
        QVERIFY(close(alone->runningMean, mean) && close(alone->runningVariance, variance));
        if (maps)
            reference2d->eval();
        else
            reference1d->eval();
        QVERIFY(close(alone->forward(x), maps ? reference2d->forward(x) : reference1d->forward(x)));
    }

    void aSingleVectorStaysFinite() {
        BatchNormalisation layer(3);
        BatchContext context(torch::make_generator<torch::CPUGeneratorImpl>(uint64_t{1}), {0, 1, 1});
        QVERIFY(layer->forward(torch::ones({1, 3}), context).isfinite().all().item<bool>());
        QVERIFY(layer->runningVariance.isfinite().all().item<bool>());
    }
};

QTEST_GUILESS_MAIN(TestBatchNormalisation)
#include "test_batch_normalisation.moc"
