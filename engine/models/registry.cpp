#include "models/registry.h"

#include <cmath>

#include "core/error.h"
#include "core/text.h"
#include "models/astrovader/astrovader.h"
#include "models/astrovader/model.h"
#include "models/casvae/casvae.h"
#include "models/casvae/model.h"
#include "models/deep_svdd/deep_svdd.h"
#include "models/deep_svdd/model.h"
#include "models/family_parts.h"
#include "models/lsgan/lsgan.h"
#include "models/lsgan/model.h"
#include "models/recipe.h"
#include "models/regier_vae/model.h"
#include "models/regier_vae/regier_vae.h"

namespace galatea {

namespace {

template <class Options>
std::function<Json(const Json&, const std::string&)> checkedOptions() {
    return [](const Json& given, const std::string& source) {
        auto options = optionsFrom<Options>(given, source);
        return describe(options).toJson();
    };
}

template <class Options>
std::function<double(const ModelInput&, const Json&, const std::string&)> countedBy() {
    return [](const ModelInput& input, const Json& options, const std::string& source) {
        return weightCount(input, optionsFrom<Options>(options, source));
    };
}

template <class Options>
std::function<Json()> helpOf() {
    return [] {
        Options options;
        return optionHelp(describe(options));
    };
}

template <class Options>
std::function<std::unique_ptr<FamilyOptions>()> editable() {
    struct Held final : FamilyOptions {
        Options options;
        OptionSet describe() override { return galatea::describe(options); }
        Json toJson() override {
            checkOptions(options, "options");
            return galatea::describe(options).toJson();
        }
    };
    return [] { return std::make_unique<Held>(); };
}

} // namespace

const std::vector<ModelFamily>& modelFamilies() {
    static const std::vector<ModelFamily> families{
        {.name = "astrovader",
         .title = "AstroVaDEr",
         .purpose = "clusters and draws galaxies: a variational autoencoder with a Gaussian mixture prior",
         .options = checkedOptions<AstroVaDErOptions>(),
         .optionHelp = helpOf<AstroVaDErOptions>(),
         .editableOptions = editable<AstroVaDErOptions>(),
         .unitRange = true,
         .prepareInput = {},
         .weightCount = countedBy<AstroVaDErOptions>(),
         .build = buildAstroVaDEr,
         .recipe = astroVaDErRecipe},
        {.name = "regier-vae",
         .title = "Regier VAE",
         .purpose = "gives every pixel of a galaxy a mean and a variance: a variational autoencoder",
         .options = checkedOptions<RegierVaeOptions>(),
         .optionHelp = helpOf<RegierVaeOptions>(),
         .editableOptions = editable<RegierVaeOptions>(),
         .trainingDefaults = {{"learning_rate", 1e-3}, {"final_learning_rate", 1e-5}},
         .unitRange = true,
         .prepareInput = {},
         .weightCount = countedBy<RegierVaeOptions>(),
         .build = buildRegierVae,
         .recipe = regierVaeRecipe},
        {.name = "deep-svdd",
         .title = "Deep SVDD",
         .purpose = "scores how far an image lies from one class: a learned sphere around its embeddings",
         .options = checkedOptions<DeepSvddOptions>(),
         .optionHelp = helpOf<DeepSvddOptions>(),
         .editableOptions = editable<DeepSvddOptions>(),
         .trainingDefaults = {{"learning_rate", 1e-4},
                              {"batch", 200},
                              {"schedule", "milestones"},
                              {"schedule_scope", "phase"},
                              {"milestones", {50}},
                              {"weight_decay", 0.5e-6},
                              {"gradient_clip", 0}},
         .prepareInput = {},
         .weightCount = countedBy<DeepSvddOptions>(),
         .build = buildDeepSvdd,
         .recipe = deepSvddRecipe},
        {.name = "lsgan",
         .title = "LSGAN with embedder",
         .purpose = "draws sharp galaxies and fits them to images, whole or with parts hidden: a generative "
                    "adversarial network with an embedder",
         .options = checkedOptions<LsganOptions>(),
         .optionHelp = helpOf<LsganOptions>(),
         .editableOptions = editable<LsganOptions>(),
         .trainingDefaults =
             {{"batch", 64}, {"learning_rate", 2e-4}, {"schedule", "constant"}, {"gradient_clip", 0}},
         .prepareInput = prepareLsganInput,
         .weightCount = countedBy<LsganOptions>(),
         .build = buildLsgan,
         .recipe = lsganRecipe},
        {.name = "casvae",
         .title = "CasVAE",
         .purpose = "parts stars and galaxies without labels: an autoencoder, then a variational autoencoder "
                    "with a double-peak prior",
         .options = checkedOptions<CasVaeOptions>(),
         .optionHelp = helpOf<CasVaeOptions>(),
         .editableOptions = editable<CasVaeOptions>(),
         .trainingDefaults = {{"batch", 32},
                              {"learning_rate", 1e-3},
                              {"schedule", "constant"},
                              {"gradient_clip", 0},
                              {"quarter_turns", true}},
         .prepareInput = casVaeInput,
         .weightCount = countedBy<CasVaeOptions>(),
         .build = buildCasVae,
         .recipe = casVaeRecipe},
    };
    return families;
}

const ModelFamily& modelFamily(const std::string& name) {
    std::vector<std::string> names;
    for (const ModelFamily& family : modelFamilies()) {
        if (family.name == name)
            return family;
        names.push_back(family.name);
    }
    throw UsageError(name, "is no model family this version knows", "choose one of " + joined(names, ", "));
}

Json optionHelp(const OptionSet& options) {
    Json list = Json::array();
    for (const Option& option : options.options()) {
        Json entry{{"name", option.name},
                   {"type", option.typeName()},
                   {"default", option.defaultValue},
                   {"help", option.help}};
        if (std::isfinite(option.limits.min))
            entry["min"] = option.limits.min;
        if (std::isfinite(option.limits.max))
            entry["max"] = option.limits.max;
        if (!option.limits.unit.empty())
            entry["unit"] = option.limits.unit;
        if (!option.limits.choices.empty())
            entry["choices"] = option.limits.choices;
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace galatea
