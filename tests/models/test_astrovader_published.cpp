// The weights released with the paper, against values computed with an independent float64 implementation.

#include <cmath>

#include <QFile>
#include <QtTest>

#include "io/hdf5.h"
#include "models/astrovader/keras.h"
#include "models/model_file.h"
#include "nn/device.h"

using namespace galatea;

namespace {

const QString folder = QStringLiteral(GALATEA_SOURCE_DIR "/../shared/data/astrovader-published/");

double largestDifference(const Array& a, const Array& b) {
    if (a.shape() != b.shape())
        return INFINITY;
    double largest = 0;
    const Array x = a.contiguousCopy(), y = b.contiguousCopy();
    for (size_t i = 0; i < x.values().size(); ++i)
        largest = std::max(largest, std::abs(double(x.values()[i]) - double(y.values()[i])));
    return largest;
}

} // namespace

class TestAstroVaDErPublished : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() {
        if (!QFile::exists(folder + "golden.h5"))
            QSKIP("the published weights are not here (shared/data/astrovader-published)");
        setThreads(0);
        model_ = readKerasAstroVaDEr((folder + "saved_weights.h5").toStdString());
        golden_ = std::make_unique<Hdf5Reader>((folder + "golden.h5").toStdString());
    }

    void cardDescribesThePaper() {
        const ModelCard& card = model_->card();
        QCOMPARE(card.family, std::string("astrovader"));
        QCOMPARE(card.latent, int64_t{20});
        QCOMPARE(card.input.height, int64_t{128});
        QCOMPARE(card.input.channels, int64_t{1});
        QCOMPARE(card.mixture.components, int64_t{12});
        QCOMPARE(card.options.at("filters").dump(), std::string("[64,64,16]"));
        QCOMPARE(card.options.at("kernels").dump(), std::string("[3,5,5]"));
    }

    void encodesAndDecodesAsTheReference() {
        const Encoding encoding = model_->encode(golden_->readFloat("/x"));
        QVERIFY(largestDifference(encoding.mean, golden_->readFloat("/mean")) < 1e-3);
        QVERIFY(largestDifference(encoding.logvar, golden_->readFloat("/logvar")) < 1e-3);
        const Array decoded = model_->decode(golden_->readFloat("/z")).mean;
        QVERIFY(largestDifference(decoded, golden_->readFloat("/decoded")) < 1e-3);
        const Array reconstruction = model_->decode(encoding.mean).mean;
        QVERIFY(largestDifference(reconstruction, golden_->readFloat("/reconstruction")) < 1e-3);
    }

    void mixtureIsTheReference() {
        const GaussianMixture& mixture = model_->card().mixture;
        const auto close = [](const std::vector<double>& a, const std::vector<double>& b) {
            if (a.size() != b.size())
                return false;
            for (size_t i = 0; i < a.size(); ++i)
                if (std::abs(a[i] - b[i]) > 1e-6)
                    return false;
            return true;
        };
        QVERIFY(close(mixture.weights, golden_->readDoubles("/mixture/weights")));
        QVERIFY(close(mixture.means, golden_->readDoubles("/mixture/means")));
        QVERIFY(close(mixture.variances, golden_->readDoubles("/mixture/variances")));
        const Array mean = golden_->readFloat("/mean");
        QVERIFY(largestDifference(jointLogProbability(mixture, mean), golden_->readFloat("/log_prob")) <
                1e-3);
        QVERIFY(largestDifference(responsibilities(mixture, mean), golden_->readFloat("/responsibility")) <
                1e-3);
    }

    void survivesOurOwnFile() {
        QTemporaryDir place;
        const std::string path = place.filePath("published.safetensors").toStdString();
        saveModel(*model_, path);
        const ModelPtr again = loadModel(path);
        const Array z = golden_->readFloat("/z");
        QCOMPARE(largestDifference(again->decode(z).mean, model_->decode(z).mean), 0.0);
        QCOMPARE(again->card().mixture.means, model_->card().mixture.means);
    }

  private:
    ModelPtr model_;
    std::unique_ptr<Hdf5Reader> golden_;
};

QTEST_GUILESS_MAIN(TestAstroVaDErPublished)
#include "test_astrovader_published.moc"
