#include "app/desktop/labels/label_merge.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "widgets/map/palette.h"

namespace galatea {

namespace {

constexpr size_t mostClasses = 4000; ///< more are no classes; their labels are left out

/// The classes as they will be, by number.
class Classes {
  public:
    explicit Classes(const LabelBook& book) : book_(book), now_(book.classes()) {
        for (size_t id = 0; id < now_.size(); ++id)
            idOf_[now_[id].key] = static_cast<int16_t>(id);
    }
    void put(LabelClass value) {
        if (value.name.isEmpty())
            value.name = QString::fromStdString(value.key);
        if (const auto known = idOf_.find(value.key); known != idOf_.end())
            now_[static_cast<size_t>(known->second)] = std::move(value);
        else if (now_.size() < mostClasses)
            add(std::move(value));
    }
    /// −1 if there are too many classes already.
    int16_t ofLabel(const std::string& key) {
        if (const auto known = idOf_.find(key); known != idOf_.end()) {
            now_[static_cast<size_t>(known->second)].removed = false; // somebody uses it
            return known->second;
        }
        if (now_.size() >= mostClasses)
            return LabelValue::none;
        int digit = 1;
        while (digit <= 9 && std::any_of(now_.begin(), now_.end(), [&](const LabelClass& one) {
                   return !one.removed && one.digit == digit;
               }))
            ++digit;
        return add({key, QString::fromStdString(key).simplified(), paletteColour(now_.size()),
                    digit <= 9 ? digit : -1, false});
    }
    std::vector<LabelEdit::ClassEdit> edits() const {
        std::vector<LabelEdit::ClassEdit> edits;
        for (size_t id = 0; id < now_.size(); ++id) {
            LabelClass before = now_[id];
            before.removed = true;
            if (id < book_.classes().size())
                before = book_.classes()[id];
            if (!(before == now_[id]))
                edits.push_back({static_cast<int16_t>(id), before, now_[id]});
        }
        return edits;
    }

  private:
    int16_t add(LabelClass value) {
        const auto id = static_cast<int16_t>(now_.size());
        idOf_[value.key] = id;
        now_.push_back(std::move(value));
        return id;
    }

    const LabelBook& book_;
    std::vector<LabelClass> now_;
    std::unordered_map<std::string, int16_t> idOf_;
};

} // namespace

LabelEdit mergedNews(Document& document, const std::vector<ClassEvent>& classEvents,
                     const std::vector<uint32_t>& rows, const std::vector<LabelEvent>& labels,
                     bool onlyUnlabelled) {
    Classes classes(document.labels());
    for (const ClassEvent& event : classEvents)
        classes.put(event.value);
    std::map<uint32_t, LabelValue> values; // by row, the last word
    for (size_t i = 0; i < rows.size(); ++i) {
        if (onlyUnlabelled && document.labels().at(rows[i]).label != LabelValue::none)
            continue;
        LabelValue value;
        if (!labels[i].label.empty())
            value.label = classes.ofLabel(labels[i].label);
        if (value.label != LabelValue::none)
            value.mark = document.labelMark(labels[i].mark);
        values[rows[i]] = value;
    }
    LabelEdit edit;
    edit.classes = classes.edits();
    for (const auto& [row, value] : values)
        if (!(document.labels().at(row) == value)) {
            edit.rows.push_back(row);
            edit.before.push_back(document.labels().at(row));
            edit.after.push_back(value);
        }
    return edit;
}

} // namespace galatea
