// Three hundred changes of the document, taken back one by one and done again: every state on the way is the
// one that was there.

#include <map>

#include <QApplication>
#include <QJsonArray>
#include <QTest>

#include "app/desktop/clustering.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/commands/label_commands.h"
#include "app/desktop/search.h"
#include "app/desktop/session.h"
#include "core/expression.h"
#include "tests/desktop/opened_window.h"

using namespace galatea;
using made::OpenedWindow;

namespace {

constexpr int64_t objects = 200;
constexpr int steps = 300;

struct State {
    QJsonObject view;
    QJsonArray looks, labels;
    FittedMixturePtr fitted;
    const float* map = nullptr;
    std::vector<KeptMap> kept;
    SampleSetPtr samples;
    std::vector<int64_t> component;
    bool operator==(const State&) const = default;
};

State stateOf(const Document& document) {
    State state;
    state.view = viewOf(document);
    state.view.remove("current"); // looking around is no undo step
    state.looks = toJson(document.componentLooks());
    const LabelBook& book = document.labels();
    for (const int16_t id : book.presentClasses()) {
        const LabelClass& one = book.classes()[static_cast<size_t>(id)];
        state.labels.append(one.name + one.colour.name() + QString::number(one.digit));
    }
    for (int64_t row = 0; row < document.objectCount(); ++row)
        state.labels.append(book.at(row).label);
    for (int64_t row = 0; row < document.objectCount(); ++row)
        if (const LabelProposal* proposal = book.proposalAt(row))
            state.labels.append(QJsonArray{qint64(row), proposal->label, proposal->confidence});
    state.fitted = document.latents().fitted;
    state.map = document.map().map.coordinates.data();
    state.kept = document.keptMaps();
    state.samples = document.samples();
    state.component = document.latents().latents->component;
    return state;
}

class Walker {
  public:
    explicit Walker(Document& document) : document_(document), random_(23, "undo walk") {}

    /// One change; which kinds have been made is counted.
    void step() {
        using Work = void (Walker::*)();
        static constexpr std::pair<const char*, Work> kinds[] = {
            {"select", &Walker::select},   {"colour", &Walker::colour},  {"hide", &Walker::hide},
            {"filter", &Walker::filter},   {"move", &Walker::move},      {"start", &Walker::start},
            {"sample", &Walker::sample},   {"draw", &Walker::draw},      {"display", &Walker::display},
            {"mixture", &Walker::mixture}, {"merge", &Walker::merge},    {"rename", &Walker::rename},
            {"map", &Walker::map},         {"keep", &Walker::keep},      {"find", &Walker::find},
            {"rank", &Walker::rank},       {"label", &Walker::label},    {"classes", &Walker::classes},
            {"propose", &Walker::propose}, {"opinion", &Walker::opinion}};
        const auto& [name, work] = kinds[static_cast<size_t>(below(std::ssize(kinds)))];
        (this->*work)();
        ++made[name];
    }
    std::map<std::string, int> made;

  private:
    int64_t below(int64_t count) { return random_.below(count); }
    std::vector<int64_t> someRows() {
        std::vector<int64_t> rows;
        for (int64_t i = below(40); i > 0; --i)
            rows.push_back(below(objects));
        std::sort(rows.begin(), rows.end());
        rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
        return rows;
    }
    void select() { commands::select(document_, someRows()); }
    void colour() {
        const auto& all = document_.possibleColourings();
        commands::colourBy(document_, all[static_cast<size_t>(below(std::ssize(all)))]);
    }
    void hide() {
        std::set<int> hidden;
        for (int64_t i = below(3); i > 0; --i)
            hidden.insert(static_cast<int>(below(3)));
        commands::hideClasses(document_, hidden);
    }
    void filter() {
        if (below(3) == 0)
            return commands::filter(document_, {});
        const QString text = QString("size > %1").arg(below(9));
        RowMask mask = Expression(text.toStdString(), *document_.columns()).test(objects, 1);
        commands::filter(
            document_, {text, std::make_shared<const std::vector<uint8_t>>(std::move(mask.keep)), mask.kept});
    }
    void move() {
        const int64_t dimension = below(made::latents);
        if (below(5) == 0)
            return commands::resetLatent(document_, dimension);
        const int drag = static_cast<int>(below(3)); // some belong to the drag before
        commands::moveLatent(document_, dimension, static_cast<float>(random_.normal()), drag);
    }
    void start() {
        const int64_t row = below(objects);
        commands::startFrom(document_, document_.latentOf(row), "object " + document_.objectName(row));
    }
    void sample() {
        SampleSettings settings = document_.sampleSettings();
        settings.count = 1 + below(50);
        settings.seed = static_cast<uint64_t>(below(100));
        commands::setSampleSettings(document_, settings);
    }
    void draw() {
        auto set = std::make_shared<SampleSet>();
        set->latents.latents = Array({2, made::latents});
        set->images = Array({2, made::bands, made::side, made::side});
        set->settings.count = 2;
        commands::setSamples(document_, below(3) == 0 ? SampleSetPtr() : SampleSetPtr(set));
    }
    void display() {
        DisplaySettings display = document_.display();
        display.rendering.stretch = static_cast<Stretch>(below(4));
        display.composite.red = static_cast<int>(below(3));
        commands::setDisplay(document_, display);
    }
    void mixture() {
        if (below(3) == 0)
            return commands::adoptMixture(document_, {});
        GaussianMixture mixture = document_.modelMixture();
        for (double& mean : mixture.means)
            mean += 0.3 * random_.normal();
        commands::adoptMixture(document_,
                               describeMixture(document_.latents().latents->mean, mixture, "by chance"));
    }
    void merge() {
        const int64_t count = document_.componentCount();
        if (count < 2)
            return;
        std::vector<int64_t> into;
        for (int64_t k = 0; k < count; ++k)
            into.push_back(std::max<int64_t>(0, k - 1)); // the first two
        commands::mergeComponents(document_, into);
    }
    void rename() {
        const int64_t component = below(document_.componentCount());
        if (below(2) == 0)
            return commands::renameComponent(document_, component, QString("name %1").arg(below(5)));
        commands::recolourComponent(document_, component,
                                    QColor::fromHsv(static_cast<int>(below(360)), 200, 200));
    }
    void map() {
        MapContent content;
        content.map.coordinates = Array({objects, 2});
        for (float& value : content.map.coordinates.values())
            value = static_cast<float>(random_.normal());
        content.map.method = "umap";
        content.map.parameters = {{"seed", below(9)}};
        commands::setMap(document_, document_.map(), content, "a map by chance");
    }
    void keep() {
        const auto count = std::ssize(document_.keptMaps());
        if (count > 2 || (count > 0 && below(3) == 0))
            return commands::dropKeptMap(document_, static_cast<size_t>(below(count)));
        if (count > 0 && below(3) == 0)
            return commands::showKeptMap(document_, static_cast<size_t>(below(count)));
        commands::keepMap(document_, QString("kept %1").arg(below(100)));
    }
    void find() {
        const int64_t row = below(objects);
        commands::adoptFinding(document_, findNearest(SearchGround(document_), document_.latentOf(row), row,
                                                      "an object", 1 + below(30))
                                              .finding);
    }
    void rank() {
        const RankingPtr none;
        commands::rankBy(document_, below(3) == 0
                                        ? none
                                        : nearnessTo(document_.latents().latents->mean,
                                                     document_.latentOf(below(objects)), "by chance"));
    }
    void label() {
        const auto present = document_.labels().presentClasses();
        if (present.empty())
            return classes();
        if (below(4) == 0)
            return commands::unlabel(document_, someRows());
        commands::label(document_, someRows(), present[static_cast<size_t>(below(std::ssize(present)))]);
    }
    void classes() {
        const auto present = document_.labels().presentClasses();
        if (present.size() < 3) {
            commands::addClass(document_, QString("class %1").arg(below(1000)));
            return;
        }
        const int16_t one = present[static_cast<size_t>(below(std::ssize(present)))];
        switch (below(4)) {
        case 0:
            commands::renameClass(document_, one, QString("class %1").arg(below(1000)));
            break;
        case 1:
            commands::recolourClass(document_, one, QColor::fromHsv(static_cast<int>(below(360)), 99, 99));
            break;
        case 2:
            commands::mergeClasses(document_, {present[0]}, present[1]);
            break;
        default:
            commands::removeClass(document_, one);
        }
    }
    void propose() {
        const auto present = document_.labels().presentClasses();
        if (present.empty())
            return classes();
        if (below(3) == 0) {
            commands::acceptProposals(document_, 0.5);
            return;
        }
        auto all = std::make_shared<std::vector<LabelProposal>>();
        for (const int64_t row : someRows())
            all->push_back({static_cast<uint32_t>(row), present[0], static_cast<float>(random_.uniform())});
        commands::propose(document_, all);
    }

    void opinion() {
        std::vector<Opinion> opinions = document_.opinions();
        if (!opinions.empty() && below(3) == 0)
            opinions.erase(opinions.begin() + below(std::ssize(opinions)));
        const int64_t row = below(objects);
        std::erase_if(opinions, [row](const Opinion& one) { return one.row == row; });
        opinions.push_back({row, below(2) == 0});
        commands::setOpinions(document_, std::move(opinions), "an opinion");
    }

    Document& document_;
    RandomStream random_;
};

QByteArray difference(const State& a, const State& b) {
    QStringList names;
    for (const QString& key : a.view.keys())
        if (a.view[key] != b.view[key])
            names << key;
    if (a.looks != b.looks)
        names << "component looks";
    if (a.labels != b.labels)
        names << "labels";
    if (a.fitted != b.fitted || a.component != b.component)
        names << "mixture";
    if (a.map != b.map || !(a.kept == b.kept))
        names << "maps";
    if (a.samples != b.samples)
        names << "samples";
    return names.join(", ").toUtf8();
}

} // namespace

class TestUndoWalk : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void everyStateComesBack();
};

void TestUndoWalk::everyStateComesBack() {
    OpenedWindow opened;
    QVERIFY(opened.load(made::galaxies(objects)));
    Document& document = opened.document();
    QUndoStack& stack = document.undoStack();
    std::vector<State> states{stateOf(document)}; // by the stack's index
    Walker walker(document);
    for (int step = 0; step < steps; ++step) {
        walker.step();
        QApplication::processEvents(); // the panels follow and must add no steps of their own
        const auto index = static_cast<size_t>(stack.index());
        states.resize(index + 1); // a step that belongs to the one before takes its place
        states[index] = stateOf(document);
    }
    QVERIFY(walker.made.size() == 20);
    QVERIFY(stack.count() > steps / 2);
    const State last = states.back();
    while (stack.canUndo()) {
        const QString text = stack.undoText();
        stack.undo();
        const State now = stateOf(document), &expected = states[static_cast<size_t>(stack.index())];
        QVERIFY2(now == expected, "undoing '" + text.toUtf8() + "': " + difference(now, expected));
    }
    QVERIFY(stateOf(document) == states.front());
    while (stack.canRedo()) {
        const QString text = stack.redoText();
        stack.redo();
        const State now = stateOf(document), &expected = states[static_cast<size_t>(stack.index())];
        QVERIFY2(now == expected, "redoing '" + text.toUtf8() + "': " + difference(now, expected));
    }
    QVERIFY(stateOf(document) == last);
    QVERIFY(opened.settles());
}

QTEST_MAIN(TestUndoWalk)
#include "test_undo_walk.moc"
