#pragma once
// A file that appears under its name whole or not at all: it is written beside the target, flushed to the
// disk, checked, and renamed. A crash or a full disk leaves what was there before.

#include <functional>
#include <string>
#include <string_view>

namespace galatea {

class AtomicFile {
  public:
    /// Throws UsageError if the target's folder is missing or not writable, or the target is itself a
    /// folder or device. Folders are not created. A link is followed: the file behind it is replaced.
    explicit AtomicFile(const std::string& target);
    ~AtomicFile(); ///< removes what was written unless commit() returned
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    const std::string& target() const { return target_; } ///< as it was asked for
    /// Where to write. The file exists and is empty; libraries may open it by this name.
    const std::string& temporaryPath() const { return temporary_; }
    /// Appends. Throws InputError if the disk is full or failing.
    void write(std::string_view bytes);
    /// Flushes, calls `verify` with the temporary path (it throws if the file is no good), renames, and
    /// flushes the folder.
    void commit(const std::function<void(const std::string&)>& verify = {});

  private:
    std::string target_, resolved_, folder_, temporary_;
    int descriptor_ = -1;
    bool committed_ = false;
};

/// Throws UsageError, as AtomicFile would, if a file of this name could not be written; for checking an
/// output before long work starts.
void requireWritable(const std::string& target);

} // namespace galatea
