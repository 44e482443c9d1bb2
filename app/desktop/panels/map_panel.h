#pragma once
// The maps of the latent space in the window's centre, one or several side by side, with their tools above
// them.

#include <memory>
#include <vector>

#include <QAction>
#include <QJsonObject>
#include <QWidget>

#include "app/desktop/panels/map_pane.h"

class QComboBox;
class QLabel;
class QMenu;
class QSplitter;

namespace galatea {

class MapPanel : public QWidget {
    Q_OBJECT
  public:
    static constexpr int mostPanes = 4;
    explicit MapPanel(Workspace& workspace, QWidget* parent = nullptr);

    /// The first pane's: it is always there.
    MapView& view() { return panes_.front()->view(); }
    const MapView& view() const { return panes_.front()->view(); }
    int paneCount() const { return static_cast<int>(panes_.size()); }
    MapPane& pane(int index) { return *panes_.at(static_cast<size_t>(index)); }
    /// Another pane, with this map (nullptr: the present one). nullptr where there are `mostPanes` already.
    MapPane* addPane(const std::shared_ptr<const MapContent>& map);
    void closePane(int index); ///< never the first
    /// Keeps the present map and shows it in a pane of its own: the first one goes on showing the present
    /// map.
    void keepBeside();
    bool linked() const { return link_->isChecked(); }
    void setLinked(bool linked); ///< panning, zooming and turning one map does the same to the others

    int dimensions() const { return dimensions_; }
    void setDimensions(int dimensions); ///< 2 or 3
    /// Navigate, Rectangle, Lasso, Brush; then fit, 2-D / 3-D, maps side by side: for menus and the palette.
    const QList<QAction*>& toolActions() const { return tools_; }
    QAction* fitAction() const { return fit_; }
    QAction* fitSelectionAction() const { return fitSelection_; }
    QAction* threeDimensionsAction() const { return three_; }
    QAction* keepAction() const { return keep_; }
    QAction* linkAction() const { return link_; }
    void setDark(bool dark);
    bool busy() const;
    /// The map of the pane used last as it is shown, as PNG or SVG by the ending. Throws Error if it cannot
    /// be written.
    void savePicture(const QString& path);

    /// Which maps are side by side, by their place among the document's kept ones, and how they are looked
    /// at; for sessions. The first pane's own view is not part of it.
    QJsonObject arrangement() const;
    /// Takes what fits the document's maps and leaves the rest; never throws.
    void setArrangement(const QJsonObject& arrangement);

  private:
    void buildActions();
    void buildToolActions();
    QWidget* buildHeader();
    void connectDocument();
    MapPane* makePane();
    void arrange();
    void follow(const MapPane& moved);
    void join(MapPane& pane);
    void fillKeptMenu();
    void dropLostMaps();
    MapPane& activePane();
    void askAndSavePicture();
    void fillColourings();
    void updateCount();
    void updateActions();

    Workspace& workspace_;
    Document& document_;
    QSplitter *rows_, *top_, *bottom_;
    std::vector<MapPane*> panes_;
    QComboBox* colourBy_;
    QLabel* count_;
    QList<QAction*> tools_;
    QAction *fit_ = nullptr, *fitSelection_ = nullptr, *three_ = nullptr, *keep_ = nullptr, *link_ = nullptr;
    QMenu* keptMenu_ = nullptr;
    MapTheme theme_ = MapTheme::Dark;
    int dimensions_ = 2;
    bool following_ = false;
};

} // namespace galatea
