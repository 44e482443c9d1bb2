#pragma once
// The model card: what a model is, what it takes and gives, how it was made. JSON inside the model file.

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"
#include "mixture/mixture.h"

namespace galatea {

struct ModelInput {
    int64_t channels = 1, height = 0, width = 0; ///< each at most 4096, 2^28 values together
    std::vector<std::string> bands;              ///< one per channel, or empty
    std::vector<double> offset, scale; ///< per channel: the network sees (x − offset) / scale; empty: as is
    std::string stretch;               ///< "linear" (or empty), "asinh", ...
    bool bottomUp = false;             ///< row 0 of its images is the bottom of the picture, as in FITS
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
    /// Keys this version does not know, kept and written back; those found inside `input` and `mixture`
    /// are under these names.
    Json unknown = Json::object();

    bool can(const std::string& method) const;
};

/// Partial: facts a stranger's card leaves out keep their defaults (0, empty) and are probed later.
enum class CardRules { Complete, Partial };

/// Reads a card from JSON text. `source` names the file in errors. Throws InputError unless every rule
/// holds: at most 1 MB, depth 32, no key twice, finite numbers, known format and family, sizes within
/// their limits. `methods` may name methods this version does not know.
ModelCard parseCard(const std::string& text, const std::string& source,
                    CardRules rules = CardRules::Complete);

/// A card's rules for its input alone: throws InputError naming `source` unless sizes and numbers keep them.
void requireInput(const ModelInput& input, const std::string& source);

/// The card as JSON text that parseCard() reads back. Throws ModelError if it breaks one of those rules.
std::string cardText(const ModelCard& card);

} // namespace galatea
