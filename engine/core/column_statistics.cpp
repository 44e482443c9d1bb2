#include "core/column_statistics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

namespace galatea {

namespace {

constexpr int64_t block = 4096;

/// visit(number) of each row, read by blocks where all rows are asked.
template <class Visit>
void forNumbers(const ColumnView& column, const RowListPtr& rows, const StopToken& stop, Visit visit) {
    if (rows) {
        size_t seen = 0;
        for (const uint32_t row : *rows) {
            if (++seen % (1U << 18) == 0)
                throwIfStopped(stop);
            visit(column.number(row));
        }
        return;
    }
    std::array<double, block> values;
    for (int64_t first = 0; first < column.size(); first += block) {
        if (first % (block * 64) == 0)
            throwIfStopped(stop);
        const auto count = static_cast<size_t>(std::min(block, column.size() - first));
        column.numbers(first, {values.data(), count});
        for (size_t i = 0; i < count; ++i)
            visit(values[i]);
    }
}

template <class Visit>
void forRows(const ColumnView& column, const RowListPtr& rows, Visit visit) {
    if (rows)
        for (const uint32_t row : *rows)
            visit(row);
    else
        for (int64_t row = 0; row < column.size(); ++row)
            visit(static_cast<uint32_t>(row));
}

void ofTexts(const ColumnView& column, const RowListPtr& rows, ColumnStatistics& result) {
    const TextCodes* codes = column.codes();
    if (codes == nullptr) {
        forRows(column, rows, [&](uint32_t row) { result.missing += column.textAt(row).empty(); });
        result.distinct = -1;
        return;
    }
    std::vector<int64_t> counts(codes->texts.size());
    forRows(column, rows, [&](uint32_t row) { ++counts[codes->code[row]]; });
    std::vector<size_t> order;
    for (size_t k = 0; k < counts.size(); ++k)
        if (codes->texts[k].empty())
            result.missing += counts[k];
        else if (counts[k] > 0)
            order.push_back(k);
    result.distinct = static_cast<int64_t>(order.size());
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return counts[a] > counts[b]; });
    order.resize(std::min<size_t>(order.size(), statisticsBars));
    for (const size_t k : order) {
        result.bars.push_back(counts[k]);
        result.names.push_back(codes->texts[k]);
    }
}

/// The bulk of what is sorted, so that one far value does not press all others into one bar.
void chooseRange(const std::vector<double>& sorted, ColumnStatistics& result) {
    const auto at = [&](double part) {
        return sorted[static_cast<size_t>(part * double(sorted.size() - 1))];
    };
    result.low = at(0.01);
    result.high = at(0.99);
    if (sorted.back() - sorted.front() <= 1.6 * (result.high - result.low) || result.high <= result.low) {
        result.low = sorted.front();
        result.high = sorted.back();
    }
}

/// Ascending numbers as ascending bits.
uint64_t keyOf(double value) {
    const auto bits = std::bit_cast<uint64_t>(value + 0.0); // −0 is 0
    return bits >> 63 != 0 ? ~bits : bits | (uint64_t{1} << 63);
}

struct Keyed {
    uint64_t key;
    uint32_t row;
};

/// Stable, from the last byte to the first; bytes that are the same in all keys cost nothing.
void radixSort(std::vector<Keyed>& rows, const StopToken& stop) {
    std::array<std::array<uint32_t, 256>, 8> counts{};
    for (const Keyed& one : rows)
        for (size_t byte = 0; byte < 8; ++byte)
            ++counts[byte][(one.key >> (8 * byte)) & 255U];
    std::vector<Keyed> other(rows.size());
    for (size_t byte = 0; byte < 8; ++byte) {
        throwIfStopped(stop);
        const auto& count = counts[byte];
        if (std::find(count.begin(), count.end(), rows.size()) != count.end())
            continue;
        std::array<uint32_t, 256> place{};
        std::exclusive_scan(count.begin(), count.end(), place.begin(), uint32_t{0});
        for (const Keyed& one : rows)
            other[place[(one.key >> (8 * byte)) & 255U]++] = one;
        rows.swap(other);
    }
}

RowList orderOfTexts(const ColumnView& column, RowList rows, bool descending) {
    std::stable_sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) {
        const std::string_view one = column.textAt(a), two = column.textAt(b);
        if (one.empty() || two.empty())
            return !one.empty() && two.empty();
        return descending ? one > two : one < two;
    });
    return rows;
}

} // namespace

ColumnStatistics statisticsOf(const ColumnView& column, const RowListPtr& rows, const StopToken& stop) {
    ColumnStatistics result;
    result.rows = rows ? static_cast<int64_t>(rows->size()) : column.size();
    if (column.isText()) {
        ofTexts(column, rows, result);
        return result;
    }
    std::vector<double> values;
    values.reserve(static_cast<size_t>(result.rows));
    forNumbers(column, rows, stop, [&](double value) {
        if (std::isfinite(value))
            values.push_back(value);
    });
    result.missing = result.rows - static_cast<int64_t>(values.size());
    if (values.empty())
        return result;
    throwIfStopped(stop);
    std::sort(values.begin(), values.end());
    throwIfStopped(stop);
    const size_t n = values.size();
    result.least = values.front();
    result.greatest = values.back();
    result.median = n % 2 == 1 ? values[n / 2] : values[n / 2 - 1] / 2 + values[n / 2] / 2;
    double sum = 0;
    result.distinct = 1;
    for (size_t i = 0; i < n; ++i) {
        sum += (values[i] - result.median) / static_cast<double>(n); // large offsets cost no digits
        result.distinct += i > 0 && values[i] != values[i - 1];
    }
    result.mean = result.median + sum;
    chooseRange(values, result);
    result.bars.assign(result.high > result.low ? statisticsBars : 1, 0);
    const double scale = static_cast<double>(result.bars.size()) / (result.high - result.low);
    for (const double value : values) {
        const double place = result.bars.size() == 1 ? 0 : (value - result.low) * scale;
        ++result
              .bars[static_cast<size_t>(std::clamp(place, 0.0, static_cast<double>(result.bars.size() - 1)))];
    }
    return result;
}

RowList rowsWhere(const std::vector<uint8_t>& mask, const RowListPtr& among) {
    RowList rows;
    if (among) {
        for (const uint32_t row : *among)
            if (mask[row] != 0)
                rows.push_back(row);
        return rows;
    }
    rows.reserve(
        static_cast<size_t>(std::count_if(mask.begin(), mask.end(), [](uint8_t m) { return m != 0; })));
    for (size_t row = 0; row < mask.size(); ++row)
        if (mask[row] != 0)
            rows.push_back(static_cast<uint32_t>(row));
    return rows;
}

RowList orderBy(const ColumnView& column, const RowListPtr& rows, bool descending, const StopToken& stop) {
    if (column.isText() && column.codes() == nullptr) {
        RowList all(rows ? rows->size() : static_cast<size_t>(column.size()));
        if (rows)
            all = *rows;
        else
            std::iota(all.begin(), all.end(), 0U);
        return orderOfTexts(column, std::move(all), descending);
    }
    constexpr uint64_t last = ~uint64_t{0};
    const auto turned = [descending](uint64_t key) { return descending ? last - 1 - key : key; };
    std::vector<Keyed> keyed;
    keyed.reserve(rows ? rows->size() : static_cast<size_t>(column.size()));
    if (const TextCodes* codes = column.codes())
        forRows(column, rows, [&](uint32_t row) { keyed.push_back({codes->code[row], row}); });
    size_t at = 0;
    if (!column.isText())
        forNumbers(column, rows, stop, [&](double value) {
            const uint32_t row = rows ? (*rows)[at] : static_cast<uint32_t>(at);
            ++at;
            keyed.push_back({std::isnan(value) ? last : turned(keyOf(value)), row});
        });
    if (const TextCodes* codes = column.codes()) {
        std::vector<uint16_t> order(codes->texts.size());
        std::iota(order.begin(), order.end(), uint16_t{0});
        std::sort(order.begin(), order.end(),
                  [&](uint16_t a, uint16_t b) { return codes->texts[a] < codes->texts[b]; });
        std::vector<uint64_t> key(order.size());
        for (size_t place = 0; place < order.size(); ++place)
            key[order[place]] = codes->texts[order[place]].empty() ? last : turned(place);
        for (Keyed& one : keyed)
            one.key = key[one.key];
    }
    radixSort(keyed, stop);
    RowList ordered(keyed.size());
    std::transform(keyed.begin(), keyed.end(), ordered.begin(), [](const Keyed& one) { return one.row; });
    return ordered;
}

} // namespace galatea
