#include "nn/shared_product.h"

#include <ATen/Parallel.h>

namespace galatea {

namespace {

using torch::Tensor;

constexpr int64_t fewestColumns = 16; // of a thread's share

void productInto(Tensor result, const Tensor& left, const Tensor& right, Product what, bool inference) {
    const c10::InferenceMode mode(inference); // each thread has its own
    const torch::NoGradGuard guard;
    if (what == Product::IsAdded)
        result.addmm_(left, right);
    else
        torch::mm_out(result, left, right);
}

} // namespace

void sharedProductInto(Tensor& result, const Tensor& left, const Tensor& right, Product what) {
    const bool inference = c10::InferenceMode::is_enabled();
    const int64_t columns = right.size(1),
                  parts = std::min<int64_t>(at::get_num_threads(), columns / fewestColumns);
    if (parts < 2) {
        productInto(result, left, right, what, inference);
        return;
    }
    at::parallel_for(0, parts, 1, [&](int64_t from, int64_t to) {
        for (int64_t part = from; part < to; ++part) {
            const int64_t begin = columns * part / parts, count = columns * (part + 1) / parts - begin;
            productInto(result.narrow(1, begin, count), left, right.narrow(1, begin, count), what, inference);
        }
    });
}

Tensor sharedProduct(const Tensor& left, const Tensor& right) {
    Tensor result = torch::empty({left.size(0), right.size(1)}, left.options());
    sharedProductInto(result, left, right);
    return result;
}

} // namespace galatea
