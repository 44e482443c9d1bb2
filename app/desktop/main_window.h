#pragma once
// The window: panels around the map, menus, status bar; no state of its own beyond the layout.

#include <QMainWindow>
#include <QPointer>

#include "app/desktop/opener.h"
#include "app/desktop/workspace.h"

class QDockWidget;
class QLabel;
class QMenu;
class QStackedWidget;

namespace galatea {

class AnomalyPanel;
class ChartsPanel;
class ClustersPanel;
class CommandPalette;
class FitPanel;
class ImportAssistant;
class GalleryPanel;
class LabelsPanel;
class LibraryPanel;
class LogPanel;
class MapPanel;
class MessageBar;
class ObjectPanel;
class SamplePanel;
class SearchBar;
class SessionKeeper;
class TablePanel;
class TrainPanel;
class StartPage;
class TraversePanel;

class MainWindow : public QMainWindow {
    Q_OBJECT
  public:
    /// `restoreLayout`: take the person's last layout from the settings.
    explicit MainWindow(Workspace& workspace, bool restoreLayout = true, QWidget* parent = nullptr);
    ~MainWindow() override;

    Opener& opener() { return *opener_; }
    MapPanel& mapPanel() { return *map_; }
    LibraryPanel& libraryPanel() { return *library_; }
    GalleryPanel& galleryPanel() { return *gallery_; }
    TablePanel& tablePanel() { return *table_; }
    ChartsPanel& chartsPanel() { return *charts_; }
    ObjectPanel& objectPanel() { return *object_; }
    TraversePanel& traversePanel() { return *traverse_; }
    SamplePanel& samplePanel() { return *sample_; }
    FitPanel& fitPanel() { return *fit_; }
    AnomalyPanel& anomalyPanel() { return *anomaly_; }
    ClustersPanel& clustersPanel() { return *clusters_; }
    LabelsPanel& labelsPanel() { return *labels_; }
    TrainPanel& trainPanel() { return *train_; }
    SearchBar& searchBar() { return *search_; }
    SessionKeeper& sessions() { return *keeper_; }
    MessageBar& messageBar() { return *messages_; }

    /// True once opening jobs, live pictures and visible thumbnails are done.
    bool settled() const;
    ImportAssistant* importAssistant() const; ///< nullptr while it is not open
    /// Writes what the window shows now; throws UsageError if it cannot be written.
    void saveScreenshot(const QString& path);
    void setTheme(ThemeChoice choice);

    Session currentSession() const;
    void saveSession(const QString& path);

  public Q_SLOTS:
    void openCommandPalette();
    void showShortcuts();
    void showGuide();
    void showAbout();
    void resetLayout();

  protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    QDockWidget* addDock(const QString& name, const QString& title, QWidget* panel, Qt::DockWidgetArea area);
    void buildPanels();
    void buildMenus();
    void buildFileMenu();
    void buildShippedMenu(QMenu* menu);
    void buildEditMenu();
    void buildViewMenu();
    void buildModelMenu();
    void buildHelpMenu();
    void buildStatusBar();
    void connectDocument();
    QAction* addCommand(QMenu* menu, const QString& name, const QString& text, const QKeySequence& shortcut,
                        std::function<void()> work);
    void askForFiles(const QString& title, const QString& filter);
    void askForFolder();
    void openImport(const QStringList& paths);
    void buildSessions();
    void buildSearch();
    void describeTo(Session& session) const;
    void offerLostState();
    void showLabelPlace(const QString& location);
    void askAndSaveScreenshot();
    void exportSelection();
    void exportSelectedImages();
    void stepSelection(int step);
    void fillRecent();
    void updateTitle();
    void showContent();
    void restoreSessionWindow(const Session& session);

    Workspace& workspace_;
    Document& document_;
    Opener* opener_;
    SessionKeeper* keeper_ = nullptr;
    SearchBar* search_ = nullptr;
    QStackedWidget* pages_;
    StartPage* start_;
    MapPanel* map_;
    GalleryPanel* gallery_;
    TablePanel* table_;
    ChartsPanel* charts_;
    ObjectPanel* object_;
    TraversePanel* traverse_;
    SamplePanel* sample_;
    FitPanel* fit_;
    AnomalyPanel* anomaly_;
    ClustersPanel* clusters_;
    LabelsPanel* labels_;
    TrainPanel* train_;
    LibraryPanel* library_;
    LogPanel* log_;
    MessageBar* messages_;
    QList<QDockWidget*> docks_;
    QDockWidget *objectDock_ = nullptr, *traverseDock_ = nullptr, *logDock_ = nullptr,
                *galleryDock_ = nullptr;
    QMenu* recent_ = nullptr;
    QLabel* status_ = nullptr;
    QPointer<CommandPalette> palette_;
    QPointer<ImportAssistant> import_;
    QByteArray firstLayout_, layout_; ///< as built; as the person left it
    bool panelsHidden_ = false;       ///< while the start page is shown
};

} // namespace galatea
