#include "widgets/binding/option_form.h"

#include <algorithm>

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>

#include "core/error.h"

namespace galatea {

namespace {

/// A value as it is typed: lists as a, b, c.
QString typed(const Json& value) {
    if (value.is_string())
        return QString::fromStdString(value.get<std::string>());
    if (!value.is_array())
        return QString::fromStdString(value.dump());
    QStringList parts;
    for (const Json& part : value)
        parts << typed(part);
    return parts.join(", ");
}

} // namespace

QString optionLabel(const std::string& name) {
    QString label = QString::fromStdString(name).replace('_', ' ');
    if (!label.isEmpty())
        label[0] = label[0].toUpper();
    return label;
}

OptionForm::OptionForm(OptionSet options, const QStringList& hidden, QWidget* parent)
    : QWidget(parent), options_(std::move(options)), rows_(new QFormLayout(this)) {
    setObjectName("optionForm");
    rows_->setContentsMargins(0, 0, 0, 0);
    rows_->setVerticalSpacing(6);
    rows_->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    for (const Option& option : options_.options())
        if (!hidden.contains(QString::fromStdString(option.name)))
            addRow(option);
    showValues();
}

void OptionForm::addRow(const Option& option) {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(1);
    auto* line = new QHBoxLayout;
    column->addLayout(line);
    QWidget* control = makeControl(option);
    control->setObjectName("option." + QString::fromStdString(option.name));
    control->setAccessibleName(optionLabel(option.name));
    line->addWidget(control, 1);
    if (!option.limits.unit.empty()) {
        auto* unit = new QLabel(QString::fromStdString(option.limits.unit), box);
        unit->setProperty("muted", true);
        line->addWidget(unit);
    }
    auto* fault = new QLabel(box);
    fault->setWordWrap(true);
    fault->setTextFormat(Qt::PlainText);
    fault->setProperty("fault", true);
    fault->hide();
    column->addWidget(fault);
    auto* label = new QLabel(optionLabel(option.name), this);
    const QString help =
        QString::fromStdString(option.help) +
        ". Default: " + (typed(option.defaultValue).isEmpty() ? QString("none") : typed(option.defaultValue));
    for (QWidget* widget : {static_cast<QWidget*>(label), control})
        widget->setToolTip(help.toHtmlEscaped());
    label->setBuddy(control);
    label->setMinimumHeight(control->sizeHint().height()); // level with the control's text
    rows_->addRow(label, box);
    controls_[option.name] = control;
    faultLabels_[option.name] = fault;
}

QWidget* OptionForm::makeControl(const Option& option) {
    const std::string name = option.name;
    if (std::holds_alternative<bool*>(option.target)) {
        auto* box = new QCheckBox(this);
        connect(box, &QCheckBox::toggled, this,
                [this, name](bool on) { attempt(name, [&] { options_.set(name, on); }); });
        return box;
    }
    if (!option.limits.choices.empty()) {
        auto* box = new QComboBox(this);
        for (const std::string& choice : option.limits.choices)
            box->addItem(QString::fromStdString(choice));
        connect(box, &QComboBox::currentTextChanged, this, [this, name](const QString& text) {
            attempt(name, [&] { options_.set(name, text.toStdString()); });
        });
        return box;
    }
    auto* line = new QLineEdit(this);
    connect(line, &QLineEdit::textEdited, this,
            [this, name](const QString& text) { // read as on the command line
                attempt(name, [&] { options_.setText(name + "=" + text.toStdString()); });
            });
    return line;
}

void OptionForm::attempt(const std::string& name, const std::function<void()>& change) {
    if (showing_)
        return;
    QLabel* label = faultLabels_[name];
    const bool before = valid();
    try {
        change();
        faults_.erase(name);
        label->hide();
        Q_EMIT changed();
    } catch (const Error& error) {
        faults_.insert(name);
        label->setText(QString::fromStdString(error.fault()));
        label->show();
    }
    if (valid() != before)
        Q_EMIT validityChanged(valid());
}

QWidget* OptionForm::control(const QString& name) const {
    const auto found = controls_.find(name.toStdString());
    return found == controls_.end() ? nullptr : found->second;
}

void OptionForm::showValues() {
    showing_ = true;
    const Json values = options_.toJson();
    for (const auto& [name, control] : controls_) {
        const Json& value = values.at(name);
        if (auto* box = qobject_cast<QCheckBox*>(control))
            box->setChecked(value.get<bool>());
        else if (auto* combo = qobject_cast<QComboBox*>(control))
            combo->setCurrentText(typed(value));
        else if (auto* line = qobject_cast<QLineEdit*>(control))
            line->setText(typed(value));
        faultLabels_[name]->hide();
    }
    faults_.clear();
    showing_ = false;
}

void OptionForm::resetAll() {
    for (const Option& option : options_.options())
        if (controls_.count(option.name))
            options_.set(option.name, option.defaultValue);
    showValues();
    Q_EMIT changed();
}

} // namespace galatea
