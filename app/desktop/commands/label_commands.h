#pragma once
// Every change of labels a person can make, as an undo step with a name people understand. Each keeps only
// what it changed; taking it back leaves alone what somebody else has labelled otherwise meanwhile.

#include <vector>

#include "app/desktop/document.h"

namespace galatea::commands {

/// The present time and the person who labels here.
LabelMark personsMark(const Document& document);

void label(Document& document, const std::vector<int64_t>& rows, int16_t label);
void unlabel(Document& document, const std::vector<int64_t>& rows);
/// What a digit key means: 1 … 9 the class that has it, 0 no label; of the selection, without one of the
/// object looked at. False if there is no such class or no object.
bool labelByDigit(Document& document, int digit);

/// Returns the new class, or the present one of this name. An empty name is none: −1. Without a colour or a
/// digit it gets the next free ones.
int16_t addClass(Document& document, const QString& name, const QColor& colour = {}, int digit = -1);
/// False if the name is empty or another class has it.
bool renameClass(Document& document, int16_t id, const QString& name);
void recolourClass(Document& document, int16_t id, const QColor& colour);
/// 1 … 9; another class that has this digit loses it. −1: none.
void setClassDigit(Document& document, int16_t id, int digit);
/// The objects of these classes become those of `into`, the classes go.
void mergeClasses(Document& document, const std::vector<int16_t>& ids, int16_t into);
/// The class goes, its objects have no label.
void removeClass(Document& document, int16_t id);

/// Proposals in place of those there are; nullptr: none.
void propose(Document& document, const LabelProposals& proposals);
/// Those at least so confident become labels, the others go. Returns how many were accepted.
int64_t acceptProposals(Document& document, double confidence);
void dropProposals(Document& document);

/// Labels from a file: new classes and rows in one step. `what` names it.
void importLabels(Document& document, LabelEdit edit, const QString& what);

} // namespace galatea::commands
