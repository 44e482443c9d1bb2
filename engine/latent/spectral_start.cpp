#include "latent/spectral_start.h"

#include <Eigen/Dense>

#include <cmath>

#include "latent/team.h"

namespace galatea {

namespace {

using Block = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// (I + D^{-1/2} W D^{-1/2}) / 2 times a block: eigenvalues within 0 and 1, so none of the other end is
/// found.
void multiply(const SparseMatrix& graph, const std::vector<float>& scale, const Block& from, Block& to) {
    overBlocks(graph.rows(), [&](int64_t begin, int64_t end) {
        Eigen::RowVectorXf sum(from.cols());
        for (int64_t i = begin; i < end; ++i) {
            sum.setZero();
            for (int64_t e = graph.begin[static_cast<size_t>(i)]; e < graph.begin[static_cast<size_t>(i) + 1];
                 ++e) {
                const int32_t other = graph.column[static_cast<size_t>(e)];
                sum +=
                    graph.value[static_cast<size_t>(e)] * scale[static_cast<size_t>(other)] * from.row(other);
            }
            to.row(i) = 0.5F * (from.row(i) + scale[static_cast<size_t>(i)] * sum);
        }
    });
}

/// Gram–Schmidt over the columns, the first is kept as it is.
void orthonormalise(Block& block) {
    for (Eigen::Index c = 0; c < block.cols(); ++c) {
        for (Eigen::Index other = 0; other < c; ++other)
            block.col(c) -= block.col(other).dot(block.col(c)) * block.col(other);
        const float norm = block.col(c).norm();
        if (norm > 0)
            block.col(c) /= norm;
    }
}

} // namespace

Array spectralStart(const SparseMatrix& graph, const Array& first, const StopToken& stop) {
    constexpr int steps = 80;
    const int64_t n = graph.rows(), dims = first.dim(1);
    std::vector<float> scale(static_cast<size_t>(n));
    Block block(n, dims + 1), next(n, dims + 1);
    for (int64_t i = 0; i < n; ++i) {
        double degree = 0;
        for (int64_t e = graph.begin[static_cast<size_t>(i)]; e < graph.begin[static_cast<size_t>(i) + 1];
             ++e)
            degree += graph.value[static_cast<size_t>(e)];
        scale[static_cast<size_t>(i)] = degree > 0 ? static_cast<float>(1 / std::sqrt(degree)) : 0;
        block(i, 0) = static_cast<float>(std::sqrt(degree)); // the trivial eigenvector
        for (int64_t d = 0; d < dims; ++d)
            block(i, d + 1) = first.data()[i * dims + d] * static_cast<float>(std::sqrt(degree));
    }
    orthonormalise(block);
    for (int step = 0; step < steps; ++step) {
        throwIfStopped(stop);
        multiply(graph, scale, block, next);
        std::swap(block, next);
        orthonormalise(block);
    }
    Array map({n, dims});
    for (int64_t i = 0; i < n; ++i)
        for (int64_t d = 0; d < dims; ++d)
            map.data()[i * dims + d] = block(i, d + 1) * scale[static_cast<size_t>(i)];
    return map;
}

} // namespace galatea
