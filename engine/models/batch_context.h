#pragma once
// What a loss may draw from and reduce over: the whole batch, also where several processes share it.
// Engine-internal: names torch types.

#include <cstdint>
#include <vector>

#include <torch/torch.h>

namespace galatea {

/// Processes that train one network together. Every method must be called by all of them, in the same order.
class Collective {
  public:
    virtual ~Collective() = default;
    virtual int64_t rank() const = 0;
    virtual int64_t ranks() const = 0;
    virtual void sum(torch::Tensor& tensor) = 0; ///< in place, over all processes; likewise below
    virtual void minimum(torch::Tensor& tensor) = 0;
    virtual void maximum(torch::Tensor& tensor) = 0;
    virtual void broadcast(torch::Tensor& tensor) = 0; ///< from rank 0
};

/// The part of a batch that this process holds.
struct BatchShare {
    int64_t first = 0;  ///< index of its first image in the batch
    int64_t images = 0; ///< images held here
    int64_t total = 0;  ///< images in the whole batch
};

/// Everything random in a loss comes from normal() and uniform(), everything that couples the images of a
/// batch goes through the reductions: then two processes with half of a batch each compute what one does.
/// A plain mean over the images needs neither: gradients are averaged over the processes by the trainer.
class BatchContext {
  public:
    BatchContext(torch::Generator generator, BatchShare share, Collective* collective = nullptr);

    const BatchShare& share() const { return share_; }
    /// Standard normal or uniform [0,1) values [images held here, shape...], on the compute device. One
    /// process and several draw the same numbers for the same image of the batch.
    torch::Tensor normal(const std::vector<int64_t>& shape);
    torch::Tensor uniform(const std::vector<int64_t>& shape);
    /// Sum over all processes of a tensor of equal shape in each; differentiable.
    torch::Tensor sumOverBatch(const torch::Tensor& local) const;
    /// Smallest and largest value of a tensor over the whole batch (scalars); differentiable.
    torch::Tensor minimumOverBatch(const torch::Tensor& local) const;
    torch::Tensor maximumOverBatch(const torch::Tensor& local) const;
    /// The rows of the whole batch in order, from [images held here, ...]; without gradient.
    torch::Tensor gathered(const torch::Tensor& local) const;

  private:
    torch::Tensor mine(torch::Tensor drawn) const;

    torch::Generator generator_;
    BatchShare share_;
    Collective* collective_;
};

} // namespace galatea
