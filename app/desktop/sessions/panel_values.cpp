#include "app/desktop/sessions/panel_values.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QMap>
#include <QSpinBox>
#include <QToolButton>

namespace galatea {

namespace {

bool keepsValue(const QWidget* widget) {
    const QString name = widget->objectName();
    if (name.isEmpty() || name.startsWith("qt_"))
        return false;
    if (const auto* button = qobject_cast<const QToolButton*>(widget))
        return button->isCheckable();
    if (qobject_cast<const QLineEdit*>(widget)) // other lines hold names and searches, no parameters
        return name.startsWith("option.");
    return qobject_cast<const QComboBox*>(widget) || qobject_cast<const QCheckBox*>(widget) ||
           qobject_cast<const QSpinBox*>(widget) || qobject_cast<const QDoubleSpinBox*>(widget);
}

/// "tsneForm/option.perplexity": names repeat, so those of the widgets around come first.
QString keyOf(const QWidget* widget, const QWidget& panel) {
    QStringList names{widget->objectName()};
    for (const QWidget* around = widget->parentWidget(); around && around != &panel;
         around = around->parentWidget())
        if (!around->objectName().isEmpty() && !around->objectName().startsWith("qt_"))
            names.prepend(around->objectName());
    return names.join('/');
}

QMap<QString, QWidget*> controlsOf(const QWidget& panel) {
    QMap<QString, QWidget*> controls;
    for (QWidget* widget : panel.findChildren<QWidget*>())
        if (keepsValue(widget))
            controls.insert(keyOf(widget, panel), widget);
    return controls;
}

QJsonValue valueOf(const QWidget* widget) {
    if (const auto* box = qobject_cast<const QComboBox*>(widget))
        return box->currentText();
    if (const auto* box = qobject_cast<const QSpinBox*>(widget))
        return box->value();
    if (const auto* box = qobject_cast<const QDoubleSpinBox*>(widget))
        return box->value();
    if (const auto* line = qobject_cast<const QLineEdit*>(widget))
        return line->text();
    return qobject_cast<const QAbstractButton*>(widget)->isChecked();
}

void setValue(QWidget* widget, const QJsonValue& value) {
    if (auto* box = qobject_cast<QComboBox*>(widget)) {
        const int at = box->findText(value.toString());
        const QModelIndex item = box->model()->index(at, box->modelColumn());
        if (at >= 0 && item.flags().testFlag(Qt::ItemIsEnabled))
            box->setCurrentIndex(at);
    } else if (auto* whole = qobject_cast<QSpinBox*>(widget)) {
        whole->setValue(value.toInt(whole->value()));
    } else if (auto* number = qobject_cast<QDoubleSpinBox*>(widget)) {
        number->setValue(value.toDouble(number->value()));
    } else if (auto* line = qobject_cast<QLineEdit*>(widget)) {
        if (line->text() == value.toString())
            return;
        line->setText(value.toString());
        Q_EMIT line->textEdited(line->text());
    } else if (auto* button = qobject_cast<QAbstractButton*>(widget)) {
        button->setChecked(value.toBool(button->isChecked()));
    }
}

} // namespace

QJsonObject panelValues(const QWidget& panel) {
    QJsonObject values;
    const auto controls = controlsOf(panel);
    for (auto at = controls.begin(); at != controls.end(); ++at)
        values[at.key()] = valueOf(at.value());
    return values;
}

void setPanelValues(QWidget& panel, const QJsonObject& values) {
    // Boxes first: choosing a method may bring other controls in place of those that were there.
    for (const bool boxes : {true, false}) {
        const auto controls = controlsOf(panel);
        for (auto at = controls.begin(); at != controls.end(); ++at)
            if (values.contains(at.key()) && boxes == (qobject_cast<QComboBox*>(at.value()) != nullptr))
                setValue(at.value(), values[at.key()]);
    }
}

} // namespace galatea
