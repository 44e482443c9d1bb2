#include "metrics/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace galatea {

namespace {

double entropy(const std::vector<int64_t>& counts, double total) {
    double sum = 0;
    for (const int64_t count : counts)
        if (count > 0)
            sum -= static_cast<double>(count) / total * std::log(static_cast<double>(count) / total);
    return sum;
}

double pairs(int64_t count) {
    return 0.5 * static_cast<double>(count) * static_cast<double>(count - 1);
}

struct Margins {
    std::vector<int64_t> ofClass, ofCluster;
};

Margins marginsOf(const Agreement& a) {
    Margins margins{std::vector<int64_t>(static_cast<size_t>(a.classes), 0),
                    std::vector<int64_t>(static_cast<size_t>(a.clusters), 0)};
    for (int64_t c = 0; c < a.classes; ++c)
        for (int64_t k = 0; k < a.clusters; ++k) {
            margins.ofClass[static_cast<size_t>(c)] += a.table[static_cast<size_t>(c * a.clusters + k)];
            margins.ofCluster[static_cast<size_t>(k)] += a.table[static_cast<size_t>(c * a.clusters + k)];
        }
    return margins;
}

void addInformation(Agreement& a, const Margins& margins) {
    const auto total = static_cast<double>(a.objects);
    double mutual = 0;
    for (int64_t c = 0; c < a.classes; ++c)
        for (int64_t k = 0; k < a.clusters; ++k)
            if (const auto both = static_cast<double>(a.table[static_cast<size_t>(c * a.clusters + k)]);
                both > 0)
                mutual += both / total *
                          std::log(both * total /
                                   (static_cast<double>(margins.ofClass[static_cast<size_t>(c)]) *
                                    static_cast<double>(margins.ofCluster[static_cast<size_t>(k)])));
    const double ofClasses = entropy(margins.ofClass, total), ofClusters = entropy(margins.ofCluster, total);
    a.homogeneity = ofClasses > 0 ? mutual / ofClasses : 1;
    a.completeness = ofClusters > 0 ? mutual / ofClusters : 1;
    const double sum = a.homogeneity + a.completeness;
    a.vMeasure = sum > 0 ? 2 * a.homogeneity * a.completeness / sum : 0;
}

void addRand(Agreement& a, const Margins& margins) {
    double together = 0, inClasses = 0, inClusters = 0;
    for (const int64_t count : a.table)
        together += pairs(count);
    for (const int64_t count : margins.ofClass)
        inClasses += pairs(count);
    for (const int64_t count : margins.ofCluster)
        inClusters += pairs(count);
    const double all = pairs(a.objects), expected = all > 0 ? inClasses * inClusters / all : 0;
    const double most = 0.5 * (inClasses + inClusters);
    a.adjustedRand = most > expected ? (together - expected) / (most - expected) : 1;
}

void addAccuracy(Agreement& a) {
    const std::vector<int64_t> clusterOf = bestAssignment(a.table, a.classes, a.clusters);
    a.classOf.assign(static_cast<size_t>(a.clusters), -1);
    int64_t right = 0, commonest = 0;
    for (int64_t c = 0; c < a.classes; ++c)
        if (const int64_t k = clusterOf[static_cast<size_t>(c)]; k >= 0) {
            a.classOf[static_cast<size_t>(k)] = c;
            right += a.table[static_cast<size_t>(c * a.clusters + k)];
        }
    for (int64_t k = 0; k < a.clusters; ++k) {
        int64_t most = 0;
        for (int64_t c = 0; c < a.classes; ++c)
            most = std::max(most, a.table[static_cast<size_t>(c * a.clusters + k)]);
        commonest += most;
    }
    a.accuracy = static_cast<double>(right) / static_cast<double>(a.objects);
    a.purity = static_cast<double>(commonest) / static_cast<double>(a.objects);
}

/// Assigns the rows of a cost matrix with at least as many columns, one after the other, each along the
/// cheapest path of reassignments. Places count from 1; column 0 stands for the row being placed.
class Assignment {
  public:
    Assignment(std::vector<double> cost, int64_t rows, int64_t columns)
        : cost_(std::move(cost)), rows_(static_cast<size_t>(rows)), columns_(static_cast<size_t>(columns)),
          ofRow_(rows_ + 1, 0.0), ofColumn_(columns_ + 1, 0.0), rowAt_(columns_ + 1, 0) {}

    std::vector<int64_t> run() {
        for (size_t row = 1; row <= rows_; ++row)
            place(row);
        std::vector<int64_t> columnOf(rows_, -1);
        for (size_t column = 1; column <= columns_; ++column)
            if (rowAt_[column] != 0)
                columnOf[rowAt_[column] - 1] = static_cast<int64_t>(column) - 1;
        return columnOf;
    }

  private:
    void place(size_t row) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        std::vector<double> slack(columns_ + 1, infinity);
        std::vector<size_t> from(columns_ + 1, 0);
        std::vector<bool> done(columns_ + 1, false);
        rowAt_[0] = row;
        size_t column = 0;
        while (rowAt_[column] != 0) {
            done[column] = true;
            const size_t here = rowAt_[column];
            double least = infinity;
            size_t next = 0;
            for (size_t other = 1; other <= columns_; ++other) {
                if (done[other])
                    continue;
                const double reduced =
                    cost_[(here - 1) * columns_ + other - 1] - ofRow_[here] - ofColumn_[other];
                if (reduced < slack[other]) {
                    slack[other] = reduced;
                    from[other] = column;
                }
                if (slack[other] < least) {
                    least = slack[other];
                    next = other;
                }
            }
            for (size_t other = 0; other <= columns_; ++other)
                if (done[other]) {
                    ofRow_[rowAt_[other]] += least;
                    ofColumn_[other] -= least;
                } else {
                    slack[other] -= least;
                }
            column = next;
        }
        for (; column != 0; column = from[column])
            rowAt_[column] = rowAt_[from[column]];
    }

    std::vector<double> cost_;
    size_t rows_, columns_;
    std::vector<double> ofRow_, ofColumn_; ///< dual prices
    std::vector<size_t> rowAt_;            ///< the row that a column has; 0: none
};

} // namespace

std::vector<int64_t> bestAssignment(std::span<const int64_t> table, int64_t rows, int64_t columns) {
    if (static_cast<int64_t>(table.size()) != rows * columns)
        throw std::invalid_argument("an assignment needs a table of rows × columns");
    const bool turned = rows > columns;
    std::vector<double> cost(table.size());
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < columns; ++c)
            cost[static_cast<size_t>(turned ? c * rows + r : r * columns + c)] =
                -static_cast<double>(table[static_cast<size_t>(r * columns + c)]);
    const std::vector<int64_t> found =
        Assignment(std::move(cost), std::min(rows, columns), std::max(rows, columns)).run();
    if (!turned)
        return found;
    std::vector<int64_t> columnOf(static_cast<size_t>(rows), -1);
    for (size_t c = 0; c < found.size(); ++c)
        columnOf[static_cast<size_t>(found[c])] = static_cast<int64_t>(c);
    return columnOf;
}

Agreement agreementOf(std::span<const int64_t> classLabels, int64_t classes,
                      std::span<const int64_t> clusterLabels, int64_t clusters) {
    if (classLabels.size() != clusterLabels.size() || classLabels.empty())
        throw std::invalid_argument("two divisions need the same objects, at least one");
    Agreement result;
    result.classes = classes;
    result.clusters = clusters;
    result.objects = static_cast<int64_t>(classLabels.size());
    result.table.assign(static_cast<size_t>(classes * clusters), 0);
    for (size_t i = 0; i < classLabels.size(); ++i) {
        const int64_t c = classLabels[i], k = clusterLabels[i];
        if (c < 0 || c >= classes || k < 0 || k >= clusters)
            throw std::invalid_argument("a label is outside the classes or the clusters");
        ++result.table[static_cast<size_t>(c * clusters + k)];
    }
    const Margins margins = marginsOf(result);
    addInformation(result, margins);
    addRand(result, margins);
    addAccuracy(result);
    return result;
}

} // namespace galatea
