// Strange objects in the real window: scores, ranked gallery, thresholds, regions, ROC.

#include <cmath>
#include <numeric>

#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTemporaryDir>
#include <QToolButton>

#include "app/desktop/panels/anomaly_detail.h"
#include "app/desktop/panels/anomaly_panel.h"
#include "app/desktop/panels/gallery_panel.h"
#include "io/csv.h"
#include "nn/device.h"
#include "tests/desktop/opened_window.h"
#include "widgets/charts/histogram.h"
#include "widgets/charts/line_chart.h"
#include "widgets/image/image_view.h"

using namespace galatea;

namespace {

struct Opened : made::OpenedWindow {
    AnomalyPanel& panel() { return window->anomalyPanel(); }
    bool prepare(int64_t count = 80) {
        model->setMethods({"encode", "decode", "score"});
        if (!load(made::galaxies(count)))
            return false;
        raise("anomalyDock");
        return true;
    }
    bool score(AnomalyPanel::Score which) {
        auto* combo = find<QComboBox>("anomalyScore");
        combo->setCurrentIndex(static_cast<int>(which));
        click("anomalyRun");
        return QTest::qWaitFor([this] { return !panel().running() && !panel().scores().empty(); }, 30000);
    }
    bool possible(AnomalyPanel::Score which) {
        auto* items = qobject_cast<QStandardItemModel*>(find<QComboBox>("anomalyScore")->model());
        return items->item(static_cast<int>(which))->isEnabled();
    }
};

} // namespace

class TestAnomalyPanel : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase() {
        setThreads(1);
        applyTheme(ThemeChoice::Dark);
    }

    void saysWhatItNeeds() {
        Opened opened;
        QVERIFY(opened.find<QLabel>("anomalyEmpty")->text().contains("Open images and a model"));
        QVERIFY(opened.load(made::galaxies(20))); // this model has no score
        opened.raise("anomalyDock");
        QVERIFY(!opened.possible(AnomalyPanel::Score::Model));
        QVERIFY(opened.possible(AnomalyPanel::Score::Reconstruction));
        QVERIFY(opened.possible(AnomalyPanel::Score::Density));
        QVERIFY(opened.find<QPushButton>("anomalyRun")->isEnabled());
        auto bare = std::make_shared<made::LinearModel>();
        bare->setMethods({"encode"});
        bare->dropMixture();
        opened.window->opener().adopt(made::galaxies(20), {bare, {}});
        QVERIFY(opened.settles());
        auto* reason = opened.find<QLabel>("anomalyReason");
        QTRY_VERIFY(reason->isVisible());
        QVERIFY2(reason->text().contains("nothing to tell strange objects by"), qPrintable(reason->text()));
        QVERIFY(!opened.find<QPushButton>("anomalyRun")->isEnabled());
    }

    void controlsHaveNamesAndTips() {
        Opened opened;
        QVERIFY(opened.prepare());
        QCOMPARE(made::unnamedControl(opened.panel()), QString());
    }

    void everyScoreRanksByItsOwnNumbers() {
        Opened opened;
        QVERIFY(opened.prepare());
        const Document& document = opened.document();
        const auto verify = [&](AnomalyPanel::Score which, const std::function<double(int64_t)>& expected) {
            QVERIFY(opened.score(which));
            const std::vector<double>& scores = opened.panel().scores();
            QCOMPARE(scores.size(), size_t(80));
            for (int64_t row = 0; row < 80; ++row) {
                const double mine = expected(row), theirs = scores[static_cast<size_t>(row)];
                QVERIFY2(std::abs(mine - theirs) <= 1e-5 * (1 + std::abs(mine)),
                         qPrintable(QString("%1 %2 %3").arg(row).arg(mine).arg(theirs)));
            }
            const auto& rows = opened.panel().ranking().rows();
            QCOMPARE(rows.size(), size_t(80));
            for (size_t i = 1; i < rows.size(); ++i)
                QVERIFY(scores[static_cast<size_t>(rows[i - 1])] >= scores[static_cast<size_t>(rows[i])]);
            // The whole window knows it now.
            QCOMPARE(document.valuesOf({ColourBy::Kind::Score, {}}), scores);
            QVERIFY(opened.find<QComboBox>("galleryOrder")->findText("Anomaly score") >= 0);
            QVERIFY(opened.find<QComboBox>("colourBy")->findText("Anomaly score") >= 0);
        };
        verify(AnomalyPanel::Score::Model, [&](int64_t row) {
            double sum = 0;
            for (const float z : document.latentOf(row))
                sum += double(z) * z;
            return sum;
        });
        verify(AnomalyPanel::Score::Reconstruction, [&](int64_t row) {
            const Array image = document.data().data->readOne(row).contiguousCopy();
            const Array drawn = opened.model->decode(Array({1, 4}, document.latentOf(row))).mean;
            double sum = 0;
            for (int64_t i = 0; i < image.size(); ++i)
                sum += std::pow(double(image.data()[i]) - double(drawn.data()[i]), 2);
            return sum / static_cast<double>(image.size());
        });
        verify(AnomalyPanel::Score::Density,
               [&](int64_t row) { return -document.latents().logLikelihood[static_cast<size_t>(row)]; });
        opened.model->withVariance = true;
        verify(AnomalyPanel::Score::Likelihood, [&](int64_t row) {
            const Array image = document.data().data->readOne(row).contiguousCopy();
            const Decoding drawn = opened.model->decode(Array({1, 4}, document.latentOf(row)));
            double sum = 0;
            for (int64_t i = 0; i < image.size(); ++i) {
                const double v = drawn.variance.data()[i],
                             r = double(image.data()[i]) - double(drawn.mean.data()[i]);
                sum += 0.5 * (std::log(2 * std::acos(-1.0) * v) + r * r / v);
            }
            return sum;
        });
    }

    /// Shares of an error add up to the object's score; painting over bright light lowers the model's own.
    void showsWhereAScoreComesFrom() {
        Opened opened;
        QVERIFY(opened.prepare());
        AnomalyDetail& detail = opened.panel().detail();
        const auto contributionOf = [&](int64_t row) {
            opened.document().setCurrent(row);
            return QTest::qWaitFor([&] { return !detail.busy() && !detail.contribution().empty(); }, 20000);
        };
        QVERIFY(opened.score(AnomalyPanel::Score::Reconstruction));
        QVERIFY(contributionOf(7));
        const auto values = detail.contribution().values();
        const double sum = std::accumulate(values.begin(), values.end(), 0.0);
        QVERIFY(std::abs(sum - opened.panel().scores()[7]) < 1e-4 * sum);
        QVERIFY(!detail.picture().image().isNull());
        opened.keep("anomaly-contribution");
        QVERIFY(opened.score(AnomalyPanel::Score::Model));
        QVERIFY(contributionOf(3));
        QVERIFY(std::any_of(detail.contribution().values().begin(), detail.contribution().values().end(),
                            [](float value) { return value > 0; }));
        opened.model->broken = true;
        opened.document().setCurrent(-1);
        QVERIFY(detail.contribution().empty());
    }

    void opinionsChangeTheOrderAndAreUndone() {
        Opened opened;
        QVERIFY(opened.prepare());
        QVERIFY(opened.score(AnomalyPanel::Score::Model));
        const std::vector<int64_t> before = opened.panel().ranking().rows();
        const int64_t liked = before[60], disliked = before[0];
        opened.document().setCurrent(liked);
        opened.click("anomalyInteresting");
        QVERIFY(QTest::qWaitFor([&] { return opened.panel().ranksFollow(); }, 10000));
        QTRY_VERIFY(opened.panel().ranking().rows() != before);
        opened.document().setCurrent(disliked);
        opened.click("anomalyDull");
        QTRY_VERIFY(opened.panel().ranking().placeOf(disliked) > 40);
        QVERIFY(opened.panel().ranking().placeOf(liked) < 20);
        QCOMPARE(opened.document().opinions(), (std::vector<Opinion>{{liked, true}, {disliked, false}}));
        opened.keep("anomaly-opinions");
        opened.document().undoStack().undo();
        opened.document().undoStack().undo();
        QTRY_COMPARE(opened.panel().ranking().rows(), before);
        opened.document().undoStack().redo();
        QCOMPARE(opened.document().opinions(), (std::vector<Opinion>{{liked, true}}));
        opened.click("anomalyForgetAll");
        QTRY_COMPARE(opened.panel().ranking().rows(), before);
    }

    void clickingAThumbnailLooksAtTheObject() {
        Opened opened;
        QVERIFY(opened.prepare());
        opened.find<QPushButton>("anomalyRun")->setFocus();
        QVERIFY(opened.score(AnomalyPanel::Score::Model));
        QCOMPARE(opened.document().current(), int64_t(-1)); // scoring chooses nothing by itself
        QVERIFY(opened.find<QPushButton>("anomalyRun")->hasFocus());
        GalleryView& gallery = opened.panel().gallery();
        const QModelIndex third = gallery.model()->index(2, 0);
        QTRY_VERIFY(!third.data(Qt::DecorationRole).isNull());
        QTest::mouseClick(gallery.viewport(), Qt::LeftButton, {}, gallery.visualRect(third).center());
        QCOMPARE(opened.document().current(), opened.panel().ranking().rows()[2]);
        QTRY_COMPARE(opened.find<QLabel>("objectName")->text(),
                     opened.document().objectName(opened.panel().ranking().rows()[2]));
        // And back: an object chosen elsewhere is ringed here.
        opened.document().setCurrent(opened.panel().ranking().rows()[5]);
        QCOMPARE(gallery.currentIndex().row(), 5);
        opened.click("anomalyNormalFirst");
        QCOMPARE(gallery.currentIndex().row(), 80 - 1 - 5);
    }

    void thresholdsCutFiveRegions() {
        Opened opened;
        QVERIFY(opened.prepare(200));
        QVERIFY(opened.score(AnomalyPanel::Score::Model));
        QVERIFY(opened.panel().thresholds());
        std::vector<double> sorted = opened.panel().scores();
        std::sort(sorted.begin(), sorted.end());
        const RegionThresholds proposed = *opened.panel().thresholds();
        const auto above = [&](double threshold) {
            return std::count_if(sorted.begin(), sorted.end(), [&](double s) { return s >= threshold; });
        };
        QCOMPARE(above(proposed[0]), 100); // 50, 20, 5, 1 %
        QCOMPARE(above(proposed[1]), 40);
        QCOMPARE(above(proposed[2]), 10);
        QCOMPARE(above(proposed[3]), 2);
        auto* region = opened.find<QComboBox>("anomalyRegion");
        QCOMPARE(region->count(), 6);
        QVERIFY2(region->itemText(5).contains(": 2"), qPrintable(region->itemText(5)));
        region->setCurrentIndex(5);
        QCOMPARE(opened.panel().ranking().rows().size(), size_t(2));
        region->setCurrentIndex(0);

        // Dragged in the histogram.
        Histogram& histogram = opened.panel().histogram();
        const QPoint from(static_cast<int>(histogram.position({proposed[1], 0}).x()), histogram.height() / 2);
        const double target = 0.5 * (proposed[1] + proposed[2]);
        const QPoint to(static_cast<int>(histogram.position({target, 0}).x()), from.y());
        QTest::mousePress(&histogram, Qt::LeftButton, {}, from);
        QMouseEvent move(QEvent::MouseMove, to, histogram.mapToGlobal(to), Qt::NoButton, Qt::LeftButton,
                         Qt::NoModifier);
        QApplication::sendEvent(&histogram, &move);
        QTest::mouseRelease(&histogram, Qt::LeftButton, {}, to);
        const RegionThresholds moved = *opened.panel().thresholds();
        QVERIFY(moved[1] > proposed[1] && moved[0] == proposed[0] && moved[2] == proposed[2]);
        QVERIFY(opened.find<QLabel>("anomalyThresholdsFrom")->text().contains("moved by hand"));
        // Typed.
        auto* line = opened.find<QLineEdit>("anomalyThreshold4");
        line->setFocus();
        line->selectAll();
        QTest::keyClicks(line, "1e6");
        QTest::keyClick(line, Qt::Key_Return);
        QCOMPARE((*opened.panel().thresholds())[3], 1e6);
        QVERIFY(region->itemText(5).endsWith(": 0"));
        line->selectAll();
        QTest::keyClicks(line, "-1e6"); // below the others
        QTest::keyClick(line, Qt::Key_Return);
        QCOMPARE((*opened.panel().thresholds())[3], 1e6);
        opened.click("anomalyPropose");
        QCOMPARE(*opened.panel().thresholds(), proposed);
        // Arrow keys.
        histogram.setFocus();
        QTest::keyClick(&histogram, Qt::Key_Up);
        const RegionThresholds before = *opened.panel().thresholds();
        QTest::keyClick(&histogram, Qt::Key_Right);
        QVERIFY(*opened.panel().thresholds() != before);
    }

    void labelsGiveARoc() {
        Opened opened;
        QVERIFY(opened.prepare(200));
        QVERIFY(opened.score(AnomalyPanel::Score::Model));
        QVERIFY(!opened.panel().roc().isVisible());
        opened.find<QComboBox>("anomalyColumn")->setCurrentText("kind");
        opened.find<QComboBox>("anomalyNormal")->setCurrentText("round");
        QTRY_VERIFY(opened.panel().roc().isVisible());
        const Column* kind = opened.document().catalogue()->find("kind");
        double right = 0, pairs = 0; // by comparing every pair
        for (int64_t a = 0; a < 200; ++a)
            for (int64_t b = 0; b < 200; ++b)
                if (kind->text(a) == "lumpy" && kind->text(b) == "round") {
                    const double strange = opened.panel().scores()[static_cast<size_t>(a)],
                                 normal = opened.panel().scores()[static_cast<size_t>(b)];
                    right += strange > normal ? 1 : strange == normal ? 0.5 : 0;
                    pairs += 1;
                }
        const QString text = opened.find<QLabel>("anomalyAuc")->text();
        QVERIFY2(text.startsWith(QString("AUC %1").arg(right / pairs, 0, 'f', 4)), qPrintable(text));
        QVERIFY(right / pairs > 0.9);
        const auto& series = opened.panel().roc().series();
        QCOMPARE(series.front().points.front(), QPointF(0, 0));
        QCOMPARE(series.front().points.back(), QPointF(1, 1));
        QCOMPARE(opened.panel().histogram().classes().size(), size_t(2));
        QVERIFY(opened.find<QLabel>("anomalyTally")->text().contains("decided objects are right"));
        opened.keep("anomaly-dark");
        opened.find<QComboBox>("anomalyColumn")->setCurrentIndex(0);
        QVERIFY(!opened.panel().roc().isVisible());
    }

    void scoresAreExported() {
        Opened opened;
        QVERIFY(opened.prepare(30));
        QVERIFY(opened.score(AnomalyPanel::Score::Density));
        QTemporaryDir folder;
        QSignalSpy exported(&opened.panel(), &AnomalyPanel::exported);
        opened.panel().exportTo(folder.filePath("scores.csv"));
        QTRY_COMPARE(exported.size(), 1);
        std::vector<std::string> notes;
        const Table table = tableFromCsv(readCsv(folder.filePath("scores.csv").toStdString()), notes);
        QCOMPARE(table.rowCount(), int64_t(30));
        for (int64_t row = 0; row < 30; ++row) {
            QCOMPARE(table.find("score")->number(row), opened.panel().scores()[static_cast<size_t>(row)]);
            QCOMPARE(
                table.find("region")->number(row),
                regionLabel(opened.panel().scores()[static_cast<size_t>(row)], *opened.panel().thresholds()));
        }
        QCOMPARE(table.find("id")->text(3), std::string("made-3"));
    }

    void cancelledAndFailing() {
        Opened opened;
        QVERIFY(opened.prepare(200));
        opened.model->delay = std::chrono::milliseconds(300);
        opened.find<QComboBox>("anomalyScore")->setCurrentIndex(0);
        opened.click("anomalyRun");
        QVERIFY(opened.panel().running());
        opened.click("anomalyCancel");
        QTRY_VERIFY_WITH_TIMEOUT(!opened.panel().running(), 10000);
        QVERIFY(opened.panel().scores().empty());
        QCOMPARE(opened.find<QLabel>("anomalyStatus")->text(), QString("Cancelled."));
        opened.model->delay = std::chrono::milliseconds(0);
        opened.model->setMethods({"encode", "decode"}); // it breaks its promise
        opened.click("anomalyRun");
        QTRY_VERIFY_WITH_TIMEOUT(!opened.panel().running(), 10000);
        QVERIFY(opened.find<QLabel>("anomalyStatus")->text().contains("cannot score"));
    }
};

QTEST_MAIN(TestAnomalyPanel)
#include "test_anomaly_panel.moc"
