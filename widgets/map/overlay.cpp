#include "widgets/map/overlay.h"

#include "widgets/map/overlay_font.h"
#include "widgets/map/overlay_frame.h"

#include <QElapsedTimer>
#include <QFontDatabase>

#include <backends/imgui_impl_opengl3.h>

#include <algorithm>
#include <deque>

namespace galatea {

namespace {

/// Puts this view's context in place, and whichever was there before back.
class ContextScope {
  public:
    explicit ContextScope(ImGuiContext* context) : before_(ImGui::GetCurrentContext()) {
        ImGui::SetCurrentContext(context);
    }
    ~ContextScope() { ImGui::SetCurrentContext(before_); }
    ContextScope(const ContextScope&) = delete;
    ContextScope& operator=(const ContextScope&) = delete;

  private:
    ImGuiContext* before_;
};

struct Input {
    enum class Kind { Move, Press, Release, Wheel } kind = Kind::Move;
    QPointF position;
    int button = 0;
    double notches = 0;
    bool doubleClick = false, alt = false;
};

// Latin, Greek (σ, μ), punctuation, arrows and mathematical signs: what names and units in astronomy use.
const ImWchar glyphRanges[]{0x0020, 0x017F, 0x02C6, 0x02DC, 0x0370, 0x03FF, 0x1E00, 0x1EFF, 0x2010, 0x205E,
                            0x2070, 0x209C, 0x2190, 0x21FF, 0x2200, 0x22FF, 0x2295, 0x22A5, 0};

int buttonIndex(Qt::MouseButton button) {
    return button == Qt::LeftButton ? 0 : button == Qt::RightButton ? 1 : button == Qt::MiddleButton ? 2 : -1;
}

} // namespace

class Overlay::Private {
  public:
    ImGuiContext* context = nullptr;
    bool backEnd = false;
    double fontsFor = 0; ///< device pixel ratio the fonts were drawn for
    QByteArray regularFile, boldFile;
    OverlayFonts fonts;
    TextureCache textures;
    ThumbnailAtlas atlas;
    QHash<QString, QRectF> rects;
    std::deque<Input> queue;
    int settle = 2; ///< frames left until the layout has settled
    bool pressedHere = false, panelOpen = false;
    std::optional<bool> legendOpen;
    std::vector<bool> shownBeforeClick;
    QElapsedTimer clock;

    void loadFonts(double ratio);
    void applyStyle(MapTheme theme);
    void feed(bool& doubleClicked, bool& alt);
    bool covers(const QPointF& position) const;
};

Overlay::Overlay() : d_(std::make_unique<Private>()) {
    ImGuiContext* before = ImGui::GetCurrentContext();
    d_->context = ImGui::CreateContext();
    {
        const ContextScope scope(d_->context);
        ImGuiIO& io = ImGui::GetIO();
        io.IniFilename = nullptr; // where panels are is no file's business
        io.LogFilename = nullptr;
        io.ConfigWindowsMoveFromTitleBarOnly = true;
    }
    ImGui::SetCurrentContext(before);
}

Overlay::~Overlay() {
    ImGuiContext* before = ImGui::GetCurrentContext();
    ImGui::DestroyContext(d_->context);
    ImGui::SetCurrentContext(before == d_->context ? nullptr : before);
}

void Overlay::initialise() {
    const ContextScope scope(d_->context);
    ImGui_ImplOpenGL3_Init("#version 150");
    d_->backEnd = true;
    d_->fontsFor = 0;
    d_->settle = 2;
}

void Overlay::release() {
    if (!d_->backEnd)
        return;
    const ContextScope scope(d_->context);
    d_->textures.release();
    d_->atlas.release();
    ImGui_ImplOpenGL3_Shutdown();
    d_->backEnd = false;
}

void Overlay::Private::loadFonts(double ratio) {
    if (regularFile.isEmpty()) {
        QFont font = QFontDatabase::systemFont(QFontDatabase::GeneralFont);
        regularFile = fontFile(font);
        font.setBold(true);
        boldFile = fontFile(font);
    }
    ImGuiIO& io = ImGui::GetIO();
    io.Fonts->Clear();
    const auto add = [&](const QByteArray& file, double size) -> ImFont* {
        if (file.isEmpty()) {
            ImFontConfig config;
            config.SizePixels = static_cast<float>(size * ratio);
            return io.Fonts->AddFontDefault(&config);
        }
        ImFontConfig config;
        config.FontDataOwnedByAtlas = false; // the bytes stay ours, in regularFile and boldFile
        config.OversampleH = 2;
        config.OversampleV = 1;
        config.PixelSnapH = false;
        return io.Fonts->AddFontFromMemoryTTF(const_cast<char*>(file.constData()),
                                              static_cast<int>(file.size()), static_cast<float>(size * ratio),
                                              &config, glyphRanges);
    };
    fonts.regular = add(regularFile, 13);
    fonts.small = add(regularFile, 11);
    fonts.bold = add(boldFile.isEmpty() ? regularFile : boldFile, 13);
    // Drawn at the device's resolution, laid out in logical pixels.
    for (ImFont* font : {fonts.regular, fonts.small, fonts.bold})
        font->Scale = static_cast<float>(1 / ratio);
    ImGui_ImplOpenGL3_DestroyFontsTexture();
    if (fontsFor > 0)
        ImGui_ImplOpenGL3_CreateFontsTexture();
    fontsFor = ratio;
}

void Overlay::Private::applyStyle(MapTheme theme) {
    const OverlayStyle colours = overlayStyle(theme);
    ImGuiStyle& style = ImGui::GetStyle();
    style.WindowRounding = style.ChildRounding = style.PopupRounding = 8;
    style.FrameRounding = style.GrabRounding = style.ScrollbarRounding = 6;
    style.WindowBorderSize = style.ChildBorderSize = 0;
    style.PopupBorderSize = 1;
    style.WindowPadding = {0, 0};
    style.ItemSpacing = {0, 0};
    style.ScrollbarSize = 9;
    style.DisplaySafeAreaPadding = {0, 0};
    style.WindowMinSize = {1, 1};
    // A quarter of a pixel: large ellipses stay round.
    style.CircleTessellationMaxError = 0.25F;
    const auto set = [&](ImGuiCol part, ImU32 colour) {
        style.Colors[part] = ImGui::ColorConvertU32ToFloat4(colour);
    };
    set(ImGuiCol_Text, colours.text);
    set(ImGuiCol_WindowBg, 0);
    set(ImGuiCol_ChildBg, 0);
    set(ImGuiCol_PopupBg, colours.panel);
    set(ImGuiCol_Border, colours.border);
    set(ImGuiCol_ScrollbarBg, 0);
    set(ImGuiCol_ScrollbarGrab, colours.track);
    set(ImGuiCol_ScrollbarGrabHovered, colours.dim);
    set(ImGuiCol_ScrollbarGrabActive, colours.dim);
}

/// Moves queued input into ImGui. A button may change once a frame: a press and its release between two
/// frames would otherwise cancel out unseen.
void Overlay::Private::feed(bool& doubleClicked, bool& alt) {
    ImGuiIO& io = ImGui::GetIO();
    bool changed = false, moved = false;
    while (!queue.empty()) {
        const Input next = queue.front();
        if ((changed && next.kind != Input::Kind::Wheel) || (moved && next.kind == Input::Kind::Release))
            break;
        queue.pop_front();
        const ImVec2 at(static_cast<float>(next.position.x()), static_cast<float>(next.position.y()));
        moved = moved || at.x != io.MousePos.x || at.y != io.MousePos.y;
        io.MousePos = at;
        if (next.kind == Input::Kind::Press || next.kind == Input::Kind::Release) {
            io.MouseDown[next.button] = next.kind == Input::Kind::Press;
            doubleClicked = doubleClicked || next.doubleClick;
            alt = alt || next.alt;
            changed = true;
        } else if (next.kind == Input::Kind::Wheel) {
            io.MouseWheel += static_cast<float>(next.notches);
        }
    }
}

OverlayAnswer Overlay::paint(const OverlayContent& content) {
    OverlayAnswer answer;
    if (!d_->backEnd)
        return answer;
    const ContextScope scope(d_->context);
    ImGuiIO& io = ImGui::GetIO();
    if (d_->fontsFor != content.pixelRatio)
        d_->loadFonts(content.pixelRatio);
    d_->applyStyle(content.theme);
    io.DisplaySize = {static_cast<float>(content.size.width()), static_cast<float>(content.size.height())};
    io.DisplayFramebufferScale = {static_cast<float>(content.pixelRatio),
                                  static_cast<float>(content.pixelRatio)};
    const double passed = d_->clock.isValid() ? static_cast<double>(d_->clock.nsecsElapsed()) * 1e-9 : 0.016;
    d_->clock.restart();
    io.DeltaTime = static_cast<float>(std::clamp(passed, 1e-4, 0.25));

    bool doubleClicked = false, alt = false;
    d_->feed(doubleClicked, alt);
    ImGui_ImplOpenGL3_NewFrame();
    ImGui::NewFrame();
    d_->rects.clear();
    const OverlayStyle style = overlayStyle(content.theme);
    OverlayFrame frame{content,   answer,        style, d_->fonts,     d_->textures,   d_->atlas,
                       d_->rects, doubleClicked, alt,   d_->panelOpen, d_->legendOpen, d_->shownBeforeClick};
    drawAxes(frame);
    drawThumbnails(frame);
    drawEllipses(frame);
    drawPathAndMarker(frame);
    drawRings(frame);
    drawOutline(frame);
    drawBrush(frame);
    drawSelectionCount(frame);
    drawLayerName(frame);
    drawColourBar(frame);
    drawLegend(frame);
    drawDisplayPanel(frame);
    drawHoverCard(frame);
    if (frame.panelOpen != d_->panelOpen || frame.legendOpen != d_->legendOpen)
        d_->settle = 2;
    d_->panelOpen = frame.panelOpen;
    d_->legendOpen = frame.legendOpen;
    d_->shownBeforeClick = frame.shownBeforeClick;
    ImGui::Render();
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    d_->textures.sweep();
    d_->atlas.sweep();
    if (d_->settle > 0)
        --d_->settle;
    return answer;
}

bool Overlay::Private::covers(const QPointF& position) const {
    for (const char* part : {"legend", "panel", "layer"})
        if (const auto rect = rects.constFind(part); rect != rects.constEnd() && rect->contains(position))
            return true;
    return false;
}

bool Overlay::mouseMoved(const QPointF& position) {
    if (d_->queue.empty() || d_->queue.back().kind != Input::Kind::Move)
        d_->queue.push_back({Input::Kind::Move, position});
    d_->queue.back().position = position;
    return d_->pressedHere || d_->covers(position);
}

bool Overlay::mousePressed(const QPointF& position, Qt::MouseButton button, Qt::KeyboardModifiers modifiers,
                           bool doubleClick) {
    const int index = buttonIndex(button);
    if (index < 0 || !d_->covers(position))
        return false;
    d_->pressedHere = true;
    d_->queue.push_back(
        {Input::Kind::Press, position, index, 0, doubleClick, modifiers.testFlag(Qt::AltModifier)});
    d_->settle = 2;
    return true;
}

bool Overlay::mouseReleased(const QPointF& position, Qt::MouseButton button) {
    const int index = buttonIndex(button);
    if (index < 0 || !d_->pressedHere)
        return false;
    d_->pressedHere = false;
    d_->queue.push_back({Input::Kind::Release, position, index});
    d_->settle = 2;
    return true;
}

bool Overlay::wheelTurned(const QPointF& position, double notches) {
    if (!d_->covers(position))
        return false;
    d_->queue.push_back({Input::Kind::Wheel, position, 0, notches});
    d_->settle = 2;
    return true;
}

void Overlay::mouseLeft() {
    if (!d_->pressedHere)
        d_->queue.push_back({Input::Kind::Move, QPointF(-1e6, -1e6)});
}

bool Overlay::wantsAnotherFrame() const {
    return !d_->queue.empty() || d_->settle > 0;
}

QRectF Overlay::rect(const QString& part) const {
    return d_->rects.value(part);
}

} // namespace galatea
