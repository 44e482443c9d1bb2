// Mixtures and maps in the real window: fitted, chosen, cancelled, undone; what the map shows follows.

#include <cmath>

#include <QDoubleSpinBox>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableWidget>
#include <QToolButton>

#include "app/desktop/analysis.h"
#include "app/desktop/panels/clusters_panel.h"
#include "app/desktop/panels/map_panel.h"
#include "app/desktop/panels/projection_box.h"
#include "app/desktop/panels/sample_panel.h"
#include "mixture/membership.h"
#include "nn/device.h"
#include "tests/desktop/opened_window.h"
#include "widgets/binding/option_form.h"
#include "widgets/charts/bar_chart.h"
#include "widgets/charts/heat_chart.h"
#include "widgets/charts/line_chart.h"

using namespace galatea;

namespace {

struct Opened : made::OpenedWindow {
    ClustersPanel& panel() { return window->clustersPanel(); }
    MapView& map() { return window->mapPanel().view(); }
    bool prepare(int64_t count = 300, bool withMixture = true) {
        if (!withMixture)
            model->dropMixture();
        if (!load(made::galaxies(count)))
            return false;
        raise("clustersDock");
        return true;
    }
    void want(MixtureWish::Method method) {
        find<QComboBox>("clustersMethod")->setCurrentIndex(static_cast<int>(method));
    }
    bool fit() {
        QSignalSpy ended(&panel(), &ClustersPanel::ended);
        click("clustersFit");
        return QTest::qWaitFor([&] { return ended.size() == 1; }, 60000);
    }
    bool measured() {
        return QTest::qWaitFor([this] { return panel().figures() != nullptr; }, 30000);
    }
    /// Makes its control visible first: the panel is longer than the window.
    void press(const char* name) { find<QAbstractButton>(name)->click(); }
    QImage mapPicture() {
        QTest::qWait(300);
        return map().grab().toImage();
    }
    std::vector<float> places() {
        const Array copy = document().map().map.coordinates.copy();
        return {copy.values().begin(), copy.values().end()};
    }
};

} // namespace

class TestClustersPanel : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase() {
        setThreads(1);
        applyTheme(ThemeChoice::Dark);
    }

    void saysWhatItNeeds() {
        Opened opened;
        QVERIFY(opened.find<QLabel>("clustersEmpty")->text().contains("Open latents"));
        QVERIFY(opened.prepare(40, false));
        QVERIFY(opened.find<QPushButton>("clustersFit")->isEnabled());
        QVERIFY(opened.find<QLabel>("clustersPresent")->text().contains("no components yet"));
        QCOMPARE(made::unnamedControl(opened.panel()), QString());
    }

    void aFitColoursTheMapAndIsUndone() {
        Opened opened;
        QVERIFY(opened.prepare(400, false));
        Document& document = opened.document();
        QVERIFY(document.mixture().empty());
        QVERIFY(document.latents().logLikelihood.empty());
        const QImage before = opened.mapPicture();
        opened.want(MixtureWish::Method::Number);
        opened.find<QSpinBox>("clustersComponents")->setValue(3);
        opened.find<QSpinBox>("clustersStarts")->setValue(5);
        QVERIFY(opened.fit());
        QCOMPARE(document.mixture().components, 3);
        QVERIFY(document.mixture().covariance() == Covariance::Full);
        QVERIFY(document.colouring().kind == ColourBy::Kind::Component);
        QCOMPARE(opened.map().classCount(), 3);
        // The whole window sees one and the same mixture.
        const Array& z = document.latents().latents->mean;
        const std::vector<int64_t> expected = largestPerRow(responsibilities(document.mixture(), z));
        QVERIFY(document.latents().latents->component == expected);
        double sum = 0;
        for (const double value : document.latents().logLikelihood)
            sum += value;
        std::vector<double> sorted = document.latents().logLikelihood;
        std::sort(sorted.begin(), sorted.end());
        QVERIFY(*document.latents().ascending == sorted);
        QVERIFY(std::abs(sum / 400 - meanLogLikelihood(document.mixture(), z)) < 1e-4);
        QCOMPARE(componentShapes(document.map(), *document.latents().latents, document.mixture()).size(),
                 size_t(3));
        QVERIFY(opened.mapPicture() != before); // colours and ellipses
        QVERIFY(opened.find<QToolButton>("clustersBack")->isVisible());
        QVERIFY(opened.measured());
        opened.keep("clusters-fit");
        QCOMPARE(document.undoStack().undoText(), QString("fit a mixture of 3"));
        document.undoStack().undo();
        QVERIFY(document.mixture().empty());
        QVERIFY(document.latents().latents->component.empty());
        QVERIFY(document.latents().logLikelihood.empty() && document.latents().ascending->empty());
        document.undoStack().redo();
        QVERIFY(document.latents().latents->component == expected);
        QCOMPARE(opened.map().classCount(), 3);
    }

    void theModelsOwnComesBack() {
        Opened opened;
        QVERIFY(opened.prepare(300));
        Document& document = opened.document();
        const std::vector<int64_t> given = document.latents().latents->component;
        const std::vector<double> likelihood = document.latents().logLikelihood;
        QVERIFY(!given.empty());
        opened.want(MixtureWish::Method::Number);
        opened.find<QSpinBox>("clustersComponents")->setValue(5);
        QVERIFY(opened.fit());
        QCOMPARE(document.mixture().components, 5);
        QCOMPARE(document.modelMixture().components, 3);
        QTRY_VERIFY(opened.panel().figures());
        opened.press("clustersBack");
        QCOMPARE(document.mixture().components, 3);
        QVERIFY(document.latents().latents->component == given);
        QVERIFY(document.latents().logLikelihood == likelihood);
        QCOMPARE(opened.map().classCount(), 3);
        document.undoStack().undo();
        QCOMPARE(document.mixture().components, 5);
    }

    void aRangeIsChosenFrom() {
        Opened opened;
        QVERIFY(opened.prepare(400, false));
        opened.want(MixtureWish::Method::Range);
        opened.find<QSpinBox>("clustersFewest")->setValue(2);
        opened.find<QSpinBox>("clustersMost")->setValue(5);
        opened.find<QComboBox>("clustersCovariance")->setCurrentIndex(1);
        QVERIFY(opened.fit());
        const MixtureOutcome& outcome = opened.panel().outcome();
        QCOMPARE(outcome.candidates.size(), size_t(4));
        QCOMPARE(opened.document().mixture().components, 3); // what the galaxies were drawn from
        for (size_t i = 0; i < 4; ++i)                       // of the others nothing is kept for every object
            QCOMPARE(outcome.candidates[i].fitted != nullptr, i == outcome.best);
        LineChart& chart = opened.panel().criteria();
        QVERIFY(chart.isVisible());
        QCOMPARE(chart.series().size(), size_t(3));
        for (size_t i = 0; i < 4; ++i) {
            QCOMPARE(chart.series()[0].points[i].y(), outcome.candidates[i].bayes);
            QCOMPARE(chart.series()[1].points[i].y(), outcome.candidates[i].akaike);
        }
        opened.keep("clusters-range");
        QTest::mouseClick(&chart, Qt::LeftButton, {},
                          chart.position({4, outcome.candidates[2].bayes}).toPoint());
        QTRY_COMPARE_WITH_TIMEOUT(opened.document().mixture().components, 4, 20000);
        auto* combo = opened.find<QComboBox>("clustersCandidate");
        QCOMPARE(combo->currentData().toInt(), 4);
        combo->setCurrentIndex(0);
        opened.press("clustersAdopt");
        QTRY_COMPARE_WITH_TIMEOUT(opened.document().mixture().components, 2, 20000);
        opened.document().undoStack().undo();
        QCOMPARE(opened.document().mixture().components, 4);
        const Array& z = opened.document().latents().latents->mean;
        QVERIFY(opened.document().latents().latents->component ==
                largestPerRow(responsibilities(opened.document().mixture(), z)));
    }

    void theProcessFindsTheNumber() {
        Opened opened;
        QVERIFY(opened.prepare(600, false));
        opened.want(MixtureWish::Method::Process);
        opened.find<QSpinBox>("clustersMaximum")->setValue(15);
        QVERIFY(opened.fit());
        QCOMPARE(opened.document().mixture().components, 3);
        QVERIFY(
            opened.find<QLabel>("clustersPresent")->text().contains("3 components found among at most 15"));
    }

    void figuresAreThoseOfTheMetrics() {
        Opened opened;
        QVERIFY(opened.prepare(300));
        opened.press("clustersMeasure");
        QVERIFY(opened.measured());
        const Document& document = opened.document();
        const LatentsPtr& latents = document.latents().latents;
        const ClusterFigures& figures = *opened.panel().figures();
        QCOMPARE(figures.objects, populations(latents->component, 3));
        const Silhouettes exact = silhouettes(latents->mean, latents->component, 3);
        QCOMPARE(figures.full.mean, exact.mean); // few objects: all of them
        QCOMPARE(opened.panel().silhouetteChart().series()[0].values, exact.perCluster);
        const Array overlap = overlapMatrix(latents->responsibility, latents->component);
        QCOMPARE(opened.panel().overlapChart().value(1, 2), static_cast<double>(overlap.at(1, 2)));
        auto* table = opened.find<QTableWidget>("clustersTable");
        QCOMPARE(table->rowCount(), 3);
        int64_t sum = 0;
        for (int row = 0; row < 3; ++row)
            sum += table->item(row, 1)->text().toLongLong();
        QCOMPARE(sum, int64_t(300));
        opened.keep("clusters-figures");
    }

    void figuresAreOfWhatWasMeasured() {
        Opened opened;
        QVERIFY(opened.prepare(300));
        Document& document = opened.document();
        opened.press("clustersMeasure");
        QVERIFY(opened.measured());
        auto others = std::make_shared<Latents>(*document.latents().latents);
        others->responsibility = Array({300, 5}); // more components than were measured
        for (int64_t row = 0; row < 300; ++row) {
            others->component[static_cast<size_t>(row)] = row % 5;
            others->responsibility.at(row, row % 5) = 1;
        }
        int told = 0, stale = 0; // figures of the latents before, while those now are being told of
        const auto look = [&] {
            ++told;
            stale += opened.panel().figures() != nullptr;
        };
        connect(&document, &Document::hiddenClassesChanged, this, look);
        connect(&document, &Document::latentsChanged, this, look);
        document.setLatents(describeLatents(others, {}, {}));
        QVERIFY(told >= 2);
        QCOMPARE(stale, 0);
        QCOMPARE(opened.find<QTableWidget>("clustersTable")->rowCount(), 5);
        opened.press("clustersMeasure");
        QVERIFY(opened.measured());
        QCOMPARE(opened.panel().figures()->objects, std::vector<int64_t>(5, 60));
        document.setScores(std::vector<double>(300, 1)); // other latents in name only
        QVERIFY(opened.panel().figures());
    }

    void membersAreSelectedAndHidden() {
        Opened opened;
        QVERIFY(opened.prepare(300));
        Document& document = opened.document();
        auto* table = opened.find<QTableWidget>("clustersTable");
        auto* cut = opened.find<QDoubleSpinBox>("clustersCut");
        cut->setValue(0.9);
        table->selectRow(1);
        opened.press("clustersSelect");
        const Array& gamma = document.latents().latents->responsibility;
        std::vector<int64_t> expected;
        for (int64_t n = 0; n < 300; ++n)
            if (static_cast<double>(gamma.at(n, 1)) >= 0.9)
                expected.push_back(n);
        QVERIFY(!expected.empty());
        QVERIFY(document.selection() == expected);
        QTRY_COMPARE(table->item(1, 3)->text().toLongLong(), static_cast<qlonglong>(expected.size()));
        table->item(2, 0)->setCheckState(Qt::Unchecked);
        QVERIFY(document.hiddenClasses() == std::set<int>{2});
        QVERIFY(!opened.map().isClassVisible(2));
        document.undoStack().undo();
        QVERIFY(document.hiddenClasses().empty());
        QCOMPARE(table->item(2, 0)->checkState(), Qt::Checked);
    }

    void aFitIsCancelled() {
        Opened opened;
        QVERIFY(opened.prepare(600));
        opened.want(MixtureWish::Method::Range);
        opened.find<QSpinBox>("clustersMost")->setValue(200);
        opened.find<QSpinBox>("clustersStarts")->setValue(100);
        QSignalSpy ended(&opened.panel(), &ClustersPanel::ended);
        opened.click("clustersFit");
        QVERIFY(opened.panel().running());
        QVERIFY(!opened.find<QPushButton>("clustersFit")->isEnabled());
        QTest::qWait(200);
        opened.press("clustersCancel");
        QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 20000);
        QCOMPARE(opened.find<QLabel>("clustersStatus")->text(), QString("Cancelled."));
        QCOMPARE(opened.document().mixture().components, 3); // the model's still
        QVERIFY(opened.find<QPushButton>("clustersFit")->isEnabled());
    }

    void tooFewObjectsAreExplained() {
        Opened opened;
        QVERIFY(opened.prepare(12));
        opened.want(MixtureWish::Method::Number);
        opened.find<QSpinBox>("clustersComponents")->setValue(13);
        QVERIFY(opened.fit());
        QVERIFY(opened.find<QLabel>("clustersStatus")->text().contains("too few"));
    }

    void componentsAreRenamedAndRecoloured() {
        Opened opened;
        QVERIFY(opened.prepare(300));
        Document& document = opened.document();
        auto* table = opened.find<QTableWidget>("clustersTable");
        QVERIFY(!opened.find<QPushButton>("clustersRename")->isEnabled());
        table->selectRow(1);
        opened.press("clustersRename");
        QTest::keyClicks(QApplication::focusWidget(), "Blue spirals");
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        QTRY_COMPARE(document.componentName(1), QString("Blue spirals"));
        QCOMPARE(table->item(1, 0)->text(), QString("Blue spirals"));
        QCOMPARE(document.undoStack().undoText(), QString("rename component 2"));
        const QImage before = opened.mapPicture();
        opened.panel().recolour(1, QColor(255, 0, 255));
        QCOMPARE(document.componentColour(1), QColor(255, 0, 255));
        QVERIFY(opened.mapPicture() != before);
        int64_t member = 0; // drawn in that colour
        while (document.latents().latents->component[size_t(member)] != 1)
            ++member;
        document.setCurrent(-1);
        opened.map().setPointSize(12);
        opened.map().setOpacity(1);
        opened.map().setEllipsesVisible(false);
        opened.map().setThumbnailsVisible(false);
        const QImage picture = opened.map().grabImage();
        int painted = 0;
        for (int64_t n = 0; n < 300; ++n)
            if (document.latents().latents->component[size_t(n)] == 1) {
                const QPoint at = opened.map().rowToScreen(n).toPoint();
                const QColor there = picture.rect().contains(at) ? picture.pixelColor(at) : QColor();
                painted += there.red() > 180 && there.green() < 90 && there.blue() > 180;
            }
        QVERIFY2(painted > 20, qPrintable(QString::number(painted)));
        opened.keep("clusters-named");
        // Names and colours as a session keeps them.
        const auto looks = document.componentLooks();
        QVERIFY(componentLooksFrom(toJson(looks)) == looks);
        document.undoStack().undo();
        document.undoStack().undo();
        QCOMPARE(document.componentName(1), QString("Component 2"));
        QVERIFY(document.componentLooks().empty());
        opened.panel().rename(1, "  2 "); // its number is no name
        QVERIFY(document.componentLooks().empty());
    }

    void mergedComponentsAreSummedAndComeApart() {
        Opened opened;
        QVERIFY(opened.prepare(300));
        Document& document = opened.document();
        opened.panel().rename(2, "red");
        const LatentsPtr latents = document.latents().latents;
        const GaussianMixture parts = document.mixture();
        const std::vector<double> likelihood = document.latents().logLikelihood;
        auto* table = opened.find<QTableWidget>("clustersTable");
        table->setSelectionMode(QAbstractItemView::MultiSelection);
        table->selectRow(0);
        table->selectRow(2);
        QVERIFY(opened.find<QPushButton>("clustersMerge")->isEnabled());
        opened.press("clustersMerge");
        QCOMPARE(document.mixture().components, 2);
        QCOMPARE(document.componentName(0), QString("1 + red"));
        QCOMPARE(document.componentName(1), QString("2"));
        QCOMPARE(opened.map().classCount(), 2);
        const LatentsPtr merged = document.latents().latents;
        for (int64_t n = 0; n < 300; ++n) {
            const float sum = latents->responsibility.at(n, 0) + latents->responsibility.at(n, 2);
            QVERIFY(std::abs(merged->responsibility.at(n, 0) - sum) < 1e-6);
            QVERIFY(merged->component[size_t(n)] == (sum >= latents->responsibility.at(n, 1) ? 0 : 1));
        }
        // How likely an object is has not changed; the ellipse is that of the moments.
        QVERIFY(document.latents().logLikelihood == likelihood);
        QCOMPARE(document.density().components, parts.components);
        const double w0 = parts.weights[0] / (parts.weights[0] + parts.weights[2]), w2 = 1 - w0;
        for (size_t d = 0; d < 4; ++d) {
            const double mean = w0 * parts.means[d] + w2 * parts.means[8 + d];
            QVERIFY(std::abs(document.mixture().means[d] - mean) < 1e-12);
            const double square = w0 * (parts.variances[d] + std::pow(parts.means[d] - mean, 2)) +
                                  w2 * (parts.variances[8 + d] + std::pow(parts.means[8 + d] - mean, 2));
            QVERIFY(std::abs(document.mixture().variances[d] - square) < 1e-12);
        }
        QVERIFY(opened.find<QLabel>("clustersPresent")->text().contains("merged to 2"));
        QVERIFY(opened.settles());
        opened.keep("clusters-merged");
        // Samples of the merged component are drawn from its parts.
        SampleSettings settings = document.sampleSettings();
        settings.components = {0};
        settings.temperature = 0; // each is the centre of a part
        document.setSampleSettings(settings);
        opened.window->samplePanel().draw();
        QVERIFY(opened.settles());
        const SampleSetPtr samples = document.samples();
        QVERIFY(samples && samples->origin == "the components merged here");
        bool first = false, third = false;
        for (int64_t n = 0; n < settings.count; ++n) {
            QCOMPARE(samples->latents.component[size_t(n)], int64_t(0));
            const float x = samples->latents.latents.at(n, 0);
            first = first || std::abs(x - float(parts.means[0])) < 1e-6F;
            third = third || std::abs(x - float(parts.means[8])) < 1e-6F;
        }
        QVERIFY(first && third);
        QCOMPARE(samples->componentNames, (QStringList{"1 + red", "comp. 2"}));
        QVERIFY(opened.find<QLabel>("sampleSummary")->text().contains("components merged here"));
        document.undoStack().undo(); // the samples
        document.undoStack().undo();
        QVERIFY(!document.latents().fitted);
        QVERIFY(document.latents().latents->component == latents->component);
        QCOMPARE(document.componentName(2), QString("red"));
        QCOMPARE(opened.map().classCount(), 3);
    }

    void samplesAreThoseOfTheFittedMixture() {
        Opened opened;
        QVERIFY(opened.prepare(300));
        QCOMPARE(opened.find<QLabel>("sampleOrigin")->text(), QString("Drawn from the model's mixture."));
        opened.want(MixtureWish::Method::Number);
        opened.find<QSpinBox>("clustersComponents")->setValue(4);
        QVERIFY(opened.fit());
        Document& document = opened.document();
        QVERIFY(opened.find<QLabel>("sampleOrigin")->text().contains("mixture fitted here"));
        QVERIFY(opened.find<QToolButton>("sampleComponent4"));
        opened.panel().rename(3, "rare");
        QCOMPARE(opened.find<QToolButton>("sampleComponent4")->text(), QString("rare"));
        SampleSettings settings = document.sampleSettings();
        settings.components = {3};
        settings.temperature = 0;
        document.setSampleSettings(settings);
        opened.window->samplePanel().draw();
        QVERIFY(opened.settles());
        for (int64_t d = 0; d < made::latents; ++d)
            QVERIFY(std::abs(document.samples()->latents.latents.at(0, d) -
                             float(document.mixture().means[size_t(3 * made::latents + d)])) < 1e-6F);
        // A map of another kind places them too.
        const Array z = document.latents().latents->mean;
        MapContent bent;
        bent.map.method = "tsne";
        bent.map.coordinates = Array({z.dim(0), 2});
        for (int64_t i = 0; i < z.dim(0); ++i)
            for (int64_t k = 0; k < 2; ++k)
                bent.map.coordinates.at(i, k) = z.at(i, k) * std::abs(z.at(i, k));
        document.setMap(bent);
        QVERIFY(opened.settles());
        const QImage with = opened.mapPicture();
        document.setSamples({});
        QVERIFY(opened.mapPicture() != with);
        opened.press("clustersBack");
        QVERIFY(opened.find<QLabel>("sampleOrigin")->text().contains("model's mixture"));
        QVERIFY(document.sampleSettings().components.empty());
    }

    void aProjectionMovesTheMapAndIsUndone() {
        Opened opened;
        QVERIFY(opened.prepare(400));
        Document& document = opened.document();
        const std::vector<float> before = opened.places();
        ProjectionBox& box = opened.panel().projection();
        opened.find<QComboBox>("mapMethod")->setCurrentIndex(1);
        QSignalSpy moved(&document, &Document::mapChanged), ended(&box, &ProjectionBox::ended);
        opened.press("mapRun");
        QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 60000);
        QVERIFY2(moved.size() > 2, "the map did not move on its way");
        QCOMPARE(document.map().map.method, std::string("tsne"));
        QCOMPARE(document.map().map.coordinates.dim(1), int64_t(2));
        QCOMPARE(document.map().map.parameters["seed"].get<int>(), 1);
        QCOMPARE(opened.map().pointCount(), qint64(400));
        opened.keep("clusters-tsne");
        QCOMPARE(document.undoStack().undoText(), QString("t-SNE map"));
        document.undoStack().undo();
        QVERIFY(opened.places() == before);
        QVERIFY(document.map().pca.has_value());
    }

    void aProjectionInSpace() {
        Opened opened;
        QVERIFY(opened.prepare(200));
        opened.find<QComboBox>("mapMethod")->setCurrentIndex(2);
        opened.find<QComboBox>("mapDims")->setCurrentIndex(1);
        QSignalSpy ended(&opened.panel().projection(), &ProjectionBox::ended);
        opened.press("mapRun");
        QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 60000);
        QCOMPARE(opened.document().map().map.method, std::string("umap"));
        QCOMPARE(opened.document().map().map.coordinates.dim(1), int64_t(3));
        QCOMPARE(opened.window->mapPanel().dimensions(), 3);
    }

    void aCancelledProjectionLeavesTheMap() {
        Opened opened;
        QVERIFY(opened.prepare(400));
        Document& document = opened.document();
        const std::vector<float> before = opened.places();
        opened.find<QComboBox>("mapMethod")->setCurrentIndex(1);
        opened.find<QToolButton>("mapMore")->setChecked(true);
        auto* form = opened.find<OptionForm>("tsneForm");
        auto* iterations = qobject_cast<QLineEdit*>(form->control("iterations"));
        QVERIFY(iterations);
        iterations->selectAll();
        QTest::keyClicks(iterations, "5000");
        QVERIFY(form->valid());
        QSignalSpy moved(&document, &Document::mapChanged),
            ended(&opened.panel().projection(), &ProjectionBox::ended);
        opened.press("mapRun");
        QTRY_VERIFY_WITH_TIMEOUT(moved.size() > 1, 60000);
        QVERIFY(opened.places() != before);
        opened.press("mapCancel");
        QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, 20000);
        QVERIFY(opened.places() == before);
        QVERIFY(document.undoStack().undoText() != "t-SNE map");
        QVERIFY(opened.find<QLabel>("mapStatus")->text().startsWith("Cancelled"));
    }
};

QTEST_MAIN(TestClustersPanel)
#include "test_clusters_panel.moc"
