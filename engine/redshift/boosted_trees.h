#pragma once
// Gradient-boosted regression trees (XGBoost: Chen & Guestrin 2016) behind plain types.

#include <cstdint>
#include <memory>
#include <vector>

#include "core/array.h"
#include "core/options.h"
#include "core/stop_token.h"

namespace galatea {

struct BoostedTreesOptions {
    int64_t rounds = 400;        ///< trees
    int64_t depth = 5;           ///< largest depth of a tree
    double learningRate = 0.05;  ///< weight of each tree
    double rowFraction = 0.8;    ///< of the objects, drawn for each tree
    double columnFraction = 0.8; ///< of the features, drawn for each tree
    double minChildWeight = 5;   ///< objects a leaf must hold
    double l2 = 1;               ///< on the leaves' values
    int64_t threads = 1;
    uint64_t seed = 1;
};
OptionSet describe(BoostedTreesOptions& options);

/// A regression y(x) by squared error.
class BoostedTrees {
  public:
    /// features [n,F] (NaN: missing), targets [n], at least two. Throws UsageError for sizes that do not fit,
    /// Interrupted on stop.
    BoostedTrees(const Array& features, const std::vector<double>& targets,
                 const BoostedTreesOptions& options, const StopToken& stop = {});
    ~BoostedTrees();
    BoostedTrees(BoostedTrees&&) noexcept;
    BoostedTrees& operator=(BoostedTrees&&) noexcept;

    /// [m,F] → m predictions.
    std::vector<double> predict(const Array& features) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace galatea
