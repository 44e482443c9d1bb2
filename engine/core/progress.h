#pragma once
// Where long work tells how far it is. A sink is called from the working thread.

#include <cstdint>
#include <string>

namespace galatea {

struct ProgressUpdate {
    std::string stage;  ///< what is being done, e.g. "embedding"
    int64_t done = 0;   ///< units finished
    int64_t total = 0;  ///< units in all; 0 if unknown
    std::string unit;   ///< what is counted, e.g. "images"
    std::string detail; ///< one more figure worth showing, e.g. "loss 12.3"; may be empty
};

class ProgressSink {
  public:
    virtual ~ProgressSink() = default;
    virtual void update(const ProgressUpdate& update) = 0;
    /// Something odd that did not stop the work; shown to the person and kept in the report.
    virtual void warn(const std::string& message) = 0;
};

/// A sink that swallows everything.
ProgressSink& silentProgress();

} // namespace galatea
