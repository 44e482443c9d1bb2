#pragma once
// What an expression is made of once it is understood: nodes that work on blocks of rows. Numbers and truth
// are doubles (truth: 1 and 0); a block fits into the processor's first cache.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/column_view.h"

namespace galatea {

inline constexpr int64_t expressionBlock = 1024;

/// Buffers of one thread, handed out as a stack.
class ExpressionScratch {
  public:
    double* take() {
        if (used_ == buffers_.size())
            buffers_.push_back(std::make_unique<double[]>(expressionBlock));
        return buffers_[used_++].get();
    }
    void giveBack() { --used_; }
    std::vector<int64_t>& integers(int which) {
        integers_[which].resize(static_cast<size_t>(expressionBlock));
        return integers_[which];
    }

  private:
    std::vector<std::unique_ptr<double[]>> buffers_;
    std::vector<int64_t> integers_[2];
    size_t used_ = 0;
};

/// The rows at hand: `count` ≤ expressionBlock from `first` on.
struct ExpressionBlock {
    int64_t first = 0, count = 0;
    ExpressionScratch* scratch = nullptr;
};

enum class ExpressionKind { Number, Truth, Text };

struct ExpressionNode {
    virtual ~ExpressionNode() = default;
    /// The values of the block's rows; not for text.
    virtual void run(const ExpressionBlock& block, double* out) const = 0;
    ExpressionKind kind = ExpressionKind::Number;
    size_t begin = 0, end = 0; ///< bytes of the expression
    int depth = 1;
};
using ExpressionNodePtr = std::shared_ptr<const ExpressionNode>;

/// A number that is the same for every row; `whole` if it is exactly `integer`.
struct ConstantNode : ExpressionNode {
    double value = 0;
    bool whole = false;
    int64_t integer = 0;
    void run(const ExpressionBlock& block, double* out) const override {
        std::fill_n(out, block.count, value);
    }
};

struct ColumnNode : ExpressionNode {
    ColumnViewPtr column;
    void run(const ExpressionBlock& block, double* out) const override {
        column->numbers(block.first, {out, static_cast<size_t>(block.count)});
    }
};

/// A text: of a column, or one for all rows.
struct TextNode : ExpressionNode {
    ColumnViewPtr column; ///< null: `constant`
    std::string constant;
    bool lowered = false;
    std::string at(int64_t row) const;
    std::string changed(std::string_view text) const;
    void run(const ExpressionBlock&, double*) const override {}
};

/// A number worked out from each text; of a column with few texts from each of those once.
struct TextMapNode : ExpressionNode {
    std::shared_ptr<const TextNode> text;
    std::function<double(const std::string&)> map;
    void run(const ExpressionBlock& block, double* out) const override;

  private:
    mutable std::once_flag once_;
    mutable std::vector<double> table_; ///< by code
};

/// Two texts of a row.
struct TextPairNode : ExpressionNode {
    std::shared_ptr<const TextNode> left, right;
    std::function<bool(const std::string&, const std::string&)> test;
    void run(const ExpressionBlock& block, double* out) const override {
        for (int64_t i = 0; i < block.count; ++i)
            out[i] = test(left->at(block.first + i), right->at(block.first + i)) ? 1 : 0;
    }
};

inline bool isTrue(double value) {
    return value != 0 && value == value;
}

template <class Operation>
struct UnaryNode : ExpressionNode {
    ExpressionNodePtr child;
    void run(const ExpressionBlock& block, double* out) const override {
        child->run(block, out);
        for (int64_t i = 0; i < block.count; ++i)
            out[i] = Operation::of(out[i]);
    }
};

template <class Operation>
struct BinaryNode : ExpressionNode {
    ExpressionNodePtr left, right;
    void run(const ExpressionBlock& block, double* out) const override {
        left->run(block, out);
        if (const auto* constant = dynamic_cast<const ConstantNode*>(right.get())) {
            const double value = constant->value;
            for (int64_t i = 0; i < block.count; ++i)
                out[i] = Operation::of(out[i], value);
            return;
        }
        double* other = block.scratch->take();
        right->run(block, other);
        for (int64_t i = 0; i < block.count; ++i)
            out[i] = Operation::of(out[i], other[i]);
        block.scratch->giveBack();
    }
};

/// Whole numbers of a column compared with others, or with one, as what they are.
template <class Operation>
struct WholeCompareNode : ExpressionNode {
    ColumnViewPtr left, right; ///< right null: `constant`
    int64_t constant = 0;
    void run(const ExpressionBlock& block, double* out) const override {
        const auto count = static_cast<size_t>(block.count);
        std::vector<int64_t>& mine = block.scratch->integers(0);
        left->wholes(block.first, {mine.data(), count});
        if (!right) {
            for (size_t i = 0; i < count; ++i)
                out[i] = Operation::ofWhole(mine[i], constant) ? 1 : 0;
            return;
        }
        std::vector<int64_t>& others = block.scratch->integers(1);
        right->wholes(block.first, {others.data(), count});
        for (size_t i = 0; i < count; ++i)
            out[i] = Operation::ofWhole(mine[i], others[i]) ? 1 : 0;
    }
};

/// Is it one of these? Exact for columns of whole numbers.
struct MemberNode : ExpressionNode {
    ExpressionNodePtr child;
    ColumnViewPtr whole;           ///< a column of whole numbers; null: `child`
    std::vector<double> numbers;   ///< ascending
    std::vector<int64_t> integers; ///< ascending
    void run(const ExpressionBlock& block, double* out) const override;
};

/// All of them, or any; stops at the first that settles a block.
struct JunctionNode : ExpressionNode {
    bool all = true;
    std::vector<ExpressionNodePtr> children;
    void run(const ExpressionBlock& block, double* out) const override;
};

/// Functions of several numbers.
struct CallNode : ExpressionNode {
    std::vector<ExpressionNodePtr> children;
    double (*of)(const double* values, size_t count) = nullptr;
    void run(const ExpressionBlock& block, double* out) const override;
};

/// Functions of one number that are not worth a loop of their own.
struct MathNode : ExpressionNode {
    ExpressionNodePtr child;
    double (*of)(double) = nullptr;
    void run(const ExpressionBlock& block, double* out) const override {
        child->run(block, out);
        for (int64_t i = 0; i < block.count; ++i)
            out[i] = of(out[i]);
    }
};

/// What a name called with arguments stands for.
struct ExpressionFunction {
    const char* name;
    const char* form;      ///< "min(a, b, …)", for help
    int least, most;       ///< arguments; most −1: any number
    double (*one)(double); ///< of one number, or null
    double (*many)(const double*, size_t);
    bool truth = false; ///< its value is true or false
};
/// Functions of numbers. nullptr if there is none of that name.
const ExpressionFunction* findFunction(std::string_view name);
std::vector<std::string> numberFunctionForms();
std::vector<std::string> numberFunctionNames();

/// With * and ?, without regard to the case of ASCII letters.
bool matchesPattern(std::string_view text, std::string_view pattern);

} // namespace galatea
