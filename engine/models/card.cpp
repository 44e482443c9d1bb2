#include "models/card.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

#include "core/error.h"
#include "core/text.h"

namespace galatea {

namespace {

constexpr size_t maxCardBytes = 1 << 20;
constexpr size_t maxCardDepth = 32;
constexpr int64_t maxSide = 4096;
constexpr int64_t maxInputValues = int64_t{1} << 28;
constexpr int64_t maxLatent = 65536;
constexpr size_t maxComponents = 65536;
constexpr size_t maxMethods = 64;
constexpr std::array<std::string_view, 6> knownFamilies{"astrovader", "casvae",    "regier-vae",
                                                        "lsgan",      "deep-svdd", "custom"};

/// Why a card was refused; becomes an InputError when read and a ModelError when written.
struct CardFault : std::runtime_error {
    explicit CardFault(const std::string& fault,
                       std::string howTo = "correct the card or export the model again")
        : std::runtime_error(fault), cure(std::move(howTo)) {}
    std::string cure;
};

[[noreturn]] void fail(const std::string& fault) {
    throw CardFault(fault);
}

void require(bool holds, const std::string& fault) {
    if (!holds)
        fail(fault);
}

/// Looks at the text before anything is built from it: depth and repeated keys. Syntax, UTF-8 and numbers
/// beyond a double are the parser's own errors.
class CardScanner : public nlohmann::json_sax<Json> {
  public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t value, const string_t&) override {
        require(std::isfinite(value), "its card holds a number that is not finite");
        return true;
    }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool start_array(size_t) override { return open(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        require(keys_.back().insert(name).second,
                "its card holds the key \"" + name.substr(0, 80) + "\" twice");
        return true;
    }
    bool parse_error(size_t position, const std::string&, const nlohmann::json::exception& error) override {
        if (error.id == 406)
            fail("its card holds a number that is not finite");
        fail("its card is not JSON (byte " + std::to_string(position) + ")");
    }

  private:
    bool open() {
        require(keys_.size() < maxCardDepth,
                "its card is nested deeper than " + std::to_string(maxCardDepth));
        keys_.emplace_back();
        return true;
    }
    bool close() {
        keys_.pop_back();
        return true;
    }
    std::vector<std::set<std::string>> keys_; ///< of each open object; empty for arrays
};

Json parseText(const std::string& text) {
    require(!text.empty(), "its card is empty");
    require(text.size() <= maxCardBytes, "its card is larger than 1 MB");
    require(text.find('\0') == std::string::npos, "its card holds NUL bytes");
    CardScanner scanner;
    Json::sax_parse(text, &scanner);
    Json json = Json::parse(text);
    require(json.is_object(), "its card is not a JSON object");
    return json;
}

/// Takes a key out of `object`, so that what is left at the end is what this version does not know.
Json take(Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end())
        return nullptr;
    Json value = std::move(*found);
    object.erase(found);
    return value;
}

std::string named(const std::string& key) {
    return "its card's \"" + key + "\" ";
}

int64_t wholeNumber(const Json& value, const std::string& key) {
    require(value.is_number_integer(), named(key) + "is not a whole number");
    require(!value.is_number_unsigned() || value.get<uint64_t>() <= uint64_t{INT64_MAX},
            named(key) + "is too large");
    return value.get<int64_t>();
}

std::string textOf(const Json& value, const std::string& key) {
    if (value.is_null())
        return {};
    require(value.is_string(), named(key) + "is not text");
    return value.get<std::string>();
}

std::vector<double> numbersOf(const Json& value, const std::string& key) {
    if (value.is_null())
        return {};
    require(value.is_array(), named(key) + "is not a list");
    std::vector<double> numbers;
    numbers.reserve(value.size());
    for (const Json& entry : value) {
        require(entry.is_number(), named(key) + "holds something that is no number");
        numbers.push_back(entry.get<double>());
    }
    return numbers;
}

std::vector<std::string> textsOf(const Json& value, const std::string& key) {
    if (value.is_null())
        return {};
    require(value.is_array(), named(key) + "is not a list");
    std::vector<std::string> texts;
    for (const Json& entry : value) {
        require(entry.is_string(), named(key) + "holds something that is no text");
        texts.push_back(entry.get<std::string>());
    }
    return texts;
}

Json objectOf(Json value, const std::string& key) {
    if (value.is_null())
        return Json::object();
    require(value.is_object(), named(key) + "is not an object");
    return value;
}

/// What is left of a nested object is kept under the object's own name.
void keepRest(ModelCard& card, const char* key, const Json& rest) {
    if (!rest.empty())
        card.unknown[key] = rest;
}

ModelInput readInput(Json& object, CardRules rules) {
    ModelInput input;
    const auto side = [&](const char* key, int64_t& target) {
        const Json value = take(object, key);
        require(!value.is_null() || rules == CardRules::Partial,
                named(std::string("input.") + key) + "is missing");
        if (!value.is_null())
            require((target = wholeNumber(value, std::string("input.") + key)) >= 1,
                    named(std::string("input.") + key) + "is below 1");
    };
    input.channels = 0;
    side("channels", input.channels);
    side("height", input.height);
    side("width", input.width);
    input.bands = textsOf(take(object, "bands"), "input.bands");
    input.offset = numbersOf(take(object, "offset"), "input.offset");
    input.scale = numbersOf(take(object, "scale"), "input.scale");
    input.stretch = textOf(take(object, "stretch"), "input.stretch");
    const std::string order = textOf(take(object, "row_order"), "input.row_order");
    require(order.empty() || order == "top-down" || order == "bottom-up",
            named("input.row_order") + "is neither \"top-down\" nor \"bottom-up\"");
    input.bottomUp = order == "bottom-up";
    return input;
}

/// [K][D] as JSON → row-major K×D.
std::vector<double> readRows(const Json& rows, const std::string& key, int64_t components,
                             int64_t dimensions) {
    require(rows.is_array() && static_cast<int64_t>(rows.size()) == components,
            named(key) + "does not have one row per component");
    std::vector<double> values;
    for (const Json& row : rows) {
        const std::vector<double> numbers = numbersOf(row, key);
        require(static_cast<int64_t>(numbers.size()) == dimensions,
                named(key) + "does not have one number per latent variable in each row");
        values.insert(values.end(), numbers.begin(), numbers.end());
    }
    return values;
}

GaussianMixture readMixture(Json& object) {
    GaussianMixture mixture;
    const Json means = take(object, "means"), variances = take(object, "variances");
    mixture.weights = numbersOf(take(object, "weights"), "mixture.weights");
    mixture.components = static_cast<int64_t>(mixture.weights.size());
    require(mixture.components > 0, "its card's mixture has no weights");
    require(means.is_array() && !means.empty() && means.front().is_array(),
            named("mixture.means") + "is not a list of rows");
    mixture.dimensions = static_cast<int64_t>(means.front().size());
    mixture.means = readRows(means, "mixture.means", mixture.components, mixture.dimensions);
    mixture.variances = readRows(variances, "mixture.variances", mixture.components, mixture.dimensions);
    return mixture;
}

/// A sum that is 1 but for rounding is made 1; one that is exact already is left as it stands.
void normaliseWeights(GaussianMixture& mixture) {
    double sum = 0;
    for (const double weight : mixture.weights)
        sum += weight;
    if (std::abs(sum - 1) > 1e-9 && std::abs(sum - 1) <= 1e-3)
        for (double& weight : mixture.weights)
            weight /= sum;
}

void checkInput(const ModelInput& input) {
    const auto sideFits = [](int64_t side) { return side >= 0 && side <= maxSide; };
    require(sideFits(input.channels) && sideFits(input.height) && sideFits(input.width),
            "its card asks for images larger than 4096 × 4096 pixels or 4096 channels");
    require(input.channels * input.height * input.width <= maxInputValues,
            "its card asks for images of more than 268 million values");
    const auto channels = static_cast<size_t>(input.channels);
    const auto lengthFits = [&](size_t length) { return length == 0 || channels == 0 || length == channels; };
    require(lengthFits(input.bands.size()), named("input.bands") + "does not have one name per channel");
    require(lengthFits(input.offset.size()), named("input.offset") + "does not have one number per channel");
    require(lengthFits(input.scale.size()), named("input.scale") + "does not have one number per channel");
    // Pixels are float32, so what a float cannot hold is as bad as what a double cannot.
    const auto fitsFloat = [](double value) { return std::isfinite(static_cast<float>(value)); };
    require(std::all_of(input.offset.begin(), input.offset.end(), fitsFloat),
            named("input.offset") + "holds a number that is not finite");
    for (const double scale : input.scale)
        require(fitsFloat(scale) && scale != 0 && fitsFloat(1 / scale) && static_cast<float>(scale) != 0,
                named("input.scale") + "holds a number that is zero or not finite");
}

void checkMixture(const GaussianMixture& mixture, int64_t latent) {
    if (mixture.empty())
        return;
    require(mixture.covariances.empty(),
            "its card's mixture has full covariances, and a card holds diagonal ones only");
    const auto components = static_cast<size_t>(mixture.components);
    const auto dimensions = static_cast<size_t>(mixture.dimensions);
    require(mixture.components > 0 && components <= maxComponents && mixture.dimensions >= 1 &&
                mixture.dimensions <= maxLatent && mixture.weights.size() == components &&
                mixture.means.size() == components * dimensions &&
                mixture.variances.size() == components * dimensions,
            "its card's mixture has lists of the wrong lengths");
    require(latent == 0 || mixture.dimensions == latent,
            "its card's mixture has " + std::to_string(mixture.dimensions) + " dimensions, the model " +
                std::to_string(latent) + " latent variables");
    const auto finite = [](double value) { return std::isfinite(value); };
    const auto positive = [](double value) { return std::isfinite(value) && value > 0; };
    require(std::all_of(mixture.weights.begin(), mixture.weights.end(), positive),
            "its card's mixture has a weight that is not positive");
    require(std::all_of(mixture.means.begin(), mixture.means.end(), finite),
            "its card's mixture has a mean that is not finite");
    require(std::all_of(mixture.variances.begin(), mixture.variances.end(), positive),
            "its card's mixture has a variance that is not positive");
    double sum = 0;
    for (const double weight : mixture.weights)
        sum += weight;
    require(std::abs(sum - 1) <= 1e-6, "its card's mixture has weights that do not add up to 1");
}

void checkFormat(int64_t format) {
    require(format >= 1, named("format") + "is below 1");
    if (format > ModelCard::currentFormat)
        throw CardFault("its card has format " + std::to_string(format) + ", newer than format " +
                            std::to_string(ModelCard::currentFormat) + " that this version knows",
                        "open it with a newer Galatea");
}

void checkMethods(const std::vector<std::string>& methods) {
    require(methods.size() <= maxMethods, named("methods") + "is too long");
    const std::set<std::string> different(methods.begin(), methods.end());
    require(different.size() == methods.size(), named("methods") + "names a method twice");
}

void checkCard(const ModelCard& card, CardRules rules) {
    const int64_t least = rules == CardRules::Partial ? 0 : 1;
    checkFormat(card.format);
    require(std::find(knownFamilies.begin(), knownFamilies.end(), card.family) != knownFamilies.end(),
            "its card names a family this version does not know (" + card.family.substr(0, 80) + ")");
    require(card.input.channels >= least && card.input.height >= least && card.input.width >= least,
            "its card gives no size of the images");
    checkInput(card.input);
    require(card.latent >= least && card.latent <= maxLatent, named("latent") + "is not between 1 and 65536");
    checkMethods(card.methods);
    checkMixture(card.mixture, card.latent);
}

ModelCard readCard(const std::string& text, CardRules rules) {
    Json json = parseText(text);
    const bool partial = rules == CardRules::Partial;
    ModelCard card;
    const auto needed = [&](const char* key) {
        Json value = take(json, key);
        require(partial || !value.is_null(), named(key) + "is missing");
        return value;
    };
    // The format decides how everything else is to be read, so it comes first.
    if (const Json format = needed("format"); !format.is_null())
        checkFormat(card.format = wholeNumber(format, "format"));
    card.family = textOf(needed("family"), "family");
    if (card.family.empty() && partial)
        card.family = "custom";
    card.name = textOf(take(json, "name"), "name");
    Json input = objectOf(needed("input"), "input");
    card.input = readInput(input, rules);
    if (const Json latent = needed("latent"); !latent.is_null())
        require((card.latent = wholeNumber(latent, "latent")) >= 1, named("latent") + "is below 1");
    card.methods = textsOf(needed("methods"), "methods");
    card.options = objectOf(take(json, "options"), "options");
    Json mixture = objectOf(take(json, "mixture"), "mixture");
    if (!mixture.empty())
        card.mixture = readMixture(mixture);
    normaliseWeights(card.mixture);
    card.training = objectOf(take(json, "training"), "training");
    card.metrics = objectOf(take(json, "metrics"), "metrics");
    card.unknown = std::move(json);
    keepRest(card, "input", input);
    keepRest(card, "mixture", mixture);
    checkCard(card, rules);
    return card;
}

Json rowsOf(const std::vector<double>& values, int64_t dimensions) {
    Json rows = Json::array();
    for (auto row = values.begin(); row != values.end(); row += dimensions)
        rows.push_back(std::vector<double>(row, row + dimensions));
    return rows;
}

Json nestedUnknown(const ModelCard& card, const char* key) {
    return card.unknown.is_object() && card.unknown.contains(key) ? card.unknown.at(key) : Json::object();
}

Json inputJson(const ModelCard& card) {
    Json json = nestedUnknown(card, "input");
    json["channels"] = card.input.channels;
    json["height"] = card.input.height;
    json["width"] = card.input.width;
    json["bands"] = card.input.bands;
    json["offset"] = card.input.offset;
    json["scale"] = card.input.scale;
    json["stretch"] = card.input.stretch;
    if (card.input.bottomUp)
        json["row_order"] = "bottom-up";
    return json;
}

Json mixtureJson(const ModelCard& card) {
    Json json = nestedUnknown(card, "mixture");
    json["weights"] = card.mixture.weights;
    json["means"] = rowsOf(card.mixture.means, card.mixture.dimensions);
    json["variances"] = rowsOf(card.mixture.variances, card.mixture.dimensions);
    return json;
}

std::string writeCard(const ModelCard& card) {
    Json json = card.unknown.is_object() ? card.unknown : Json::object();
    json.erase("mixture");
    json["format"] = card.format;
    json["family"] = card.family;
    json["name"] = card.name;
    json["input"] = inputJson(card);
    json["latent"] = card.latent;
    json["methods"] = card.methods;
    json["options"] = card.options;
    if (!card.mixture.empty())
        json["mixture"] = mixtureJson(card);
    json["training"] = card.training;
    json["metrics"] = card.metrics;
    // A name taken from a file name need not be UTF-8.
    std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    readCard(text, CardRules::Complete);
    return text;
}

} // namespace

bool ModelCard::can(const std::string& method) const {
    return std::find(methods.begin(), methods.end(), method) != methods.end();
}

ModelCard parseCard(const std::string& text, const std::string& source, CardRules rules) {
    try {
        return readCard(text, rules);
    } catch (const CardFault& fault) {
        throw InputError(source, fault.what(), fault.cure);
    } catch (const Json::exception&) {
        throw InputError(source, "its card cannot be read", "export the model again");
    }
}

void requireInput(const ModelInput& input, const std::string& source) {
    try {
        checkInput(input);
    } catch (const CardFault& fault) {
        throw InputError(source, fault.what(), fault.cure);
    }
}

std::string cardText(const ModelCard& card) {
    try {
        checkCard(card, CardRules::Complete);
        return writeCard(card);
    } catch (const CardFault& fault) {
        throw ModelError(card.name.empty() ? "model" : card.name,
                         std::string("cannot be written: ") + fault.what(), "correct it first");
    }
}

} // namespace galatea
