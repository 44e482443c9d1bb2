// What is written on the map itself: axes, ellipses, a path and its moving point, rings, the outline being
// drawn.
#include "widgets/charts/ticks.h"
#include "widgets/map/gaussian_curves.h"
#include "widgets/map/overlay_frame.h"
#include "widgets/map/palette.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace galatea {

namespace {

ImDrawList* ground() {
    return ImGui::GetBackgroundDrawList();
}

ImVec2 screenPoint(const QPointF& p) {
    return {static_cast<float>(p.x()), static_cast<float>(p.y())};
}

/// Screen position of a place; false behind the eye or absurdly far out of view.
bool screenOf(const MapProjector& projector, const MapPlace& place, ImVec2& screen) {
    double x = 0, y = 0, depth = 0;
    if (!projector(place[0], place[1], place[2], x, y, depth) || std::abs(x) > 1e5 || std::abs(y) > 1e5)
        return false;
    screen = {static_cast<float>(x), static_cast<float>(y)};
    return true;
}

std::string axisName(const OverlayFrame& frame, int axis) {
    return axis < frame.content.axisNames.size() ? shownText(frame.content.axisNames[axis]) : std::string();
}

void drawFlatAxes(OverlayFrame& frame) {
    const auto width = static_cast<float>(frame.content.size.width());
    const auto height = static_cast<float>(frame.content.size.height());
    const MapPlace low = frame.content.camera.unproject({0, frame.content.size.height()});
    const MapPlace high = frame.content.camera.unproject({frame.content.size.width(), 0});
    const double perPixel = frame.content.camera.unitsPerPixel();
    const ImU32 ink = withOpacity(frame.style.dim, 0.9);
    const Ticks across = roundTicks(low[0], high[0], width / gridSpacing);
    for (const double value : across.values) {
        const std::string text = QString::number(value, 'f', across.decimals).toStdString();
        const ImVec2 size = textSize(frame.fonts.small, text);
        const float x = static_cast<float>((value - low[0]) / perPixel) - size.x / 2;
        if (x > 34 && x + size.x < width - 8)
            drawHaloText(ground(), frame.fonts.small, {x, height - 20}, ink, frame.style.halo, text);
    }
    const Ticks along = roundTicks(low[1], high[1], height / gridSpacing);
    for (const double value : along.values) {
        const std::string text = QString::number(value, 'f', along.decimals).toStdString();
        const float y = static_cast<float>((high[1] - value) / perPixel) - 7;
        if (y > 60 && y < height - 34)
            drawHaloText(ground(), frame.fonts.small, {10, y}, ink, frame.style.halo, text);
    }
    const std::string x = axisName(frame, 0), y = axisName(frame, 1);
    if (!x.empty())
        drawHaloText(ground(), frame.fonts.regular,
                     {(width - textSize(frame.fonts.regular, x).x) / 2, height - 38}, frame.style.text,
                     frame.style.halo, x);
    if (!y.empty())
        drawUprightText(ground(), frame.fonts.regular, {42, height / 2}, frame.style.text, y);
}

void drawOrientation(OverlayFrame& frame) {
    const auto& axes = frame.content.camera.axes();
    const ImVec2 middle(62, static_cast<float>(frame.content.size.height()) - 62);
    struct Arm {
        int axis;
        double towards;
    };
    std::array<Arm, 3> arms{};
    for (int axis = 0; axis < 3; ++axis)
        arms[static_cast<size_t>(axis)] = {axis, axes[static_cast<size_t>(6 + axis)]};
    std::sort(arms.begin(), arms.end(), [](const Arm& a, const Arm& b) { return a.towards < b.towards; });
    const std::array<ImU32, 3> colours{IM_COL32(226, 92, 92, 255), IM_COL32(84, 176, 110, 255),
                                       IM_COL32(86, 140, 236, 255)};
    for (const Arm& arm : arms) {
        const auto axis = static_cast<size_t>(arm.axis);
        const ImVec2 end(middle.x + 34 * static_cast<float>(axes[axis]),
                         middle.y - 34 * static_cast<float>(axes[3 + axis]));
        const ImU32 ink = withOpacity(colours[axis], arm.towards < -0.2 ? 0.55 : 1);
        ground()->AddLine(middle, end, ink, 2);
        ground()->AddCircleFilled(end, 3, ink, 16);
        std::string name = axisName(frame, arm.axis);
        if (name.empty())
            name = std::string(1, "xyz"[arm.axis]);
        name = fittedText(frame.fonts.small, name, 70);
        const ImVec2 size = textSize(frame.fonts.small, name);
        const float side = axes[axis] >= 0 ? 6 : -6 - size.x;
        drawHaloText(ground(), frame.fonts.small, {end.x + side, end.y - size.y / 2}, frame.style.text,
                     frame.style.halo, name);
    }
}

void drawEllipse(OverlayFrame& frame, const MapEllipse& ellipse, const QColor& colour) {
    const int dimensions = frame.content.store.dimensions();
    for (const QPolygonF& points : gaussianCurves(ellipse, dimensions, frame.content.camera.projector())) {
        std::vector<ImVec2> curve;
        for (const QPointF& p : points)
            curve.push_back(screenPoint(p));
        const int count = static_cast<int>(curve.size());
        if (dimensions == 2)
            ground()->AddPolyline(curve.data(), count, withOpacity(frame.style.halo, 0.75),
                                  ImDrawFlags_Closed, 3.5F);
        ground()->AddPolyline(curve.data(), count, toImGui(colour, dimensions == 2 ? 0.95 : 0.8),
                              ImDrawFlags_Closed, dimensions == 2 ? 1.6F : 1.2F);
    }
}

void drawEllipseLabel(OverlayFrame& frame, const MapEllipse& ellipse, const QColor& colour) {
    ImVec2 centre;
    if (!screenOf(frame.content.camera.projector(), ellipse.centre, centre))
        return;
    ground()->AddCircleFilled(centre, 4.5F, frame.style.halo, 20);
    ground()->AddCircleFilled(centre, 3, toImGui(colour), 16);
    if (ellipse.label.isEmpty())
        return;
    const std::string text = fittedText(frame.fonts.small, shownText(ellipse.label), 140);
    const ImVec2 size = textSize(frame.fonts.small, text);
    const ImVec2 low(centre.x + 8, centre.y - size.y / 2 - 2), high(low.x + size.x + 10, low.y + size.y + 4);
    ground()->AddRectFilled(low, high, withOpacity(frame.style.panel, 0.86), 5);
    drawText(ground(), frame.fonts.small, {low.x + 5, low.y + 2}, frame.style.text, text);
}

} // namespace

void drawAxes(OverlayFrame& frame) {
    if (frame.content.store.count() == 0)
        return;
    if (frame.content.store.dimensions() == 2)
        drawFlatAxes(frame);
    else
        drawOrientation(frame);
}

void drawEllipses(OverlayFrame& frame) {
    if (!frame.content.ellipsesVisible)
        return;
    const auto& ellipses = frame.content.ellipses;
    const auto colourOf = [&](size_t k) {
        return ellipses[k].colour.isValid() ? ellipses[k].colour : paletteColour(k);
    };
    for (size_t k = 0; k < ellipses.size(); ++k)
        drawEllipse(frame, ellipses[k], colourOf(k));
    for (size_t k = 0; k < ellipses.size(); ++k)
        drawEllipseLabel(frame, ellipses[k], colourOf(k));
}

void drawPathAndMarker(OverlayFrame& frame) {
    const MapProjector projector = frame.content.camera.projector();
    std::vector<ImVec2> line;
    const auto flush = [&] {
        const int count = static_cast<int>(line.size());
        const ImU32 ink =
            frame.content.pathColour.isValid() ? toImGui(frame.content.pathColour) : frame.style.accent;
        if (count > 1) {
            ground()->AddPolyline(line.data(), count, frame.style.halo, 0, 5);
            ground()->AddPolyline(line.data(), count, ink, 0, 2.2F);
        }
        line.clear();
    };
    for (const MapPlace& place : frame.content.path) {
        ImVec2 screen;
        if (screenOf(projector, place, screen))
            line.push_back(screen);
        else
            flush();
    }
    flush();
    ImVec2 at;
    if (!frame.content.marker || !screenOf(projector, *frame.content.marker, at))
        return;
    ground()->AddCircleFilled(at, 13, withOpacity(frame.style.accent, 0.22), 32);
    ground()->AddCircleFilled(at, 7.5F, frame.style.onAccent, 32);
    ground()->AddCircleFilled(at, 5.5F, frame.style.accent, 32);
    if (!frame.content.markerLabel.isEmpty())
        drawHaloText(ground(), frame.fonts.bold, {at.x + 14, at.y - 8}, frame.style.text, frame.style.halo,
                     shownText(frame.content.markerLabel));
}

void drawRings(OverlayFrame& frame) {
    const MapProjector projector = frame.content.camera.projector();
    const auto ring = [&](int64_t row, ImU32 ink) {
        ImVec2 at;
        if (row < 0 || row >= frame.content.store.count() || !frame.content.store.finite(row) ||
            !screenOf(projector, frame.content.store.placeOf(row), at))
            return;
        const auto radius = static_cast<float>(std::max(6.0, 0.5 * frame.content.pointSize + 4));
        ground()->AddCircle(at, radius, frame.style.halo, 0, 4);
        ground()->AddCircle(at, radius, ink, 0, 2);
    };
    if (frame.content.highlighted != frame.content.hovered)
        ring(frame.content.highlighted, frame.style.accent);
    ring(frame.content.hovered, frame.style.text);
}

void drawOutline(OverlayFrame& frame) {
    const QPolygonF& outline = frame.content.outline;
    if (outline.size() < 2 || frame.content.brushing)
        return;
    const ImU32 ink = frame.content.outlineMode == MapSelectionMode::Subtract ? IM_COL32(239, 83, 80, 255)
                                                                              : frame.style.accent;
    // Row by row, so that what is tinted is what the even-odd rule will take.
    const QRectF box = outline.boundingRect();
    for (double y = std::floor(std::max(0.0, box.top())) + 0.5;
         y < std::min(box.bottom(), frame.content.size.height()); y += 1) {
        std::vector<double> crossings;
        for (qsizetype i = 0; i < outline.size(); ++i) {
            const QPointF a = outline[i], b = outline[(i + 1) % outline.size()];
            if ((a.y() > y) != (b.y() > y))
                crossings.push_back(a.x() + (y - a.y()) / (b.y() - a.y()) * (b.x() - a.x()));
        }
        std::sort(crossings.begin(), crossings.end());
        for (size_t k = 0; k + 1 < crossings.size(); k += 2)
            ground()->AddRectFilled(screenPoint(QPointF(crossings[k], y - 0.5)),
                                    screenPoint(QPointF(crossings[k + 1], y + 0.5)), withOpacity(ink, 0.13));
    }
    std::vector<ImVec2> line;
    for (const QPointF& p : outline)
        line.push_back(screenPoint(p));
    ground()->AddPolyline(line.data(), static_cast<int>(line.size()), frame.style.halo, ImDrawFlags_Closed,
                          3.5F);
    ground()->AddPolyline(line.data(), static_cast<int>(line.size()), ink, ImDrawFlags_Closed, 1.6F);
}

void drawSelectionCount(OverlayFrame& frame) {
    if (frame.content.selected == 0)
        return;
    const std::string text = shownText(countText(frame.content.selected)) + " selected";
    const std::string hint = "Esc clears";
    const float textWidth = textSize(frame.fonts.bold, text).x,
                hintWidth = textSize(frame.fonts.small, hint).x;
    const float width = textWidth + hintWidth + 38;
    const auto viewWidth = static_cast<float>(frame.content.size.width());
    ImVec2 low((viewWidth - width) / 2, 14);
    if (const ImVec2 tools = toolsSize(); frame.content.panelVisible && low.x < 14 + tools.x + 8)
        low = {14, 14 + tools.y + 8}; // a narrow view has room for it below the tools only
    const ImVec2 high(low.x + width, low.y + 30);
    drawPanel(ground(), frame, low, high, 15);
    drawText(ground(), frame.fonts.bold, {low.x + 14, low.y + 7}, frame.style.accent, text);
    drawText(ground(), frame.fonts.small, {low.x + 24 + textWidth, low.y + 9}, frame.style.dim, hint);
    frame.place("selection", low, high);
}

} // namespace galatea
