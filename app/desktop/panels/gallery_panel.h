#pragma once
// Thumbnails of the selection, or of everything shown on the map while nothing is selected.

#include <QWidget>

#include "app/desktop/workspace.h"
#include "widgets/gallery/gallery_view.h"

class QComboBox;
class QLabel;
class QMenu;
class QSlider;
class QToolButton;

namespace galatea {

class GalleryPanel : public QWidget {
    Q_OBJECT
  public:
    explicit GalleryPanel(Workspace& workspace, QWidget* parent = nullptr);
    const GalleryModel& model() const { return model_; }
    GalleryView& view() { return *view_; }
    bool busy() const { return loader_.busy() || likeness_.busy(); }
    /// The gallery by nearness to an object in latent space, as an undo step.
    void orderByLikeness(int64_t row);
    QMenu* menuOf(int64_t row); ///< what can be done with an object; the panel's

  Q_SIGNALS:
    void objectRequested();  ///< the person wants to see the object
    void nearestRequested(); ///< … to find what is like it

  private:
    /// Something to sort by; its values are worked out when it is chosen.
    struct Order {
        enum class By { Catalogue, Probability, Colouring, Ranking } by = By::Catalogue;
        QString name;
        ColourBy colouring{};
    };
    std::vector<double> valuesOf(const Order& order) const;
    QWidget* buildHeader();
    void connectDocument();
    void fillOrders();
    void rebuild();
    void showRows(std::vector<int64_t> rows);
    void setProvider();
    void updateModes();
    void rankingChanged();
    void toggle(int64_t row);
    void askForVariance();
    void setModePossible(ThumbnailMode mode, const QString& hindrance);
    void showMode();
    std::vector<int64_t> shownRows() const;

    Workspace& workspace_;
    Document& document_;
    ThumbnailLoader loader_;
    GalleryModel model_;
    GalleryView* view_;
    QLabel* title_;
    QComboBox *mode_, *order_;
    QToolButton *descending_, *beside_;
    LatestWins ordering_; ///< of very many rows
    LatestWins variance_; ///< whether the model has one
    ModelPtr asked_;      ///< for its variance
    LatestWins likeness_; ///< distances from an object
    QMenu* menu_ = nullptr;
    QString orderBefore_; ///< the order that a ranking took the place of
    QSlider* size_;
    std::vector<Order> orders_;
    std::vector<double> values_; ///< of the chosen order; empty: none
};

} // namespace galatea
