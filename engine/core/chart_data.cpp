#include "core/chart_data.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace galatea {

namespace {

bool shows(RowMaskView mask, size_t row) {
    return mask.empty() || mask[row] != 0;
}

double drawn(double value, bool logarithmic) {
    if (!logarithmic)
        return value;
    return value > 0 ? std::log10(value) : std::nan("");
}

/// visit(row) for every row that is shown; asks now and then whether to stop.
template <class Visit>
void forShown(size_t count, RowMaskView mask, const StopToken& stop, Visit visit) {
    for (size_t row = 0; row < count; ++row) {
        if (row % (1U << 20) == 0)
            throwIfStopped(stop, "a chart was interrupted");
        if (shows(mask, row))
            visit(row);
    }
}

size_t classAt(const ClassCodes* classes, size_t row) {
    return classes ? classes->code[row] : 0;
}

size_t classCount(const ClassCodes* classes) {
    return classes ? classes->names.size() : 1;
}

ClassCodes fromTexts(const TextCodes& codes) {
    ClassCodes classes;
    std::map<std::string, uint8_t> places;
    for (const std::string& text : codes.texts)
        if (!text.empty())
            places.emplace(text, 0);
    for (auto& [text, place] : places) {
        place = static_cast<uint8_t>(classes.names.size());
        classes.names.push_back(text);
    }
    std::vector<uint8_t> placeOf;
    for (const std::string& text : codes.texts)
        placeOf.push_back(text.empty() ? ClassCodes::none : places.at(text));
    classes.code.reserve(codes.code.size());
    for (const uint16_t code : codes.code)
        classes.code.push_back(placeOf[code]);
    return classes;
}

std::optional<ClassCodes> fromWholes(const ColumnView& column) {
    constexpr int64_t block = 4096;
    std::map<int64_t, uint8_t> places;
    std::vector<int64_t> values(static_cast<size_t>(block));
    const auto forBlocks = [&](const auto& visit) {
        for (int64_t first = 0; first < column.size(); first += block) {
            const auto count = static_cast<size_t>(std::min(block, column.size() - first));
            column.wholes(first, {values.data(), count});
            for (size_t i = 0; i < count; ++i)
                if (!visit(values[i]))
                    return false;
        }
        return true;
    };
    const bool few = forBlocks([&](int64_t value) {
        places.emplace(value, 0);
        return places.size() <= ClassCodes::most;
    });
    if (!few || places.empty())
        return std::nullopt;
    ClassCodes classes;
    for (auto& [value, place] : places) {
        place = static_cast<uint8_t>(classes.names.size());
        classes.names.push_back(std::to_string(value));
    }
    classes.code.reserve(static_cast<size_t>(column.size()));
    forBlocks([&](int64_t value) {
        classes.code.push_back(places.at(value));
        return true;
    });
    return classes;
}

} // namespace

std::optional<ClassCodes> classCodesOf(const ColumnView& column) {
    if (column.kind() == ColumnView::Kind::Whole)
        return fromWholes(column);
    const TextCodes* codes = column.codes();
    if (codes == nullptr || codes->texts.size() > ClassCodes::most + 1)
        return std::nullopt;
    ClassCodes classes = fromTexts(*codes);
    if (classes.names.empty() || classes.names.size() > ClassCodes::most)
        return std::nullopt;
    return classes;
}

std::optional<ValueRange> bulkOf(std::span<const double> values, RowMaskView mask, bool logarithmic) {
    constexpr size_t enough = 200'000;
    double least = INFINITY, most = -INFINITY;
    std::vector<double> sample; // every `step`th of those that are shown
    size_t seen = 0, step = 1;
    for (size_t row = 0; row < values.size(); ++row) {
        const double value = drawn(values[row], logarithmic);
        if (!std::isfinite(value) || !shows(mask, row))
            continue;
        least = std::min(least, value);
        most = std::max(most, value);
        if (seen++ % step != 0)
            continue;
        sample.push_back(value);
        if (sample.size() < enough)
            continue;
        for (size_t i = 0; i < enough / 2; ++i)
            sample[i] = sample[2 * i];
        sample.resize(enough / 2);
        step *= 2;
    }
    if (!(least <= most))
        return std::nullopt;
    std::sort(sample.begin(), sample.end());
    const auto at = [&](double part) {
        return sample[static_cast<size_t>(part * double(sample.size() - 1))];
    };
    ValueRange range{at(0.002), at(0.998)};
    if (most - least <= 1.5 * (range.high - range.low) || range.high <= range.low)
        range = {least, most};
    if (!(range.high > range.low)) {
        const double half = std::max(0.5 * std::fabs(range.low), 0.5);
        range = {range.low - half, range.high + half};
    }
    return range;
}

BinnedValues binsOf(std::span<const double> values, RowMaskView mask, const ClassCodes* classes,
                    std::span<const int64_t> selection, int bins, bool logarithmic, const StopToken& stop) {
    BinnedValues result;
    result.logarithmic = logarithmic;
    const auto range = bulkOf(values, mask, logarithmic);
    if (!range)
        return result;
    result.range = *range;
    result.counts.assign(classCount(classes), std::vector<int64_t>(static_cast<size_t>(bins), 0));
    const double scale = bins / (range->high - range->low);
    const auto binOf = [&](double value) {
        return static_cast<size_t>(std::clamp((value - range->low) * scale, 0.0, bins - 1.0));
    };
    forShown(values.size(), mask, stop, [&](size_t row) {
        const double value = drawn(values[row], logarithmic);
        const size_t which = classAt(classes, row);
        if (std::isfinite(value) && which < result.counts.size())
            ++result.counts[which][binOf(value)];
    });
    if (!selection.empty())
        result.selected.assign(static_cast<size_t>(bins), 0);
    for (const int64_t row : selection) {
        const auto at = static_cast<size_t>(row);
        const double value = drawn(values[at], logarithmic);
        if (std::isfinite(value) && shows(mask, at))
            ++result.selected[binOf(value)];
    }
    return result;
}

GriddedValues gridOf(std::span<const double> x, std::span<const double> y, RowMaskView mask,
                     const ClassCodes* classes, std::span<const int64_t> selection, int columns, int rows,
                     const StopToken& stop) {
    constexpr int64_t fewPoints = 20'000;
    GriddedValues result;
    const auto xs = bulkOf(x, mask), ys = bulkOf(y, mask);
    if (!xs || !ys)
        return result;
    const auto widened = [](ValueRange range) {
        const double room = 0.03 * (range.high - range.low);
        return ValueRange{range.low - room, range.high + room};
    };
    result.x = widened(*xs);
    result.y = widened(*ys);
    result.columns = columns;
    result.rows = rows;
    const auto cells = static_cast<size_t>(columns) * static_cast<size_t>(rows);
    // The last one: rows without a class, drawn but in no colour of a class.
    result.counts.assign(classCount(classes) + (classes ? 1 : 0), std::vector<uint32_t>(cells, 0));
    const double scaleX = columns / (result.x.high - result.x.low),
                 scaleY = rows / (result.y.high - result.y.low);
    const auto cellOf = [&](size_t row) -> int64_t {
        const double at = std::floor((x[row] - result.x.low) * scaleX),
                     up = std::floor((y[row] - result.y.low) * scaleY);
        if (!(at >= 0 && at < columns && up >= 0 && up < rows))
            return -1;
        return static_cast<int64_t>(up) * columns + static_cast<int64_t>(at);
    };
    forShown(x.size(), mask, stop, [&](size_t row) {
        const int64_t cell = cellOf(row);
        if (cell < 0) {
            result.outside += std::isfinite(x[row]) && std::isfinite(y[row]);
            return;
        }
        const size_t which = std::min(classAt(classes, row), result.counts.size() - 1);
        ++result.counts[which][static_cast<size_t>(cell)];
        if (++result.inside <= fewPoints)
            result.points.push_back(static_cast<int64_t>(row));
    });
    if (result.inside > fewPoints)
        result.points = {};
    if (!selection.empty())
        result.selected.assign(cells, 0);
    for (const int64_t row : selection)
        if (const int64_t cell =
                shows(mask, static_cast<size_t>(row)) ? cellOf(static_cast<size_t>(row)) : -1;
            cell >= 0)
            ++result.selected[static_cast<size_t>(cell)];
    return result;
}

std::vector<ClassSpread> spreadsOf(std::span<const double> values, RowMaskView mask,
                                   const ClassCodes* classes, std::span<const int64_t> selection,
                                   const StopToken& stop) {
    std::vector<std::vector<double>> byClass(classCount(classes));
    forShown(values.size(), mask, stop, [&](size_t row) {
        const size_t which = classAt(classes, row);
        if (which < byClass.size() && std::isfinite(values[row]))
            byClass[which].push_back(values[row]);
    });
    std::vector<ClassSpread> spreads(byClass.size());
    for (size_t k = 0; k < byClass.size(); ++k) {
        throwIfStopped(stop, "a chart was interrupted");
        std::vector<double>& own = byClass[k];
        spreads[k].count = static_cast<int64_t>(own.size());
        const std::array parts{0.05, 0.25, 0.5, 0.75, 0.95};
        auto from = own.begin();
        for (size_t q = 0; q < parts.size() && !own.empty(); ++q) {
            // Between two neighbours, as numpy's percentile has it.
            const double place = parts[q] * static_cast<double>(own.size() - 1);
            const auto nth = own.begin() + static_cast<std::ptrdiff_t>(place);
            std::nth_element(from, nth, own.end());
            const double next = nth + 1 == own.end() ? *nth : *std::min_element(nth + 1, own.end());
            spreads[k].quantiles[q] = *nth + (place - std::floor(place)) * (next - *nth);
            from = nth;
        }
    }
    for (const int64_t row : selection) {
        const auto at = static_cast<size_t>(row);
        const size_t which = classAt(classes, at);
        if (which < spreads.size() && shows(mask, at) && std::isfinite(values[at]))
            ++spreads[which].selected;
    }
    return spreads;
}

std::vector<int64_t> crossTable(const ClassCodes& one, const ClassCodes& other, RowMaskView mask) {
    std::vector<int64_t> table(one.names.size() * other.names.size(), 0);
    for (size_t row = 0; row < one.code.size(); ++row)
        if (one.code[row] != ClassCodes::none && other.code[row] != ClassCodes::none && shows(mask, row))
            ++table[one.code[row] * other.names.size() + other.code[row]];
    return table;
}

std::vector<int64_t> rowsBetween(std::span<const double> values, RowMaskView mask, double low, double high) {
    std::vector<int64_t> rows;
    for (size_t row = 0; row < values.size(); ++row)
        if (values[row] >= low && values[row] <= high && shows(mask, row))
            rows.push_back(static_cast<int64_t>(row));
    return rows;
}

std::vector<int64_t> rowsInside(std::span<const double> x, std::span<const double> y, RowMaskView mask,
                                std::span<const std::array<double, 2>> polygon) {
    std::vector<int64_t> rows;
    if (polygon.size() < 3)
        return rows;
    double left = INFINITY, right = -INFINITY, bottom = INFINITY, top = -INFINITY;
    for (const auto& corner : polygon) {
        left = std::min(left, corner[0]);
        right = std::max(right, corner[0]);
        bottom = std::min(bottom, corner[1]);
        top = std::max(top, corner[1]);
    }
    for (size_t row = 0; row < x.size(); ++row) {
        if (!(x[row] >= left && x[row] <= right && y[row] >= bottom && y[row] <= top) || !shows(mask, row))
            continue;
        bool inside = false;
        for (size_t i = 0, j = polygon.size() - 1; i < polygon.size(); j = i++) {
            const auto &a = polygon[i], &b = polygon[j];
            if ((a[1] > y[row]) != (b[1] > y[row]) &&
                x[row] < (b[0] - a[0]) * (y[row] - a[1]) / (b[1] - a[1]) + a[0])
                inside = !inside;
        }
        if (inside)
            rows.push_back(static_cast<int64_t>(row));
    }
    return rows;
}

std::vector<int64_t> rowsOfClass(const ClassCodes& one, int which, RowMaskView mask, const ClassCodes* other,
                                 int otherWhich) {
    std::vector<int64_t> rows;
    for (size_t row = 0; row < one.code.size(); ++row)
        if (one.code[row] == which && (!other || other->code[row] == otherWhich) && shows(mask, row))
            rows.push_back(static_cast<int64_t>(row));
    return rows;
}

} // namespace galatea
