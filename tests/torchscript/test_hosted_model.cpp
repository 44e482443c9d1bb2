// Strangers' TorchScript, made by Python's torch: the good ones give Python's numbers, the bad ones one
// plain sentence each, and this process lives.

#include <QTest>

#include <atomic>
#include <filesystem>
#include <limits>
#include <thread>

#include <sys/wait.h>

#include "core/error.h"
#include "io/regular_file.h"
#include "sandbox/shared_area.h"
#include "sandbox/walled_process.h"
#include "tests/torchscript/made_models.h"
#include "torchscript/host_protocol.h"
#include "torchscript/open_model.h"

using namespace galatea;

namespace {

/// Short, so that models that never end do not hold the tests up.
const HostLimits quick{int64_t{512} << 20, 10, 3, 1};

size_t openDescriptors() {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                                             std::filesystem::directory_iterator()));
}

} // namespace

class TestHostedModel : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase();
    void numbersArePythons_data();
    void numbersArePythons();
    void cardScaleIsApplied();
    void probing_data();
    void probing();
    void incompleteCardIsFilledIn();
    void cardClaimsAreNoted();
    void methodsAndShapesAreRequired();
    void answersThatAreFine();
    void badAnswers_data();
    void badAnswers();
    void badFiles_data();
    void badFiles();
    void nothingIsOpenedOrWritten();
    void residentMemoryIsWatched();
    void severalThreads();
    void emptyBatch();
    void nothingIsLeftBehind();

  private:
    ModelPtr open(const std::string& name, const HostLimits& limits = quick) {
        return openModel(models_.path(name), limits);
    }
    Array latents(int64_t rows = 3) const { return models_.floats("z", {70, 4}).slice(0, rows).copy(); }
    Array images() const { return models_.floats("x", {70, 1, 32, 32}); }
    void requireGoodStillWorks();
    MadeModels models_;
};

void TestHostedModel::initTestCase() {
    QString reason;
    if (!models_.make(reason)) {
        if (reason.startsWith(QStringLiteral("needs")))
            QSKIP(qPrintable(reason));
        QFAIL(qPrintable(reason));
    }
}

void TestHostedModel::requireGoodStillWorks() {
    QVERIFY(largestDifference(open("good_card.pt")->decode(latents(70)).mean,
                              models_.floats("decoded", {70, 1, 32, 32})) < 1e-6);
}

void TestHostedModel::numbersArePythons_data() {
    QTest::addColumn<QString>("file");
    QTest::newRow("no card") << "good.pt";
    QTest::newRow("card") << "good_card.pt";
    QTest::newRow("deflated archive") << "deflated.pt";
    QTest::newRow("named safetensors") << "renamed.safetensors";
}

void TestHostedModel::numbersArePythons() {
    QFETCH(QString, file);
    const ModelPtr model = open(file.toStdString());
    QCOMPARE(model->card().latent, 4);
    QCOMPARE(model->card().input.height, 32);
    QCOMPARE(model->card().family, std::string("custom"));
    QVERIFY(model->card().can("encode") && model->card().can("decode") && model->card().can("score"));
    const Encoding encoding = model->encode(images());
    QVERIFY(largestDifference(encoding.mean, models_.floats("mean", {70, 4})) < 1e-6);
    QVERIFY(largestDifference(encoding.logvar, models_.floats("logvar", {70, 4})) < 1e-6);
    const Decoding decoding = model->decode(models_.floats("z", {70, 4}));
    QVERIFY(largestDifference(decoding.mean, models_.floats("decoded", {70, 1, 32, 32})) < 1e-6);
    QVERIFY(decoding.variance.empty());
    QVERIFY(largestDifference(model->score(images()), models_.floats("score", {70})) < 1e-5);
    // Strided input: every second latent of a wider array.
    Array wide({70, 8});
    const Array z = models_.floats("z", {70, 4});
    for (int64_t n = 0; n < 70; ++n)
        for (int64_t d = 0; d < 4; ++d)
            wide.at(n, 2 * d) = z.at(n, d);
    const Array view = wide.reshaped({70, 4, 2}).permuted({2, 0, 1}).row(0);
    QVERIFY(!view.contiguous());
    QVERIFY(largestDifference(model->decode(view).mean, decoding.mean) == 0);
    QCOMPARE(model->card().name, std::string(file == "good.pt" ? "good" : "test net"));
}

void TestHostedModel::cardScaleIsApplied() {
    // The network sees (x − 0.25) / −2, and its images come back by the inverse.
    const ModelPtr model = open("scaled_card.pt"), plain = open("good_card.pt");
    Array seen = images();
    for (float& value : seen.values())
        value = (value - 0.25f) / -2.0f;
    QVERIFY(largestDifference(model->encode(images()).mean, plain->encode(seen).mean) < 1e-6);
    Array expected = plain->decode(latents()).mean;
    for (float& value : expected.values())
        value = value * -2.0f + 0.25f;
    QVERIFY(largestDifference(model->decode(latents()).mean, expected) < 1e-6);
}

void TestHostedModel::probing_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QList<int>>("sizes"); // channels, height, width, latent
    QTest::addColumn<QString>("methods");
    QTest::newRow("any image size") << "good.pt" << QList<int>{1, 32, 32, 4} << "encode,decode,score";
    QTest::newRow("variance") << "variance.pt" << QList<int>{1, 32, 32, 4} << "encode,decode,score";
    QTest::newRow("linear only") << "flat.pt" << QList<int>{3, 28, 28, 7} << "encode,decode";
    QTest::newRow("decode only") << "decode_only.pt" << QList<int>{2, 48, 48, 11} << "decode";
    QTest::newRow("forward encodes") << "forward_encodes.pt" << QList<int>{3, 69, 69, 9} << "encode";
    QTest::newRow("forward decodes") << "forward_decodes.pt" << QList<int>{1, 64, 64, 6} << "decode";
    QTest::newRow("forward rebuilds") << "forward_rebuilds.pt" << QList<int>{1, 64, 64, 0} << "";
}

void TestHostedModel::probing() {
    QFETCH(QString, file);
    QFETCH(QList<int>, sizes);
    QFETCH(QString, methods);
    const ModelPtr model = open(file.toStdString());
    const ModelCard& card = model->card();
    QCOMPARE((QList<int>{int(card.input.channels), int(card.input.height), int(card.input.width),
                         int(card.latent)}),
             sizes);
    QStringList found;
    for (const std::string& method : card.methods)
        found << QString::fromStdString(method);
    QCOMPARE(found.join(','), methods);
    QVERIFY(!model->notes().empty());
    if (card.can("decode"))
        QCOMPARE(model->decode(Array({2, card.latent})).mean.shape(),
                 (std::vector<int64_t>{2, card.input.channels, card.input.height, card.input.width}));
    if (card.can("encode"))
        QCOMPARE(
            model->encode(Array({2, card.input.channels, card.input.height, card.input.width})).mean.shape(),
            (std::vector<int64_t>{2, card.latent}));
}

void TestHostedModel::incompleteCardIsFilledIn() {
    const ModelPtr model = open("no_latent.pt");
    QCOMPARE(model->card().latent, 4);
    QCOMPARE(model->card().name, std::string("test net"));
    QCOMPARE(model->card().input.bands, std::vector<std::string>{"r"});
}

void TestHostedModel::cardClaimsAreNoted() {
    const ModelPtr claims = open("claims.pt");
    QCOMPARE(claims->card().family, std::string("custom"));
    QCOMPARE(claims->card().methods, (std::vector<std::string>{"encode", "decode"}));
    QCOMPARE(claims->notes().size(), size_t{2});
    const ModelPtr promises = open("promises.pt");
    QCOMPARE(promises->card().methods, std::vector<std::string>{"decode"});
    QVERIFY_EXCEPTION_THROWN(promises->encode(Array({1, 2, 48, 48})), ModelError);
    QVERIFY_EXCEPTION_THROWN(open("mismatch.pt")->decode(Array({1, 7})), ModelError);
    QVERIFY(!open("outside.pt")->notes().empty());
}

void TestHostedModel::methodsAndShapesAreRequired() {
    const ModelPtr model = open("good_card.pt");
    QVERIFY_EXCEPTION_THROWN(model->decode(Array({2, 5})), UsageError);
    QVERIFY_EXCEPTION_THROWN(model->decode(Array({4})), UsageError);
    QVERIFY_EXCEPTION_THROWN(model->encode(Array({2, 1, 16, 64})), UsageError);
    QVERIFY_EXCEPTION_THROWN(open("decode_only.pt")->score(Array({1, 2, 48, 48})), ModelError);
}

void TestHostedModel::answersThatAreFine() {
    const Decoding pair = open("variance.pt")->decode(latents());
    QCOMPARE(pair.variance.shape(), pair.mean.shape());
    for (size_t i = 0; i < pair.mean.values().size(); ++i)
        QVERIFY(std::abs(pair.variance.values()[i] - (pair.mean.values()[i] * pair.mean.values()[i] + 1)) <
                1e-5);
    QVERIFY(largestDifference(open("doubles.pt")->decode(latents()).mean,
                              models_.floats("decoded", {70, 1, 32, 32}).slice(0, 3).copy()) < 1e-6);
    const Array ones = open("expanded_fits.pt")->decode(latents()).mean;
    QVERIFY(std::all_of(ones.values().begin(), ones.values().end(), [](float v) { return v == 1; }));
    QCOMPARE(open("prints.pt")->decode(latents()).mean.dim(0), 3);
    const ModelPtr infinite = open("some_nan.pt");
    QVERIFY(infinite->notes().empty());
    QVERIFY(std::isinf(infinite->decode(latents()).mean.at(0, 0, 0, 0)));
    infinite->decode(latents());
    QCOMPARE(infinite->notes().size(), size_t{1});
    const ModelPtr negative = open("negative_variance.pt");
    QCOMPARE(negative->decode(latents()).variance.at(0, 0, 0, 0), -1.0f);
    QCOMPARE(negative->notes().size(), size_t{1});
}

void TestHostedModel::badAnswers_data() {
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const char* says) { QTest::newRow(name) << says; };
    row("loops", "within 3 s");
    row("long_kernel", "within 3 s");
    row("huge", "memory");
    row("grows", "memory");
    row("exits", "signal 8");
    row("raises", "error while running decode: \"no\"");
    row("out_of_range", "out of range");
    row("shape", "[3, 1, 16, 64]");
    row("rows", "[5, 1, 32, 32]");
    row("scalar", "[]");
    row("nan", "finite");
    row("integers", "floating");
    row("complex", "floating");
    row("meta", "dense tensor");
    row("sparse", "dense tensor");
    row("expanded", "[3, 1, 1000000, 1000000]");
    row("string", "String");
    row("nested", "Tuple");
    row("three", "Tuple");
    row("encode_nan", "finite");
    row("encode_wide", "[70, 5]");
}

void TestHostedModel::badAnswers() {
    QFETCH(QString, says);
    const std::string name = QTest::currentDataTag();
    HostLimits limits = quick;
    if (!says.contains("within"))
        limits.secondsPerCall = 60; // only the clock itself is tested against a short limit
    const ModelPtr model = open(name + ".pt", limits);
    const auto callIt = [&] {
        if (name.starts_with("encode"))
            model->encode(images().slice(0, 20));
        else
            model->decode(latents());
    };
    if (says == "[70, 5]")
        says = "[20, 5]";
    // Twice: a host that had to be killed is replaced.
    for (int turn = 0; turn < (says.contains(" s") ? 1 : 2); ++turn)
        try {
            callIt();
            QFAIL("no error");
        } catch (const ModelError& error) {
            const QString text = QString::fromUtf8(error.what());
            QVERIFY2(text.contains(says), qPrintable(text));
            QVERIFY2(text.contains(QString::fromStdString(models_.path(name))), qPrintable(text));
            QVERIFY(!text.contains('\n') && !text.contains(QChar(27)));
            QVERIFY2(text.size() < 600, qPrintable(text));
        }
    // What works still works, after the same accident.
    if (name == "exits" || name == "loops" || name == "grows")
        QVERIFY(largestDifference(model->encode(images().slice(0, 1)).mean, Array({1, 4})) < 100);
    requireGoodStillWorks();
}

void TestHostedModel::badFiles_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, ErrorKind kind, const char* says) {
        QTest::newRow(name) << int(kind) << says;
    };
    row("checkpoint.pt", ErrorKind::Input, "checkpoint");
    row("legacy.pt", ErrorKind::Input, "checkpoint");
    row("cut.pt", ErrorKind::Input, "incomplete");
    row("text.pt", ErrorKind::Input, "no model");
    row("empty.pt", ErrorKind::Input, "empty");
    row("missing.pt", ErrorKind::Input, "missing.pt");
    row("bomb.pt", ErrorKind::Input, "unpacks");
    row("card_bomb.pt", ErrorKind::Input, "1 MB");
    row("bad_card.pt", ErrorKind::Input, "latent");
    row("twice.pt", ErrorKind::Input, "two entries");
    row("short_weight.pt", ErrorKind::Input, "weight");
    row("no_weight.pt", ErrorKind::Input, "load");
    row("no_code.pt", ErrorKind::Input, "checkpoint");
    row("useless.pt", ErrorKind::Model, "none of its methods");
    row("forward_loops.pt", ErrorKind::Model, "within");
}

void TestHostedModel::badFiles() {
    QFETCH(int, kind);
    QFETCH(QString, says);
    HostLimits limits = quick;
    limits.secondsToOpen = 5;
    try {
        open(QTest::currentDataTag(), limits);
        QFAIL("no error");
    } catch (const Error& error) {
        QCOMPARE(int(error.kind()), kind);
        QVERIFY2(QString::fromUtf8(error.what()).contains(says), error.what());
    }
    QVERIFY_EXCEPTION_THROWN(open("."), InputError);
    QVERIFY_EXCEPTION_THROWN(openModel("/dev/zero"), InputError);
}

void TestHostedModel::nothingIsOpenedOrWritten() {
    QVERIFY_EXCEPTION_THROWN(open("writes.pt")->decode(latents()), ModelError);
    QVERIFY(!std::filesystem::exists(models_.path("written")));
    QVERIFY_EXCEPTION_THROWN(open("reads.pt")->decode(latents()), ModelError);
}

void TestHostedModel::residentMemoryIsWatched() {
    const RegularFile file = openRegular(models_.path("good.pt"));
    const SharedArea area = SharedArea::create(minHostAreaBytes);
    WalledStart start{findHelper("galatea-model-host", "GALATEA_MODEL_HOST")};
    start.descriptors = {file.descriptor()};
    WalledProcess host(start);
    QVERIFY(host.alive());
    HostMessage question;
    question.memoryBytes = int64_t{1} << 30;
    question.areaBytes = area.bytes();
    try {
        // Loading takes longer than the pause between two looks.
        host.ask(question, {60, 1 << 20}, area.descriptor());
        QFAIL("no error");
    } catch (const ProcessLost& loss) {
        QCOMPARE(int(loss.end), int(ProcessEnd::Memory));
    }
    QVERIFY(!host.alive());
    // A dead host says so at once.
    QVERIFY_EXCEPTION_THROWN(host.ask(question, {60, int64_t{1} << 40}, area.descriptor()), ProcessLost);
}

void TestHostedModel::severalThreads() {
    const ModelPtr model = open("good_card.pt");
    const Array expected = model->decode(latents()).mean;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i)
                if (largestDifference(model->decode(latents()).mean, expected) != 0)
                    ++wrong;
        });
    for (std::thread& thread : threads)
        thread.join();
    QCOMPARE(wrong.load(), 0);
    // The thread that opened a model may end; the model stays.
    ModelPtr other;
    std::thread([&] { other = open("good_card.pt"); }).join();
    QTest::qWait(50);
    QVERIFY(largestDifference(other->decode(latents()).mean, expected) == 0);
}

void TestHostedModel::emptyBatch() {
    const ModelPtr model = open("good_card.pt");
    QCOMPARE(model->decode(Array({0, 4})).mean.shape(), (std::vector<int64_t>{0, 1, 32, 32}));
    QCOMPARE(model->encode(Array({0, 1, 32, 32})).mean.shape(), (std::vector<int64_t>{0, 4}));
}

void TestHostedModel::nothingIsLeftBehind() {
    open("good_card.pt");
    const size_t before = openDescriptors();
    for (int i = 0; i < 3; ++i) {
        open("good_card.pt")->decode(latents());
        QVERIFY_EXCEPTION_THROWN(open("exits.pt")->decode(latents()), ModelError);
        QVERIFY_EXCEPTION_THROWN(open("no_weight.pt"), InputError);
    }
    QCOMPARE(openDescriptors(), before);
    // No child is left, alive or dead.
    QCOMPARE(waitpid(-1, nullptr, WNOHANG), -1);
    QCOMPARE(errno, ECHILD);
}

QTEST_GUILESS_MAIN(TestHostedModel)
#include "test_hosted_model.moc"
