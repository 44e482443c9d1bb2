#pragma once
// What the panels on the right have in common: a scrolled column, section headings.

#include <QLabel>
#include <QString>

#include "widgets/jobs/job_runner.h"

class QPushButton;
class QVBoxLayout;
class QWidget;

namespace galatea {

class Document;
struct Workspace;

/// Fills the widget with a vertical scroll area and returns the column to put things into.
QVBoxLayout* makeScrolled(QWidget* panel);
QLabel* sectionLabel(const QString& text, QWidget* parent);
QLabel* mutedLabel(const QString& text, QWidget* parent);
/// A sentence that says why the open images are nothing for the open model; empty if they are.
QString misfit(const Document& document);
/// What a panel says of the job it has just started: that it waits for another one, or `running`.
QString startedText(const Workspace& workspace, JobId job, const QString& running);
/// Which of two buttons can be pressed; the keyboard's focus goes over from one to the other.
void showRunning(QPushButton* run, QPushButton* cancel, bool running, bool runnable);
/// Plain text over as many lines as its width asks for: scroll areas do not ask labels for that themselves.
class WrappedLabel : public QLabel {
  public:
    explicit WrappedLabel(const QString& name, QWidget* parent);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

  protected:
    void resizeEvent(QResizeEvent* event) override;
};

/// A muted sentence over as many lines as it needs.
QLabel* mutedSentence(const char* name, QWidget* parent);
/// Name for tests, name for screen readers, and what the mouse is told.
void describe(QWidget* control, const char* name, const char* label, const char* tip);

/// A frame with a warning sentence in it, hidden while there is none.
class ReasonLabel : public WrappedLabel {
  public:
    explicit ReasonLabel(const QString& name, QWidget* parent);
    void say(const QString& reason);
};
/// "r", or "band 3" where the data give no names.
QString bandName(const Document& document, int64_t channel);

} // namespace galatea
