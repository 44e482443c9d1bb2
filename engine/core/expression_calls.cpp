// What an expression says of texts, what it calls, and what it says of names that nobody has.

#include <array>
#include <unordered_set>

#include "core/expression.h"
#include "core/expression_parser.h"
#include "core/text.h"

namespace galatea {

namespace {

using Node = ExpressionNodePtr;

std::shared_ptr<const TextNode> textOf(const Node& node) {
    return std::dynamic_pointer_cast<const TextNode>(node);
}

struct TextFunction {
    const char* name;
    const char* form;
    bool (*test)(const std::string& text, const std::string& part); ///< both in lower case
};
constexpr std::array textTests{
    TextFunction{"contains", "contains(text, \"part\")",
                 [](const std::string& text, const std::string& part) {
                     return text.find(part) != std::string::npos;
                 }},
    TextFunction{"startswith", "startswith(text, \"part\")",
                 [](const std::string& text, const std::string& part) { return text.starts_with(part); }},
    TextFunction{"endswith", "endswith(text, \"part\")",
                 [](const std::string& text, const std::string& part) { return text.ends_with(part); }},
    TextFunction{"matches", "matches(text, \"Sb*\")", [](const std::string& text, const std::string& part) {
                     return matchesPattern(text, part);
                 }}};

constexpr std::array otherForms{"in(x, a, b, …)", "length(text)", "lower(text)", "ismissing(x)"};
constexpr std::array otherNames{"in", "length", "lower", "ismissing"};

double characters(const std::string& text) {
    return static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; // the first byte of each
    }));
}

} // namespace

std::vector<std::string> expressionFunctions() {
    std::vector<std::string> forms = numberFunctionForms();
    for (const TextFunction& function : textTests)
        forms.emplace_back(function.form);
    forms.insert(forms.end(), otherForms.begin(), otherForms.end());
    return forms;
}

Node ExpressionParser::compareTexts(const ExpressionToken& sign, const Node& left, const Node& right) {
    using Test = bool (*)(const std::string&, const std::string&);
    using Text = const std::string&;
    const std::string& written = sign.text;
    const Test test = written == "=="   ? Test([](Text a, Text b) { return a == b; })
                      : written == "!=" ? Test([](Text a, Text b) { return a != b; })
                      : written == "<"  ? Test([](Text a, Text b) { return a < b; })
                      : written == "<=" ? Test([](Text a, Text b) { return a <= b; })
                      : written == ">"  ? Test([](Text a, Text b) { return a > b; })
                                        : Test([](Text a, Text b) { return a >= b; });
    const auto one = textOf(left), other = textOf(right);
    if (one->column && other->column) {
        auto node = std::make_shared<TextPairNode>();
        node->left = one;
        node->right = other;
        node->test = test;
        node->kind = ExpressionKind::Truth;
        return made(node, left->begin, right->end, {left, right});
    }
    auto node = std::make_shared<TextMapNode>();
    node->text = other->column ? other : one;
    node->kind = ExpressionKind::Truth;
    if (other->column)
        node->map = [test, fixed = one->at(0)](const std::string& text) {
            return test(fixed, text) ? 1.0 : 0.0;
        };
    else
        node->map = [test, fixed = other->at(0)](const std::string& text) {
            return test(text, fixed) ? 1.0 : 0.0;
        };
    return made(node, left->begin, right->end, {left, right});
}

Node ExpressionParser::parseMembers(Node left, bool without) {
    const ExpressionToken opening = token_;
    if (!take("("))
        throw ExpressionError(token_.begin, token_.end - token_.begin, "'in' takes its values in parentheses",
                              "write it like component in (1, 3)");
    Nodes members;
    do
        members.push_back(parseSum());
    while (take(","));
    expect(")", opening);
    Nodes all{left};
    all.insert(all.end(), members.begin(), members.end());
    ExpressionToken name = opening;
    name.text = "in";
    name.begin = left->begin;
    const Node found = textCall(name, all);
    return without ? inverted(found) : found;
}

namespace {

/// x in (…) where every member is a constant; null where one is not.
std::shared_ptr<ExpressionNode> membership(const std::vector<Node>& arguments) {
    if (const auto text = textOf(arguments.front())) {
        std::unordered_set<std::string> members;
        for (size_t i = 1; i < arguments.size(); ++i) {
            const auto member = textOf(arguments[i]);
            if (member->column)
                return nullptr;
            members.insert(member->at(0));
        }
        auto node = std::make_shared<TextMapNode>();
        node->text = text;
        node->map = [members = std::move(members)](const std::string& one) {
            return members.contains(one) ? 1.0 : 0.0;
        };
        return node;
    }
    auto node = std::make_shared<MemberNode>();
    node->child = arguments.front();
    const auto* column = dynamic_cast<const ColumnNode*>(arguments.front().get());
    bool whole = column && column->column->kind() == ColumnView::Kind::Whole;
    for (size_t i = 1; i < arguments.size(); ++i) {
        const auto* member = dynamic_cast<const ConstantNode*>(arguments[i].get());
        if (!member)
            return nullptr;
        whole = whole && member->whole;
        node->integers.push_back(member->integer);
        if (!std::isnan(member->value))
            node->numbers.push_back(member->value);
    }
    std::sort(node->integers.begin(), node->integers.end());
    std::sort(node->numbers.begin(), node->numbers.end());
    node->whole = whole ? column->column : nullptr;
    return node;
}

} // namespace

/// Functions that know texts. nullptr if it is none of them.
Node ExpressionParser::textCall(const ExpressionToken& name, const Nodes& arguments) {
    const size_t end = last_.end, count = arguments.size();
    const auto wrong = [&](const std::string& fault, const std::string& cure) {
        return ExpressionError(name.begin, end - name.begin, fault, cure);
    };
    if (name.text == "in") {
        if (count < 2)
            throw wrong("'in' has nothing to compare with", "write it like in(component, 1, 3)");
        ExpressionToken sign = name;
        sign.text = "==";
        auto any = std::make_shared<JunctionNode>();
        any->all = false;
        any->kind = ExpressionKind::Truth;
        for (size_t i = 1; i < count; ++i) // also tells texts and numbers apart
            any->children.push_back(comparison(sign, arguments.front(), arguments[i]));
        if (auto node = membership(arguments)) {
            node->kind = ExpressionKind::Truth;
            return made(node, name.begin, end, arguments);
        }
        return made(any, name.begin, end, any->children);
    }
    const auto text = count > 0 ? textOf(arguments.front()) : nullptr;
    for (const TextFunction& function : textTests)
        if (name.text == function.name) {
            const auto part = count == 2 ? textOf(arguments[1]) : nullptr;
            if (!text || !part)
                throw wrong("'" + name.text + "' takes two texts",
                            std::string("write it like ") + function.form);
            if (part->column) {
                auto node = std::make_shared<TextPairNode>();
                node->left = text;
                node->right = part;
                node->test = [test = function.test](const std::string& a, const std::string& b) {
                    return test(lowerCase(a), lowerCase(b));
                };
                node->kind = ExpressionKind::Truth;
                return made(node, name.begin, end, arguments);
            }
            auto node = std::make_shared<TextMapNode>();
            node->text = text;
            node->map = [test = function.test, wanted = lowerCase(part->at(0))](const std::string& one) {
                return test(lowerCase(one), wanted) ? 1.0 : 0.0;
            };
            node->kind = ExpressionKind::Truth;
            return made(node, name.begin, end, arguments);
        }
    if (name.text == "length" || name.text == "lower" || (name.text == "ismissing" && (text || count != 1))) {
        if (count != 1 || !text)
            throw wrong("'" + name.text + "' takes one " + (name.text == "ismissing" ? "value" : "text"),
                        "write it like " + name.text + "(label)");
        if (name.text == "lower") {
            auto node = std::make_shared<TextNode>(*text);
            node->lowered = true;
            return made(node, name.begin, end, arguments);
        }
        auto node = std::make_shared<TextMapNode>();
        node->text = text;
        node->map = name.text == "length" ? characters
                                          : [](const std::string& one) { return one.empty() ? 1.0 : 0.0; };
        node->kind = name.text == "length" ? ExpressionKind::Number : ExpressionKind::Truth;
        return made(node, name.begin, end, arguments);
    }
    return nullptr;
}

Node ExpressionParser::parseCall(const ExpressionToken& written) {
    const Depth guard(*this);
    ExpressionToken name = written;
    name.text = lowerCase(written.text);
    const ExpressionToken opening = token_;
    advance();
    Nodes arguments;
    if (!token_.is(")"))
        do
            arguments.push_back(parseOr());
        while (take(","));
    expect(")", opening);
    if (const Node node = textCall(name, arguments))
        return node;
    const ExpressionFunction* function = findFunction(name.text == "ismissing" ? "isnan" : name.text);
    if (!function)
        noSuchFunction(written);
    const int count = static_cast<int>(arguments.size());
    if (count < function->least || (function->most >= 0 && count > function->most))
        throw ExpressionError(written.begin, last_.end - written.begin,
                              "'" + name.text + "' does not take " + std::to_string(count) +
                                  (count == 1 ? " value" : " values"),
                              std::string("write it like ") + function->form);
    for (const Node& argument : arguments)
        requireNumber(argument, name.text);
    const ExpressionKind kind = function->truth ? ExpressionKind::Truth : ExpressionKind::Number;
    if (function->one) {
        auto node = std::make_shared<MathNode>();
        node->child = arguments.front();
        node->of = function->one;
        node->kind = kind;
        return made(node, written.begin, last_.end, arguments);
    }
    auto node = std::make_shared<CallNode>();
    node->children = arguments;
    node->of = function->many;
    node->kind = kind;
    return made(node, written.begin, last_.end, arguments);
}

void ExpressionParser::noSuchFunction(const ExpressionToken& name) const {
    std::vector<std::string> names = numberFunctionNames();
    for (const TextFunction& function : textTests)
        names.emplace_back(function.name);
    names.insert(names.end(), otherNames.begin(), otherNames.end());
    const std::string near = nearestName(name.text, names);
    throw ExpressionError(name.begin, name.end - name.begin,
                          "there is no function '" + escaped(name.text) + "'",
                          near.empty() ? "the help lists those there are" : "did you mean " + near + "?");
}

void ExpressionParser::noSuchColumn(const ExpressionToken& name) const {
    std::vector<std::string> names;
    std::string spaced;
    for (const ColumnViewPtr& column : columns_) {
        names.push_back(column->name());
        const bool begins = lowerCase(column->name()).starts_with(lowerCase(name.text));
        if (begins && quotedName(column->name()) != column->name())
            spaced = column->name();
    }
    const std::string near = nearestName(name.text, names);
    std::string cure = !near.empty()     ? "did you mean " + quotedName(near) + "?"
                       : !spaced.empty() ? "write " + quotedName(spaced) + " in backquotes"
                                         : "text stands in quotes: " + quotedText(name.text);
    throw ExpressionError(name.begin, name.end - name.begin,
                          "there is no column '" + escaped(name.text) + "'", std::move(cure));
}

std::string nearestName(std::string_view wrong, const std::vector<std::string>& names) {
    constexpr size_t longest = 64; // beyond, nothing is compared: the work grows with the square
    const std::string a = lowerCase(wrong);
    const size_t allowed = a.size() < 3 ? 1 : std::max<size_t>(2, a.size() / 3);
    size_t best = allowed + 1;
    std::string nearest;
    for (const std::string& name : names) {
        const std::string b = lowerCase(name);
        if (a.size() > longest || b.size() > longest)
            continue;
        std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
        for (size_t i = 0; i <= a.size(); ++i)
            for (size_t j = 0; j <= b.size(); ++j) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                d[i][j] = std::min(
                    {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
            }
        const size_t distance = d[a.size()][b.size()];
        if (distance < best && distance < std::max(a.size(), b.size())) {
            best = distance;
            nearest = name;
        }
    }
    return nearest;
}

std::string quotedName(std::string_view name) {
    bool plain = !name.empty() && startsName(name.front());
    for (const char c : name)
        plain = plain && continuesName(c);
    const std::string word = lowerCase(name);
    plain = plain && word != "and" && word != "or" && word != "not" && word != "in";
    return plain ? std::string(name) : "`" + std::string(name) + "`";
}

std::string quotedText(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        if (c == '\n' || c == '\t') {
            quoted += c == '\n' ? "\\n" : "\\t";
            continue;
        }
        quoted += c;
    }
    return quoted + '"';
}

} // namespace galatea
