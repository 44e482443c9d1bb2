#include "io/wcs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <mutex>
#include <numbers>

#include <wcslib/wcs.h>
#include <wcslib/wcsfix.h>
#include <wcslib/wcshdr.h>

#include "core/text.h"

namespace galatea {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double radians = std::numbers::pi / 180;
constexpr int batch = 512;

std::string keyOf(std::string_view card) {
    return trimmed(card.substr(0, 8));
}

/// The text between quotes, trailing blanks dropped; nothing if the card holds no well-formed text.
std::optional<std::string> textOf(std::string_view card) {
    const std::string value = trimmed(card.substr(10));
    const size_t close = value.find('\'', 1);
    if (value.empty() || value.front() != '\'' || close == std::string::npos)
        return std::nullopt;
    return trimmed(std::string_view(value).substr(1, close - 1));
}

/// A finite number, also with the exponent letter D.
std::optional<double> numberOf(std::string_view card) {
    std::string value(card.substr(10));
    value = trimmed(std::string_view(value).substr(0, value.find('/')));
    for (char& c : value)
        c = c == 'D' || c == 'd' ? 'E' : c;
    double number = 0;
    const std::string_view digits = std::string_view(value).substr(value.starts_with('+') ? 1 : 0);
    if (!parseNumber(digits, number) || !std::isfinite(number))
        return std::nullopt;
    return number;
}

/// Matches key to a pattern in which '1' stands for 1 or 2 (an axis) and '#' for one or two digits.
bool matches(std::string_view key, std::string_view pattern) {
    size_t at = 0;
    for (const char wanted : pattern) {
        if (at >= key.size())
            return false;
        if (wanted == '1') {
            if (key[at] != '1' && key[at] != '2')
                return false;
            ++at;
        } else if (wanted == '#') {
            size_t digits = 0;
            while (digits < 2 && at + digits < key.size() && std::isdigit(key[at + digits]) != 0)
                ++digits;
            if (digits == 0)
                return false;
            at += digits;
        } else if (key[at++] != wanted) {
            return false;
        }
    }
    return at == key.size();
}

/// Only what describes two celestial axes is ever shown to wcslib; all else in a foreign header (spectral
/// axes, tables, times, alternative descriptions) cannot reach it.
bool bearsOnCoordinates(std::string_view key) {
    constexpr std::array patterns{"CTYPE1",  "CUNIT1",  "CRPIX1",  "CRVAL1",   "CDELT1",   "CROTA1",
                                  "CD1_1",   "PC1_1",   "PV1_#",   "LONPOLE",  "LATPOLE",  "RADESYS",
                                  "EQUINOX", "A_ORDER", "B_ORDER", "AP_ORDER", "BP_ORDER", "A_#_#",
                                  "B_#_#",   "AP_#_#",  "BP_#_#"};
    return std::any_of(patterns.begin(), patterns.end(), [&](const char* p) { return matches(key, p); });
}

bool isDistortionPolynomial(std::string_view key) {
    return key.starts_with("A_") || key.starts_with("B_") || key.starts_with("AP_") || key.starts_with("BP_");
}

std::string padded(std::string text) {
    text.resize(80, ' ');
    return text;
}

std::string printable(std::string_view card) {
    std::string result(card);
    for (char& c : result)
        if (c < 32 || c > 126)
            c = ' ';
    return result;
}

/// Shortest decimal that reads back as the same number, as FITS writes it.
std::string fitsNumber(double value, bool whole) {
    std::array<char, 40> text{};
    const auto end = whole ? std::to_chars(text.begin(), text.end(), static_cast<long long>(value)).ptr
                           : std::to_chars(text.begin(), text.end(), value).ptr;
    std::string result(text.data(), end);
    if (!whole && result.find_first_of(".e") == std::string::npos)
        result += ".0";
    for (char& c : result)
        c = c == 'e' ? 'E' : c;
    return result;
}

std::string numberCard(const std::string& key, double value, bool whole = false) {
    std::string text = fitsNumber(value, whole);
    text.insert(0, text.size() < 20 ? 20 - text.size() : 0, ' ');
    std::string name = key;
    name.resize(8, ' ');
    return padded(name + "= " + text);
}

std::string textCard(const std::string& key, std::string value) {
    value.resize(std::clamp<size_t>(value.size(), 8, 68), ' ');
    std::string name = key;
    name.resize(8, ' ');
    return padded(name + "= '" + value + "'");
}

bool isTextKey(const std::string& key) {
    return key.starts_with("CTYPE") || key.starts_with("CUNIT") || key == "RADESYS";
}

/// The card written anew, nothing if its value is malformed. wcslib's scanner runs past the end of a text
/// that was never closed, so no card of a stranger is handed to it as it is.
std::optional<std::string> rewritten(const std::string& card, const std::string& key) {
    if (isTextKey(key)) {
        const auto text = textOf(card);
        return text ? std::optional(textCard(key, *text)) : std::nullopt;
    }
    const auto number = numberOf(card);
    const bool whole = key.ends_with("_ORDER");
    if (!number || (whole && std::abs(*number) > 1e9))
        return std::nullopt;
    return numberCard(key, *number, whole);
}

/// Two keywords under their present names: fitsverify warns about the old ones.
std::string modernKey(const std::string& key) {
    return key == "RADECSYS" ? "RADESYS" : key == "EPOCH" ? "EQUINOX" : key;
}

struct Filtered {
    std::string cards;
    size_t count = 0;
    bool tooMany = false, tableDistortion = false, badOrder = false, malformed = false;
};

Filtered filtered(std::string_view cards) {
    Filtered result;
    std::vector<std::string> seen;
    for (size_t at = 0; at + 80 <= cards.size(); at += 80) {
        const std::string card = printable(cards.substr(at, 80));
        const std::string key = modernKey(keyOf(card));
        if (key == "END")
            break;
        result.tableDistortion = result.tableDistortion || key.starts_with("CPDIS");
        if (card[8] != '=' || !bearsOnCoordinates(key) ||
            std::find(seen.begin(), seen.end(), key) != seen.end())
            continue; // the first of its name counts, as in every reader of ours
        if (++result.count > WorldCoordinates::maxCards) {
            result.tooMany = true;
            return result;
        }
        seen.push_back(key);
        const auto kept = rewritten(card, key);
        result.malformed = result.malformed || !kept;
        // A polynomial's order is a count from a file: wcslib takes memory for its square.
        if (key.ends_with("_ORDER"))
            result.badOrder = result.badOrder || !kept || *numberOf(*kept) < 0 || *numberOf(*kept) > 9;
        result.cards += kept.value_or("");
    }
    return result;
}

std::string withoutDistortion(const std::string& cards) {
    std::string result;
    for (size_t at = 0; at + 80 <= cards.size(); at += 80) {
        std::string card = cards.substr(at, 80);
        const std::string key = keyOf(card);
        if (isDistortionPolynomial(key))
            continue;
        if (const size_t sip = card.find("-SIP"); key.starts_with("CTYPE") && sip != std::string::npos)
            card.replace(sip, 4, "    ");
        result += card;
    }
    return result;
}

std::string textOfKey(const std::string& cards, std::string_view key) {
    for (size_t at = 0; at + 80 <= cards.size(); at += 80)
        if (const std::string_view card = std::string_view(cards).substr(at, 80); keyOf(card) == key)
            return textOf(card).value_or("");
    return {};
}

bool longitudeType(const std::string& type) {
    return type.starts_with("RA--") || (type.size() > 4 && type.substr(1, 3) == "LON" && type[4] == '-') ||
           (type.size() > 4 && type.substr(2, 2) == "LN");
}

bool latitudeType(const std::string& type) {
    return type.starts_with("DEC-") || (type.size() > 4 && type.substr(1, 3) == "LAT" && type[4] == '-') ||
           (type.size() > 4 && type.substr(2, 2) == "LT");
}

void note(std::vector<std::string>* notes, std::string text) {
    if (notes != nullptr)
        notes->push_back(std::move(text));
}

/// wcspih's scanner and wcsset keep what they are doing in one place.
std::mutex& parserLock() {
    static std::mutex lock;
    return lock;
}

} // namespace

struct WorldCoordinates::State {
    wcsprm wcs{};
    std::string cards, system;
    int longitude = 0, latitude = 1; ///< which of the two values is which
    double scale = nan;
    mutable std::mutex lock; ///< distortions use scratch memory inside wcsprm

    State() { wcs.flag = -1; }
    ~State() { wcsfree(&wcs); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    bool parse();
    void toSky(std::span<const PixelPosition> pixels, SkyPosition* out) const;
    void toPixel(std::span<const SkyPosition> sky, PixelPosition* out) const;
    void measureScale();
};

bool WorldCoordinates::State::parse() {
    const std::lock_guard guard(parserLock());
    std::string text = cards + padded("END");
    wcsprm* parsed = nullptr;
    int rejected = 0, count = 0;
    const int status =
        wcspih(text.data(), static_cast<int>(text.size() / 80), WCSHDR_all, 0, &rejected, &count, &parsed);
    bool good = status == 0 && count > 0 && parsed != nullptr && parsed[0].naxis == 2;
    good = good && wcssub(1, &parsed[0], nullptr, nullptr, &wcs) == 0;
    if (parsed != nullptr)
        wcsvfree(&count, &parsed);
    if (!good)
        return false;
    unitfix(0, &wcs);
    celfix(&wcs);
    if (wcsset(&wcs) != 0 || wcs.lng < 0 || wcs.lat < 0 || wcs.naxis != 2)
        return false;
    longitude = wcs.lng;
    latitude = wcs.lat;
    return true;
}

void WorldCoordinates::State::toSky(std::span<const PixelPosition> pixels, SkyPosition* out) const {
    std::array<double, 2 * batch> in{}, intermediate{}, world{};
    std::array<double, batch> phi{}, theta{};
    std::array<int, batch> bad{};
    const std::lock_guard guard(lock);
    for (size_t begin = 0; begin < pixels.size(); begin += batch) {
        const size_t count = std::min<size_t>(batch, pixels.size() - begin);
        for (size_t i = 0; i < count; ++i) {
            in[2 * i] = pixels[begin + i].x + 1;
            in[2 * i + 1] = pixels[begin + i].y + 1;
        }
        const int status = wcsp2s(const_cast<wcsprm*>(&wcs), static_cast<int>(count), 2, in.data(),
                                  intermediate.data(), phi.data(), theta.data(), world.data(), bad.data());
        for (size_t i = 0; i < count; ++i) {
            const bool valid = status == 0 || (status == WCSERR_BAD_PIX && bad[i] == 0);
            out[begin + i] = valid ? SkyPosition{world[2 * i + static_cast<size_t>(longitude)],
                                                 world[2 * i + static_cast<size_t>(latitude)]}
                                   : SkyPosition{nan, nan};
        }
    }
}

void WorldCoordinates::State::toPixel(std::span<const SkyPosition> sky, PixelPosition* out) const {
    std::array<double, 2 * batch> world{}, intermediate{}, pixels{};
    std::array<double, batch> phi{}, theta{};
    std::array<int, batch> bad{};
    const std::lock_guard guard(lock);
    for (size_t begin = 0; begin < sky.size(); begin += batch) {
        const size_t count = std::min<size_t>(batch, sky.size() - begin);
        for (size_t i = 0; i < count; ++i) {
            const SkyPosition& at = sky[begin + i];
            const bool usable = std::isfinite(at.ra) && std::abs(at.dec) <= 90;
            world[2 * i + static_cast<size_t>(longitude)] = usable ? at.ra : 0;
            world[2 * i + static_cast<size_t>(latitude)] = usable ? at.dec : 0;
        }
        const int status = wcss2p(const_cast<wcsprm*>(&wcs), static_cast<int>(count), 2, world.data(),
                                  phi.data(), theta.data(), intermediate.data(), pixels.data(), bad.data());
        for (size_t i = 0; i < count; ++i) {
            const SkyPosition& at = sky[begin + i];
            const bool valid = (status == 0 || (status == WCSERR_BAD_WORLD && bad[i] == 0)) &&
                               std::isfinite(at.ra) && std::abs(at.dec) <= 90;
            out[begin + i] =
                valid ? PixelPosition{pixels[2 * i] - 1, pixels[2 * i + 1] - 1} : PixelPosition{nan, nan};
        }
    }
}

void WorldCoordinates::State::measureScale() {
    const PixelPosition at{wcs.crpix[0] - 1, wcs.crpix[1] - 1};
    const std::array<PixelPosition, 3> pixels{at, PixelPosition{at.x + 1, at.y},
                                              PixelPosition{at.x, at.y + 1}};
    std::array<SkyPosition, 3> sky{};
    toSky(pixels, sky.data());
    const double cosine = std::cos(sky[0].dec * radians);
    const auto offset = [&](const SkyPosition& s) {
        return std::array{std::remainder(s.ra - sky[0].ra, 360) * cosine, s.dec - sky[0].dec};
    };
    const auto u = offset(sky[1]), v = offset(sky[2]);
    scale = std::sqrt(std::abs(u[0] * v[1] - u[1] * v[0])) * 3600;
}

std::optional<WorldCoordinates> WorldCoordinates::fromCards(std::string_view cards,
                                                            std::vector<std::string>* notes) {
    Filtered found = filtered(cards);
    const std::string first = textOfKey(found.cards, "CTYPE1"), second = textOfKey(found.cards, "CTYPE2");
    const bool pair =
        (longitudeType(first) && latitudeType(second)) || (latitudeType(first) && longitudeType(second));
    if (!pair)
        return std::nullopt;
    if (found.tooMany) {
        note(notes, "its sky coordinates take more cards than can be believed and are left out");
        return std::nullopt;
    }
    if (found.tableDistortion)
        note(notes, "tables of distortion (CPDIS) are not applied to its sky coordinates");
    if (found.malformed && !found.badOrder)
        note(notes, "some cards of its sky coordinates are malformed and are left out");
    if (found.badOrder) {
        note(notes, "the distortion of its sky coordinates has an impossible order and is left out");
        found.cards = withoutDistortion(found.cards);
    }
    auto state = std::make_shared<State>();
    state->cards = found.cards;
    if (!state->parse()) {
        note(notes, "its sky coordinates contradict themselves and are left out");
        return std::nullopt;
    }
    state->measureScale();
    if (!(state->scale > 0) || !std::isfinite(state->scale)) {
        note(notes, "its sky coordinates have no scale and are left out");
        return std::nullopt;
    }
    const bool equatorial = first.starts_with("RA") || second.starts_with("RA");
    const std::string named = textOfKey(found.cards, "RADESYS");
    state->system = equatorial ? (named.empty() ? "ICRS" : named)
                               : std::string(first.substr(0, 1) == "G" ? "GALACTIC" : first.substr(0, 4));
    for (char& c : state->system)
        c = static_cast<char>(std::toupper(c));
    return WorldCoordinates(std::move(state));
}

SkyPosition WorldCoordinates::toSky(PixelPosition pixel) const {
    SkyPosition out;
    state_->toSky({&pixel, 1}, &out);
    return out;
}

void WorldCoordinates::toSky(std::span<const PixelPosition> pixels, std::span<SkyPosition> out) const {
    state_->toSky(pixels.first(std::min(pixels.size(), out.size())), out.data());
}

PixelPosition WorldCoordinates::toPixel(SkyPosition sky) const {
    PixelPosition out;
    state_->toPixel({&sky, 1}, &out);
    return out;
}

void WorldCoordinates::toPixel(std::span<const SkyPosition> sky, std::span<PixelPosition> out) const {
    state_->toPixel(sky.first(std::min(sky.size(), out.size())), out.data());
}

double WorldCoordinates::pixelScale() const {
    return state_->scale;
}

double WorldCoordinates::northAngle(PixelPosition at) const {
    const SkyPosition here = toSky(at);
    const double step = std::max(state_->scale, 1e-6) / 3600;
    // South of the position if the pole is near, turned round again.
    const double sign = here.dec + step > 90 ? -1 : 1;
    const PixelPosition north = toPixel({here.ra, here.dec + sign * step});
    return std::atan2(-sign * (north.x - at.x), sign * (north.y - at.y)) / radians;
}

const std::string& WorldCoordinates::system() const {
    return state_->system;
}

bool WorldCoordinates::isEquatorial() const {
    return textOfKey(state_->cards, "CTYPE1").starts_with("RA") ||
           textOfKey(state_->cards, "CTYPE2").starts_with("RA");
}

const std::string& WorldCoordinates::cards() const {
    return state_->cards;
}

std::string WorldCoordinates::cardsFrom(PixelPosition origin) const {
    return shiftedWcsCards(state_->cards, origin);
}

WorldCoordinates WorldCoordinates::shifted(PixelPosition origin) const {
    auto result = fromCards(cardsFrom(origin));
    return result ? *result : *this;
}

std::string shiftedWcsCards(const std::string& cards, PixelPosition origin) {
    const std::array<double, 2> by{origin.x, origin.y};
    std::array<bool, 2> found{};
    std::string result;
    for (size_t at = 0; at + 80 <= cards.size(); at += 80) {
        const std::string old = cards.substr(at, 80);
        const std::string key = keyOf(old);
        if (key != "CRPIX1" && key != "CRPIX2") {
            result += old;
            continue;
        }
        const size_t axis = key == "CRPIX1" ? 0 : 1;
        found[axis] = true;
        result += numberCard(key, numberOf(old).value_or(0) - by[axis]);
    }
    for (size_t axis = 0; axis < 2; ++axis)
        if (!found[axis] && !cards.empty())
            result += numberCard(axis == 0 ? "CRPIX1" : "CRPIX2", -by[axis]);
    return result;
}

double skySeparation(SkyPosition a, SkyPosition b) {
    const double half = std::sin((b.dec - a.dec) * radians / 2);
    const double across = std::sin((b.ra - a.ra) * radians / 2);
    const double h = half * half + std::cos(a.dec * radians) * std::cos(b.dec * radians) * across * across;
    return 2 * std::asin(std::min(1.0, std::sqrt(h))) / radians * 3600;
}

} // namespace galatea
