#include "nn/image_tensor.h"

namespace galatea {

torch::Tensor toTensor(const Array& array) {
    if (array.empty())
        return torch::empty(array.shape());
    // The deleter holds the array, and with it the shared buffer, for as long as the tensor lives.
    return torch::from_blob(
        const_cast<float*>(array.data()), array.shape(), array.strides(), [array](void*) {}, torch::kFloat32);
}

Array toArray(const torch::Tensor& tensor) {
    const torch::Tensor dense = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    // The deleter holds the tensor for as long as the array lives.
    std::shared_ptr<float> values(dense.data_ptr<float>(), [dense](float*) {});
    return Array::wrap(std::move(values), dense.sizes().vec());
}

} // namespace galatea
