#pragma once
// Expressions over the columns of a table, for filters and for charts:
//
//   r < 20 && component == 3 && label != "artifact"
//   18 < `mag r` <= 20 and not contains(kind, "merger")
//   mag_g - mag_r
//
// Grammar, from the loosest to the tightest:
//   or  ||      and  &&      not      == != < <= > >= in      + -      * / %      unary - + !      ^ **
// Comparisons chain (18 < r < 20). Powers bind to the right and before a minus in front: -2^2 is -4. x in (1,
// 2) and x not in (1, 2) compare with each.
//
// Names: letters, digits, _ and dots; any other stands in `backquotes`. A name that no column has is looked
// for without regard to case if only one column then has it. pi, e, nan, inf, true and false are numbers
// unless a column is called so. Text stands in "double" or 'single' quotes, with \\ \" \' \n \t inside.
//
// Values are numbers, text or truth (1 and 0). Text and numbers are never compared: it is an error. Whole
// numbers are compared exactly, whatever their size.
//
// Missing values: NaN and the empty text. As in IEEE 754, every comparison with NaN is false except !=, which
// is true; arithmetic gives NaN. The empty text is a text like others. A row passes where the result is a
// number other than 0 and not NaN. ismissing(x) asks for either.
//
// == != < in compare text exactly, byte by byte; contains, startswith, endswith and matches take no notice of
// the case of ASCII letters. In matches, * stands for any text and ? for one character.
//
// Functions: abs sqrt exp log log10 log2 sin cos tan asin acos atan atan2 sinh cosh tanh floor ceil round
// (halves away from zero), sign, min, max (of two or more; NaN if one is), pow, hypot, clip(x, low, high),
// deg, rad, isfinite, isnan, ismissing, if(condition, then, otherwise), between(x, low, high) (both
// included), contains, startswith, endswith, matches, length (characters of a text), lower. The remainder %
// has the sign of the divisor.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/column_view.h"
#include "core/error.h"
#include "core/stop_token.h"

namespace galatea {

/// An expression cannot be understood. `position` and `length`: the bytes that are wrong.
struct ExpressionError : UsageError {
    ExpressionError(size_t at, size_t bytes, std::string fault, std::string cure)
        : UsageError("", std::move(fault), std::move(cure)), position(at), length(bytes) {}
    size_t position, length;
};

/// Which rows pass.
struct RowMask {
    std::vector<uint8_t> keep; ///< [N] 1: passes, 0: does not
    int64_t kept = 0;
};

struct ExpressionNode;

/// Immutable; may be evaluated by several threads.
class Expression {
  public:
    /// Throws ExpressionError. Text is at most 20,000 bytes long and nested at most 200 deep.
    Expression(std::string_view text, std::span<const ColumnViewPtr> columns);

    /// The columns it reads, each once.
    const std::vector<ColumnViewPtr>& columns() const { return columns_; }
    bool isText() const; ///< its value is text: fit for neither test() nor values()

    /// For `rows` rows, on `threads` threads (0: all cores). Throws ExpressionError if the value is text,
    /// Interrupted on stop.
    RowMask test(int64_t rows, int64_t threads = 0, const StopToken& stop = {}) const;
    std::vector<double> values(int64_t rows, int64_t threads = 0, const StopToken& stop = {}) const;

  private:
    template <class Sink>
    void evaluate(int64_t rows, int64_t threads, const StopToken& stop, Sink sink) const;

    std::vector<ColumnViewPtr> columns_;
    std::shared_ptr<const ExpressionNode> root_;
};

/// The functions an expression may call, with their arguments: for help and completion.
std::vector<std::string> expressionFunctions();

/// The name as an expression takes it: in backquotes where it needs them.
std::string quotedName(std::string_view name);
/// Text as an expression takes it, in double quotes.
std::string quotedText(std::string_view text);

} // namespace galatea
