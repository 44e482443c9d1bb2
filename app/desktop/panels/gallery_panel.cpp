#include "app/desktop/panels/gallery_panel.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QSignalBlocker>
#include <QSlider>
#include <QStandardItemModel>
#include <QToolButton>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/filtering.h"
#include "app/desktop/pictures.h"
#include "app/desktop/search.h"

namespace galatea {

namespace {

/// The rows by their values; those without one come last.
std::vector<int64_t> ordered(std::vector<int64_t> rows, const std::vector<double>& values, bool descending) {
    std::vector<std::pair<double, int64_t>> keyed;
    keyed.reserve(rows.size());
    const double sign = descending ? -1 : 1;
    for (const int64_t row : rows) {
        const double key = values[static_cast<size_t>(row)];
        keyed.emplace_back(std::isfinite(key) ? sign * key : INFINITY, row);
    }
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::transform(keyed.begin(), keyed.end(), rows.begin(), [](const auto& pair) { return pair.second; });
    return rows;
}

} // namespace

GalleryPanel::GalleryPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document),
      loader_(workspace.reader, workspace.inference), model_(loader_),
      view_(new GalleryView(model_, loader_, this)), title_(new QLabel(this)), mode_(new QComboBox(this)),
      order_(new QComboBox(this)), descending_(new QToolButton(this)), beside_(new QToolButton(this)),
      ordering_(workspace.columns, 20), variance_(workspace.inference, -5), likeness_(workspace.reader, 5),
      size_(new QSlider(Qt::Horizontal, this)) {
    setObjectName("galleryPanel");
    setProperty("panel", true);
    view_->setObjectName("galleryView");
    view_->setAccessibleName("Thumbnails");
    view_->setEmptyText("Thumbnails of the objects appear here once a data set is open.");
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(buildHeader());
    column->addWidget(view_, 1);
    connectDocument();
    model_.setTexts(
        [this](int64_t row) {
            if (static_cast<size_t>(row) < values_.size()) {
                const double value = values_[static_cast<size_t>(row)];
                return std::isfinite(value) ? QString::number(value, 'g', 4) : QString::fromUtf8("–");
            }
            return document_.objectName(row);
        },
        [this](int64_t row) { return plainToolTip("Object " + document_.objectName(row)); });
}

QWidget* GalleryPanel::buildHeader() {
    auto* header = new QWidget(this);
    header->setProperty("panel", true);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(10, 5, 10, 5);
    row->setSpacing(8);
    title_->setObjectName("galleryTitle");
    title_->setProperty("heading", true);
    row->addWidget(title_);
    row->addStretch(1);
    auto addLabelled = [&](const QString& text, QComboBox* box) {
        auto* label = new QLabel(text, header);
        label->setProperty("muted", true);
        label->setBuddy(box);
        row->addWidget(label);
        row->addWidget(box);
    };
    mode_->setObjectName("galleryMode");
    mode_->setAccessibleName("Which picture of each object is shown");
    mode_->setToolTip(
        "Original, what the model makes of it, the difference (blue: less light than drawn), "
        "how sure the model is of each pixel, every band beside the others, or three bands as colours");
    mode_->addItems({"Original", "Reconstruction", "Residual", "Variance", "Bands", "Colour"});
    addLabelled("Show", mode_);
    beside_->setObjectName("galleryBeside");
    beside_->setCheckable(true);
    beside_->setText("Beside the original");
    beside_->setToolTip("Show the original on the left of each thumbnail");
    beside_->setAccessibleName("Beside the original");
    row->addWidget(beside_);
    order_->setObjectName("galleryOrder");
    order_->setAccessibleName("Order of the thumbnails");
    order_->setToolTip("Order of the thumbnails");
    order_->setMinimumWidth(150);
    order_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    addLabelled("Sort by", order_);
    descending_->setObjectName("galleryDescending");
    descending_->setCheckable(true);
    descending_->setText(QString::fromUtf8("↓"));
    descending_->setToolTip("Largest first");
    descending_->setAccessibleName("Largest first");
    row->addWidget(descending_);
    size_->setObjectName("gallerySize");
    size_->setRange(40, 240);
    size_->setValue(view_->thumbnailSide());
    size_->setFixedWidth(110);
    size_->setToolTip("Size of the thumbnails (Ctrl and wheel)");
    size_->setAccessibleName("Size of the thumbnails");
    row->addWidget(size_);
    connect(mode_, &QComboBox::currentIndexChanged, this, [this](int index) {
        loader_.setMode(static_cast<ThumbnailMode>(std::max(index, 0)));
        showMode();
    });
    connect(beside_, &QToolButton::toggled, this, [this] {
        setProvider();
        showMode();
    });
    connect(order_, &QComboBox::currentIndexChanged, this, &GalleryPanel::rebuild);
    connect(descending_, &QToolButton::toggled, this, &GalleryPanel::rebuild);
    connect(size_, &QSlider::valueChanged, view_, &GalleryView::setThumbnailSide);
    return header;
}

void GalleryPanel::connectDocument() {
    connect(&document_, &Document::contentChanged, this, [this] {
        updateModes();
        setProvider();
        fillOrders();
        rebuild();
    });
    connect(&document_, &Document::scoresChanged, this, [this] {
        fillOrders();
        rebuild();
    });
    connect(&document_, &Document::rankingChanged, this, &GalleryPanel::rankingChanged);
    connect(&document_, &Document::displayChanged, this, &GalleryPanel::setProvider);
    connect(&document_, &Document::selectionChanged, this, &GalleryPanel::rebuild);
    connect(&document_, &Document::hiddenClassesChanged, this, &GalleryPanel::rebuild);
    connect(&document_, &Document::filterChanged, this, &GalleryPanel::rebuild);
    connect(&document_, &Document::hoveredChanged, view_, &GalleryView::setHighlightedRow);
    connect(&document_, &Document::currentChanged, this, [this](qint64 row) { view_->setCurrentRow(row); });
    connect(view_, &GalleryView::rowClicked, this, [this](qint64 row) { document_.setCurrent(row); });
    connect(view_, &GalleryView::rowHovered, this, [this](qint64 row) { document_.setHovered(row); });
    connect(view_, &GalleryView::rowDoubleClicked, this, [this](qint64 row) {
        commands::startFrom(document_, document_.latentOf(row), "object " + document_.objectName(row));
    });
    connect(view_, &GalleryView::rowActivated, this, &GalleryPanel::objectRequested);
    connect(view_, &GalleryView::rowToggled, this, &GalleryPanel::toggle);
    connect(view_, &GalleryView::menuRequested, this,
            [this](qint64 row, QPoint at) { menuOf(row)->popup(at); });
    view_->setDragRows([this](int64_t row) { // the selection, if the row is one of it
        std::vector<int64_t> rows{row};
        const auto& selected = document_.selection();
        if (std::binary_search(selected.begin(), selected.end(), row))
            for (size_t i = 0; i < selected.size() && rows.size() < mostDraggedRows; ++i)
                if (selected[i] != row)
                    rows.push_back(selected[i]);
        return rows;
    });
    connect(&loader_, &ThumbnailLoader::failedWith, &workspace_.log, &MessageLog::warning);
    rebuild();
}

void GalleryPanel::updateModes() {
    const ModelPtr& model = document_.model().model;
    const QString hindrance = !model                         ? "open a model to see this"
                              : !model->card().can("decode") ? "this model cannot draw images"
                              : !document_.latents().latents ? "the objects have no latents under this model"
                                                             : QString();
    setModePossible(ThumbnailMode::Reconstruction, hindrance);
    setModePossible(ThumbnailMode::Residual, hindrance.isEmpty() && !document_.hasImages()
                                                 ? "there are no images to compare with"
                                                 : hindrance);
    if (!hindrance.isEmpty()) {
        variance_.cancel();
        asked_.reset();
        setModePossible(ThumbnailMode::Variance, hindrance);
    } else if (asked_ != model) {
        askForVariance();
    }
    const int64_t bands = document_.hasImages() ? document_.data().data->info().channels : 0;
    const QString none = bands == 0 ? QString("there are no images") : QString();
    setModePossible(ThumbnailMode::Bands, bands == 1 ? QString("there is one band only") : none);
    setModePossible(ThumbnailMode::Colour, bands == 1 || bands == 2 ? QString("it takes three bands") : none);
    showMode();
}

/// Only drawing something tells whether a model gives variances.
void GalleryPanel::askForVariance() {
    setModePossible(ThumbnailMode::Variance, "the model is being asked for it");
    const ModelPtr model = asked_ = document_.model().model;
    variance_.request<bool>(
        [model](const StopToken&) {
            return !model->decode(Array({1, model->card().latent})).variance.empty();
        },
        [this](bool given) {
            setModePossible(ThumbnailMode::Variance,
                            given ? QString() : "this model draws images without a variance");
        },
        [this](const JobError&) { setModePossible(ThumbnailMode::Variance, "the model did not answer"); });
}

void GalleryPanel::setModePossible(ThumbnailMode mode, const QString& hindrance) {
    const int index = static_cast<int>(mode);
    auto* items = qobject_cast<QStandardItemModel*>(mode_->model());
    items->item(index)->setEnabled(hindrance.isEmpty());
    items->item(index)->setToolTip(hindrance.isEmpty() ? QString() : "Not available: " + hindrance);
    if (!hindrance.isEmpty() && mode_->currentIndex() == index)
        mode_->setCurrentIndex(0);
}

void GalleryPanel::showMode() {
    const auto mode = static_cast<ThumbnailMode>(std::max(0, mode_->currentIndex()));
    const bool decoded = isDecoded(mode), images = document_.hasImages();
    beside_->setEnabled(decoded && images);
    view_->setPicturesPerCell(mode == ThumbnailMode::Bands && images
                                  ? static_cast<int>(document_.data().data->info().channels)
                              : decoded && beside_->isChecked() && images ? 2
                                                                          : 1);
}

void GalleryPanel::setProvider() {
    if (!document_.hasImages() && !document_.model().model) {
        loader_.setProvider({});
        return;
    }
    loader_.setProvider([source = PictureSource(document_), beside = beside_->isChecked()](
                            const std::vector<int64_t>& rows, ThumbnailMode mode, const StopToken& stop) {
        return source.thumbnails(rows, mode, stop, beside);
    });
}

void GalleryPanel::fillOrders() {
    const QString before = order_->currentText();
    const LatentsPtr latents = document_.latents().latents;
    orders_ = {{Order::By::Catalogue, "Catalogue order"}};
    if (latents && !latents->responsibility.empty())
        orders_.push_back({Order::By::Probability, "Probability of its component"});
    for (const ColourBy& colouring : document_.possibleColourings()) {
        QString name = colouringName(colouring);
        if (colouring.kind != ColourBy::Kind::Column && !name.isEmpty())
            name[0] = name[0].toUpper();
        if (colouring.kind != ColourBy::Kind::Uniform && !document_.isClassLike(colouring))
            orders_.push_back({Order::By::Colouring, name, colouring});
    }
    if (const RankingPtr& ranking = document_.ranking())
        orders_.push_back({Order::By::Ranking, ranking->name});
    const QSignalBlocker block(order_);
    order_->clear();
    for (const Order& order : orders_)
        order_->addItem(order.name);
    order_->setCurrentIndex(std::max(0, order_->findText(before)));
}

/// A new ranking is shown at once; without one the gallery is as before.
void GalleryPanel::rankingChanged() {
    const auto at = static_cast<size_t>(std::max(0, order_->currentIndex()));
    const bool shownNow = at < orders_.size() && orders_[at].by == Order::By::Ranking;
    if (!shownNow)
        orderBefore_ = order_->currentText();
    fillOrders();
    {
        const QSignalBlocker block(order_), alsoBlock(descending_);
        if (document_.ranking()) {
            order_->setCurrentIndex(order_->count() - 1);
            descending_->setChecked(false); // the nearest first
        } else if (shownNow) {
            order_->setCurrentIndex(std::max(0, order_->findText(orderBefore_)));
        }
    }
    rebuild();
}

void GalleryPanel::orderByLikeness(int64_t row) {
    const LatentsPtr latents = document_.latents().latents;
    const std::vector<float> from = document_.latentOf(row);
    if (from.empty())
        return;
    likeness_.request<RankingPtr>(
        [latents, from, name = "Distance to object " + document_.objectName(row)](const StopToken&) {
            return nearnessTo(latents->mean, from, name);
        },
        [this](const RankingPtr& ranking) { commands::rankBy(document_, ranking); });
}

void GalleryPanel::toggle(int64_t row) {
    std::vector<int64_t> rows = document_.selection();
    const auto at = std::lower_bound(rows.begin(), rows.end(), row);
    if (at != rows.end() && *at == row)
        rows.erase(at);
    else
        rows.insert(at, row);
    commands::select(document_, std::move(rows));
}

QMenu* GalleryPanel::menuOf(int64_t row) {
    delete menu_;
    menu_ = new QMenu(this);
    menu_->setObjectName("galleryMenu");
    document_.setCurrent(row);
    const bool hasLatent = !document_.latentOf(row).empty();
    const auto add = [this](const char* name, const QString& text, bool possible, auto work) {
        QAction* action = menu_->addAction(text);
        action->setObjectName(name);
        action->setEnabled(possible);
        connect(action, &QAction::triggered, this, work);
    };
    const auto& selected = document_.selection();
    const bool chosen = std::binary_search(selected.begin(), selected.end(), row);
    add("galleryShowObject", "Show this object", true, [this] { Q_EMIT objectRequested(); });
    add("galleryToggle", chosen ? "Take from the selection" : "Add to the selection", true,
        [this, row] { toggle(row); });
    add("galleryLikeness", "Order by likeness to this object", hasLatent,
        [this, row] { orderByLikeness(row); });
    add("galleryNearest", "Find what is like this object", hasLatent, [this] { Q_EMIT nearestRequested(); });
    add("galleryStartHere", "Start the traverse here", hasLatent && !document_.traverse().empty(),
        [this, row] {
            commands::startFrom(document_, document_.latentOf(row), "object " + document_.objectName(row));
        });
    return menu_;
}

std::vector<double> GalleryPanel::valuesOf(const Order& order) const {
    const LatentsPtr& latents = document_.latents().latents;
    if (order.by == Order::By::Ranking)
        return document_.ranking() ? document_.ranking()->distance : std::vector<double>();
    if (order.by == Order::By::Colouring)
        return document_.valuesOf(order.colouring);
    std::vector<double> values;
    if (order.by == Order::By::Probability && latents)
        for (int64_t row = 0; row < latents->size(); ++row)
            values.push_back(latents->responsibility.at(row, latents->component[static_cast<size_t>(row)]));
    return values;
}

std::vector<int64_t> GalleryPanel::shownRows() const {
    std::vector<int64_t> rows = document_.selection();
    if (rows.empty()) {
        rows.resize(static_cast<size_t>(document_.objectCount()));
        for (size_t i = 0; i < rows.size(); ++i)
            rows[i] = static_cast<int64_t>(i);
    }
    if (const std::vector<uint8_t> mask = shownMask(document_); !mask.empty())
        std::erase_if(rows, [&](int64_t row) { return mask[static_cast<size_t>(row)] == 0; });
    return rows;
}

void GalleryPanel::rebuild() {
    std::vector<int64_t> rows = shownRows();
    const auto which = static_cast<size_t>(std::max(0, order_->currentIndex()));
    values_ = which < orders_.size() ? valuesOf(orders_[which]) : std::vector<double>();
    if (static_cast<int64_t>(values_.size()) != document_.objectCount())
        values_.clear();
    ordering_.cancel();
    constexpr size_t many = 100'000; // to order them takes longer than a hand notices
    if (!values_.empty() && rows.size() > many)
        return ordering_.request<std::vector<int64_t>>(
            [rows = std::move(rows), values = values_, descending = descending_->isChecked()](
                const StopToken&) { return ordered(rows, values, descending); },
            [this, count = document_.objectCount()](std::vector<int64_t> sorted) {
                if (count == document_.objectCount())
                    showRows(std::move(sorted));
            });
    if (!values_.empty()) {
        rows = ordered(std::move(rows), values_, descending_->isChecked());
    } else if (descending_->isChecked()) {
        std::reverse(rows.begin(), rows.end());
    }
    showRows(std::move(rows));
}

void GalleryPanel::showRows(std::vector<int64_t> rows) {
    const QString count = QLocale().toString(static_cast<qlonglong>(rows.size()));
    title_->setText(document_.objectCount() == 0    ? QString()
                    : document_.selection().empty() ? QString::fromUtf8("All · %1").arg(count)
                                                    : QString::fromUtf8("Selection · %1").arg(count));
    view_->setEmptyText(
        document_.objectCount() == 0
            ? "Thumbnails of the objects appear here once a data set is open."
            : "Everything is hidden: show a class again in the map's legend, or change the filter.");
    model_.setRows(std::move(rows));
    view_->setCurrentRow(document_.current(), false);
}

} // namespace galatea
