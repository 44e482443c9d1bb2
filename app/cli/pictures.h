#pragma once
// Decodes latents and writes the images: a data set (.h5), a FITS cube (.fits) or a contact sheet (.png).

#include <string>

#include "command.h"
#include "core/array.h"
#include "core/table.h"
#include "models/model.h"

namespace galatea::cli {

/// One fact about how the latents were made, for the FITS header and the JSON.
struct Provenance {
    std::string name; ///< in JSON
    std::string card; ///< FITS keyword, at most 8 characters
    Json value;
    std::string comment{};
};

struct PictureRequest {
    std::string path, format; ///< format: h5, fits or png
    Array latents;            ///< [N,D]
    Table catalog;            ///< one row per image, with the column "id"
    int64_t columns = 0;      ///< of the contact sheet; 0: nearly square
    int64_t batch = 32;       ///< images decoded at a time
    bool bottomUp = false; ///< row 0 is the picture's bottom, as in the data the latents came from, or as the
                           ///< model's card says
    std::vector<Provenance> provenance;
    std::string modelPath;
};

/// Formats a picture command can write.
const std::vector<std::string>& pictureFormats();

/// Decodes in batches, stopping between two of them, and writes. Returns the part of the command's result
/// that all picture commands share: output, images, shape.
Result drawPictures(const Model& model, const PictureRequest& request, Context& context);

} // namespace galatea::cli
