#pragma once
// A session file (*.galatea): what was open, as paths relative to it, and how it was looked at.

#include <QJsonObject>
#include <QString>
#include <QStringList>

#include "app/desktop/document.h"

namespace galatea {

struct Session {
    static constexpr int currentFormat = 1;
    bool demonstration = false;        ///< the built-in one instead of files
    QString data, model, latents, map; ///< absolute paths; empty: none
    TransformOptions transform;
    bool drewSamples = false; ///< draw the samples of `view` again
    QJsonObject view;         ///< choices of the document: see viewOf()
    QJsonObject mapView;      ///< as MapView gives it
    QJsonObject window;       ///< layout
};

/// Atomic. Throws InputError if the file cannot be written.
void writeSession(const Session& session, const QString& path);
/// Throws InputError naming what is wrong. Paths that do not exist are kept: opening them says so.
Session readSession(const QString& path);

/// Selection, colouring, hidden classes, traverse state, display, sample settings, current object.
QJsonObject viewOf(const Document& document);
/// Takes what fits the open files and leaves the rest; never throws.
void applyView(Document& document, const QJsonObject& view);

} // namespace galatea
