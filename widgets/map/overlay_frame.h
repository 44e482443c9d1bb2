#pragma once
// What every part of the overlay draws with: fonts, colours, and the book of where things were put.

#include "widgets/map/overlay.h"
#include "widgets/map/textures.h"
#include "widgets/map/thumbnail_atlas.h"

#include <imgui.h>

#include <string>

namespace galatea {

struct OverlayStyle {
    ImU32 panel, border, text, dim, accent, accentSoft, onAccent, halo, shadow, hover, track, ground;
};

OverlayStyle overlayStyle(MapTheme theme);

struct OverlayFonts {
    ImFont* regular = nullptr;
    ImFont* small = nullptr;
    ImFont* bold = nullptr;
};

struct OverlayFrame {
    const OverlayContent& content;
    OverlayAnswer& answer;
    const OverlayStyle& style;
    const OverlayFonts& fonts;
    TextureCache& textures;
    ThumbnailAtlas& atlas;
    QHash<QString, QRectF>& rects;
    bool doubleClicked = false;         ///< the press of this frame is the second of a double click
    bool altPressed = false;            ///< ... was made with Alt held
    bool panelOpen = false;             ///< the display panel is unfolded
    std::optional<bool> legendOpen;     ///< the person unfolded or folded the legend; else as there is room
    std::vector<bool> shownBeforeClick; ///< classes shown before the first click of a double click

    bool dark() const { return content.theme == MapTheme::Dark; }
    void place(const QString& part, const ImVec2& low, const ImVec2& high) {
        rects[part] = QRectF(QPointF(low.x, low.y), QPointF(high.x, high.y));
    }
};

// ---- Small tools
// ----------------------------------------------------------------------------------------------
/// UTF-8, with anything that could fool a reader escaped.
std::string shownText(const QString& text);
ImU32 toImGui(const QColor& colour, double opacity = 1);
ImU32 toImGui(const Rgba& colour, double opacity = 1);
ImU32 withOpacity(ImU32 colour, double opacity);
ImVec2 textSize(const ImFont* font, const std::string& text);
void drawText(ImDrawList* list, const ImFont* font, ImVec2 at, ImU32 colour, const std::string& text);
/// Text on points: an outline of the ground's colour keeps it legible.
void drawHaloText(ImDrawList* list, const ImFont* font, ImVec2 at, ImU32 colour, ImU32 halo,
                  const std::string& text);
/// The same, reading upwards, with its middle at `at`.
void drawUprightText(ImDrawList* list, const ImFont* font, ImVec2 at, ImU32 colour, const std::string& text);
/// Cut to `width` with an ellipsis.
std::string fittedText(const ImFont* font, const std::string& text, float width);
QString countText(int64_t count);
/// A rounded, shadowed panel that takes no space in ImGui's own layout.
void drawPanel(ImDrawList* list, const OverlayFrame& frame, ImVec2 low, ImVec2 high, float rounding = 9);
/// Opens an ImGui window that is only a place for widgets on a panel drawn by drawPanel().
bool beginPanel(OverlayFrame& frame, const char* id, ImVec2 at, ImVec2 size, bool scrolls = false);
void endPanel();

// ---- Parts, each in a file of its own
// --------------------------------------------------------------------------
void drawAxes(OverlayFrame& frame);
void drawEllipses(OverlayFrame& frame);
void drawPathAndMarker(OverlayFrame& frame);
void drawThumbnails(OverlayFrame& frame);
void drawBrush(OverlayFrame& frame);
void drawLayerName(OverlayFrame& frame);
void drawRings(OverlayFrame& frame);
void drawOutline(OverlayFrame& frame);
void drawSelectionCount(OverlayFrame& frame);
void drawLegend(OverlayFrame& frame);
void drawColourBar(OverlayFrame& frame);
void drawDisplayPanel(OverlayFrame& frame);
ImVec2 toolsSize(); ///< of the display panel while it is folded
void drawHoverCard(OverlayFrame& frame);

} // namespace galatea
