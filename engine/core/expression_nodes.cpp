#include "core/expression_nodes.h"

#include <array>
#include <numbers>

#include "core/text.h"

namespace galatea {

std::string TextNode::changed(std::string_view text) const {
    return lowered ? lowerCase(text) : std::string(text);
}

std::string TextNode::at(int64_t row) const {
    return changed(column ? column->textAt(row) : std::string_view(constant));
}

void TextMapNode::run(const ExpressionBlock& block, double* out) const {
    if (!text->column)
        return std::fill_n(out, block.count, map(text->changed(text->constant))), void();
    const TextCodes* codes = text->column->codes();
    if (codes == nullptr) {
        for (int64_t i = 0; i < block.count; ++i)
            out[i] = map(text->at(block.first + i));
        return;
    }
    std::call_once(once_, [&] {
        for (const std::string& one : codes->texts)
            table_.push_back(map(text->changed(one)));
    });
    const uint16_t* code = codes->code.data() + block.first;
    for (int64_t i = 0; i < block.count; ++i)
        out[i] = table_[code[i]];
}

void MemberNode::run(const ExpressionBlock& block, double* out) const {
    if (whole) {
        std::vector<int64_t>& mine = block.scratch->integers(0);
        whole->wholes(block.first, {mine.data(), static_cast<size_t>(block.count)});
        for (int64_t i = 0; i < block.count; ++i)
            out[i] =
                std::binary_search(integers.begin(), integers.end(), mine[static_cast<size_t>(i)]) ? 1 : 0;
        return;
    }
    child->run(block, out);
    for (int64_t i = 0; i < block.count; ++i)
        out[i] = out[i] == out[i] && std::binary_search(numbers.begin(), numbers.end(), out[i]) ? 1 : 0;
}

void JunctionNode::run(const ExpressionBlock& block, double* out) const {
    std::fill_n(out, block.count, all ? 1.0 : 0.0);
    double* other = block.scratch->take();
    for (const ExpressionNodePtr& child : children) {
        child->run(block, other);
        double undecided = 0;
        if (all)
            for (int64_t i = 0; i < block.count; ++i)
                undecided += out[i] = isTrue(other[i]) ? out[i] : 0.0;
        else
            for (int64_t i = 0; i < block.count; ++i)
                undecided += 1 - (out[i] = isTrue(other[i]) ? 1.0 : out[i]);
        if (undecided == 0)
            break;
    }
    block.scratch->giveBack();
}

void CallNode::run(const ExpressionBlock& block, double* out) const {
    std::vector<const double*> inputs;
    for (const ExpressionNodePtr& child : children) {
        double* values = block.scratch->take();
        child->run(block, values);
        inputs.push_back(values);
    }
    std::vector<double> row(inputs.size());
    for (int64_t i = 0; i < block.count; ++i) {
        for (size_t k = 0; k < inputs.size(); ++k)
            row[k] = inputs[k][i];
        out[i] = of(row.data(), row.size());
    }
    for (size_t k = 0; k < inputs.size(); ++k)
        block.scratch->giveBack();
}

namespace {

constexpr double degree = std::numbers::pi / 180;

double sign(double x) {
    return x > 0 ? 1 : x < 0 ? -1 : x;
}
double smallest(const double* x, size_t n) {
    double least = x[0];
    for (size_t i = 1; i < n; ++i)
        least = x[i] < least || std::isnan(x[i]) ? x[i] : least; // a NaN, once taken, is never less
    return least;
}
double largest(const double* x, size_t n) {
    double most = x[0];
    for (size_t i = 1; i < n; ++i)
        most = x[i] > most || std::isnan(x[i]) ? x[i] : most;
    return most;
}

// One table for parsing, help and completion.
const std::array functions{
    ExpressionFunction{"abs", "abs(x)", 1, 1, [](double x) { return std::fabs(x); }, nullptr},
    ExpressionFunction{"sqrt", "sqrt(x)", 1, 1, [](double x) { return std::sqrt(x); }, nullptr},
    ExpressionFunction{"exp", "exp(x)", 1, 1, [](double x) { return std::exp(x); }, nullptr},
    ExpressionFunction{"log", "log(x)", 1, 1, [](double x) { return std::log(x); }, nullptr},
    ExpressionFunction{"log10", "log10(x)", 1, 1, [](double x) { return std::log10(x); }, nullptr},
    ExpressionFunction{"log2", "log2(x)", 1, 1, [](double x) { return std::log2(x); }, nullptr},
    ExpressionFunction{"sin", "sin(x)", 1, 1, [](double x) { return std::sin(x); }, nullptr},
    ExpressionFunction{"cos", "cos(x)", 1, 1, [](double x) { return std::cos(x); }, nullptr},
    ExpressionFunction{"tan", "tan(x)", 1, 1, [](double x) { return std::tan(x); }, nullptr},
    ExpressionFunction{"asin", "asin(x)", 1, 1, [](double x) { return std::asin(x); }, nullptr},
    ExpressionFunction{"acos", "acos(x)", 1, 1, [](double x) { return std::acos(x); }, nullptr},
    ExpressionFunction{"atan", "atan(x)", 1, 1, [](double x) { return std::atan(x); }, nullptr},
    ExpressionFunction{"sinh", "sinh(x)", 1, 1, [](double x) { return std::sinh(x); }, nullptr},
    ExpressionFunction{"cosh", "cosh(x)", 1, 1, [](double x) { return std::cosh(x); }, nullptr},
    ExpressionFunction{"tanh", "tanh(x)", 1, 1, [](double x) { return std::tanh(x); }, nullptr},
    ExpressionFunction{"floor", "floor(x)", 1, 1, [](double x) { return std::floor(x); }, nullptr},
    ExpressionFunction{"ceil", "ceil(x)", 1, 1, [](double x) { return std::ceil(x); }, nullptr},
    ExpressionFunction{"round", "round(x)", 1, 1, [](double x) { return std::round(x); }, nullptr},
    ExpressionFunction{"sign", "sign(x)", 1, 1, sign, nullptr},
    ExpressionFunction{"deg", "deg(radians)", 1, 1, [](double x) { return x / degree; }, nullptr},
    ExpressionFunction{"rad", "rad(degrees)", 1, 1, [](double x) { return x * degree; }, nullptr},
    ExpressionFunction{"isfinite", "isfinite(x)", 1, 1, [](double x) { return std::isfinite(x) ? 1.0 : 0.0; },
                       nullptr, true},
    ExpressionFunction{"isnan", "isnan(x)", 1, 1, [](double x) { return std::isnan(x) ? 1.0 : 0.0; }, nullptr,
                       true},
    ExpressionFunction{"min", "min(a, b, …)", 2, -1, nullptr, smallest},
    ExpressionFunction{"max", "max(a, b, …)", 2, -1, nullptr, largest},
    ExpressionFunction{"pow", "pow(x, power)", 2, 2, nullptr,
                       [](const double* x, size_t) { return std::pow(x[0], x[1]); }},
    ExpressionFunction{"atan2", "atan2(y, x)", 2, 2, nullptr,
                       [](const double* x, size_t) { return std::atan2(x[0], x[1]); }},
    ExpressionFunction{"hypot", "hypot(x, y)", 2, 2, nullptr,
                       [](const double* x, size_t) { return std::hypot(x[0], x[1]); }},
    ExpressionFunction{"clip", "clip(x, low, high)", 3, 3, nullptr,
                       [](const double* x, size_t) {
                           return std::isnan(x[0]) ? x[0] : std::fmin(std::fmax(x[0], x[1]), x[2]);
                       }},
    ExpressionFunction{"between", "between(x, low, high)", 3, 3, nullptr,
                       [](const double* x, size_t) { return x[0] >= x[1] && x[0] <= x[2] ? 1.0 : 0.0; },
                       true},
    ExpressionFunction{"if", "if(condition, then, otherwise)", 3, 3, nullptr,
                       [](const double* x, size_t) { return isTrue(x[0]) ? x[1] : x[2]; }},
};

} // namespace

const ExpressionFunction* findFunction(std::string_view name) {
    for (const ExpressionFunction& function : functions)
        if (name == function.name)
            return &function;
    return nullptr;
}

std::vector<std::string> numberFunctionForms() {
    std::vector<std::string> forms;
    for (const ExpressionFunction& function : functions)
        forms.emplace_back(function.form);
    return forms;
}

std::vector<std::string> numberFunctionNames() {
    std::vector<std::string> names;
    for (const ExpressionFunction& function : functions)
        names.emplace_back(function.name);
    return names;
}

bool matchesPattern(std::string_view given, std::string_view wanted) {
    const std::string text = lowerCase(given), pattern = lowerCase(wanted);
    size_t t = 0, p = 0, star = std::string::npos, resume = 0;
    const auto isContinuation = [&](size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80;
    };
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == '?') {
            ++p;
            ++t;
            while (t < text.size() && isContinuation(t)) // a character, not a byte
                ++t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

} // namespace galatea
