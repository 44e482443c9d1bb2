#include "app/desktop/chart_work.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/expression.h"
#include "core/text.h"
#include "widgets/map/palette.h"

namespace galatea {

namespace {

constexpr int gridColumns = 300, gridRows = 200;

/// Rice's rule, within what can be read.
int binsFor(int64_t rows) {
    return static_cast<int>(std::clamp(2 * std::cbrt(static_cast<double>(rows)), 12.0, 60.0));
}

ChartValues valuesOf(const QString& text, const ChartRequest& request, const StopToken& stop) {
    const Expression expression(text.toStdString(), *request.columns);
    return std::make_shared<const std::vector<double>>(expression.values(request.rows, 0, stop));
}

ChartClasses classesOf(const std::string& name, const ChartRequest& request) {
    if (name.empty())
        return {};
    const ColumnViewPtr column = findColumn(*request.columns, name);
    std::optional<ClassCodes> classes = column ? classCodesOf(*column) : std::nullopt;
    if (!classes)
        throw UsageError("'" + escaped(name) + "'",
                         "holds no classes: it has more than 24 different values, or none",
                         "choose another column");
    return std::make_shared<const ClassCodes>(std::move(*classes));
}

void drawScatter(ChartDrawing& drawing, const StopToken& stop) {
    const ChartRequest& request = drawing.request;
    GriddedValues grid = gridOf(*drawing.x, *drawing.y, *request.mask, drawing.classes.get(),
                                *request.selection, gridColumns, gridRows, stop);
    DensityChart::Content& content = drawing.density;
    content.x = {grid.x.low, grid.x.high};
    content.y = {grid.y.low, grid.y.high};
    content.columns = grid.columns;
    content.rows = grid.rows;
    content.selected = std::move(grid.selected);
    drawing.outside = grid.outside;
    for (size_t k = 0; k < grid.counts.size(); ++k) {
        const auto at = static_cast<qsizetype>(k);
        content.layers.push_back({at < drawing.classNames.size() ? drawing.classNames[at] : QString(),
                                  drawing.colours[k], std::move(grid.counts[k])});
    }
    for (const int64_t row : grid.points) {
        const auto at = static_cast<size_t>(row);
        const size_t layer =
            drawing.classes ? std::min<size_t>(drawing.classes->code[at], content.layers.size() - 1) : 0;
        content.points.push_back(
            {{(*drawing.x)[at], (*drawing.y)[at]},
             static_cast<int>(layer),
             std::binary_search(request.selection->begin(), request.selection->end(), row)});
    }
    if (content.points.empty() && content.columns > 0)
        drawing.picture = DensityChart::paintDensity(content);
}

void drawRoc(ChartDrawing& drawing) {
    const ChartRequest& request = drawing.request;
    if (!drawing.classes)
        throw UsageError("", "a ROC curve compares a score with a class", "choose the class");
    const auto& names = drawing.classes->names;
    const auto place = std::find(names.begin(), names.end(), request.positive.toStdString());
    const auto wanted = static_cast<uint8_t>(place == names.end() ? 0 : place - names.begin());
    std::vector<double> scores;
    std::vector<uint8_t> positive;
    for (size_t row = 0; row < drawing.x->size(); ++row) {
        if (drawing.classes->code[row] == ClassCodes::none ||
            (!request.mask->empty() && (*request.mask)[row] == 0))
            continue;
        scores.push_back((*drawing.x)[row]);
        positive.push_back(drawing.classes->code[row] == wanted);
    }
    drawing.roc = rocCurve(scores, positive);
}

QStringList namesOf(const ChartClasses& classes, const ClassLooks& looks) {
    if (!classes)
        return {QString()};
    QStringList names;
    for (const std::string& value : classes->names)
        names << looks.name(value);
    return names;
}

std::vector<QColor> coloursOf(const ChartClasses& classes, const ClassLooks& looks) {
    if (!classes)
        return {paletteColour(0)};
    std::vector<QColor> colours;
    for (const std::string& value : classes->names)
        colours.push_back(looks.colour(value, colours.size()));
    colours.emplace_back(140, 140, 150);
    return colours;
}

} // namespace

QString ClassLooks::name(const std::string& value) const {
    const size_t k = of == Of::Components ? std::strtoull(value.c_str(), nullptr, 10) - 1 : components.size();
    return k < components.size() && !components[k].name.isEmpty() ? components[k].name
                                                                  : QString::fromStdString(escaped(value));
}

QColor ClassLooks::colour(const std::string& value, size_t place) const {
    if (of == Of::Components) {
        const size_t k = std::strtoull(value.c_str(), nullptr, 10) - 1;
        return k < components.size() && components[k].colour.isValid() ? components[k].colour
                                                                       : paletteColour(k);
    }
    const auto known = labels.find(QString::fromStdString(value));
    return known != labels.end() && known->second.isValid() ? known->second : paletteColour(place);
}

/// A column of a catalogue may be called as the derived ones are: it is the column that counts, not its name.
ClassLooks looksOf(const Document& document, const std::string& column) {
    ClassLooks looks;
    const ColumnViewPtr asked = findColumn(*document.columns(), column);
    if (asked && asked == document.componentColumn()) {
        looks.of = ClassLooks::Of::Components;
        looks.components = document.componentLooks();
    } else if (asked && asked == document.labelColumn()) {
        looks.of = ClassLooks::Of::Labels;
        for (const int16_t id : document.labels().presentClasses()) {
            const LabelClass& one = document.labels().classes()[static_cast<size_t>(id)];
            looks.labels.emplace(one.name, one.colour);
        }
    }
    return looks;
}

bool ChartRequest::sameData(const ChartRequest& other) const {
    return columns == other.columns && rows == other.rows;
}

ChartDrawing drawChart(const ChartRequest& request, const std::shared_ptr<const ChartDrawing>& before,
                       const StopToken& stop) {
    ChartDrawing drawing;
    drawing.request = request;
    const bool known = before && before->request.sameData(request);
    const auto reuse = [&](const QString& text) -> ChartValues {
        if (known && before->x && before->request.x == text)
            return before->x;
        return known && before->y && before->request.y == text ? before->y : valuesOf(text, request, stop);
    };
    const auto reuseClasses = [&](const std::string& name) -> ChartClasses {
        if (known && before->classes && before->request.classColumn == name)
            return before->classes;
        return known && before->against && before->request.against == name ? before->against
                                                                           : classesOf(name, request);
    };
    if (request.kind != ChartKind::Classes)
        drawing.x = reuse(request.x);
    if (request.kind == ChartKind::Scatter)
        drawing.y = reuse(request.y);
    drawing.classes = reuseClasses(request.classColumn);
    if (request.kind == ChartKind::Classes)
        drawing.against = reuseClasses(request.against);
    drawing.classNames = namesOf(drawing.classes, request.looks);
    drawing.againstNames = namesOf(drawing.against, request.againstLooks);
    drawing.colours = coloursOf(drawing.classes, request.looks);
    const RowMaskView mask = *request.mask;
    switch (request.kind) {
    case ChartKind::Histogram:
        drawing.bins = binsOf(*drawing.x, mask, drawing.classes.get(), *request.selection,
                              binsFor(request.rows), request.logarithmicX, stop);
        break;
    case ChartKind::Scatter:
        drawScatter(drawing, stop);
        break;
    case ChartKind::Boxes:
        drawing.spreads = spreadsOf(*drawing.x, mask, drawing.classes.get(), *request.selection, stop);
        break;
    case ChartKind::Classes:
        if (!drawing.classes || !drawing.against)
            throw UsageError("", "two columns of classes are compared here", "choose both");
        drawing.table = crossTable(*drawing.classes, *drawing.against, mask);
        break;
    case ChartKind::Roc:
        drawRoc(drawing);
        break;
    case ChartKind::Losses:
        break;
    }
    return drawing;
}

} // namespace galatea
