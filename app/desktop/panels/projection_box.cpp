#include "app/desktop/panels/projection_box.h"

#include <limits>
#include <mutex>

#include <QComboBox>
#include <QElapsedTimer>
#include <QHBoxLayout>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/panels/panel_parts.h"
#include "widgets/binding/option_form.h"

namespace galatea {

namespace {

/// Brings maps on their way to the window's thread, the newest only. Lives as long as whoever sends.
class MapRelay : public QObject {
  public:
    static std::shared_ptr<MapRelay> make(QObject* context, std::function<void(const Array&)> show) {
        auto relay = std::shared_ptr<MapRelay>(new MapRelay, [](MapRelay* dead) { dead->deleteLater(); });
        relay->show_ = [guard = QPointer<QObject>(context), show = std::move(show)](const Array& map) {
            if (guard)
                show(map);
        };
        return relay;
    }
    /// From any thread.
    void send(const Array& map) {
        const std::lock_guard lock(mutex_);
        latest_ = map.copy();
        if (std::exchange(waiting_, true))
            return;
        QMetaObject::invokeMethod(
            this,
            [this] {
                Array map_;
                {
                    const std::lock_guard again(mutex_);
                    map_ = std::move(latest_);
                    waiting_ = false;
                }
                show_(map_);
            },
            Qt::QueuedConnection);
    }

  private:
    MapRelay() = default;
    std::function<void(const Array&)> show_;
    std::mutex mutex_;
    Array latest_;
    bool waiting_ = false;
};

void describeControl(QWidget* control, const char* name, const char* label, const char* tip) {
    control->setObjectName(name);
    control->setAccessibleName(label);
    control->setToolTip(tip);
}

} // namespace

ProjectionBox::ProjectionBox(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), document_(workspace.document), method_(new QComboBox(this)),
      dims_(new QComboBox(this)), seed_(new QSpinBox(this)), more_(new QToolButton(this)),
      reset_(new QToolButton(this)), run_(new QPushButton("Draw map", this)),
      cancel_(new QPushButton("Cancel", this)), options_(buildOptions()),
      status_(new WrappedLabel("mapStatus", this)) {
    setObjectName("projectionBox");
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    describeControl(method_, "mapMethod", "Method of the map",
                    "PCA: straight axes of most variance, new points can be placed. t-SNE: near neighbours "
                    "stay near. UMAP: the same, with more of the far structure");
    method_->addItems({"PCA", "t-SNE", "UMAP"});
    method_->setCurrentIndex(1);
    describeControl(dims_, "mapDims", "Dimensions of the map", "A flat map, or one in space");
    dims_->addItems({"2-D", "3-D"});
    describeControl(seed_, "mapSeed", "Seed of the map", "The same seed gives the same map");
    seed_->setRange(0, std::numeric_limits<int>::max());
    seed_->setValue(1);
    seed_->setPrefix("seed ");
    describeControl(more_, "mapMore", "Options of the method", "Show every option of the method");
    more_->setText(QString::fromUtf8("Options"));
    more_->setCheckable(true);
    describeControl(reset_, "mapReset", "Default options", "Every option back to its default");
    reset_->setText("Defaults");
    for (QToolButton* button : {more_, reset_}) {
        button->setProperty("boxed", true);
        button->setProperty("compact", true);
        button->setFocusPolicy(Qt::StrongFocus);
    }
    describeControl(run_, "mapRun", "Draw map", "Make this map; it moves while it is made");
    run_->setProperty("primary", true);
    describeControl(cancel_, "mapCancel", "Cancel the map", "Stop and go back to the map before");
    auto* first = new QHBoxLayout;
    first->addWidget(method_, 1);
    first->addWidget(dims_);
    first->addWidget(seed_);
    auto* second = new QHBoxLayout;
    second->addWidget(more_);
    second->addWidget(reset_);
    second->addStretch(1);
    second->addWidget(run_);
    second->addWidget(cancel_);
    column->addLayout(first);
    column->addWidget(options_);
    column->addLayout(second);
    status_->setProperty("muted", true);
    column->addWidget(status_);
    connect(method_, &QComboBox::currentIndexChanged, this, &ProjectionBox::showMethod);
    connect(more_, &QToolButton::toggled, this, &ProjectionBox::showMethod);
    connect(reset_, &QToolButton::clicked, this, [this] {
        tsneForm_->resetAll();
        umapForm_->resetAll();
    });
    for (OptionForm* form : {tsneForm_, umapForm_})
        connect(form, &OptionForm::validityChanged, this, &ProjectionBox::updateState);
    connect(run_, &QPushButton::clicked, this, &ProjectionBox::run);
    connect(cancel_, &QPushButton::clicked, this, &ProjectionBox::cancel);
    connect(&document_, &Document::contentChanged, this, &ProjectionBox::updateState);
    connect(&document_, &Document::latentsChanged, this, &ProjectionBox::cancel);
    showMethod();
}

QWidget* ProjectionBox::buildOptions() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    tsneForm_ = new OptionForm(describe(tsne_), {"dims"}, box);
    tsneForm_->setObjectName("tsneForm");
    umapForm_ = new OptionForm(describe(umap_), {"dims"}, box);
    umapForm_->setObjectName("umapForm");
    column->addWidget(tsneForm_);
    column->addWidget(umapForm_);
    return box;
}

void ProjectionBox::showMethod() {
    const auto method = static_cast<ProjectionWish::Method>(method_->currentIndex());
    const bool linear = method == ProjectionWish::Method::Pca;
    options_->setVisible(more_->isChecked() && !linear);
    tsneForm_->setVisible(method == ProjectionWish::Method::Tsne);
    umapForm_->setVisible(method == ProjectionWish::Method::Umap);
    updateState();
}

ProjectionWish ProjectionBox::wish() const {
    ProjectionWish wish;
    wish.method = static_cast<ProjectionWish::Method>(method_->currentIndex());
    wish.dims = dims_->currentIndex() == 1 ? 3 : 2;
    wish.tsne = tsne_;
    wish.umap = umap_;
    wish.seed = static_cast<uint64_t>(seed_->value());
    return wish;
}

void ProjectionBox::updateState() {
    const LatentsPtr& latents = document_.latents().latents;
    constexpr int64_t fewest = 5;
    const bool enough = latents && latents->size() >= fewest && latents->mean.dim(1) >= 2;
    const auto method = static_cast<ProjectionWish::Method>(method_->currentIndex());
    const bool linear = method == ProjectionWish::Method::Pca;
    const bool valid = linear || (method == ProjectionWish::Method::Tsne ? tsneForm_ : umapForm_)->valid();
    for (QWidget* control : {static_cast<QWidget*>(method_), static_cast<QWidget*>(dims_)})
        control->setEnabled(!running());
    options_->setEnabled(!running());
    seed_->setEnabled(!running() && !linear);
    more_->setEnabled(!linear);
    reset_->setEnabled(!linear && !running());
    showRunning(run_, cancel_, running(), enough && valid);
}

bool ProjectionBox::sameLatents() const {
    const LatentsPtr& latents = document_.latents().latents;
    return latents && latents->mean.data() == projected_.data();
}

void ProjectionBox::preview(const Array& map) {
    if (!running() || !sameLatents())
        return;
    MapContent content;
    content.map.coordinates = map;
    content.map.method = methodName(wish().method).toLower().remove('-').toStdString();
    document_.previewMap(std::move(content));
}

void ProjectionBox::run() {
    if (running() || !run_->isEnabled())
        return;
    const ProjectionWish wanted = wish();
    const QString name = methodName(wanted.method);
    projected_ = document_.latents().latents->mean;
    const auto relay = MapRelay::make(this, [this](const Array& map) { preview(map); });
    job_ = workspace_.jobs.start<MapContent>(
        name, this,
        [wanted, relay, z = projected_](const StopToken& stop, ProgressSink& progress) {
            return makeMap(z, wanted, stop, progress, [&](const Array& map) { relay->send(map); });
        },
        [this, name](MapContent content) {
            job_ = 0;
            const QString parameters = QString::fromStdString(content.map.parameters.dump());
            const auto dims = static_cast<int>(content.map.coordinates.dim(1));
            if (sameLatents()) {
                commands::setMap(document_, document_.settledMap(), std::move(content), name + " map");
                status_->setText(name + " map drawn.");
                status_->setToolTip(plainToolTip(parameters));
                Q_EMIT shown(dims);
            }
            updateState();
            Q_EMIT ended();
        },
        [this, name](const JobError& error) {
            job_ = 0;
            status_->setText(error.cancelled ? QString("Cancelled: this is the map before.") : error.text());
            if (!error.cancelled)
                workspace_.log.error(name + ": " + error.text());
            document_.endPreview();
            updateState();
            Q_EMIT ended();
        });
    status_->setText(
        startedText(workspace_, job_, name + " at work: the map moves with it, the status bar counts."));
    updateState();
}

void ProjectionBox::cancel() {
    if (running())
        workspace_.jobs.cancel(job_);
}

} // namespace galatea
