#include "latent/spectral_start.h"

#include <Eigen/Dense>

#include <cmath>

#include "latent/team.h"

namespace galatea {

namespace {

template <int Columns>
using Block = Eigen::Matrix<float, Eigen::Dynamic, Columns, Eigen::RowMajor>;

/// (I + D^{-1/2} W D^{-1/2}) / 2 times a block: eigenvalues within 0 and 1, so none of the other end is
/// found. `scaled` is for D^{-1/2} times the block.
template <int Columns>
void multiply(const SparseMatrix& graph, const std::vector<float>& scale, const Block<Columns>& from,
              Block<Columns>& scaled, Block<Columns>& to) {
    overBlocks(graph.rows(), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
            scaled.row(i) = scale[static_cast<size_t>(i)] * from.row(i);
    });
    overBlocks(graph.rows(), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            Eigen::Matrix<float, 1, Columns> sum = Eigen::Matrix<float, 1, Columns>::Zero();
            for (int64_t e = graph.begin[static_cast<size_t>(i)]; e < graph.begin[static_cast<size_t>(i) + 1];
                 ++e)
                sum += graph.value[static_cast<size_t>(e)] * scaled.row(graph.column[static_cast<size_t>(e)]);
            to.row(i) = 0.5F * (from.row(i) + scale[static_cast<size_t>(i)] * sum);
        }
    });
}

/// Gram–Schmidt over the columns, the first is kept as it is.
template <int Columns>
void orthonormalise(Block<Columns>& block) {
    for (Eigen::Index c = 0; c < Columns; ++c) {
        for (Eigen::Index other = 0; other < c; ++other)
            block.col(c) -= block.col(other).dot(block.col(c)) * block.col(other);
        const float norm = block.col(c).norm();
        if (norm > 0)
            block.col(c) /= norm;
    }
}

template <int Dims>
Array smoothed(const SparseMatrix& graph, const Array& first, const StopToken& stop) {
    constexpr int steps = 80, between = 5; // directions part slowly: no need to mend them after every step
    const int64_t n = graph.rows();
    std::vector<float> scale(static_cast<size_t>(n));
    Block<Dims + 1> block(n, Dims + 1), scaled(n, Dims + 1), next(n, Dims + 1);
    for (int64_t i = 0; i < n; ++i) {
        double degree = 0;
        for (int64_t e = graph.begin[static_cast<size_t>(i)]; e < graph.begin[static_cast<size_t>(i) + 1];
             ++e)
            degree += graph.value[static_cast<size_t>(e)];
        scale[static_cast<size_t>(i)] = degree > 0 ? static_cast<float>(1 / std::sqrt(degree)) : 0;
        block(i, 0) = static_cast<float>(std::sqrt(degree)); // the trivial eigenvector
        for (int64_t d = 0; d < Dims; ++d)
            block(i, d + 1) = first.data()[i * Dims + d] * static_cast<float>(std::sqrt(degree));
    }
    orthonormalise(block);
    for (int step = 1; step <= steps; ++step) {
        throwIfStopped(stop);
        multiply(graph, scale, block, scaled, next);
        std::swap(block, next);
        if (step % between == 0)
            orthonormalise(block);
    }
    Array map({n, Dims});
    for (int64_t i = 0; i < n; ++i)
        for (int64_t d = 0; d < Dims; ++d)
            map.data()[i * Dims + d] = block(i, d + 1) * scale[static_cast<size_t>(i)];
    return map;
}

} // namespace

Array spectralStart(const SparseMatrix& graph, const Array& first, const StopToken& stop) {
    return first.dim(1) == 2 ? smoothed<2>(graph, first, stop) : smoothed<3>(graph, first, stop);
}

} // namespace galatea
