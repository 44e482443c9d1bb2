#pragma once
// What every loaded model is, whatever its family and wherever it runs. Plain types only: torch stays
// behind the implementations.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/array.h"
#include "models/card.h"

namespace galatea {

struct Encoding {
    Array mean;   ///< [N,D]
    Array logvar; ///< [N,D] log-variance; empty if the model gives none
};

struct Decoding {
    Array mean;     ///< [N,C,H,W]
    Array variance; ///< [N,C,H,W]; empty if the model gives none
};

/// A model as TorchScript: its parameters and the source of its methods, enough to build a module. The
/// methods take and give the data's own units: the card's offset and scale, if any, are applied inside.
struct ScriptedForm {
    std::vector<std::pair<std::string, Array>> parameters; ///< attribute name → value, in order
    std::string source; ///< TorchScript methods; parameters are reached as self.NAME
};

/// Images [N,C,H,W] → the derivative of some loss with respect to each of their values, the same shape. The
/// loss must be a sum over the images.
using PixelGradient = std::function<Array(const Array& images)>;

/// Immutable; safe to use from several threads at once. Inputs and outputs are in the data's own units:
/// the card's offset and scale are applied inside. Every method throws ModelError if the card's
/// `methods` lacks it, and UsageError if the input's shape is not the card's.
class Model {
  public:
    virtual ~Model() = default;
    virtual const ModelCard& card() const = 0;
    virtual Encoding encode(const Array& images) const = 0;  ///< [N,C,H,W]
    virtual Decoding decode(const Array& latents) const = 0; ///< [N,D]
    virtual Array score(const Array& images) const = 0;      ///< [N,C,H,W] → anomaly score [N]
    /// Whether decodeGradient() works: models whose computation we know can, hosted programs cannot.
    virtual bool differentiable() const { return false; }
    /// Decodes latents [N,D], hands the mean images to `gradient`, and carries its answer back through the
    /// decoder: d loss / d latents [N,D] (a vector–Jacobian product). Throws ModelError unless
    /// differentiable().
    virtual Array decodeGradient(const Array& latents, const PixelGradient& gradient) const;
    /// Named weights, float32, as they stand in the model file; empty for models that are not ours.
    virtual std::vector<std::pair<std::string, Array>> weights() const { return {}; }
    virtual std::optional<ScriptedForm> scripted() const { return std::nullopt; }
    /// A sentence about what was odd on opening, each.
    virtual std::vector<std::string> notes() const { return {}; }
};

using ModelPtr = std::shared_ptr<const Model>;

} // namespace galatea
