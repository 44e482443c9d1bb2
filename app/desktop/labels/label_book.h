#pragma once
// The labels of the open objects, in memory: classes, the label of each row with who gave it and when, and
// proposals. 8 bytes a row once there is a label; who and when are kept once for all rows they belong to.

#include <map>
#include <string>
#include <vector>

#include <QStringList>

#include "app/desktop/labels/label_types.h"

namespace galatea {

class LabelBook {
  public:
    /// No labels, no classes, this many rows.
    explicit LabelBook(int64_t rows = 0) : rows_(rows) {}

    int64_t rowCount() const { return rows_; }
    /// The classes ever made, by their number; removed ones too.
    const std::vector<LabelClass>& classes() const { return classes_; }
    /// Numbers of those that are not removed, in the order they were made.
    std::vector<int16_t> presentClasses() const;
    bool hasClasses() const { return !presentClasses().empty(); }
    int16_t classOfKey(const std::string& key) const; ///< −1: none; a removed one is found too
    int16_t classOfName(const QString& name) const;   ///< −1: none; present classes only
    int16_t classOfDigit(int digit) const;            ///< −1: none; present classes only
    int freeDigit() const;                            ///< −1: all nine are taken
    std::string freeKey(const QString& name) const;   ///< for a new class of this name

    LabelValue at(int64_t row) const;
    const LabelMark& mark(uint32_t index) const { return marks_[index]; }
    /// The index of this mark, made if it is new. Indices stay valid as long as the book.
    uint32_t markIndex(const LabelMark& mark);
    int64_t count(int16_t label) const; ///< rows of this class
    int64_t labelled() const;
    /// The class of each row as its place among presentClasses(), −1 without; the classes' names.
    void placesOf(std::vector<int>& places, QStringList& names) const;

    const LabelProposals& proposals() const { return proposals_; }
    const LabelProposal* proposalAt(int64_t row) const; ///< nullptr: none

    /// A value before and after for these rows; rows that have the value already are left out.
    LabelEdit editOf(const std::vector<int64_t>& rows, LabelValue after) const;
    /// Puts `after` where the label still is what the edit found, also by whom and when (`anyway`:
    /// everywhere), and the classes; a class that has labels then is not removed. Returns what changed.
    LabelChange apply(const LabelEdit& edit, bool anyway = false);

  private:
    void put(uint32_t row, LabelValue value);

    int64_t rows_ = 0;
    std::vector<LabelClass> classes_;
    std::vector<LabelValue> values_; ///< empty while nothing is labelled
    std::vector<LabelMark> marks_;
    std::map<LabelMark, uint32_t> markIndices_;
    std::vector<int64_t> counts_;
    LabelProposals proposals_;
};

} // namespace galatea
