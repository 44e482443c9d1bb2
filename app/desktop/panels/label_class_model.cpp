#include "app/desktop/panels/label_class_model.h"

#include <QIcon>
#include <QLocale>
#include <QPixmap>

#include "app/desktop/commands/document_commands.h"
#include "app/desktop/commands/label_commands.h"

namespace galatea {

namespace {

const ColourBy byLabel{ColourBy::Kind::Label, {}};

QIcon dotOf(const QColor& colour) {
    QPixmap dot(12, 12);
    dot.fill(colour);
    return QIcon(dot);
}

} // namespace

LabelClassModel::LabelClassModel(Document& document, QObject* parent)
    : QAbstractTableModel(parent), document_(document), classes_(document.labels().presentClasses()) {
    connect(&document_, &Document::labelsChanged, this, &LabelClassModel::follow);
    connect(&document_, &Document::hiddenClassesChanged, this, &LabelClassModel::follow);
    connect(&document_, &Document::colouringChanged, this, &LabelClassModel::follow);
}

void LabelClassModel::follow() {
    std::vector<int16_t> now = document_.labels().presentClasses();
    if (now != classes_) {
        beginResetModel();
        classes_ = std::move(now);
        endResetModel();
    } else if (!classes_.empty()) {
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    }
}

int16_t LabelClassModel::classAt(int row) const {
    return row >= 0 && static_cast<size_t>(row) < classes_.size() ? classes_[static_cast<size_t>(row)]
                                                                  : LabelValue::none;
}

int LabelClassModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(classes_.size());
}

int LabelClassModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

bool LabelClassModel::isShown(int row) const {
    return document_.colouring() != byLabel || !document_.hiddenClasses().contains(row);
}

void LabelClassModel::show(int row, bool shown) {
    commands::colourBy(document_, byLabel); // hiding is of the classes that are coloured
    std::set<int> hidden = document_.hiddenClasses();
    if (shown)
        hidden.erase(row);
    else
        hidden.insert(row);
    commands::hideClasses(document_, hidden);
}

QVariant LabelClassModel::data(const QModelIndex& index, int role) const {
    const int16_t id = index.isValid() ? classAt(index.row()) : LabelValue::none;
    if (id == LabelValue::none)
        return {};
    const LabelClass& one = document_.labels().classes()[static_cast<size_t>(id)];
    if (role == Qt::CheckStateRole && index.column() == Name)
        return isShown(index.row()) ? Qt::Checked : Qt::Unchecked;
    if (role == Qt::DecorationRole && index.column() == Name)
        return dotOf(one.colour);
    if (role == Qt::TextAlignmentRole && index.column() != Name)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && index.column() == Name)
        return plainToolTip(shown(one.name.toStdString()) +
                            "\nDouble-click renames; the tick shows or hides its objects on the map");
    if (role == Qt::ToolTipRole)
        return index.column() == Key ? "The digit that gives this label; double-click changes it"
                                     : "Objects with this label";
    if (role != Qt::DisplayRole && role != Qt::EditRole)
        return {};
    if (index.column() == Key)
        return one.digit > 0 ? QVariant(QString::number(one.digit)) : QVariant(QString());
    if (index.column() == Objects)
        return QLocale().toString(static_cast<qlonglong>(document_.labels().count(id)));
    return role == Qt::EditRole ? one.name : shown(one.name.toStdString());
}

bool LabelClassModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    const int16_t id = index.isValid() ? classAt(index.row()) : LabelValue::none;
    if (id == LabelValue::none)
        return false;
    if (role == Qt::CheckStateRole && index.column() == Name) {
        show(index.row(), value.toInt() == Qt::Checked);
        return true;
    }
    if (role != Qt::EditRole)
        return false;
    if (index.column() == Name)
        return commands::renameClass(document_, id, value.toString());
    if (index.column() != Key)
        return false;
    const QString text = value.toString().trimmed();
    const int digit = text.isEmpty() ? -1 : text.toInt();
    if (digit == 0 || digit > 9 || digit < -1)
        return false;
    commands::setClassDigit(document_, id, digit);
    return true;
}

Qt::ItemFlags LabelClassModel::flags(const QModelIndex& index) const {
    if (!index.isValid())
        return Qt::NoItemFlags;
    const Qt::ItemFlags all = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    return index.column() == Name  ? all | Qt::ItemIsUserCheckable | Qt::ItemIsEditable
           : index.column() == Key ? all | Qt::ItemIsEditable
                                   : all;
}

QVariant LabelClassModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == Name ? "class" : section == Key ? "key" : "objects";
}

} // namespace galatea
