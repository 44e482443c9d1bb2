#include "widgets/map/palette.h"

#include <array>

namespace galatea {

QColor paletteColour(std::size_t index) {
    // The sixteen that keep the smallest distance between any two of them (in OKLab, as seen with normal
    // vision and with protanopia, deuteranopia and tritanopia by Machado's matrices, 2009) large, among
    // colours of at least 2 : 1 contrast with both grounds.
    static constexpr std::array<unsigned, paletteSize> colours{
        0x4c8ff0, 0xfd8815, 0x0c7015, 0x823eba, 0x3cbacc, 0xc42e3a, 0xcd859a, 0x5d9a64,
        0xb57d0b, 0x6566e0, 0xbcaa75, 0x117c74, 0x9ca0fd, 0xb96dd0, 0x8377a2, 0x5a5b8f};
    const QColor colour = QColor::fromRgb(colours[index % colours.size()]);
    const std::size_t turn = index / colours.size();
    if (turn == 0)
        return colour;
    return turn % 2 ? colour.lighter(130) : colour.darker(130);
}

QColor contextColour(bool dark) {
    return dark ? QColor(92, 100, 114) : QColor(176, 182, 192);
}

} // namespace galatea
