#pragma once
// What the panels on the right have in common: a scrolled column, section headings.

#include <QString>

class QLabel;
class QVBoxLayout;
class QWidget;

namespace galatea {

class Document;

/// Fills the widget with a vertical scroll area and returns the column to put things into.
QVBoxLayout* makeScrolled(QWidget* panel);
QLabel* sectionLabel(const QString& text, QWidget* parent);
QLabel* mutedLabel(const QString& text, QWidget* parent);
/// "r", or "band 3" where the data give no names.
QString bandName(const Document& document, int64_t channel);

} // namespace galatea
