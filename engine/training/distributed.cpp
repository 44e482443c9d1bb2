#include "training/distributed.h"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/torch.h>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include "core/error.h"
#include "nn/image_tensor.h"
#include "training/launcher.h"

namespace galatea {

namespace {

using torch::Tensor;

constexpr std::chrono::milliseconds patience = std::chrono::minutes(5);

// Before PyTorch 2 the backends are process groups themselves.
#if TORCH_VERSION_MAJOR >= 2
using Backend = c10d::Backend;
#else
using Backend = c10d::ProcessGroup;
#endif

int64_t numberFrom(const char* name) {
    const char* text = std::getenv(name);
    char* end = nullptr;
    const long long value = text ? std::strtoll(text, &end, 10) : -1;
    if (!text || end == text || *end != '\0' || value < 0)
        throw UsageError(name,
                         text ? "is no number: " + std::string(text) : "is not set although WORLD_SIZE is",
                         "start several processes with torchrun or set RANK, WORLD_SIZE, MASTER_ADDR and "
                         "MASTER_PORT");
    return value;
}

class ProcessGroup final : public Launched, public Collective {
  public:
    explicit ProcessGroup(c10::intrusive_ptr<Backend> group) : group_(std::move(group)) {}
    int64_t rank() const override { return group_->getRank(); }
    int64_t ranks() const override { return group_->getSize(); }
    void sum(Tensor& tensor) override { reduce(tensor, c10d::ReduceOp::SUM); }
    void minimum(Tensor& tensor) override { reduce(tensor, c10d::ReduceOp::MIN); }
    void maximum(Tensor& tensor) override { reduce(tensor, c10d::ReduceOp::MAX); }
    void broadcast(Tensor& tensor) override { broadcastFrom(0, tensor); }

    Collective& collective() override { return *this; }

    Array gatheredRows(const Array& local) override {
        std::vector<int64_t> shape = local.shape();
        Tensor counts = torch::zeros({ranks()}, torch::kInt64);
        counts[rank()] = shape.at(0);
        counts = counts.to(computeDevice());
        sum(counts);
        counts = counts.to(torch::kCPU);
        std::vector<Tensor> parts;
        for (int64_t from = 0; from < ranks(); ++from) {
            shape[0] = counts[from].item<int64_t>();
            Tensor part = from == rank() ? toTensor(local.contiguousCopy()).clone() : torch::zeros(shape);
            part = part.to(computeDevice());
            if (part.numel() > 0)
                broadcastFrom(from, part);
            parts.push_back(part.to(torch::kCPU));
        }
        return toArray(torch::cat(parts));
    }

  private:
    void broadcastFrom(int64_t root, Tensor& tensor) {
        c10d::BroadcastOptions options;
        options.rootRank = root;
        run(tensor, [&](std::vector<Tensor>& list) { return group_->broadcast(list, options); });
    }
    void reduce(Tensor& tensor, c10d::ReduceOp::RedOpType operation) {
        c10d::AllreduceOptions options;
        options.reduceOp = operation;
        run(tensor, [&](std::vector<Tensor>& list) { return group_->allreduce(list, options); });
    }

    template <class Operation>
    void run(Tensor& tensor, const Operation& operation) {
        const torch::NoGradGuard guard;
        Tensor plain = tensor.is_contiguous() ? tensor : tensor.contiguous();
        std::vector<Tensor> list{plain};
        try {
            operation(list)->wait();
        } catch (const std::exception& error) {
            throw ModelError("training", std::string("another process is lost (") + error.what() + ")",
                             "look at its messages, then resume from the checkpoint");
        }
        if (!plain.is_same(tensor))
            tensor.copy_(plain);
    }

    c10::intrusive_ptr<Backend> group_;
};

c10::intrusive_ptr<Backend> startGroup(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size,
                                       const std::string& host) {
#ifdef USE_C10D_NCCL
    if (computeDevice().is_cuda())
        return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size);
#endif
    const auto options = c10d::ProcessGroupGloo::Options::create();
    options->timeout = patience;
    const bool local = host == "localhost" || host.starts_with("127.");
    options->devices.push_back(local ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                     : c10d::ProcessGroupGloo::createDefaultDevice());
    return c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, options);
}

} // namespace

std::unique_ptr<Launched> joinLauncher() {
    if (!std::getenv("WORLD_SIZE"))
        return nullptr;
    const int64_t size = numberFrom("WORLD_SIZE"), rank = numberFrom("RANK"),
                  port = numberFrom("MASTER_PORT");
    if (size == 1)
        return nullptr;
    const char* host = std::getenv("MASTER_ADDR");
    if (!host || rank >= size || port < 1 || port > 65535)
        throw UsageError("RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT", "do not fit together",
                         "start several processes with torchrun");
    try {
        c10d::TCPStoreOptions options;
        options.port = static_cast<std::uint16_t>(port);
        options.isServer = rank == 0;
        options.numWorkers = static_cast<std::size_t>(size);
        options.timeout = patience;
        const auto store = c10::make_intrusive<c10d::TCPStore>(host, options);
        return std::make_unique<ProcessGroup>(
            startGroup(store, static_cast<int>(rank), static_cast<int>(size), host));
    } catch (const std::exception& error) {
        throw ModelError("training", std::string("the processes did not find each other: ") + error.what(),
                         "check that all were started and reach MASTER_ADDR");
    }
}

BatchShare shareOf(int64_t images, const Collective* collective) {
    if (!collective || images < collective->ranks())
        return {0, images, images};
    const int64_t ranks = collective->ranks(), rank = collective->rank();
    const int64_t begin = images * rank / ranks, end = images * (rank + 1) / ranks;
    return {begin, end - begin, images};
}

} // namespace galatea
