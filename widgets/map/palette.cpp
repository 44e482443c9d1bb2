#include "widgets/map/palette.h"

#include <array>

namespace galatea {

QColor paletteColour(std::size_t index) {
    static constexpr std::array<unsigned, paletteSize> colours{
        0x4c8ff0, 0xf08c2e, 0x2fa66a, 0xe5528f, 0x9a6be0, 0x1fb0c4, 0xb58a1c, 0xd64a3a,
        0x7f9a2e, 0x5a6fd0, 0xc06ac0, 0x2a8f8f, 0xa8654a, 0x8794a8, 0x52b84a, 0xe0789a};
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
