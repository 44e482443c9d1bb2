#pragma once
// One description of a plain options struct serves the command line (--set key=value), the JSON config,
// the model card and the training form.
//
//   struct Options { int64_t latent = 20; double learningRate = 3e-4; uint64_t seed = 1; };
//   OptionSet describe(Options& o) {
//       OptionSet set;
//       set.add("latent", o.latent, "number of latent variables", {.min = 1, .max = 65536});
//       set.add("learning_rate", o.learningRate, "Adam's step", {.min = 0});
//       return set;
//   }
// An OptionSet refers to the struct it was made from and must not outlive it.

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

namespace galatea {

using Json = nlohmann::json;

struct OptionLimits {
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
    std::string unit{};                 ///< e.g. "pixels", "epochs"
    std::vector<std::string> choices{}; ///< allowed values of a text option; empty: any
};

struct Option {
    using Target = std::variant<bool*, int64_t*, uint64_t*, double*, std::string*, std::vector<int64_t>*,
                                std::vector<double>*, std::vector<std::string>*>;
    std::string name, help;
    Target target;
    OptionLimits limits;
    Json defaultValue;            ///< the field's value when it was described
    std::string typeName() const; ///< "bool", "integer", "number", "text", "list"
};

class OptionSet {
  public:
    /// Throws std::invalid_argument if the name is taken.
    void add(std::string name, Option::Target target, std::string help, OptionLimits limits = {});
    template <class T>
    void add(std::string name, T& field, std::string help, OptionLimits limits = {}) {
        add(std::move(name), Option::Target(&field), std::move(help), std::move(limits));
    }

    const std::vector<Option>& options() const { return options_; }
    const Option* find(const std::string& name) const;

    /// Sets one option. Throws UsageError naming `source` for an unknown name, a wrong type or a value
    /// outside its limits; nothing is changed then.
    void set(const std::string& name, const Json& value, const std::string& source = "option");
    /// "key=value"; lists are written a,b,c or [a,b,c]. Errors as set().
    void setText(const std::string& assignment, const std::string& source = "option");
    /// Every key of an object; unknown keys are errors.
    void fromJson(const Json& object, const std::string& source);
    Json toJson() const;

  private:
    std::vector<Option> options_;
};

} // namespace galatea
