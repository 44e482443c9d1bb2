#pragma once
// Thumbnails of the selection, or of everything shown on the map while nothing is selected.

#include <QWidget>

#include "app/desktop/workspace.h"
#include "widgets/gallery/gallery_view.h"

class QComboBox;
class QLabel;
class QSlider;
class QToolButton;

namespace galatea {

class GalleryPanel : public QWidget {
    Q_OBJECT
  public:
    explicit GalleryPanel(Workspace& workspace, QWidget* parent = nullptr);
    const GalleryModel& model() const { return model_; }
    GalleryView& view() { return *view_; }
    bool busy() const { return loader_.busy(); }

  private:
    /// Something to sort by; its values are worked out when it is chosen.
    struct Order {
        enum class By { Catalogue, Probability, Colouring } by = By::Catalogue;
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
    QSlider* size_;
    std::vector<Order> orders_;
    std::vector<double> values_; ///< of the chosen order; empty: none
};

} // namespace galatea
