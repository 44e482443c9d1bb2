#include "mixture/row_tiles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/error.h"
#include "mixture/vectorised.h"

namespace galatea {

namespace {

constexpr int64_t tileRows = RowTile::capacity;

/// One centre against a whole tile. byDim [D, tileRows] → out [tileRows].
GALATEA_VECTORISED void tileDistances(const double* byDim, int64_t dims, const double* centre,
                                      const double* scale, double* out) {
    constexpr int64_t group = 16; // rows: four sums at once hide the additions' latency
    for (int64_t first = 0; first < tileRows; first += group) {
        Quad a{}, b{}, c{}, e{};
        const double* column = byDim + first;
        for (int64_t d = 0; d < dims; ++d, column += tileRows) {
            const auto* values = reinterpret_cast<const Quad*>(column);
            const Quad da = (values[0] - centre[d]) * scale[d], db = (values[1] - centre[d]) * scale[d];
            const Quad dc = (values[2] - centre[d]) * scale[d], de = (values[3] - centre[d]) * scale[d];
            a += da * da;
            b += db * db;
            c += dc * dc;
            e += de * de;
        }
        auto* sums = reinterpret_cast<Quad*>(out + first);
        sums[0] = a;
        sums[1] = b;
        sums[2] = c;
        sums[3] = e;
    }
}

/// Keeps the smaller of `smallest` and `values`, and the number of the centre it came from.
GALATEA_VECTORISED void keepSmaller(const double* __restrict values, double number,
                                    double* __restrict smallest, double* __restrict centre) {
    for (int64_t r = 0; r < tileRows; ++r) {
        const bool smaller = values[r] < smallest[r];
        centre[r] = smaller ? number : centre[r];
        smallest[r] = smaller ? values[r] : smallest[r];
    }
}

/// Four weighted rows into one centre's sums, so that the sums are loaded and stored once for all.
GALATEA_VECTORISED void addFourRows(const std::array<const double*, 4>& rows,
                                    const std::array<double, 4>& weights, const double* __restrict reference,
                                    int64_t dims, double* __restrict first, double* __restrict second) {
    const double *a = rows[0], *b = rows[1], *c = rows[2], *e = rows[3];
    const double wa = weights[0], wb = weights[1], wc = weights[2], we = weights[3];
    for (int64_t d = 0; d < dims; ++d) {
        const double da = a[d] - reference[d], db = b[d] - reference[d];
        const double dc = c[d] - reference[d], de = e[d] - reference[d];
        const double ga = wa * da, gb = wb * db, gc = wc * dc, ge = we * de;
        first[d] += (ga + gb) + (gc + ge);
        second[d] += (ga * da + gb * db) + (gc * dc + ge * de);
    }
}

} // namespace

RowTile::RowTile(int64_t dims, int64_t centres)
    : dims_(dims), byRow_(static_cast<size_t>(dims * capacity)), byDim_(static_cast<size_t>(dims * capacity)),
      values_(static_cast<size_t>(centres * capacity)) {}

void RowTile::load(const float* z, int64_t begin, int64_t end) {
    rows_ = std::min(capacity, end - begin);
    for (int64_t r = 0; r < rows_; ++r) {
        const float* source = z + (begin + r) * dims_;
        double* target = byRow_.data() + r * dims_;
        for (int64_t d = 0; d < dims_; ++d) {
            target[d] = source[d];
            byDim_[static_cast<size_t>(d * capacity + r)] = source[d];
        }
    }
}

void RowTile::squaredDistances(const ScaledCentres& centres) {
    for (int64_t k = 0; k < centres.count; ++k)
        tileDistances(byDim_.data(), dims_, centres.centre.data() + k * dims_,
                      centres.scale.data() + k * dims_, values(k));
}

void RowTile::smallestValues(double* smallest, double* centre) const {
    std::copy_n(values_.data(), capacity, smallest);
    std::fill_n(centre, capacity, 0.0);
    const auto centres = static_cast<int64_t>(values_.size()) / capacity;
    for (int64_t k = 1; k < centres; ++k)
        keepSmaller(values_.data() + k * capacity, static_cast<double>(k), smallest, centre);
}

WeightedSums::WeightedSums(int64_t centres, int64_t dimensions)
    : count(centres), dims(dimensions), weight(static_cast<size_t>(centres)),
      first(static_cast<size_t>(centres * dimensions)), second(first.size()) {}

void WeightedSums::add(RowTile& tile, const std::vector<double>& reference) {
    for (int64_t k = 0; k < count; ++k) {
        const double* values = tile.values(k);
        std::array<const double*, 4> rows{};
        std::array<double, 4> weights{};
        size_t held = 0;
        const auto flush = [&] {
            for (size_t i = held; i < rows.size(); ++i) {
                rows[i] = rows[0];
                weights[i] = 0;
            }
            if (held > 0)
                addFourRows(rows, weights, reference.data() + k * dims, dims, first.data() + k * dims,
                            second.data() + k * dims);
            held = 0;
        };
        for (int64_t r = 0; r < tile.rows(); ++r) {
            if (values[r] < negligibleWeight)
                continue;
            weight[static_cast<size_t>(k)] += values[r];
            rows[held] = tile.row(r);
            weights[held] = values[r];
            if (++held == rows.size())
                flush();
        }
        flush();
    }
}

void WeightedSums::addRow(const double* row, int64_t centre, const std::vector<double>& reference) {
    weight[static_cast<size_t>(centre)] += 1;
    const double* origin = reference.data() + centre * dims;
    double* sum = first.data() + centre * dims;
    for (int64_t d = 0; d < dims; ++d)
        sum[d] += row[d] - origin[d];
}

WeightedSums& WeightedSums::operator+=(const WeightedSums& other) {
    const auto add = [](std::vector<double>& mine, const std::vector<double>& theirs) {
        for (size_t i = 0; i < mine.size(); ++i)
            mine[i] += theirs[i];
    };
    add(weight, other.weight);
    add(first, other.first);
    add(second, other.second);
    return *this;
}

void requireFiniteRows(const Array& z) {
    if (z.rank() != 2 || z.dim(1) == 0)
        throw UsageError("latents", "they are no table of rows and dimensions", "give an array [N,D]");
    const Array rows = z.contiguousCopy();
    const float* values = rows.data();
    for (int64_t i = 0; i < rows.size(); ++i)
        if (!std::isfinite(values[i]))
            throw UsageError("latents", "row " + std::to_string(i / z.dim(1)) + " (from 0) is not finite",
                             "leave such rows out");
}

} // namespace galatea
