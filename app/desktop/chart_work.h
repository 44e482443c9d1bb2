#pragma once
// What the charts of columns show, worked out away from the window.

#include <map>
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

/// What classes are called and how they are drawn, as the rest of the window has it.
struct ClassLooks {
    enum class Of { Values, Components, Labels } of = Of::Values;
    std::vector<ComponentLook> components;
    std::map<QString, QColor> labels; ///< colours by name
    QString name(const std::string& value) const;
    QColor colour(const std::string& value, size_t place) const;
};
ClassLooks looksOf(const Document& document, const std::string& column);

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
    ClassLooks looks, againstLooks;
    bool sameData(const ChartRequest& other) const; ///< values and classes are the same
};

/// What came of it; brushes ask the values and classes.
struct ChartDrawing {
    ChartRequest request;
    ChartValues x, y;
    ChartClasses classes, against;
    QStringList classNames, againstNames; ///< an empty one, where there are no classes
    std::vector<QColor> colours;          ///< by class; the last one: rows without a class
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

} // namespace galatea
