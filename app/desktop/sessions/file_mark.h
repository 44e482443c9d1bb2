#pragma once
// How a file is known again: its size and a fingerprint of its two ends, quick for files of any size.

#include <QString>

namespace galatea {

struct FileMark {
    qint64 bytes = -1;   ///< −1: not known, as of folders
    QString fingerprint; ///< SHA-256 of the size, the first and the last MiB; empty: not known
    bool known() const { return bytes >= 0; }
    bool operator==(const FileMark&) const = default;
};

/// Of a plain file; not known for folders and what cannot be read. For any thread.
FileMark markOf(const QString& path);
/// False only where both marks are known and differ.
bool maybeSame(const FileMark& one, const FileMark& other);

} // namespace galatea
