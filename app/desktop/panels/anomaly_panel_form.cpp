// How the anomaly panel is laid out: its controls, their names and tips.

#include <cmath>

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/desktop/panels/anomaly_detail.h"
#include "app/desktop/panels/anomaly_panel.h"
#include "app/desktop/panels/panel_parts.h"
#include "widgets/charts/histogram.h"
#include "widgets/charts/line_chart.h"

namespace galatea {

AnomalyPanel::AnomalyPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document),
      loader_(workspace.reader, workspace.inference), ranked_(loader_), ranking_(workspace.reader, 10),
      empty_(new QLabel(this)), reason_(new ReasonLabel("anomalyReason", this)), content_(new QWidget(this)),
      score_(new QComboBox(this)), region_(new QComboBox(this)), column_(new QComboBox(this)),
      normal_(new QComboBox(this)), run_(new QPushButton("Score", this)),
      cancel_(new QPushButton("Cancel", this)), normalFirst_(new QToolButton(this)),
      propose_(new QToolButton(this)), export_(new QToolButton(this)), logarithmic_(new QToolButton(this)),
      logarithmicX_(new QToolButton(this)), status_(mutedSentence("anomalyStatus", this)),
      from_(mutedSentence("anomalyThresholdsFrom", this)), tally_(mutedSentence("anomalyTally", this)),
      auc_(new WrappedLabel("anomalyAuc", this)), gallery_(new GalleryView(ranked_, loader_, this)),
      histogram_(new Histogram(this)), limit_{new QLineEdit(this), new QLineEdit(this), new QLineEdit(this),
                                              new QLineEdit(this)},
      roc_(new LineChart(this)), detail_(new AnomalyDetail(workspace, this)) {
    setObjectName("anomalyPanel");
    setProperty("panel", true);
    QVBoxLayout* outer = makeScrolled(this);
    empty_->setObjectName("anomalyEmpty");
    empty_->setText("Open images and a model to find the strange ones among them.");
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setProperty("muted", true);
    outer->addWidget(empty_, 1);
    outer->addWidget(reason_);
    outer->addWidget(content_, 1);
    auto* column = new QVBoxLayout(content_);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(buildScore());
    column->addWidget(buildRanking(), 3);
    column->addWidget(detail_);
    column->addWidget(buildThresholds(), 2);
    column->addWidget(buildLabels());
    column->addWidget(roc_, 2);
    for (QComboBox* combo : {score_, region_, column_, normal_}) { // long names must not widen the panel
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        combo->setMinimumContentsLength(8);
    }
    connectDocument();
    showRegions();
    updateState();
}

QWidget* AnomalyPanel::buildScore() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* row = new QHBoxLayout;
    describe(score_, "anomalyScore", "Score", "What makes an object strange");
    score_->addItems({"The model's own score", "Reconstruction error", "Rarity under the mixture",
                      "Rarity of the pixels"});
    const char* tips[] = {
        "Deep SVDD: distance from the centre of the normal class. CasVAE: the latent that parts "
        "the two classes.",
        "Mean squared difference between the image and what the model makes of it",
        "Minus the log density of the object's latents under the model's mixture",
        "Minus the log likelihood of the image under the model's mean and variance per pixel"};
    for (int i = 0; i < 4; ++i)
        score_->setItemData(i, tips[i], Qt::UserRole);
    describe(run_, "anomalyRun", "Score", "Score every image of the data set");
    run_->setProperty("primary", true);
    describe(cancel_, "anomalyCancel", "Cancel", "Stop scoring");
    row->addWidget(score_, 1);
    row->addWidget(run_);
    row->addWidget(cancel_);
    column->addLayout(row);
    column->addWidget(status_);
    connect(run_, &QPushButton::clicked, this, &AnomalyPanel::compute);
    connect(cancel_, &QPushButton::clicked, this, &AnomalyPanel::cancel);
    connect(score_, &QComboBox::currentIndexChanged, this, &AnomalyPanel::updateState);
    return box;
}

QWidget* AnomalyPanel::buildRanking() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* row = new QHBoxLayout;
    describe(region_, "anomalyRegion", "Region shown", "Show the objects of one region only");
    describe(normalFirst_, "anomalyNormalFirst", "Most normal first",
             "Most normal first; otherwise the strangest");
    normalFirst_->setText("Most normal first");
    normalFirst_->setCheckable(true);
    normalFirst_->setProperty("boxed", true);
    normalFirst_->setProperty("compact", true);
    describe(export_, "anomalyExport", "Export the scores",
             "Write id, score and region of every object as CSV, FITS or VOTable");
    export_->setText(QString::fromUtf8("Export …"));
    export_->setProperty("boxed", true);
    export_->setProperty("compact", true);
    row->addWidget(region_, 1);
    row->addWidget(normalFirst_);
    row->addWidget(export_);
    column->addLayout(row);
    gallery_->setObjectName("anomalyGallery");
    gallery_->setAccessibleName("Objects, the strangest first");
    gallery_->setThumbnailSide(76);
    gallery_->setMinimumHeight(210);
    gallery_->setEmptyText("The strangest objects appear here once they are scored.");
    column->addWidget(gallery_, 1);
    ranked_.setTexts(
        [this](int64_t object) {
            const auto at = static_cast<size_t>(object);
            QString text = at < scores_.size() && std::isfinite(scores_[at])
                               ? QString::number(scores_[at], 'g', 4)
                               : QString::fromUtf8("–");
            for (const Opinion& opinion : document_.opinions())
                if (opinion.row == object)
                    text += QString::fromUtf8(opinion.interesting ? "  ★" : "  ✕");
            return text;
        },
        [this](int64_t object) { return plainToolTip("Object " + document_.objectName(object)); });
    for (int i = 0; i < 6; ++i) // all and the five; named with their numbers of objects
        region_->addItem({});
    connect(region_, &QComboBox::currentIndexChanged, this, &AnomalyPanel::rank);
    connect(normalFirst_, &QToolButton::toggled, this, &AnomalyPanel::rank);
    connect(export_, &QToolButton::clicked, this, [this] {
        const QString path = QFileDialog::getSaveFileName(
            this, "Export the scores", "scores.csv", "CSV (*.csv);;FITS table (*.fits);;VOTable (*.vot)");
        if (!path.isEmpty())
            exportTo(path);
    });
    connect(gallery_, &GalleryView::rowClicked, this,
            [this](qint64 object) { document_.setCurrent(object); });
    connect(gallery_, &GalleryView::rowHovered, this,
            [this](qint64 object) { document_.setHovered(object); });
    return box;
}

QWidget* AnomalyPanel::buildThresholds() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    histogram_->setObjectName("anomalyHistogram");
    histogram_->setAccessibleName("Histogram of the scores");
    histogram_->setToolTip("Drag a threshold (or arrow keys: up and down choose, left and right move). "
                           "Right-click: save as PNG, SVG or CSV");
    histogram_->setMinimumHeight(190);
    histogram_->setEmptyText("The histogram of the scores appears here.");
    column->addWidget(histogram_, 1);
    auto* row = new QHBoxLayout;
    row->setSpacing(4);
    for (int i = 0; i < 4; ++i) {
        limit_[i]->setObjectName(QString("anomalyThreshold%1").arg(i + 1));
        limit_[i]->setAccessibleName(QString("Threshold %1").arg(i + 1));
        limit_[i]->setToolTip(
            QString("T%1: from here on an object is %2").arg(i + 1).arg(anomalyRegions[i + 1]));
        connect(limit_[i], &QLineEdit::editingFinished, this, &AnomalyPanel::readThresholds);
        row->addWidget(limit_[i], 1);
    }
    describe(
        propose_, "anomalyPropose", "Propose thresholds",
        "Thresholds from the scores: quantiles of the normal class, and of the others where they are known");
    propose_->setText("Propose");
    propose_->setProperty("boxed", true);
    propose_->setProperty("compact", true);
    row->addWidget(propose_);
    column->addLayout(row);
    auto* below = new QHBoxLayout;
    below->setSpacing(4);
    below->addWidget(from_, 1);
    describe(logarithmicX_, "anomalyLogarithmicX", "Logarithmic scores", "The scores in powers of ten");
    logarithmicX_->setText("log x");
    describe(logarithmic_, "anomalyLogarithmic", "Logarithmic heights",
             "The histogram's heights in powers of ten");
    logarithmic_->setText("log y");
    for (QToolButton* button : {logarithmicX_, logarithmic_}) {
        button->setCheckable(true);
        button->setProperty("boxed", true);
        button->setProperty("compact", true);
        below->addWidget(button);
    }
    column->addLayout(below);
    connect(logarithmicX_, &QToolButton::toggled, histogram_, &Histogram::setLogarithmicX);
    connect(logarithmic_, &QToolButton::toggled, histogram_, &Histogram::setLogarithmic);
    connect(propose_, &QToolButton::clicked, this, &AnomalyPanel::proposeThresholds);
    connect(histogram_, &Histogram::thresholdsChanged, this, [this](const std::vector<double>& moved) {
        RegionThresholds thresholds{};
        std::copy(moved.begin(), moved.end(), thresholds.begin());
        setThresholds(thresholds, "moved by hand");
    });
    return box;
}

QWidget* AnomalyPanel::buildLabels() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* row = new QHBoxLayout;
    describe(column_, "anomalyColumn", "Column of classes",
             "A catalogue column that tells the classes: how well do the scores part them?");
    describe(normal_, "anomalyNormal", "Normal class", "The class that is not strange");
    for (const auto& [text, control] : {std::pair{"Classes", column_}, std::pair{"Normal", normal_}}) {
        QLabel* label = mutedLabel(text, box);
        label->setBuddy(control);
        row->addWidget(label);
        row->addWidget(control, 1);
    }
    column->addLayout(row);
    column->addWidget(auc_);
    column->addWidget(tally_);
    roc_->setObjectName("anomalyRoc");
    roc_->setAccessibleName("Receiver operating characteristic");
    roc_->setTitles("false positive rate", "true positive rate");
    roc_->setFixedRanges(AxisRange{0, 1}, AxisRange{0, 1});
    roc_->setMinimumHeight(230);
    connect(column_, &QComboBox::currentIndexChanged, this, [this] {
        if (!filling_) {
            fillClasses();
            labelsChanged();
        }
    });
    connect(normal_, &QComboBox::currentIndexChanged, this, [this] {
        if (!filling_)
            labelsChanged();
    });
    return box;
}

} // namespace galatea
