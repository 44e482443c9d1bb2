#pragma once
// A form made from the one description of an options struct (core/options.h): a row with name, control, unit
// and help for each. What is typed goes straight into the struct; what the limits refuse is said beside the
// control and leaves the struct as it was.

#include <functional>
#include <map>
#include <set>

#include <QStringList>
#include <QWidget>

#include "core/options.h"

class QFormLayout;
class QLabel;

namespace galatea {

class OptionForm : public QWidget {
    Q_OBJECT
  public:
    /// The struct that `options` was made from must outlive the form. `hidden`: options shown elsewhere.
    explicit OptionForm(OptionSet options, const QStringList& hidden = {}, QWidget* parent = nullptr);

    /// The control of an option, by its name; nullptr if it has none here. Its objectName is
    /// "option." + name.
    QWidget* control(const QString& name) const;
    void showValues(); ///< the struct's values, after something else has changed them
    void resetAll();   ///< to the defaults
    bool valid() const { return faults_.empty(); }

  Q_SIGNALS:
    void changed(); ///< a value of the struct
    void validityChanged(bool valid);

  private:
    void addRow(const Option& option);
    QWidget* makeControl(const Option& option);
    void attempt(const std::string& name, const std::function<void()>& change);

    OptionSet options_;
    QFormLayout* rows_;
    std::map<std::string, QWidget*> controls_;
    std::map<std::string, QLabel*> faultLabels_;
    std::set<std::string> faults_; ///< options whose control holds what was refused
    bool showing_ = false;
};

/// "min_area" → "Min area": a name for people.
QString optionLabel(const std::string& name);

} // namespace galatea
