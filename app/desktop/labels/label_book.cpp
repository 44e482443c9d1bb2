#include "app/desktop/labels/label_book.h"

#include <algorithm>
#include <cmath>

namespace galatea {

const char* labelOriginName(LabelOrigin origin) {
    switch (origin) {
    case LabelOrigin::Proposed:
        return "proposed";
    case LabelOrigin::Imported:
        return "imported";
    default:
        return "person";
    }
}

LabelOrigin labelOriginFrom(const std::string& name) {
    for (const LabelOrigin origin : {LabelOrigin::Proposed, LabelOrigin::Imported})
        if (name == labelOriginName(origin))
            return origin;
    return LabelOrigin::Person;
}

double labelConfidenceFrom(double said) {
    return std::isfinite(said) ? std::clamp(said, 0.0, 1.0) : 1;
}

double labelTimeFrom(double said) {
    constexpr double year10000 = 253402300800;
    return said > 0 && said < year10000 ? said : 0;
}

LabelEdit LabelEdit::reversed() const {
    LabelEdit back{rows, after, before, classes, proposes, proposalsAfter, proposalsBefore};
    for (ClassEdit& edit : back.classes)
        std::swap(edit.before, edit.after);
    return back;
}

std::vector<int16_t> LabelBook::presentClasses() const {
    std::vector<int16_t> present;
    for (size_t id = 0; id < classes_.size(); ++id)
        if (!classes_[id].removed)
            present.push_back(static_cast<int16_t>(id));
    return present;
}

int16_t LabelBook::classOfKey(const std::string& key) const {
    for (size_t id = 0; id < classes_.size(); ++id)
        if (classes_[id].key == key)
            return static_cast<int16_t>(id);
    return LabelValue::none;
}

int16_t LabelBook::classOfName(const QString& name) const {
    for (const int16_t id : presentClasses())
        if (classes_[static_cast<size_t>(id)].name == name)
            return id;
    return LabelValue::none;
}

int16_t LabelBook::classOfDigit(int digit) const {
    for (const int16_t id : presentClasses())
        if (digit > 0 && classes_[static_cast<size_t>(id)].digit == digit)
            return id;
    return LabelValue::none;
}

int LabelBook::freeDigit() const {
    for (int digit = 1; digit <= 9; ++digit)
        if (classOfDigit(digit) == LabelValue::none)
            return digit;
    return -1;
}

std::string LabelBook::freeKey(const QString& name) const {
    const std::string wanted = name.toStdString();
    std::string key = wanted;
    for (int n = 2; classOfKey(key) != LabelValue::none; ++n)
        key = wanted + "#" + std::to_string(n);
    return key;
}

LabelValue LabelBook::at(int64_t row) const {
    const bool known = row >= 0 && row < static_cast<int64_t>(values_.size());
    return known ? values_[static_cast<size_t>(row)] : LabelValue{};
}

uint32_t LabelBook::markIndex(const LabelMark& mark) {
    const auto [place, isNew] = markIndices_.try_emplace(mark, static_cast<uint32_t>(marks_.size()));
    if (isNew)
        marks_.push_back(mark);
    return place->second;
}

int64_t LabelBook::count(int16_t label) const {
    const auto at = static_cast<size_t>(label);
    return label >= 0 && at < counts_.size() ? counts_[at] : 0;
}

int64_t LabelBook::labelled() const {
    int64_t sum = 0;
    for (const int64_t count : counts_)
        sum += count;
    return sum;
}

void LabelBook::placesOf(std::vector<int>& places, QStringList& names) const {
    std::vector<int> placeOf(classes_.size() + 1, -1); // the last one: no label
    names.clear();
    for (const int16_t id : presentClasses()) {
        placeOf[static_cast<size_t>(id)] = static_cast<int>(names.size());
        names << classes_[static_cast<size_t>(id)].name;
    }
    places.assign(static_cast<size_t>(rows_), -1);
    for (size_t row = 0; row < values_.size(); ++row)
        places[row] =
            placeOf[values_[row].label < 0 ? classes_.size() : static_cast<size_t>(values_[row].label)];
}

const LabelProposal* LabelBook::proposalAt(int64_t row) const {
    if (!proposals_ || row < 0)
        return nullptr;
    const auto place =
        std::lower_bound(proposals_->begin(), proposals_->end(), row,
                         [](const LabelProposal& one, int64_t wanted) { return one.row < wanted; });
    return place != proposals_->end() && place->row == row ? &*place : nullptr;
}

LabelEdit LabelBook::editOf(const std::vector<int64_t>& rows, LabelValue after) const {
    LabelEdit edit;
    edit.after = {after};
    for (const int64_t row : rows) {
        if (row < 0 || row >= rows_ || at(row) == after)
            continue;
        edit.rows.push_back(static_cast<uint32_t>(row));
        edit.before.push_back(at(row));
    }
    const bool alike = std::all_of(edit.before.begin(), edit.before.end(),
                                   [&](const LabelValue& value) { return value == edit.before.front(); });
    if (alike && !edit.before.empty()) {
        edit.before.resize(1);
        edit.before.shrink_to_fit();
    }
    return edit;
}

void LabelBook::put(uint32_t row, LabelValue value) {
    if (values_.empty())
        values_.resize(static_cast<size_t>(rows_));
    LabelValue& place = values_[row];
    if (place.label >= 0)
        --counts_[static_cast<size_t>(place.label)];
    if (value.label >= 0)
        ++counts_[static_cast<size_t>(value.label)];
    place = value;
}

LabelChange LabelBook::apply(const LabelEdit& edit, bool anyway) {
    LabelChange change;
    for (const LabelEdit::ClassEdit& one : edit.classes) {
        const auto at = static_cast<size_t>(one.id);
        if (at >= classes_.size()) {
            classes_.resize(at + 1);
            counts_.resize(at + 1);
        }
        classes_[at] = one.after;
        if (classes_[at].key.empty())
            classes_[at].key = one.before.key;
        change.classes.push_back(one.id);
    }
    for (size_t i = 0; i < edit.rows.size(); ++i) {
        const uint32_t row = edit.rows[i];
        const LabelValue after = edit.afterAt(i);
        if (row >= rows_ || at(row) == after || (!anyway && !(at(row) == edit.beforeAt(i))))
            continue;
        put(row, after);
        change.rows.push_back(row);
        if (edit.after.size() > 1)
            change.values.push_back(after);
    }
    if (edit.after.size() == 1)
        change.values = edit.after;
    // Whoever removed a class did not know of these labels: it stays, or nobody could see them.
    for (size_t id = 0; id < classes_.size(); ++id)
        if (classes_[id].removed && counts_[id] > 0) {
            classes_[id].removed = false;
            const auto number = static_cast<int16_t>(id);
            if (std::find(change.classes.begin(), change.classes.end(), number) == change.classes.end())
                change.classes.push_back(number);
        }
    if (edit.proposes)
        proposals_ = edit.proposalsAfter;
    return change;
}

} // namespace galatea
