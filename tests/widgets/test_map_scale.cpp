// The map in a real window, with many points and with pictures: what it shows in motion and at rest, density,
// thumbnails, brush, layers and pictures for publication.
#include "tests/widgets/map_fixture.h"
#include "tests/widgets/plain_drawing.h"
#include "widgets/map/density_shading.h"
#include "widgets/map/palette.h"
#include "widgets/map/tile_order.h"

#include <QBuffer>
#include <QCursor>
#include <QJsonArray>
#include <QSet>
#include <QSignalSpy>
#include <QXmlStreamReader>

using namespace galatea;

namespace {

QRect inner(const MapView& view) { // free of what is written at the edges
    return view.rect().adjusted(60, 60, -20, -60);
}

void bare(MapView& view) {
    view.setLegendVisible(false);
    view.setDisplayPanelVisible(false);
}

QImage withoutPoints(MapView& view) {
    view.setRowFilter(std::vector<bool>(static_cast<size_t>(view.pointCount()), false));
    const QImage image = view.grabImage();
    view.setRowFilter({});
    return image;
}

/// The camera the view has, by what it tells of it.
MapCamera cameraOf(const MapView& view, const Array& points) {
    MapPlace low, high;
    low.fill(1e30);
    high.fill(-1e30);
    for (int64_t row = 0; row < points.dim(0); ++row)
        for (int64_t k = 0; k < 3; ++k) {
            const double value = k < points.dim(1) ? double(points.at(row, k)) : 0;
            low[static_cast<size_t>(k)] = std::min(low[static_cast<size_t>(k)], value);
            high[static_cast<size_t>(k)] = std::max(high[static_cast<size_t>(k)], value);
        }
    MapPlace centre{};
    double square = 0;
    for (size_t k = 0; k < 3; ++k) {
        centre[k] = 0.5 * (low[k] + high[k]);
        square += 0.25 * (high[k] - low[k]) * (high[k] - low[k]);
    }
    const QJsonObject state = view.viewState();
    const auto numbers = [&](const char* name, auto& out) {
        for (size_t k = 0; k < out.size(); ++k)
            out[k] = state[name].toArray()[static_cast<qsizetype>(k)].toDouble();
    };
    MapPlace focus{};
    std::array<double, 9> axes{};
    numbers("focus", focus);
    numbers("axes", axes);
    MapCamera camera;
    camera.setDimensions(view.dimensions());
    camera.setViewport(view.size());
    camera.setExtent(centre, std::sqrt(square));
    camera.restore(focus, axes, state["visibleHeight"].toDouble());
    return camera;
}

} // namespace

class TestMapScale : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() {
        qRegisterMetaType<std::vector<qint64>>();
        QCursor::setPos(1590, 990);
    }

    void dimensions_data() {
        QTest::addColumn<int>("dimensions");
        QTest::newRow("plane") << 2;
        QTest::newRow("space") << 3;
    }

    void atRestEqualsAPlainDrawing_data() { dimensions_data(); }
    void atRestEqualsAPlainDrawing() {
        QFETCH(int, dimensions);
        const int64_t count = 150'000;
        const Array points = clusters(count, dimensions);
        MapView view;
        view.setPoints(points);
        view.setClasses(classOfRows(count), classNames());
        view.setClassVisible(4, false);
        view.setPointSize(2.5);
        view.setOpacity(0.4);
        bare(view);
        show(view);
        drag(view, {{300, 300}, {330, 320}, {380, 350}});
        PlainPicture plain(withoutPoints(view));
        const MapCamera camera = cameraOf(view, points);
        const TileOrder order = tileOrder(points);
        std::vector<PlainPoint> drawn;
        for (uint32_t round = 0; round < order.rounds; ++round)
            for (const Tile& tile : order.tiles)
                for (uint32_t slot = order.slotAfter(tile, round); slot < order.slotAfter(tile, round + 1);
                     ++slot) {
                    const int64_t row = order.rowOf[slot];
                    PlainPoint p;
                    const float z = dimensions == 3 ? points.at(row, 2) : 0;
                    if (row * classes / count == 4 ||
                        !camera.projector()(points.at(row, 0), points.at(row, 1), z, p.x, p.y, p.depth))
                        continue;
                    p.colour = toRgba(paletteColour(static_cast<size_t>(row * classes / count)));
                    p.diameter = 2.5;
                    p.opacity = 0.4;
                    drawn.push_back(p);
                }
        if (dimensions == 3) {
            std::stable_sort(drawn.begin(), drawn.end(),
                             [](const PlainPoint& a, const PlainPoint& b) { return a.depth > b.depth; });
            const auto range = camera.clippingRange();
            const Rgba ground = groundColour(true);
            for (PlainPoint& p : drawn) {
                p.diameter *= std::clamp(camera.distance() / p.depth, 0.4, 4.0);
                if (p.diameter > 1.5)
                    p.diameter = std::round(4 * p.diameter) / 4;
                const double fade = 0.42 * std::clamp((p.depth - range[0]) / (range[1] - range[0]), 0.0, 1.0);
                p.colour.r = static_cast<uint8_t>(std::lround(p.colour.r + (ground.r - p.colour.r) * fade));
                p.colour.g = static_cast<uint8_t>(std::lround(p.colour.g + (ground.g - p.colour.g) * fade));
                p.colour.b = static_cast<uint8_t>(std::lround(p.colour.b + (ground.b - p.colour.b) * fade));
            }
        }
        for (const PlainPoint& p : drawn)
            plain.add(p, false);
        QTRY_COMPARE(view.detail(), 1.0);
        const PictureDifference same = compare(plain, view.grabImage(), inner(view));
        QVERIFY2(same.mean < 0.7 && same.beyond < 60,
                 qPrintable(QString("%1 %2 %3").arg(same.mean).arg(same.largest).arg(same.beyond)));
        view.setClassVisible(4, true);
        QVERIFY(compare(plain, view.grabImage(), inner(view)).beyond > 5000);
    }

    /// In motion a part is drawn, within moments the rest follows by itself, and a new move begins anew.
    void detailFollowsAtRest_data() { dimensions_data(); }
    void detailFollowsAtRest() {
        QFETCH(int, dimensions);
        MapView view;
        fill(view, 400'000, dimensions);
        bare(view);
        view.setFrameBudget(0); // as on a very slow machine
        show(view);
        QTRY_COMPARE(view.detail(), 1.0);
        for (int k = 0; k < 4; ++k) {
            turnWheel(view, {450, 300}, k % 2 ? -1 : 1);
            QCOMPARE(view.detail(), 0.0); // nothing of this view is drawn yet
            view.repaint();
            QVERIFY2(view.detail() > 0 && view.detail() < 0.5, qPrintable(QString::number(view.detail())));
        }
        QVERIFY(QTest::qWaitFor([&] { return view.detail() > 0.5; }, 20'000));
        turnWheel(view, {450, 300}, 2); // most likely while the rest is being drawn
        view.repaint();
        QVERIFY(view.detail() < 0.5);
        QTRY_COMPARE_WITH_TIMEOUT(view.detail(), 1.0, 20'000);
        QSignalSpy frames(&view, &MapView::frameDrawn);
        QTest::qWait(300);
        QCOMPARE(frames.size(), 0); // all is shown: nothing is drawn again
        moveMouse(view, {40, 600}); // off the point that the wheel was turned on
        MapView other;
        fill(other, 400'000, dimensions);
        bare(other);
        show(other);
        other.setViewState(view.viewState());
        QCOMPARE(view.grabImage(), other.grabImage());
    }

    void changesAmidTheWorkAreSafe() {
        MapView view;
        fill(view, 500'000, 3);
        view.setFrameBudget(0);
        show(view);
        std::vector<bool> filter(500'000, true);
        for (int k = 0; k < 12; ++k) {
            turnWheel(view, {450, 300}, k % 2 ? -1 : 1);
            view.repaint();
            QTest::qWait(130); // the rest is under way
            if (k % 4 == 0)
                view.isolateClass(k % 5);
            else if (k % 4 == 1)
                view.setSelection({1, 2, 3, 400'000 + k});
            else if (k % 4 == 2)
                view.setRowFilter(filter);
            else
                fill(view, 300'000 + k, k % 3 ? 2 : 3);
            filter.assign(static_cast<size_t>(view.pointCount()), k % 2);
        }
        view.setPoints(Array());
        QVERIFY(!view.grabImage().isNull());
        QCOMPARE(view.detail(), 1.0);
    }

    void densityShowsHowManyThereAre() {
        MapView view;
        fill(view, 200'000, 2);
        show(view);
        const QImage points = view.grabImage();
        QVERIFY(view.colourBarRect().isEmpty());
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.overlayRect("panel.settings").center().toPoint());
        QTRY_VERIFY(!view.overlayRect("panel.density").isEmpty());
        QTest::mouseClick(&view, Qt::LeftButton, {}, view.overlayRect("panel.density").center().toPoint());
        QTRY_COMPARE(view.shading(), MapShading::Density);
        const QImage density = view.grabImage();
        QVERIFY(density != points);
        QVERIFY(!view.colourBarRect().isEmpty());
        // The middle of a cluster is brighter than its edge.
        const QPoint middle = view.mapToScreen({5, 0, 0}).toPoint(),
                     edge = view.mapToScreen({7.2, 0, 0}).toPoint();
        const auto lightness = [&](const QPoint& p) {
            int sum = 0;
            for (int dx = -2; dx <= 2; ++dx)
                sum += density.pixelColor(p + QPoint(dx, 0)).lightness();
            return sum;
        };
        QVERIFY2(lightness(middle) > lightness(edge) + 200,
                 qPrintable(QString("%1 %2").arg(lightness(middle)).arg(lightness(edge))));
        QCOMPARE(view.viewState()["shading"].toString(), "density");
        view.isolateClass(0);
        const QImage alone = view.grabImage();
        const QPoint other = view.mapToScreen({5 * std::cos(2.512), 4 * std::sin(2.512), 0}).toPoint();
        QVERIFY(density.pixelColor(other).lightness() > 60 && alone.pixelColor(other).lightness() < 40);
        view.setShading(MapShading::Points);
        view.showAllClasses();
        view.grabImage();
        QVERIFY(view.colourBarRect().isEmpty());
    }

    void picturesShowWhereFewAreInView() {
        MapView view;
        fill(view, 100'000, 2);
        bare(view);
        QSignalSpy wanted(&view, &MapView::thumbnailsWanted);
        view.setThumbnailsOffered(true);
        show(view);
        QTest::qWait(200);
        QCOMPARE(wanted.size(), 0); // far too many in view
        const QPointF cursor(450, 325);
        view.centreOn(100);
        turnWheel(view, cursor, 25);
        QTRY_VERIFY(!wanted.isEmpty());
        QTest::qWait(200);
        const auto asked = wanted.last().at(0).value<std::vector<qint64>>();
        QVERIFY2(asked.size() > 3 && asked.size() < 330, qPrintable(QString::number(asked.size())));
        for (const qint64 row : asked)
            QVERIFY(view.rect().contains(view.rowToScreen(row).toPoint()));
        for (size_t a = 0; a < asked.size(); ++a) // no more than a little over one another
            for (size_t b = a + 1; b < asked.size(); ++b) {
                const QPointF d = view.rowToScreen(asked[a]) - view.rowToScreen(asked[b]);
                QVERIFY(std::max(std::abs(d.x()), std::abs(d.y())) > 36);
            }
        const auto asks = wanted.size();
        QTest::qWait(200);
        QCOMPARE(wanted.size(), asks); // once each
        QImage picture(64, 64, QImage::Format_RGB32);
        picture.fill(QColor(250, 3, 250));
        const qint64 shown = *std::find_if(asked.begin(), asked.end(), [&](qint64 row) {
            return inner(view).contains(view.rowToScreen(row).toPoint());
        });
        const QPoint at = view.rowToScreen(shown).toPoint() + QPoint(-9, 7);
        QVERIFY(difference(view.grabImage().pixelColor(at), QColor(250, 3, 250)) > 60);
        view.setThumbnail(shown, picture);
        const QImage image = view.grabImage();
        QVERIFY(difference(image.pixelColor(at), QColor(250, 3, 250)) <= 3);
        QCOMPARE(view.thumbnailsShown(), (std::vector<qint64>{shown}));
        const QRectF box = view.overlayRect(QString("thumbnail.%1").arg(shown));
        QVERIFY(box.width() >= 39 && box.width() <= 113);
        view.setThumbnailsVisible(false);
        QVERIFY(difference(view.grabImage().pixelColor(at), QColor(250, 3, 250)) > 60);
        view.setThumbnailsVisible(true);
        turnWheel(view, cursor, -20); // far away again
        view.grabImage();
        QVERIFY(view.thumbnailsShown().empty());
    }

    /// More pictures than the atlas has cells, one view after the other: each shows its own.
    void manyPicturesFindRoomInTheAtlas() {
        MapView view;
        const int side = 40, count = side * side;
        Array grid({count, 2});
        for (int row = 0; row < count; ++row) {
            grid.at(row, 0) = static_cast<float>(row % side);
            grid.at(row, 1) = static_cast<float>(row / side);
        }
        view.setPoints(grid);
        bare(view);
        view.setThumbnailsOffered(true);
        const auto colourOf = [](qint64 row) {
            return QColor(static_cast<int>(row * 7 % 256), static_cast<int>(row / side * 6), 128);
        };
        connect(&view, &MapView::thumbnailsWanted, this, [&](const std::vector<qint64>& rows) {
            for (const qint64 row : rows) {
                QImage picture(16, 16, QImage::Format_RGB32);
                picture.fill(colourOf(row));
                view.setThumbnail(row, picture);
            }
        });
        show(view);
        QSet<qint64> seen;
        for (int stop = 0; stop < 6; ++stop) {
            view.centreOn(stop * 6 * side + stop * 6 + 4 * side + 4);
            if (stop == 0)
                turnWheel(view, {450, 325}, 8);
            QTRY_VERIFY(view.thumbnailsShown().size() > 40);
            QTest::qWait(150);
            const QImage image = view.grabImage();
            for (const qint64 row : view.thumbnailsShown()) {
                const QPoint at = view.rowToScreen(row).toPoint() + QPoint(6, 6);
                if (!inner(view).contains(at))
                    continue;
                QVERIFY2(difference(image.pixelColor(at), colourOf(row)) <= 3,
                         qPrintable(QString::number(row)));
                seen.insert(row);
            }
        }
        QVERIFY2(seen.size() > 256, qPrintable(QString::number(seen.size())));
    }

    void brushSelectsWhatItPaints() {
        MapView view;
        fill(view, 20'000, 2);
        show(view);
        view.setFocus();
        QTest::keyClick(&view, Qt::Key_B);
        QCOMPARE(view.tool(), MapTool::Brush);
        const double before = view.brushRadius();
        QTest::keyClick(&view, Qt::Key_BracketRight);
        QVERIFY(view.brushRadius() > before);
        view.setBrushRadius(25);
        QSignalSpy asked(&view, &MapView::selectionRequested);
        const QList<QPoint> way{{200, 300}, {300, 260}, {420, 330}, {600, 420}};
        drag(view, way, Qt::ShiftModifier);
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked.last().at(1).value<MapSelectionMode>(), MapSelectionMode::Add);
        const auto rows = asked.last().at(0).value<std::vector<qint64>>();
        QSet<qint64> painted(rows.begin(), rows.end());
        QVERIFY(rows.size() > 100);
        for (qint64 row = 0; row < view.pointCount(); ++row) {
            const QPointF p = view.rowToScreen(row);
            double least = 1e9;
            for (qsizetype i = 0; i + 1 < way.size(); ++i) {
                const QPointF a = way[i], ab = QPointF(way[i + 1]) - a;
                const double t =
                    std::clamp(QPointF::dotProduct(p - a, ab) / QPointF::dotProduct(ab, ab), 0.0, 1.0);
                least = std::min(least, QLineF(p, a + t * ab).length());
            }
            if (std::abs(least - 25) > 1e-6)
                QCOMPARE(painted.contains(row), least < 25);
        }
        QTest::mouseClick(&view, Qt::LeftButton, {}, way[1]); // a dab
        QCOMPARE(asked.size(), 2);
        for (const qint64 row : asked.last().at(0).value<std::vector<qint64>>())
            QVERIFY(QLineF(view.rowToScreen(row), way[1]).length() <= 25 + 1e-9);
        QVERIFY(!asked.last().at(0).value<std::vector<qint64>>().empty());
    }

    void aSecondDataSetIsALayer() {
        MapView view;
        fill(view, 2000, 2);
        show(view);
        const QColor colour(255, 255, 0);
        const QPointF at = view.mapToScreen({-1, 0.2, 0});
        QVERIFY(difference(view.grabImage().pixelColor(at.toPoint()), colour) > 60);
        view.setPointSize(8);
        view.setOpacity(1);
        view.setDataLayer(Array({2, 2}, {-1, 0.2F, 4, 4}), "second survey", colour);
        QVERIFY(difference(view.grabImage().pixelColor(at.toPoint()), colour) <= 3);
        QVERIFY(!view.overlayRect("layer").isEmpty());
        QCOMPARE(view.pick(at, 1), qint64{-1}); // only looked at
        QVERIFY_EXCEPTION_THROWN(view.setDataLayer(Array({2, 1}, {1, 2}), "narrow"), std::invalid_argument);
        view.setDataLayer(Array(), {});
        QVERIFY(difference(view.grabImage().pixelColor(at.toPoint()), colour) > 60);
        QVERIFY(view.overlayRect("layer").isEmpty());
    }

    void aPublishedPictureShowsTheSameAtAnySize() {
        MapView view;
        fill(view, 3000, 2);
        view.setPointSize(6);
        view.setOpacity(1);
        view.setEllipses({MapEllipse::planar({0, 0}, 1, 0, 1, QColor(255, 0, 0), "A")});
        show(view);
        const QImage screen = view.grabImage(), once = view.renderImage(view.size(), 1),
                     large = view.renderImage(view.size() * 3, 3);
        QCOMPARE(once.size(), view.size());
        QCOMPARE(large.size(), view.size() * 3);
        int same = 0, compared = 0;
        for (qint64 row = 0; row < 3000; row += 11) {
            const QPoint at = view.rowToScreen(row).toPoint();
            if (!QRect(80, 80, 560, 480).contains(at))
                continue;
            ++compared;
            same += difference(once.pixelColor(at), screen.pixelColor(at)) <= 6 &&
                    difference(large.pixelColor(at * 3 + QPoint(1, 1)), screen.pixelColor(at)) <= 60;
        }
        QVERIFY2(compared > 100 && same > 0.9 * compared,
                 qPrintable(QString("%1 of %2").arg(same).arg(compared)));
        QVERIFY_EXCEPTION_THROWN(view.renderImage(QSize(0, 5)), std::invalid_argument);
        QVERIFY_EXCEPTION_THROWN(view.renderImage(QSize(20'000, 5)), std::invalid_argument);
        QCOMPARE(view.grabImage(), screen); // the window has not noticed
    }

    void svgHoldsShapesAndText() {
        MapView view;
        fill(view, 500, 2);
        view.setAxisNames({"PC 1", "PC 2"});
        view.setEllipses({MapEllipse::planar({0, 0}, 1, 0, 1, QColor(255, 0, 0), "<A>")});
        show(view);
        const auto look = [](const QByteArray& svg, QStringList& texts, QByteArray& embedded) {
            QHash<QString, int> elements;
            QXmlStreamReader reader(svg);
            while (!reader.atEnd()) {
                if (reader.readNext() != QXmlStreamReader::StartElement)
                    continue;
                const QString name = reader.name().toString();
                ++elements[name];
                if (name == "image")
                    embedded = QByteArray::fromBase64(
                        reader.attributes().value("href").toString().section(',', 1).toLatin1());
                if (name == "text")
                    texts << reader.readElementText();
            }
            return reader.hasError() ? QHash<QString, int>() : elements;
        };
        QStringList texts;
        QByteArray embedded;
        const auto few = look(view.renderSvg(view.size()), texts, embedded);
        QVERIFY2(few["path"] > 400, qPrintable(QString::number(few["path"])));
        QCOMPARE(few["image"], 0);
        QVERIFY(texts.contains("PC 1") && texts.contains("Elliptical") && texts.contains("<A>"));
        texts.clear();
        const auto many = look(view.renderSvg(view.size(), 2, 10), texts, embedded);
        QCOMPARE(many["image"], 1);
        QVERIFY(many["path"] < 200 && many["path"] > 5);
        QVERIFY(texts.contains("Elliptical"));
        const QImage picture = QImage::fromData(embedded, "PNG");
        QCOMPARE(picture.size(), view.size() * 2);
        const QPoint at = (2 * view.rowToScreen(250)).toPoint();
        QVERIFY(picture.pixelColor(at).alpha() > 100);
        QCOMPARE(picture.pixelColor(4, 4).alpha(), 0);
        view.setClassVisible(0, false);
        texts.clear();
        look(view.renderSvg(view.size()), texts, embedded);
        QVERIFY(!texts.contains("Elliptical") && texts.contains("Spiral"));
    }
};

QTEST_MAIN(TestMapScale)
#include "test_map_scale.moc"
