#pragma once
// The application's own font for the overlay.

#include <QByteArray>
#include <QFont>

namespace galatea {

/// The bytes of a TrueType or OpenType file with the outlines Qt would use for `font`, put together from the
/// tables Qt hands out (it tells no file name); empty if the font has no outlines, as bitmap fonts have not.
QByteArray fontFile(const QFont& font);

} // namespace galatea
