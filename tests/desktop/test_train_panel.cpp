// Training in the real window: options, live curves, pause, stop, resume; the result opens by itself.

#include <cmath>

#include <QApplication>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

#include "app/desktop/main_window.h"
#include "app/desktop/opener.h"
#include "app/desktop/panels/train_panel.h"
#include "core/random.h"
#include "models/model_file.h"
#include "models/registry.h"
#include "nn/device.h"
#include "tests/desktop/opened_window.h"
#include "widgets/binding/option_form.h"
#include "widgets/charts/line_chart.h"

using namespace galatea;

namespace {

DataContent blobs() {
    constexpr int64_t count = 60, side = 16;
    Array images({count, 1, side, side});
    RandomStream random(2, "blobs");
    for (int64_t n = 0; n < count; ++n) {
        const double width = random.uniform(1, 3);
        for (int64_t y = 0; y < side; ++y)
            for (int64_t x = 0; x < side; ++x) {
                const double dx = double(x) - 7.5, dy = double(y) - 7.5;
                images.at(n, 0, y, x) = float(std::exp(-(dx * dx + dy * dy) / (2 * width * width)));
            }
    }
    DatasetInfo info;
    info.name = "blobs";
    DataContent content;
    content.source = content.data = makeMemoryDataset(info, images, {});
    return content;
}

struct Opened {
    Workspace workspace;
    std::unique_ptr<MainWindow> window;
    QTemporaryDir folder;

    Opened() {
        window = std::make_unique<MainWindow>(workspace, false);
        window->resize(1400, 900);
        window->show();
        QApplication::setActiveWindow(window.get());
    }
    ~Opened() {
        workspace.jobs.cancelAll();
        window.reset();
    }
    TrainPanel& panel() { return window->trainPanel(); }
    template <class Widget>
    Widget* find(const char* name) {
        return panel().findChild<Widget*>(name);
    }
    void click(const char* name) { QTest::mouseClick(find<QPushButton>(name), Qt::LeftButton); }

    /// A small network on small images; `epochs` of some milliseconds each.
    void prepare(int epochs) {
        window->opener().adopt(blobs(), {});
        auto* dock = window->findChild<QDockWidget*>("trainDock");
        dock->show();
        dock->raise();
        panel().chooseFamily("astrovader");
        panel().setOutput(folder.filePath("model.safetensors"));
        const auto type = [](OptionForm& form, const char* name, const QString& text) {
            auto* control = qobject_cast<QLineEdit*>(form.control(name));
            QVERIFY2(control, name);
            control->setFocus();
            control->selectAll();
            QTest::keyClicks(control, text);
            QTest::keyClick(control, Qt::Key_Return);
        };
        OptionForm& model = panel().modelForm();
        type(model, "latent", "3");
        type(model, "components", "2");
        type(model, "periods", "0");
        type(model, "gamma_epochs", QString::number(epochs));
        type(model, "filters", "4, 4");
        type(model, "kernels", "3, 3");
        type(model, "decoder_kernels", "3, 3");
        type(panel().trainingForm(), "batch", "20");
    }
    qsizetype epochsShown() {
        return static_cast<qsizetype>(
            panel().chart().series().empty() ? 0 : panel().chart().series().front().points.size());
    }
};

} // namespace

class TestTrainPanel : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { setThreads(1); }

    void saysWhatItNeeds() {
        Opened opened;
        QVERIFY(opened.find<QLabel>("trainEmpty")->text().contains("Open images"));
        QVERIFY(!opened.find<QPushButton>("trainStart")->isVisible());
        opened.prepare(5);
        QTRY_VERIFY(opened.find<QPushButton>("trainStart")->isVisible());
        QVERIFY(opened.find<QPushButton>("trainStart")->isEnabled());
        QVERIFY(!opened.find<QPushButton>("trainStop")->isEnabled());
        QVERIFY(opened.find<QLabel>("trainFacts")->text().contains("60 images"));
        QCOMPARE(made::unnamedControl(opened.panel()), QString());
        // Every family and every one of its options has a control.
        QCOMPARE(size_t(opened.find<QComboBox>("trainFamily")->count()), modelFamilies().size());
        for (const ModelFamily& family : modelFamilies()) {
            opened.panel().chooseFamily(QString::fromStdString(family.name));
            for (const Json& option : family.optionHelp())
                QVERIFY2(opened.panel().modelForm().control(
                             QString::fromStdString(option["name"].get<std::string>())),
                         option["name"].get<std::string>().c_str());
        }
    }

    void resultOpensByItself() {
        Opened opened;
        opened.prepare(4);
        opened.click("trainStart");
        QVERIFY(opened.panel().running());
        QTRY_VERIFY_WITH_TIMEOUT(!opened.panel().running(), 60'000);
        QCOMPARE(opened.find<QLabel>("trainStatus")->text(), QString("Done"));
        QCOMPARE(opened.epochsShown(), 4);
        QCOMPARE(opened.panel().chart().series().at(1).points.size(), size_t(4));
        const QString path = opened.folder.filePath("model.safetensors");
        QCOMPARE(loadModel(path.toStdString())->card().latent, int64_t(3));
        QTRY_COMPARE_WITH_TIMEOUT(opened.workspace.document.model().path, path, 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(opened.workspace.document.latents().latents != nullptr, 30'000);
        QVERIFY(!QFile::exists(opened.folder.filePath("model.checkpoint.safetensors")));
    }

    void pausedStoppedResumed() {
        Opened opened;
        opened.prepare(400);
        opened.click("trainStart");
        QTRY_VERIFY_WITH_TIMEOUT(opened.epochsShown() >= 3, 60'000);
        opened.click("trainPause");
        QVERIFY(opened.panel().paused());
        QTest::qWait(300); // the step in progress ends, what it told arrives
        const qsizetype before = opened.epochsShown();
        QTest::qWait(500);
        QCOMPARE(opened.epochsShown(), before);
        QVERIFY(opened.find<QLabel>("trainStatus")->text().startsWith("Paused"));
        opened.click("trainPause"); // says Resume now
        QTRY_VERIFY_WITH_TIMEOUT(opened.epochsShown() > before, 30'000);
        opened.click("trainPause");
        opened.click("trainStop"); // also from a pause
        QTRY_VERIFY_WITH_TIMEOUT(!opened.panel().running(), 30'000);
        QVERIFY(opened.find<QLabel>("trainStatus")->text().startsWith("Stopped"));
        QVERIFY(QFile::exists(opened.folder.filePath("model.checkpoint.safetensors")));
        QVERIFY(!QFile::exists(opened.folder.filePath("model.safetensors")));
        const qsizetype stopped = opened.epochsShown();
        QCOMPARE(opened.find<QPushButton>("trainPause")->text(), QString("Resume"));
        opened.click("trainPause");
        QTRY_VERIFY_WITH_TIMEOUT(opened.epochsShown() > stopped + 2, 30'000);
        // Each epoch once, in order.
        const auto& points = opened.panel().chart().series().front().points;
        for (size_t i = 0; i < points.size(); ++i)
            QCOMPARE(points[i].x(), double(i + 1));
        opened.click("trainStop");
        QTRY_VERIFY_WITH_TIMEOUT(!opened.panel().running(), 30'000);
    }

    void faultsAreSaid() {
        Opened opened;
        opened.prepare(3);
        opened.panel().setOutput("/nowhere/at/all/model.safetensors");
        opened.click("trainStart");
        QVERIFY(!opened.panel().running()); // at once, not after the last epoch
        QVERIFY2(opened.find<QLabel>("trainStatus")->text().contains("/nowhere/at/all"),
                 qPrintable(opened.find<QLabel>("trainStatus")->text()));
        opened.panel().setOutput(opened.folder.filePath("model.safetensors"));
        auto* kernels = qobject_cast<QLineEdit*>(opened.panel().modelForm().control("kernels"));
        kernels->selectAll();
        QTest::keyClicks(kernels, "2, 3");
        opened.click("trainStart");
        QVERIFY(!opened.panel().running());
        QVERIFY2(opened.find<QLabel>("trainStatus")->text().contains("kernel"),
                 qPrintable(opened.find<QLabel>("trainStatus")->text()));
        // What only training finds out is said as well: images that cannot be halved so often.
        kernels->selectAll();
        QTest::keyClicks(kernels, "3, 3, 3, 3, 3");
        for (const char* name : {"filters", "decoder_kernels"}) {
            auto* control = qobject_cast<QLineEdit*>(opened.panel().modelForm().control(name));
            control->selectAll();
            QTest::keyClicks(control, "3, 3, 3, 3, 3");
        }
        opened.click("trainStart");
        QTRY_VERIFY_WITH_TIMEOUT(!opened.panel().running(), 60'000);
        QVERIFY2(opened.find<QLabel>("trainStatus")->text().contains("halved"),
                 qPrintable(opened.find<QLabel>("trainStatus")->text()));
        QVERIFY(!QFile::exists(opened.folder.filePath("model.safetensors")));
    }
};

QTEST_MAIN(TestTrainPanel)
#include "test_train_panel.moc"
