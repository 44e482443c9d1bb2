#pragma once
// Pictures of a document's objects, as plain values a worker thread can use without touching the document.

#include <QImage>

#include "app/desktop/document.h"
#include "widgets/gallery/thumbnail_loader.h"

namespace galatea {

/// What is needed to draw any object: shares the data set, the model and the latents.
struct PictureSource {
    DatasetPtr data; ///< may be empty
    ModelPtr model;  ///< may be empty
    LatentsPtr latents;
    DisplaySettings display;
    bool bottomUp = false; ///< row 0 of the arrays is the bottom of the picture (FITS); drawn upright
    bool dark;             ///< residuals are drawn for a dark window

    explicit PictureSource(const Document& document);

    bool canDecode() const { return model && model->card().can("decode"); }
    QImage draw(const Array& image) const; ///< [C,H,W]
    /// With the cuts that `reference` has under these settings, so that both can be compared by eye.
    QImage drawLike(const Array& image, const Array& reference) const;
    QImage drawDifference(const Array& rest) const;
    /// A positive quantity per pixel such as a variance [C,H,W]: mean over the bands, square root stretch
    /// from 0.
    QImage drawSpread(const Array& image) const;
    QImage original(int64_t row) const;
    QImage bandsBeside(const Array& image) const; ///< every band of [C,H,W], from the left in their order
    /// Three bands as colours, the longest wavelength red, whatever the settings say.
    QImage inColour(const Array& image) const;
    Array decodeLatent(const std::vector<float>& z) const; ///< → [C,H,W]
    Array reconstruction(int64_t row) const;               ///< decode of the row's mean, [C,H,W]
    /// `beside`: each with the original on its left.
    std::vector<QImage> thumbnails(const std::vector<int64_t>& rows, ThumbnailMode mode,
                                   const StopToken& stop, bool beside = false) const;
};

/// The settings with cuts fixed to those that the image has under them.
Rendering withCutsOf(const Array& image, const DisplaySettings& display);

/// Whether row 0 of the images on show is the bottom of the picture: by the data, else by the model.
bool drawnFromBelow(const Document& document);

/// The picture of an array, the right way up.
QImage upright(const QImage& picture, bool bottomUp);

/// a − b, element by element; both of one shape.
Array difference(const Array& a, const Array& b);
double meanSquare(const Array& values);
/// [C,H,W] → [1,H,W]
Array meanOverBands(const Array& image);
double largestMagnitude(const Array& values);

/// Pictures beside each other on a plain ground, `columns` wide.
QImage contactSheet(const std::vector<QImage>& pictures, int columns, int scale = 1);

} // namespace galatea
