#include "app/desktop/panels/object_panel.h"

#include <cmath>

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QDragEnterEvent>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QScrollArea>
#include <QTableWidget>

#include "app/desktop/analysis.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/panels/panel_parts.h"
#include "app/desktop/pictures.h"
#include "latent/neighbors.h"
#include "widgets/gallery/gallery_model.h"
#include "widgets/image/filmstrip.h"
#include "widgets/image/image_view.h"

namespace galatea {

namespace {
constexpr int neighbourCount = 6;
}

ObjectPanel::ObjectPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document), original_(workspace.reader, 20),
      decoded_(workspace.inference, priority::object), neighboursWork_(workspace.reader, 5),
      name_(new QLabel(this)), readout_(new QLabel(this)), error_(new QLabel(this)),
      image_(new ImageView(this)), reconstruction_(new ImageView(this)), residual_(new ImageView(this)),
      bands_(new Filmstrip(this)), neighbours_(new Filmstrip(this)), bandsTitle_(sectionLabel("Bands", this)),
      neighboursTitle_(sectionLabel("Nearest in latent space", this)), table_(new QTableWidget(this)),
      explore_(new QPushButton("Explore from here", this)), stretch_(new QComboBox(this)),
      cuts_(new QComboBox(this)),
      map_(new QComboBox(this)), channel_{new QComboBox(this), new QComboBox(this), new QComboBox(this)},
      channels_(new QWidget(this)), percentile_(new QDoubleSpinBox(this)) {
    setObjectName("objectPanel");
    setAcceptDrops(true);
    QVBoxLayout* column = makeScrolled(this);
    name_->setObjectName("objectName");
    name_->setTextFormat(Qt::PlainText);
    name_->setProperty("heading", true);
    name_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    explore_->setObjectName("exploreObject");
    explore_->setToolTip("Start the traverse from this object");
    auto* top = new QHBoxLayout;
    top->addWidget(name_, 1);
    top->addWidget(explore_);
    column->addLayout(top);

    auto* three = new QHBoxLayout;
    three->setSpacing(6);
    const struct {
        ImageView* view;
        const char *name, *caption, *hint;
    } views[] = {{image_, "objectImage", "Image", "no image"},
                 {reconstruction_, "objectReconstruction", "Reconstruction", "–"},
                 {residual_, "objectResidual", "Residual", "–"}};
    for (const auto& entry : views) {
        entry.view->setObjectName(entry.name);
        entry.view->setAccessibleName(entry.caption);
        entry.view->setCaption(entry.caption);
        entry.view->setHint(QString::fromUtf8(entry.hint));
        three->addWidget(entry.view, 1);
    }
    column->addLayout(three);
    readout_->setProperty("muted", true);
    readout_->setMinimumHeight(readout_->fontMetrics().height());
    error_->setObjectName("objectError");
    error_->setProperty("muted", true);
    auto* figures = new QHBoxLayout;
    figures->addWidget(readout_, 1);
    figures->addWidget(error_);
    column->addLayout(figures);
    bands_->setObjectName("objectBands");
    neighbours_->setObjectName("objectNeighbours");
    neighbours_->setToolTip("The most similar objects; click one to look at it");
    column->addWidget(bandsTitle_);
    column->addWidget(bands_);
    column->addWidget(neighboursTitle_);
    column->addWidget(neighbours_);
    column->addWidget(sectionLabel("How images are drawn", this));
    column->addWidget(buildDisplay());
    column->addWidget(sectionLabel("Catalogue", this));
    table_->setObjectName("objectTable");
    table_->setAccessibleName("Catalogue values of the object");
    table_->setColumnCount(2);
    table_->horizontalHeader()->hide();
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    table_->horizontalHeader()->setStretchLastSection(true);
    table_->setShowGrid(false);
    table_->setAlternatingRowColors(true);
    table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table_->setSelectionMode(QAbstractItemView::NoSelection);
    table_->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    column->addWidget(table_);
    column->addStretch(1);

    connect(&document_, &Document::currentChanged, this, &ObjectPanel::refresh);
    connect(&document_, &Document::contentChanged, this, &ObjectPanel::refresh);
    connect(&document_, &Document::contentChanged, this, &ObjectPanel::showDisplay);
    connect(&document_, &Document::displayChanged, this, [this] {
        showDisplay();
        refresh();
    });
    connect(neighbours_, &Filmstrip::frameClicked, this, [this](int index) {
        if (static_cast<size_t>(index) < neighbourRows_.size())
            document_.setCurrent(neighbourRows_[static_cast<size_t>(index)]);
    });
    connect(explore_, &QPushButton::clicked, this, [this] {
        const int64_t row = document_.current();
        commands::startFrom(document_, document_.latentOf(row), "object " + document_.objectName(row));
        Q_EMIT exploreRequested();
    });
    connect(image_, &ImageView::pixelHovered, this, [this](QPoint pixel) {
        QString text;
        if (pixel.x() >= 0 && !pixels_.empty() && pixel.x() < pixels_.dim(2) && pixel.y() < pixels_.dim(1)) {
            QStringList values;
            const bool bottomUp = document_.data().data && document_.data().data->info().bottomUp;
            const int64_t row = bottomUp ? pixels_.dim(1) - 1 - pixel.y() : pixel.y(); // of the array
            for (int64_t c = 0; c < pixels_.dim(0); ++c)
                values << QString::number(pixels_.at(c, row, pixel.x()), 'g', 4);
            text = QString("(%1, %2)  %3").arg(pixel.x()).arg(row).arg(values.join("  "));
        }
        readout_->setText(text);
    });
    showDisplay();
    refresh();
}

QWidget* ObjectPanel::buildDisplay() {
    auto* box = new QWidget(this);
    auto* grid = new QGridLayout(box);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    for (auto s : {Stretch::Linear, Stretch::Sqrt, Stretch::Asinh, Stretch::Log})
        stretch_->addItem(stretchName(s));
    for (auto c : {Cuts::Fixed, Cuts::MinMax, Cuts::Percentile, Cuts::ZScale})
        cuts_->addItem(cutsName(c));
    for (auto m : imageColourMaps())
        map_->addItem(colourMapName(m));
    percentile_->setRange(50, 100);
    percentile_->setDecimals(2);
    percentile_->setSingleStep(0.25);
    percentile_->setSuffix(" %");
    const struct {
        QWidget* control;
        const char *object, *label, *tip;
    } rows[] = {{stretch_, "displayStretch", "Stretch", "How brightness follows flux"},
                {cuts_, "displayCuts", "Cuts", "Which values are drawn darkest and brightest"},
                {percentile_, "displayPercentile", "Within", "Share of the pixels between the cuts"},
                {map_, "displayColourMap", "Colours", "Colour map of single bands"}};
    int line = 0;
    for (const auto& row : rows) {
        auto* label = new QLabel(row.label, box);
        label->setProperty("muted", true);
        row.control->setObjectName(row.object);
        row.control->setAccessibleName(row.label);
        row.control->setToolTip(row.tip);
        label->setBuddy(row.control);
        grid->addWidget(label, line / 2, line % 2 * 2);
        grid->addWidget(row.control, line / 2, line % 2 * 2 + 1);
        ++line;
    }
    auto* channelRow = new QHBoxLayout(channels_);
    channelRow->setContentsMargins(0, 0, 0, 0);
    const char* names[] = {"Red", "Green", "Blue"};
    for (int c = 0; c < 3; ++c) {
        auto* label = new QLabel(names[c], channels_);
        label->setProperty("muted", true);
        channel_[c]->setObjectName(QString("displayChannel%1").arg(names[c]));
        channel_[c]->setAccessibleName(QString("Band drawn as %1").arg(QString(names[c]).toLower()));
        channel_[c]->setToolTip(channel_[c]->accessibleName());
        channelRow->addWidget(label);
        channelRow->addWidget(channel_[c], 1);
        connect(channel_[c], &QComboBox::activated, this, &ObjectPanel::pushDisplay);
    }
    grid->addWidget(channels_, line / 2, 0, 1, 4);
    grid->setColumnStretch(1, 1);
    grid->setColumnStretch(3, 1);
    for (QComboBox* combo : {stretch_, cuts_, map_})
        connect(combo, &QComboBox::activated, this, &ObjectPanel::pushDisplay);
    connect(percentile_, &QDoubleSpinBox::valueChanged, this, &ObjectPanel::pushDisplay);
    return box;
}

void ObjectPanel::showDisplay() {
    filling_ = true;
    const DisplaySettings& display = document_.display();
    stretch_->setCurrentText(stretchName(display.rendering.stretch));
    cuts_->setCurrentText(cutsName(display.rendering.cuts));
    map_->setCurrentText(colourMapName(display.rendering.map));
    percentile_->setValue(display.rendering.percentile);
    percentile_->setEnabled(display.rendering.cuts == Cuts::Percentile);
    const DatasetPtr& images = document_.data().data;
    const int64_t channels = images                    ? images->info().channels
                             : document_.model().model ? document_.model().model->card().input.channels
                                                       : 0;
    channels_->setVisible(channels >= 3);
    map_->setEnabled(channels != 3);
    const int wanted[] = {display.composite.red, display.composite.green, display.composite.blue};
    for (int c = 0; c < 3; ++c) {
        channel_[c]->clear();
        for (int64_t band = 0; band < channels; ++band)
            channel_[c]->addItem(bandName(document_, band));
        channel_[c]->setCurrentIndex(wanted[c]);
    }
    filling_ = false;
}

void ObjectPanel::pushDisplay() {
    if (filling_)
        return;
    DisplaySettings display = document_.display();
    parseStretch(stretch_->currentText(), display.rendering.stretch);
    parseCuts(cuts_->currentText(), display.rendering.cuts);
    parseColourMap(map_->currentText(), display.rendering.map);
    display.rendering.percentile = percentile_->value();
    if (channel_[0]->count() >= 3)
        display.composite = {channel_[0]->currentIndex(), channel_[1]->currentIndex(),
                             channel_[2]->currentIndex()};
    commands::setDisplay(document_, display);
}

void ObjectPanel::refresh() {
    original_.cancel();
    decoded_.cancel();
    const int64_t row = document_.current();
    const PictureSource source(document_);
    explore_->setEnabled(row >= 0 && source.latents && source.canDecode());
    fillTable();
    findNeighbours();
    if (row < 0) {
        name_->setText("No object chosen");
        show({});
        image_->setHint("click an object on the map or in the gallery");
        return;
    }
    name_->setText(document_.objectName(row));
    if (source.data)
        original_.request<Pictures>(
            [source, row](const StopToken&) {
                Pictures pictures;
                pictures.pixels = source.data->readOne(row);
                pictures.image = source.draw(pictures.pixels);
                for (int64_t c = 0; c < pictures.pixels.dim(0) && pictures.pixels.dim(0) > 1; ++c)
                    pictures.bands.push_back(renderBand(pictures.pixels.row(c), source.display.rendering));
                return pictures;
            },
            [this](const Pictures& pictures) {
                image_->setImage(pictures.image);
                pixels_ = pictures.pixels;
                QStringList names;
                for (size_t c = 0; c < pictures.bands.size(); ++c)
                    names << bandName(document_, static_cast<int64_t>(c));
                bands_->setFrames(pictures.bands, names);
                bandsTitle_->setVisible(!pictures.bands.empty());
                bands_->setVisible(!pictures.bands.empty());
            },
            [this](const JobError& error) {
                show({});
                image_->setHint(error.fault);
            });
    if (source.canDecode() && source.latents)
        decoded_.request<Pictures>(
            [source, row](const StopToken&) {
                Pictures pictures;
                const Array decoded = source.reconstruction(row);
                pictures.reconstruction = source.draw(decoded);
                if (source.data) {
                    const Array image = source.data->readOne(row), rest = difference(image, decoded);
                    pictures.reconstruction = source.drawLike(decoded, image);
                    pictures.residual = source.drawDifference(rest);
                    pictures.figures = QString("mean squared error %1").arg(meanSquare(rest), 0, 'g', 3);
                }
                return pictures;
            },
            [this](const Pictures& pictures) {
                reconstruction_->setImage(pictures.reconstruction);
                residual_->setImage(pictures.residual);
                error_->setText(pictures.figures);
            },
            [this](const JobError& error) { workspace_.log.error(error.text()); });
}

void ObjectPanel::show(const Pictures& pictures) {
    image_->setImage(pictures.image);
    reconstruction_->setImage(pictures.reconstruction);
    residual_->setImage(pictures.residual);
    bands_->setFrames(pictures.bands);
    bandsTitle_->setVisible(!pictures.bands.empty());
    bands_->setVisible(!pictures.bands.empty());
    error_->setText(pictures.figures);
    pixels_ = pictures.pixels;
}

void ObjectPanel::fillTable() {
    table_->clearContents();
    std::vector<std::pair<QString, QString>> rows;
    const int64_t row = document_.current();
    const LatentsPtr& latents = document_.latents().latents;
    if (row >= 0 && latents) {
        const auto at = static_cast<size_t>(row);
        if (!latents->component.empty()) {
            QString text = document_.componentShortName(latents->component[at]);
            if (!latents->responsibility.empty())
                text += QString(" (%1 %)").arg(100 * latents->responsibility.at(row, latents->component[at]),
                                               0, 'f', 1);
            rows.emplace_back("component", text);
        }
        if (!document_.latents().logLikelihood.empty())
            rows.emplace_back("log likelihood",
                              QString::number(document_.latents().logLikelihood[at], 'f', 2));
    }
    if (const Table* table = row >= 0 ? document_.catalogue() : nullptr)
        for (const Column& column : table->columns()) {
            const double number = column.isText() ? NAN : column.number(row);
            QString value = column.isText() ? shown(column.text(row))
                            : std::holds_alternative<std::vector<int64_t>>(column.values)
                                ? shown(column.text(row))
                                : QString::number(number, 'g', 6);
            if (!column.unit.empty())
                value += " " + shown(column.unit);
            rows.emplace_back(shown(column.name), value);
        }
    table_->setRowCount(static_cast<int>(rows.size()));
    for (int i = 0; i < table_->rowCount(); ++i) {
        auto* key = new QTableWidgetItem(rows[static_cast<size_t>(i)].first);
        key->setForeground(palette().color(QPalette::PlaceholderText));
        table_->setItem(i, 0, key);
        table_->setItem(i, 1, new QTableWidgetItem(rows[static_cast<size_t>(i)].second));
    }
    table_->resizeColumnToContents(0);
    table_->setFixedHeight(table_->rowCount() * table_->verticalHeader()->defaultSectionSize() + 2);
    table_->setVisible(table_->rowCount() > 0);
}

void ObjectPanel::findNeighbours() {
    const int64_t row = document_.current();
    const PictureSource source(document_);
    const std::vector<float> z = document_.latentOf(row);
    if (z.empty() || !source.data) {
        neighboursWork_.cancel();
        neighbourRows_.clear();
        neighbours_->setFrames({});
        neighboursTitle_->setVisible(false);
        neighbours_->setVisible(false);
        return;
    }
    using Found = std::pair<std::vector<Neighbor>, std::vector<QImage>>;
    neighboursWork_.request<Found>(
        [source, z, row](const StopToken& stop) {
            Found found;
            found.first = nearestNeighbors(source.latents->mean, asRow(z).row(0), neighbourCount, row, stop);
            std::vector<int64_t> rows;
            for (const Neighbor& neighbour : found.first)
                rows.push_back(neighbour.row);
            found.second = source.thumbnails(rows, ThumbnailMode::Original, stop);
            return found;
        },
        [this](const Found& found) {
            neighbourRows_.clear();
            QStringList captions;
            for (const Neighbor& neighbour : found.first) {
                neighbourRows_.push_back(neighbour.row);
                captions << QString::number(neighbour.distance, 'f', 2);
            }
            neighbours_->setFrames(found.second, captions);
            neighboursTitle_->setVisible(true);
            neighbours_->setVisible(true);
        });
}

void ObjectPanel::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasFormat(rowsMimeType))
        event->acceptProposedAction();
}

void ObjectPanel::dropEvent(QDropEvent* event) {
    const auto rows = rowsFromMime(*event->mimeData());
    if (!rows.empty())
        document_.setCurrent(rows.front());
}

} // namespace galatea
