#pragma once
// A folder of files that appears under its name when all of them are complete: it is filled under another
// name beside the target and renamed.

#include <string>

namespace galatea {

class AtomicFolder {
  public:
    /// Throws UsageError if the target exists and is no empty folder (what lies there is never touched), or
    /// if its parent is missing or not writable.
    explicit AtomicFolder(const std::string& target);
    ~AtomicFolder(); ///< removes what was written unless commit() returned
    AtomicFolder(const AtomicFolder&) = delete;
    AtomicFolder& operator=(const AtomicFolder&) = delete;

    /// Path under which to write a file of this name (through AtomicFile) before commit().
    std::string path(const std::string& name) const;
    void commit(); ///< Throws InputError if the folder cannot be renamed.

  private:
    std::string target_, resolved_, temporary_;
    bool committed_ = false;
};

/// A file name made of foreign text: letters, digits, . _ - and + kept, other characters replaced by _, never
/// hidden, never longer than 100 bytes; "image" if nothing is left.
std::string safeFileName(const std::string& text);

} // namespace galatea
