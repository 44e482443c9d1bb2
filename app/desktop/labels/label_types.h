#pragma once
// What labels are made of: classes, who said what when, and changes of them. Plain values.

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <QColor>
#include <QString>

namespace galatea {

/// A class as people named it. The key is its name in a store and never changes; the name may.
struct LabelClass {
    std::string key;
    QString name;
    QColor colour;
    int digit = -1;       ///< 1 … 9: the key that gives this label; −1: none
    bool removed = false; ///< kept, because history and undo steps refer to it
    bool operator==(const LabelClass&) const = default;
};

enum class LabelOrigin : uint8_t { Person, Proposed, Imported };

/// "person", "proposed", "imported", as in stores and files.
const char* labelOriginName(LabelOrigin origin);
/// Person for a text that is none of these.
LabelOrigin labelOriginFrom(const std::string& name);
/// What files and databases say may be anything: 0 … 1, 1 where it is no number.
double labelConfidenceFrom(double said);
/// Seconds since 1970 of a time that a calendar can show, else 0: unknown.
double labelTimeFrom(double said);

/// Who gave a label, and how sure it is.
struct LabelMark {
    QString who;
    double when = 0;       ///< seconds since 1970, UTC
    double confidence = 1; ///< 0 … 1
    LabelOrigin origin = LabelOrigin::Person;
    bool operator==(const LabelMark&) const = default;
    bool operator<(const LabelMark& other) const {
        return std::tie(who, when, confidence, origin) <
               std::tie(other.who, other.when, other.confidence, other.origin);
    }
};

/// The label of one object: which class of the book, and which of its marks.
struct LabelValue {
    static constexpr int16_t none = -1;
    int16_t label = none;
    uint32_t mark = 0; ///< meaningless without a label
    bool operator==(const LabelValue& other) const {
        return label == other.label && (label == none || mark == other.mark);
    }
};

/// A label that was worked out for an object without one, waiting to be accepted or dropped.
struct LabelProposal {
    uint32_t row = 0;
    int16_t label = LabelValue::none;
    float confidence = 0;
    bool operator==(const LabelProposal&) const = default;
};
/// Ascending rows; shared between the document and its undo steps.
using LabelProposals = std::shared_ptr<const std::vector<LabelProposal>>;

/// A change of labels that can be taken back; only what it changes. `rows` ascend; `before` and `after` have
/// one value for each, or a single one for all.
struct LabelEdit {
    struct ClassEdit {
        int16_t id = LabelValue::none;
        LabelClass before, after; ///< a new class was "removed" before
    };
    std::vector<uint32_t> rows;
    std::vector<LabelValue> before, after;
    std::vector<ClassEdit> classes;
    bool proposes = false; ///< the proposals change too
    LabelProposals proposalsBefore, proposalsAfter;

    const LabelValue& beforeAt(size_t i) const { return before[before.size() == 1 ? 0 : i]; }
    const LabelValue& afterAt(size_t i) const { return after[after.size() == 1 ? 0 : i]; }
    bool empty() const { return rows.empty() && classes.empty() && !proposes; }
    LabelEdit reversed() const;
};

/// What a change did to the book, for whoever keeps it: rows with their new values, classes as they are now.
struct LabelChange {
    std::vector<uint32_t> rows;
    std::vector<LabelValue> values; ///< one each, or a single one for all
    std::vector<int16_t> classes;   ///< changed or new

    const LabelValue& valueAt(size_t i) const { return values[values.size() == 1 ? 0 : i]; }
    bool empty() const { return rows.empty() && classes.empty(); }
};

} // namespace galatea
