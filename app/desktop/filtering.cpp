#include "app/desktop/filtering.h"

#include "core/column_view.h"
#include "core/expression.h"
#include "core/text.h"

namespace galatea {

RowFilter filterOf(const QString& expression, const ColumnSetPtr& columns, int64_t rows,
                   const StopToken& stop) {
    RowFilter filter;
    if (expression.trimmed().isEmpty())
        return filter;
    filter.expression = expression;
    RowMask mask = Expression(expression.toStdString(), *columns).test(rows, 0, stop);
    filter.kept = mask.kept;
    filter.keep = std::make_shared<const std::vector<uint8_t>>(std::move(mask.keep));
    return filter;
}

std::vector<uint8_t> shownMask(const Document& document) {
    std::vector<uint8_t> mask;
    if (!document.filter().empty())
        mask = *document.filter().keep;
    std::vector<int> classOf;
    QStringList names;
    if (document.hiddenClasses().empty() || !document.classesOf(document.colouring(), classOf, names))
        return mask;
    if (mask.empty())
        mask.assign(classOf.size(), 1);
    for (size_t row = 0; row < mask.size(); ++row)
        if (document.hiddenClasses().contains(classOf[row]))
            mask[row] = 0;
    return mask;
}

void restoreFilter(Document& document, const QString& expression) {
    try {
        document.setFilter(filterOf(expression, document.columns(), document.objectCount()));
    } catch (const Error&) {
        document.setFilter({}); // its columns are not open
    }
}

QString expressionHelp(const ColumnSetPtr& columns) {
    const auto shownAs = [](const std::string& text) {
        return QString::fromStdString(escaped(text)).toHtmlEscaped();
    };
    QStringList names, functions;
    for (const ColumnViewPtr& column : *columns)
        names << shownAs(quotedName(column->name())) +
                     (column->about().unit.empty() ? QString() : " [" + shownAs(column->about().unit) + "]");
    for (const std::string& form : expressionFunctions())
        functions << "<nobr>" + shownAs(form) + "</nobr>";
    return QString::fromUtf8(
               "<h3>Filters</h3>"
               "<p><code>r &lt; 20 &amp;&amp; component == 3 &amp;&amp; label != \"artifact\"</code><br>"
               "<code>18 &lt; `mag r` &lt;= 20 and not contains(kind, \"merger\")</code><br>"
               "<code>mag_g - mag_r &gt; 0.6 or component in (1, 4)</code></p>"
               "<p><b>Operators</b>, the loosest first: <code>|| or, &amp;&amp; and, not, == != &lt; &lt;= "
               "&gt; "
               "&gt;= in, + -, * / %, - !, ^ **</code>. Comparisons chain.</p>"
               "<p><b>Text</b> stands in quotes, <b>names</b> with blanks in `backquotes`. == and in compare "
               "text "
               "exactly; contains, startswith, endswith and matches (with * and ?) take no notice of "
               "case.</p>"
               "<p><b>Missing values</b>: a comparison with one is false, except !=, which is true. "
               "ismissing(x) asks for them.</p><p><b>Functions</b>: %1</p><p><b>Columns</b>: %2</p>")
        .arg(functions.join(", "), names.join(", "));
}

} // namespace galatea
