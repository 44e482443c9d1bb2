#include "nn/device.h"

#include <thread>

#include <torch/torch.h>

#include "core/error.h"
#include "nn/image_tensor.h"

namespace galatea {

namespace {
torch::Device& current() {
    static torch::Device device(torch::kCPU); // written once at start, before any model work
    return device;
}
} // namespace

void setThreads(int count) {
    const auto cores = static_cast<int>(std::thread::hardware_concurrency());
    torch::set_num_threads(count > 0 ? count : std::max(cores, 1));
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
