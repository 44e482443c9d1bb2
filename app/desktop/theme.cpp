#include "app/desktop/theme.h"

#include <QApplication>
#include <QPalette>
#include <QStyleFactory>
#include <QToolTip>

/// Q_INIT_RESOURCE must stand outside every namespace.
static void initialiseResources() {
    Q_INIT_RESOURCE(desktop);
}

namespace galatea {

namespace {

bool darkNow = false;

/// The system's own palette, before ours covers it.
bool systemIsDark() {
    static const bool dark = [] {
        const QPalette palette = QApplication::palette();
        return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
    }();
    return dark;
}

QPalette makePalette(const ThemeColours& c) {
    QPalette p;
    p.setColor(QPalette::Window, c.window);
    p.setColor(QPalette::WindowText, c.text);
    p.setColor(QPalette::Base, c.base);
    p.setColor(QPalette::AlternateBase, c.raised);
    p.setColor(QPalette::Text, c.text);
    p.setColor(QPalette::PlaceholderText, c.muted);
    p.setColor(QPalette::Button, c.raised);
    p.setColor(QPalette::ButtonText, c.text);
    p.setColor(QPalette::BrightText, c.error);
    p.setColor(QPalette::Highlight, c.accent);
    p.setColor(QPalette::HighlightedText, c.onAccent);
    p.setColor(QPalette::ToolTipBase, c.raised);
    p.setColor(QPalette::ToolTipText, c.text);
    p.setColor(QPalette::Link, c.accent);
    p.setColor(QPalette::Light, c.raised);
    p.setColor(QPalette::Midlight, c.raised);
    p.setColor(QPalette::Mid, c.border);
    p.setColor(QPalette::Dark, c.border);
    p.setColor(QPalette::Shadow, c.border);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, c.muted);
    return p;
}

const char* const sheet = R"(
QMainWindow, QDialog { background: @window; }
QMainWindow::separator { background: @window; width: 5px; height: 5px; }
QMainWindow::separator:hover { background: @accent; }
QDockWidget { color: @text; }
QDockWidget::title { background: @panel; padding: 8px 10px; font-weight: 600; border-bottom: 1px solid @border; }
QDockWidget > QWidget { background: @panel; }
QWidget[panel="true"] { background: @panel; }
QScrollArea, QScrollArea > QWidget > QWidget[panel="true"] { background: @panel; border: none; }
QMenuBar { background: @panel; border-bottom: 1px solid @border; padding: 2px; }
QMenuBar::item { padding: 4px 10px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: @raised; }
QMenu { background: @panel; border: 1px solid @border; padding: 5px; }
QMenu::item { padding: 5px 28px 5px 24px; border-radius: 4px; }
QMenu::item:selected { background: @accentSoft; color: @text; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @border; margin: 5px 8px; }
QStatusBar { background: @panel; border-top: 1px solid @border; }
QStatusBar::item { border: none; }
QTabBar::tab { background: transparent; color: @muted; padding: 8px 6px; border: none;
    border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @text; border-bottom: 2px solid @accent; }
QTabBar::tab:hover { color: @text; }
QTabBar { background: @panel; }
QPushButton, QToolButton[boxed="true"] { background: @raised; border: 1px solid @border; border-radius: 5px;
    padding: 5px 12px; color: @text; }
QToolButton[compact="true"] { padding: 5px 7px; }
QPushButton:hover, QToolButton[boxed="true"]:hover { border-color: @accent; }
QPushButton:pressed, QToolButton[boxed="true"]:pressed { background: @accentSoft; }
QPushButton:focus { border-color: @accent; }
QPushButton:disabled, QToolButton[boxed="true"]:disabled { color: @muted; background: @panel; border-color: @border; }
QPushButton[primary="true"] { background: @accent; color: @onAccent; border-color: @accent; font-weight: 600; }
QPushButton[primary="true"]:hover { background: @accentHover; }
QPushButton[primary="true"]:disabled { background: @raised; color: @muted; border-color: @border; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 4px; }
QToolButton:hover { background: @raised; }
QToolButton:checked { background: @accentSoft; border-color: @accent; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="1"] { padding-right: 16px; }
QToolButton::menu-button { background: transparent; border: none; width: 14px; }
QToolButton::menu-button:hover { background: @raised; }
QToolButton::menu-arrow { image: url(:/galatea/chevron-down.png); width: 10px; height: 10px; }
QComboBox, QSpinBox, QDoubleSpinBox, QLineEdit { background: @base; border: 1px solid @border; border-radius: 5px;
    padding: 4px 8px; selection-background-color: @accent; selection-color: @onAccent; min-height: 18px; }
QComboBox:hover, QSpinBox:hover, QDoubleSpinBox:hover, QLineEdit:hover { border-color: @muted; }
QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QLineEdit:focus { border-color: @accent; }
QComboBox::drop-down { border: none; background: transparent; width: 22px; }
QComboBox::down-arrow { image: url(:/galatea/chevron-down.png); width: 12px; height: 12px; }
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button {
    border: none; background: transparent; width: 18px; }
QSpinBox::up-button:hover, QDoubleSpinBox::up-button:hover, QSpinBox::down-button:hover,
QDoubleSpinBox::down-button:hover { background: @raised; border-radius: 3px; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(:/galatea/chevron-up.png); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(:/galatea/chevron-down.png);
    width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: @panel; border: 1px solid @border; padding: 3px;
    selection-background-color: @accentSoft; selection-color: @text; outline: none; }
QListView, QTreeView, QTableView, QPlainTextEdit, QTextBrowser { background: @base; border: none; outline: none;
    selection-background-color: @accentSoft; selection-color: @text; }
QListView::item { padding: 5px 8px; border-radius: 4px; }
QListView::item:selected { background: @accentSoft; color: @text; }
QHeaderView::section { background: @panel; border: none; border-bottom: 1px solid @border; padding: 4px 6px;
    color: @muted; }
QProgressBar { background: @raised; border: none; border-radius: 4px; }
QProgressBar::chunk { background: @accent; border-radius: 4px; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @muted; border-radius: 3px; background: @base; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: @accent; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; image: url(:/galatea/check-@tone.png); }
QCheckBox::indicator:disabled { border-color: @border; background: @panel; }
QSlider::groove:horizontal { height: 4px; background: @border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: @text; }
QSlider::handle:horizontal:hover { background: @accent; }
QSlider::handle:horizontal:disabled { background: @muted; }
QSlider[centred="true"]::sub-page:horizontal { background: @border; }
QSlider[centred="true"][moved="true"]::handle:horizontal { background: @accent; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar::handle:vertical { background: @border; min-height: 28px; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical:hover { background: @muted; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle:horizontal { background: @border; min-width: 28px; border-radius: 4px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 5px; }
QLabel[muted="true"] { color: @muted; }
QLabel[heading="true"] { font-weight: 600; }
QLabel[section="true"] { color: @muted; font-weight: 600; }
QLabel[title="true"] { font-size: 26pt; font-weight: 300; }
QFrame[card="true"] { background: @panel; border: 1px solid @border; border-radius: 8px; }
QFrame[line="true"] { background: @border; max-height: 1px; min-height: 1px; border: none; }
QFrame[severity="error"] { background: @errorSoft; border: 1px solid @error; border-radius: 6px; }
QFrame[severity="warning"] { background: @warningSoft; border: 1px solid @warning; border-radius: 6px; }
)";

QColor mix(const QColor& a, const QColor& b, double share) {
    auto part = [share](int x, int y) { return static_cast<int>(x * (1 - share) + y * share); };
    return {part(a.red(), b.red()), part(a.green(), b.green()), part(a.blue(), b.blue())};
}

QString styleSheet(const ThemeColours& c, bool dark) {
    // Longer names first, so that @accent does not eat the head of @accentSoft.
    const std::vector<std::pair<QString, QColor>> names = {{"@accentSoft", c.accentSoft},
                                                           {"@accentHover", mix(c.accent, c.text, 0.12)},
                                                           {"@onAccent", c.onAccent},
                                                           {"@accent", c.accent},
                                                           {"@errorSoft", mix(c.panel, c.error, 0.16)},
                                                           {"@error", c.error},
                                                           {"@warningSoft", mix(c.panel, c.warning, 0.16)},
                                                           {"@warning", c.warning},
                                                           {"@window", c.window},
                                                           {"@panel", c.panel},
                                                           {"@base", c.base},
                                                           {"@raised", c.raised},
                                                           {"@border", c.border},
                                                           {"@text", c.text},
                                                           {"@muted", c.muted}};
    QString text = sheet;
    for (const auto& [name, colour] : names)
        text.replace(name, colour.name());
    return text.replace("@tone", dark ? "dark" : "light");
}

} // namespace

const ThemeColours& themeColours(bool dark) {
    static const ThemeColours night{"#101217", "#181b22", "#14171d", "#242934", "#2d3340",
                                    "#e6e9ef", "#929bab", "#6ea4f4", "#0c1220", "#263a5c",
                                    "#e0a84e", "#ee7272", "#67c08b"};
    static const ThemeColours day{"#e9ecf1", "#ffffff", "#fafbfc", "#f0f2f6", "#d7dce5", "#1c212b", "#667084",
                                  "#2f66d0", "#ffffff", "#dbe7fd", "#a86a08", "#c03434", "#2b8a57"};
    return dark ? night : day;
}

bool applyTheme(ThemeChoice choice) {
    initialiseResources();
    const bool system = systemIsDark();
    darkNow = choice == ThemeChoice::System ? system : choice == ThemeChoice::Dark;
    static const bool styled = [] {
        QApplication::setStyle(QStyleFactory::create("Fusion"));
        return true;
    }();
    Q_UNUSED(styled);
    const ThemeColours& c = themeColours(darkNow);
    const QPalette palette = makePalette(c);
    QApplication::setPalette(palette);
    QToolTip::setPalette(palette);
    qApp->setStyleSheet(styleSheet(c, darkNow));
    return darkNow;
}

bool isDarkTheme() {
    return darkNow;
}

} // namespace galatea
