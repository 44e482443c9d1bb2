#pragma once
// The object looked at: its picture, its bands, what the model makes of it, its catalogue row, its
// neighbours in latent space; and how images are drawn everywhere.

#include <QWidget>

#include "app/desktop/workspace.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QGridLayout;
class QLabel;
class QPushButton;
class QTableWidget;

namespace galatea {

class Filmstrip;
class ImageView;

class ObjectPanel : public QWidget {
    Q_OBJECT
  public:
    explicit ObjectPanel(Workspace& workspace, QWidget* parent = nullptr);

  Q_SIGNALS:
    void exploreRequested(); ///< the person wants to see the traverse

  protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    struct Pictures {
        QImage image, reconstruction, residual;
        std::vector<QImage> bands;
        QString error, figures;
        Array pixels;
    };
    QWidget* buildDisplay();
    void refresh();
    void show(const Pictures& pictures);
    void fillTable();
    void showDisplay();
    void pushDisplay();
    void findNeighbours();

    Workspace& workspace_;
    Document& document_;
    LatestWins original_, decoded_, neighboursWork_;
    QLabel *name_, *readout_, *error_;
    ImageView *image_, *reconstruction_, *residual_;
    Filmstrip *bands_, *neighbours_;
    QLabel *bandsTitle_, *neighboursTitle_;
    QTableWidget* table_;
    QPushButton* explore_;
    QComboBox *stretch_, *cuts_, *map_;
    QComboBox* channel_[3];
    QWidget* channels_;
    QDoubleSpinBox* percentile_;
    std::vector<int64_t> neighbourRows_;
    Array pixels_;
    bool filling_ = false;
};

} // namespace galatea
