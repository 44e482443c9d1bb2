// On the map: pictures at the points, the brush, and what a second data set is called.
#include "widgets/map/overlay_frame.h"

#include <algorithm>

namespace galatea {

void drawThumbnails(OverlayFrame& frame) {
    ImDrawList* list = ImGui::GetBackgroundDrawList();
    const auto side = static_cast<float>(frame.content.thumbnailSide);
    for (const OverlayThumbnail& thumbnail : frame.content.thumbnails) {
        const std::optional<QRectF> uv = frame.atlas.placeOf(thumbnail.picture);
        if (!uv)
            continue;
        const auto longest =
            static_cast<float>(std::max(thumbnail.picture.width(), thumbnail.picture.height()));
        const ImVec2 half(0.5F * side * static_cast<float>(thumbnail.picture.width()) / longest,
                          0.5F * side * static_cast<float>(thumbnail.picture.height()) / longest);
        const auto x = static_cast<float>(thumbnail.at.x()), y = static_cast<float>(thumbnail.at.y());
        const ImVec2 low(x - half.x, y - half.y), high(x + half.x, y + half.y);
        const float rounding = side > 60 ? 6 : 4;
        const auto texture = reinterpret_cast<ImTextureID>(static_cast<uintptr_t>(frame.atlas.texture()));
        list->AddImageRounded(
            texture, low, high, {static_cast<float>(uv->left()), static_cast<float>(uv->top())},
            {static_cast<float>(uv->right()), static_cast<float>(uv->bottom())}, IM_COL32_WHITE, rounding);
        const bool hovered = thumbnail.row == frame.content.hovered;
        list->AddRect(low, high, hovered ? frame.style.text : toImGui(thumbnail.colour), rounding, 0,
                      hovered ? 2.5F : 1.6F);
        frame.place(QStringLiteral("thumbnail.%1").arg(thumbnail.row), low, high);
    }
}

void drawBrush(OverlayFrame& frame) {
    const auto radius = static_cast<float>(frame.content.brushRadius);
    if (radius <= 0 && !frame.content.brushing)
        return;
    ImDrawList* list = ImGui::GetBackgroundDrawList();
    const ImU32 ink = frame.content.outlineMode == MapSelectionMode::Subtract ? IM_COL32(239, 83, 80, 255)
                                                                              : frame.style.accent;
    const auto point = [](const QPointF& p) {
        return ImVec2(static_cast<float>(p.x()), static_cast<float>(p.y()));
    };
    if (frame.content.brushing) {
        // Overlapping strokes of one tint: drawn as discs close together they would darken, so as one line
        // with round ends.
        std::vector<ImVec2> line;
        for (const QPointF& p : frame.content.outline)
            line.push_back(point(p));
        list->AddPolyline(line.data(), static_cast<int>(line.size()), withOpacity(ink, 0.22), 0, 2 * radius);
    }
    if (radius > 0) {
        list->AddCircle(point(frame.content.brushAt), radius, frame.style.halo, 0, 3.5F);
        list->AddCircle(point(frame.content.brushAt), radius, ink, 0, 1.6F);
        list->AddCircleFilled(point(frame.content.brushAt), 1.6F, ink, 8);
    }
}

/// A second data set's entry in the legend: a click shows or hides it.
void drawLayerName(OverlayFrame& frame) {
    if (frame.content.layerCount == 0)
        return;
    const std::string name = fittedText(frame.fonts.regular, shownText(frame.content.layerName), 220);
    const std::string count = shownText(countText(frame.content.layerCount));
    const float nameWidth = textSize(frame.fonts.regular, name).x;
    const ImVec2 size(12 + 16 + nameWidth + 10 + textSize(frame.fonts.small, count).x + 12, 28);
    const ImVec2 at(frame.content.store.dimensions() == 3 ? 130.0F : 60.0F,
                    static_cast<float>(frame.content.size.height()) - 84);
    frame.place("layer", at, {at.x + size.x, at.y + size.y});
    if (beginPanel(frame, "layer", at, size)) {
        ImGui::SetCursorScreenPos(at);
        if (ImGui::InvisibleButton("toggle", size))
            frame.answer.toggleLayer = true;
        ImDrawList* list = ImGui::GetWindowDrawList();
        if (ImGui::IsItemHovered())
            list->AddRectFilled({at.x + 3, at.y + 3}, {at.x + size.x - 3, at.y + size.y - 3},
                                frame.style.hover, 7);
        const bool shown = frame.content.layerShown;
        if (shown)
            list->AddCircleFilled({at.x + 16, at.y + 14}, 5, toImGui(frame.content.layerColour));
        else
            list->AddCircle({at.x + 16, at.y + 14}, 4.2F, toImGui(frame.content.layerColour, 0.55), 0, 1.5F);
        drawText(list, frame.fonts.regular, {at.x + 28, at.y + 6},
                 shown ? frame.style.text : withOpacity(frame.style.dim, 0.7), name);
        drawText(list, frame.fonts.small, {at.x + 28 + nameWidth + 10, at.y + 8}, frame.style.dim, count);
    }
    endPanel();
}

} // namespace galatea
