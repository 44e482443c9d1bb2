#pragma once
// What the controls of a panel say, by their names: how sessions keep the parameters of panels without the
// panels' doing.

#include <QJsonObject>

class QWidget;

namespace galatea {

/// Boxes to choose from, to tick, with numbers, checkable buttons, and the lines of option forms.
QJsonObject panelValues(const QWidget& panel);
/// Sets those that are there and take the value; the panel hears of it as of a person's doing. Never throws.
void setPanelValues(QWidget& panel, const QJsonObject& values);

} // namespace galatea
