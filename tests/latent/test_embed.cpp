#include <QtTest>

#include <atomic>
#include <cmath>
#include <thread>

#include "core/error.h"
#include "latent/latents.h"

using namespace galatea;

namespace {

constexpr int64_t side = 4, pixels = side * side;

/// Two latents: the sums of the upper and of the lower half. Decodes to flat halves.
class HalvesModel : public Model {
  public:
    HalvesModel() {
        card_.name = "halves";
        card_.input.channels = 1;
        card_.input.height = card_.input.width = side;
        card_.latent = 2;
        card_.methods = {"encode", "decode"};
    }
    ModelCard card_;
    bool variances = false;
    int64_t spoiledImage = -1; ///< its latents become NaN
    int64_t extraColumns = 0;
    mutable std::atomic<int64_t> seen{0};

    const ModelCard& card() const override { return card_; }
    Encoding encode(const Array& images) const override {
        Encoding encoding{Array({images.dim(0), 2 + extraColumns}), {}};
        for (int64_t n = 0; n < images.dim(0); ++n, ++seen)
            for (int64_t i = 0; i < pixels; ++i)
                encoding.mean.at(n, 2 * i / pixels) +=
                    seen == spoiledImage ? NAN : images.at(n, 0, i / side, i % side);
        if (variances)
            encoding.logvar = Array({images.dim(0), 2}, std::vector<float>(2 * images.dim(0), -1.5F));
        return encoding;
    }
    Decoding decode(const Array& latents) const override {
        Decoding decoding{Array({latents.dim(0), 1, side, side}), {}};
        for (int64_t n = 0; n < latents.dim(0); ++n)
            for (int64_t i = 0; i < pixels; ++i)
                decoding.mean.at(n, 0, i / side, i % side) = latents.at(n, 2 * i / pixels) * 2 / pixels;
        return decoding;
    }
    Array score(const Array& images) const override {
        Array scores({images.dim(0)});
        for (int64_t n = 0; n < images.dim(0); ++n)
            scores.at(n) = 10 * images.at(n, 0, 0, 0);
        return scores;
    }
};

/// Image n holds n everywhere, plus 1 in its first pixel.
class CountingData : public Dataset {
  public:
    explicit CountingData(int64_t size) : size_(size) {
        info_.name = "counting";
        info_.source = "/data/counting.h5";
        info_.channels = 1;
        info_.height = info_.width = side;
        std::vector<std::string> ids;
        for (int64_t n = 0; n < size; ++n)
            ids.push_back("galaxy-" + std::to_string(n));
        catalog_.set({.name = "id", .values = ids});
    }
    DatasetInfo info_;
    Table catalog_;
    int64_t brokenRow = -1;
    mutable std::atomic<bool> otherThread{false};
    std::thread::id caller = std::this_thread::get_id();

    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return size_; }
    const Table& catalog() const override { return catalog_; }
    Array read(std::span<const int64_t> rows) const override {
        otherThread = otherThread || std::this_thread::get_id() != caller;
        Array images({static_cast<int64_t>(rows.size()), 1, side, side});
        for (size_t n = 0; n < rows.size(); ++n) {
            if (rows[n] == brokenRow)
                throw InputError("counting.h5", "image is damaged", "get it again");
            for (float& value : images.row(static_cast<int64_t>(n)).values())
                value = static_cast<float>(rows[n]);
            images.at(n, 0, 0, 0) += 1;
        }
        return images;
    }

  private:
    int64_t size_;
};

struct Recorder : ProgressSink {
    std::vector<int64_t> done;
    std::stop_source* stopAfterFirst = nullptr;
    void update(const ProgressUpdate& update) override {
        done.push_back(update.done);
        if (stopAfterFirst)
            stopAfterFirst->request_stop();
    }
    void warn(const std::string&) override {}
};

} // namespace

class TestEmbed : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void everyImageOnceInOrder_data();
    void everyImageOnceInOrder();
    void reconstructionErrorIsThePixelMean();
    void mixtureGivesComponents();
    void variancesAndScoresFollowTheModel();
    void readingRunsBeside();
    void emptyDataGiveEmptyLatents();
    void wrongInputIsRefused();
    void misbehavingModelsAreNamed();
    void readErrorsArrive();
    void stopIsObeyed();
};

void TestEmbed::everyImageOnceInOrder_data() {
    QTest::addColumn<int>("batch");
    for (const int batch : {1, 3, 5, 10, 64})
        QTest::addRow("batch %d", batch) << batch;
}

void TestEmbed::everyImageOnceInOrder() {
    QFETCH(int, batch);
    const HalvesModel model;
    const CountingData data(10);
    Recorder progress;
    const Latents latents = embed(model, data, {.batch = batch}, {}, progress);
    QCOMPARE(latents.mean.shape(), (std::vector<int64_t>{10, 2}));
    for (int64_t n = 0; n < 10; ++n) {
        QCOMPARE(latents.mean.at(n, 0), static_cast<float>(8 * n + 1));
        QCOMPARE(latents.mean.at(n, 1), static_cast<float>(8 * n));
        QCOMPARE(latents.id[static_cast<size_t>(n)], "galaxy-" + std::to_string(n));
    }
    QCOMPARE(latents.data, std::string("/data/counting.h5"));
    QVERIFY(latents.logvar.empty() && latents.responsibility.empty() && latents.score.empty());
    QVERIFY(latents.component.empty() && latents.reconstructionError.empty());
    QCOMPARE(static_cast<int>(progress.done.size()), (10 + batch - 1) / batch);
    QCOMPARE(progress.done.back(), 10);
}

void TestEmbed::reconstructionErrorIsThePixelMean() {
    const Latents latents = embed(HalvesModel(), CountingData(5), {.batch = 2, .reconstruct = true});
    // The first pixel is 1 above its half's seven others: off by 7/8 there and by 1/8 seven times.
    const double expected = (49.0 / 64 + 7.0 / 64) / 16;
    QCOMPARE(latents.reconstructionError.size(), size_t{5});
    for (const double error : latents.reconstructionError)
        QVERIFY(std::abs(error - expected) < 1e-6);
}

void TestEmbed::mixtureGivesComponents() {
    HalvesModel model;
    model.card_.mixture = {2, 2, {0.5, 0.5}, {0, 0, 80, 80}, {100, 100, 100, 100}};
    const Latents latents = embed(model, CountingData(11), {.batch = 4});
    QCOMPARE(latents.responsibility.shape(), (std::vector<int64_t>{11, 2}));
    QCOMPARE(latents.component.front(), 0);
    QCOMPARE(latents.component.back(), 1);
    const Array direct = responsibilities(model.card_.mixture, latents.mean);
    QVERIFY(
        std::equal(direct.values().begin(), direct.values().end(), latents.responsibility.values().begin()));
}

void TestEmbed::variancesAndScoresFollowTheModel() {
    HalvesModel model;
    model.variances = true;
    model.card_.methods.push_back("score");
    const Latents latents = embed(model, CountingData(7), {.batch = 3});
    QCOMPARE(latents.logvar.shape(), (std::vector<int64_t>{7, 2}));
    QCOMPARE(latents.logvar.at(6, 1), -1.5F);
    QCOMPARE(latents.score, (std::vector<double>{10, 20, 30, 40, 50, 60, 70}));
}

void TestEmbed::readingRunsBeside() {
    const CountingData data(4);
    embed(HalvesModel(), data, {.batch = 1});
    QVERIFY(data.otherThread);
}

void TestEmbed::emptyDataGiveEmptyLatents() {
    const Latents latents = embed(HalvesModel(), CountingData(0), {.reconstruct = true});
    QCOMPARE(latents.mean.shape(), (std::vector<int64_t>{0, 2}));
    QCOMPARE(latents.size(), 0);
}

void TestEmbed::wrongInputIsRefused() {
    CountingData data(3);
    data.info_.width = 5;
    try {
        embed(HalvesModel(), data, {});
        QFAIL("images of another size were accepted");
    } catch (const UsageError& error) {
        QVERIFY(QString(error.what()).contains("1×4×5") && QString(error.what()).contains("1×4×4"));
    }
    QVERIFY_THROWS_EXCEPTION(UsageError, embed(HalvesModel(), CountingData(3), {.batch = 0}));
}

void TestEmbed::misbehavingModelsAreNamed() {
    HalvesModel spoiled;
    spoiled.spoiledImage = 4;
    try {
        embed(spoiled, CountingData(6), {.batch = 3});
        QFAIL("NaN was accepted");
    } catch (const ModelError& error) {
        QVERIFY(QString(error.what()).contains("galaxy-4"));
    }
    HalvesModel wide;
    wide.extraColumns = 1;
    QVERIFY_THROWS_EXCEPTION(ModelError, embed(wide, CountingData(6), {}));
}

void TestEmbed::readErrorsArrive() {
    CountingData data(9);
    data.brokenRow = 7;
    QVERIFY_THROWS_EXCEPTION(InputError, embed(HalvesModel(), data, {.batch = 2}));
}

void TestEmbed::stopIsObeyed() {
    std::stop_source source;
    Recorder progress;
    progress.stopAfterFirst = &source;
    QVERIFY_THROWS_EXCEPTION(
        Interrupted, embed(HalvesModel(), CountingData(9), {.batch = 2}, source.get_token(), progress));
    QCOMPARE(progress.done, std::vector<int64_t>{2});
}

QTEST_GUILESS_MAIN(TestEmbed)
#include "test_embed.moc"
