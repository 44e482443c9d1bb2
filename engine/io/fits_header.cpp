#include "io/fits_header.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "core/text.h"

namespace galatea {

namespace {

constexpr size_t cardBytes = 80, keyBytes = 8;

/// The first eight bytes as one number, padded with blanks.
uint64_t keyNumber(std::string_view text) {
    std::array<unsigned char, keyBytes> padded{};
    padded.fill(' ');
    std::memcpy(padded.data(), text.data(), std::min(text.size(), keyBytes));
    uint64_t number = 0;
    for (const unsigned char c : padded)
        number = number << 8 | c;
    return number;
}

std::string_view trimmedRight(std::string_view text) {
    const size_t last = text.find_last_not_of(' ');
    return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

/// The part of a card behind "= ", cut into value and comment.
struct Field {
    std::string value;
    std::string_view comment;
    bool isText = false;
};

Field parseField(std::string_view text) {
    Field field;
    size_t at = text.find_first_not_of(' ');
    if (at == std::string_view::npos)
        return field;
    if (text[at] == '\'') {
        field.isText = true;
        for (++at; at < text.size(); ++at) {
            if (text[at] == '\'') {
                if (at + 1 >= text.size() || text[at + 1] != '\'')
                    break;
                ++at; // a doubled quote stands for one
            }
            field.value += text[at];
        }
        field.value.resize(trimmedRight(field.value).size());
        at = std::min(at + 1, text.size());
    }
    const size_t slash = text.find('/', at);
    if (!field.isText)
        field.value = trimmedRight(text.substr(at, slash == std::string_view::npos ? slash : slash - at));
    if (slash != std::string_view::npos)
        field.comment = trimmed(text.substr(slash + 1)).empty()
                            ? std::string_view()
                            : trimmedRight(text.substr(text.find_first_not_of(' ', slash + 1)));
    return field;
}

bool hasValue(std::string_view card) {
    return card[8] == '=' && card[9] == ' ';
}

bool isCommentary(std::string_view card) {
    for (const std::string_view key : {"COMMENT ", "HISTORY ", "        ", "CONTINUE", "HIERARCH"})
        if (card.starts_with(key))
            return true;
    return false;
}

} // namespace

FitsHeader::FitsHeader(std::string cards) : cards_(std::move(cards)) {
    if (cards_.size() % cardBytes != 0)
        throw std::invalid_argument("a FITS header is made of whole cards");
    for (int64_t i = 0; i < cardCount(); ++i)
        if (hasValue(card(i)) && !isCommentary(card(i)))
            order_.emplace_back(keyNumber(card(i)), static_cast<uint32_t>(i));
    std::sort(order_.begin(), order_.end());
}

int64_t FitsHeader::find(std::string_view key) const {
    if (key.size() > keyBytes)
        return -1;
    const auto at = std::lower_bound(order_.begin(), order_.end(), std::pair(keyNumber(key), uint32_t{0}));
    return at != order_.end() && at->first == keyNumber(key) ? static_cast<int64_t>(at->second) : -1;
}

FitsKeyword FitsHeader::keywordAt(int64_t& index) const {
    const std::string_view first = card(index++);
    FitsKeyword keyword;
    keyword.key = trimmedRight(first.substr(0, keyBytes));
    size_t valueAt = 10;
    if (keyword.key == "HIERARCH" && first.find('=') != std::string_view::npos) {
        valueAt = first.find('=') + 1;
        keyword.key = trimmed(first.substr(keyBytes, valueAt - 1 - keyBytes));
    } else if (!hasValue(first) || isCommentary(first)) {
        keyword.comment = trimmedRight(first.substr(keyBytes));
        return keyword;
    }
    const Field field = parseField(first.substr(valueAt));
    keyword.value = field.value;
    keyword.comment = field.comment;
    keyword.isText = field.isText;
    // A text that ends in & goes on in the next card (section 4.2.1.2).
    while (keyword.isText && keyword.value.ends_with('&') && index < cardCount() &&
           card(index).starts_with("CONTINUE")) {
        const Field more = parseField(card(index).substr(keyBytes));
        if (!more.isText)
            break;
        ++index;
        keyword.value.pop_back();
        keyword.value += more.value;
        if (!more.comment.empty())
            keyword.comment += (keyword.comment.empty() ? "" : " ") + std::string(more.comment);
    }
    return keyword;
}

std::optional<std::string> FitsHeader::text(std::string_view key) const {
    int64_t index = find(key);
    if (index < 0)
        return {};
    FitsKeyword keyword = keywordAt(index);
    return keyword.isText ? std::optional(std::move(keyword.value)) : std::nullopt;
}

std::optional<double> FitsHeader::number(std::string_view key) const {
    int64_t index = find(key);
    if (index < 0)
        return {};
    FitsKeyword keyword = keywordAt(index);
    if (keyword.isText)
        return {};
    for (char& c : keyword.value)
        if (c == 'D' || c == 'd')
            c = 'E';
    double value = 0;
    return parseNumber(keyword.value, value) ? std::optional(value) : std::nullopt;
}

std::optional<int64_t> FitsHeader::integer(std::string_view key) const {
    int64_t index = find(key);
    if (index < 0)
        return {};
    const FitsKeyword keyword = keywordAt(index);
    long long value = 0;
    if (!keyword.isText && parseInteger(keyword.value, value))
        return value;
    const std::optional<double> real = number(key);
    const double limit = 9007199254740992.0; // 2^53: whole numbers are exact up to here
    if (real && std::abs(*real) <= limit && std::trunc(*real) == *real)
        return static_cast<int64_t>(*real);
    return {};
}

std::optional<bool> FitsHeader::logical(std::string_view key) const {
    int64_t index = find(key);
    if (index < 0)
        return {};
    const FitsKeyword keyword = keywordAt(index);
    if (keyword.isText || (keyword.value != "T" && keyword.value != "F"))
        return {};
    return keyword.value == "T";
}

std::string FitsHeader::comment(std::string_view key) const {
    int64_t index = find(key);
    return index < 0 ? std::string() : keywordAt(index).comment;
}

std::vector<FitsKeyword> FitsHeader::keywords() const {
    std::vector<FitsKeyword> result;
    for (int64_t index = 0; index < cardCount();)
        result.push_back(keywordAt(index));
    return result;
}

std::vector<std::string> FitsHeader::contradictions() const {
    std::vector<std::string> result;
    for (size_t i = 1; i < order_.size(); ++i) {
        if (order_[i].first != order_[i - 1].first)
            continue;
        int64_t first = order_[i - 1].second, second = order_[i].second;
        const FitsKeyword one = keywordAt(first), other = keywordAt(second);
        if (one.value != other.value && (result.empty() || result.back() != one.key))
            result.push_back(one.key);
    }
    return result;
}

} // namespace galatea
