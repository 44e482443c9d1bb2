#include "widgets/jobs/job_error.h"

#include <new>

#include "core/text.h"

namespace galatea {

namespace {

QString shown(const std::string& text) {
    return QString::fromStdString(escaped(text));
}

} // namespace

QString JobError::text() const {
    QString line = subject.isEmpty() ? fault : subject + ": " + fault;
    return cure.isEmpty() ? line : line + "; " + cure;
}

JobError describeError(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Error& e) {
        return {e.kind(), e.kind() == ErrorKind::Interrupted, shown(e.subject()), shown(e.fault()),
                shown(e.cure())};
    } catch (const std::bad_alloc&) {
        return {ErrorKind::Internal,
                false,
                {},
                "there is not enough memory for this",
                "close other programs or work on fewer images"};
    } catch (const std::exception& e) {
        return {ErrorKind::Internal, false, {}, shown(e.what()), "please report this as a bug"};
    } catch (...) {
        return {
            ErrorKind::Internal, false, {}, "something unexpected happened", "please report this as a bug"};
    }
}

} // namespace galatea
