#include "widgets/gallery/gallery_model.h"

#include <algorithm>
#include <span>

#include <QMimeData>

namespace galatea {

std::vector<int64_t> rowsFromMime(const QMimeData& mime) {
    std::vector<int64_t> rows;
    for (const QByteArray& line : mime.data(rowsMimeType).split('\n')) {
        bool isNumber = false;
        const qlonglong row = line.toLongLong(&isNumber);
        if (isNumber)
            rows.push_back(row);
    }
    return rows;
}

QMimeData* mimeOfRows(const std::vector<int64_t>& rows) {
    QByteArray lines;
    for (const int64_t row : std::span(rows).first(std::min(rows.size(), mostDraggedRows)))
        lines += QByteArray::number(static_cast<qlonglong>(row)) + '\n';
    auto* mime = new QMimeData;
    mime->setData(rowsMimeType, lines);
    return mime;
}

GalleryModel::GalleryModel(ThumbnailLoader& loader, QObject* parent)
    : QAbstractListModel(parent), loader_(loader) {
    connect(&loader, &ThumbnailLoader::loaded, this, [this](const std::vector<int64_t>& rows) {
        for (const int64_t row : rows)
            if (const int place = placeOf(row); place >= 0)
                Q_EMIT dataChanged(index(place), index(place), {Qt::DecorationRole, FailedRole});
    });
    connect(&loader, &ThumbnailLoader::cleared, this, [this] {
        if (!rows_.empty())
            Q_EMIT dataChanged(index(0), index(rowCount() - 1), {Qt::DecorationRole, FailedRole});
    });
}

void GalleryModel::setRows(std::vector<int64_t> rows) {
    beginResetModel();
    rows_ = std::move(rows);
    ascending_ = std::is_sorted(rows_.begin(), rows_.end());
    places_ = {};
    if (!ascending_ && !rows_.empty()) {
        places_.assign(static_cast<size_t>(*std::max_element(rows_.begin(), rows_.end())) + 1, -1);
        for (size_t i = 0; i < rows_.size(); ++i)
            places_[static_cast<size_t>(rows_[i])] = static_cast<int32_t>(i);
    }
    endResetModel();
}

int GalleryModel::placeOf(int64_t row) const {
    if (row < 0)
        return -1;
    if (!ascending_)
        return static_cast<size_t>(row) < places_.size() ? places_[static_cast<size_t>(row)] : -1;
    const auto found = std::lower_bound(rows_.begin(), rows_.end(), row);
    return found == rows_.end() || *found != row ? -1 : static_cast<int>(found - rows_.begin());
}

void GalleryModel::setTexts(std::function<QString(int64_t)> caption,
                            std::function<QString(int64_t)> toolTip) {
    caption_ = std::move(caption);
    toolTip_ = std::move(toolTip);
    if (!rows_.empty())
        Q_EMIT dataChanged(index(0), index(rowCount() - 1), {Qt::DisplayRole, Qt::ToolTipRole});
}

int GalleryModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QVariant GalleryModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const int64_t row = rowAt(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        return caption_ ? caption_(row) : QString::number(row);
    case Qt::ToolTipRole:
        return toolTip_ ? QVariant(toolTip_(row)) : QVariant();
    case Qt::DecorationRole: {
        const QImage picture = loader_.thumbnail(row);
        return picture.isNull() ? QVariant() : QVariant(picture);
    }
    case RowRole:
        return static_cast<qlonglong>(row);
    case FailedRole:
        return loader_.failed(row);
    default:
        return {};
    }
}

Qt::ItemFlags GalleryModel::flags(const QModelIndex& index) const {
    if (!index.isValid())
        return Qt::NoItemFlags;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
}

QStringList GalleryModel::mimeTypes() const {
    return {rowsMimeType};
}

QMimeData* GalleryModel::mimeData(const QModelIndexList& indexes) const {
    std::vector<int64_t> rows;
    for (const QModelIndex& index : indexes)
        rows.push_back(rowAt(index.row()));
    return mimeOfRows(rows);
}

} // namespace galatea
