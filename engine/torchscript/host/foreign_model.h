#pragma once
// A stranger's TorchScript module inside the model host, and the checks of all it gives back.

#include <stdexcept>
#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/torch.h>

#include "torchscript/host_protocol.h"

namespace galatea {

struct HostError : std::runtime_error {
    HostError(HostFault what, const std::string& line) : std::runtime_error(line), fault(what) {}
    HostFault fault;
};

/// One or two tensors, as they came.
struct ForeignAnswer {
    at::Tensor first, second;
};

class ForeignModel {
  public:
    /// Loads from an open file. This may run the model's code. Throws HostError.
    explicit ForeignModel(int descriptor);

    bool hasCard() const { return hasCard_; }
    const std::string& card() const { return card_; }
    uint32_t methods() const; ///< bit set of HostMethod
    /// Throws HostError: the code raised an error, an allocation failed, no tensor came back.
    ForeignAnswer call(HostMethod method, const at::Tensor& input);
    /// Input widths of the weights in file order: of convolutions (channels) and of linear layers.
    std::vector<int64_t> convolutionInputs() const;
    std::vector<int64_t> linearInputs() const;

  private:
    void checkTensors(int descriptor);
    torch::jit::Module module_;
    std::string card_;
    bool hasCard_ = false;
};

/// The tensor as dense float32 on the CPU, row-major, of exactly this shape and with all its elements
/// inside its own memory; else throws HostError naming `what`.
at::Tensor checkedAnswer(const at::Tensor& tensor, const std::vector<int64_t>& shape,
                         const std::string& what);

/// The telling line of an exception's text, short.
std::string plainReason(const std::string& text);

} // namespace galatea
