// The window's menus: every command a person can give, each with a stable name and its shortcut.

#include <QActionGroup>
#include <QApplication>
#include <QDesktopServices>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QScrollArea>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "app/desktop/command_palette.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/demo.h"
#include "app/desktop/export.h"
#include "app/desktop/icons.h"
#include "app/desktop/import/import_assistant.h"
#include "app/desktop/main_window.h"
#include "app/desktop/panels/labels_panel.h"
#include "app/desktop/panels/layer_card.h"
#include "app/desktop/panels/library_panel.h"
#include "app/desktop/panels/map_panel.h"
#include "app/desktop/panels/sample_panel.h"
#include "app/desktop/panels/search_bar.h"
#include "app/desktop/panels/traverse_panel.h"
#include "app/desktop/sessions/session_keeper.h"
#include "app/desktop/shipped_models.h"
#include "app/desktop/start_page.h"

namespace galatea {

namespace {

QString guideText() {
    return QString::fromUtf8(R"(
<h2>Galatea in five minutes</h2>
<p><b>Open</b> images and a model: drop the files on the window or use File › Open. Images the model cannot take as
they are get cropped, resized or made gray; the Library says how. Survey frames open the import assistant (Ctrl+I): it shows
the sources found at your threshold and cuts them out of all bands.</p>
<p><b>The map</b> shows every object at the place the model gives it. Move with the left button, zoom with the wheel.
Hover over a point to see the object and what the model makes of it; hover over empty ground to see the galaxy the model
would draw there. Lines around the colours are the mixture's components; the Clusters panel names, colours and merges them.
Keep a map beside (Ctrl+Shift+M) before you draw another, and let both move together (Ctrl+Shift+L). File › Add layer lays a second
data set above.</p>
<p><b>Select</b> with the lasso (L) or a rectangle (R); Shift adds, Ctrl subtracts, Esc clears. The gallery below shows
what is selected. Every change can be undone.</p>
<p><b>Traverse</b>: one slider per latent, the most influential first, in standard deviations of the data. The thick part
of each groove holds the middle 90 % of the data. The ring on the map is the point you are moving. Double-click any point
or thumbnail to start from it.</p>
<p><b>Sample</b> draws galaxies nobody has seen, from all components or some of the mixture that is shown. The temperature multiplies the spread.</p>
<p><b>Fit &amp; inpaint</b> finds the latents whose image is nearest to the object you look at. Tick bands that are missing or paint
over a blended neighbour, press Fit, and the model fills in what it could not see; several starts give several fills and their
spread. The result leaves as FITS or PNG.</p>
<p><b>Anomaly</b> scores every image and ranks them, the strangest first. Drag the four thresholds in the histogram; choose a
catalogue column of classes to see the ROC curve. The gallery below shows reconstruction, residual and variance too.</p>
<p><b>Labels</b>: name a class, select objects, press its key (1 to 9; 0 removes). Propose finds labels for the neighbours of what you
have labelled. Labels are kept beside the data, or in your team's database; nothing said is ever overwritten.</p>
<p><b>Train</b> makes a model of the open images: choose a family, press Start, watch the losses. It can be paused, stopped and
resumed; the finished model opens by itself.</p>
<p><b>Find</b> (Ctrl+F) an object by its id, by a place on the sky with a radius, or by an expression such as
size &gt; 5; what is like the object you look at (Ctrl+L); or what is like an image of your own (Ctrl+Shift+F). The gallery
then shows what was found, the nearest first.</p>
<p><b>Save the session</b> (Ctrl+S) to find everything again: selection, sliders, colours, view, fitted mixture, maps and
scores. It can be saved with everything inside, for another computer. What is not saved yet is kept every two seconds: after a
crash the start page offers it.</p>
)");
}

/// A window with text that can be scrolled and closed with Esc.
void showText(QWidget* parent, const QString& name, const QString& title, const QString& html, QSize size) {
    auto* dialog = new QDialog(parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(name);
    dialog->setWindowTitle(title);
    auto* column = new QVBoxLayout(dialog);
    column->setContentsMargins(16, 12, 16, 12);
    auto* text = new QTextBrowser(dialog);
    text->setObjectName(name + "Text");
    text->setHtml(html);
    column->addWidget(text);
    dialog->resize(size);
    dialog->show();
}

} // namespace

QAction* MainWindow::addCommand(QMenu* menu, const QString& name, const QString& text,
                                const QKeySequence& shortcut, std::function<void()> work) {
    QAction* action = menu->addAction(text);
    action->setObjectName(name);
    action->setShortcut(shortcut);
    connect(action, &QAction::triggered, this, std::move(work));
    return action;
}

void MainWindow::buildMenus() {
    buildFileMenu();
    buildEditMenu();
    buildViewMenu();
    buildModelMenu();
    buildHelpMenu();
    auto* palette = new QAction("Command palette", this);
    palette->setObjectName("commandPaletteAction");
    palette->setShortcut(QKeySequence("Ctrl+K"));
    connect(palette, &QAction::triggered, this, &MainWindow::openCommandPalette);
    addAction(palette);
}

void MainWindow::buildFileMenu() {
    QMenu* menu = menuBar()->addMenu("&File");
    addCommand(menu, "fileOpen", QString::fromUtf8("Open files …"), QKeySequence::Open,
               [this] { askForFiles("Open", {}); });
    addCommand(menu, "fileOpenFolder", QString::fromUtf8("Open a folder of pictures …"),
               QKeySequence("Ctrl+Shift+O"), [this] { askForFolder(); });
    addCommand(menu, "fileImport", QString::fromUtf8("Import …"), QKeySequence("Ctrl+I"),
               [this] { openImport({}); });
    addCommand(menu, "fileAddLayer", QString::fromUtf8("Add layer …"), {},
               [this] { library_->layerCard().askAndAdd(); });
    recent_ = menu->addMenu("Open recent");
    QAction* demo = addCommand(menu, "fileDemonstration", "Open the demonstration", {},
                               [this] { opener_->openDemonstration(); });
    demo->setEnabled(!demonstrationFolder().isEmpty());
    buildShippedMenu(menu);
    menu->addSeparator();
    addCommand(menu, "fileSave", "Save session", QKeySequence::Save, [this] { keeper_->askAndSave(false); });
    addCommand(menu, "fileSaveAs", QString::fromUtf8("Save session as …"), QKeySequence::SaveAs,
               [this] { keeper_->askAndSave(true); });
    addCommand(menu, "fileBundle", QString::fromUtf8("Save with everything inside …"), {},
               [this] { keeper_->askAndBundle(); });
    addCommand(menu, "fileRestoreLost", "Restore the state of a window that died", {}, [this] {
        keeper_->restoreLost();
    })->setEnabled(false);
    addCommand(menu, "fileDiscardLost", "Discard the state of windows that died", {}, [this] {
        keeper_->discardLost();
    })->setEnabled(false);
    menu->addSeparator();
    addCommand(menu, "fileExportSelection", QString::fromUtf8("Export selection as table …"),
               QKeySequence("Ctrl+E"), [this] { exportSelection(); });
    addCommand(menu, "fileExportImages", QString::fromUtf8("Export images of the selection …"),
               QKeySequence("Ctrl+Shift+E"), [this] { exportSelectedImages(); });
    addCommand(menu, "fileScreenshot", QString::fromUtf8("Screenshot …"), QKeySequence("F12"),
               [this] { askAndSaveScreenshot(); });
    menu->addSeparator();
    addCommand(menu, "fileQuit", "Quit", QKeySequence::Quit, [this] { close(); });
}

void MainWindow::buildShippedMenu(QMenu* menu) {
    const std::vector<ShippedModel> models = shippedModels();
    QMenu* shipped = menu->addMenu("Open a model that comes with Galatea");
    shipped->setEnabled(!models.empty());
    for (const ShippedModel& model : models)
        addCommand(shipped, "fileShipped-" + model.name, QString(model.title).replace("&", "&&"), {},
                   [this, path = model.path] { opener_->open({path}); });
}

void MainWindow::buildEditMenu() {
    QMenu* menu = menuBar()->addMenu("&Edit");
    QAction* undo = document_.undoStack().createUndoAction(this, "Undo");
    undo->setObjectName("editUndo");
    undo->setShortcut(QKeySequence::Undo);
    undo->setIcon(icon(Icon::Undo));
    QAction* redo = document_.undoStack().createRedoAction(this, "Redo");
    redo->setObjectName("editRedo");
    redo->setShortcuts({QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")});
    redo->setIcon(icon(Icon::Redo));
    menu->addAction(undo);
    menu->addAction(redo);
    menu->addSeparator();
    addCommand(menu, "editSelectAll", "Select all", QKeySequence::SelectAll,
               [this] { commands::selectAll(document_); });
    addCommand(menu, "editClearSelection", "Clear the selection", QKeySequence("Esc"), [this] {
        commands::clearSelection(document_);
        map_->toolActions().first()->trigger();
    });
    menu->addSeparator();
    menu->addActions(search_->actions());
    menu->addSeparator();
    addCommand(menu, "editNext", "Next object", QKeySequence("Right"), [this] { stepSelection(1); });
    addCommand(menu, "editPrevious", "Previous object", QKeySequence("Left"), [this] { stepSelection(-1); });
    menu->addSeparator();
    menu->addActions(labels_->digitActions());
}

void MainWindow::buildViewMenu() {
    QMenu* menu = menuBar()->addMenu("&View");
    for (QAction* tool : map_->toolActions())
        menu->addAction(tool);
    menu->addSeparator();
    menu->addAction(map_->fitAction());
    menu->addAction(map_->fitSelectionAction());
    menu->addAction(map_->threeDimensionsAction());
    menu->addAction(map_->keepAction());
    menu->addAction(map_->linkAction());
    menu->addSeparator();
    QMenu* panels = menu->addMenu("Panels");
    for (QDockWidget* dock : docks_) {
        QAction* action = dock->toggleViewAction();
        action->setObjectName("show" + dock->objectName());
        panels->addAction(action);
    }
    QMenu* theme = menu->addMenu("Theme");
    auto* group = new QActionGroup(this);
    const struct {
        ThemeChoice choice;
        const char *name, *text;
    } themes[] = {{ThemeChoice::System, "themeSystem", "As the system"},
                  {ThemeChoice::Light, "themeLight", "Light theme"},
                  {ThemeChoice::Dark, "themeDark", "Dark theme"}};
    for (const auto& entry : themes) {
        QAction* action =
            addCommand(theme, entry.name, entry.text, {}, [this, c = entry.choice] { setTheme(c); });
        action->setCheckable(true);
        action->setChecked(workspace_.settings.theme() == entry.choice);
        group->addAction(action);
    }
    menu->addSeparator();
    QAction* full = addCommand(menu, "viewFullScreen", "Full screen", QKeySequence("F11"),
                               [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    full->setCheckable(true);
    addCommand(menu, "viewResetLayout", "Reset the layout", {}, [this] { resetLayout(); });
}

void MainWindow::buildModelMenu() {
    QMenu* menu = menuBar()->addMenu("&Model");
    addCommand(menu, "modelEmbed", "Embed the data", {}, [this] { opener_->embedAgain(); });
    addCommand(menu, "modelProject", "Map by principal components", {}, [this] { opener_->projectAgain(); });
    menu->addSeparator();
    for (QAction* action : {traverse_->meanAction(), traverse_->objectAction(), traverse_->randomAction(),
                            traverse_->resetAllAction(), sample_->drawAction()})
        menu->addAction(action);
    auto enable = [this, menu] {
        const bool both = document_.data().data && document_.model().model;
        for (QAction* action : menu->actions()) {
            if (action->objectName() == "modelEmbed")
                action->setEnabled(both && document_.model().model->card().can("encode"));
            if (action->objectName() == "modelProject")
                action->setEnabled(document_.latents().latents != nullptr);
        }
    };
    connect(&document_, &Document::contentChanged, this, enable);
    enable();
}

void MainWindow::buildHelpMenu() {
    QMenu* menu = menuBar()->addMenu("&Help");
    addCommand(menu, "helpGuide", "Guide", QKeySequence("F1"), [this] { showGuide(); });
    addCommand(menu, "helpShortcuts", "Keyboard shortcuts", QKeySequence("H"), [this] { showShortcuts(); });
    addCommand(menu, "helpAbout", "About Galatea", {}, [this] { showAbout(); });
}

void MainWindow::openCommandPalette() {
    if (palette_)
        return;
    palette_ = new CommandPalette(findChildren<QAction*>(QRegularExpression("^(?!qt_).+")), this);
    palette_->show();
}

void MainWindow::showShortcuts() {
    QString rows;
    for (const QAction* action : findChildren<QAction*>()) {
        if (action->shortcut().isEmpty() || action->text().isEmpty() || !action->isVisible())
            continue;
        rows +=
            QString(
                "<tr><td style='padding:3px 24px 3px 0'><b>%1</b></td><td style='padding:3px'>%2</td></tr>")
                .arg(action->shortcut().toString(QKeySequence::NativeText).toHtmlEscaped(),
                     QString(action->text()).remove('&').toHtmlEscaped());
    }
    rows += "<tr><td style='padding:3px 24px 3px 0'><b>Shift / Ctrl</b></td><td style='padding:3px'>add to / "
            "take "
            "from the selection</td></tr>";
    showText(this, "shortcutSheet", "Keyboard shortcuts", "<table>" + rows + "</table>", {460, 640});
}

void MainWindow::showGuide() {
    showText(this, "guide", "Guide", guideText(), {620, 620});
}

void MainWindow::showAbout() {
    showText(this, "about", "About Galatea",
             "<h2>Galatea " + QApplication::applicationVersion() +
                 "</h2><p>An observatory for what generative models learn from galaxy images.</p>"
                 "<p>BSD 3-Clause licence.</p>",
             {420, 240});
}

void MainWindow::askForFiles(const QString& title, const QString& filter) {
    const QString all =
        "Everything Galatea opens (*.h5 *.hdf5 *.fits *.fit *.fz *.npy *.npz *.csv *.safetensors "
        "*.pt *.pth *.galatea);;All files (*)";
    opener_->open(QFileDialog::getOpenFileNames(this, title, {}, filter.isEmpty() ? all : filter));
}

void MainWindow::askForFolder() {
    const QString folder = QFileDialog::getExistingDirectory(this, "Open a folder of pictures");
    if (!folder.isEmpty())
        opener_->open({folder});
}

ImportAssistant* MainWindow::importAssistant() const {
    return import_;
}

void MainWindow::openImport(const QStringList& paths) {
    if (!import_) {
        import_ = new ImportAssistant(workspace_, this);
        import_->setAttribute(Qt::WA_DeleteOnClose);
        connect(import_, &ImportAssistant::imported, opener_,
                [this](const QString& path) { opener_->open({path}); });
    }
    import_->show();
    import_->raise();
    import_->addSources(paths);
}

void MainWindow::askAndSaveScreenshot() {
    const QPixmap picture = grab(); // before the dialog covers it
    const QString path = QFileDialog::getSaveFileName(this, "Save screenshot", "galatea.png", "PNG (*.png)");
    if (path.isEmpty())
        return;
    try {
        writePng(picture.toImage(), path);
    } catch (...) {
        workspace_.log.error(describeError(std::current_exception()).text());
    }
}

void MainWindow::exportSelection() {
    if (document_.selection().empty())
        return workspace_.log.warning("Nothing is selected; draw a lasso (L) on the map first");
    const QString path = QFileDialog::getSaveFileName(this, "Export selection", "selection.csv",
                                                      "CSV (*.csv);;FITS table (*.fits);;VOTable (*.vot)");
    if (path.isEmpty())
        return;
    workspace_.jobs.start<std::vector<std::string>>(
        "Exporting the selection", this,
        [table = tableOf(document_, document_.selection()), path](const StopToken&, ProgressSink&) {
            return exportTable(table, path);
        },
        [this, path](const std::vector<std::string>& notes) {
            for (const std::string& note : notes)
                workspace_.log.warning(shown(note));
            workspace_.log.info("Wrote " + shown(path.toStdString()));
        });
}

void MainWindow::exportSelectedImages() {
    if (document_.selection().empty() || !document_.hasImages())
        return workspace_.log.warning("Nothing is selected; draw a lasso (L) on the map first");
    const QStringList filters = {"FITS cube (*.fits)", "FITS, one extension each (*.fits)",
                                 "Folder with one FITS each (*)", "Data set (*.h5)"};
    QString filter = filters.front();
    const QString path = QFileDialog::getSaveFileName(this, "Export images of the selection",
                                                      "selection.fits", filters.join(";;"), &filter);
    if (path.isEmpty())
        return;
    workspace_.jobs.start<std::vector<std::string>>(
        "Exporting images", this,
        [data = document_.data().data, rows = document_.selection(), path,
         which = filters.indexOf(filter)](const StopToken& stop, ProgressSink& progress) {
            if (which == 3)
                return exportDataset(*data, rows, path.toStdString(), stop, progress).notes;
            ImageExport options;
            options.layout = which == 2   ? ImageLayout::Files
                             : which == 1 ? ImageLayout::Extensions
                                          : ImageLayout::Cube;
            return exportFits(*data, rows, path.toStdString(), options, stop, progress).notes;
        },
        [this, path](const std::vector<std::string>& notes) {
            for (const std::string& note : notes)
                workspace_.log.warning(shown(note));
            workspace_.log.info("Wrote " + shown(path.toStdString()));
        });
}

void MainWindow::fillRecent() {
    const QStringList files = workspace_.settings.recentFiles();
    recent_->clear();
    recent_->setEnabled(!files.isEmpty());
    for (const QString& file : files)
        recent_->addAction(shown(file.toStdString()).replace("&", "&&"), this,
                           [this, file] { opener_->open({file}); });
    if (!files.isEmpty()) {
        recent_->addSeparator();
        recent_->addAction("Forget these", this, [this] {
            workspace_.settings.clearRecentFiles();
            fillRecent();
        });
    }
    start_->setRecent(files);
}

} // namespace galatea
