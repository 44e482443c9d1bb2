// The document's labels: who may change them, and what follows from a change.

#include <algorithm>

#include "app/desktop/document.h"

namespace galatea {

void Document::beginLabels(bool otherObjects) {
    if (!otherObjects && labels_.rowCount() == objectCount())
        return;
    labels_ = LabelBook(objectCount());
    columnSources_.reset(); // what they say of labels is of the other book
    Q_EMIT labelsReset();
    Q_EMIT columnsChanged();
    Q_EMIT labelsChanged();
}

void Document::changeLabels(const LabelEdit& edit) {
    const LabelChange change = applyLabels(edit, false);
    if (!change.empty())
        Q_EMIT labelsEdited(change);
}

void Document::takeLabels(const LabelEdit& edit) {
    applyLabels(edit, true);
}

LabelChange Document::applyLabels(const LabelEdit& edit, bool anyway) {
    const ColourBy byLabel{ColourBy::Kind::Label, {}};
    const std::vector<int16_t> before = labels_.presentClasses();
    LabelChange change = labels_.apply(edit, anyway);
    if (!change.empty())
        ++labelRevision_;
    const std::vector<int16_t> after = labels_.presentClasses();
    const bool coloured = colouring_ == byLabel;
    if (before.empty() != after.empty()) { // one colouring more or less; the others are as they were
        if (after.empty())
            std::erase(possibleColourings_, byLabel);
        else if (!possibleColourings_.empty())
            possibleColourings_.insert(possibleColourings_.begin() + 1, byLabel);
    }
    if (coloured && after.empty()) {
        setColouring({});
    } else if (coloured && before != after && !hidden_.empty()) {
        std::set<int> hidden; // by place in the legend: the places have moved
        for (size_t place = 0; place < after.size(); ++place) {
            const auto old = std::find(before.begin(), before.end(), after[place]) - before.begin();
            if (hidden_.contains(static_cast<int>(old)))
                hidden.insert(static_cast<int>(place));
        }
        hidden_ = std::move(hidden);
        Q_EMIT colouringChanged(colouring_);
        Q_EMIT hiddenClassesChanged(hidden_);
    } else if ((coloured && !change.empty()) || before.empty() != after.empty()) {
        Q_EMIT colouringChanged(colouring_);
    }
    if (!change.empty()) // proposals are no column
        Q_EMIT columnsChanged();
    Q_EMIT labelsChanged();
    return change;
}

} // namespace galatea
