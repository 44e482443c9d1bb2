#include "widgets/map/overlay_frame.h"

#include "core/text.h"

#include <QLocale>

#include <algorithm>
#include <cmath>

namespace galatea {

OverlayStyle overlayStyle(MapTheme theme) {
    OverlayStyle style{};
    if (theme == MapTheme::Dark) {
        style.ground = IM_COL32(14, 18, 26, 255);
        style.panel = IM_COL32(25, 31, 42, 242);
        style.border = IM_COL32(255, 255, 255, 26);
        style.text = IM_COL32(226, 232, 240, 255);
        style.dim = IM_COL32(140, 152, 170, 255);
        style.accent = IM_COL32(96, 165, 250, 255);
        style.accentSoft = IM_COL32(96, 165, 250, 46);
        style.onAccent = IM_COL32(10, 16, 28, 255);
        style.halo = IM_COL32(14, 18, 26, 210);
        style.shadow = IM_COL32(0, 0, 0, 22);
        style.hover = IM_COL32(255, 255, 255, 16);
        style.track = IM_COL32(255, 255, 255, 38);
    } else {
        style.ground = IM_COL32(250, 251, 253, 255);
        style.panel = IM_COL32(255, 255, 255, 246);
        style.border = IM_COL32(15, 23, 42, 30);
        style.text = IM_COL32(24, 33, 47, 255);
        style.dim = IM_COL32(100, 112, 130, 255);
        style.accent = IM_COL32(37, 99, 235, 255);
        style.accentSoft = IM_COL32(37, 99, 235, 30);
        style.onAccent = IM_COL32(255, 255, 255, 255);
        style.halo = IM_COL32(250, 251, 253, 220);
        style.shadow = IM_COL32(30, 41, 59, 5);
        style.hover = IM_COL32(15, 23, 42, 12);
        style.track = IM_COL32(15, 23, 42, 36);
    }
    return style;
}

std::string shownText(const QString& text) {
    const QByteArray bytes = text.toUtf8();
    return escaped({bytes.constData(), static_cast<size_t>(bytes.size())});
}

ImU32 toImGui(const QColor& colour, double opacity) {
    return IM_COL32(colour.red(), colour.green(), colour.blue(), std::lround(colour.alpha() * opacity));
}

ImU32 toImGui(const Rgba& colour, double opacity) {
    return IM_COL32(colour.r, colour.g, colour.b, std::lround(colour.a * opacity));
}

ImU32 withOpacity(ImU32 colour, double opacity) {
    const double alpha = static_cast<double>((colour >> IM_COL32_A_SHIFT) & 0xFFU) * opacity;
    return (colour & ~IM_COL32_A_MASK) | (static_cast<ImU32>(std::lround(alpha)) << IM_COL32_A_SHIFT);
}

static float sizeOf(const ImFont* font) {
    return font->FontSize * font->Scale;
}

ImVec2 textSize(const ImFont* font, const std::string& text) {
    return font->CalcTextSizeA(sizeOf(font), FLT_MAX, 0, text.data(), text.data() + text.size());
}

void drawText(ImDrawList* list, const ImFont* font, ImVec2 at, ImU32 colour, const std::string& text) {
    list->AddText(font, sizeOf(font), at, colour, text.data(), text.data() + text.size());
}

void drawHaloText(ImDrawList* list, const ImFont* font, ImVec2 at, ImU32 colour, ImU32 halo,
                  const std::string& text) {
    for (const ImVec2 step : {ImVec2(-1, 0), ImVec2(1, 0), ImVec2(0, -1), ImVec2(0, 1)})
        drawText(list, font, {at.x + step.x, at.y + step.y}, halo, text);
    drawText(list, font, at, colour, text);
}

void drawUprightText(ImDrawList* list, const ImFont* font, ImVec2 at, ImU32 colour, const std::string& text) {
    const ImVec2 size = textSize(font, text);
    const int first = list->VtxBuffer.Size;
    // The clip rectangle is that of the turned text, not of the text as laid out: nothing may be culled
    // early.
    const ImVec2 start(at.x - size.x / 2, at.y - size.y / 2);
    list->PushClipRectFullScreen();
    drawText(list, font, start, colour, text);
    list->PopClipRect();
    for (int i = first; i < list->VtxBuffer.Size; ++i) {
        ImVec2& p = list->VtxBuffer[i].pos;
        p = {at.x + (p.y - at.y), at.y - (p.x - at.x)};
    }
}

std::string fittedText(const ImFont* font, const std::string& text, float width) {
    if (textSize(font, text).x <= width)
        return text;
    std::string cut = text;
    const std::string ellipsis = "\xE2\x80\xA6";
    while (!cut.empty() && textSize(font, cut + ellipsis).x > width) {
        // A whole character at a time: continuation bytes of UTF-8 go with their first byte.
        while (cut.size() > 1 && (static_cast<unsigned char>(cut.back()) & 0xC0U) == 0x80U)
            cut.pop_back();
        cut.pop_back();
    }
    return cut + ellipsis;
}

QString countText(int64_t count) {
    return QLocale().toString(static_cast<qlonglong>(count));
}

void drawPanel(ImDrawList* list, const OverlayFrame& frame, ImVec2 low, ImVec2 high, float rounding) {
    for (int k = 10; k >= 1; --k) {
        const auto grow = static_cast<float>(0.1 * k * k);
        list->AddRectFilled({low.x - grow, low.y - grow + 3}, {high.x + grow, high.y + grow + 3},
                            frame.style.shadow, rounding + grow);
    }
    list->AddRectFilled(low, high, frame.style.panel, rounding);
    list->AddRect(low, high, frame.style.border, rounding, 0, 1);
}

bool beginPanel(OverlayFrame& frame, const char* id, ImVec2 at, ImVec2 size, bool scrolls) {
    drawPanel(ImGui::GetBackgroundDrawList(), frame, at, {at.x + size.x, at.y + size.y});
    ImGui::SetNextWindowPos(at);
    ImGui::SetNextWindowSize(size);
    ImGuiWindowFlags flags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                             ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
                             ImGuiWindowFlags_NoBackground;
    if (!scrolls)
        flags |= ImGuiWindowFlags_NoScrollWithMouse;
    return ImGui::Begin(id, nullptr, flags);
}

void endPanel() {
    ImGui::End();
}

} // namespace galatea
