#include "app/desktop/panels/traverse_panel.h"

#include <algorithm>
#include <cmath>

#include <QDragEnterEvent>
#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>

#include "app/desktop/analysis.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/export.h"
#include "app/desktop/icons.h"
#include "app/desktop/panels/latent_slider.h"
#include "app/desktop/panels/panel_parts.h"
#include "app/desktop/panels/responsibility_bars.h"
#include "app/desktop/pictures.h"
#include "latent/neighbors.h"
#include "latent/sampling.h"
#include "widgets/gallery/gallery_model.h"
#include "widgets/image/filmstrip.h"
#include "widgets/image/image_view.h"

namespace galatea {

namespace {
constexpr size_t mostSliders = 64;
constexpr size_t stripSteps = 7;
constexpr int nearestCount = 6;
constexpr int restMilliseconds = 150;
} // namespace

TraversePanel::TraversePanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document),
      picture_(workspace.inference, priority::traverse), startPicture_(workspace.inference, priority::object),
      stripWork_(workspace.inference, priority::filmstrip), nearestWork_(workspace.reader, 5),
      empty_(new QLabel(this)), startName_(new QLabel(this)), place_(new QLabel(this)),
      more_(new QLabel(this)), content_(new QWidget(this)), now_(new ImageView(this)),
      start_(new ImageView(this)), difference_(new ImageView(this)), bars_(new ResponsibilityBars(this)),
      strip_(new Filmstrip(this)), nearest_(new Filmstrip(this)),
      stripTitle_(sectionLabel("Filmstrip", this)), nearestTitle_(sectionLabel("Nearest real objects", this)),
      startFrom_(new QToolButton(this)), save_(new QToolButton(this)), sliderColumn_(new QVBoxLayout) {
    setObjectName("traversePanel");
    setAcceptDrops(true);
    QVBoxLayout* outer = makeScrolled(this);
    empty_->setText("Open a model that can decode, and a slider for each of its latents appears here.");
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setProperty("muted", true);
    outer->addWidget(empty_, 1);
    outer->addWidget(content_, 1);
    auto* column = new QVBoxLayout(content_);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    buildActions();
    column->addWidget(buildStartRow());
    column->addWidget(buildPictures());
    place_->setObjectName("traversePlace");
    place_->setProperty("muted", true);
    place_->setWordWrap(true);
    column->addWidget(place_);
    column->addWidget(buildSliderArea(), 1);
    stripTitle_->setObjectName("filmstripTitle");
    strip_->setObjectName("filmstrip");
    strip_->setToolTip("The latent at these values, all others as they are; click a picture to go there");
    column->addWidget(stripTitle_);
    column->addWidget(strip_);
    bars_->setObjectName("responsibilities");
    column->addWidget(bars_);
    nearest_->setObjectName("nearestObjects");
    nearest_->setToolTip("Real objects closest to the moved point; click one to look at it");
    column->addWidget(nearestTitle_);
    column->addWidget(nearest_);

    rest_.setSingleShot(true);
    rest_.setInterval(restMilliseconds);
    connect(&rest_, &QTimer::timeout, this, &TraversePanel::rested);
    connect(&document_, &Document::modelChanged, this, &TraversePanel::rebuildSliders);
    connect(&document_, &Document::latentsChanged, this, &TraversePanel::rebuildSliders);
    connect(&document_, &Document::mixtureChanged, this, [this] {
        fillStartMenu();
        showState();
    });
    connect(&document_, &Document::componentLooksChanged, this, &TraversePanel::fillStartMenu);
    connect(&document_, &Document::traverseChanged, this, &TraversePanel::showState);
    connect(&document_, &Document::displayChanged, this, [this] {
        startShown_.clear();
        showState();
    });
    connect(&document_, &Document::currentChanged, this, [this](qint64 row) {
        object_->setEnabled(row >= 0 && document_.latents().latents && !document_.traverse().empty());
    });
    connect(bars_, &ResponsibilityBars::componentClicked, this, &TraversePanel::startFromComponent);
    connect(strip_, &Filmstrip::frameClicked, this, [this](int index) {
        commands::moveTo(document_, stripPoint(static_cast<size_t>(index)),
                         QString("move latent %1").arg(stripDimension_ + 1));
    });
    connect(nearest_, &Filmstrip::frameClicked, this, [this](int index) {
        if (static_cast<size_t>(index) < nearestRows_.size())
            document_.setCurrent(nearestRows_[static_cast<size_t>(index)]);
    });
    rebuildSliders();
}

void TraversePanel::buildActions() {
    auto make = [this](const char* name, const QString& text, const QString& key, Icon which) {
        auto* action = new QAction(icon(which), text, this);
        action->setObjectName(name);
        if (!key.isEmpty())
            action->setShortcut(QKeySequence(key));
        return action;
    };
    mean_ = make("startFromMean", "Start from the mean", "M", Icon::Points);
    object_ = make("startFromObject", "Start from the chosen object", "O", Icon::Object);
    random_ = make("startFromRandom", "Start from a random draw", "D", Icon::Dice);
    resetAll_ = make("resetAllLatents", "Reset all latents", "Backspace", Icon::Reset);
    connect(mean_, &QAction::triggered, this, [this] {
        commands::startFrom(document_, document_.meanLatent(),
                            document_.latents().latents ? "the mean of the data" : "the model's centre");
    });
    connect(object_, &QAction::triggered, this, [this] {
        const int64_t row = document_.current();
        commands::startFrom(document_, document_.latentOf(row), "object " + document_.objectName(row));
    });
    connect(random_, &QAction::triggered, this, &TraversePanel::startFromRandom);
    connect(resetAll_, &QAction::triggered, this, [this] { commands::resetTraverse(document_); });
}

QWidget* TraversePanel::buildStartRow() {
    auto* box = new QWidget(this);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    startName_->setObjectName("traverseStart");
    startName_->setTextFormat(Qt::PlainText);
    startName_->setProperty("heading", true);
    startFrom_->setObjectName("startFrom");
    startFrom_->setProperty("boxed", true);
    startFrom_->setText(QString::fromUtf8("Start from ▾"));
    startFrom_->setToolTip("Where the traverse begins");
    startFrom_->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(startFrom_);
    menu->addAction(mean_);
    componentMenu_ = menu->addMenu("Start from a component");
    menu->addAction(object_);
    menu->addAction(random_);
    menu->addSeparator();
    menu->addAction(resetAll_);
    startFrom_->setMenu(menu);
    save_->setObjectName("savePath");
    save_->setProperty("boxed", true);
    save_->setText(QString::fromUtf8("Save ▾"));
    save_->setToolTip("Save what is drawn here");
    save_->setPopupMode(QToolButton::InstantPopup);
    auto* saveMenu = new QMenu(save_);
    saveMenu->addAction("Picture as PNG …", this, &TraversePanel::savePicture)->setObjectName("savePicture");
    saveMenu->addAction("Filmstrip as PNG …", this, &TraversePanel::saveStrip)
        ->setObjectName("saveFilmstrip");
    save_->setMenu(saveMenu);
    row->addWidget(startName_, 1);
    row->addWidget(startFrom_);
    row->addWidget(save_);
    return box;
}

QWidget* TraversePanel::buildSliderArea() {
    auto* scroll = new QScrollArea(this);
    scroll->setObjectName("sliderArea");
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setMinimumHeight(150);
    auto* inside = new QWidget(scroll);
    inside->setProperty("panel", true);
    auto* column = new QVBoxLayout(inside);
    column->setContentsMargins(0, 0, 4, 0);
    column->setSpacing(1);
    column->addLayout(sliderColumn_);
    sliderColumn_->setSpacing(1);
    more_->setProperty("muted", true);
    column->addWidget(more_);
    column->addStretch(1);
    scroll->setWidget(inside);
    return scroll;
}

QWidget* TraversePanel::buildPictures() {
    auto* box = new QWidget(this);
    auto* grid = new QGridLayout(box);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(6);
    const struct {
        ImageView* view;
        const char *name, *caption;
    } views[] = {{now_, "traversePicture", "Moved point"},
                 {start_, "traverseStartPicture", "Start"},
                 {difference_, "traverseDifference", "Difference"}};
    for (const auto& entry : views) {
        entry.view->setObjectName(entry.name);
        entry.view->setAccessibleName(entry.caption);
        entry.view->setCaption(entry.caption);
    }
    now_->setSmooth(true);
    start_->setSmooth(true);
    difference_->setHint("no difference yet");
    difference_->setToolTip("Moved point minus start: red is more light, blue is less");
    grid->addWidget(now_, 0, 0, 2, 1);
    grid->addWidget(start_, 0, 1);
    grid->addWidget(difference_, 1, 1);
    grid->setColumnStretch(0, 2);
    grid->setColumnStretch(1, 1);
    return box;
}

LatentSlider* TraversePanel::slider(int64_t dimension) const {
    for (LatentSlider* row : sliders_)
        if (row->dimension() == dimension)
            return row;
    return nullptr;
}

void TraversePanel::rebuildSliders() {
    for (LatentSlider* row : sliders_)
        row->deleteLater();
    sliders_.clear();
    // Pictures of another model must not arrive late.
    for (LatestWins* work : {&picture_, &startPicture_, &stripWork_, &nearestWork_})
        work->cancel();
    startShown_.clear();
    stripFrames_.clear();
    stripBase_.clear();
    spacing_ = 0;
    const ModelPtr& model = document_.model().model;
    const bool usable = model && model->card().can("decode");
    empty_->setVisible(!usable);
    content_->setVisible(usable);
    for (QAction* action : {mean_, random_, resetAll_})
        action->setEnabled(usable);
    object_->setEnabled(false);
    if (!usable)
        return;
    const LatentContent& latents = document_.latents();
    const bool measured = !latents.ranges.empty();
    const auto count = static_cast<size_t>(model->card().latent);
    ranges_ = measured ? latents.ranges : priorRanges(model->card());
    std::vector<int64_t> order = measured ? latents.influence : orderByInfluence(ranges_);
    order.resize(std::min({order.size(), count, mostSliders}));
    for (const int64_t dimension : order) {
        auto* row = new LatentSlider(dimension, ranges_[static_cast<size_t>(dimension)], measured, content_);
        connect(row, &LatentSlider::moved, this, [this](qint64 dim, float value, int drag) {
            commands::moveLatent(document_, dim, value, drag);
        });
        connect(row, &LatentSlider::resetRequested, this,
                [this](qint64 dim) { commands::resetLatent(document_, dim); });
        connect(row, &LatentSlider::chosen, this, [this](qint64 dim) {
            if (dim == stripDimension_ && !stripFrames_.empty())
                return showState();
            stripDimension_ = dim;
            stripBase_.clear();
            showState();
        });
        sliderColumn_->addWidget(row);
        sliders_.push_back(row);
    }
    stripDimension_ = order.empty() ? 0 : order.front();
    more_->setVisible(count > order.size());
    more_->setText(QString("The %1 latents that vary most, of %2.").arg(order.size()).arg(count));
    fillStartMenu();
    showState();
}

void TraversePanel::fillStartMenu() {
    componentMenu_->clear();
    const int64_t components = document_.mixture().components;
    componentMenu_->menuAction()->setVisible(components > 0);
    for (int64_t k = 0; k < components; ++k) {
        QPixmap dot(12, 12);
        dot.fill(document_.componentColour(k));
        componentMenu_
            ->addAction(QIcon(dot), document_.componentName(k).replace("&", "&&"), this,
                        [this, k] { startFromComponent(static_cast<int>(k)); })
            ->setObjectName(QString("startFromComponent%1").arg(k + 1));
    }
    bars_->setVisible(components > 0);
    QStringList names;
    std::vector<QColor> colours;
    for (int64_t k = 0; k < components; ++k) {
        names << document_.componentName(k);
        colours.push_back(document_.componentColour(k));
    }
    bars_->setLooks(names, colours);
}

void TraversePanel::startFromComponent(int component) {
    const GaussianMixture& mixture = document_.mixture();
    if (component < 0 || component >= mixture.components)
        return;
    const auto begin = mixture.means.begin() + component * mixture.dimensions;
    std::vector<float> centre(begin, begin + mixture.dimensions);
    commands::startFrom(document_, std::move(centre), QString("component %1").arg(component + 1));
}

void TraversePanel::startFromRandom() {
    SampleOptions options;
    options.count = 1;
    options.seed = ++randomSeed_;
    ModelCard card = document_.model().model->card();
    card.mixture = document_.samplingDensity();
    const LatentSample draw = sampleLatents(card, options);
    const Array z = draw.latents.row(0).contiguousCopy();
    commands::startFrom(document_, {z.values().begin(), z.values().end()},
                        QString("random draw %1").arg(randomSeed_));
}

void TraversePanel::showState() {
    const TraverseState& state = document_.traverse();
    if (state.empty() || sliders_.empty())
        return;
    QString name = state.startName;
    if (!name.isEmpty())
        name[0] = name[0].toUpper();
    startName_->setText(name);
    startName_->setToolTip(plainToolTip("The traverse starts from " + state.startName));
    for (LatentSlider* row : sliders_) {
        const auto at = static_cast<size_t>(row->dimension());
        if (at >= state.point.size())
            return; // the model is being replaced
        row->showValue(state.point[at], state.start[at]);
        row->setChosen(row->dimension() == stripDimension_);
    }
    resetAll_->setEnabled(state.point != state.start);
    if (state.start != startShown_)
        requestStart();
    requestPicture();
    showClaims();
    rest_.start();
}

void TraversePanel::requestStart() {
    startShown_ = document_.traverse().start;
    startPixels_ = Array();
    difference_->setImage({});
    const PictureSource source(document_);
    startPicture_.request<Array>(
        [source, z = startShown_](const StopToken&) { return source.decodeLatent(z); },
        [this, source](const Array& pixels) {
            startPixels_ = pixels;
            start_->setImage(source.draw(pixels));
            requestPicture();
        },
        [this](const JobError& error) { workspace_.log.error(error.text()); });
}

void TraversePanel::requestPicture() {
    const PictureSource source(document_);
    if (!source.canDecode())
        return;
    moved_.start();
    picture_.request<Frame>(
        [source, z = document_.traverse().point, start = startPixels_,
         moved = document_.traverse().point != document_.traverse().start](const StopToken&) {
            const Array pixels = source.decodeLatent(z);
            Frame frame{source.draw(pixels), {}};
            if (moved && !start.empty() && start.shape() == pixels.shape())
                frame.difference = source.drawDifference(difference(pixels, start));
            return frame;
        },
        [this, clock = moved_](const Frame& frame) {
            now_->setImage(frame.now);
            difference_->setImage(frame.difference);
            Q_EMIT pictureShown(static_cast<double>(clock.nsecsElapsed()) * 1e-6);
        },
        [this](const JobError& error) {
            now_->setImage({});
            now_->setHint(error.fault);
            workspace_.log.error(error.text());
        });
}

void TraversePanel::showClaims() {
    const GaussianMixture& mixture = document_.mixture();
    const auto& point = document_.traverse().point;
    if (mixture.empty() || mixture.dimensions != static_cast<int64_t>(point.size()))
        return bars_->setValues({});
    const Array claims = responsibilities(mixture, asRow(point));
    std::vector<double> values;
    for (int64_t k = 0; k < claims.dim(1); ++k)
        values.push_back(claims.at(0, k));
    bars_->setValues(values);
}

void TraversePanel::rested() {
    startStrip();
    findNearest();
}

std::vector<float> TraversePanel::stripPoint(size_t index) const {
    std::vector<float> point = document_.traverse().point;
    const auto at = static_cast<size_t>(stripDimension_);
    const LatentRange range = at < ranges_.size() ? ranges_[at] : LatentRange{};
    const double sigma = -3 + 6.0 * static_cast<double>(index) / (stripSteps - 1);
    if (at < point.size())
        point[at] = static_cast<float>(range.mean + sigma * range.deviation);
    return point;
}

void TraversePanel::startStrip() {
    std::vector<float> base = document_.traverse().point;
    if (base.empty() || !document_.model().model)
        return;
    if (static_cast<size_t>(stripDimension_) < base.size())
        base[static_cast<size_t>(stripDimension_)] = static_cast<float>(stripDimension_); // not what differs
    if (base == stripBase_)
        return;
    stripBase_ = base;
    stripWork_.cancel();
    stripFrames_.clear();
    requestStripFrame(0);
}

void TraversePanel::requestStripFrame(size_t index) {
    // Frame by frame, so that a live picture never waits for more than one of them.
    stripWork_.request<QImage>([source = PictureSource(document_), z = stripPoint(index)](
                                   const StopToken&) { return source.draw(source.decodeLatent(z)); },
                               [this, index](const QImage& frame) {
                                   stripFrames_.push_back(frame);
                                   if (index + 1 < stripSteps)
                                       return requestStripFrame(index + 1);
                                   QStringList captions;
                                   for (size_t i = 0; i < stripSteps; ++i)
                                       captions << QString::fromUtf8("%1 σ").arg(-3 + static_cast<int>(i));
                                   captions.replaceInStrings("-", QString::fromUtf8("−"));
                                   stripTitle_->setText(QString("Filmstrip of z%1").arg(stripDimension_ + 1));
                                   strip_->setFrames(stripFrames_, captions);
                               });
}

void TraversePanel::findNearest() {
    const PictureSource source(document_);
    const bool possible = source.latents && source.data && source.latents->size() > 1;
    nearestTitle_->setVisible(possible);
    nearest_->setVisible(possible);
    place_->setVisible(possible);
    if (!possible)
        return nearestWork_.cancel();
    struct Found {
        std::vector<Neighbor> rows;
        std::vector<QImage> pictures;
        double spacing = 0;
    };
    nearestWork_.request<Found>(
        [source, z = document_.traverse().point, spacing = spacing_](const StopToken& stop) {
            Found found;
            found.rows = nearestNeighbors(source.latents->mean, asRow(z).row(0), nearestCount, -1, stop);
            std::vector<int64_t> rows;
            for (const Neighbor& neighbour : found.rows)
                rows.push_back(neighbour.row);
            found.pictures = source.thumbnails(rows, ThumbnailMode::Original, stop);
            found.spacing = spacing > 0 ? spacing : typicalSpacing(source.latents->mean, 200, stop);
            return found;
        },
        [this](const Found& found) {
            spacing_ = found.spacing;
            nearestRows_.clear();
            QStringList captions;
            for (const Neighbor& neighbour : found.rows) {
                nearestRows_.push_back(neighbour.row);
                captions << QString::number(neighbour.distance, 'f', 2);
            }
            nearest_->setFrames(found.pictures, captions);
            const double away =
                found.rows.empty() || spacing_ <= 0 ? 0 : found.rows.front().distance / spacing_;
            place_->setText(
                away <= 1.5 ? "Among the data"
                : away < 3
                    ? QString("At the edge of the data: %1 times its usual spacing away").arg(away, 0, 'f', 1)
                    : QString("Far off the data: %1 times its usual spacing away").arg(away, 0, 'f', 1));
        });
}

void TraversePanel::savePng(const QImage& picture, const QString& title, const QString& name) {
    const QString file = QFileDialog::getSaveFileName(this, title, name, "PNG (*.png)");
    if (file.isEmpty())
        return;
    workspace_.jobs.start<bool>(
        title, this,
        [picture, file](const StopToken&, ProgressSink&) {
            writePng(picture, file);
            return true;
        },
        [this, file](bool) { workspace_.log.info("Wrote " + shown(file.toStdString())); });
}

void TraversePanel::savePicture() {
    savePng(now_->image(), "Save picture", "picture.png");
}

void TraversePanel::saveStrip() {
    savePng(contactSheet(strip_->frames(), strip_->count()), "Save filmstrip", "filmstrip.png");
}

void TraversePanel::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasFormat(rowsMimeType))
        event->acceptProposedAction();
}

void TraversePanel::dropEvent(QDropEvent* event) {
    const auto rows = rowsFromMime(*event->mimeData());
    if (!rows.empty())
        commands::startFrom(document_, document_.latentOf(rows.front()),
                            "object " + document_.objectName(rows.front()));
}

} // namespace galatea
