#include "io/fits_cards.h"

#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "core/text.h"

namespace galatea {

namespace {

constexpr size_t cardLength = 80;
constexpr size_t textRoom = 68; // between the quotes of one card

std::string padded(const std::string& text, size_t width) {
    return text.size() < width ? text + std::string(width - text.size(), ' ') : text;
}

std::string rightOf(const std::string& text, size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

/// Shortest form that reads back as the same number, recognisable as a float.
std::string numberText(double value) {
    std::array<char, 32> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    std::string text(buffer.data(), result.ptr);
    for (char& c : text)
        if (c == 'e')
            c = 'E';
    if (text.find_first_of(".E") == std::string::npos)
        text += ".0";
    return text;
}

/// Quotes doubled, cut into pieces of at most `room` characters, no pair of quotes apart.
std::vector<std::string> quotedPieces(const std::string& text, size_t room) {
    std::vector<std::string> pieces(1);
    for (const char c : text) {
        const std::string written = c == '\'' ? "''" : std::string(1, c);
        if (pieces.back().size() + written.size() > room)
            pieces.emplace_back();
        pieces.back() += written;
    }
    return pieces;
}

} // namespace

std::string fitsText(const std::string& text) {
    return escapedWhere(text, [](uint32_t c) { return c < ' ' || c > '~'; });
}

bool isFitsKey(const std::string& key) {
    return !key.empty() && key.size() <= 8 &&
           key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == std::string::npos;
}

bool FitsCardText::isNew(const std::string& key) {
    return keys_.insert(key).second;
}

void FitsCardText::line(std::string text) {
    text.resize(cardLength, ' ');
    cards_ += text;
}

void FitsCardText::fixed(const std::string& key, const std::string& value, const std::string& comment) {
    line(padded(key, 8) + "= " + rightOf(value, 20) + (comment.empty() ? "" : " / " + fitsText(comment)));
}

void FitsCardText::logical(const std::string& key, bool value, const std::string& comment) {
    if (isNew(key))
        fixed(key, value ? "T" : "F", comment);
}

void FitsCardText::text(const std::string& key, const std::string& value, const std::string& comment) {
    const std::string written = fitsText(value);
    const std::string remark = comment.empty() ? "" : " / " + fitsText(comment);
    std::vector<std::string> pieces = quotedPieces(written, textRoom);
    if (pieces.size() == 1) {
        line(padded(key, 8) + "= " + padded("'" + padded(pieces[0], 8) + "'", 20) + remark);
        return;
    }
    if (isNew("LONGSTRN"))
        text("LONGSTRN", "OGIP 1.0", "long texts go on in CONTINUE cards");
    pieces = quotedPieces(written, textRoom - 1); // room for the &
    for (size_t i = 0; i < pieces.size(); ++i) {
        const bool last = i + 1 == pieces.size();
        line(padded(i == 0 ? key : "CONTINUE", 8) + (i == 0 ? "= '" : "  '") + pieces[i] +
             (last ? "'" : "&'") + (last ? remark : ""));
    }
}

void FitsCardText::commentary(const std::string& key, const std::string& value) {
    const std::string written = fitsText(value);
    for (size_t at = 0; at == 0 || at < written.size(); at += 72)
        line(padded(key, 8) + written.substr(at, 72));
}

void FitsCardText::add(const FitsCard& card) {
    if (!isFitsKey(card.key))
        throw std::invalid_argument("'" + card.key + "' is no FITS keyword");
    const auto* words = std::get_if<std::string>(&card.value);
    if (card.key == "HISTORY" || card.key == "COMMENT")
        return commentary(card.key, words != nullptr ? *words : std::string());
    if (!isNew(card.key))
        return;
    if (words != nullptr)
        return text(card.key, *words, card.comment);
    if (const auto* integer = std::get_if<int64_t>(&card.value))
        return fixed(card.key, std::to_string(*integer), card.comment);
    const double number = std::get<double>(card.value);
    if (!std::isfinite(number))
        throw std::invalid_argument("FITS cannot hold the value of " + card.key);
    fixed(card.key, numberText(number), card.comment);
}

void FitsCardText::addRaw(const std::string& cards) {
    bool taken = false;
    for (size_t at = 0; at + cardLength <= cards.size(); at += cardLength) {
        const std::string card = cards.substr(at, cardLength);
        const std::string key = trimmed(card.substr(0, 8));
        if (key == "CONTINUE") {
            if (taken)
                line(card);
            continue;
        }
        taken = isFitsKey(key) && key != "END" && card.compare(8, 2, "= ") == 0 && fitsText(card) == card &&
                isNew(key);
        if (taken)
            line(card);
    }
}

std::string FitsCardText::block() const {
    std::string block = cards_ + padded("END", cardLength);
    block.resize((block.size() + fitsBlock - 1) / fitsBlock * fitsBlock, ' ');
    return block;
}

} // namespace galatea
