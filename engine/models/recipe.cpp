#include "models/recipe.h"

namespace galatea {

std::vector<ParameterGroup> Recipe::groups() const {
    ParameterGroup all{.name = "all", .tensors = {}};
    for (const auto& entry : parameters())
        if (entry.second.requires_grad())
            all.tensors.push_back(entry.second);
    return {all};
}

} // namespace galatea
