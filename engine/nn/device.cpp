#include "nn/device.h"

#include <thread>

#include <dlfcn.h>

#include <torch/torch.h>

#include "core/error.h"
#include "nn/image_tensor.h"

namespace galatea {

namespace {
torch::Device& current() {
    static torch::Device device(torch::kCPU); // written once at start, before any model work
    return device;
}

/// OpenBLAS keeps threads of its own, which spin for tens of milliseconds after each product and take the
/// cores from LibTorch's: a decode of half a millisecond then takes forty. The networks' work is in
/// convolutions, which do not go through it, so its products stay on the thread that asks.
void keepMatrixProductsOnOneThread() {
    using SetThreads = void (*)(int);
    if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads")))
        set(1);
}
} // namespace

void setThreads(int count) {
    const auto cores = static_cast<int>(std::thread::hardware_concurrency());
    torch::set_num_threads(count > 0 ? count : std::max(cores, 1));
    keepMatrixProductsOnOneThread();
}

int threads() {
    return torch::get_num_threads();
}

void setDevice(const std::string& name) {
    if (name == "cpu" || (name == "auto" && !torch::cuda::is_available())) {
        current() = torch::Device(torch::kCPU);
        return;
    }
    try {
        const torch::Device device(name == "auto" ? "cuda" : name);
        if (device.is_cuda() &&
            (!torch::cuda::is_available() ||
             (device.has_index() && static_cast<size_t>(device.index()) >= torch::cuda::device_count())))
            throw UsageError("--device " + name, "there is no such CUDA device here", "use --device cpu");
        current() = device;
    } catch (const c10::Error&) {
        throw UsageError("--device " + name, "is no device", "use auto, cpu, cuda or cuda:INDEX");
    }
}

std::string deviceName() {
    return current().str();
}

std::string torchVersion() {
    return TORCH_VERSION;
}

torch::Device computeDevice() {
    return current();
}

} // namespace galatea
