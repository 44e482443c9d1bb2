// The card beside the mouse: what is known of an object, and what the model draws there.

#include <algorithm>

#include <QLocale>

#include "app/desktop/analysis.h"
#include "app/desktop/panels/map_pane.h"
#include "app/desktop/pictures.h"

namespace galatea {

namespace {

/// The few catalogue columns a card has room for: what an astronomer asks first, then the others in order.
std::vector<const Column*> columnsForCard(const Table& table) {
    constexpr size_t room = 4;
    std::vector<const Column*> columns;
    for (const char* name : {"label", "type", "class", "redshift", "z", "mag_r", "r", "mag_g", "mag_i"})
        if (const Column* column = table.find(name); column && columns.size() < room)
            columns.push_back(column);
    for (const Column& column : table.columns())
        if (column.name != "id" && columns.size() < room &&
            std::find(columns.begin(), columns.end(), &column) == columns.end())
            columns.push_back(&column);
    return columns;
}

} // namespace

MapHoverCard MapPane::cardOf(qint64 row) const {
    MapHoverCard card;
    card.title = document_.objectName(row);
    const LatentsPtr& latents = document_.latents().latents;
    if (latents && !latents->component.empty())
        card.lines << "component\t" +
                          document_.componentShortName(latents->component[static_cast<size_t>(row)]);
    if (latents && !latents->reconstructionError.empty())
        card.lines
            << QString("error\t%1").arg(latents->reconstructionError[static_cast<size_t>(row)], 0, 'g', 3);
    if (const Table* table = document_.catalogue())
        for (const Column* column : columnsForCard(*table)) {
            const QString value =
                column->isText() ? shown(column->text(row)) : QString::number(column->number(row), 'g', 5);
            card.lines << shown(column->name) + "\t" + value.left(24);
        }
    card.distance = rarity(document_.latentOf(row));
    return card;
}

QString MapPane::rarity(const std::vector<float>& z) const {
    const GaussianMixture& mixture = document_.density();
    const NumbersPtr& likelihoods = document_.latents().ascending;
    if (!likelihoods || likelihoods->empty() || static_cast<int64_t>(z.size()) != mixture.dimensions)
        return {};
    const double value = meanLogLikelihood(mixture, asRow(z));
    const auto below = std::lower_bound(likelihoods->begin(), likelihoods->end(), value);
    const double share =
        100.0 * static_cast<double>(below - likelihoods->begin()) / static_cast<double>(likelihoods->size());
    if (below == likelihoods->begin())
        return "rarer than every object";
    if (share < 10)
        return QString("rarer than %1 % of the data").arg(100 - share, 0, 'f', 0);
    return QString("as common as the data's %1th percentile").arg(share, 0, 'f', 0);
}

void MapPane::hover(qint64 row) {
    document_.setHovered(row);
    hoverPicture_.cancel();
    hoverDecoded_.cancel();
    if (row < 0)
        return view_->clearHoverCard();
    const PictureSource source(document_);
    card_ = cardOf(row);
    card_.decodePending = source.canDecode() && source.latents;
    view_->setHoverCard(row, card_);
    if (source.data)
        hoverPicture_.request<QImage>([source, row](const StopToken&) { return source.original(row); },
                                      [this, row](const QImage& picture) {
                                          card_.thumbnail = picture;
                                          view_->setHoverCard(row, card_);
                                      });
    if (card_.decodePending)
        hoverDecoded_.request<QImage>(
            [source, row](const StopToken&) { return source.draw(source.reconstruction(row)); },
            [this, row](const QImage& picture) {
                card_.decoded = picture;
                card_.decodePending = false;
                view_->setHoverCard(row, card_);
            });
}

void MapPane::hoverPlace(QPointF place) {
    const PictureSource source(document_);
    const MapContent& map = this->map();
    // A place in a plane stands for latents only where the map is that plane, or linear.
    const bool plane = map.pca || (map.map.coordinates.rank() == 2 && map.map.coordinates.dim(1) == 2);
    if (!canPlace(map) || !plane || !source.canDecode() || dimensions_ != 2 || view_->hoveredRow() >= 0)
        return;
    struct Decoded {
        PlaceContent content;
        QImage picture;
    };
    hoverDecoded_.request<Decoded>(
        [source, map, place](const StopToken& stop) {
            Decoded decoded{contentOfPlace(map, place.x(), place.y(), stop), {}};
            decoded.picture = source.draw(source.decodeLatent(decoded.content.latent));
            return decoded;
        },
        [this](const Decoded& decoded) {
            if (view_->hoveredRow() >= 0)
                return;
            constexpr double far = 3; // spacings of the objects
            MapHoverCard card;
            card.title = "This place, decoded";
            card.decoded = decoded.picture;
            card.distance = decoded.content.offData > far
                                ? QString("far from every object: %1 times their spacing")
                                      .arg(decoded.content.offData, 0, 'f', 0)
                                : rarity(decoded.content.latent);
            view_->setHoverCard(-1, card);
        });
}

} // namespace galatea
