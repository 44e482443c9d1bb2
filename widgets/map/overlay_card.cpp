// The hover card and the colour bar.
#include "widgets/map/colour_scale.h"
#include "widgets/map/overlay_frame.h"

#include <algorithm>
#include <cmath>

namespace galatea {

namespace {

constexpr float padding = 12, picture = 104, gap = 8, lineHeight = 18, textLimit = 300;

struct CardLine {
    std::string name, value; ///< value empty: one plain line
};

struct CardLayout {
    std::vector<CardLine> lines;
    std::string title, distance;
    float nameWidth = 0, width = 0, height = 0;
    bool two = false, pictures = false;
};

CardLayout layOut(const OverlayFrame& frame, const MapHoverCard& card) {
    CardLayout layout;
    layout.two = card.decodePending || !card.decoded.isNull();
    layout.pictures = layout.two || !card.thumbnail.isNull();
    const float pictures =
        !layout.pictures ? 0 : (layout.two && !card.thumbnail.isNull() ? 2 * picture + gap : picture);
    layout.title = fittedText(frame.fonts.bold, shownText(card.title), textLimit);
    layout.distance = fittedText(frame.fonts.small, shownText(card.distance), textLimit - 14);
    float inner =
        std::max({120.0F, pictures, textSize(frame.fonts.bold, layout.title).x,
                  card.distance.isEmpty() ? 0 : textSize(frame.fonts.small, layout.distance).x + 14});
    float valueWidth = 0;
    for (const QString& line : card.lines) {
        const qsizetype tab = line.indexOf('\t');
        CardLine entry;
        if (tab < 0) {
            entry.name = fittedText(frame.fonts.regular, shownText(line), textLimit);
            inner = std::max(inner, textSize(frame.fonts.regular, entry.name).x);
        } else {
            entry.name = fittedText(frame.fonts.regular, shownText(line.left(tab)), textLimit / 2);
            entry.value = fittedText(frame.fonts.regular, shownText(line.mid(tab + 1)), textLimit / 2);
            layout.nameWidth = std::max(layout.nameWidth, textSize(frame.fonts.regular, entry.name).x);
            valueWidth = std::max(valueWidth, textSize(frame.fonts.regular, entry.value).x);
        }
        layout.lines.push_back(entry);
    }
    if (layout.nameWidth > 0)
        inner = std::max(inner, layout.nameWidth + 16 + valueWidth);
    layout.width = inner + 2 * padding;
    layout.height = 2 * padding - 3 + (card.title.isEmpty() ? 0 : lineHeight + 4) +
                    (layout.pictures ? picture + lineHeight + 6 : 0) +
                    lineHeight * static_cast<float>(layout.lines.size()) +
                    (card.distance.isEmpty() ? 0 : lineHeight + 3);
    return layout;
}

void drawPicture(OverlayFrame& frame, ImDrawList* list, ImVec2 at, const QImage& image, const char* caption) {
    const ImVec2 high(at.x + picture, at.y + picture);
    list->AddRectFilled(at, high, IM_COL32(8, 10, 14, 255), 6);
    const unsigned texture = frame.textures.textureOf(image);
    if (texture != 0) {
        // The whole picture, its shape kept.
        const double scale = picture / static_cast<double>(std::max(image.width(), image.height()));
        const auto w = static_cast<float>(image.width() * scale),
                   h = static_cast<float>(image.height() * scale);
        const ImVec2 low(at.x + (picture - w) / 2, at.y + (picture - h) / 2);
        list->AddImageRounded(reinterpret_cast<ImTextureID>(static_cast<uintptr_t>(texture)), low,
                              {low.x + w, low.y + h}, {0, 0}, {1, 1}, IM_COL32_WHITE, 6);
    } else {
        const ImVec2 middle(at.x + picture / 2, at.y + picture / 2);
        for (int k = -1; k <= 1; ++k)
            list->AddCircleFilled({middle.x + 10 * static_cast<float>(k), middle.y}, 2.5F,
                                  IM_COL32(150, 160, 176, 200));
    }
    list->AddRect(at, high, frame.style.border, 6);
    const float width = textSize(frame.fonts.small, caption).x;
    drawText(list, frame.fonts.small, {at.x + (picture - width) / 2, high.y + 4}, frame.style.dim, caption);
}

/// Beside the point, on the side where there is room.
ImVec2 cardPlace(const OverlayFrame& frame, const CardLayout& layout) {
    const auto viewWidth = static_cast<float>(frame.content.size.width());
    const auto viewHeight = static_cast<float>(frame.content.size.height());
    const auto x = static_cast<float>(frame.content.cardAt.x()),
               y = static_cast<float>(frame.content.cardAt.y());
    ImVec2 at(x + 20, y + 16);
    if (at.x + layout.width > viewWidth - 8)
        at.x = x - 20 - layout.width;
    if (at.y + layout.height > viewHeight - 8)
        at.y = std::min(y - 16 - layout.height, viewHeight - 8 - layout.height);
    return {std::max(8.0F, at.x), std::max(8.0F, at.y)};
}

} // namespace

void drawHoverCard(OverlayFrame& frame) {
    if (!frame.content.card)
        return;
    const MapHoverCard& card = *frame.content.card;
    const CardLayout layout = layOut(frame, card);
    ImDrawList* list = ImGui::GetForegroundDrawList();
    ImVec2 at = cardPlace(frame, layout);
    const ImVec2 high(at.x + layout.width, at.y + layout.height);
    frame.place("card", at, high);
    drawPanel(list, frame, at, high, 10);
    at = {at.x + padding, at.y + padding};
    if (!layout.title.empty()) {
        drawText(list, frame.fonts.bold, at, frame.style.text, layout.title);
        at.y += lineHeight + 4;
    }
    if (layout.pictures) {
        float x = at.x;
        if (!card.thumbnail.isNull()) {
            drawPicture(frame, list, {x, at.y}, card.thumbnail, "observed");
            frame.place("card.thumbnail", {x, at.y}, {x + picture, at.y + picture});
            x += picture + gap;
        }
        if (layout.two) {
            drawPicture(frame, list, {x, at.y}, card.decoded, "decoded");
            frame.place("card.decoded", {x, at.y}, {x + picture, at.y + picture});
        }
        at.y += picture + lineHeight + 6;
    }
    for (const CardLine& line : layout.lines) {
        drawText(list, frame.fonts.regular, at, line.value.empty() ? frame.style.text : frame.style.dim,
                 line.name);
        const float width = textSize(frame.fonts.regular, line.value).x;
        drawText(list, frame.fonts.regular, {high.x - padding - width, at.y}, frame.style.text, line.value);
        at.y += lineHeight;
    }
    if (!layout.distance.empty()) {
        at.y += 3;
        list->AddCircleFilled({at.x + 3.5F, at.y + 7.5F}, 3.5F, frame.style.accent, 16);
        drawText(list, frame.fonts.small, {at.x + 14, at.y + 1}, frame.style.dim, layout.distance);
    }
}

void drawColourBar(OverlayFrame& frame) {
    const std::optional<ColourScale> scale = colourScale(frame.content);
    if (!scale)
        return;
    const float width = 240, height = 66;
    const ImVec2 at(static_cast<float>(frame.content.size.width()) - width - 14,
                    static_cast<float>(frame.content.size.height()) - height - 30);
    ImDrawList* list = ImGui::GetBackgroundDrawList();
    drawPanel(list, frame, at, {at.x + width, at.y + height});
    frame.place("colourbar", at, {at.x + width, at.y + height});
    drawText(list, frame.fonts.bold, {at.x + 12, at.y + 8}, frame.style.text,
             fittedText(frame.fonts.bold, shownText(scale->name), width - 24));
    const ImVec2 low(at.x + 12, at.y + 29), high(at.x + width - 12, at.y + 40);
    const int steps = 64;
    for (int k = 0; k < steps; ++k) {
        const float x0 = low.x + (high.x - low.x) * static_cast<float>(k) / steps;
        const float x1 = low.x + (high.x - low.x) * static_cast<float>(k + 1) / steps;
        const ImU32 from = toImGui(scale->colourAt(k / double(steps)));
        const ImU32 to = toImGui(scale->colourAt((k + 1) / double(steps)));
        list->AddRectFilledMultiColor({x0, low.y}, {x1, high.y}, from, to, to, from);
    }
    float free = at.x; // no tick's text over another's
    for (const ColourScale::Tick& tick : scale->ticks) {
        const float x = low.x + (high.x - low.x) * static_cast<float>(tick.place);
        const std::string text = tick.text.toStdString();
        const float half = textSize(frame.fonts.small, text).x / 2;
        const float left = std::clamp(x - half, at.x + 8, at.x + width - 8 - 2 * half);
        list->AddLine({x, high.y}, {x, high.y + 4}, frame.style.dim, 1);
        if (left < free)
            continue;
        free = left + 2 * half + 6;
        drawText(list, frame.fonts.small, {left, high.y + 6}, frame.style.dim, text);
    }
}

} // namespace galatea
