// The search field: what a line means, what is found, and that finding is one undo step.

#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QMenu>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>

#include "app/desktop/panels/gallery_panel.h"
#include "app/desktop/panels/search_bar.h"
#include "app/desktop/session.h"
#include "core/error.h"
#include "data/export_images.h"
#include "tests/desktop/opened_window.h"

using namespace galatea;
using made::OpenedWindow;

namespace {

/// The made galaxies with places on the sky: row n at RA 10° + 0.001 n, Dec −5°.
DataContent onSky(int64_t count) {
    DataContent content = made::galaxies(count);
    Table table = content.data->catalog();
    std::vector<double> ra, dec;
    for (int64_t n = 0; n < count; ++n) {
        ra.push_back(10 + 0.001 * static_cast<double>(n));
        dec.push_back(-5);
    }
    table.set({"ra", ra, "deg"});
    table.set({"dec", dec, "deg"});
    content.source = content.data =
        makeMemoryDataset(content.data->info(), content.data->readRange(0, count), table);
    return content;
}

void type(OpenedWindow& opened, const QString& line) {
    QLineEdit& field = opened.window->searchBar().field();
    opened.window->searchBar().actions()[0]->trigger();
    QVERIFY(field.hasFocus());
    QTest::keyClicks(&field, line);
    QTest::keyClick(&field, Qt::Key_Return);
    QVERIFY(opened.settles());
}

} // namespace

class TestSearch : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void linesMeanWhatPeopleWrite_data();
    void linesMeanWhatPeopleWrite();
    void idsAreFound();
    void placesAreFoundTheNearestFirst();
    void expressionsAreFound();
    void likenessSelectsAndOrders();
    void anImageFindsTheVeryObject();
    void whatCannotBeSearchedSaysWhy();
    void lateAnswersAreOfTheirOwnObjects();
    void theGalleryIsWorkedByKeys();
};

void TestSearch::linesMeanWhatPeopleWrite_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<double>("ra");
    QTest::addColumn<double>("dec");
    QTest::addColumn<double>("radius");
    const double ra = 15 * (13 + 59 / 60. + 12 / 3600.), dec = 2 + 11 / 60. + 30 / 3600.;
    QTest::newRow("colons") << "13:59:12 +02:11:30 30\"" << ra << dec << 30.;
    QTest::newRow("minutes") << "13:59:12 -02:11:30 0.5'" << ra << -dec << 30.;
    QTest::newRow("letters") << "13h59m12s +02d11m30s 1 arcmin" << ra << dec << 60.;
    QTest::newRow("blanks") << "13 59 12 +02 11 30" << ra << dec << 10.;
    QTest::newRow("decimal") << "209.8, 2.19, 0.01deg" << 209.8 << 2.19 << 36.;
    QTest::newRow("name") << "SDSS J135912.00+021130.0" << ra << dec << 10.;
    QTest::newRow("south of the equator by minutes") << "00:00:00 -00:30:00" << 0. << -0.5 << 10.;
}

void TestSearch::linesMeanWhatPeopleWrite() {
    QFETCH(QString, line);
    const SearchQuery query = parseSearch(line);
    QCOMPARE(query.kind, SearchQuery::Kind::Sky);
    QTEST(query.ra, "ra");
    QTEST(query.dec, "dec");
    QTEST(query.radius, "radius");
    QCOMPARE(parseSearch("made-17").kind, SearchQuery::Kind::Id);
    QCOMPARE(parseSearch("587722982").kind, SearchQuery::Kind::Id); // one number alone is an id
    QVERIFY_EXCEPTION_THROWN(parseSearch("  "), UsageError);
    QVERIFY_EXCEPTION_THROWN(parseSearch("209.8 97 30\""), UsageError);
    QVERIFY_EXCEPTION_THROWN(parseSearch("25:00:00 +02:11:30"), UsageError);
}

void TestSearch::idsAreFound() {
    OpenedWindow opened;
    QVERIFY(opened.load(onSky(120)));
    type(opened, "made-17");
    QCOMPARE(opened.document().selection(), (std::vector<int64_t>{17}));
    QCOMPARE(opened.document().current(), 17);
    type(opened, "MADE-11"); // not in these letters: what begins with it
    QCOMPARE(opened.document().selection(),
             (std::vector<int64_t>{11, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119}));
    const QString found = opened.window->searchBar().answer();
    QVERIFY2(found.startsWith("11 objects"), qPrintable(found));
    type(opened, "nobody");
    QCOMPARE(opened.document().selection().size(), size_t(11)); // what is not found changes nothing
    QVERIFY(opened.window->searchBar().answer().contains("nobody"));
}

void TestSearch::placesAreFoundTheNearestFirst() {
    OpenedWindow opened;
    QVERIFY(opened.load(onSky(120)));
    const QJsonObject before = viewOf(opened.document());
    // 0.001° of right ascension at this declination are 3.586″.
    type(opened, "10.0402 -5 8\"");
    QCOMPARE(opened.document().selection(), (std::vector<int64_t>{38, 39, 40, 41, 42}));
    QCOMPARE(opened.document().current(), 40);
    QCOMPARE(opened.window->galleryPanel().model().rows(), (std::vector<int64_t>{40, 41, 39, 42, 38}));
    opened.document().undoStack().undo();
    opened.document().setCurrent(-1);
    QCOMPARE(viewOf(opened.document())["selection"], before["selection"]);
    QCOMPARE(opened.find<QComboBox>("galleryOrder")->currentText(), QString("Catalogue order"));
    type(opened, "200 60");
    QVERIFY(opened.window->searchBar().answer().contains("No object within"));
}

void TestSearch::expressionsAreFound() {
    OpenedWindow opened;
    QVERIFY(opened.load(onSky(120)));
    type(opened, "size > 5 && kind == \"round\"");
    const Table& table = opened.document().data().data->catalog();
    std::vector<int64_t> expected;
    for (int64_t row = 0; row < 120; ++row)
        if (table.find("size")->number(row) > 5 && table.find("kind")->text(row) == "round")
            expected.push_back(row);
    QVERIFY(!expected.empty() && expected.size() < 120);
    QCOMPARE(opened.document().selection(), expected);
    type(opened, "siez > 5");
    QVERIFY2(opened.window->searchBar().answer().contains("siez"),
             qPrintable(opened.window->searchBar().answer()));
    QCOMPARE(opened.document().selection(), expected);
}

void TestSearch::likenessSelectsAndOrders() {
    OpenedWindow opened;
    QVERIFY(opened.load(onSky(150)));
    opened.document().setCurrent(33);
    opened.find<QSpinBox>("searchCount")->setValue(6);
    opened.window->searchBar().actions()[1]->trigger();
    QVERIFY(opened.settles());
    // Independently: all distances, sorted.
    const Array& z = opened.document().latents().latents->mean;
    std::vector<std::pair<double, int64_t>> expected;
    for (int64_t row = 0; row < z.dim(0); ++row) {
        double square = 0;
        for (int64_t d = 0; d < z.dim(1); ++d)
            square += std::pow(double(z.at(row, d)) - z.at(33, d), 2);
        expected.emplace_back(square, row);
    }
    std::sort(expected.begin(), expected.end());
    const auto& rows = opened.window->galleryPanel().model().rows();
    QCOMPARE(rows.size(), size_t(6));
    for (size_t i = 0; i < rows.size(); ++i)
        QCOMPARE(rows[i], expected[i].second);
    opened.keep("search-likeness");

    // From the gallery's menu: everything, the most alike first; the selection stays.
    opened.document().setSelection({});
    QMenu* menu = opened.window->galleryPanel().menuOf(80);
    const auto entries = menu->actions();
    const auto likeness = std::find_if(entries.begin(), entries.end(), [](const QAction* action) {
        return action->objectName() == "galleryLikeness";
    });
    QVERIFY(likeness != entries.end());
    (*likeness)->trigger();
    QVERIFY(opened.settles());
    QCOMPARE(opened.window->galleryPanel().model().rowAt(0), 80);
    QCOMPARE(opened.window->galleryPanel().model().rowCount(), 150);
    QVERIFY(opened.find<QComboBox>("galleryOrder")->currentText().contains("made-80"));
    opened.document().undoStack().undo();
    QVERIFY(opened.find<QComboBox>("galleryOrder")->currentText().contains("made-33"));
}

void TestSearch::anImageFindsTheVeryObject() {
    QTemporaryDir folder;
    const DataContent data = onSky(200);
    const std::vector<int64_t> row{77};
    const QString path = folder.filePath("unknown.fits");
    exportFits(*data.data, row, path.toStdString(), {.layout = ImageLayout::Extensions});
    OpenedWindow opened;
    QVERIFY(opened.load(data));
    const QJsonObject before = viewOf(opened.document());
    opened.window->searchBar().findByImage(path);
    QVERIFY(opened.settles());
    QVERIFY2(opened.window->searchBar().answer().contains("unknown.fits"),
             qPrintable(opened.window->searchBar().answer()));
    QCOMPARE(opened.window->galleryPanel().model().rowAt(0), 77);
    QCOMPARE(opened.document().current(), 77);
    QCOMPARE(opened.document().selection().size(), size_t(24));
    QVERIFY(opened.document().ranking()->distance[77] < 1e-3);
    // The place of the image is the traverse's: the ring on the map.
    QCOMPARE(opened.document().traverse().startName, QString("the image unknown.fits"));
    const std::vector<float> latent = opened.document().latentOf(77);
    for (size_t d = 0; d < latent.size(); ++d)
        QVERIFY(std::abs(latent[d] - opened.document().traverse().point[d]) < 1e-3F);
    opened.keep("search-image");
    QCOMPARE(opened.document().undoStack().count(), 1);
    opened.document().undoStack().undo();
    opened.document().setCurrent(-1);
    QCOMPARE(viewOf(opened.document()), before);
}

void TestSearch::whatCannotBeSearchedSaysWhy() {
    QTemporaryDir folder;
    OpenedWindow opened;
    QVERIFY(opened.load(made::galaxies(40)));
    SearchBar& bar = opened.window->searchBar();
    type(opened, "10 -5");
    QVERIFY2(bar.answer().contains("right ascension"), qPrintable(bar.answer()));
    QFile text(folder.filePath("image.fits"));
    QVERIFY(text.open(QIODevice::WriteOnly));
    text.write("no image");
    text.close();
    bar.findByImage(text.fileName());
    QVERIFY(opened.settles());
    QVERIFY2(bar.answer().contains("image.fits"), qPrintable(bar.answer()));
    opened.model->setMethods({"decode"});
    bar.findByImage(text.fileName());
    QVERIFY(opened.settles());
    QVERIFY2(bar.answer().contains("encode"), qPrintable(bar.answer()));
    QVERIFY(opened.document().selection().empty());
}

void TestSearch::lateAnswersAreOfTheirOwnObjects() {
    OpenedWindow opened;
    QVERIFY(opened.load(made::galaxies(120)));
    SearchBar& bar = opened.window->searchBar();
    QSignalSpy answered(&bar, &SearchBar::answered);
    bar.find("made-17");
    opened.document().setData(made::galaxies(60)); // before the answer is here
    QTRY_COMPARE(answered.size(), 1);
    QVERIFY(opened.document().selection().empty());
    QVERIFY2(bar.answer().contains("meanwhile"), qPrintable(bar.answer()));
    // Scores make other latents of the same numbers: the answer stands.
    QVERIFY(opened.load(made::galaxies(80)));
    bar.find("made-17");
    opened.document().setScores(std::vector<double>(80, 1.0));
    QTRY_COMPARE(answered.size(), 2);
    QCOMPARE(opened.document().selection(), (std::vector<int64_t>{17}));
}

void TestSearch::theGalleryIsWorkedByKeys() {
    OpenedWindow opened;
    QVERIFY(opened.load(made::galaxies(60)));
    GalleryView& view = opened.window->galleryPanel().view();
    opened.document().setCurrent(3);
    view.setFocus();
    QTest::keyClick(&view, Qt::Key_Space);
    QCOMPARE(opened.document().selection(), (std::vector<int64_t>{3}));
    opened.document().undoStack().undo();
    QVERIFY(opened.document().selection().empty());
    QTest::keyClick(&view, Qt::Key_End);
    QCOMPARE(opened.document().current(), 59);
    QTest::keyClick(&view, Qt::Key_Home);
    QCOMPARE(opened.document().current(), 0);
    QSignalSpy wanted(&opened.window->galleryPanel(), &GalleryPanel::objectRequested);
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(wanted.size(), 1);
    // Bands beside each other: cells three times as wide, pictures too.
    auto* mode = opened.find<QComboBox>("galleryMode");
    mode->setCurrentText("Bands");
    QVERIFY(opened.settles());
    const QImage bands = opened.window->galleryPanel()
                             .model()
                             .data(opened.window->galleryPanel().model().index(0), Qt::DecorationRole)
                             .value<QImage>();
    QCOMPARE(bands.size(), QSize(3 * 32, 32));
    opened.keep("gallery-bands");
    mode->setCurrentText("Colour");
    QVERIFY(opened.settles());
}

QTEST_MAIN(TestSearch)
#include "test_search.moc"
