#pragma once
// A stranger's TorchScript as a Model: every call crosses into the model host and what comes back is checked.

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

#include "io/regular_file.h"
#include "sandbox/shared_area.h"
#include "sandbox/walled_process.h"
#include "torchscript/host_protocol.h"
#include "torchscript/open_model.h"

namespace galatea {

class HostedModel : public Model {
  public:
    /// Loads the file in a host, reads its card, and probes what the card leaves out.
    HostedModel(RegularFile file, std::vector<std::string> notes, const HostLimits& limits);

    const ModelCard& card() const override { return card_; }
    Encoding encode(const Array& images) const override;
    Decoding decode(const Array& latents) const override;
    Array score(const Array& images) const override;
    std::vector<std::string> notes() const override;
    Walls walls() const; ///< those that stand around the host

  private:
    struct Answers {
        Array first, second;
    };
    void makeArea(int64_t bytes) const;
    HostMessage start() const;
    HostMessage ask(const HostMessage& question, double seconds, const std::string& doing) const;
    HostMessage askOnce(HostMessage question, int areaDescriptor, double seconds,
                        const std::string& doing) const;
    [[noreturn]] void lost(const ProcessLost& loss, double seconds, const std::string& doing) const;
    [[noreturn]] void failed(const HostMessage& reply, const std::string& doing) const;
    void readCard(const HostMessage& loaded);
    void settleMethods(uint32_t available);
    bool needsProbing() const;
    void probe(uint32_t available);
    Answers call(HostMethod method, const Array& input) const;
    bool callRows(HostMessage& question, const Array& rows, Array& first, Array& second) const;
    Array normalised(const Array& images) const;
    void inDataUnits(Array& images, bool variance) const;
    void noteOnce(const std::string& note) const;
    int64_t resultsNotFinite(const Array& values, const std::string& method) const;

    std::chrono::steady_clock::time_point opened_ = std::chrono::steady_clock::now();
    RegularFile file_;
    HostLimits limits_;
    ModelCard card_;
    bool hasCard_ = false;
    bool allowedWithoutWalls_ = false;
    mutable Walls walls_;
    ForwardRole forward_ = ForwardRole::None;
    mutable std::mutex mutex_; ///< of the host and its area
    mutable std::unique_ptr<WalledProcess> host_;
    mutable uint32_t questions_ = 0;
    mutable SharedArea area_;
    mutable std::mutex notesMutex_;
    mutable std::vector<std::string> notes_;
};

} // namespace galatea
