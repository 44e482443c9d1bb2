#include "app/desktop/panels/map_panel.h"

#include <algorithm>

#include <QActionGroup>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QSignalBlocker>
#include <QSplitter>
#include <QToolButton>

#include "app/desktop/clustering.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/export.h"
#include "app/desktop/icons.h"
#include "io/atomic_file.h"

namespace galatea {

namespace {

constexpr double frameBudget = 24; // milliseconds for the points of all panes that move together

/// "t-SNE", or "t-SNE 2" where there is one of that name.
QString freeName(const QString& wanted, const std::vector<KeptMap>& maps) {
    const auto taken = [&](const QString& name) {
        return std::any_of(maps.begin(), maps.end(), [&](const KeptMap& map) { return map.name == name; });
    };
    QString name = wanted;
    for (int number = 2; taken(name); ++number)
        name = wanted + QString(" %1").arg(number);
    return name;
}

bool samePlaces(const MapContent& a, const MapContent& b) {
    return !a.map.coordinates.empty() && a.map.coordinates.data() == b.map.coordinates.data();
}

} // namespace

MapPanel::MapPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document),
      rows_(new QSplitter(Qt::Vertical, this)), top_(new QSplitter(rows_)), bottom_(new QSplitter(rows_)),
      colourBy_(new QComboBox(this)), count_(new QLabel(this)) {
    setObjectName("mapPanel");
    setProperty("panel", true);
    for (QSplitter* splitter : {rows_, top_, bottom_})
        splitter->setChildrenCollapsible(false);
    buildActions();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(buildHeader());
    column->addWidget(rows_, 1);
    panes_.push_back(makePane());
    arrange();
    connectDocument();
    updateActions();
}

// ---- Panes
// -------------------------------------------------------------------------------------------------

MapPane* MapPanel::makePane() {
    int number = 1;
    const auto used = [&] {
        return std::any_of(panes_.begin(), panes_.end(), [&](const MapPane* pane) {
            return pane->objectName() == QString("mapPane%1").arg(number);
        });
    };
    while (used())
        ++number;
    auto* pane = new MapPane(workspace_, number, this);
    pane->view().setTheme(theme_);
    pane->setDimensions(dimensions_);
    if (!panes_.empty())
        pane->view().setTool(panes_.front()->view().tool());
    pane->view().setLegendVisible(panes_.empty()); // one will do for all; each view can show its own
    connect(pane, &MapPane::closeRequested, this, [this, pane] {
        closePane(static_cast<int>(std::find(panes_.begin(), panes_.end(), pane) - panes_.begin()));
    });
    connect(&pane->view(), &MapView::viewChanged, this, [this, pane] { follow(*pane); });
    connect(&pane->view(), &MapView::toolChanged, this, [this](MapTool tool) {
        tools_[static_cast<int>(tool)]->setChecked(true);
        for (MapPane* other : panes_)
            other->view().setTool(tool);
    });
    connect(pane, &MapPane::pointsShown, this, [this, pane] {
        updateActions();
        join(*pane);
    });
    return pane;
}

MapPane* MapPanel::addPane(const std::shared_ptr<const MapContent>& map) {
    if (paneCount() >= mostPanes)
        return nullptr;
    panes_.push_back(makePane());
    panes_.back()->setKept(map);
    arrange();
    join(*panes_.back());
    return panes_.back();
}

void MapPanel::closePane(int index) {
    if (index < 1 || index >= paneCount())
        return;
    MapPane* closed = panes_[static_cast<size_t>(index)];
    panes_.erase(panes_.begin() + index);
    closed->hide();
    closed->deleteLater(); // it may be the one that asked for it
    arrange();
}

/// Side by side, three and four in two rows.
void MapPanel::arrange() {
    const int count = paneCount();
    for (int k = 0; k < count; ++k) {
        QSplitter* row = count > 2 && k >= 2 ? bottom_ : top_;
        MapPane* pane = panes_[static_cast<size_t>(k)];
        if (pane->parentWidget() != row)
            row->addWidget(pane);
        pane->setBarVisible(count > 1, k > 0);
        pane->show();
    }
    bottom_->setVisible(count > 2);
    for (QSplitter* row : {top_, bottom_})
        row->setSizes(QList<int>(row->count(), 1000));
    rows_->setSizes({1000, 1000});
    updateActions();
}

void MapPanel::follow(const MapPane& moved) {
    if (following_ || !linked())
        return;
    following_ = true;
    const MapFraming framing = moved.view().framing();
    for (MapPane* pane : panes_)
        if (pane != &moved)
            pane->view().setFraming(framing);
    following_ = false;
}

/// A pane whose points are new looks where the others do.
void MapPanel::join(MapPane& pane) {
    if (following_ || !linked() || paneCount() < 2)
        return;
    const MapPane& lead = &pane == panes_.front() ? *panes_[1] : *panes_.front();
    pane.view().setFraming(lead.view().framing());
}

void MapPanel::setLinked(bool linked) {
    link_->setChecked(linked);
}

void MapPanel::keepBeside() {
    const MapContent& map = document_.settledMap();
    commands::keepMap(document_, freeName(mapTitle(map), document_.keptMaps()));
    const auto& maps = document_.keptMaps();
    const auto kept = std::find_if(maps.begin(), maps.end(),
                                   [&](const KeptMap& one) { return samePlaces(*one.content, map); });
    const bool shown = kept != maps.end() && std::any_of(panes_.begin(), panes_.end(), [&](MapPane* pane) {
                           return pane->kept() == kept->content;
                       });
    if (kept == maps.end() || shown)
        return;
    if (!addPane(kept->content))
        workspace_.log.info(
            QString::fromUtf8("The map “%1” is kept; close a view to show it").arg(kept->name));
}

/// Panes of maps that are kept no longer are closed.
void MapPanel::dropLostMaps() {
    const auto& maps = document_.keptMaps();
    for (int k = paneCount() - 1; k >= 0; --k) {
        const auto shown = panes_[static_cast<size_t>(k)]->kept();
        const auto same = std::find_if(maps.begin(), maps.end(), [&](const KeptMap& map) {
            return shown && (map.content == shown || samePlaces(*map.content, *shown));
        });
        if (!shown || same != maps.end())
            panes_[static_cast<size_t>(k)]->setKept(shown ? same->content : nullptr);
        else if (k == 0)
            panes_.front()->setKept(nullptr);
        else
            closePane(k);
    }
}

MapPane& MapPanel::activePane() {
    for (MapPane* pane : panes_)
        if (pane->isAncestorOf(focusWidget()) || pane->view().hasFocus())
            return *pane;
    return *panes_.front();
}

bool MapPanel::busy() const {
    return std::any_of(panes_.begin(), panes_.end(), [](const MapPane* pane) { return pane->busy(); });
}

QJsonObject MapPanel::arrangement() const {
    QJsonArray list;
    for (const MapPane* pane : panes_) {
        const auto& maps = document_.keptMaps();
        const auto at = std::find_if(maps.begin(), maps.end(),
                                     [&](const KeptMap& map) { return map.content == pane->kept(); });
        list.append(QJsonObject{{"map", at == maps.end() ? -1 : static_cast<int>(at - maps.begin())},
                                {"view", pane->view().viewState()}});
    }
    return {{"panes", list}, {"linked", linked()}};
}

void MapPanel::setArrangement(const QJsonObject& arrangement) {
    const QJsonArray list = arrangement["panes"].toArray();
    const auto& maps = document_.keptMaps();
    const auto mapAt = [&](const QJsonValue& entry) {
        const int index = entry["map"].toInt(-1);
        return index >= 0 && static_cast<size_t>(index) < maps.size()
                   ? maps[static_cast<size_t>(index)].content
                   : nullptr;
    };
    setLinked(false); // each as it was, before they follow one another
    while (paneCount() > 1)
        closePane(paneCount() - 1);
    panes_.front()->setKept(mapAt(list.at(0)));
    for (qsizetype k = 1; k < std::min<qsizetype>(list.size(), mostPanes); ++k)
        if (MapPane* pane = addPane(mapAt(list.at(k))))
            pane->view().setViewState(list.at(k)["view"].toObject());
    following_ = true; // each stays where it was until one is moved
    setLinked(arrangement["linked"].toBool());
    following_ = false;
}

// ---- Tools
// -------------------------------------------------------------------------------------------------

void MapPanel::buildToolActions() {
    auto* group = new QActionGroup(this);
    const struct {
        MapTool tool;
        const char *name, *text, *key, *tip;
        Icon icon;
    } tools[] = {{MapTool::Navigate, "toolNavigate", "Navigate", "V",
                  "Move and zoom; click an object to look at it", Icon::Navigate},
                 {MapTool::Rectangle, "toolRectangle", "Select by rectangle", "R",
                  "Drag a rectangle; Shift adds, Ctrl subtracts", Icon::Rectangle},
                 {MapTool::Lasso, "toolLasso", "Select by lasso", "L",
                  "Draw around objects; Shift adds, Ctrl subtracts", Icon::Lasso},
                 {MapTool::Brush, "toolBrush", "Select by brush", "B",
                  "Paint over objects; [ and ] change its size; Shift adds, Ctrl subtracts", Icon::Brush}};
    for (const auto& tool : tools) {
        auto* action = new QAction(icon(tool.icon), tool.text, this);
        action->setObjectName(tool.name);
        action->setShortcut(QKeySequence(tool.key));
        action->setToolTip(QString("%1 (%2)\n%3").arg(tool.text, tool.key, tool.tip));
        action->setCheckable(true);
        action->setChecked(tool.tool == MapTool::Navigate);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, which = tool.tool] { view().setTool(which); });
        tools_ << action;
    }
}

void MapPanel::buildActions() {
    buildToolActions();
    const struct {
        QAction*& action;
        const char *name, *text, *key, *tip;
    } actions[] = {{fit_, "mapFit", "Show the whole map", "F", "Show the whole map (F)"},
                   {fitSelection_, "mapFitSelection", "Zoom to the selection", "Shift+F", nullptr},
                   {three_, "mapThreeDimensions", "Three dimensions",
                    "Ctrl+3", // the digits alone give labels
                    "Map in two or three dimensions (Ctrl+3)"},
                   {keep_, "mapKeep", "Keep this map beside", "Ctrl+Shift+M",
                    "Keep this map in a view of its own; the next one is drawn beside it (Ctrl+Shift+M)"},
                   {link_, "mapLink", "Move the maps together", "Ctrl+Shift+L",
                    "Panning, zooming and turning one map does the same to the others (Ctrl+Shift+L)"}};
    for (const auto& entry : actions) {
        entry.action = new QAction(entry.text, this);
        entry.action->setObjectName(entry.name);
        entry.action->setShortcut(QKeySequence(entry.key));
        if (entry.tip)
            entry.action->setToolTip(entry.tip);
    }
    fit_->setIcon(icon(Icon::Fit));
    three_->setIcon(icon(Icon::Layers));
    keep_->setIcon(icon(Icon::Beside));
    link_->setIcon(icon(Icon::Link));
    three_->setCheckable(true);
    link_->setCheckable(true);
    connect(fit_, &QAction::triggered, this, [this] {
        for (MapPane* pane : panes_)
            pane->view().fitToData();
    });
    connect(fitSelection_, &QAction::triggered, this, [this] {
        following_ = true; // each zooms to where it has the selection
        for (MapPane* pane : panes_)
            pane->view().fitToSelection();
        following_ = false;
    });
    connect(three_, &QAction::toggled, this, [this](bool on) { setDimensions(on ? 3 : 2); });
    connect(keep_, &QAction::triggered, this, &MapPanel::keepBeside);
    connect(link_, &QAction::toggled, this, [this] {
        updateActions();
        follow(activePane());
    });
}

QWidget* MapPanel::buildHeader() {
    auto* header = new QWidget(this);
    header->setObjectName("mapHeader");
    header->setProperty("panel", true);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(10, 5, 10, 5);
    row->setSpacing(4);
    auto* label = new QLabel("Colour by", header);
    label->setProperty("muted", true);
    row->addWidget(label);
    colourBy_->setObjectName("colourBy");
    colourBy_->setAccessibleName("Colour the map by");
    colourBy_->setToolTip("What the points' colour shows");
    colourBy_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    colourBy_->setMinimumWidth(150);
    label->setBuddy(colourBy_);
    row->addSpacing(4);
    row->addWidget(colourBy_);
    row->addSpacing(12);
    auto addButton = [&](QAction* action) {
        auto* button = new QToolButton(header);
        button->setDefaultAction(action);
        button->setObjectName(action->objectName() + "Button");
        button->setAccessibleName(action->text());
        button->setIconSize({18, 18});
        row->addWidget(button);
        return button;
    };
    addButton(three_); // the other tools are in the map itself
    QToolButton* keep = addButton(keep_);
    keptMenu_ = new QMenu(keep);
    keep->setMenu(keptMenu_);
    keep->setPopupMode(QToolButton::MenuButtonPopup);
    connect(keptMenu_, &QMenu::aboutToShow, this, &MapPanel::fillKeptMenu);
    addButton(link_);
    auto* save = new QAction(icon(Icon::Export), "Save the map as a picture", this);
    save->setObjectName("mapSavePicture");
    save->setToolTip("Save the map as a picture (PNG or SVG)");
    connect(save, &QAction::triggered, this, &MapPanel::askAndSavePicture);
    addButton(save);
    row->addStretch(1);
    count_->setObjectName("mapCount");
    count_->setProperty("muted", true);
    row->addWidget(count_);
    return header;
}

void MapPanel::fillKeptMenu() {
    keptMenu_->clear();
    const bool room = paneCount() < mostPanes;
    for (const KeptMap& map : document_.keptMaps())
        keptMenu_
            ->addAction(QString::fromUtf8("Show “%1” beside").arg(map.name), this,
                        [this, content = map.content] { addPane(content); })
            ->setEnabled(room);
    if (document_.keptMaps().empty())
        keptMenu_->addAction("No map is kept yet")->setEnabled(false);
}

void MapPanel::updateActions() {
    three_->setEnabled(std::any_of(panes_.begin(), panes_.end(),
                                   [](const MapPane* pane) { return pane->availableDimensions() >= 3; }));
    keep_->setEnabled(panes_.front()->availableDimensions() >= 2);
    link_->setVisible(paneCount() > 1);
    for (MapPane* pane : panes_)
        pane->view().setFrameBudget(linked() ? frameBudget / paneCount() : frameBudget);
}

// ---- Document
// ----------------------------------------------------------------------------------------------

void MapPanel::connectDocument() {
    connect(&document_, &Document::contentChanged, this, [this] {
        fillColourings();
        updateCount();
        updateActions();
    });
    connect(&document_, &Document::mapChanged, this, &MapPanel::updateActions);
    connect(&document_, &Document::keptMapsChanged, this, &MapPanel::dropLostMaps);
    connect(&document_, &Document::colouringChanged, this, &MapPanel::fillColourings);
    connect(&document_, &Document::selectionChanged, this, &MapPanel::updateCount);
    connect(&document_, &Document::filterChanged, this, &MapPanel::updateCount);
    connect(colourBy_, &QComboBox::activated, this, [this](int index) {
        const auto possible = document_.possibleColourings();
        if (index >= 0 && static_cast<size_t>(index) < possible.size())
            commands::colourBy(document_, possible[static_cast<size_t>(index)]);
    });
}

void MapPanel::savePicture(const QString& path) {
    constexpr double finer = 2; // than the screen: for print
    MapView& saved = activePane().view();
    if (QFileInfo(path).suffix().toLower() != "svg")
        return writePng(saved.renderImage(saved.size() * finer, finer), path);
    const QByteArray svg = saved.renderSvg(saved.size());
    AtomicFile file(path.toStdString());
    file.write(std::string_view(svg.constData(), static_cast<size_t>(svg.size())));
    file.commit();
}

void MapPanel::askAndSavePicture() {
    QString filter;
    QString path = QFileDialog::getSaveFileName(this, "Save the map as a picture", "map.png",
                                                "PNG (*.png);;SVG (*.svg)", &filter);
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty())
        path += filter.startsWith("SVG") ? ".svg" : ".png";
    try {
        savePicture(path);
    } catch (...) {
        workspace_.log.error(describeError(std::current_exception()).text());
    }
}

void MapPanel::setDark(bool dark) {
    theme_ = dark ? MapTheme::Dark : MapTheme::Light;
    for (MapPane* pane : panes_)
        pane->view().setTheme(theme_);
}

void MapPanel::setDimensions(int dimensions) {
    if (dimensions == dimensions_)
        return;
    dimensions_ = dimensions;
    const QSignalBlocker block(three_);
    three_->setChecked(dimensions == 3);
    for (MapPane* pane : panes_)
        pane->setDimensions(dimensions);
}

void MapPanel::fillColourings() {
    const QSignalBlocker block(colourBy_);
    colourBy_->clear();
    int place = -1;
    for (const ColourBy& possible : document_.possibleColourings()) {
        QString name = colouringName(possible);
        if (possible.kind != ColourBy::Kind::Column && !name.isEmpty())
            name[0] = name[0].toUpper();
        if (possible == document_.colouring())
            place = colourBy_->count();
        colourBy_->addItem(name);
    }
    colourBy_->setCurrentIndex(place);
    colourBy_->setEnabled(colourBy_->count() > 1);
}

void MapPanel::updateCount() {
    const QLocale locale;
    const int64_t count = document_.objectCount();
    QString text = count > 0 ? locale.toString(qint64(count)) + " objects" : QString();
    if (!document_.filter().empty())
        text +=
            QString::fromUtf8(" · %1 pass the filter").arg(locale.toString(qint64(document_.filter().kept)));
    if (!document_.selection().empty())
        text +=
            QString::fromUtf8(" · %1 selected").arg(locale.toString(qint64(document_.selection().size())));
    count_->setText(text);
}

} // namespace galatea
