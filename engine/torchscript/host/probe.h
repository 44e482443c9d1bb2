#pragma once
// What a module without a card takes and gives, found by trying it.

#include "torchscript/host/foreign_model.h"

namespace galatea {

struct ModelFacts {
    int64_t channels = 0, height = 0, width = 0, latent = 0; ///< 0: unknown
    uint32_t methods = 0;                                    ///< bit set of HostMethod
    ForwardRole forward = ForwardRole::None;
};

/// Fills in what `known` leaves at 0 and drops the methods that take or give something else. Throws
/// HostError if no method of the module can be used.
ModelFacts probe(ForeignModel& model, const ModelFacts& known);

} // namespace galatea
