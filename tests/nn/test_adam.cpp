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
