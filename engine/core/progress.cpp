#include "core/progress.h"

namespace galatea {

namespace {
class SilentProgress final : public ProgressSink {
  public:
    void update(const ProgressUpdate&) override {}
    void warn(const std::string&) override {}
};
} // namespace

ProgressSink& silentProgress() {
    static SilentProgress sink; // stateless, so sharing it between threads is safe
    return sink;
}

} // namespace galatea
