#pragma once
// Light and dark, from one small set of colours.

#include <QColor>
#include <QString>

namespace galatea {

enum class ThemeChoice { System, Light, Dark };

/// The colours everything is drawn with.
struct ThemeColours {
    QColor window, panel, base, raised, border, text, muted, accent, onAccent, accentSoft, warning, error,
        good;
};
const ThemeColours& themeColours(bool dark);

/// Palette and style sheet of the whole application. Returns whether it is dark now.
bool applyTheme(ThemeChoice choice);
bool isDarkTheme();

} // namespace galatea
