#include "app/desktop/pictures.h"

#include <algorithm>

#include <QPainter>

#include "app/desktop/analysis.h"
#include "app/desktop/theme.h"

namespace galatea {

PictureSource::PictureSource(const Document& document)
    : data(document.hasImages() ? document.data().data : nullptr), model(document.model().model),
      latents(document.latents().latents), display(document.display()),
      bottomUp(document.data().data && document.data().data->info().bottomUp), dark(isDarkTheme()) {}

QImage upright(const QImage& picture, bool bottomUp) {
    return bottomUp ? picture.mirrored(false, true) : picture;
}

QImage PictureSource::draw(const Array& image) const {
    return upright(renderImage(image, display.composite, display.rendering), bottomUp);
}

QImage PictureSource::drawDifference(const Array& rest) const {
    return upright(renderResidual(rest, 0, dark), bottomUp);
}

QImage PictureSource::original(int64_t row) const {
    return data ? draw(data->readOne(row)) : QImage();
}

Array PictureSource::decodeLatent(const std::vector<float>& z) const {
    return model->decode(asRow(z)).mean.row(0);
}

Array PictureSource::reconstruction(int64_t row) const {
    return model->decode(latents->mean.slice(row, row + 1).copy()).mean.row(0);
}

std::vector<QImage> PictureSource::thumbnails(const std::vector<int64_t>& rows, ThumbnailMode mode,
                                              const StopToken& stop) const {
    std::vector<QImage> pictures;
    if (mode != ThumbnailMode::Original && (!canDecode() || !latents))
        return std::vector<QImage>(rows.size());
    Array decoded;
    if (mode != ThumbnailMode::Original)
        decoded = model->decode(gatherRows(latents->mean, rows)).mean;
    for (size_t i = 0; i < rows.size() && !stop.stop_requested(); ++i) {
        const auto at = static_cast<int64_t>(i);
        try {
            if (mode == ThumbnailMode::Original)
                pictures.push_back(original(rows[i]));
            else if (mode == ThumbnailMode::Reconstruction)
                pictures.push_back(draw(decoded.row(at)));
            else
                pictures.push_back(data ? drawDifference(difference(data->readOne(rows[i]), decoded.row(at)))
                                        : QImage());
        } catch (const InputError&) {
            pictures.emplace_back(); // one unreadable picture; the others are shown
        }
    }
    return pictures;
}

Array difference(const Array& a, const Array& b) {
    Array result = a.copy();
    const Array other = b.contiguousCopy();
    auto values = result.values();
    const auto subtract = other.values();
    for (size_t i = 0; i < std::min(values.size(), subtract.size()); ++i)
        values[i] -= subtract[i];
    return result;
}

double meanSquare(const Array& values) {
    double sum = 0;
    const Array plain = values.contiguousCopy();
    for (const float v : plain.values())
        sum += double(v) * v;
    return plain.empty() ? 0 : sum / static_cast<double>(plain.size());
}

QImage contactSheet(const std::vector<QImage>& pictures, int columns, int scale) {
    if (pictures.empty())
        return {};
    const int gap = 2;
    const QSize cell = pictures.front().size() * scale;
    const int count = static_cast<int>(pictures.size());
    columns = std::clamp(columns, 1, count);
    const int rows = (count + columns - 1) / columns;
    QImage sheet(columns * (cell.width() + gap) + gap, rows * (cell.height() + gap) + gap,
                 QImage::Format_RGB32);
    sheet.fill(QColor("#101217"));
    QPainter painter(&sheet);
    for (int i = 0; i < count; ++i)
        painter.drawImage(
            QRect(QPoint(gap + i % columns * (cell.width() + gap), gap + i / columns * (cell.height() + gap)),
                  cell),
            pictures[static_cast<size_t>(i)]);
    return sheet;
}

} // namespace galatea
