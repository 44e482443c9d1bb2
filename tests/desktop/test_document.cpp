#include <QAbstractItemModelTester>
#include <QDir>
#include <QJsonArray>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/desktop/analysis.h"
#include "app/desktop/chart_work.h"
#include "app/desktop/command_line.h"
#include "app/desktop/command_palette.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/commands/label_commands.h"
#include "app/desktop/display_choice.h"
#include "app/desktop/session.h"
#include "tests/desktop/made_content.h"
#include "widgets/map/palette.h"

using namespace galatea;

namespace {

void fill(Document& document, int64_t count = 60) {
    const auto model = std::make_shared<made::LinearModel>();
    const DataContent data = made::galaxies(count);
    auto latents = std::make_shared<Latents>(embed(*model, *data.data, {}));
    document.setModel({model, {}});
    document.setData(data);
    document.setLatents(describeLatents(latents, model->card().mixture, {}));
    document.setMap(principalMap(latents->mean));
}

} // namespace

class TestDocument : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void contentArrives();
    void everyCommandUndoesAndRedoes();
    void dragsOfOneSliderAreOneStep();
    void newContentDropsWhatNoLongerFits();
    void keptMapsAndLayersGoWithTheirLatents();
    void aMapOnItsWayIsNotTheDocuments();
    void labelsLeaveOtherColumnsAlone();
    void classesAreDrawnAsTheirColumnIs();
    void looksOfComponentsAreReadWithCare();
    void fitsImagesToModels();
    void percentilesOfARange();
    void sessionsComeBack();
    void sessionsRefuseOtherFiles();
    void viewsOfOtherFilesDoNoHarm();
    void commandLineIsUnderstood();
    void paletteFindsByLetters();
};

void TestDocument::contentArrives() {
    Document document;
    QVERIFY(document.isEmpty());
    fill(document);
    QCOMPARE(document.objectCount(), 60);
    QVERIFY(document.hasImages());
    QCOMPARE(document.objectName(7), "made-7");
    QCOMPARE(document.colouring().kind, ColourBy::Kind::Component);
    QCOMPARE(document.traverse().startName, "the mean of the data");
    // The model that made the galaxies finds its own latents again: the mean is near the mixture's.
    double expected = 0.3 * 2 + 0.2 * -2;
    QVERIFY(std::abs(document.traverse().point[0] - expected) < 0.6);
    std::vector<int> classOf;
    QStringList names;
    QVERIFY(document.classesOf({ColourBy::Kind::Column, "kind"}, classOf, names));
    QCOMPARE(names, (QStringList{"lumpy", "round"}));
    QVERIFY(!document.classesOf({ColourBy::Kind::Column, "size"}, classOf, names));
    QCOMPARE(document.valuesOf({ColourBy::Kind::Column, "size"}).size(), size_t(60));
}

void TestDocument::everyCommandUndoesAndRedoes() {
    Document document;
    fill(document);
    QUndoStack& stack = document.undoStack();
    stack.clear();
    const QJsonObject before = viewOf(document);
    std::vector<QJsonObject> states;
    commands::select(document, {3, 1, 2});
    states.push_back(viewOf(document));
    commands::colourBy(document, {ColourBy::Kind::Column, "kind"});
    states.push_back(viewOf(document));
    commands::hideClasses(document, {1});
    states.push_back(viewOf(document));
    commands::startFrom(document, document.latentOf(5), "object made-5");
    states.push_back(viewOf(document));
    commands::moveLatent(document, 2, 1.5F, 1);
    states.push_back(viewOf(document));
    commands::resetTraverse(document);
    states.push_back(viewOf(document));
    DisplaySettings display = document.display();
    display.rendering.stretch = Stretch::Asinh;
    commands::setDisplay(document, display);
    states.push_back(viewOf(document));
    SampleSettings sample;
    sample.components = {2};
    sample.seed = 9;
    commands::setSampleSettings(document, sample);
    states.push_back(viewOf(document));
    QCOMPARE(stack.count(), static_cast<int>(states.size()));
    for (size_t i = 1; i < states.size(); ++i)
        QVERIFY2(states[i] != states[i - 1], qPrintable(stack.text(static_cast<int>(i))));
    for (size_t i = states.size(); i-- > 0;) {
        QVERIFY(!stack.undoText().isEmpty());
        QCOMPARE(viewOf(document), states[i]);
        stack.undo();
    }
    QCOMPARE(viewOf(document), before);
    for (const QJsonObject& state : states) {
        stack.redo();
        QCOMPARE(viewOf(document), state);
    }
    QCOMPARE(document.selection(), (std::vector<int64_t>{1, 2, 3}));
}

void TestDocument::dragsOfOneSliderAreOneStep() {
    Document document;
    fill(document);
    document.undoStack().clear();
    const float before = document.traverse().point[1];
    for (int step = 0; step < 50; ++step)
        commands::moveLatent(document, 1, static_cast<float>(step) * 0.01F, 7);
    QCOMPARE(document.undoStack().count(), 1);
    commands::moveLatent(document, 1, 2, 8); // another drag
    commands::moveLatent(document, 0, 2, 8); // another slider
    QCOMPARE(document.undoStack().count(), 3);
    document.undoStack().undo();
    document.undoStack().undo();
    QCOMPARE(document.traverse().point[1], 0.49F);
    document.undoStack().undo();
    QCOMPARE(document.traverse().point[1], before);
}

void TestDocument::aMapOnItsWayIsNotTheDocuments() {
    Document document;
    fill(document);
    const auto isAt = [](const MapContent& map, float place) {
        return std::as_const(map.map.coordinates).at(0, 0) == place;
    };
    const auto mapAt = [&](float place) {
        MapContent content;
        content.map.method = "tsne";
        content.map.coordinates = Array({document.objectCount(), 2});
        content.map.coordinates.at(0, 0) = place;
        return content;
    };
    document.setMap(mapAt(1));
    commands::keepMap(document, "one");
    commands::setMap(document, document.map(), mapAt(2), "two");
    const ColumnSetPtr columns = document.columns();
    document.previewMap(mapAt(90));
    document.previewMap(mapAt(91));
    QVERIFY(isAt(document.map(), 91) && isAt(document.settledMap(), 2));
    QVERIFY(document.columns() == columns); // nor do the objects' places run after it
    commands::keepMap(document, "two");
    QVERIFY(isAt(*document.keptMaps().at(1).content, 2));
    commands::showKeptMap(document, 0); // a person's choice outlives what is on its way
    QVERIFY(isAt(document.map(), 1));
    document.previewMap(mapAt(92));
    document.endPreview();
    QVERIFY(isAt(document.map(), 1) && document.map().placement);
    document.endPreview(); // nothing is on its way
    QVERIFY(isAt(document.map(), 1));
    document.undoStack().undo();
    QVERIFY(isAt(document.map(), 2)); // not the one that was half made
    document.previewMap(mapAt(93));
    const auto others = std::make_shared<Latents>(*document.latents().latents);
    document.setLatents(describeLatents(others, {}, {}));
    QVERIFY(document.map().map.coordinates.empty() && document.settledMap().map.coordinates.empty());
    MapContent file = mapAt(5);
    file.path = "map.h5";
    document.setMap(file);
    document.previewMap(mapAt(94));
    document.setLatents(describeLatents(std::make_shared<Latents>(*others), {}, {}));
    QVERIFY(isAt(document.map(), 5)); // may be of these; what was on its way is not
}

void TestDocument::newContentDropsWhatNoLongerFits() {
    Document document;
    fill(document, 60);
    commands::select(document, {50});
    document.setCurrent(50);
    document.setData(made::galaxies(20));
    QVERIFY(!document.latents().latents);
    QVERIFY(document.map().map.coordinates.empty());
    QVERIFY(document.selection().empty());
    QCOMPARE(document.current(), -1);
    QVERIFY(!document.undoStack().canUndo());
    QCOMPARE(document.objectCount(), 20);
    document.setSelection({5, 99, -3});
    QCOMPARE(document.selection(), (std::vector<int64_t>{5}));
}

void TestDocument::keptMapsAndLayersGoWithTheirLatents() {
    Document document;
    fill(document);
    commands::keepMap(document, "first");
    commands::keepMap(document, "again"); // the same map is kept once
    QCOMPARE(document.keptMaps().size(), size_t{1});
    commands::renameKeptMap(document, 0, "  straight   axes ");
    QCOMPARE(document.keptMaps()[0].name, "straight axes");
    MapContent bent;
    bent.map.method = "tsne";
    bent.map.coordinates = document.map().map.coordinates.copy();
    commands::setMap(document, document.map(), bent, "t-SNE map");
    commands::showKeptMap(document, 0);
    QVERIFY(document.map().pca.has_value());
    document.undoStack().undo();
    QCOMPARE(document.map().map.method, std::string("tsne"));
    commands::dropKeptMap(document, 0);
    QVERIFY(document.keptMaps().empty());
    document.undoStack().undo();
    QCOMPARE(document.keptMaps().size(), size_t{1});

    auto second = std::make_shared<Latents>();
    second->mean = Array({3, made::latents});
    DataLayer layer;
    layer.name = "second";
    layer.latents = second;
    commands::setDataLayer(document, std::make_shared<const DataLayer>(layer));
    QVERIFY(document.dataLayer());
    for (const double opacity : {0.8, 0.6, 0.4}) { // a slider being drawn: one step
        layer.opacity = opacity;
        commands::changeDataLayer(document, layer);
    }
    QCOMPARE(document.undoStack().undoText(), "fade the layer");
    document.undoStack().undo();
    QCOMPARE(document.dataLayer()->opacity, DataLayer().opacity);
    auto narrow = std::make_shared<Latents>();
    narrow->mean = Array({3, 1});
    layer.latents = narrow;
    document.setDataLayer(std::make_shared<const DataLayer>(layer));
    QCOMPARE(document.dataLayer()->latents, LatentsPtr(second)); // of another width: not taken
    const auto others = std::make_shared<Latents>(*document.latents().latents);
    document.setLatents(describeLatents(others, {}, {}));
    QVERIFY(document.keptMaps().empty()); // made of other latents
    QVERIFY(document.dataLayer());        // as wide as these
    document.clear();
    QVERIFY(!document.dataLayer());
}

void TestDocument::labelsLeaveOtherColumnsAlone() {
    Document document;
    fill(document);
    document.setLabeller("ann");
    const int16_t ring = commands::addClass(document, "ring");
    const auto column = [&](const char* name) { return findColumn(*document.columns(), name); };
    QCOMPARE(document.labelColumn(), column("label"));
    const ColumnViewPtr likelihood = column("log_likelihood"), empty = column("label");
    QVERIFY(likelihood && empty);
    commands::label(document, {3, 5}, ring);
    QCOMPARE(column("log_likelihood"), likelihood);
    const ColumnViewPtr label = column("label"), by = column("label_by");
    QVERIFY(label != empty);
    QCOMPARE(label->text(5) + label->text(4), std::string("ring"));
    QCOMPARE(by->text(3) + by->text(4), std::string("ann"));
    QVERIFY(column("label_time")->text(3).ends_with("Z"));
    QCOMPARE(column("label_confidence")->number(5), 1.0);
    QVERIFY(std::isnan(column("label_confidence")->number(4)));
    QSignalSpy changed(&document, &Document::columnsChanged);
    commands::recolourClass(document, ring, QColor(1, 2, 3));
    QCOMPARE(changed.size(), 1); // charts draw it in the new colour
    QCOMPARE(column("label"), label);
    QCOMPARE(column("label_by"), by);
    const ColumnSetPtr all = document.columns();
    commands::propose(document, std::make_shared<const std::vector<LabelProposal>>(
                                    std::vector<LabelProposal>{{7, ring, 0.5F}}));
    QCOMPARE(changed.size(), 1);
    QCOMPARE(document.columns(), all);
    document.setLabeller("bob");
    commands::label(document, {7}, ring);
    QCOMPARE(column("label_by")->text(7) + column("label_by")->text(3), std::string("bobann"));
    document.setData(made::galaxies(20)); // other objects, and a book of their own
    QVERIFY(!document.labelColumn());
    document.setLabeller("eve");
    commands::label(document, {2}, commands::addClass(document, "bar"));
    QCOMPARE(column("label_by")->text(2) + column("label")->text(2), std::string("evebar"));
}

void TestDocument::classesAreDrawnAsTheirColumnIs() {
    Document document;
    fill(document);
    Table table = document.catalogue()->columns().empty() ? Table() : *document.catalogue();
    table.set({"component", std::vector<int64_t>(60, 1)}); // the catalogue's own, of something else
    table.set({"label", std::vector<std::string>(60, "ring")});
    DataContent data;
    data.source = data.data = makeMemoryDataset(document.data().data->info(),
                                                Array({60, made::bands, made::side, made::side}), table);
    LatentContent latents = document.latents();
    document.setData(data);
    document.setLatents(latents);
    commands::renameComponent(document, 0, "Spirals");
    commands::recolourComponent(document, 0, QColor(1, 2, 3));
    commands::addClass(document, "ring", QColor(4, 5, 6));
    QCOMPARE(document.componentColumn()->name(), std::string("component_galatea"));
    QCOMPARE(document.labelColumn()->name(), std::string("label_galatea"));
    const auto drawn = [&](const char* column) {
        ChartRequest request;
        request.kind = ChartKind::Scatter;
        request.x = "z1";
        request.y = "z2";
        request.classColumn = column;
        request.columns = document.columns();
        request.rows = 60;
        request.mask = std::make_shared<const std::vector<uint8_t>>();
        request.selection = std::make_shared<const std::vector<int64_t>>();
        request.looks = looksOf(document, column);
        return drawChart(request, nullptr, {}).density.layers;
    };
    QCOMPARE(drawn("component").front().name, QString("1"));
    QCOMPARE(drawn("component").front().colour, paletteColour(0));
    QCOMPARE(drawn("label").front().colour, paletteColour(0));
    const auto components = drawn("component_galatea"); // in its colours at the first drawing
    QCOMPARE(components[0].name, QString("Spirals"));
    QCOMPARE(components[0].colour, QColor(1, 2, 3));
    QCOMPARE(components[1].name, QString("2"));
    QCOMPARE(components[1].colour, paletteColour(1));
    commands::label(document, {0}, 0);
    QCOMPARE(drawn("label_galatea").front().colour, QColor(4, 5, 6));
}

void TestDocument::looksOfComponentsAreReadWithCare() {
    const std::vector<ComponentLook> looks{{"spirals", QColor(1, 2, 3)}, {}, {"", QColor(255, 0, 0)}};
    QVERIFY(componentLooksFrom(toJson(looks)) == looks);
    const QJsonArray damaged{QJsonObject{{"name", 7}, {"colour", "no colour"}}, "text", QJsonArray{1},
                             QJsonObject{{"name", QString(500, 'x') + "\n"}}};
    const std::vector<ComponentLook> read = componentLooksFrom(damaged);
    QCOMPARE(read.size(), size_t{4});
    for (size_t k = 0; k < 3; ++k)
        QVERIFY(read[k] == ComponentLook{});
    QCOMPARE(read[3].name.size(), 80);
}

void TestDocument::fitsImagesToModels() {
    DatasetInfo zoo;
    zoo.channels = 3;
    zoo.height = zoo.width = 424;
    ModelInput input;
    input.channels = 1;
    input.height = input.width = 128;
    const Fit published = fitToModel(zoo, input);
    QVERIFY(published.possible);
    QCOMPARE(published.transform.crop, 192);
    QVERIFY(published.transform.gray);
    QCOMPARE(published.transform.size, 128);
    QVERIFY(published.transform.rescale);

    DatasetInfo same = zoo;
    same.channels = 1;
    same.height = same.width = 128;
    QVERIFY(!fitToModel(same, input).transform.any());

    DatasetInfo oblong = zoo;
    oblong.height = 100;
    oblong.width = 160;
    input.height = input.width = 64;
    const Fit cut = fitToModel(oblong, input);
    QCOMPARE(cut.transform.crop, 100);
    QCOMPARE(cut.transform.size, 64);

    input.channels = 5;
    QVERIFY(!fitToModel(zoo, input).possible);
    QVERIFY(fitToModel(zoo, input).sentence.contains("5"));
}

void TestDocument::percentilesOfARange() {
    LatentRange range;
    for (int i = 0; i <= 100; ++i)
        range.percentiles.push_back(i * 2.0 - 100);
    QCOMPARE(percentileOf(range, -200), 0.0);
    QCOMPARE(percentileOf(range, -100), 0.0);
    QCOMPARE(percentileOf(range, 0), 50.0);
    QCOMPARE(percentileOf(range, 51), 75.5);
    QCOMPARE(percentileOf(range, 400), 100.0);
}

void TestDocument::sessionsComeBack() {
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath("deep/er"));
    Document document;
    fill(document);
    commands::select(document, {4, 9});
    commands::moveLatent(document, 1, 0.123456789F, 1);
    commands::hideClasses(document, {2});
    document.setCurrent(9);
    Session session;
    session.data = folder.path() + "/data.h5";
    session.model = folder.path() + "/deep/model.safetensors";
    session.transform = {.crop = 192, .gray = true, .size = 128, .rescale = true};
    session.view = viewOf(document);
    session.mapView = {{"camera", 3}};
    const QString path = folder.path() + "/deep/er/s.galatea";
    writeSession(session, path);

    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(!file.readAll().contains(folder.path().toUtf8())); // relative paths only

    const Session back = readSession(path);
    QCOMPARE(back.data, session.data);
    QCOMPARE(back.model, session.model);
    QVERIFY(back.latents.isEmpty());
    QCOMPARE(back.transform.crop, 192);
    QCOMPARE(back.mapView, session.mapView);
    Document other;
    fill(other);
    applyView(other, back.view);
    QCOMPARE(viewOf(other), viewOf(document));
    QCOMPARE(other.traverse(), document.traverse()); // to the last bit
}

void TestDocument::sessionsRefuseOtherFiles() {
    QTemporaryDir folder;
    const auto write = [&](const QByteArray& text) {
        QFile file(folder.path() + "/bad.galatea");
        if (!file.open(QIODevice::WriteOnly))
            return QString();
        file.write(text);
        return file.fileName();
    };
    for (const QByteArray& text : {QByteArray(""), QByteArray("{"), QByteArray("[]"), QByteArray("{\"a\":1}"),
                                   QByteArray(5000, '['), QByteArray("{\"galatea-session\": 99}")})
        QVERIFY_EXCEPTION_THROWN(readSession(write(text)), InputError);
    QVERIFY_EXCEPTION_THROWN(readSession(folder.path() + "/missing.galatea"), InputError);
    QVERIFY_EXCEPTION_THROWN(readSession(folder.path()), InputError);
}

void TestDocument::viewsOfOtherFilesDoNoHarm() {
    Document document;
    fill(document);
    const QJsonObject good = viewOf(document);
    applyView(document, QJsonObject{{"selection", "text"},
                                    {"colouring", QJsonObject{{"kind", 1e9}, {"column", "none"}}},
                                    {"traverse", QJsonObject{{"point", QJsonArray{1, 2}}}},
                                    {"sample", QJsonObject{{"count", -5}, {"components", QJsonArray{77}}}},
                                    {"current", 1e15},
                                    {"display", QJsonObject{{"percentile", -1}, {"red", 400}}}});
    QCOMPARE(document.traverse().point.size(), size_t(made::latents));
    QVERIFY(document.selection().empty());
    QVERIFY(document.sampleSettings().components.empty());
    QCOMPARE(document.sampleSettings().count, 1);
    QCOMPARE(document.current(), -1);
    applyView(document, good);
    QCOMPARE(viewOf(document)["traverse"], good["traverse"]);
}

void TestDocument::commandLineIsUnderstood() {
    const CommandLine line =
        parseCommandLine({"galatea", "a.h5", "--screenshot", "o.png", "--size", "800x600", "b.pt"});
    QVERIFY(line.error.isEmpty());
    QCOMPARE(line.files, (QStringList{"a.h5", "b.pt"}));
    QCOMPARE(line.size, QSize(800, 600));
    QVERIFY(line.afterLoaded);
    QCOMPARE(parseCommandLine({"galatea", "--bench", "map", "--points", "2000,1e6"}).benchPoints,
             (std::vector<int64_t>{2000, 1'000'000}));
    QVERIFY(!parseCommandLine({"galatea", "--bench", "tea"}).error.isEmpty());
    QVERIFY(!parseCommandLine({"galatea", "--bench", "map", "--points", "1.5"}).error.isEmpty());
    QCOMPARE(parseCommandLine({"galatea", "--after", "2.5"}).afterSeconds, 2.5);
    QVERIFY(!parseCommandLine({"galatea", "--after", "soon"}).error.isEmpty());
    QVERIFY(!parseCommandLine({"galatea", "--size", "big"}).error.isEmpty());
    QVERIFY(!parseCommandLine({"galatea", "--nonsense"}).error.isEmpty());
    QVERIFY(parseCommandLine({"galatea", "--version"}).answer->contains("galatea"));
}

void TestDocument::paletteFindsByLetters() {
    QVERIFY(CommandPalette::score("rl", "Reset the layout") >= 0);
    QVERIFY(CommandPalette::score("xyz", "Reset the layout") < 0);
    QVERIFY(CommandPalette::score("dark", "Dark theme") > CommandPalette::score("dark", "Draw a ring known"));
    QVERIFY(CommandPalette::score("ds", "Draw samples") > CommandPalette::score("ds", "Add these"));
    QCOMPARE(CommandPalette::score("", "anything"), 0);
}

QTEST_GUILESS_MAIN(TestDocument)
#include "test_document.moc"
