#include <QtTest>

#include <atomic>
#include <numeric>
#include <thread>

#include "data/batching.h"
#include "tests/support/files.h"

using namespace galatea;

namespace {

/// Image n is one pixel of value n; counts its reads and can refuse a row.
class Numbers : public Dataset {
  public:
    explicit Numbers(int64_t count, int64_t bad = -1) : bad_(bad) {
        info_.channels = info_.height = info_.width = 1;
        std::vector<int64_t> ids(static_cast<size_t>(count));
        std::iota(ids.begin(), ids.end(), 0);
        catalog_.set({"id", ids});
    }
    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return catalog_.rowCount(); }
    const Table& catalog() const override { return catalog_; }
    Array read(std::span<const int64_t> rows) const override {
        ++reads;
        Array result({static_cast<int64_t>(rows.size()), 1, 1, 1});
        for (size_t i = 0; i < rows.size(); ++i) {
            if (rows[i] == bad_)
                throw InputError("row", "is bad", "skip it");
            result.data()[i] = static_cast<float>(rows[i]);
        }
        return result;
    }
    mutable std::atomic<int> reads = 0;

  private:
    DatasetInfo info_;
    Table catalog_;
    int64_t bad_;
};

} // namespace

class TestBatching : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void followsTheOrder() {
        const std::vector<int64_t> order{4, 1, 9, 9, 0, 3, 2};
        BatchLoader loader(std::make_shared<Numbers>(10), order, 3);
        QCOMPARE(loader.batchCount(), 3);
        std::vector<int64_t> seen;
        while (const auto batch = loader.next()) {
            QCOMPARE(batch->images.dim(0), int64_t(batch->rows.size()));
            for (size_t i = 0; i < batch->rows.size(); ++i)
                QCOMPARE(batch->images.data()[i], float(batch->rows[i]));
            seen.insert(seen.end(), batch->rows.begin(), batch->rows.end());
        }
        QCOMPARE(seen, order);
        QVERIFY(!loader.next()); // and stays at the end
    }

    void readsAheadOnlySoFar() {
        const auto data = std::make_shared<Numbers>(100);
        std::vector<int64_t> order(100);
        std::iota(order.begin(), order.end(), 0);
        BatchLoader loader(data, order, 1, 3);
        QTRY_COMPARE(data->reads.load(), 3);
        QTest::qWait(50);
        QCOMPARE(data->reads.load(), 3);
        loader.next();
        QTRY_COMPARE(data->reads.load(), 4);
    }

    void carriesErrorsToTheCaller() {
        BatchLoader loader(std::make_shared<Numbers>(10, 5), {0, 1, 5, 6}, 2);
        QVERIFY(loader.next());
        QVERIFY_THROWS_EXCEPTION(InputError, loader.next());
    }

    void stopsWhenAsked() {
        std::stop_source stop;
        BatchLoader loader(std::make_shared<Numbers>(10), {0, 1, 2}, 1, 2, stop.get_token());
        QVERIFY(loader.next());
        stop.request_stop();
        QVERIFY_THROWS_EXCEPTION(Interrupted, loader.next());
    }

    void mayBeDroppedAtAnyTime() {
        std::vector<int64_t> order(1000);
        std::iota(order.begin(), order.end(), 0);
        for (int taken = 0; taken < 30; ++taken) {
            BatchLoader loader(std::make_shared<Numbers>(1000), order, 7, 4);
            for (int i = 0; i < taken; ++i)
                QVERIFY(loader.next());
        }
    }

    void emptyAndWrongOrders() {
        BatchLoader none(std::make_shared<Numbers>(10), {}, 4);
        QCOMPARE(none.batchCount(), 0);
        QVERIFY(!none.next());
        QVERIFY_THROWS_EXCEPTION(std::invalid_argument, BatchLoader(std::make_shared<Numbers>(1), {0}, 0));
    }
};

QTEST_GUILESS_MAIN(TestBatching)
#include "test_batching.moc"
