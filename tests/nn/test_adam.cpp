// Our Adam against LibTorch's, and its state against a restart.

#include <torch/torch.h>

#include <QtTest>

#include "nn/adam.h"

using galatea::Adam;

namespace {

torch::Tensor lossOf(const torch::Tensor& a, const torch::Tensor& b) {
    return (a.square() * torch::arange(1, 7).view({2, 3})).sum() + (a.sum(1) * b).sin().sum();
}

} // namespace

class TestAdam : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void matchesLibTorch() {
        torch::manual_seed(1);
        torch::Tensor a = torch::randn({2, 3}).requires_grad_(), b = torch::randn({2}).requires_grad_();
        torch::Tensor c = a.detach().clone().requires_grad_(), d = b.detach().clone().requires_grad_();
        Adam ours({a, b}, {.epsilon = 1e-8});
        torch::optim::Adam theirs({c, d}, torch::optim::AdamOptions(1e-2).eps(1e-8));
        for (int step = 0; step < 50; ++step) {
            ours.zeroGradients();
            lossOf(a, b).backward();
            ours.step(1e-2);
            theirs.zero_grad();
            lossOf(c, d).backward();
            theirs.step();
        }
        QVERIFY(torch::allclose(a, c, 1e-5, 1e-6));
        QVERIFY(torch::allclose(b, d, 1e-5, 1e-6));
    }

    /// Clipping, weight decay and channels-last weights whose gradients lie otherwise in memory; large enough
    /// for several pieces.
    void matchesLibTorchWithEverything() {
        torch::manual_seed(3);
        torch::Tensor a = torch::randn({40, 30, 7, 7}).contiguous(torch::MemoryFormat::ChannelsLast);
        torch::Tensor b = torch::randn({300, 200});
        a.requires_grad_();
        b.requires_grad_();
        torch::Tensor c = a.detach().clone().requires_grad_(), d = b.detach().clone().requires_grad_();
        // Decay and gradient cancel for some weights: a larger epsilon keeps their rest from counting fully.
        Adam ours({a, b}, {.beta1 = 0.5, .epsilon = 1e-4});
        torch::optim::Adam theirs(
            {c, d}, torch::optim::AdamOptions(1e-2).eps(1e-4).betas({0.5, 0.999}).weight_decay(1e-3));
        const torch::Tensor pattern = torch::randn({40, 30, 7, 7}), other = torch::randn({300, 200});
        for (int step = 0; step < 10; ++step) {
            const auto give = [&](torch::Tensor& x, torch::Tensor& y) {
                x.mutable_grad() = (x.detach() * pattern).contiguous();
                y.mutable_grad() = (y.detach() * other).t().contiguous().t();
            };
            give(a, b);
            give(c, d);
            const double norm = torch::nn::utils::clip_grad_norm_({c, d}, 1.0);
            QVERIFY(std::abs(ours.gradientNorm() - norm) < 1e-5 * norm);
            ours.step(1e-2, 1e-3, std::min(1.0, 1.0 / (ours.gradientNorm() + 1e-6)));
            theirs.step();
        }
        QVERIFY(torch::allclose(a, c, 1e-4, 1e-5));
        QVERIFY(torch::allclose(b, d, 1e-4, 1e-5));
    }

    void threadsDoNotChangeTheStep() {
        std::vector<torch::Tensor> results;
        for (const int threads : {1, 2}) {
            torch::set_num_threads(threads);
            torch::manual_seed(4);
            torch::Tensor a = torch::randn({500, 333}).requires_grad_();
            Adam adam({a});
            for (int step = 0; step < 3; ++step) {
                a.mutable_grad() = torch::randn({500, 333});
                adam.step(1e-2, 0, 1 / adam.gradientNorm());
            }
            results.push_back(a.detach());
        }
        torch::set_num_threads(1);
        QVERIFY(torch::equal(results[0], results[1]));
    }

    void restoredStateGoesOnIdentically() {
        torch::manual_seed(2);
        torch::Tensor a = torch::randn({2, 3}).requires_grad_(), b = torch::randn({2}).requires_grad_();
        Adam first({a, b});
        const auto run = [&](Adam& adam, int steps) {
            for (int step = 0; step < steps; ++step) {
                adam.zeroGradients();
                lossOf(a, b).backward();
                adam.step(1e-2);
            }
        };
        run(first, 5);
        const torch::Tensor a5 = a.detach().clone(), b5 = b.detach().clone();
        Adam second({a, b});
        second.restore(first.state());
        run(first, 5);
        const torch::Tensor expected = a.detach().clone();
        {
            const torch::NoGradGuard guard;
            a.copy_(a5);
            b.copy_(b5);
        }
        run(second, 5);
        QVERIFY(torch::equal(a.detach(), expected));
        Adam other({torch::zeros({4}).requires_grad_()});
        QVERIFY_EXCEPTION_THROWN(other.restore(first.state()), std::invalid_argument);
    }
};

QTEST_GUILESS_MAIN(TestAdam)
#include "test_adam.moc"
