#pragma once
// The map of the latent space in the window's centre, with its tools above it.

#include <QAction>
#include <QTimer>
#include <QWidget>

#include "app/desktop/workspace.h"
#include "widgets/gallery/thumbnail_loader.h"
#include "widgets/map/map_view.h"

class QActionGroup;
class QComboBox;
class QLabel;

namespace galatea {

class MapPanel : public QWidget {
    Q_OBJECT
  public:
    explicit MapPanel(Workspace& workspace, QWidget* parent = nullptr);

    MapView& view() { return *view_; }
    const MapView& view() const { return *view_; }
    int dimensions() const { return dimensions_; }
    void setDimensions(int dimensions); ///< 2 or 3
    /// Navigate, Rectangle, Lasso, Brush; then fit, 2-D / 3-D: for menus and the palette.
    const QList<QAction*>& toolActions() const { return tools_; }
    QAction* fitAction() const { return fit_; }
    QAction* fitSelectionAction() const { return fitSelection_; }
    QAction* threeDimensionsAction() const { return three_; }
    void setDark(bool dark);
    bool busy() const { return markerTimer_.isActive() || pictures_.busy(); }
    /// The map as it is shown, as PNG or SVG by the ending. Throws Error if it cannot be written.
    void savePicture(const QString& path);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void buildActions();
    QWidget* buildHeader();
    void connectDocument();
    void connectView();
    void connectPictures();
    void offerPictures();
    void askAndSavePicture();
    void requestSelection(const std::vector<qint64>& rows, MapSelectionMode mode);

    void showPoints();
    void showColours();
    void fillColourings();
    void showEllipses();
    void showSamples();
    void showMarker();
    void markerMoved();
    void showHidden();
    void showFilter();
    void showSelection();
    void updateCount();
    void updateGuidance();
    QString guidance() const;
    void hover(qint64 row);
    void hoverPlace(QPointF place);
    MapHoverCard cardOf(qint64 row) const;
    QString rarity(const std::vector<float>& z) const;
    Array columnsOf(const Array& places) const;

    Workspace& workspace_;
    Document& document_;
    MapView* view_;
    QComboBox* colourBy_;
    QLabel *count_, *guidance_;
    QList<QAction*> tools_;
    QAction *fit_ = nullptr, *fitSelection_ = nullptr, *three_ = nullptr;
    LatestWins hoverPicture_, hoverDecoded_, markerPlace_, samplePlaces_;
    ThumbnailLoader pictures_; ///< shown at the points where few are in view
    MapHoverCard card_;        ///< what is shown beside the hovered object, filled as pictures arrive
    std::vector<double> sortedLikelihood_;
    QTimer markerTimer_;
    int markerWaits_ = 0; ///< times the marker gave way to a live picture
    int dimensions_ = 2;
    bool updating_ = false, filtered_ = false;
};

} // namespace galatea
