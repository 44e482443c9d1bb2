#pragma once
// What the charts of columns show, worked out away from the window.

#include <memory>
#include <optional>

#include <QColor>
#include <QImage>
#include <QString>
#include <QStringList>

#include "app/desktop/document.h"
#include "core/chart_data.h"
#include "metrics/roc.h"
#include "widgets/charts/density_chart.h"
#include "widgets/charts/matrix_chart.h"

namespace galatea {

enum class ChartKind { Histogram, Scatter, Boxes, Classes, Roc, Losses };

using ChartValues = std::shared_ptr<const std::vector<double>>;
using ChartClasses = std::shared_ptr<const ClassCodes>;
using ChartMask = std::shared_ptr<const std::vector<uint8_t>>;

/// What a person asked for, with everything it needs of the document.
struct ChartRequest {
    ChartKind kind = ChartKind::Histogram;
    QString x, y;                     ///< columns or expressions
    std::string classColumn, against; ///< empty: none
    QString positive;                 ///< class that the ROC finds
    bool logarithmicX = false;
    ColumnSetPtr columns;
    int64_t rows = 0;
    ChartMask mask; ///< never null; empty: all rows
    std::shared_ptr<const std::vector<int64_t>> selection;
    std::vector<QColor> palette;                    ///< by class; the last one: rows without a class
    bool sameData(const ChartRequest& other) const; ///< values and classes are the same
};

/// What came of it; brushes ask the values and classes.
struct ChartDrawing {
    ChartRequest request;
    ChartValues x, y;
    ChartClasses classes, against;
    BinnedValues bins;
    DensityChart::Content density;
    int64_t outside = 0;
    QImage picture;
    std::vector<ClassSpread> spreads;
    std::vector<int64_t> table;
    RocCurve roc;
};

/// Values and classes are taken from `before` where they are the same. Any thread. Throws ExpressionError for
/// what cannot be worked out, UsageError for a column that is no class, Interrupted.
ChartDrawing drawChart(const ChartRequest& request, const std::shared_ptr<const ChartDrawing>& before,
                       const StopToken& stop);

/// The selection after a brush over `rows` (ascending).
std::vector<int64_t> brushedRows(const std::vector<int64_t>& before, std::vector<int64_t> rows,
                                 BrushMode mode);

/// Names and colours of a column's classes as the rest of the window has them; one colour more, for none.
QStringList classNames(const Document& document, const std::string& column, const ClassCodes& classes);
std::vector<QColor> classPalette(const Document& document, const std::string& column,
                                 const std::vector<std::string>& names);

} // namespace galatea
