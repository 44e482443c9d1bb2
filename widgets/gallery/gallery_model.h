#pragma once
// Rows of a data set, in the order they are shown, with their thumbnails as decoration.

#include <functional>
#include <vector>

#include <QAbstractListModel>

#include "widgets/gallery/thumbnail_loader.h"

namespace galatea {

/// Rows of the data set as text, one per line: what a dragged thumbnail carries.
inline constexpr const char* rowsMimeType = "application/x-galatea-rows";
std::vector<int64_t> rowsFromMime(const QMimeData& mime);
inline constexpr size_t mostDraggedRows = 1000; ///< what is dropped on looks at one
/// The first of them, as a selection may hold every object. The caller's.
QMimeData* mimeOfRows(const std::vector<int64_t>& rows);

class GalleryModel : public QAbstractListModel {
    Q_OBJECT
  public:
    enum Role { RowRole = Qt::UserRole, FailedRole };

    explicit GalleryModel(ThumbnailLoader& loader, QObject* parent = nullptr);

    void setRows(std::vector<int64_t> rows);
    const std::vector<int64_t>& rows() const { return rows_; }
    int64_t rowAt(int place) const { return rows_[static_cast<size_t>(place)]; }
    int placeOf(int64_t row) const; ///< -1 if it is not shown
    /// Text under a thumbnail and its tool tip; empty functions: none.
    void setTexts(std::function<QString(int64_t)> caption, std::function<QString(int64_t)> toolTip);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;

  private:
    ThumbnailLoader& loader_;
    std::vector<int64_t> rows_;
    bool ascending_ = true;       ///< rows_ are in order: a place is found by halving
    std::vector<int32_t> places_; ///< otherwise, by row; −1: not shown
    std::function<QString(int64_t)> caption_, toolTip_;
};

} // namespace galatea
