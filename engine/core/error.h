#pragma once
// The errors the engine throws. Each names its subject (usually a file), the fault and the cure; only
// the job runner and main() turn them into text.

#include <stdexcept>
#include <string>

namespace galatea {

/// The values are the exit codes of galatea-cli.
enum class ErrorKind { Internal = 1, Usage = 2, Input = 3, Model = 4, Interrupted = 5 };

class Error : public std::runtime_error {
  public:
    /// `subject` may be empty. `what()` reads "SUBJECT: FAULT; CURE", control characters escaped.
    Error(ErrorKind kind, std::string subject, std::string fault, std::string cure);

    ErrorKind kind() const { return kind_; }
    const std::string& subject() const { return subject_; }
    const std::string& fault() const { return fault_; }
    const std::string& cure() const { return cure_; }

  private:
    ErrorKind kind_;
    std::string subject_, fault_, cure_;
};

/// An input file is unusable: missing, damaged or unsupported.
struct InputError : Error {
    InputError(std::string file, std::string fault, std::string cure)
        : Error(ErrorKind::Input, std::move(file), std::move(fault), std::move(cure)) {}
};

/// The model cannot do what was asked, or it misbehaved.
struct ModelError : Error {
    ModelError(std::string model, std::string fault, std::string cure)
        : Error(ErrorKind::Model, std::move(model), std::move(fault), std::move(cure)) {}
};

/// The person asked for something that makes no sense: a wrong option or value.
struct UsageError : Error {
    UsageError(std::string subject, std::string fault, std::string cure)
        : Error(ErrorKind::Usage, std::move(subject), std::move(fault), std::move(cure)) {}
};

/// A stop was requested and obeyed.
struct Interrupted : Error {
    explicit Interrupted(std::string what)
        : Error(ErrorKind::Interrupted, "", std::move(what), "run it again to go on") {}
};

} // namespace galatea
