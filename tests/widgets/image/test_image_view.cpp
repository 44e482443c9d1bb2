#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

#include "widgets/image/filmstrip.h"
#include "widgets/image/image_view.h"

using namespace galatea;

class TestImageView : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void fitsAndCentres();
    void wheelZoomsAboutTheCursor();
    void dragPansAndDoubleClickFits();
    void reportsThePixelUnderTheMouse();
    void filmstripTellsWhichFrame();
};

namespace {

QImage checker() {
    QImage image(20, 10, QImage::Format_RGB32);
    image.fill(Qt::black);
    image.setPixel(3, 4, qRgb(255, 0, 0));
    return image;
}

void wheel(QWidget& widget, QPointF at, int delta) {
    QWheelEvent event(at, widget.mapToGlobal(at), {}, {0, delta}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(&widget, &event);
}

} // namespace

void TestImageView::fitsAndCentres() {
    ImageView view;
    view.resize(200, 200);
    view.setImage(checker());
    QCOMPARE(view.zoom(), 10.0);
    QCOMPARE(view.pictureRect(), QRectF(0, 0, 200, 100));
    const QImage drawn = view.grab().toImage();
    const double ratio = drawn.devicePixelRatio();
    QCOMPARE(drawn.pixelColor(QPoint(35, 45) * ratio), QColor(Qt::red)); // crisp, not blurred
    QCOMPARE(drawn.pixelColor(QPoint(31, 41) * ratio), QColor(Qt::red));
}

void TestImageView::wheelZoomsAboutTheCursor() {
    ImageView view;
    view.resize(200, 200);
    view.setImage(checker());
    const QPointF at(60, 30);
    const QRectF before = view.pictureRect();
    const double place = (at.x() - before.left()) / before.width();
    wheel(view, at, 240);
    const QRectF after = view.pictureRect();
    QVERIFY(view.zoom() > 10.0);
    QVERIFY(std::abs((at.x() - after.left()) / after.width() - place) < 1e-9);
    wheel(view, at, -24000);
    QCOMPARE(view.pictureRect(), before); // never smaller than fitted
}

void TestImageView::dragPansAndDoubleClickFits() {
    ImageView view;
    view.resize(200, 200);
    view.setImage(checker());
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    wheel(view, {100, 100}, 600);
    const QRectF before = view.pictureRect();
    QTest::mousePress(&view, Qt::LeftButton, {}, {100, 100});
    QTest::mouseMove(&view, {130, 90});
    QTest::mouseRelease(&view, Qt::LeftButton, {}, {130, 90});
    QVERIFY((view.pictureRect().topLeft() - before.topLeft() - QPointF(30, -10)).manhattanLength() < 1e-6);
    view.setImage(checker()); // same size: the view stays
    QVERIFY(view.zoom() > 10);
    QTest::mouseDClick(&view, Qt::LeftButton, {}, {100, 100});
    QCOMPARE(view.zoom(), 10.0);
}

void TestImageView::reportsThePixelUnderTheMouse() {
    ImageView view;
    view.resize(200, 200);
    view.setImage(checker());
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    QSignalSpy hovered(&view, &ImageView::pixelHovered);
    QTest::mouseMove(&view, {35, 45});
    QTRY_VERIFY(!hovered.isEmpty());
    QCOMPARE(hovered.last()[0].toPoint(), QPoint(3, 4));
    QTest::mouseMove(&view, {35, 150});
    QTRY_COMPARE(hovered.last()[0].toPoint(), QPoint(-1, -1));
}

void TestImageView::filmstripTellsWhichFrame() {
    Filmstrip strip;
    strip.resize(300, 80);
    strip.setFrames(std::vector<QImage>(5, checker()), {"a", "b", "c", "d", "e"});
    strip.show();
    QVERIFY(QTest::qWaitForWindowExposed(&strip));
    QSignalSpy clicked(&strip, &Filmstrip::frameClicked);
    QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.frameRect(3).center());
    QCOMPARE(clicked.size(), 1);
    QCOMPARE(clicked[0][0].toInt(), 3);
    for (int i = 1; i < 5; ++i)
        QVERIFY(!strip.frameRect(i).intersects(strip.frameRect(i - 1)));
}

QTEST_MAIN(TestImageView)
#include "test_image_view.moc"
