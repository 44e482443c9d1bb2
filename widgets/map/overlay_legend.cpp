// The legend: a swatch, a name and a count for each class; a click shows or hides, a double click (or Alt)
// isolates.
#include "widgets/map/overlay_frame.h"

#include <algorithm>

namespace galatea {

namespace {

constexpr float rowHeight = 23, padding = 12, headHeight = 34, nameLimit = 190;

struct LegendLayout {
    std::vector<std::string> names, counts;
    float width = 0, countWidth = 0;
};

LegendLayout layOut(const OverlayFrame& frame) {
    LegendLayout layout;
    float nameWidth = 70;
    const auto& classes = frame.content.colouring.classes;
    for (size_t index = 0; index < classes.size(); ++index) {
        layout.names.push_back(fittedText(frame.fonts.regular, shownText(classes[index].name), nameLimit));
        layout.counts.push_back(shownText(countText(frame.content.store.classCounts()[index])));
        nameWidth = std::max(nameWidth, textSize(frame.fonts.regular, layout.names.back()).x);
        layout.countWidth = std::max(layout.countWidth, textSize(frame.fonts.small, layout.counts.back()).x);
    }
    layout.width = padding + 20 + nameWidth + 18 + layout.countWidth + padding;
    return layout;
}

/// A click on the name folds and unfolds the rows below.
void drawHead(OverlayFrame& frame, ImVec2 at, float width, bool open) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 nameEnd(at.x + padding + 18 + textSize(frame.fonts.bold, "Classes").x, at.y + headHeight);
    ImGui::SetCursorScreenPos(at);
    if (ImGui::InvisibleButton("fold", {nameEnd.x - at.x, headHeight}))
        frame.legendOpen = !open;
    const ImU32 arrow = ImGui::IsItemHovered() ? frame.style.text : frame.style.dim;
    const ImVec2 tip(nameEnd.x - 6, at.y + 17);
    if (open)
        list->AddTriangleFilled({tip.x - 4, tip.y - 2}, {tip.x + 4, tip.y - 2}, {tip.x, tip.y + 3}, arrow);
    else
        list->AddTriangleFilled({tip.x - 2, tip.y - 4}, {tip.x + 3, tip.y}, {tip.x - 2, tip.y + 4}, arrow);
    frame.place("legend.head", at, nameEnd);
    const size_t shown = static_cast<size_t>(
        std::count(frame.content.classShown.begin(), frame.content.classShown.end(), true));
    drawText(list, frame.fonts.bold, {at.x + padding, at.y + 10}, frame.style.text, "Classes");
    if (shown == frame.content.classShown.size()) {
        const std::string total = std::to_string(shown);
        drawText(list, frame.fonts.small,
                 {at.x + width - padding - textSize(frame.fonts.small, total).x, at.y + 12}, frame.style.dim,
                 total);
        return;
    }
    const std::string label = "Show all";
    const ImVec2 size = textSize(frame.fonts.small, label);
    const ImVec2 low(at.x + width - padding - size.x - 8, at.y + 8),
        high(low.x + size.x + 16, low.y + size.y + 7);
    ImGui::SetCursorScreenPos(low);
    if (ImGui::InvisibleButton("all", {high.x - low.x, high.y - low.y}))
        frame.answer.showAllClasses = true;
    list->AddRectFilled(low, high, withOpacity(frame.style.accentSoft, ImGui::IsItemHovered() ? 1.8 : 1), 6);
    drawText(list, frame.fonts.small, {low.x + 8, low.y + 3}, frame.style.accent, label);
    frame.place("legend.all", low, high);
}

void drawRow(OverlayFrame& frame, const LegendLayout& layout, size_t index, ImVec2 at) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const bool shown = frame.content.classShown[index];
    const ImVec2 low(at.x + 5, at.y), high(at.x + layout.width - 5, at.y + rowHeight);
    ImGui::SetCursorScreenPos(low);
    ImGui::PushID(static_cast<int>(index));
    ImGui::InvisibleButton("row", {high.x - low.x, high.y - low.y});
    const bool over = ImGui::IsItemHovered(), pressed = over && ImGui::IsMouseClicked(0);
    ImGui::PopID();
    if (pressed && (frame.doubleClicked || frame.altPressed)) {
        frame.answer.isolateClass = static_cast<int>(index);
        frame.answer.shownBefore = frame.doubleClicked ? frame.shownBeforeClick : frame.content.classShown;
    } else if (pressed) {
        frame.shownBeforeClick = frame.content.classShown;
        frame.answer.toggleClass = static_cast<int>(index);
    }
    if (over)
        list->AddRectFilled(low, high, frame.style.hover, 6);
    const QColor colour = frame.content.colouring.classColour(index);
    const ImVec2 middle(at.x + padding + 5, at.y + rowHeight / 2);
    if (shown)
        list->AddCircleFilled(middle, 5, toImGui(colour));
    else
        list->AddCircle(middle, 4.2F, toImGui(colour, 0.55), 0, 1.5F);
    const ImU32 ink = shown ? frame.style.text : withOpacity(frame.style.dim, 0.7);
    drawText(list, frame.fonts.regular, {at.x + padding + 20, at.y + 4}, ink, layout.names[index]);
    const float countWidth = textSize(frame.fonts.small, layout.counts[index]).x;
    drawText(list, frame.fonts.small, {at.x + layout.width - padding - countWidth, at.y + 6},
             withOpacity(frame.style.dim, shown ? 1 : 0.6), layout.counts[index]);
    const auto window = frame.rects.value("legend");
    const QRectF row(QPointF(low.x, low.y), QPointF(high.x, high.y));
    if (window.contains(row.center()))
        frame.rects[QStringLiteral("legend.row.%1").arg(index)] = row;
}

} // namespace

void drawLegend(OverlayFrame& frame) {
    const auto& classes = frame.content.colouring.classes;
    if (!frame.content.legendVisible || classes.empty() ||
        frame.content.store.classCounts().size() != classes.size())
        return;
    const LegendLayout layout = layOut(frame);
    const auto viewWidth = static_cast<float>(frame.content.size.width());
    const auto viewHeight = static_cast<float>(frame.content.size.height());
    const float full = headHeight + rowHeight * static_cast<float>(classes.size()) + 8;
    ImVec2 at(std::max(8.0F, viewWidth - layout.width - 14), 14);
    if (const ImVec2 tools = toolsSize(); frame.content.panelVisible && at.x < at.y + tools.x + 8)
        at.y += tools.y + 8; // in a narrow view it stands below the tools
    const float room = std::max(headHeight + 2 * rowHeight, viewHeight - 96 - at.y);
    // Where it would hide much of a small view it is folded until somebody wants it.
    constexpr float most = 0.18F;
    const bool roomy = viewWidth > 700 && viewHeight > 400;
    const bool small = full > room || layout.width * full > most * viewWidth * viewHeight;
    const bool open = frame.legendOpen.value_or(roomy || !small);
    const float height = open ? std::min(full, room) : headHeight;
    frame.place("legend", at, {at.x + layout.width, at.y + height});
    if (beginPanel(frame, "legend", at, {layout.width, height})) {
        drawHead(frame, at, layout.width, open);
        ImGui::SetCursorScreenPos({at.x, at.y + headHeight});
        if (open && ImGui::BeginChild("rows", {layout.width, height - headHeight - 4}, false,
                                      full > height ? 0 : ImGuiWindowFlags_NoScrollbar)) {
            const ImVec2 start = ImGui::GetCursorScreenPos();
            for (size_t index = 0; index < classes.size(); ++index)
                drawRow(frame, layout, index, {at.x, start.y + rowHeight * static_cast<float>(index)});
        }
        if (open)
            ImGui::EndChild();
    }
    endPanel();
}

} // namespace galatea
