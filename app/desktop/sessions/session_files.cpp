#include "app/desktop/sessions/session_files.h"

#include <QDir>
#include <QFileInfo>

namespace galatea {

namespace {

bool good(const QString& candidate, const FileMark& mark) {
    return QFileInfo::exists(candidate) && maybeSame(markOf(candidate), mark);
}

/// The path's ends, the longest first: "a/b/c.h5" → "a/b/c.h5", "b/c.h5", "c.h5".
QStringList endsOf(const QString& path) {
    QStringList parts = path.split('/', Qt::SkipEmptyParts), ends;
    while (!parts.isEmpty()) {
        ends << parts.join('/');
        parts.removeFirst();
    }
    return ends;
}

QString besideSession(const QString& path, const QString& sessionPath, const FileMark& mark) {
    const QDir folder = QFileInfo(sessionPath).absoluteDir();
    for (const QString& end : endsOf(path))
        if (good(folder.filePath(end), mark))
            return QDir::cleanPath(folder.filePath(end));
    return {};
}

/// Where another file lies if it moved as this one did.
QStringList movedAlike(const QString& path, const QString& from, const QString& to) {
    QStringList old = from.split('/'), now = to.split('/');
    while (!old.isEmpty() && !now.isEmpty() && old.last() == now.last()) {
        old.removeLast();
        now.removeLast();
    }
    QStringList places;
    const QString before = old.join('/') + '/';
    if (path.startsWith(before))
        places << now.join('/') + '/' + path.mid(before.size());
    places << QFileInfo(to).dir().filePath(QFileInfo(path).fileName());
    return places;
}

} // namespace

std::vector<SessionFileFault> findSessionFiles(Session& session, const QString& sessionPath,
                                               QStringList& notes) {
    std::vector<SessionFileFault> faults;
    const QMap<QString, QString> files = session.files();
    for (auto at = files.begin(); at != files.end(); ++at) {
        const FileMark mark = session.marks.value(at.key());
        const bool there = QFileInfo::exists(at.value());
        if (there && maybeSame(markOf(at.value()), mark))
            continue;
        const QString found = besideSession(at.value(), sessionPath, mark);
        if (!found.isEmpty()) {
            *session.file(at.key()) = found;
            notes << shown(QFileInfo(found).fileName().toStdString()) + " was found beside the session";
        } else if (isPart(at.value(), sessionPath)) { // nobody can know where else it would be
            session.file(at.key())->clear();
            notes
                << QString("The session's %1 was made in a window and is gone from beside it").arg(at.key());
        } else {
            faults.push_back({at.key(), at.value(), there});
        }
    }
    return faults;
}

std::vector<SessionFileFault> settleFault(Session& session, const SessionFileFault& fault,
                                          const QString& answer, std::vector<SessionFileFault> rest) {
    *session.file(fault.kind) = answer;
    session.marks.remove(fault.kind);
    if (answer.isEmpty() || answer == fault.path)
        return rest;
    std::erase_if(rest, [&](const SessionFileFault& other) {
        for (const QString& place : movedAlike(other.path, fault.path, answer))
            if (place != other.path && good(place, session.marks.value(other.kind))) {
                *session.file(other.kind) = QDir::cleanPath(place);
                return true;
            }
        return false;
    });
    return rest;
}

} // namespace galatea
