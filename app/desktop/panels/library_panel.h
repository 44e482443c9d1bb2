#pragma once
// What is open: data, model, latents, map, each with what it holds.

#include <QWidget>

#include "app/desktop/workspace.h"

class QLabel;
class QToolButton;
class QVBoxLayout;

namespace galatea {

class LayerCard;

class LibraryPanel : public QWidget {
    Q_OBJECT
  public:
    explicit LibraryPanel(Workspace& workspace, QWidget* parent = nullptr);
    LayerCard& layerCard() { return *layer_; }

  Q_SIGNALS:
    void openRequested();
    void embedRequested();
    void projectRequested();

  private:
    struct Card {
        QLabel *name = nullptr, *details = nullptr;
        QToolButton *action = nullptr, *save = nullptr;
    };
    Card addCard(QVBoxLayout* column, const QString& id, const QString& heading, int icon);
    void refresh();
    void saveLatents();
    void saveMap();
    QString dataDetails() const;
    QString modelDetails() const;
    QString latentDetails() const;
    QString mapDetails() const;

    Workspace& workspace_;
    Document& document_;
    Card data_, model_, latents_, map_;
    LayerCard* layer_;
};

} // namespace galatea
