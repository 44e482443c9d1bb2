#pragma once
// The model card: what a model is, what it takes and gives, how it was made. JSON inside the model file.

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"
#include "mixture/mixture.h"

namespace galatea {

struct ModelInput {
    int64_t channels = 1, height = 0, width = 0; ///< height and width at most 4096
    std::vector<std::string> bands;              ///< one per channel, or empty
    std::vector<double> offset, scale; ///< per channel: the network sees (x − offset) / scale; empty: as is
    std::string stretch;               ///< "linear" (or empty), "asinh", ...
};

struct ModelCard {
    static constexpr int64_t currentFormat = 1;
    int64_t format = currentFormat;
    std::string family; ///< astrovader, casvae, regier-vae, lsgan, deep-svdd or custom
    std::string name;
    ModelInput input;
    int64_t latent = 0;               ///< D, 1 … 65536
    std::vector<std::string> methods; ///< of "encode", "decode", "score"
    Json options = Json::object();    ///< of the family
    GaussianMixture mixture;          ///< empty if the model has none
    Json training = Json::object();   ///< data, seed, epochs, versions ...
    Json metrics = Json::object();
    Json unknown = Json::object(); ///< keys this version does not know; kept and written back

    bool can(const std::string& method) const;
};

/// Reads a card from JSON text. `source` names the file in errors. Throws InputError unless every rule
/// holds: at most 1 MB, depth 32, finite numbers, known format, sizes within their limits.
ModelCard parseCard(const std::string& text, const std::string& source);
std::string cardText(const ModelCard& card);

} // namespace galatea
