#include "redshift/boosted_trees.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <xgboost/c_api.h>

#include "core/error.h"

namespace galatea {

namespace {

/// The library's return codes as exceptions.
void require(int code) {
    if (code != 0)
        throw std::runtime_error(std::string("xgboost: ") + XGBGetLastError());
}

class Matrix {
  public:
    explicit Matrix(const Array& features) {
        const Array values = features.contiguousCopy();
        require(XGDMatrixCreateFromMat(values.data(), static_cast<bst_ulong>(values.dim(0)),
                                       static_cast<bst_ulong>(values.dim(1)),
                                       std::numeric_limits<float>::quiet_NaN(), &handle_));
    }
    ~Matrix() { XGDMatrixFree(handle_); }
    Matrix(const Matrix&) = delete;
    Matrix& operator=(const Matrix&) = delete;

    void setTargets(const std::vector<double>& targets) {
        const std::vector<float> labels(targets.begin(), targets.end());
        require(XGDMatrixSetFloatInfo(handle_, "label", labels.data(), labels.size()));
    }
    DMatrixHandle handle() const { return handle_; }

  private:
    DMatrixHandle handle_ = nullptr;
};

void checkSizes(const Array& features, const std::vector<double>& targets) {
    if (features.rank() != 2 || features.dim(0) != static_cast<int64_t>(targets.size()) ||
        features.dim(1) < 1 || targets.size() < 2)
        throw UsageError("regression", "the features and the values to learn do not fit each other",
                         "give one row of features for each of at least two values");
    for (const double target : targets)
        if (!std::isfinite(target))
            throw UsageError("regression", "a value to learn is not finite", "leave such objects out");
}

} // namespace

struct BoostedTrees::State {
    BoosterHandle booster = nullptr;
    int64_t columns = 0;
    ~State() {
        if (booster)
            XGBoosterFree(booster);
    }
    void set(const char* name, const std::string& value) {
        require(XGBoosterSetParam(booster, name, value.c_str()));
    }
    void set(const char* name, double value) { set(name, Json(value).dump()); }
    void set(const char* name, int64_t value) { set(name, std::to_string(value)); }
};

OptionSet describe(BoostedTreesOptions& o) {
    OptionSet set;
    set.add("rounds", o.rounds, "number of trees", {.min = 1, .max = 100000});
    set.add("depth", o.depth, "largest depth of a tree", {.min = 1, .max = 30});
    set.add("tree_rate", o.learningRate, "weight of each tree", {.min = 1e-6, .max = 1});
    set.add("row_fraction", o.rowFraction, "of the objects, drawn for each tree", {.min = 0.01, .max = 1});
    set.add("column_fraction", o.columnFraction, "of the features, drawn for each tree",
            {.min = 0.01, .max = 1});
    set.add("min_child_weight", o.minChildWeight, "objects a leaf must hold", {.min = 0, .max = 1e9});
    set.add("l2", o.l2, "on the leaves' values", {.min = 0, .max = 1e9});
    set.add("threads", o.threads, "for the trees", {.min = 1, .max = 4096});
    set.add("seed", o.seed, "of the draws");
    return set;
}

BoostedTrees::BoostedTrees(const Array& features, const std::vector<double>& targets,
                           const BoostedTreesOptions& options, const StopToken& stop)
    : state_(std::make_unique<State>()) {
    checkSizes(features, targets);
    Matrix matrix(features);
    matrix.setTargets(targets);
    const DMatrixHandle handle = matrix.handle();
    require(XGBoosterCreate(&handle, 1, &state_->booster));
    state_->columns = features.dim(1);
    double mean = 0;
    for (const double target : targets)
        mean += target / static_cast<double>(targets.size());
    state_->set("verbosity", int64_t{0});
    state_->set("objective", std::string("reg:squarederror"));
    state_->set("base_score", mean);
    state_->set("tree_method", std::string("hist"));
    state_->set("max_depth", options.depth);
    state_->set("eta", options.learningRate);
    state_->set("subsample", options.rowFraction);
    state_->set("colsample_bytree", options.columnFraction);
    state_->set("min_child_weight", options.minChildWeight);
    state_->set("lambda", options.l2);
    state_->set("nthread", options.threads);
    state_->set("seed", static_cast<int64_t>(options.seed & 0x7fffffff));
    for (int64_t round = 0; round < options.rounds; ++round) {
        throwIfStopped(stop, "the regression was interrupted");
        require(XGBoosterUpdateOneIter(state_->booster, static_cast<int>(round), handle));
    }
}

BoostedTrees::~BoostedTrees() = default;
BoostedTrees::BoostedTrees(BoostedTrees&&) noexcept = default;
BoostedTrees& BoostedTrees::operator=(BoostedTrees&&) noexcept = default;

std::vector<double> BoostedTrees::predict(const Array& features) const {
    if (features.rank() != 2 || features.dim(1) != state_->columns)
        throw UsageError("regression", "the features are not those it was made with",
                         "give " + std::to_string(state_->columns) + " columns");
    if (features.dim(0) == 0)
        return {};
    const Matrix matrix(features);
    bst_ulong count = 0;
    const float* values = nullptr;
    require(XGBoosterPredict(state_->booster, matrix.handle(), 0, 0, 0, &count, &values));
    return {values, values + count};
}

} // namespace galatea
