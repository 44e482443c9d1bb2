#pragma once
// What only the person can decide about sessions. The window asks with dialogs; tests answer themselves.

#include <functional>

#include <QString>

#include "app/desktop/sessions/session_files.h"
#include "app/desktop/sessions/session_lock.h"

class QWidget;

namespace galatea {

struct SessionQuestions {
    enum class Unsaved { Save, Discard, Cancel };
    enum class Elsewhere { Copy, ReadOnly, TakeOver, Cancel };

    /// Before the window closes or opens something in its place.
    std::function<Unsaved(const QString& name)> unsaved;
    /// Likewise: labels that are kept nowhere may be lost. Not asked where it is empty.
    std::function<bool()> labels = {};
    /// The session is open in another window.
    std::function<Elsewhere(const QString& session, const LockOwner&)> elsewhere;
    /// Where a file is now; its old path: take it although it has changed; empty: leave it out.
    std::function<QString(const SessionFileFault&)> locate;
    std::function<QString(const QString& proposed)> saveAs; ///< empty: not at all
    /// A new folder for everything, so many bytes; empty: not at all.
    std::function<QString(const QString& proposed, qint64 bytes)> bundle;
};

SessionQuestions sessionDialogs(QWidget* window);

} // namespace galatea
