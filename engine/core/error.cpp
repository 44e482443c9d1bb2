#include "core/error.h"

#include "core/text.h"

namespace galatea {

namespace {
std::string sentence(const std::string& subject, const std::string& fault, const std::string& cure) {
    std::string text = subject.empty() ? fault : subject + ": " + fault;
    if (!cure.empty())
        text += "; " + cure;
    return escaped(text);
}
} // namespace

Error::Error(ErrorKind kind, std::string subject, std::string fault, std::string cure)
    : std::runtime_error(sentence(subject, fault, cure)), kind_(kind), subject_(std::move(subject)),
      fault_(std::move(fault)), cure_(std::move(cure)) {}

} // namespace galatea
