#include "data/wcs_table.h"

#include <stdexcept>

namespace galatea {

void WcsTable::add(const std::string& frameCards, PixelPosition origin) {
    int64_t frame = -1;
    if (!frameCards.empty()) {
        const auto [place, isNew] = known_.emplace(frameCards, static_cast<int64_t>(frames_.size()));
        if (isNew)
            frames_.push_back(frameCards);
        frame = place->second;
    }
    frameOfRow_.push_back(frame);
    origins_.push_back(origin);
}

WcsTable WcsTable::fromParts(std::vector<std::string> frames, std::vector<int64_t> frameOfRow,
                             std::vector<PixelPosition> origins) {
    if (frameOfRow.size() != origins.size())
        throw std::invalid_argument("one origin per image is needed");
    for (const int64_t frame : frameOfRow)
        if (frame < -1 || frame >= static_cast<int64_t>(frames.size()))
            throw std::invalid_argument("an image names a frame that is not there");
    WcsTable table;
    table.frames_ = std::move(frames);
    table.frameOfRow_ = std::move(frameOfRow);
    table.origins_ = std::move(origins);
    return table;
}

std::string WcsTable::cards(int64_t row) const {
    const auto index = static_cast<size_t>(row);
    if (index >= frameOfRow_.size() || frameOfRow_[index] < 0)
        return {};
    return shiftedWcsCards(frames_[static_cast<size_t>(frameOfRow_[index])], origins_[index]);
}

} // namespace galatea
