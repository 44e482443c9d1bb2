#pragma once
// How far the labels agree with a column of classes.

#include <vector>

#include <QStringList>

namespace galatea {

struct LabelAgreement {
    QStringList labels, values; ///< in such an order that what belongs together has the same place
    std::vector<int64_t> table; ///< [labels,values] numbers of objects
    int64_t objects = 0;        ///< with a label and a value
    bool byName = false;        ///< some belong together by name; the others as it fits best
    double accuracy = 0;        ///< part on the diagonal
    double kappa = 0;           ///< Cohen (1960): the same, corrected for chance; NaN if chance is certain
    double adjustedRand = 0;    ///< needs no pairing (Hubert & Arabie 1985)
};

/// Places among the names, −1 without; equally long. Empty if no object has both.
LabelAgreement agreementWith(const std::vector<int>& label, const QStringList& labelNames,
                             const std::vector<int>& value, const QStringList& valueNames);

} // namespace galatea
