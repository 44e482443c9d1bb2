#pragma once
// Colours for classes: told apart by people with and without colour vision deficiencies, on light and dark
// ground.

#include <QColor>

#include <cstddef>

namespace galatea {

inline constexpr int paletteSize = 16;

/// Colour of class `index`; beyond the palette's length the colours repeat, lighter and darker by turns.
QColor paletteColour(std::size_t index);
/// Points without a class, a value or a selection, on this ground.
QColor contextColour(bool dark);

} // namespace galatea
