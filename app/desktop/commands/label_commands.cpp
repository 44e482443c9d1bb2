#include "app/desktop/commands/label_commands.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <QDateTime>
#include <QUndoCommand>

#include "widgets/map/palette.h"

namespace galatea::commands {

namespace {

class LabelCommand : public QUndoCommand {
  public:
    LabelCommand(const QString& text, Document& document, LabelEdit edit)
        : QUndoCommand(text), document_(document), edit_(std::move(edit)), colouring_(document.colouring()),
          hidden_(document.hiddenClasses()) {}

    void redo() override { document_.changeLabels(edit_); }
    void undo() override {
        document_.changeLabels(edit_.reversed());
        document_.setColouring(colouring_);  // the last class may have taken it along
        document_.setHiddenClasses(hidden_); // a removed class comes back as hidden as it was
    }

  private:
    Document& document_;
    LabelEdit edit_;
    ColourBy colouring_;
    std::set<int> hidden_;
};

void push(Document& document, const QString& text, LabelEdit edit) {
    if (!edit.empty())
        document.undoStack().push(new LabelCommand(text, document, std::move(edit)));
}

QString objects(size_t count) {
    return count == 1 ? QString("1 object") : QString("%1 objects").arg(count);
}

const LabelClass* classOf(const Document& document, int16_t id) {
    const auto& classes = document.labels().classes();
    const bool known = id >= 0 && static_cast<size_t>(id) < classes.size();
    return known && !classes[static_cast<size_t>(id)].removed ? &classes[static_cast<size_t>(id)] : nullptr;
}

/// The rows of these classes.
std::vector<int64_t> membersOf(const Document& document, const std::vector<int16_t>& ids) {
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < document.labels().rowCount(); ++row)
        if (std::find(ids.begin(), ids.end(), document.labels().at(row).label) != ids.end())
            rows.push_back(row);
    return rows;
}

void changeClass(Document& document, int16_t id, const QString& text,
                 const std::function<void(LabelClass&)>& change) {
    const LabelClass* before = classOf(document, id);
    if (!before)
        return;
    LabelEdit edit;
    edit.classes = {{id, *before, *before}};
    change(edit.classes.front().after);
    if (edit.classes.front().after == *before)
        return;
    push(document, text, std::move(edit));
}

LabelEdit::ClassEdit removalOf(const Document& document, int16_t id) {
    const LabelClass& before = document.labels().classes()[static_cast<size_t>(id)];
    LabelClass after = before;
    after.removed = true;
    return {id, before, after};
}

} // namespace

LabelMark personsMark(const Document& document) {
    LabelMark mark;
    mark.who = document.labeller();
    mark.when = static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000;
    return mark;
}

void label(Document& document, const std::vector<int64_t>& rows, int16_t label) {
    const LabelClass* named = classOf(document, label);
    if (!named || rows.empty())
        return;
    // Who says the same again has not changed anything.
    std::vector<int64_t> others;
    for (const int64_t row : rows)
        if (document.labels().at(row).label != label)
            others.push_back(row);
    const uint32_t mark = others.empty() ? 0 : document.labelMark(personsMark(document));
    LabelEdit edit = document.labels().editOf(others, {label, mark});
    const QString text = QString("label %1 as %2").arg(objects(edit.rows.size()), named->name);
    push(document, text, std::move(edit));
}

void unlabel(Document& document, const std::vector<int64_t>& rows) {
    LabelEdit edit = document.labels().editOf(rows, {});
    const QString text = "remove the label of " + objects(edit.rows.size());
    push(document, text, std::move(edit));
}

bool labelByDigit(Document& document, int digit) {
    std::vector<int64_t> rows = document.selection();
    if (rows.empty() && document.current() >= 0)
        rows = {document.current()};
    const int16_t id = document.labels().classOfDigit(digit);
    if (rows.empty() || (digit != 0 && id == LabelValue::none))
        return false;
    if (digit == 0)
        unlabel(document, rows);
    else
        label(document, rows, id);
    return true;
}

int16_t addClass(Document& document, const QString& name, const QColor& colour, int digit) {
    const QString tidy = name.simplified();
    const LabelBook& book = document.labels();
    if (tidy.isEmpty() || book.rowCount() == 0)
        return LabelValue::none;
    if (const int16_t present = book.classOfName(tidy); present != LabelValue::none)
        return present;
    const auto id = static_cast<int16_t>(book.classes().size());
    LabelClass added{book.freeKey(tidy), tidy, colour, digit > 0 ? digit : book.freeDigit(), false};
    if (!added.colour.isValid())
        added.colour = paletteColour(static_cast<size_t>(id));
    LabelEdit edit;
    LabelClass before = added;
    before.removed = true;
    edit.classes = {{id, before, added}};
    push(document, "add class " + tidy, std::move(edit));
    return id;
}

bool renameClass(Document& document, int16_t id, const QString& name) {
    const QString tidy = name.simplified();
    const int16_t other = document.labels().classOfName(tidy);
    if (tidy.isEmpty() || (other != LabelValue::none && other != id))
        return false;
    const LabelClass* before = classOf(document, id);
    changeClass(document, id, before ? "rename " + before->name + " to " + tidy : QString(),
                [&](LabelClass& one) { one.name = tidy; });
    return true;
}

void recolourClass(Document& document, int16_t id, const QColor& colour) {
    if (const LabelClass* before = classOf(document, id); before && colour.isValid())
        changeClass(document, id, "recolour " + before->name, [&](LabelClass& one) { one.colour = colour; });
}

void setClassDigit(Document& document, int16_t id, int digit) {
    const LabelClass* before = classOf(document, id);
    if (!before || before->digit == digit || digit == 0 || digit > 9)
        return;
    LabelEdit edit;
    edit.classes = {{id, *before, *before}};
    edit.classes.back().after.digit = digit;
    if (const int16_t holder = document.labels().classOfDigit(digit); holder != LabelValue::none) {
        const LabelClass& other = *classOf(document, holder);
        edit.classes.push_back({holder, other, other});
        edit.classes.back().after.digit = -1;
    }
    const QString text =
        digit < 0 ? "no key for " + before->name : QString("key %1 for %2").arg(digit).arg(before->name);
    push(document, text, std::move(edit));
}

void mergeClasses(Document& document, const std::vector<int16_t>& ids, int16_t into) {
    const LabelClass* kept = classOf(document, into);
    if (!kept)
        return;
    std::vector<int16_t> going;
    for (const int16_t id : ids)
        if (id != into && classOf(document, id))
            going.push_back(id);
    if (going.empty())
        return;
    LabelEdit edit;
    const std::vector<int64_t> rows = membersOf(document, going);
    if (!rows.empty()) {
        // Each object keeps who labelled it, when, and how sure that was.
        edit = document.labels().editOf(rows, {});
        edit.after.clear();
        for (const int64_t row : rows)
            edit.after.push_back({into, document.labels().at(row).mark});
    }
    for (const int16_t id : going)
        edit.classes.push_back(removalOf(document, id));
    push(document, QString("merge %1 classes into %2").arg(going.size() + 1).arg(kept->name),
         std::move(edit));
}

void removeClass(Document& document, int16_t id) {
    const LabelClass* going = classOf(document, id);
    if (!going)
        return;
    LabelEdit edit = document.labels().editOf(membersOf(document, {id}), {});
    edit.classes = {removalOf(document, id)};
    push(document, "remove class " + going->name, std::move(edit));
}

void propose(Document& document, const LabelProposals& proposals) {
    if (proposals == document.labels().proposals())
        return;
    LabelEdit edit;
    edit.proposes = true;
    edit.proposalsBefore = document.labels().proposals();
    edit.proposalsAfter = proposals;
    push(document,
         proposals ? "propose labels for " + objects(proposals->size()) : QString("drop the proposals"),
         std::move(edit));
}

int64_t acceptProposals(Document& document, double confidence) {
    const LabelProposals proposals = document.labels().proposals();
    if (!proposals)
        return 0;
    LabelMark mark = personsMark(document);
    mark.origin = LabelOrigin::Proposed;
    LabelEdit edit;
    for (const LabelProposal& one : *proposals) {
        const LabelValue now = document.labels().at(one.row);
        if (one.confidence < confidence || now.label != LabelValue::none || !classOf(document, one.label))
            continue;
        // Rounded: a million proposals share a thousand marks.
        mark.confidence = std::round(1000 * static_cast<double>(one.confidence)) / 1000;
        edit.rows.push_back(one.row);
        edit.after.push_back({one.label, document.labelMark(mark)});
    }
    edit.before = {LabelValue{}};
    edit.proposes = true;
    edit.proposalsBefore = proposals;
    const size_t accepted = edit.rows.size();
    push(document, "accept the labels proposed for " + objects(accepted), std::move(edit));
    return static_cast<int64_t>(accepted);
}

void dropProposals(Document& document) {
    propose(document, nullptr);
}

void importLabels(Document& document, LabelEdit edit, const QString& what) {
    push(document, what, std::move(edit));
}

} // namespace galatea::commands
