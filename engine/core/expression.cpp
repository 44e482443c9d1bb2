#include "core/expression.h"

#include <atomic>

#include "core/expression_nodes.h"
#include "core/expression_parser.h"
#include "core/parallel.h"

namespace galatea {

Expression::Expression(std::string_view text, std::span<const ColumnViewPtr> columns) {
    ExpressionParser parser(text, columns);
    root_ = parser.parse();
    columns_ = parser.used();
}

bool Expression::isText() const {
    return root_->kind == ExpressionKind::Text;
}

/// sink(first, values, count) for each block, on several threads.
template <class Sink>
void Expression::evaluate(int64_t rows, int64_t threads, const StopToken& stop, Sink sink) const {
    if (isText())
        throw ExpressionError(root_->begin, root_->end - root_->begin, "this is text, not a number",
                              "compare it with another text: == \"…\"");
    constexpr int64_t piece = 64 * expressionBlock;
    parallelFor((rows + piece - 1) / piece, threads, [&](int64_t k) {
        throwIfStopped(stop, "working out an expression was interrupted");
        ExpressionScratch scratch;
        double* values = scratch.take();
        const int64_t end = std::min(rows, (k + 1) * piece);
        for (int64_t first = k * piece; first < end; first += expressionBlock) {
            const int64_t count = std::min(expressionBlock, end - first);
            root_->run({first, count, &scratch}, values);
            sink(first, values, count);
        }
    });
}

RowMask Expression::test(int64_t rows, int64_t threads, const StopToken& stop) const {
    RowMask mask;
    mask.keep.resize(static_cast<size_t>(rows));
    std::atomic<int64_t> kept{0};
    evaluate(rows, threads, stop, [&](int64_t first, const double* values, int64_t count) {
        int64_t here = 0;
        for (int64_t i = 0; i < count; ++i)
            here += mask.keep[static_cast<size_t>(first + i)] = isTrue(values[i]) ? 1 : 0;
        kept += here;
    });
    mask.kept = kept;
    return mask;
}

std::vector<double> Expression::values(int64_t rows, int64_t threads, const StopToken& stop) const {
    std::vector<double> all(static_cast<size_t>(rows));
    evaluate(rows, threads, stop, [&](int64_t first, const double* values, int64_t count) {
        std::copy_n(values, count, all.begin() + first);
    });
    return all;
}

} // namespace galatea
