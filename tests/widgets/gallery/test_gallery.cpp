#include <atomic>
#include <numeric>
#include <set>

#include <QAbstractItemModelTester>
#include <QMimeData>
#include <QMutex>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include "widgets/gallery/gallery_view.h"

using namespace galatea;

namespace {

std::vector<int64_t> firstRows(int64_t count) {
    std::vector<int64_t> rows(static_cast<size_t>(count));
    std::iota(rows.begin(), rows.end(), 0);
    return rows;
}

QImage plain(QColor colour) {
    QImage image(16, 16, QImage::Format_RGB32);
    image.fill(colour);
    return image;
}

struct Bench {
    LiveThread reader{"reader"}, inference{"inference"};
    ThumbnailLoader loader{reader, inference};
    GalleryModel model{loader};
    QMutex mutex;
    std::set<int64_t> asked;
    std::atomic<int> decoded{0};

    Bench() {
        loader.setProvider([this](const std::vector<int64_t>& rows, ThumbnailMode mode, const StopToken&) {
            std::vector<QImage> pictures;
            for (const int64_t row : rows) {
                QMutexLocker lock(&mutex);
                asked.insert(row);
                decoded += mode != ThumbnailMode::Original;
                pictures.push_back(row == 13 ? QImage()
                                             : plain(mode == ThumbnailMode::Original ? Qt::red : Qt::blue));
            }
            return pictures;
        });
    }
};

} // namespace

class TestGallery : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void modelKeepsQtsRules();
    void asksOnlyForWhatIsVisible();
    void clickAndHoverNameTheRow();
    void keyboardWalks();
    void modesHavePicturesOfTheirOwn();
    void unreadableRowsAreMarked();
    void dragCarriesRows();
    void aThrowingProviderIsReportedOnce();
    void whatIsScrolledAwayIsCancelled();
    void picturesBesideEachOther();
};

void TestGallery::modelKeepsQtsRules() {
    Bench bench;
    QAbstractItemModelTester tester(&bench.model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    bench.model.setRows({5, 3, 8});
    bench.model.setTexts([](int64_t row) { return QString("object %1").arg(row); }, {});
    QCOMPARE(bench.model.rowCount(), 3);
    QCOMPARE(bench.model.index(1).data().toString(), "object 3");
    QCOMPARE(bench.model.index(2).data(GalleryModel::RowRole).toLongLong(), 8);
    QCOMPARE(bench.model.placeOf(8), 2);
    QCOMPARE(bench.model.placeOf(4), -1);
    bench.model.setRows({});
    QCOMPARE(bench.model.rowCount(), 0);
}

void TestGallery::asksOnlyForWhatIsVisible() {
    Bench bench;
    GalleryView view(bench.model, bench.loader);
    view.resize(600, 400);
    view.setThumbnailSide(96);
    bench.model.setRows(firstRows(1000000));
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    QTRY_VERIFY(!bench.loader.thumbnail(0).isNull());
    QTRY_VERIFY(!bench.loader.busy());
    QVERIFY2(bench.asked.size() < 150, qPrintable(QString::number(bench.asked.size())));

    view.verticalScrollBar()->setValue(view.verticalScrollBar()->maximum());
    QTRY_VERIFY(!bench.loader.thumbnail(999999).isNull());
    QTRY_VERIFY(!bench.loader.busy());
    QVERIFY2(bench.asked.size() < 400, qPrintable(QString::number(bench.asked.size())));
    const QRect last = view.visualRect(bench.model.index(999999));
    QVERIFY(view.viewport()->rect().contains(last));
}

void TestGallery::clickAndHoverNameTheRow() {
    Bench bench;
    GalleryView view(bench.model, bench.loader);
    view.resize(600, 400);
    bench.model.setRows({40, 41, 42, 43, 44, 45, 46, 47, 48});
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    QSignalSpy clicked(&view, &GalleryView::rowClicked), hovered(&view, &GalleryView::rowHovered);
    const QPoint at = view.visualRect(bench.model.index(2)).center();
    QCOMPARE(view.indexAt(at).row(), 2);
    QTest::mouseMove(view.viewport(), at);
    QTRY_COMPARE(hovered.size(), 1);
    QCOMPARE(hovered[0][0].toLongLong(), 42);
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, at);
    QCOMPARE(clicked.size(), 1);
    QCOMPARE(clicked[0][0].toLongLong(), 42);
    view.setCurrentRow(47); // from elsewhere: no echo
    QCOMPARE(clicked.size(), 1);
    QCOMPARE(view.currentIndex().row(), 7);
}

void TestGallery::keyboardWalks() {
    Bench bench;
    GalleryView view(bench.model, bench.loader);
    view.resize(600, 400);
    bench.model.setRows(firstRows(50));
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    view.setFocus();
    QVERIFY(!view.currentIndex().isValid()); // the focus alone chooses nothing
    QTest::keyClick(&view, Qt::Key_Right);
    QCOMPARE(view.currentIndex().row(), 0);
    QTest::keyClick(&view, Qt::Key_Right);
    QCOMPARE(view.currentIndex().row(), 1);
    QTest::keyClick(&view, Qt::Key_Down);
    const int columns = view.currentIndex().row() - 1;
    QVERIFY(columns > 1);
    QCOMPARE(view.visualRect(view.currentIndex()).left(), view.visualRect(bench.model.index(1)).left());
    QTest::keyClick(&view, Qt::Key_End);
    QCOMPARE(view.currentIndex().row(), 49);
}

void TestGallery::modesHavePicturesOfTheirOwn() {
    Bench bench;
    bench.loader.want({1, 2});
    QTRY_VERIFY(!bench.loader.thumbnail(2).isNull());
    QCOMPARE(bench.loader.thumbnail(1).pixelColor(0, 0), QColor(Qt::red));
    QCOMPARE(bench.decoded.load(), 0);
    bench.loader.setMode(ThumbnailMode::Reconstruction);
    QVERIFY(bench.loader.thumbnail(1).isNull());
    bench.loader.want({1, 2});
    QTRY_VERIFY(!bench.loader.thumbnail(2).isNull());
    QCOMPARE(bench.loader.thumbnail(1).pixelColor(0, 0), QColor(Qt::blue));
    bench.loader.setMode(ThumbnailMode::Original);
    QCOMPARE(bench.loader.thumbnail(1).pixelColor(0, 0), QColor(Qt::red)); // kept
}

void TestGallery::unreadableRowsAreMarked() {
    Bench bench;
    bench.model.setRows({12, 13});
    bench.loader.want({12, 13});
    QTRY_VERIFY(bench.loader.failed(13));
    QVERIFY(!bench.loader.failed(12));
    QVERIFY(bench.model.index(1).data(GalleryModel::FailedRole).toBool());
    bench.asked.clear();
    bench.loader.want({12, 13});
    QTest::qWait(30);
    QVERIFY(bench.asked.empty()); // not asked for again
}

void TestGallery::dragCarriesRows() {
    Bench bench;
    bench.model.setRows({7, 90000000000});
    const std::unique_ptr<QMimeData> mime(bench.model.mimeData({bench.model.index(0), bench.model.index(1)}));
    QVERIFY(mime->hasFormat(rowsMimeType));
    QCOMPARE(rowsFromMime(*mime), (std::vector<int64_t>{7, 90000000000}));
    QMimeData foreign;
    foreign.setData(rowsMimeType, "nonsense\n3\n");
    QCOMPARE(rowsFromMime(foreign), (std::vector<int64_t>{3}));
    // A selection may hold every object; what is carried stays small.
    std::vector<int64_t> many(2000000);
    std::iota(many.begin(), many.end(), 5);
    const std::unique_ptr<QMimeData> large(mimeOfRows(many));
    QVERIFY(large->data(rowsMimeType).size() < 10000);
    QCOMPARE(rowsFromMime(*large).front(), int64_t(5));
}

void TestGallery::aThrowingProviderIsReportedOnce() {
    Bench bench;
    QSignalSpy failed(&bench.loader, &ThumbnailLoader::failedWith);
    bench.loader.setProvider(
        [](const std::vector<int64_t>&, ThumbnailMode, const StopToken&) -> std::vector<QImage> {
            throw ModelError("m.pt", "it died", "open it again");
        });
    bench.loader.want(firstRows(60));
    QTRY_VERIFY(!bench.loader.busy());
    QCOMPARE(failed.size(), 1);
    QVERIFY(failed[0][0].toString().contains("it died"));
}

void TestGallery::whatIsScrolledAwayIsCancelled() {
    Bench bench;
    std::atomic<int> made{0};
    std::atomic<bool> started{false}, stopped{false};
    bench.loader.setProvider([&](const std::vector<int64_t>& rows, ThumbnailMode, const StopToken& stop) {
        std::vector<QImage> pictures;
        started = true;
        if (rows.front() == 0) // a slow one, until it is told to stop
            for (int i = 0; i < 2000 && !stop.stop_requested(); ++i)
                QThread::msleep(5);
        stopped = stopped || stop.stop_requested();
        for (size_t i = 0; i < rows.size() && !stop.stop_requested(); ++i, ++made)
            pictures.push_back(plain(Qt::blue));
        return pictures;
    });
    bench.loader.setMode(ThumbnailMode::Reconstruction);
    bench.loader.want({0, 1, 2, 3});
    QTRY_VERIFY(started);
    QVERIFY(bench.loader.busy());
    bench.loader.want({500, 501});
    QTRY_VERIFY(!bench.loader.thumbnail(501).isNull());
    QVERIFY(stopped);
    QCOMPARE(made.load(), 2);
    QVERIFY(bench.loader.thumbnail(0).isNull() && !bench.loader.failed(0)); // to be asked for again
}

void TestGallery::picturesBesideEachOther() {
    Bench bench;
    GalleryView view(bench.model, bench.loader);
    view.resize(600, 400);
    view.setThumbnailSide(96);
    bench.model.setRows(firstRows(40));
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    const int narrow = view.visualRect(bench.model.index(0)).width();
    view.setPicturesPerCell(2);
    QVERIFY(view.visualRect(bench.model.index(0)).width() >= 2 * 96);
    QVERIFY(view.visualRect(bench.model.index(0)).width() > narrow);
    QCOMPARE(view.visualRect(bench.model.index(1)).top(), view.visualRect(bench.model.index(0)).top());
}

QTEST_MAIN(TestGallery)
#include "test_gallery.moc"
