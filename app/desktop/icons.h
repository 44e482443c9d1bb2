#pragma once
// Line icons drawn from paths in the current theme's colours; sharp at every size.

#include <QIcon>

namespace galatea {

enum class Icon {
    Open,
    Save,
    Undo,
    Redo,
    Navigate,
    Rectangle,
    Lasso,
    Brush,
    Fit,
    Layers,
    Beside,
    Link,
    Search,
    Close,
    Reset,
    Dice,
    Star,
    Picture,
    Model,
    Points,
    Map,
    Warning,
    Error,
    Export,
    Play,
    Sliders,
    Grid,
    Object
};

QIcon icon(Icon which);

} // namespace galatea
