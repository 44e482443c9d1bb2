#include "app/desktop/labels/label_agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "metrics/agreement.h"

namespace galatea {

namespace {

/// For each value the label it belongs to, −1 without.
std::vector<int64_t> pairedByName(const QStringList& labels, const QStringList& values) {
    std::vector<int64_t> labelOf;
    for (const QString& value : values) {
        int64_t found = -1;
        for (qsizetype i = 0; i < labels.size(); ++i)
            if (labels[i].compare(value, Qt::CaseInsensitive) == 0)
                found = i;
        labelOf.push_back(found);
    }
    return labelOf;
}

/// Those left without a pair get the one that fits best, among those left.
void pairTheRest(std::vector<int64_t>& labelOf, const std::vector<int64_t>& table, int64_t labels) {
    const auto values = static_cast<int64_t>(labelOf.size());
    std::vector<int64_t> freeLabels, freeValues, rest;
    for (int64_t l = 0; l < labels; ++l)
        if (std::find(labelOf.begin(), labelOf.end(), l) == labelOf.end())
            freeLabels.push_back(l);
    for (int64_t v = 0; v < values; ++v)
        if (labelOf[static_cast<size_t>(v)] < 0)
            freeValues.push_back(v);
    if (freeLabels.empty() || freeValues.empty())
        return;
    for (const int64_t v : freeValues)
        for (const int64_t l : freeLabels)
            rest.push_back(table[static_cast<size_t>(l * values + v)]);
    const std::vector<int64_t> found = bestAssignment(rest, static_cast<int64_t>(freeValues.size()),
                                                      static_cast<int64_t>(freeLabels.size()));
    for (size_t i = 0; i < found.size(); ++i)
        if (found[i] >= 0 && rest[i * freeLabels.size() + static_cast<size_t>(found[i])] > 0)
            labelOf[static_cast<size_t>(freeValues[i])] = freeLabels[static_cast<size_t>(found[i])];
}

void measure(LabelAgreement& agreement) {
    const auto rows = static_cast<size_t>(agreement.labels.size()),
               columns = static_cast<size_t>(agreement.values.size());
    double same = 0, chance = 0;
    const auto n = static_cast<double>(agreement.objects);
    for (size_t k = 0; k < std::min(rows, columns); ++k) {
        double inRow = 0, inColumn = 0;
        for (size_t j = 0; j < columns; ++j)
            inRow += static_cast<double>(agreement.table[k * columns + j]);
        for (size_t i = 0; i < rows; ++i)
            inColumn += static_cast<double>(agreement.table[i * columns + k]);
        if (agreement.labels[static_cast<qsizetype>(k)].isEmpty() ||
            agreement.values[static_cast<qsizetype>(k)].isEmpty())
            continue;
        same += static_cast<double>(agreement.table[k * columns + k]);
        chance += inRow / n * inColumn / n;
    }
    agreement.accuracy = same / n;
    agreement.kappa =
        chance < 1 ? (agreement.accuracy - chance) / (1 - chance) : std::numeric_limits<double>::quiet_NaN();
}

} // namespace

LabelAgreement agreementWith(const std::vector<int>& label, const QStringList& labelNames,
                             const std::vector<int>& value, const QStringList& valueNames) {
    std::vector<int64_t> labels, values;
    for (size_t row = 0; row < std::min(label.size(), value.size()); ++row)
        if (label[row] >= 0 && value[row] >= 0) {
            labels.push_back(label[row]);
            values.push_back(value[row]);
        }
    LabelAgreement result;
    result.objects = static_cast<int64_t>(labels.size());
    if (labels.empty())
        return result;
    const Agreement found = agreementOf(labels, labelNames.size(), values, valueNames.size());
    result.adjustedRand = found.adjustedRand;
    std::vector<int64_t> labelOf = pairedByName(labelNames, valueNames);
    result.byName = std::any_of(labelOf.begin(), labelOf.end(), [](int64_t one) { return one >= 0; });
    pairTheRest(labelOf, found.table, labelNames.size());
    // Pairs first, then labels and values that belong to none, each beside an empty name.
    std::vector<int64_t> rowOrder, columnOrder;
    for (size_t v = 0; v < labelOf.size(); ++v)
        if (labelOf[v] >= 0) {
            rowOrder.push_back(labelOf[v]);
            columnOrder.push_back(static_cast<int64_t>(v));
        }
    for (int64_t l = 0; l < labelNames.size(); ++l)
        if (std::find(rowOrder.begin(), rowOrder.end(), l) == rowOrder.end()) {
            rowOrder.push_back(l);
            columnOrder.push_back(-1);
        }
    for (size_t v = 0; v < labelOf.size(); ++v)
        if (labelOf[v] < 0) {
            rowOrder.push_back(-1);
            columnOrder.push_back(static_cast<int64_t>(v));
        }
    for (const int64_t l : rowOrder)
        result.labels << (l < 0 ? QString() : labelNames[l]);
    for (const int64_t v : columnOrder)
        result.values << (v < 0 ? QString() : valueNames[v]);
    for (const int64_t l : rowOrder)
        for (const int64_t v : columnOrder)
            result.table.push_back(
                l < 0 || v < 0 ? 0 : found.table[static_cast<size_t>(l * valueNames.size() + v)]);
    measure(result);
    return result;
}

} // namespace galatea
