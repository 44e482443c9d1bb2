#pragma once
// The latents of a data set under a model, and maps made of them: in memory and as HDF5 files.

#include <cstdint>
#include <string>
#include <vector>

#include "core/array.h"
#include "core/options.h"
#include "core/partners.h"
#include "core/progress.h"
#include "core/stop_token.h"
#include "data/dataset.h"
#include "models/model.h"

namespace galatea {

struct Latents {
    Array mean;                              ///< [N,D]
    Array logvar;                            ///< [N,D] or empty
    Array responsibility;                    ///< [N,K] plain posterior, or empty
    std::vector<int64_t> component;          ///< [N] most probable component, or empty
    std::vector<double> score;               ///< [N] anomaly score, or empty
    std::vector<double> reconstructionError; ///< [N] pixel-mean squared error of decode(mean), or empty
    std::vector<std::string> id;             ///< [N]
    std::string model, modelHash;            ///< path and SHA-256 of the model file, where there is one
    std::string data, dataHash;              ///< likewise of the data set
    int64_t size() const { return mean.empty() ? 0 : mean.dim(0); }
};

/// A 2-D or 3-D map. `method` and `parameters` say how it was made.
struct LatentMap {
    Array coordinates; ///< [N,2] or [N,3]
    std::string method;
    Json parameters = Json::object();
};

struct EmbedOptions {
    int64_t batch = 32;
    bool reconstruct = false; ///< also decode every mean and keep its error
};

/// Encodes every image. Responsibilities and components follow where the card has a mixture.
/// The next images are read while the model works on the present ones. `data` is filled from the data set;
/// the model's path and the hashes are the caller's to fill. Throws UsageError if the data's shape is not
/// the model's input, ModelError for wrong shapes or values that are not finite, Interrupted on stop.
Latents embed(const Model& model, const Dataset& data, const EmbedOptions& options,
              const StopToken& stop = {}, ProgressSink& progress = silentProgress());

/// The same, shared among processes: each encodes whole batches of its own part and every one has the merged
/// latents in the end, bit for bit those of one process with as many threads. Must be called by all.
Latents embedTogether(const Model& model, const DatasetPtr& data, const EmbedOptions& options,
                      Partners& partners, const StopToken& stop = {},
                      ProgressSink& progress = silentProgress());

/// Latents file: /mean, /logvar, /responsibility (float32), /component, /score, /reconstruction_error, /id
/// as available; attributes model, model_sha256, data, data_sha256. Writing is atomic. Reading throws
/// InputError unless all lengths agree, every number is finite and responsibilities are probabilities.
void writeLatents(const Latents& latents, const std::string& path);
Latents readLatents(const std::string& path);
/// Map file: /xy [N,2] or /xyz [N,3]; attributes method, every parameter under its own name, and all of
/// them exactly as JSON text in `parameters`.
void writeMap(const LatentMap& map, const std::string& path);
LatentMap readMap(const std::string& path);

} // namespace galatea
