#include "app/desktop/panels/train_panel.h"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStandardPaths>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/desktop/panels/panel_parts.h"
#include "app/desktop/theme.h"
#include "io/atomic_file.h"
#include "models/model_file.h"
#include "models/registry.h"
#include "widgets/binding/option_form.h"
#include "widgets/charts/line_chart.h"

namespace galatea {

/// Where the training thread waits while it is paused.
struct TrainPanel::Gate {
    std::mutex mutex;
    std::condition_variable_any changed;
    bool closed = false;

    void set(bool close) {
        {
            const std::lock_guard lock(mutex);
            closed = close;
        }
        changed.notify_all();
    }
    bool isClosed() {
        const std::lock_guard lock(mutex);
        return closed;
    }
    void pass(const StopToken& stop) {
        std::unique_lock lock(mutex);
        changed.wait(lock, stop, [this] { return !closed; });
    }
};

namespace {

constexpr qint64 stepMilliseconds = 50; // between two figures of steps

QLabel* wrapped(const char* name, QWidget* parent) {
    QLabel* label = mutedLabel({}, parent);
    label->setObjectName(name);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

QWidget* scrolled(QWidget* content) {
    content->setProperty("panel", true);
    content->setContentsMargins(0, 6, 10, 6);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidget(content);
    return scroll;
}

} // namespace

TrainPanel::TrainPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document), gate_(std::make_shared<Gate>()),
      empty_(new QLabel(this)), purpose_(wrapped("trainPurpose", this)), facts_(wrapped("trainFacts", this)),
      status_(wrapped("trainStatus", this)), content_(new QWidget(this)), family_(new QComboBox(this)),
      term_(new QComboBox(this)), forms_(new QTabWidget(this)), output_(new QLineEdit(this)),
      start_(new QPushButton("Start", this)), pause_(new QPushButton("Pause", this)),
      stop_(new QPushButton("Stop", this)), progress_(new QProgressBar(this)),
      logarithmic_(new QCheckBox("Logarithmic", this)), chart_(new LineChart(this)) {
    setObjectName("trainPanel");
    setProperty("panel", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(12, 10, 12, 12);
    empty_->setObjectName("trainEmpty");
    empty_->setText("Open images to train a model on them.");
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setProperty("muted", true);
    outer->addWidget(empty_, 1);
    outer->addWidget(content_, 1);
    auto* column = new QVBoxLayout(content_);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(buildControls(), 1);
    column->addWidget(buildCurves(), 1);
    for (const ModelFamily& family : modelFamilies())
        family_->addItem(QString::fromStdString(family.title), QString::fromStdString(family.name));
    connect(family_, &QComboBox::currentIndexChanged, this, &TrainPanel::rebuildForms);
    connect(start_, &QPushButton::clicked, this, [this] { running() ? resume() : start(); });
    connect(pause_, &QPushButton::clicked, this, [this] { paused() ? resume() : pause(); });
    connect(stop_, &QPushButton::clicked, this, &TrainPanel::stop);
    connect(chart_, &Chart::saved, this,
            [this](const QString& path) { workspace_.log.info("Wrote " + shown(path.toStdString())); });
    connect(chart_, &Chart::saveFailed, &workspace_.log, &MessageLog::error);
    connect(term_, &QComboBox::currentTextChanged, this, &TrainPanel::showCurves);
    connect(logarithmic_, &QCheckBox::toggled, chart_, &LineChart::setLogarithmic);
    connect(output_, &QLineEdit::textChanged, this, &TrainPanel::updateState);
    connect(&document_, &Document::dataChanged, this, [this] {
        suggestOutput();
        updateState();
    });
    rebuildForms();
}

TrainPanel::~TrainPanel() {
    gate_->set(false);
}

QWidget* TrainPanel::buildControls() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    family_->setObjectName("trainFamily");
    family_->setAccessibleName("Model family");
    family_->setToolTip("Which kind of model to train");
    column->addWidget(family_);
    column->addWidget(purpose_);
    column->addWidget(facts_);
    forms_->setObjectName("trainForms");
    forms_->setDocumentMode(true);
    column->addWidget(forms_, 1);
    auto* place = new QHBoxLayout;
    output_->setObjectName("trainOutput");
    output_->setAccessibleName("Model file to write");
    output_->setToolTip(
        "The model is written here when it is complete; a checkpoint lies beside it meanwhile");
    auto* choose = new QToolButton(box);
    choose->setObjectName("trainChoose");
    choose->setText(QString::fromUtf8("…"));
    choose->setToolTip("Choose where the model is written");
    choose->setAccessibleName("Choose the model file");
    connect(choose, &QToolButton::clicked, this, [this] {
        const QString path =
            QFileDialog::getSaveFileName(this, "Write the model to", output(), "Models (*.safetensors)");
        if (!path.isEmpty())
            setOutput(path);
    });
    place->addWidget(new QLabel("Write to", box));
    place->addWidget(output_, 1);
    place->addWidget(choose);
    column->addLayout(place);
    auto* buttons = new QHBoxLayout;
    start_->setObjectName("trainStart");
    start_->setProperty("primary", true);
    start_->setToolTip("Train from the first epoch on");
    pause_->setObjectName("trainPause");
    stop_->setObjectName("trainStop");
    stop_->setToolTip("End the training; a checkpoint stays, from which it can be resumed");
    buttons->addWidget(start_);
    buttons->addWidget(pause_);
    buttons->addWidget(stop_);
    column->addLayout(buttons);
    progress_->setObjectName("trainProgress");
    progress_->setTextVisible(false);
    progress_->setMaximumHeight(6);
    column->addWidget(progress_);
    column->addWidget(status_);
    return box;
}

QWidget* TrainPanel::buildCurves() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    auto* row = new QHBoxLayout;
    term_->setObjectName("trainTerm");
    term_->setAccessibleName("Loss term shown");
    term_->setToolTip("Which term of the loss the curves show");
    logarithmic_->setObjectName("trainLogarithmic");
    logarithmic_->setToolTip("The losses in powers of ten");
    row->addWidget(new QLabel("Loss", box));
    row->addWidget(term_, 1);
    row->addWidget(logarithmic_);
    column->addLayout(row);
    chart_->setObjectName("trainChart");
    chart_->setAccessibleName("Loss over epochs");
    chart_->setTitles("epoch", {});
    chart_->setEmptyText("The losses of the training and the held-out images appear here, epoch by epoch.");
    column->addWidget(chart_, 1);
    return box;
}

void TrainPanel::chooseFamily(const QString& name) {
    family_->setCurrentIndex(family_->findData(name));
}

void TrainPanel::rebuildForms() {
    const ModelFamily& family = modelFamily(family_->currentData().toString().toStdString());
    purpose_->setText(QString::fromStdString(family.purpose));
    while (forms_->count() > 0) {
        QWidget* page = forms_->widget(0);
        forms_->removeTab(0);
        delete page; // before the structs that it edits
    }
    training_ = trainOptionsFor(family);
    model_ = family.editableOptions();
    trainingForm_ = new OptionForm(describe(training_));
    modelForm_ = new OptionForm(model_->describe());
    forms_->addTab(scrolled(trainingForm_), "Training");
    forms_->addTab(scrolled(modelForm_), "Model");
    for (OptionForm* form : {trainingForm_, modelForm_})
        connect(form, &OptionForm::validityChanged, this, &TrainPanel::updateState);
    suggestOutput();
    updateState();
}

void TrainPanel::showOptions() {
    trainingForm_->showValues();
    modelForm_->showValues();
}

void TrainPanel::suggestOutput() {
    if (running() || !document_.data().data)
        return;
    const QString& source = document_.data().path;
    const QString documents = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    QString folder = QFileInfo(source).absolutePath();
    const QString cache = QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation);
    if (source.isEmpty() || folder.startsWith(cache) || !QFileInfo(folder).isWritable())
        folder = QFileInfo(documents).isWritable() ? documents : QDir::homePath();
    const QString base = source.isEmpty() ? QString("trained") : QFileInfo(source).completeBaseName();
    setOutput(folder + "/" + base + "-" + family_->currentData().toString() + ".safetensors");
}

void TrainPanel::setOutput(const QString& path) {
    output_->setText(QDir::toNativeSeparators(path));
}

QString TrainPanel::output() const {
    return QDir::fromNativeSeparators(output_->text().trimmed());
}

QString TrainPanel::checkpointPath() const {
    QString path = output();
    if (path.endsWith(".safetensors"))
        path.chop(QString(".safetensors").size());
    return path + ".checkpoint.safetensors";
}

bool TrainPanel::paused() const {
    return running() && gate_->isClosed();
}

void TrainPanel::updateState() {
    const DatasetPtr& images = document_.data().data;
    empty_->setVisible(!images);
    content_->setVisible(images != nullptr);
    if (!images)
        return;
    const DatasetInfo& info = images->info();
    facts_->setText(QString::fromUtf8("On %1: %2 images, %3 × %4 × %5")
                        .arg(shown(info.name))
                        .arg(images->size())
                        .arg(info.channels)
                        .arg(info.height)
                        .arg(info.width));
    const bool idle = !running();
    family_->setEnabled(idle);
    forms_->setEnabled(idle);
    output_->setEnabled(idle);
    const bool resumable = idle && QFileInfo::exists(checkpointPath());
    start_->setText(resumable ? "Start anew" : "Start");
    start_->setEnabled(idle && trainingForm_->valid() && modelForm_->valid() && !output().isEmpty());
    pause_->setText(paused() || resumable ? "Resume" : "Pause");
    pause_->setEnabled(running() || (resumable && start_->isEnabled()));
    pause_->setToolTip(resumable ? "Go on from the checkpoint beside the model's file"
                                 : "Hold training up after its present step");
    stop_->setEnabled(running());
}

void TrainPanel::start() {
    begin(false);
}

void TrainPanel::pause() {
    if (!running()) // the same button resumes what was stopped
        return resume();
    gate_->set(true);
    status_->setText("Paused. Other work waits until training goes on or is stopped.");
    updateState();
}

void TrainPanel::resume() {
    if (!running())
        return begin(true);
    gate_->set(false);
    status_->setText("Training");
    updateState();
}

void TrainPanel::stop() {
    if (running())
        workspace_.jobs.cancel(job_);
    gate_->set(false);
}

void TrainPanel::begin(bool fromCheckpoint) {
    if (running() || !document_.data().data)
        return;
    Json family;
    try {
        family = model_->toJson();
        checkOptions(training_, "options");
        requireWritable(QFile::encodeName(output()).toStdString());
    } catch (const Error& error) {
        return finish(shown(error.what()));
    }
    TrainOptions options = training_;
    const QString path = output(), checkpoint = checkpointPath();
    options.checkpoint = QFile::encodeName(checkpoint).toStdString();
    options.checkpointSeconds = 300;
    options.resume = fromCheckpoint ? options.checkpoint : std::string();
    if (!fromCheckpoint)
        epochs_.clear();
    shownStep_ = -1;
    const std::string name = family_->currentData().toString().toStdString();
    const DatasetPtr images = document_.data().data;
    const auto gate = gate_;
    gate->set(false);
    // The document outlives the jobs, this panel perhaps not: what training tells goes through it.
    const QPointer<TrainPanel> panel(this);
    const auto tell = [document = &document_, panel](const auto& show) {
        QMetaObject::invokeMethod(document, [panel, show] {
            if (panel)
                show(*panel);
        });
    };
    const auto work = [=](const StopToken& stop, ProgressSink& progress) {
        TrainCallbacks callbacks;
        callbacks.onEpoch = [tell](const EpochLog& epoch) {
            tell([epoch](TrainPanel& shownIn) { shownIn.addEpoch(epoch); });
        };
        QElapsedTimer sinceShown;
        callbacks.onStep = [tell, gate, stop, sinceShown](const StepLog& step) mutable {
            if (!sinceShown.isValid() || sinceShown.elapsed() >= stepMilliseconds) {
                sinceShown.start();
                tell([step](TrainPanel& shownIn) { shownIn.showStep(step); });
            }
            gate->pass(stop);
        };
        const TrainReport report = train(name, *images, family, options, stop, progress, callbacks);
        saveModel(*report.model, QFile::encodeName(path).toStdString());
        QFile::remove(checkpoint);
        QFile::remove(checkpoint + ".previous");
        return report.stoppedEarly;
    };
    job_ = workspace_.jobs.start<bool>(
        "Training", this, work,
        [this, path](bool early) {
            finish(early ? "Done: stopped early, the best epoch is kept" : "Done");
            Q_EMIT trained(path);
        },
        [this, checkpoint](const JobError& error) {
            if (error.cancelled)
                return finish("Stopped; the checkpoint " + QFileInfo(checkpoint).fileName() +
                              " is kept: Resume goes on from it");
            finish(error.text());
            workspace_.log.error("Training: " + error.text());
        });
    status_->setText(fromCheckpoint ? "Going on from the checkpoint" : "Training");
    showCurves();
    updateState();
}

void TrainPanel::finish(const QString& sentence) {
    job_ = 0;
    status_->setText(sentence);
    updateState();
    Q_EMIT ended();
}

void TrainPanel::showStep(const StepLog& step) {
    if (step.step <= shownStep_)
        return;
    shownStep_ = step.step;
    progress_->setMaximum(static_cast<int>(std::min<int64_t>(step.steps, std::numeric_limits<int>::max())));
    progress_->setValue(static_cast<int>(step.step));
    if (!paused())
        status_->setText(QString("Epoch %1, step %2 of %3, loss %4")
                             .arg(step.epoch)
                             .arg(step.step)
                             .arg(step.steps)
                             .arg(step.loss, 0, 'g', 4));
}

void TrainPanel::addEpoch(const EpochLog& epoch) {
    std::erase_if(epochs_, [&](const EpochLog& known) { return known.epoch >= epoch.epoch; });
    epochs_.push_back(epoch);
    for (const auto& entry : epoch.training)
        if (const QString name = QString::fromStdString(entry.first); term_->findText(name) < 0)
            term_->addItem(name);
    if (epochs_.size() == 1 && term_->findText("total") >= 0)
        term_->setCurrentText("total");
    showCurves();
}

void TrainPanel::showCurves() {
    const std::string term = term_->currentText().toStdString();
    const ThemeColours& colours = themeColours(isDarkTheme());
    ChartSeries training{"training", {}, colours.accent, false},
        heldOut{"held out", {}, colours.warning, true};
    for (const EpochLog& epoch : epochs_) {
        const auto x = static_cast<double>(epoch.epoch);
        if (const auto value = epoch.training.find(term); value != epoch.training.end())
            training.points.emplace_back(x, value->second);
        if (const auto value = epoch.validation.find(term); value != epoch.validation.end())
            heldOut.points.emplace_back(x, value->second);
    }
    chart_->setSeries({training, heldOut});
}

/// Curves are drawn in the theme's colours.
void TrainPanel::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) {
        showCurves();
    }
    QWidget::changeEvent(event);
}

} // namespace galatea
