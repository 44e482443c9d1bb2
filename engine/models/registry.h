#pragma once
// The one visible list of model families (registry.cpp).

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/model.h"

namespace galatea {

class Recipe;

using NamedArrays = std::vector<std::pair<std::string, Array>>;

/// Of the training images, per channel, from as many pixels as are needed to be sure of two digits.
struct ImageStatistics {
    std::vector<double> mean, deviation; ///< deviation: standard deviation
    std::vector<double> median, sky;     ///< sky: 1.4826 × median absolute deviation from the median
    std::vector<double> low, high;       ///< smallest and largest value
};

/// A family's options as a struct, for a form to edit.
class FamilyOptions {
  public:
    virtual ~FamilyOptions() = default;
    virtual OptionSet describe() = 0; ///< refers to this object
    virtual Json toJson() = 0;        ///< throws UsageError if the values do not go together
};

struct ModelFamily {
    std::string name;    ///< as in cards and on the command line
    std::string title;   ///< for people
    std::string purpose; ///< one line

    /// The family's options with `given` applied; throws UsageError on an unknown or wrong one.
    std::function<Json(const Json& given, const std::string& source)> options;
    /// Every option with its help and limits, as an OptionSet would print: [{name, type, default, help,
    /// ...}].
    std::function<Json()> optionHelp;
    /// A fresh set of them with their defaults.
    std::function<std::unique_ptr<FamilyOptions>()> editableOptions;
    /// Options of the trainer that differ from its own for this family, e.g. {"batch": 200}.
    Json trainingDefaults = Json::object();
    /// The family is made for images within 0 and 1: others bring a warning.
    bool unitRange = false;
    /// How the network sees the images: fills in offset, scale and stretch. Empty: as they are.
    std::function<ModelInput(ModelInput input, const Json& options, const ImageStatistics& images)>
        prepareInput;
    /// About as many weights as a network of these options has; nothing is made. Throws UsageError on an
    /// unknown or wrong option.
    std::function<double(const ModelInput& input, const Json& options, const std::string& source)>
        weightCount;
    /// Rebuilds a model from a file's card and weights. Throws InputError naming `source` if they do not fit.
    std::function<ModelPtr(const ModelCard& card, const NamedArrays& weights, const std::string& source)>
        build;
    /// A fresh network, seeded, ready to train on images of the given (prepared) input; options as from
    /// `options`.
    std::function<std::unique_ptr<Recipe>(const ModelInput& input, const Json& options, uint64_t seed,
                                          double epochScale)>
        recipe;
};

const std::vector<ModelFamily>& modelFamilies();
/// Throws UsageError listing the families if there is no such one.
const ModelFamily& modelFamily(const std::string& name);

/// [{name, type, default, help, unit, min, max, choices}] of a described struct.
Json optionHelp(const OptionSet& options);

} // namespace galatea
