// The window's part in sessions: what only it knows, putting that back, and what a crash left.

#include <QAction>
#include <QDockWidget>
#include <QFileInfo>
#include <QLocale>
#include <QMenuBar>

#include "app/desktop/main_window.h"
#include "app/desktop/panels/anomaly_panel.h"
#include "app/desktop/panels/gallery_panel.h"
#include "app/desktop/panels/labels_panel.h"
#include "app/desktop/panels/map_panel.h"
#include "app/desktop/panels/sample_panel.h"
#include "app/desktop/panels/search_bar.h"
#include "app/desktop/sessions/panel_values.h"
#include "app/desktop/sessions/session_keeper.h"
#include "app/desktop/start_page.h"

namespace galatea {

namespace {
/// Panels with parameters of their own; those of others are the document's.
const QStringList& panelsWithValues() {
    static const QStringList docks{"galleryDock", "fitDock", "anomalyDock", "clustersDock", "trainDock"};
    return docks;
}
} // namespace

void MainWindow::buildSessions() {
    SessionQuestions questions = sessionDialogs(this);
    questions.labels = [this] { return labels_->mayClose(); };
    keeper_ = new SessionKeeper(
        workspace_, *opener_, [this](Session& session) { describeTo(session); }, std::move(questions), this);
    keeper_->addExtra({"labels",
                       [this] { // no password is ever part of it; where labels lie by themselves goes unsaid
                           const QString place = workspace_.labels.location();
                           const bool byItself = place == workspace_.labels.defaultLocation();
                           return QJsonObject{{"location", byItself ? QString() : place}};
                       },
                       [this](const QJsonObject& kept) { showLabelPlace(kept["location"].toString()); }});
    connect(keeper_, &SessionKeeper::saved, this, &MainWindow::fillRecent);
    connect(keeper_, &SessionKeeper::lostChanged, this, &MainWindow::offerLostState);
    connect(start_, &StartPage::restoreLostRequested, keeper_, &SessionKeeper::restoreLost);
    connect(start_, &StartPage::discardLostRequested, keeper_, &SessionKeeper::discardLost);
}

/// Labels that are here already stay where they are: keeping them elsewhere would add them to others. A
/// session may be a stranger's: it makes no files, and connects to no server but the person's own.
void MainWindow::showLabelPlace(const QString& location) {
    if (location.isEmpty() || location == workspace_.labels.location())
        return;
    const bool known =
        isDatabaseUrl(location) ? location == workspace_.labels.teamUrl() : QFileInfo(location).isFile();
    if (known && workspace_.labels.idle() && document_.labels().labelled() == 0)
        return workspace_.labels.keepIn(location);
    workspace_.log.info("This session's labels were kept in " + shown(location.toStdString()) +
                        "; the Labels panel opens them");
}

void MainWindow::buildSearch() {
    search_ = new SearchBar(workspace_, menuBar());
    menuBar()->setCornerWidget(search_, Qt::TopRightCorner);
    connect(gallery_, &GalleryPanel::nearestRequested, search_, &SearchBar::findLikeCurrent);
    connect(gallery_, &GalleryPanel::objectRequested, this, [this] {
        objectDock_->show();
        objectDock_->raise();
    });
}

void MainWindow::offerLostState() {
    const auto& lost = keeper_->lost();
    QString sentence;
    if (!lost.empty()) {
        const LostState& state = lost.front();
        const QString name =
            state.session.isEmpty()
                ? QString("A session that was never saved")
                : QString::fromUtf8("“%1”").arg(shown(QFileInfo(state.session).fileName().toStdString()));
        sentence = QString("%1 was not closed as it should have been. Its state of %2 was kept.")
                       .arg(name, QLocale().toString(state.time, QLocale::ShortFormat));
        if (lost.size() > 1)
            sentence += QString(" There are %1 older ones.").arg(lost.size() - 1);
    }
    start_->offerLostState(sentence);
    for (const char* name : {"fileRestoreLost", "fileDiscardLost"})
        if (auto* action = findChild<QAction*>(name))
            action->setEnabled(!lost.empty());
}

void MainWindow::describeTo(Session& session) const {
    session.mapView = map_->view().viewState();
    session.window = {{"layout", QString::fromLatin1((panelsHidden_ ? layout_ : saveState()).toBase64())},
                      {"dimensions", map_->dimensions()},
                      {"maps", map_->arrangement()},
                      {"thumbnail", gallery_->view().thumbnailSide()}};
    if (const auto thresholds = anomaly_->thresholds()) {
        QJsonArray limits;
        for (const double limit : *thresholds)
            limits.append(limit);
        session.window["thresholds"] = limits;
    }
    for (const QDockWidget* dock : docks_)
        if (panelsWithValues().contains(dock->objectName()))
            session.panels[dock->objectName()] = panelValues(*dock->widget());
}

Session MainWindow::currentSession() const {
    return keeper_->snapshot().session;
}

void MainWindow::saveSession(const QString& path) {
    keeper_->save(path);
}

void MainWindow::restoreSessionWindow(const Session& session) {
    restoreState(QByteArray::fromBase64(session.window["layout"].toString().toLatin1()));
    map_->setDimensions(session.window["dimensions"].toInt(2) == 3 ? 3 : 2);
    map_->setArrangement(session.window["maps"].toObject());
    map_->view().setViewState(session.mapView);
    gallery_->view().setThumbnailSide(session.window["thumbnail"].toInt(gallery_->view().thumbnailSide()));
    for (QDockWidget* dock : docks_)
        if (panelsWithValues().contains(dock->objectName()))
            setPanelValues(*dock->widget(), session.panels[dock->objectName()].toObject());
    if (!session.scores.isEmpty() && document_.latents().latents) {
        const QJsonArray limits = session.window["thresholds"].toArray();
        std::optional<RegionThresholds> thresholds;
        if (limits.size() == 4)
            thresholds = {limits[0].toDouble(), limits[1].toDouble(), limits[2].toDouble(),
                          limits[3].toDouble()};
        anomaly_->restore(document_.latents().latents->score, thresholds);
    }
    if (session.drewSamples)
        sample_->draw();
}

} // namespace galatea
