#include "core/options.h"

#include <cmath>

#include "core/error.h"
#include "core/text.h"

namespace galatea {

namespace {

template <class T>
constexpr bool isList = false;
template <class T>
constexpr bool isList<std::vector<T>> = true;

[[noreturn]] void refuse(const std::string& source, const Option& option, const std::string& fault) {
    throw UsageError(source, "option '" + option.name + "' " + fault, "it is: " + option.help);
}

void checkLimits(const std::string& source, const Option& option, double value) {
    const OptionLimits& limits = option.limits;
    if (!std::isfinite(value) || value < limits.min || value > limits.max)
        refuse(source, option,
               "must lie between " + Json(limits.min).dump() + " and " + Json(limits.max).dump() +
                   (limits.unit.empty() ? "" : " " + limits.unit));
}

template <class T>
T converted(const std::string& source, const Option& option, const Json& value) {
    if constexpr (std::is_same_v<T, bool>) {
        if (!value.is_boolean())
            refuse(source, option, "must be true or false");
        return value.get<bool>();
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (!value.is_string())
            refuse(source, option, "must be text");
        const auto text = value.get<std::string>();
        const auto& choices = option.limits.choices;
        if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end())
            refuse(source, option, "must be one of " + joined(choices, ", "));
        return text;
    } else {
        if (!value.is_number())
            refuse(source, option, "must be a number");
        const double number = value.get<double>();
        if (std::is_integral_v<T> && (number != std::floor(number) || std::abs(number) > 0x1p63))
            refuse(source, option, "must be a whole number");
        if (std::is_unsigned_v<T> && number < 0)
            refuse(source, option, "must not be negative");
        checkLimits(source, option, number);
        return value.get<T>();
    }
}

template <class T>
Json parsedScalar(const std::string& text) {
    if constexpr (std::is_same_v<T, std::string>) {
        return text;
    } else if constexpr (std::is_same_v<T, bool>) {
        return text == "true" || text == "1"    ? Json(true)
               : text == "false" || text == "0" ? Json(false)
                                                : Json(text);
    } else {
        long long integer = 0;
        double number = 0;
        if (parseInteger(text, integer))
            return integer;
        return parseNumber(text, number) ? Json(number) : Json(text);
    }
}

/// A list may be written as listings print it, [1,2], or bare: 1,2.
std::string withoutBrackets(const std::string& text) {
    const bool bracketed = text.size() >= 2 && text.front() == '[' && text.back() == ']';
    return bracketed ? trimmed(text.substr(1, text.size() - 2)) : text;
}

} // namespace

std::string Option::typeName() const {
    return std::visit(
        [](auto* pointer) -> std::string {
            using T = std::remove_pointer_t<decltype(pointer)>;
            if constexpr (std::is_same_v<T, bool>)
                return "bool";
            else if constexpr (std::is_same_v<T, double>)
                return "number";
            else if constexpr (std::is_same_v<T, std::string>)
                return "text";
            else if constexpr (isList<T>)
                return "list";
            else
                return "integer";
        },
        target);
}

void OptionSet::add(std::string name, Option::Target target, std::string help, OptionLimits limits) {
    if (find(name))
        throw std::invalid_argument("option '" + name + "' is described twice");
    Json value = std::visit([](auto* pointer) { return Json(*pointer); }, target);
    options_.push_back({std::move(name), std::move(help), target, std::move(limits), std::move(value)});
}

const Option* OptionSet::find(const std::string& name) const {
    for (const Option& option : options_)
        if (option.name == name)
            return &option;
    return nullptr;
}

void OptionSet::set(const std::string& name, const Json& value, const std::string& source) {
    const Option* option = find(name);
    if (!option) {
        std::vector<std::string> names;
        for (const Option& known : options_)
            names.push_back(known.name);
        throw UsageError(source, "there is no option '" + name + "'",
                         "the options are " + joined(names, ", "));
    }
    std::visit(
        [&](auto* pointer) {
            using T = std::remove_pointer_t<decltype(pointer)>;
            if constexpr (isList<T>) {
                if (!value.is_array())
                    refuse(source, *option, "must be a list");
                T list;
                for (const Json& item : value)
                    list.push_back(converted<typename T::value_type>(source, *option, item));
                *pointer = std::move(list);
            } else {
                *pointer = converted<T>(source, *option, value);
            }
        },
        option->target);
}

void OptionSet::setText(const std::string& assignment, const std::string& source) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos)
        throw UsageError(assignment, "is not of the form key=value", "write for example epochs=10");
    const std::string name = trimmed(assignment.substr(0, equals)),
                      text = trimmed(assignment.substr(equals + 1));
    const Option* option = find(name);
    if (!option)
        return set(name, text, source); // reports the unknown name
    const Json value = std::visit(
        [&](auto* pointer) -> Json {
            using T = std::remove_pointer_t<decltype(pointer)>;
            if constexpr (isList<T>) {
                Json list = Json::array();
                if (const std::string items = withoutBrackets(text); !items.empty())
                    for (const std::string& item : split(items, ','))
                        list.push_back(parsedScalar<typename T::value_type>(trimmed(item)));
                return list;
            } else {
                return parsedScalar<T>(text);
            }
        },
        option->target);
    set(name, value, source);
}

void OptionSet::fromJson(const Json& object, const std::string& source) {
    if (!object.is_object())
        throw UsageError(source, "the options are not a JSON object", "write {\"name\": value, ...}");
    for (const auto& [name, value] : object.items())
        set(name, value, source);
}

Json OptionSet::toJson() const {
    Json object = Json::object();
    for (const Option& option : options_)
        std::visit([&](auto* pointer) { object[option.name] = *pointer; }, option.target);
    return object;
}

} // namespace galatea
