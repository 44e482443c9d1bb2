#pragma once
// JSON from foreign files: no duplicate keys, no deep nesting, no numbers outside a double, valid UTF-8.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace galatea {

/// Throws InputError naming `file` and, in words, `what` ("the card") if the text is not strict JSON.
/// A bare value has depth 0, an object of values depth 1.
nlohmann::json parseStrictJson(std::string_view text, int maxDepth, const std::string& file,
                               const std::string& what);

} // namespace galatea
