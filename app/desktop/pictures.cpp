#include "app/desktop/pictures.h"

#include <algorithm>
#include <cmath>

#include <QPainter>

#include "app/desktop/analysis.h"
#include "app/desktop/theme.h"

namespace galatea {

PictureSource::PictureSource(const Document& document)
    : data(document.hasImages() ? document.data().data : nullptr), model(document.model().model),
      latents(document.latents().latents), display(document.display()), bottomUp(drawnFromBelow(document)),
      dark(isDarkTheme()) {}

Rendering withCutsOf(const Array& image, const DisplaySettings& display) {
    Rendering rendering = display.rendering;
    if (rendering.cuts == Cuts::Fixed)
        return rendering;
    const Array plain = image.contiguousCopy();
    const auto values = plain.values();
    const auto plane = static_cast<size_t>(plain.dim(1) * plain.dim(2));
    std::vector<float> shown; // the bands that are drawn, as renderImage() takes them
    const auto add = [&](int band) {
        const auto at = static_cast<size_t>(std::clamp<int64_t>(band, 0, plain.dim(0) - 1)) * plane;
        shown.insert(shown.end(), values.begin() + static_cast<std::ptrdiff_t>(at),
                     values.begin() + static_cast<std::ptrdiff_t>(at + plane));
    };
    if (plain.dim(0) >= 3)
        for (const int band : {display.composite.red, display.composite.green, display.composite.blue})
            add(band);
    else
        add(0);
    rendering.fixed = findLimits(shown, display.rendering);
    rendering.cuts = Cuts::Fixed;
    return rendering;
}

bool drawnFromBelow(const Document& document) {
    if (document.data().data)
        return document.data().data->info().bottomUp;
    return document.model().model && document.model().model->card().input.bottomUp;
}

QImage upright(const QImage& picture, bool bottomUp) {
    return bottomUp ? picture.mirrored(false, true) : picture;
}

QImage PictureSource::draw(const Array& image) const {
    return upright(renderImage(image, display.composite, display.rendering), bottomUp);
}

QImage PictureSource::drawLike(const Array& image, const Array& reference) const {
    return upright(renderImage(image, display.composite, withCutsOf(reference, display)), bottomUp);
}

QImage PictureSource::drawSpread(const Array& image) const {
    const Array mean = meanOverBands(image);
    Rendering rendering;
    rendering.stretch = Stretch::Sqrt;
    rendering.cuts = Cuts::Fixed;
    rendering.fixed = {0, largestMagnitude(mean)};
    rendering.map = ColourMap::Ember;
    return upright(renderBand(mean.row(0), rendering), bottomUp);
}

QImage PictureSource::drawDifference(const Array& rest) const {
    return upright(renderResidual(rest, 0, dark), bottomUp);
}

QImage PictureSource::original(int64_t row) const {
    return data ? draw(data->readOne(row)) : QImage();
}

QImage PictureSource::bandsBeside(const Array& image) const {
    const int bands = static_cast<int>(image.dim(0));
    QImage row;
    for (int band = 0; band < bands; ++band) {
        const QImage picture = upright(renderBand(image.row(band), display.rendering), bottomUp);
        if (row.isNull()) {
            row = QImage(bands * picture.width(), picture.height(), QImage::Format_RGB32);
            row.fill(Qt::black);
        }
        QPainter(&row).drawImage(band * picture.width(), 0, picture);
    }
    return row;
}

QImage PictureSource::inColour(const Array& image) const {
    const std::vector<std::string> names = data ? data->info().bands : std::vector<std::string>();
    return upright(renderComposite(image, defaultComposite(names, image.dim(0)), display.rendering),
                   bottomUp);
}

Array PictureSource::decodeLatent(const std::vector<float>& z) const {
    return model->decode(asRow(z)).mean.row(0);
}

Array PictureSource::reconstruction(int64_t row) const {
    return model->decode(latents->mean.slice(row, row + 1).copy()).mean.row(0);
}

namespace {

/// One thumbnail that needs no model.
QImage plainThumbnail(const PictureSource& source, int64_t row, ThumbnailMode mode) {
    if (!source.data)
        return {};
    const Array image = source.data->readOne(row);
    return mode == ThumbnailMode::Bands    ? source.bandsBeside(image)
           : mode == ThumbnailMode::Colour ? source.inColour(image)
                                           : source.draw(image);
}

/// One thumbnail that needs the model: `at` counts within what was decoded.
QImage decodedThumbnail(const PictureSource& source, const Decoding& decoded, int64_t at, int64_t row,
                        ThumbnailMode mode, bool beside) {
    const Array original = source.data ? source.data->readOne(row) : Array();
    const Array mean = decoded.mean.row(at);
    QImage picture;
    if (mode == ThumbnailMode::Reconstruction)
        picture = original.empty() ? source.draw(mean) : source.drawLike(mean, original);
    else if (mode == ThumbnailMode::Variance && !decoded.variance.empty())
        picture = source.drawSpread(decoded.variance.row(at));
    else if (mode == ThumbnailMode::Residual && !original.empty())
        picture = source.drawDifference(difference(original, mean));
    if (!beside || picture.isNull() || original.empty())
        return picture;
    QImage both(2 * picture.width(), picture.height(), QImage::Format_RGB32);
    QPainter painter(&both);
    painter.drawImage(0, 0, source.draw(original));
    painter.drawImage(picture.width(), 0, picture);
    return both;
}

} // namespace

std::vector<QImage> PictureSource::thumbnails(const std::vector<int64_t>& rows, ThumbnailMode mode,
                                              const StopToken& stop, bool beside) const {
    std::vector<QImage> pictures;
    const bool plain = !isDecoded(mode);
    if (!plain && (!canDecode() || !latents))
        return std::vector<QImage>(rows.size());
    Decoding decoded;
    if (!plain && !stop.stop_requested())
        decoded = model->decode(gatherRows(latents->mean, rows));
    for (size_t i = 0; i < rows.size() && !stop.stop_requested(); ++i) {
        try {
            pictures.push_back(
                plain ? plainThumbnail(*this, rows[i], mode)
                      : decodedThumbnail(*this, decoded, static_cast<int64_t>(i), rows[i], mode, beside));
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

Array meanOverBands(const Array& image) {
    const Array plain = image.contiguousCopy();
    const int64_t channels = plain.dim(0), pixels = plain.dim(1) * plain.dim(2);
    Array mean({1, plain.dim(1), plain.dim(2)});
    for (int64_t c = 0; c < channels; ++c)
        for (int64_t p = 0; p < pixels; ++p)
            mean.data()[p] += plain.data()[c * pixels + p] / static_cast<float>(channels);
    return mean;
}

double largestMagnitude(const Array& values) {
    double largest = 0;
    const Array plain = values.contiguousCopy();
    for (const float value : plain.values())
        largest = std::max(largest, std::abs(static_cast<double>(value)));
    return largest;
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
