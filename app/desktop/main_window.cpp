#include "app/desktop/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QMessageBox>
#include <QMimeData>
#include <QStackedWidget>
#include <QStatusBar>
#include <QVBoxLayout>

#include "app/desktop/command_palette.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/demo.h"
#include "app/desktop/export.h"
#include "app/desktop/import/import_assistant.h"
#include "app/desktop/message_bar.h"
#include "app/desktop/panels/anomaly_panel.h"
#include "app/desktop/panels/charts_panel.h"
#include "app/desktop/panels/clusters_panel.h"
#include "app/desktop/panels/fit_panel.h"
#include "app/desktop/panels/gallery_panel.h"
#include "app/desktop/panels/labels_panel.h"
#include "app/desktop/panels/library_panel.h"
#include "app/desktop/panels/log_panel.h"
#include "app/desktop/panels/map_panel.h"
#include "app/desktop/panels/object_panel.h"
#include "app/desktop/panels/projection_box.h"
#include "app/desktop/panels/sample_panel.h"
#include "app/desktop/panels/table_panel.h"
#include "app/desktop/panels/train_panel.h"
#include "app/desktop/panels/traverse_panel.h"
#include "app/desktop/sessions/session_keeper.h"
#include "app/desktop/start_page.h"
#include "widgets/jobs/jobs_bar.h"

namespace galatea {

MainWindow::MainWindow(Workspace& workspace, bool restoreLayout, QWidget* parent)
    : QMainWindow(parent), workspace_(workspace), document_(workspace.document),
      opener_(new Opener(workspace, this)), pages_(new QStackedWidget), start_(new StartPage),
      map_(new MapPanel(workspace)), gallery_(new GalleryPanel(workspace)), table_(new TablePanel(workspace)),
      charts_(new ChartsPanel(workspace)), object_(new ObjectPanel(workspace)),
      traverse_(new TraversePanel(workspace)), sample_(new SamplePanel(workspace)),
      fit_(new FitPanel(workspace)), anomaly_(new AnomalyPanel(workspace)),
      clusters_(new ClustersPanel(workspace)), labels_(new LabelsPanel(workspace)),
      train_(new TrainPanel(workspace)), library_(new LibraryPanel(workspace)),
      log_(new LogPanel(workspace.log)), messages_(new MessageBar(workspace.log)) {
    setObjectName("mainWindow");
    setAcceptDrops(true);
    setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
    resize(1600, 1000);
    buildPanels();
    buildSessions();
    buildSearch();
    buildMenus();
    buildStatusBar();
    connectDocument();
    map_->setDark(isDarkTheme());
    firstLayout_ = layout_ = saveState();
    if (restoreLayout) {
        restoreGeometry(workspace_.settings.value("geometry"));
        if (const QByteArray last = workspace_.settings.value("layout"); !last.isEmpty())
            layout_ = last;
    }
    fillRecent();
    updateTitle();
    for (QDockWidget* dock : docks_)
        dock->hide();
    panelsHidden_ = true;
}

MainWindow::~MainWindow() = default;

QDockWidget* MainWindow::addDock(const QString& name, const QString& title, QWidget* panel,
                                 Qt::DockWidgetArea area) {
    auto* dock = new QDockWidget(title, this);
    dock->setObjectName(name);
    dock->setWidget(panel);
    dock->setTitleBarWidget(new QWidget(dock)); // the tab says its name already
    addDockWidget(area, dock);
    docks_ << dock;
    return dock;
}

void MainWindow::buildPanels() {
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    setCorner(Qt::TopRightCorner, Qt::RightDockWidgetArea);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    auto* centre = new QWidget(this);
    auto* column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(messages_);
    pages_->setObjectName("pages");
    pages_->addWidget(start_);
    pages_->addWidget(map_);
    column->addWidget(pages_, 1);
    setCentralWidget(centre);

    QDockWidget* library = addDock("libraryDock", "Library", library_, Qt::LeftDockWidgetArea);
    galleryDock_ = addDock("galleryDock", "Gallery", gallery_, Qt::BottomDockWidgetArea);
    QDockWidget* table = addDock("tableDock", "Table", table_, Qt::BottomDockWidgetArea);
    QDockWidget* charts = addDock("chartsDock", "Charts", charts_, Qt::BottomDockWidgetArea);
    logDock_ = addDock("logDock", "Log", log_, Qt::BottomDockWidgetArea);
    traverseDock_ = addDock("traverseDock", "Traverse", traverse_, Qt::RightDockWidgetArea);
    objectDock_ = addDock("objectDock", "Object", object_, Qt::RightDockWidgetArea);
    QDockWidget* sample = addDock("sampleDock", "Sample", sample_, Qt::RightDockWidgetArea);
    QDockWidget* fit = addDock("fitDock", "Fit", fit_, Qt::RightDockWidgetArea);
    fit->toggleViewAction()->setText("Fit && inpaint"); // on its tab there is no room for it
    QDockWidget* anomaly = addDock("anomalyDock", "Anomaly", anomaly_, Qt::RightDockWidgetArea);
    QDockWidget* clusters = addDock("clustersDock", "Clusters", clusters_, Qt::RightDockWidgetArea);
    QDockWidget* labels = addDock("labelsDock", "Labels", labels_, Qt::RightDockWidgetArea);
    QDockWidget* train = addDock("trainDock", "Train", train_, Qt::RightDockWidgetArea);
    tabifyDockWidget(galleryDock_, table);
    tabifyDockWidget(table, charts);
    tabifyDockWidget(charts, logDock_);
    tabifyDockWidget(traverseDock_, objectDock_);
    tabifyDockWidget(objectDock_, sample);
    tabifyDockWidget(sample, fit);
    tabifyDockWidget(fit, anomaly);
    tabifyDockWidget(anomaly, clusters);
    tabifyDockWidget(clusters, labels);
    tabifyDockWidget(labels, train);
    galleryDock_->raise();
    traverseDock_->raise();
    resizeDocks({library, traverseDock_}, {240, 470}, Qt::Horizontal);
    resizeDocks({galleryDock_}, {270}, Qt::Vertical);

    connect(start_, &StartPage::demonstrationRequested, this, [this] { opener_->openDemonstration(); });
    connect(start_, &StartPage::openDataRequested, this, [this] {
        askForFiles("Open data",
                    "Data sets (*.h5 *.hdf5 *.fits *.fit *.fz *.npy *.npz *.csv);;All files (*)");
    });
    connect(start_, &StartPage::openModelRequested, this,
            [this] { askForFiles("Open a model", "Models (*.safetensors *.pt *.pth);;All files (*)"); });
    connect(start_, &StartPage::recentRequested, this,
            [this](const QString& path) { opener_->open({path}); });
    connect(start_, &StartPage::importRequested, this, [this] { openImport({}); });
    connect(&clusters_->projection(), &ProjectionBox::shown, map_, &MapPanel::setDimensions);
    connect(opener_, &Opener::framesFound, this, &MainWindow::openImport);
    start_->setDemonstrationAvailable(!demonstrationFolder().isEmpty());
    connect(library_, &LibraryPanel::openRequested, this, [this] { askForFiles("Open", {}); });
    connect(library_, &LibraryPanel::embedRequested, opener_, &Opener::embedAgain);
    connect(library_, &LibraryPanel::projectRequested, opener_, &Opener::projectAgain);
    connect(train_, &TrainPanel::trained, this, [this](const QString& path) {
        workspace_.log.info("Trained " + shown(path.toStdString()));
        opener_->open({path});
    });
    connect(messages_, &MessageBar::logRequested, this, [this] {
        logDock_->show();
        logDock_->raise();
    });
    auto explore = [this] {
        traverseDock_->show();
        traverseDock_->raise();
    };
    connect(table_, &TablePanel::objectRequested, this, [this] {
        objectDock_->show();
        objectDock_->raise();
    });
    connect(object_, &ObjectPanel::exploreRequested, this, explore);
    connect(sample_, &SamplePanel::exploreRequested, this, explore);
    connect(fit_, &FitPanel::exploreRequested, this, explore);
}

void MainWindow::buildStatusBar() {
    status_ = new QLabel(this);
    status_->setObjectName("statusText");
    status_->setTextFormat(Qt::PlainText);
    status_->setContentsMargins(8, 0, 8, 0);
    statusBar()->addWidget(status_, 1);
    statusBar()->addPermanentWidget(new JobsBar(workspace_.jobs, this));
    statusBar()->setSizeGripEnabled(false);
}

void MainWindow::connectDocument() {
    connect(&workspace_.log, &MessageLog::added, this, [this](const MessageLog::Entry& entry) {
        const QString line = entry.text.section('\n', 0, 0);
        status_->setText(line);
        status_->setToolTip(plainToolTip(entry.text));
    });
    connect(&workspace_.jobs, &JobRunner::warned, this,
            [this](const QString&, const QString& text) { workspace_.log.warning(text); });
    connect(&workspace_.jobs, &JobRunner::jobFailed, this,
            [this](const QString& title, const JobError& error) {
                workspace_.log.error(title + ": " + error.text());
            });
    connect(&document_, &Document::contentChanged, this, &MainWindow::showContent);
    connect(&document_, &Document::contentChanged, this, &MainWindow::updateTitle);
    connect(opener_, &Opener::busyChanged, this, &MainWindow::showContent);
    connect(opener_, &Opener::opened, this, &MainWindow::fillRecent);
    connect(opener_, &Opener::sessionPathChanged, this, [this] {
        fillRecent();
        updateTitle();
    });
    connect(opener_, &Opener::sessionRestored, this, &MainWindow::restoreSessionWindow);
}

void MainWindow::showContent() {
    // The start page has the window to itself; the panels come with the first file.
    const bool empty = document_.isEmpty() && !opener_->busy();
    if (empty == panelsHidden_)
        return;
    panelsHidden_ = empty;
    pages_->setCurrentWidget(empty ? static_cast<QWidget*>(start_) : map_);
    if (empty) {
        layout_ = saveState();
        for (QDockWidget* dock : docks_)
            dock->hide();
    } else {
        restoreState(layout_);
    }
}

void MainWindow::updateTitle() {
    QString name = QFileInfo(opener_->sessionPath()).completeBaseName();
    if (name.isEmpty() && opener_->demonstrationOpen())
        name = "Demonstration";
    if (name.isEmpty())
        name = QFileInfo(document_.data().path.isEmpty() ? document_.model().path : document_.data().path)
                   .fileName();
    setWindowTitle(name.isEmpty() ? "Galatea" : shown(name.toStdString()) + QString::fromUtf8(" — Galatea"));
}

void MainWindow::setTheme(ThemeChoice choice) {
    workspace_.settings.setTheme(choice);
    map_->setDark(applyTheme(choice));
}

bool MainWindow::settled() const {
    return !opener_->busy() && workspace_.jobs.idle() && workspace_.inference.idle() &&
           workspace_.reader.idle() && workspace_.columns.idle() && workspace_.labels.idle() &&
           !gallery_->busy() && !map_->busy();
}

void MainWindow::saveScreenshot(const QString& path) {
    writePng(grab().toImage(), path);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!workspace_.jobs.idle() && isVisible()) {
        QMessageBox box(QMessageBox::Question, "Galatea", "Work is still running. Stop it and close?",
                        QMessageBox::Close | QMessageBox::Cancel, this);
        box.setObjectName("closeQuestion");
        if (box.exec() != QMessageBox::Close)
            return event->ignore();
        workspace_.jobs.cancelAll();
    }
    if (isVisible() && !keeper_->mayClose())
        return event->ignore();
    workspace_.settings.setValue("geometry", saveGeometry());
    workspace_.settings.setValue("layout", panelsHidden_ ? layout_ : saveState());
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    QStringList files;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile())
            files << url.toLocalFile();
    opener_->open(files);
}

void MainWindow::resetLayout() {
    layout_ = firstLayout_;
    if (!panelsHidden_)
        restoreState(layout_);
}

void MainWindow::stepSelection(int step) {
    const auto& rows = gallery_->model().rows();
    if (rows.empty())
        return;
    const int place = gallery_->model().placeOf(document_.current());
    const int next = std::clamp(place + step, 0, static_cast<int>(rows.size()) - 1);
    document_.setCurrent(rows[static_cast<size_t>(next)]);
}

} // namespace galatea
