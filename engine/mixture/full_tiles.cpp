#include "mixture/full_tiles.h"

#include <algorithm>

#include "mixture/vectorised.h"

namespace galatea {

namespace {

constexpr int64_t tileRows = RowTile::capacity;
constexpr int64_t band = 4; ///< rows of A worked on at once: with two quads of z that is eight sums

int64_t bandsOf(int64_t dims) {
    return (dims + band - 1) / band;
}

/// Numbers one packed map takes: band b has the columns 0 … 4b+3, as far as there are so many.
int64_t packedSizeOf(int64_t dims) {
    int64_t size = 0;
    for (int64_t b = 0; b < bandsOf(dims); ++b)
        size += band * std::min(dims, band * (b + 1));
    return size;
}

/// z [D, tileRows] − centre → out [D, tileRows].
GALATEA_VECTORISED void subtractCentre(const double* __restrict byDim, int64_t dims, const double* centre,
                                       double* __restrict out) {
    for (int64_t d = 0; d < dims; ++d)
        for (int64_t r = 0; r < tileRows; ++r)
            out[d * tileRows + r] = byDim[d * tileRows + r] - centre[d];
}

/// One map against a whole tile. differences [D, tileRows] → out [tileRows].
GALATEA_VECTORISED void whitenedSquares(const double* differences, int64_t dims, const double* packed,
                                        double* out) {
    constexpr int64_t group = 8;
    for (int64_t firstRow = 0; firstRow < tileRows; firstRow += group) {
        Quad sumA{}, sumB{};
        const double* map = packed;
        for (int64_t columns = band; columns < dims + band; columns += band) {
            Quad a0{}, a1{}, a2{}, a3{}, b0{}, b1{}, b2{}, b3{};
            const double* column = differences + firstRow;
            for (int64_t j = 0; j < (columns < dims ? columns : dims); ++j, column += tileRows, map += band) {
                const auto* values = reinterpret_cast<const Quad*>(column);
                const Quad a = values[0], b = values[1];
                a0 += a * map[0];
                b0 += b * map[0];
                a1 += a * map[1];
                b1 += b * map[1];
                a2 += a * map[2];
                b2 += b * map[2];
                a3 += a * map[3];
                b3 += b * map[3];
            }
            sumA += (a0 * a0 + a1 * a1) + (a2 * a2 + a3 * a3);
            sumB += (b0 * b0 + b1 * b1) + (b2 * b2 + b3 * b3);
        }
        auto* sums = reinterpret_cast<Quad*>(out + firstRow);
        sums[0] = sumA;
        sums[1] = sumB;
    }
}

/// Σ_r weighted_r rows_rᵀ onto the lower triangle of `second` [stride, stride], in pieces of 4 × 8.
GALATEA_VECTORISED void addProducts(const double* rows, const double* weighted, int64_t count, int64_t dims,
                                    int64_t stride, double* second) {
    for (int64_t i = 0; i < dims; i += 4)
        for (int64_t j = 0; j < i + 4; j += 8) {
            Quad a0{}, a1{}, a2{}, a3{}, b0{}, b1{}, b2{}, b3{};
            for (int64_t r = 0; r < count; ++r) {
                const double* left = weighted + r * stride + i;
                const auto* values = reinterpret_cast<const Quad*>(rows + r * stride + j);
                const Quad a = values[0], b = values[1];
                a0 += a * left[0];
                b0 += b * left[0];
                a1 += a * left[1];
                b1 += b * left[1];
                a2 += a * left[2];
                b2 += b * left[2];
                a3 += a * left[3];
                b3 += b * left[3];
            }
            double* target = second + i * stride + j;
            const auto add = [&](int64_t row, Quad a, Quad b) {
                auto* sums = reinterpret_cast<Quad*>(target + row * stride);
                sums[0] += a;
                sums[1] += b;
            };
            add(0, a0, b0);
            add(1, a1, b1);
            add(2, a2, b2);
            add(3, a3, b3);
        }
}

/// One row less its reference, plain and weighted, and the weighted one onto the first moments.
GALATEA_VECTORISED void weighRow(const double* __restrict z, const double* __restrict reference,
                                 double weight, int64_t dims, double* __restrict row,
                                 double* __restrict weighted, double* __restrict first) {
    for (int64_t d = 0; d < dims; ++d) {
        row[d] = z[d] - reference[d];
        weighted[d] = weight * row[d];
        first[d] += weighted[d];
    }
}

int64_t strideOf(int64_t dims) {
    return (dims + 7) / 8 * 8;
}

} // namespace

WhitenedCentres::WhitenedCentres(int64_t dimensions, std::vector<double> centres)
    : count_(static_cast<int64_t>(centres.size()) / dimensions), dims_(dimensions),
      packedSize_(packedSizeOf(dimensions)), centre_(std::move(centres)),
      packed_(static_cast<size_t>(count_ * packedSize_)) {}

void WhitenedCentres::setMap(int64_t k, const std::vector<double>& lower, double factor) {
    double* out = packed_.data() + k * packedSize_;
    for (int64_t b = 0; b < bandsOf(dims_); ++b)
        for (int64_t j = 0; j < std::min(dims_, band * (b + 1)); ++j)
            for (int64_t i = band * b; i < band * (b + 1); ++i)
                *out++ = i < dims_ && j <= i ? factor * lower[static_cast<size_t>(i * dims_ + j)] : 0;
}

void WhitenedCentres::squaredDistances(RowTile& tile) const {
    thread_local std::vector<double> differences;
    differences.resize(static_cast<size_t>(dims_ * tileRows));
    for (int64_t k = 0; k < count_; ++k) {
        subtractCentre(tile.byDimension(), dims_, centre_.data() + k * dims_, differences.data());
        whitenedSquares(differences.data(), dims_, packed_.data() + k * packedSize_, tile.values(k));
    }
}

ProductSums::ProductSums(int64_t centres, int64_t dimensions)
    : count(centres), dims(dimensions), stride(strideOf(dimensions)), weight(static_cast<size_t>(centres)),
      first(static_cast<size_t>(centres * dimensions)),
      second(static_cast<size_t>(centres * stride * stride)), rows_(static_cast<size_t>(tileRows * stride)),
      weighted_(rows_.size()) {}

void ProductSums::add(RowTile& tile, const std::vector<double>& reference) {
    for (int64_t k = 0; k < count; ++k) {
        const double* values = tile.values(k);
        int64_t held = 0;
        for (int64_t r = 0; r < tile.rows(); ++r) {
            if (values[r] < negligibleWeight)
                continue;
            weight[static_cast<size_t>(k)] += values[r];
            weighRow(tile.row(r), reference.data() + k * dims, values[r], dims, rows_.data() + held * stride,
                     weighted_.data() + held * stride, first.data() + k * dims);
            ++held;
        }
        if (held > 0)
            addProducts(rows_.data(), weighted_.data(), held, dims, stride,
                        second.data() + k * stride * stride);
    }
}

ProductSums& ProductSums::operator+=(const ProductSums& other) {
    const auto add = [](std::vector<double>& mine, const std::vector<double>& theirs) {
        for (size_t i = 0; i < mine.size(); ++i)
            mine[i] += theirs[i];
    };
    add(weight, other.weight);
    add(first, other.first);
    add(second, other.second);
    return *this;
}

int64_t productSumsBytes(int64_t centres, int64_t dims) {
    return centres * strideOf(dims) * strideOf(dims) * static_cast<int64_t>(sizeof(double));
}

} // namespace galatea
