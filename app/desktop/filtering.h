#pragma once
// From what a person types to the rows that pass.

#include <QString>

#include "app/desktop/document.h"
#include "core/stop_token.h"

namespace galatea {

/// The rows for which the expression over these columns is true (core/expression.h says what it may hold).
/// Blank text: no filter. Any thread. Throws ExpressionError, Interrupted.
RowFilter filterOf(const QString& expression, const ColumnSetPtr& columns, int64_t rows,
                   const StopToken& stop = {});

/// Rows that pass the document's filter and whose class is not hidden; empty: all.
std::vector<uint8_t> shownMask(const Document& document);

/// Gives the document a filter from a session; what does not fit its columns is left out. Never throws.
void restoreFilter(Document& document, const QString& expression);

/// What a filter may hold, as a page of help.
QString expressionHelp(const ColumnSetPtr& columns);

} // namespace galatea
