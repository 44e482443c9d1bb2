#include "models/model_checks.h"

#include <algorithm>

#include "core/error.h"

namespace galatea {

void requireMethod(const ModelCard& card, const std::string& method) {
    if (!card.can(method))
        throw ModelError(card.name, "has no method '" + method + "'", "use a model that has it");
}

void requireImages(const ModelCard& card, const Array& images) {
    const ModelInput& input = card.input;
    const std::vector<int64_t>& shape = images.shape();
    if (shape.size() == 4 && shape[1] == input.channels && shape[2] == input.height &&
        shape[3] == input.width)
        return;
    std::string given;
    for (const int64_t axis : shape)
        given += (given.empty() ? "" : "×") + std::to_string(axis);
    throw UsageError(card.name,
                     "the images are " + given + ", the model takes " + std::to_string(input.channels) + "×" +
                         std::to_string(input.height) + "×" + std::to_string(input.width),
                     "import them with --size " + std::to_string(input.height) +
                         (input.channels == 1 ? " --gray" : ""));
}

void requireLatents(const ModelCard& card, const Array& latents) {
    if (latents.rank() != 2 || latents.dim(1) != card.latent)
        throw UsageError(card.name, "the latents are not of dimension " + std::to_string(card.latent),
                         "use latents made by this model");
}

Array Model::decodeGradient(const Array&, const PixelGradient&) const {
    throw ModelError(card().name, "gives no derivatives, which a best fit needs",
                     "use one of our own model files (.safetensors); a TorchScript program has none");
}

} // namespace galatea
