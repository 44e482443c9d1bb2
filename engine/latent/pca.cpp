#include "latent/pca.h"

#include <algorithm>
#include <string>

#include <Eigen/Dense>

#include "core/error.h"
#include "mixture/row_blocks.h"
#include "mixture/row_tiles.h"

namespace galatea {

namespace {

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using FloatRows = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

constexpr int64_t chunk = 256; // rows turned to double at a time

Eigen::VectorXd meanOfRows(const Array& z) {
    const RowBlocks blocks(z.dim(0));
    std::vector<Eigen::VectorXd> parts(static_cast<size_t>(blocks.count()));
    forEachBlock(blocks, {}, [&](int64_t block, int64_t begin, int64_t end) {
        const FloatRows rows(z.data() + begin * z.dim(1), end - begin, z.dim(1));
        Eigen::VectorXd sum = Eigen::VectorXd::Zero(z.dim(1));
        for (int64_t row = 0; row < rows.rows(); ++row)
            sum += rows.row(row).cast<double>().transpose();
        parts[static_cast<size_t>(block)] = std::move(sum);
    });
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(z.dim(1));
    for (const Eigen::VectorXd& part : parts)
        mean += part;
    return mean / static_cast<double>(z.dim(0));
}

/// Blocks few enough for one D×D matrix each within about 500 MB.
RowBlocks covarianceBlocks(int64_t rows, int64_t dims) {
    const int64_t most = std::clamp<int64_t>((int64_t{1} << 26) / (dims * dims), 1, 64);
    return RowBlocks(rows, std::max<int64_t>(1024, (rows + most - 1) / most));
}

/// Lower triangle of the covariance, of N−1 normalisation.
Eigen::MatrixXd covarianceOfRows(const Array& z, const Eigen::VectorXd& mean) {
    const int64_t dims = z.dim(1);
    const RowBlocks blocks = covarianceBlocks(z.dim(0), dims);
    std::vector<Eigen::MatrixXd> parts(static_cast<size_t>(blocks.count()));
    forEachBlock(blocks, {}, [&](int64_t block, int64_t begin, int64_t end) {
        Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(dims, dims);
        for (int64_t row = begin; row < end; row += chunk) {
            const FloatRows rows(z.data() + row * dims, std::min(chunk, end - row), dims);
            const Rows centred = rows.cast<double>().rowwise() - mean.transpose();
            sum.selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose());
        }
        parts[static_cast<size_t>(block)] = std::move(sum);
    });
    for (size_t block = 1; block < parts.size(); ++block)
        parts.front() += parts[block];
    return parts.front() / static_cast<double>(std::max<int64_t>(1, z.dim(0) - 1));
}

void requireColumns(const Array& table, int64_t columns, const char* subject) {
    if (table.rank() != 2 || table.dim(1) != columns)
        throw UsageError(subject, "they do not have " + std::to_string(columns) + " columns",
                         "give values of the same projection");
}

void requireSizes(const Array& z, int64_t dims) {
    constexpr int64_t mostDimensions = 16384; // the covariance takes 2 GB then
    if (z.dim(1) > mostDimensions)
        throw UsageError("latents",
                         std::to_string(z.dim(1)) + " dimensions are too many for principal components",
                         "use at most " + std::to_string(mostDimensions));
    if (dims < 1 || dims > std::min(z.dim(0), z.dim(1)))
        throw UsageError("principal components",
                         std::to_string(dims) + " cannot be had from " + std::to_string(z.dim(0)) +
                             " rows of " + std::to_string(z.dim(1)),
                         "ask for at least 1 and at most as many as rows and columns");
}

} // namespace

PcaReport fitPca(const Array& z, int64_t dims) {
    requireFiniteRows(z);
    requireSizes(z, dims);
    const Array rows = z.contiguousCopy();
    const Eigen::VectorXd mean = meanOfRows(rows);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covarianceOfRows(rows, mean));
    if (solver.info() != Eigen::Success)
        throw Error(ErrorKind::Internal, "latents", "the eigenvalues of their covariance did not converge",
                    "");
    PcaReport report;
    report.mean.assign(mean.begin(), mean.end());
    report.totalVariance = std::max(0.0, solver.eigenvalues().sum());
    report.components = Array({dims, z.dim(1)});
    for (int64_t i = 0; i < dims; ++i) {
        const Eigen::Index from = z.dim(1) - 1 - i; // eigenvalues come in rising order
        Eigen::VectorXd axis = solver.eigenvectors().col(from);
        Eigen::Index largest = 0;
        axis.cwiseAbs().maxCoeff(&largest);
        if (axis[largest] < 0)
            axis = -axis;
        std::copy(axis.begin(), axis.end(), report.components.data() + i * z.dim(1));
        report.explainedVariance.push_back(std::max(0.0, solver.eigenvalues()[from]));
    }
    report.projected = projectPca(report, rows);
    return report;
}

Array projectPca(const PcaReport& pca, const Array& z) {
    const int64_t dims = pca.components.dim(0), columns = pca.components.dim(1);
    requireColumns(z, columns, "latents");
    const Array rows = z.contiguousCopy();
    const Eigen::MatrixXd axes = FloatRows(pca.components.data(), dims, columns).cast<double>().transpose();
    const Eigen::Map<const Eigen::RowVectorXd> mean(pca.mean.data(), columns);
    Array result({rows.dim(0), dims});
    forEachBlock(RowBlocks(rows.dim(0)), {}, [&](int64_t, int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row += chunk) {
            const FloatRows part(rows.data() + row * columns, std::min(chunk, end - row), columns);
            const Rows centred = part.cast<double>().rowwise() - mean;
            const Rows places = centred * axes;
            std::copy_n(places.data(), places.size(), result.data() + row * dims);
        }
    });
    return result;
}

Array invertPca(const PcaReport& pca, const Array& xy) {
    const int64_t dims = pca.components.dim(0), columns = pca.components.dim(1);
    requireColumns(xy, dims, "places on the map");
    const Array places = xy.contiguousCopy();
    Array result({places.dim(0), columns});
    for (int64_t n = 0; n < places.dim(0); ++n)
        for (int64_t d = 0; d < columns; ++d) {
            double value = pca.mean[static_cast<size_t>(d)];
            for (int64_t i = 0; i < dims; ++i)
                value += static_cast<double>(places.at(n, i)) * pca.components.at(i, d);
            result.at(n, d) = static_cast<float>(value);
        }
    return result;
}

} // namespace galatea
