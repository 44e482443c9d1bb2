// Orders, figures and counts of columns, against plain ways to the same.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <QTest>

#include "core/chart_data.h"
#include "core/column_statistics.h"
#include "core/random.h"

using namespace galatea;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> someNumbers(size_t count) {
    RandomStream random(4, "columns");
    std::vector<double> values(count);
    for (double& value : values)
        value = random.uniform() < 0.1 ? nan : std::round(20 * random.normal()) / 4; // many are equal
    values[0] = -0.0;
    values[1] = INFINITY;
    values[2] = -INFINITY;
    return values;
}

} // namespace

class TestColumnStatistics : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void ordersLikeAStableSort() {
        const std::vector<double> values = someNumbers(5000);
        const ColumnViewPtr column = ColumnView::ofNumbers({"x"}, values, {});
        const auto some = std::make_shared<RowList>();
        for (uint32_t row = 0; row < 5000; row += 3)
            some->push_back(row);
        for (const RowListPtr& rows : {RowListPtr(), RowListPtr(some)})
            for (const bool descending : {false, true}) {
                RowList expected(rows ? rows->size() : values.size());
                rows ? void(expected = *rows) : std::iota(expected.begin(), expected.end(), 0U);
                std::stable_sort(expected.begin(), expected.end(), [&](uint32_t a, uint32_t b) {
                    if (std::isnan(values[a]) || std::isnan(values[b]))
                        return !std::isnan(values[a]) && std::isnan(values[b]);
                    return descending ? values[a] > values[b] : values[a] < values[b];
                });
                QVERIFY(orderBy(*column, rows, descending) == expected);
            }
    }

    void ordersTextsWithMissingOnesLast() {
        const std::vector<std::string> texts{"b", "", "a", "b", "c", ""};
        const ColumnViewPtr column = ColumnView::ofTexts({"t"}, texts, {});
        QVERIFY(orderBy(*column, {}, false) == (RowList{2, 0, 3, 4, 1, 5}));
        QVERIFY(orderBy(*column, {}, true) == (RowList{4, 0, 3, 2, 1, 5}));
        std::vector<std::string> many;
        for (int i = 0; i < 70000; ++i)
            many.push_back(std::to_string((i * 7919) % 70000));
        const ColumnViewPtr wide = ColumnView::ofTexts({"t"}, many, {});
        QVERIFY(wide->codes() == nullptr);
        const RowList order = orderBy(*wide, {}, false);
        for (size_t i = 1; i < order.size(); ++i)
            QVERIFY(many[order[i - 1]] <= many[order[i]]);
    }

    void ordersWholeNumbers() {
        const std::vector<int64_t> wholes{5, -3, 5, 0};
        const ColumnViewPtr column = ColumnView::ofWholes({"k"}, wholes, {}, 1);
        QVERIFY(orderBy(*column, {}, true) == (RowList{0, 2, 3, 1}));
        QCOMPARE(column->text(1), std::string("-2"));
    }

    void figuresAreThoseOfASortedList() {
        const std::vector<double> values = someNumbers(4001);
        const ColumnViewPtr column = ColumnView::ofNumbers({"x"}, values, {});
        const ColumnStatistics found = statisticsOf(*column, {});
        std::vector<double> finite;
        std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
                     [](double v) { return std::isfinite(v); });
        std::sort(finite.begin(), finite.end());
        QCOMPARE(found.rows, int64_t{4001});
        QCOMPARE(found.missing, 4001 - static_cast<int64_t>(finite.size()));
        QCOMPARE(found.least, finite.front());
        QCOMPARE(found.greatest, finite.back());
        const size_t n = finite.size();
        QCOMPARE(found.median, n % 2 ? finite[n / 2] : (finite[n / 2 - 1] + finite[n / 2]) / 2);
        QVERIFY(std::fabs(found.mean - std::accumulate(finite.begin(), finite.end(), 0.0) /
                                           static_cast<double>(n)) < 1e-9);
        QCOMPARE(found.distinct, static_cast<int64_t>(std::set<double>(finite.begin(), finite.end()).size()));
        QCOMPARE(std::accumulate(found.bars.begin(), found.bars.end(), int64_t{0}), static_cast<int64_t>(n));
        const auto part = std::make_shared<const RowList>(RowList{3, 4, 5});
        QCOMPARE(statisticsOf(*column, part).rows, int64_t{3});
    }

    void figuresOfTexts() {
        const std::vector<std::string> texts{"b", "", "a", "b"};
        const ColumnStatistics found = statisticsOf(*ColumnView::ofTexts({"t"}, texts, {}), {});
        QCOMPARE(found.missing, int64_t{1});
        QCOMPARE(found.distinct, int64_t{2});
        QCOMPARE(found.names.front(), std::string("b"));
        QVERIFY(found.bars == (std::vector<int64_t>{2, 1}));
    }

    void columnsAreSeenAlike() {
        Array latents({3, 2}, {1, 2, 3, 4, 5.5F, 6});
        const ColumnViewPtr second = ColumnView::ofArray({"z2"}, latents, 1);
        QCOMPARE(second->number(2), 6.0);
        const ColumnViewPtr first = ColumnView::ofArray({"z1"}, latents, 0);
        QCOMPARE(first->text(2), std::string("5.5"));
        int made = 0;
        const ColumnViewPtr lazy = ColumnView::ofMade({"p"}, 2,
                                                      [&] {
                                                          ++made;
                                                          return std::vector<float>{0.5F, 1};
                                                      },
                                                      {});
        QCOMPARE(made, 0);
        QCOMPARE(lazy->number(1) + lazy->number(0), 1.5);
        QCOMPARE(made, 1);
        const std::vector<int64_t> rows{2, 0};
        const Column copy = second->copy(rows);
        QCOMPARE(copy.number(0), 6.0);
        QCOMPARE(copy.number(1), 2.0);
    }

    void chartsCountEveryRow() {
        const std::vector<double> x = someNumbers(3000);
        std::vector<double> y(3000);
        std::vector<uint8_t> mask(3000);
        std::vector<std::string> kinds(3000);
        for (size_t row = 0; row < 3000; ++row) {
            y[row] = std::isnan(x[row]) ? 1 : 2 * x[row] + 1;
            mask[row] = row % 4 != 0;
            kinds[row] = row % 3 == 0 ? "" : row % 3 == 1 ? "ring" : "bar";
        }
        const auto classes = classCodesOf(*ColumnView::ofTexts({"kind"}, kinds, {}));
        QVERIFY(classes && classes->names == (std::vector<std::string>{"bar", "ring"}));
        const std::vector<int64_t> selection{1, 2, 3, 4};
        const BinnedValues bins = binsOf(x, mask, &*classes, selection, 20, false);
        int64_t counted = 0, expected = 0;
        for (const auto& one : bins.counts)
            counted += std::accumulate(one.begin(), one.end(), int64_t{0});
        for (size_t row = 0; row < 3000; ++row)
            expected += mask[row] && !kinds[row].empty() && std::isfinite(x[row]);
        QCOMPARE(counted, expected);
        const GriddedValues grid = gridOf(x, y, mask, nullptr, selection, 30, 20);
        const auto total = std::accumulate(grid.counts[0].begin(), grid.counts[0].end(), int64_t{0});
        QCOMPARE(total, grid.inside);
        QCOMPARE(static_cast<int64_t>(grid.points.size()), grid.inside);
        std::vector<int64_t> between;
        for (size_t row = 0; row < 3000; ++row)
            if (mask[row] && x[row] >= -1 && x[row] <= 2)
                between.push_back(static_cast<int64_t>(row));
        QVERIFY(!between.empty() && rowsBetween(x, mask, -1, 2) == between);
        const std::array<std::array<double, 2>, 4> box{{{-1, -50}, {2, -50}, {2, 50}, {-1, 50}}};
        QVERIFY(rowsInside(x, y, mask, box).size() <= between.size());
        const auto cross = crossTable(*classes, *classes, mask);
        QCOMPARE(cross[1], int64_t{0});
        QCOMPARE(cross[0], static_cast<int64_t>(rowsOfClass(*classes, 0, mask).size()));
        QVERIFY(!classCodesOf(*ColumnView::ofTexts({"t"}, std::vector<std::string>(3, ""), {})));
    }

    void rangeIsOfTheRowsThatAreShown() {
        constexpr size_t all = 1'000'000, every = 1000;
        std::vector<double> values(all, 500);
        std::vector<uint8_t> mask(all, 0);
        for (size_t row = 1; row < all; row += every) { // none of them among every fifth row
            values[row] = static_cast<double>(row) / all;
            mask[row] = 1;
        }
        values[1] = 1e9; // beyond the 99.8th percentile of the thousand
        const auto range = bulkOf(values, mask);
        QVERIFY(range && range->low >= 0 && range->high <= 1);
        QVERIFY(range->low < 0.01 && range->high > 0.99);
        for (size_t row = 0; row < all; ++row) // so many that they are thinned, several times
            values[row] = static_cast<double>((row * 7919) % all) / all;
        values[1] = 1e9;
        const auto bulk = bulkOf(values, {});
        QVERIFY(bulk && std::fabs(bulk->low - 0.002) < 2e-4 && std::fabs(bulk->high - 0.998) < 2e-4);
    }

    void textsByPlaceAreTexts() {
        const auto texts = std::make_shared<const std::vector<std::string>>(
            std::vector<std::string>{"", "bob", "ann", "nobody's", "bob"});
        const auto places =
            std::make_shared<const std::vector<uint32_t>>(std::vector<uint32_t>{1, 0, 2, 4, 1});
        const ColumnViewPtr column = ColumnView::ofPlaces({"by"}, places, texts);
        QCOMPARE(column->size(), int64_t{5});
        QCOMPARE(column->text(3), std::string("bob"));
        QVERIFY(column->codes()->texts == (std::vector<std::string>{"", "ann", "bob"})); // those there are
        QVERIFY(column->codes()->code == (std::vector<uint16_t>{2, 0, 1, 2, 2}));
        QVERIFY(orderBy(*column, {}, false) == (RowList{2, 0, 3, 4, 1}));
        QVERIFY(column->sameAs(*ColumnView::ofPlaces({"by"}, places, texts)));
        QVERIFY(!column->sameAs(
            *ColumnView::ofPlaces({"by"}, places, std::make_shared<const std::vector<std::string>>(*texts))));
        std::vector<std::string> many;
        std::vector<uint32_t> own;
        for (uint32_t row = 0; row < 70000; ++row) {
            many.push_back(std::to_string(row));
            own.push_back(row);
        }
        const ColumnViewPtr wide =
            ColumnView::ofPlaces({"by"}, std::make_shared<const std::vector<uint32_t>>(own),
                                 std::make_shared<const std::vector<std::string>>(many));
        QVERIFY(wide->codes() == nullptr);
        QCOMPARE(wide->text(69999), std::string("69999"));
    }

    void spreadsAreNumpysPercentiles() {
        const std::vector<double> values{1, 2, 3, 4, 10};
        const auto spread = spreadsOf(values, {}, nullptr, {}).front();
        const std::array expected{1.2, 2.0, 3.0, 4.0, 8.8}; // numpy.percentile(…, [5, 25, 50, 75, 95])
        for (size_t q = 0; q < 5; ++q)
            QVERIFY(std::fabs(spread.quantiles[q] - expected[q]) < 1e-12);
    }
};

QTEST_GUILESS_MAIN(TestColumnStatistics)
#include "test_column_statistics.moc"
