#include "models/registry.h"

#include <cmath>

#include "core/error.h"
#include "core/text.h"
#include "models/astrovader/astrovader.h"
#include "models/recipe.h"

namespace galatea {

namespace {

template <class Options>
std::function<Json(const Json&, const std::string&)> checkedOptions() {
    return [](const Json& given, const std::string& source) {
        Options options;
        OptionSet set = describe(options);
        set.fromJson(given, source);
        checkOptions(options, source);
        return set.toJson();
    };
}

template <class Options>
std::function<Json()> helpOf() {
    return [] {
        Options options;
        return optionHelp(describe(options));
    };
}

} // namespace

const std::vector<ModelFamily>& modelFamilies() {
    static const std::vector<ModelFamily> families{
        {.name = "astrovader",
         .title = "AstroVaDEr",
         .purpose = "clusters and draws galaxies: a variational autoencoder with a Gaussian mixture prior",
         .options = checkedOptions<AstroVaDErOptions>(),
         .optionHelp = helpOf<AstroVaDErOptions>(),
         .unitRange = true,
         .prepareInput = {},
         .build = buildAstroVaDEr,
         .recipe = astroVaDErRecipe},
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
