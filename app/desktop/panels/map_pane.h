#pragma once
// One map of the latents and what the document says of it: colours, selection, samples, the moving point.
// Several panes side by side show several maps of the same objects.

#include <memory>

#include <QTimer>
#include <QWidget>

#include "app/desktop/workspace.h"
#include "widgets/gallery/thumbnail_loader.h"
#include "widgets/map/map_view.h"

class QComboBox;
class QLabel;
class QToolButton;

namespace galatea {

class MapPane : public QWidget {
    Q_OBJECT
  public:
    /// `number` from 1 tells the panes' controls apart.
    MapPane(Workspace& workspace, int number, QWidget* parent = nullptr);

    MapView& view() { return *view_; }
    const MapView& view() const { return *view_; }
    /// Shows a map that is kept, or the present one (nullptr).
    void setKept(const std::shared_ptr<const MapContent>& kept);
    const std::shared_ptr<const MapContent>& kept() const { return kept_; }
    const MapContent& map() const { return kept_ ? *kept_ : document_.map(); }
    int dimensions() const { return dimensions_; }
    void setDimensions(int dimensions); ///< 2 or 3, as far as the map has them
    int64_t availableDimensions() const;
    /// The bar above the view, by which its map is chosen; not needed where there is one pane only.
    void setBarVisible(bool visible, bool closable);
    bool busy() const { return markerTimer_.isActive() || pictures_.busy() || view_->preparing(); }

  Q_SIGNALS:
    void closeRequested();
    void pointsShown();

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    QWidget* buildBar(int number);
    void connectDocument();
    void connectView();
    void connectPictures();
    void offerPictures();
    void fillChoice();
    void fillMenu();
    void askForName(size_t index);
    int indexOfKept() const;
    void hideClasses();
    void toggleLayer();
    void requestSelection(const std::vector<qint64>& rows, MapSelectionMode mode);
    void updateGuidance();
    QString guidance() const;

    // ---- What the document says (map_pane_content.cpp) ----
    void showPoints();
    void showColours();
    void showEllipses();
    void showSamples();
    void showLayer();
    void showMarker();
    void markerMoved();
    void showHidden();
    void showFilter();
    void showSelection();
    Array columnsOf(const Array& places) const;
    // ---- The card beside the mouse (map_pane_hover.cpp) ----
    void hover(qint64 row);
    void hoverPlace(QPointF place);
    MapHoverCard cardOf(qint64 row) const;
    QString rarity(const std::vector<float>& z) const;

    Workspace& workspace_;
    Document& document_;
    std::shared_ptr<const MapContent> kept_;
    QWidget* bar_;
    QComboBox* choice_;
    QToolButton *more_, *close_;
    MapView* view_;
    QLabel* guidance_;
    LatestWins hoverPicture_, hoverDecoded_, markerPlace_, samplePlaces_, shapesWanted_;
    ThumbnailLoader pictures_; ///< shown at the points where few are in view
    MapHoverCard card_;        ///< what is shown beside the hovered object, filled as pictures arrive
    struct {
        LatentsPtr latents;
        Array map, places;
    } layer_; ///< the second data set as it was placed last, and on which map
    JobId placing_ = 0;
    QTimer markerTimer_;
    int markerWaits_ = 0; ///< times the marker gave way to a live picture
    int dimensions_ = 2;
    bool updating_ = false, filtered_ = false;
};

} // namespace galatea
