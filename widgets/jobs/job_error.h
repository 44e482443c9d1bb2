#pragma once
// What becomes of an exception once it reaches the window: plain text, already escaped.

#include <exception>

#include <QString>

#include "core/error.h"

namespace galatea {

struct JobError {
    ErrorKind kind = ErrorKind::Internal;
    bool cancelled = false; ///< the work obeyed a stop
    QString subject;        ///< usually a file; may be empty
    QString fault, cure;    ///< what is wrong; what to do about it
    QString text() const;   ///< "SUBJECT: FAULT; CURE"
};

/// Never throws; unknown exceptions become internal errors.
JobError describeError(const std::exception_ptr& error);

} // namespace galatea
