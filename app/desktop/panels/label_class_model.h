#pragma once
// The label classes as a table: tick, colour and name; key; number of objects.

#include <QAbstractTableModel>

#include "app/desktop/document.h"

namespace galatea {

class LabelClassModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    enum Column { Name, Key, Objects, ColumnCount };
    explicit LabelClassModel(Document& document, QObject* parent = nullptr);

    int16_t classAt(int row) const; ///< −1: no such row
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  private:
    void follow();
    bool isShown(int row) const;
    void show(int row, bool shown);

    Document& document_;
    std::vector<int16_t> classes_;
};

} // namespace galatea
