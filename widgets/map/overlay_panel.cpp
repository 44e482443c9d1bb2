// The display panel: the tools, and unfolded the few things about the drawing one wants at hand.
#include "widgets/map/overlay_frame.h"

#include <algorithm>
#include <cmath>

namespace galatea {

namespace {

constexpr float button = 30, edge = 5, openWidth = 214;

using Icon = void (*)(ImDrawList*, ImVec2 middle, ImU32 ink);

void moveIcon(ImDrawList* list, ImVec2 c, ImU32 ink) {
    list->AddLine({c.x - 7, c.y}, {c.x + 7, c.y}, ink, 1.4F);
    list->AddLine({c.x, c.y - 7}, {c.x, c.y + 7}, ink, 1.4F);
    for (const ImVec2 d : {ImVec2(1, 0), ImVec2(-1, 0), ImVec2(0, 1), ImVec2(0, -1)}) {
        const ImVec2 tip(c.x + 7.5F * d.x, c.y + 7.5F * d.y), side(d.y, -d.x);
        list->AddLine(tip, {tip.x - 3 * d.x + 3 * side.x, tip.y - 3 * d.y + 3 * side.y}, ink, 1.4F);
        list->AddLine(tip, {tip.x - 3 * d.x - 3 * side.x, tip.y - 3 * d.y - 3 * side.y}, ink, 1.4F);
    }
}

void rectangleIcon(ImDrawList* list, ImVec2 c, ImU32 ink) {
    for (int k = 0; k < 3; ++k) {
        const float a = -7 + 5.2F * static_cast<float>(k), b = a + 3.4F;
        list->AddLine({c.x + a, c.y - 6}, {c.x + b, c.y - 6}, ink, 1.4F);
        list->AddLine({c.x + a, c.y + 6}, {c.x + b, c.y + 6}, ink, 1.4F);
    }
    for (const float a : {-6.0F, -1.5F, 3.0F}) {
        list->AddLine({c.x - 7, c.y + a}, {c.x - 7, c.y + a + 3}, ink, 1.4F);
        list->AddLine({c.x + 7, c.y + a}, {c.x + 7, c.y + a + 3}, ink, 1.4F);
    }
}

void lassoIcon(ImDrawList* list, ImVec2 c, ImU32 ink) {
    for (int k = 0; k < 26; ++k) {
        const float angle = 6.2832F * static_cast<float>(k) / 26.0F;
        list->PathLineTo({c.x + 7.5F * std::cos(angle), c.y - 2 + 5 * std::sin(angle)});
    }
    list->PathStroke(ink, ImDrawFlags_Closed, 1.4F);
    list->AddBezierCubic({c.x - 3.5F, c.y + 2.5F}, {c.x - 6, c.y + 5}, {c.x - 1, c.y + 5},
                         {c.x - 2.5F, c.y + 8}, ink, 1.4F, 10);
    list->AddCircle({c.x - 3.6F, c.y + 2.6F}, 1.6F, ink, 10, 1.3F);
}

void brushIcon(ImDrawList* list, ImVec2 c, ImU32 ink) {
    list->AddCircle({c.x - 3, c.y + 3}, 4.6F, ink, 18, 1.4F);
    list->AddLine({c.x + 0.4F, c.y - 0.4F}, {c.x + 7, c.y - 7}, ink, 2.2F);
    list->AddCircleFilled({c.x - 3, c.y + 3}, 1.6F, ink, 10);
}

void fitIcon(ImDrawList* list, ImVec2 c, ImU32 ink) {
    for (const ImVec2 d : {ImVec2(1, 1), ImVec2(-1, 1), ImVec2(1, -1), ImVec2(-1, -1)}) {
        const ImVec2 corner(c.x + 7 * d.x, c.y + 7 * d.y);
        list->AddLine(corner, {corner.x - 4.5F * d.x, corner.y}, ink, 1.4F);
        list->AddLine(corner, {corner.x, corner.y - 4.5F * d.y}, ink, 1.4F);
    }
    list->AddCircleFilled(c, 2, ink, 10);
}

void settingsIcon(ImDrawList* list, ImVec2 c, ImU32 ink) {
    const float knobs[3]{3, -3.5F, 1};
    for (int k = 0; k < 3; ++k) {
        const float y = c.y + 5.2F * static_cast<float>(k - 1);
        list->AddLine({c.x - 7.5F, y}, {c.x + 7.5F, y}, ink, 1.4F);
        list->AddCircleFilled({c.x + knobs[k], y}, 2.4F, ink, 12);
    }
}

void tip(const OverlayFrame& frame, const char* text, const char* key) {
    if (!ImGui::IsItemHovered())
        return;
    ImDrawList* list = ImGui::GetForegroundDrawList();
    const std::string label = text, shortcut = key;
    const ImVec2 low(ImGui::GetItemRectMin().x, ImGui::GetItemRectMax().y + 10);
    const float labelWidth = textSize(frame.fonts.regular, label).x;
    const float keyWidth = shortcut.empty() ? 0 : textSize(frame.fonts.regular, shortcut).x + 10;
    drawPanel(list, frame, low, {low.x + labelWidth + keyWidth + 18, low.y + 26}, 7);
    drawText(list, frame.fonts.regular, {low.x + 9, low.y + 5}, frame.style.text, label);
    if (!shortcut.empty())
        drawText(list, frame.fonts.regular, {low.x + 9 + labelWidth + 10, low.y + 5}, frame.style.dim,
                 shortcut);
}

bool iconButton(OverlayFrame& frame, const char* id, ImVec2 at, Icon icon, bool active, const char* text,
                const char* key) {
    ImGui::SetCursorScreenPos(at);
    const bool clicked = ImGui::InvisibleButton(id, {button, button});
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 high(at.x + button, at.y + button);
    if (active)
        list->AddRectFilled(at, high, frame.style.accentSoft, 7);
    else if (ImGui::IsItemHovered())
        list->AddRectFilled(at, high, frame.style.hover, 7);
    icon(list, {at.x + button / 2, at.y + button / 2}, active ? frame.style.accent : frame.style.text);
    if (!frame.panelOpen) // unfolded, the panel lies where the words would stand
        tip(frame, text, key);
    frame.place(id, at, high);
    return clicked;
}

/// A thin track with a round knob; `value` runs from 0 to 1. True while it is being moved.
bool slider(OverlayFrame& frame, const char* id, ImVec2 at, float width, double& value) {
    ImGui::SetCursorScreenPos({at.x, at.y - 9});
    ImGui::InvisibleButton(id, {width, 18});
    const bool active = ImGui::IsItemActive();
    if (active)
        value = std::clamp((ImGui::GetIO().MousePos.x - at.x - 6) / (width - 12.0), 0.0, 1.0);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float knob = at.x + 6 + (width - 12) * static_cast<float>(value);
    list->AddRectFilled({at.x, at.y - 1.5F}, {at.x + width, at.y + 1.5F}, frame.style.track, 2);
    list->AddRectFilled({at.x, at.y - 1.5F}, {knob, at.y + 1.5F}, frame.style.accent, 2);
    list->AddCircleFilled({knob, at.y}, active || ImGui::IsItemHovered() ? 7.0F : 6.0F, frame.style.accent,
                          24);
    list->AddCircleFilled({knob, at.y}, 2.5F, frame.style.onAccent, 16);
    frame.place(id, {at.x, at.y - 9}, {at.x + width, at.y + 9});
    return active;
}

bool toggle(OverlayFrame& frame, const char* id, ImVec2 at, float width, const char* label, bool on) {
    ImGui::SetCursorScreenPos(at);
    const bool clicked = ImGui::InvisibleButton(id, {width, 24});
    ImDrawList* list = ImGui::GetWindowDrawList();
    drawText(list, frame.fonts.regular, {at.x, at.y + 4}, frame.style.text, label);
    const ImVec2 low(at.x + width - 30, at.y + 4), high(at.x + width, at.y + 20);
    list->AddRectFilled(low, high, on ? frame.style.accent : frame.style.track, 8);
    list->AddCircleFilled({on ? high.x - 8 : low.x + 8, low.y + 8}, 5.5F,
                          on ? frame.style.onAccent : frame.style.panel, 20);
    frame.place(id, at, {at.x + width, at.y + 24});
    return clicked;
}

void label(OverlayFrame& frame, ImVec2 at, float width, const char* name, const std::string& value) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    drawText(list, frame.fonts.regular, at, frame.style.text, name);
    drawText(list, frame.fonts.small, {at.x + width - textSize(frame.fonts.small, value).x, at.y + 2},
             frame.style.dim, value);
}

void drawSettings(OverlayFrame& frame, ImVec2 at, float width) {
    const OverlayContent& content = frame.content;
    // Equal steps of the slider are equal ratios: small sizes and faint points need the finer touch.
    double size = std::log(content.pointSize) / std::log(30.0);
    label(frame, at, width, "Point size", QString::number(content.pointSize, 'f', 1).toStdString() + " px");
    if (slider(frame, "panel.size", {at.x, at.y + 28}, width, size))
        frame.answer.pointSize = std::pow(30.0, size);
    at.y += 46;
    double opacity = std::log(content.opacity / 0.02) / std::log(50.0);
    label(frame, at, width, "Opacity", std::to_string(std::lround(content.opacity * 100)) + " %");
    if (slider(frame, "panel.opacity", {at.x, at.y + 28}, width, opacity))
        frame.answer.opacity = 0.02 * std::pow(50.0, opacity);
    at.y += 44;
    const bool density = content.shading == MapShading::Density;
    if (toggle(frame, "panel.density", at, width, "Density", density))
        frame.answer.shading = density ? MapShading::Points : MapShading::Density;
    at.y += 26;
    if (content.thumbnailsOffered) {
        if (toggle(frame, "panel.thumbnails", at, width, "Pictures when near", content.thumbnailsVisible))
            frame.answer.thumbnailsVisible = !content.thumbnailsVisible;
        at.y += 26;
    }
    if (!content.ellipses.empty()) {
        if (toggle(frame, "panel.ellipses", at, width, "Ellipses", content.ellipsesVisible))
            frame.answer.ellipsesVisible = !content.ellipsesVisible;
        at.y += 26;
    }
    if (!content.colouring.classes.empty()) {
        if (toggle(frame, "panel.legend", at, width, "Legend", content.legendVisible))
            frame.answer.legendVisible = !content.legendVisible;
        at.y += 26;
    }
    const std::string shown = shownText(countText(content.store.visibleCount())) + " points";
    const std::string time = QString::number(content.frameMilliseconds, 'f', 1).toStdString() + " ms";
    ImDrawList* list = ImGui::GetWindowDrawList();
    drawText(list, frame.fonts.small, {at.x, at.y + 6}, frame.style.dim, shown);
    drawText(list, frame.fonts.small, {at.x + width - textSize(frame.fonts.small, time).x, at.y + 6},
             frame.style.dim, time);
}

void drawTools(OverlayFrame& frame, ImVec2 at) {
    const auto tool = [&](const char* id, Icon icon, MapTool which, const char* text, const char* key) {
        if (iconButton(frame, id, at, icon, frame.content.tool == which, text, key))
            frame.answer.tool = which;
        at.x += button + 2;
    };
    tool("tool.navigate", moveIcon, MapTool::Navigate, "Move around", "");
    tool("tool.rectangle", rectangleIcon, MapTool::Rectangle, "Rectangle", "R");
    tool("tool.lasso", lassoIcon, MapTool::Lasso, "Lasso", "L");
    tool("tool.brush", brushIcon, MapTool::Brush, "Brush; [ and ] change its size", "B");
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddLine({at.x + 4, at.y + 7}, {at.x + 4, at.y + button - 7}, frame.style.border, 1);
    at.x += 9;
    if (iconButton(frame, "panel.fit", at, fitIcon, false, "Show everything", "F"))
        frame.answer.fit = true;
    at.x += button + 2;
    if (iconButton(frame, "panel.settings", at, settingsIcon, frame.panelOpen, "Display", ""))
        frame.panelOpen = !frame.panelOpen;
}

} // namespace

ImVec2 toolsSize() {
    return {6 * button + 5 * 2 + 7 + 2 * edge, button + 2 * edge};
}

void drawDisplayPanel(OverlayFrame& frame) {
    if (!frame.content.panelVisible)
        return;
    const int toggles = 1 + int(!frame.content.ellipses.empty()) +
                        int(!frame.content.colouring.classes.empty()) + int(frame.content.thumbnailsOffered);
    const float width = frame.panelOpen ? std::max(toolsSize().x, openWidth) : toolsSize().x;
    const float height =
        toolsSize().y + (frame.panelOpen ? 10 + 90 + 26.0F * static_cast<float>(toggles) + 28 : 0);
    const ImVec2 at(14, 14);
    frame.place("panel", at, {at.x + width, at.y + height});
    const bool open = frame.panelOpen;
    if (beginPanel(frame, "panel", at, {width, height})) {
        drawTools(frame, {at.x + edge, at.y + edge});
        if (open) {
            const float y = at.y + button + 2 * edge;
            ImGui::GetWindowDrawList()->AddLine({at.x + 10, y}, {at.x + width - 10, y}, frame.style.border,
                                                1);
            drawSettings(frame, {at.x + 14, y + 10}, width - 28);
        }
    }
    endPanel();
}

} // namespace galatea
