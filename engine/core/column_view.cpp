#include "core/column_view.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_map>

#include "core/text.h"

namespace galatea {

namespace {

constexpr size_t mostCodes = 65536;

std::string shortest(double value) {
    if (std::isnan(value))
        return {};
    std::array<char, 32> buffer{};
    return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

/// As a person would write it: a float's digits, not those of the double next to it.
std::string shortest(float value) {
    if (std::isnan(value))
        return {};
    std::array<char, 32> buffer{};
    return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

} // namespace

ColumnView::ColumnView(About about, Kind kind, int64_t size, Source source, Owner owner)
    : about_(std::move(about)), kind_(kind), size_(size), source_(std::move(source)),
      owner_(std::move(owner)) {}

ColumnViewPtr ColumnView::make(About about, Kind kind, int64_t size, Source source, Owner owner) {
    return ColumnViewPtr(new ColumnView(std::move(about), kind, size, std::move(source), std::move(owner)));
}

ColumnViewPtr ColumnView::ofNumbers(About about, std::span<const double> values, Owner owner) {
    return make(std::move(about), Kind::Number, static_cast<int64_t>(values.size()), Numbers{values.data()},
                std::move(owner));
}

ColumnViewPtr ColumnView::ofWholes(About about, std::span<const int64_t> values, Owner owner, int64_t shift) {
    return make(std::move(about), Kind::Whole, static_cast<int64_t>(values.size()),
                Wholes{values.data(), shift}, std::move(owner));
}

ColumnViewPtr ColumnView::ofTexts(About about, std::span<const std::string> values, Owner owner) {
    return make(std::move(about), Kind::Text, static_cast<int64_t>(values.size()), Texts{values.data()},
                std::move(owner));
}

ColumnViewPtr ColumnView::ofCodes(About about, std::shared_ptr<const TextCodes> codes) {
    const auto size = static_cast<int64_t>(codes->code.size());
    return make(std::move(about), Kind::Text, size, std::move(codes), {});
}

ColumnViewPtr ColumnView::ofPlaces(About about, std::shared_ptr<const std::vector<uint32_t>> places,
                                   std::shared_ptr<const std::vector<std::string>> texts) {
    const auto size = static_cast<int64_t>(places->size());
    return make(std::move(about), Kind::Text, size, Places{std::move(places), std::move(texts)}, {});
}

ColumnViewPtr ColumnView::ofArray(About about, const Array& values, int64_t which) {
    auto owner = std::make_shared<const Array>(values); // shares the buffer
    const float* first = owner->size() > 0 ? owner->data() + which * owner->strides()[1] : nullptr;
    return make(std::move(about), Kind::Number, owner->dim(0), Strided{first, owner->strides()[0]}, owner);
}

ColumnViewPtr ColumnView::ofMade(About about, int64_t size, std::function<std::vector<float>()> made,
                                 Owner key) {
    return make(std::move(about), Kind::Number, size, Made{std::move(made)}, std::move(key));
}

/// Numbers of single precision, wherever they come from.
ColumnView::Strided ColumnView::strided() const {
    if (const auto* given = std::get_if<Strided>(&source_))
        return *given;
    const auto* made = std::get_if<Made>(&source_);
    if (made == nullptr)
        return {nullptr, 0};
    std::call_once(madeOnce_, [&] { made_ = made->make(); });
    return {made_.data(), 1};
}

ColumnViewPtr ColumnView::ofColumn(const Column& column, Owner owner) {
    About about{column.name, column.unit, column.ucd, column.description};
    if (const auto* numbers = std::get_if<std::vector<double>>(&column.values))
        return ofNumbers(std::move(about), *numbers, std::move(owner));
    if (const auto* wholes = std::get_if<std::vector<int64_t>>(&column.values))
        return ofWholes(std::move(about), *wholes, std::move(owner));
    return ofTexts(std::move(about), std::get<std::vector<std::string>>(column.values), std::move(owner));
}

double ColumnView::number(int64_t row) const {
    if (!isText()) {
        double value = 0;
        numbers(row, {&value, 1});
        return value;
    }
    double value = 0;
    return parseNumber(textAt(row), value) ? value : std::numeric_limits<double>::quiet_NaN();
}

std::string ColumnView::text(int64_t row) const {
    if (isText())
        return std::string(textAt(row));
    if (const Strided single = strided(); single.values != nullptr)
        return shortest(single.values[row * single.step]);
    if (const auto* wholes = std::get_if<Wholes>(&source_))
        return std::to_string(wholes->values[row] + wholes->shift);
    return shortest(std::get<Numbers>(source_).values[row]);
}

void ColumnView::numbers(int64_t first, std::span<double> out) const {
    if (const auto* plain = std::get_if<Numbers>(&source_)) {
        std::copy_n(plain->values + first, out.size(), out.begin());
    } else if (const auto* wholes = std::get_if<Wholes>(&source_)) {
        for (size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<double>(wholes->values[first + static_cast<int64_t>(i)] + wholes->shift);
    } else if (const Strided single = strided(); single.values != nullptr) {
        const float* from = single.values + first * single.step;
        for (size_t i = 0; i < out.size(); ++i, from += single.step)
            out[i] = static_cast<double>(*from);
    }
}

void ColumnView::wholes(int64_t first, std::span<int64_t> out) const {
    const auto& from = std::get<Wholes>(source_);
    for (size_t i = 0; i < out.size(); ++i)
        out[i] = from.values[first + static_cast<int64_t>(i)] + from.shift;
}

std::string_view ColumnView::textAt(int64_t row) const {
    if (const auto* coded = std::get_if<std::shared_ptr<const TextCodes>>(&source_))
        return (*coded)->texts[(*coded)->code[static_cast<size_t>(row)]];
    if (const auto* looked = std::get_if<Places>(&source_))
        return (*looked->texts)[(*looked->place)[static_cast<size_t>(row)]];
    return std::get<Texts>(source_).values[row];
}

const TextCodes* ColumnView::codes() const {
    if (const auto* given = std::get_if<std::shared_ptr<const TextCodes>>(&source_))
        return given->get();
    if (isText())
        std::call_once(coded_, [this] { findCodes(); });
    return codes_.get();
}

/// Of the texts that rows have, each once.
void ColumnView::findCodes(const Places& source) const {
    std::vector<uint8_t> used(source.texts->size(), 0);
    for (const uint32_t place : *source.place)
        used[place] = 1;
    std::map<std::string_view, uint16_t> codeOf;
    for (size_t place = 0; place < used.size(); ++place)
        if (used[place] != 0 && codeOf.try_emplace((*source.texts)[place], 0).second &&
            codeOf.size() > mostCodes)
            return;
    auto found = std::make_shared<TextCodes>();
    for (auto& [text, code] : codeOf) {
        code = static_cast<uint16_t>(found->texts.size());
        found->texts.emplace_back(text);
    }
    std::vector<uint16_t> ofPlace(used.size(), 0);
    for (size_t place = 0; place < used.size(); ++place)
        if (used[place] != 0)
            ofPlace[place] = codeOf.at((*source.texts)[place]);
    found->code.reserve(source.place->size());
    for (const uint32_t place : *source.place)
        found->code.push_back(ofPlace[place]);
    codes_ = std::move(found);
}

void ColumnView::findCodes() const {
    if (const auto* looked = std::get_if<Places>(&source_))
        return findCodes(*looked);
    const std::string* values = std::get<Texts>(source_).values;
    auto found = std::make_shared<TextCodes>();
    found->code.reserve(static_cast<size_t>(size_));
    std::unordered_map<std::string_view, uint16_t> places;
    for (int64_t row = 0; row < size_; ++row) {
        const auto [place, isNew] = places.try_emplace(values[row], static_cast<uint16_t>(places.size()));
        if (isNew && places.size() > mostCodes)
            return; // nearly every row its own: the texts themselves are better
        found->code.push_back(place->second);
    }
    std::vector<std::pair<std::string_view, uint16_t>> sorted(places.begin(), places.end());
    std::sort(sorted.begin(), sorted.end());
    std::vector<uint16_t> rank(sorted.size());
    for (size_t i = 0; i < sorted.size(); ++i) {
        rank[sorted[i].second] = static_cast<uint16_t>(i);
        found->texts.emplace_back(sorted[i].first);
    }
    for (uint16_t& code : found->code)
        code = rank[code];
    codes_ = std::move(found);
}

Column ColumnView::copy(std::span<const int64_t> rows) const {
    Column column{about_.name, {}, about_.unit, about_.ucd, about_.description};
    if (isText()) {
        std::vector<std::string> texts;
        texts.reserve(rows.size());
        for (const int64_t row : rows)
            texts.emplace_back(textAt(row));
        column.values = std::move(texts);
    } else if (const auto* wholes = std::get_if<Wholes>(&source_)) {
        std::vector<int64_t> numbers;
        numbers.reserve(rows.size());
        for (const int64_t row : rows)
            numbers.push_back(wholes->values[row] + wholes->shift);
        column.values = std::move(numbers);
    } else {
        std::vector<double> numbers;
        numbers.reserve(rows.size());
        for (const int64_t row : rows)
            numbers.push_back(number(row));
        column.values = std::move(numbers);
    }
    return column;
}

const void* ColumnView::address() const {
    if (const auto* numbers = std::get_if<Numbers>(&source_))
        return numbers->values;
    if (const auto* wholes = std::get_if<Wholes>(&source_))
        return wholes->values;
    if (const auto* texts = std::get_if<Texts>(&source_))
        return texts->values;
    if (const auto* looked = std::get_if<Places>(&source_))
        return looked->place.get();
    if (const auto* strided = std::get_if<Strided>(&source_))
        return strided->values;
    if (std::holds_alternative<Made>(source_))
        return owner_.get();
    return std::get<std::shared_ptr<const TextCodes>>(source_).get();
}

bool ColumnView::sameAs(const ColumnView& other) const {
    const auto* mine = std::get_if<Places>(&source_);
    const auto* others = std::get_if<Places>(&other.source_);
    if (mine && others && mine->texts != others->texts)
        return false;
    return address() == other.address() && kind_ == other.kind_ && size_ == other.size_ &&
           about_.name == other.about_.name && about_.unit == other.about_.unit &&
           about_.description == other.about_.description;
}

ColumnViewPtr findColumn(std::span<const ColumnViewPtr> columns, std::string_view name) {
    for (const ColumnViewPtr& column : columns)
        if (column->name() == name)
            return column;
    return nullptr;
}

std::vector<ColumnViewPtr> viewsOf(const Table& table, const ColumnView::Owner& owner) {
    std::vector<ColumnViewPtr> views;
    for (const Column& column : table.columns())
        views.push_back(ColumnView::ofColumn(column, owner));
    return views;
}

} // namespace galatea
