// galatea-cli fit, evaluate inversion, samples and redshift, on simulated stamps and an untrained model.

#include <QJsonArray>
#include <QTemporaryDir>
#include <QtTest>

#include "cli_process.h"
#include "data/open_dataset.h"
#include "latent/latents.h"
#include "models/lsgan/lsgan.h"
#include "models/model_file.h"

using namespace galatea;

class TestCliFit : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    QString path(const char* name) const { return folder_.filePath(name); }

  private Q_SLOTS:
    void initTestCase() {
        ModelInput input;
        input.channels = 3;
        input.height = input.width = 16;
        input.bands = {"g", "r", "i"};
        input.offset = {0, 0, 0};
        input.scale = {0.1, 0.1, 0.1};
        input.stretch = "asinh";
        saveModel(*randomLsgan(input, {{"latent", 5}, {"width", 8}, {"blocks", 2}}, 3),
                  path("m.safetensors").toStdString());
        const CliRun run =
            runCli({"simulate", "-n", "120", "--size", "16", "--bands", "gri", "-o", path("d.h5")});
        QVERIFY2(run.exitCode == 0, run.report());
    }

    void fitsWithAHiddenBand() {
        const CliRun run = runCli({"fit", path("m.safetensors"), path("d.h5"), "--index", "3,7",
                                   "--mask-bands", "r", "--starts", "2", "--steps", "5", "--latents",
                                   path("z.h5"), "--curves", path("c.csv"), "-o", path("fit.h5"), "--json"});
        QVERIFY2(run.exitCode == 0, run.report());
        QCOMPARE(run.json()["fits"].toArray().size(), 2);
        // observed, hidden, fit, mean, spread and two starts of each object
        const DatasetPtr fits = openDataset(path("fit.h5").toStdString());
        QCOMPARE(fits->size(), int64_t(14));
        const Column* kind = fits->catalog().find("kind");
        QVERIFY(kind && kind->text(0) == "observed" && kind->text(1) == "hidden" && kind->text(9) == "fit");
        const DatasetPtr data = openDataset(path("d.h5").toStdString());
        const Array observed = fits->readOne(7), original = data->readOne(7), hidden = fits->readOne(8);
        for (int64_t i = 0; i < observed.size(); ++i)
            QCOMPARE(observed.values()[size_t(i)], original.values()[size_t(i)]);
        for (int64_t p = 0; p < 256; ++p) {
            QCOMPARE(hidden.data()[256 + p], 0.0f);
            QCOMPARE(hidden.data()[p], original.data()[p]);
        }
        // The latents beside the fit are those that draw it.
        const ModelPtr model = loadModel(path("m.safetensors").toStdString());
        const Latents latents = readLatents(path("z.h5").toStdString());
        QCOMPARE(latents.id.size(), size_t(2));
        const Array drawn = model->decode(latents.mean).mean.contiguousCopy(), fit = fits->readOne(9);
        for (int64_t i = 0; i < fit.size(); ++i)
            QVERIFY(std::abs(drawn.data()[fit.size() + i] - fit.data()[i]) <
                    1e-4f * (1 + std::abs(fit.data()[i])));
        QVERIFY(std::abs(fits->catalog().find("z_0")->number(9) - double(latents.mean.at(1, 0))) < 1e-6);
    }

    void refinesAHiddenBand() {
        const QStringList start{
            "fit", path("m.safetensors"), path("d.h5"), "--index",     "3,7", "--starts",  "1", "--steps",
            "5",   "--mask-bands",        "r",          "--best-only", "-o",  path("r.h5")};
        const CliRun run = runCli(start + QStringList{"--refine", "30"});
        QVERIFY2(run.exitCode == 0, run.report());
        const DatasetPtr fits = openDataset(path("r.h5").toStdString());
        QCOMPARE(fits->size(), int64_t(4)); // fit and refined of each
        QCOMPARE(fits->catalog().find("kind")->text(1), std::string("refined"));
        const DatasetPtr data = openDataset(path("d.h5").toStdString());
        // An untrained model knows nothing of the band; the other bands do.
        double fitted = 0, refined = 0;
        for (const int64_t n : {0, 1}) {
            const Array truth = data->readOne(n == 0 ? 3 : 7), fit = fits->readOne(2 * n),
                        better = fits->readOne(2 * n + 1);
            for (int64_t p = 256; p < 512; ++p) {
                fitted += std::pow(double(fit.data()[p]) - double(truth.data()[p]), 2);
                refined += std::pow(double(better.data()[p]) - double(truth.data()[p]), 2);
            }
        }
        QVERIFY2(refined < 0.5 * fitted, qPrintable(QString("%1 %2").arg(refined).arg(fitted)));
        for (const QStringList& wrong : {QStringList{"--refine", "3"}, QStringList{"--refine", "-1"}}) {
            const CliRun refused =
                runCli(start.mid(0, start.size() - 1) + QStringList{path("no.h5")} + wrong);
            QVERIFY2((refused.exitCode == 2 || refused.exitCode == 3) && refused.oneErrorLine(),
                     refused.report());
            QVERIFY(!QFile::exists(path("no.h5")));
        }
        const CliRun nothingHidden = runCli({"fit", path("m.safetensors"), path("d.h5"), "--index", "3",
                                             "--refine", "30", "-o", path("no.h5")});
        QVERIFY2(nothingHidden.exitCode == 2 && nothingHidden.oneErrorLine(), nothingHidden.report());
    }

    void refusesWhatDoesNotFit() {
        const QStringList start{"fit", path("m.safetensors"), path("d.h5"), "-o", path("no.h5")};
        for (const QStringList& wrong :
             {QStringList{"--index", "120"}, QStringList{"--mask-bands", "y"},
              QStringList{"--mask-bands", "g,r,i"}, QStringList{"--set", "starts=0"},
              QStringList{"--mask", path("d.h5") + "x"}}) {
            const CliRun run = runCli(start + wrong);
            QVERIFY2((run.exitCode == 2 || run.exitCode == 3) && run.oneErrorLine(), run.report());
            QVERIFY(!QFile::exists(path("no.h5")));
        }
    }

    void evaluates() {
        CliRun run = runCli({"evaluate", "inversion", path("m.safetensors"), path("d.h5"), "--count", "10",
                             "--steps", "10", "--hide", "r", "--starts", "2", "--references", "40", "--plots",
                             path("plots"), "--json"});
        QVERIFY2(run.exitCode == 0, run.report());
        QJsonObject json = run.json();
        QVERIFY(json["fit_below_embedder_only"].toDouble() > 0.9);
        const QJsonObject hidden = json["hidden"].toArray()[0].toObject();
        QVERIFY(hidden["refined"].toObject()["mean"].toDouble() <
                hidden["mean_of_fills"].toObject()["mean"].toDouble());
        QVERIFY(hidden.contains("linear_3x3"));
        QVERIFY(QFile::exists(path("plots/best-fits.png")) && QFile::exists(path("plots/hidden-r.png")));
        run = runCli({"evaluate", "samples", path("m.safetensors"), path("d.h5"), "-n", "50", "--json"});
        QVERIFY2(run.exitCode == 0, run.report());
        json = run.json();
        QVERIFY(json["half_to_half"].toObject()["pixels"].toDouble() <
                json["samples_to_half"].toObject()["pixels"].toDouble());
        run = runCli({"embed", path("m.safetensors"), path("d.h5"), "-o", path("e.h5")});
        QVERIFY2(run.exitCode == 0, run.report());
        // A mixture of the latents is drawn from instead of the prior.
        run = runCli({"mixture", path("e.h5"), "-k", "3", "--covariance", "full", "-o", path("mix.h5")});
        QVERIFY2(run.exitCode == 0, run.report());
        run = runCli({"evaluate", "samples", path("m.safetensors"), path("d.h5"), "-n", "50", "--mixture",
                      path("mix.h5"), "--json"});
        QVERIFY2(run.exitCode == 0, run.report());
        const double ofPrior = json["samples_to_half"].toObject()["latents"].toDouble(),
                     ofMixture = run.json()["samples_to_half"].toObject()["latents"].toDouble();
        QVERIFY2(ofMixture < ofPrior, qPrintable(QString("%1 %2").arg(ofMixture).arg(ofPrior)));
        run = runCli({"sample", path("m.safetensors"), "-n", "9", "--mixture", path("mix.h5"), "--component",
                      "1", "-o", path("s.h5")});
        QVERIFY2(run.exitCode == 0, run.report());
        const DatasetPtr drawn = openDataset(path("s.h5").toStdString());
        const Column* component = drawn->catalog().find("component");
        QVERIFY(component && component->number(0) == 1 && component->number(8) == 1);
        saveModel(*randomLsgan(loadModel(path("m.safetensors").toStdString())->card().input,
                               {{"latent", 4}, {"width", 8}, {"blocks", 2}}, 3),
                  path("other.safetensors").toStdString());
        run = runCli({"sample", path("other.safetensors"), "-n", "9", "--mixture", path("mix.h5"), "-o",
                      path("t.h5")});
        QVERIFY2(run.exitCode == 2 && run.oneErrorLine(), run.report());
        run = runCli({"evaluate", "redshift", path("e.h5"), "--catalogue", path("d.h5"), "--json"});
        QVERIFY2(run.exitCode == 0, run.report());
        json = run.json()["features"].toObject();
        for (const char* kind :
             {"latents", "catalogue_magnitudes", "aperture_magnitudes", "latents_and_aperture"})
            QCOMPARE(json[kind].toObject()["objects"].toInt(), 120);
        run = runCli({"evaluate", "redshift", path("e.h5"), "--catalogue", path("d.h5"), "--column", "type"});
        QVERIFY2(run.exitCode == 2 && run.oneErrorLine(), run.report());
    }
};

QTEST_GUILESS_MAIN(TestCliFit)
#include "test_cli_fit.moc"
