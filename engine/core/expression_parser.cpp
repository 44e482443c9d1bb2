#include "core/expression_parser.h"

#include <array>
#include <limits>
#include <numbers>
#include <numeric>
#include <unordered_set>

#include "core/expression.h"
#include "core/text.h"

namespace galatea {

namespace {

using Kind = ExpressionToken::Kind;
using Node = ExpressionNodePtr;

constexpr int deepest = 200;      // calls within calls: guards the parser's stack
constexpr int deepestTree = 2000; // a + a + a …: guards the evaluation's
constexpr size_t longestText = 20000;

struct Add {
    static double of(double a, double b) { return a + b; }
};
struct Subtract {
    static double of(double a, double b) { return a - b; }
};
struct Multiply {
    static double of(double a, double b) { return a * b; }
};
struct Divide {
    static double of(double a, double b) { return a / b; }
};
struct Remainder { // with the sign of the divisor
    static double of(double a, double b) {
        const double rest = std::fmod(a, b);
        if (rest == 0)
            return std::copysign(0.0, b);
        return (rest < 0) != (b < 0) ? rest + b : rest;
    }
};
struct Power {
    static double of(double a, double b) { return b == 2 ? a * a : std::pow(a, b); }
};
struct Negate {
    static double of(double a) { return -a; }
};
struct Invert {
    static double of(double a) { return isTrue(a) ? 0 : 1; }
};
struct Equal {
    static double of(double a, double b) { return a == b ? 1 : 0; }
    static bool ofWhole(int64_t a, int64_t b) { return a == b; }
};
struct Unequal {
    static double of(double a, double b) { return a != b ? 1 : 0; }
    static bool ofWhole(int64_t a, int64_t b) { return a != b; }
};
struct Less {
    static double of(double a, double b) { return a < b ? 1 : 0; }
    static bool ofWhole(int64_t a, int64_t b) { return a < b; }
};
struct LessOrEqual {
    static double of(double a, double b) { return a <= b ? 1 : 0; }
    static bool ofWhole(int64_t a, int64_t b) { return a <= b; }
};
struct Greater {
    static double of(double a, double b) { return a > b ? 1 : 0; }
    static bool ofWhole(int64_t a, int64_t b) { return a > b; }
};
struct GreaterOrEqual {
    static double of(double a, double b) { return a >= b ? 1 : 0; }
    static bool ofWhole(int64_t a, int64_t b) { return a >= b; }
};

constexpr std::array signs{"==", "!=", "<=", ">=", "<", ">"};

/// Calls `make` with the operation a sign of comparison stands for.
template <class Make>
Node withOperation(const std::string& sign, const Make& make) {
    if (sign == "==")
        return make(Equal{});
    if (sign == "!=")
        return make(Unequal{});
    if (sign == "<")
        return make(Less{});
    if (sign == "<=")
        return make(LessOrEqual{});
    return sign == ">" ? make(Greater{}) : make(GreaterOrEqual{});
}

template <class T>
const T* as(const Node& node) {
    return dynamic_cast<const T*>(node.get());
}

/// The column of whole numbers that a node is; nullptr if it is something else.
ColumnViewPtr wholeColumn(const Node& node) {
    const auto* column = as<ColumnNode>(node);
    return column && column->column->kind() == ColumnView::Kind::Whole ? column->column : nullptr;
}

const char* mirrored(const std::string& sign) {
    return sign == "<" ? ">" : sign == "<=" ? ">=" : sign == ">" ? "<" : sign == ">=" ? "<=" : sign.c_str();
}

} // namespace

ExpressionParser::Depth::Depth(ExpressionParser& owner) : parser(owner) {
    if (++parser.depth_ > deepest)
        throw ExpressionError(parser.token_.begin, parser.token_.end - parser.token_.begin,
                              "this is nested too deeply", "write it with fewer parentheses");
}

ExpressionParser::ExpressionParser(std::string_view text, std::span<const ColumnViewPtr> columns)
    : text_(text), columns_(columns), lexer_(text) {
    if (text.size() > longestText)
        throw ExpressionError(0, text.size(), "this is longer than 20,000 characters", "shorten it");
    token_ = lexer_.next();
}

Node ExpressionParser::parse() {
    if (token_.kind == Kind::End)
        throw ExpressionError(0, 0, "there is nothing to work out", "write something like r < 20");
    Node root = parseOr();
    if (token_.kind != Kind::End)
        throw ExpressionError(token_.begin, token_.end - token_.begin,
                              "'" + escaped(text_.substr(token_.begin, token_.end - token_.begin)) +
                                  "' follows where the expression could end",
                              token_.is(")") ? "one parenthesis is closed too many"
                                             : "join the parts with && or ||");
    return root;
}

void ExpressionParser::advance() {
    last_ = std::move(token_);
    token_ = lexer_.next();
}

bool ExpressionParser::take(std::string_view symbol) {
    if (!token_.is(symbol))
        return false;
    advance();
    return true;
}

bool ExpressionParser::isWord(std::string_view word) const {
    return token_.kind == Kind::Name && !token_.quoted && lowerCase(token_.text) == word;
}

bool ExpressionParser::takeWord(std::string_view word) {
    if (!isWord(word))
        return false;
    advance();
    return true;
}

void ExpressionParser::expect(std::string_view symbol, const ExpressionToken& opening) {
    if (take(symbol))
        return;
    if (token_.kind == Kind::End)
        throw ExpressionError(opening.begin, opening.end - opening.begin,
                              "the parenthesis opened here is not closed", "add )");
    throw ExpressionError(token_.begin, token_.end - token_.begin,
                          "'" + escaped(text_.substr(token_.begin, token_.end - token_.begin)) +
                              "' stands where ) is expected",
                          "close the parenthesis or join the parts with an operator");
}

std::string ExpressionParser::shownAs(const Node& node) const {
    constexpr size_t room = 40;
    const std::string whole = escaped(text_.substr(node->begin, node->end - node->begin));
    return whole.size() <= room ? whole : "this";
}

void ExpressionParser::requireNumber(const Node& node, const std::string& who) const {
    if (node->kind == ExpressionKind::Text)
        throw ExpressionError(node->begin, node->end - node->begin,
                              shownAs(node) + " is text, and " + who + " takes numbers",
                              "compare text with == or !=, or use contains(…)");
}

Node ExpressionParser::constant(double value, size_t begin, size_t end) {
    auto node = std::make_shared<ConstantNode>();
    node->value = value;
    node->begin = begin;
    node->end = end;
    return node;
}

/// Places the node in the text; where all it depends on is constant, so is it.
Node ExpressionParser::made(const std::shared_ptr<ExpressionNode>& node, size_t begin, size_t end,
                            const Nodes& children) const {
    node->begin = begin;
    node->end = end;
    bool fixed = !children.empty();
    for (const Node& child : children) {
        node->depth = std::max(node->depth, child->depth + 1);
        fixed = fixed && as<ConstantNode>(child) != nullptr;
    }
    if (node->depth > deepestTree)
        throw ExpressionError(begin, end - begin, "this has too many parts", "write it shorter");
    if (!fixed)
        return node;
    ExpressionScratch scratch;
    double value = 0;
    node->run({0, 1, &scratch}, &value);
    auto folded = std::make_shared<ConstantNode>();
    folded->value = value;
    folded->kind = node->kind;
    folded->begin = begin;
    folded->end = end;
    return folded;
}

Node ExpressionParser::inverted(const Node& child) const {
    auto node = std::make_shared<UnaryNode<Invert>>();
    node->child = child;
    node->kind = ExpressionKind::Truth;
    return made(node, child->begin, child->end, {child});
}

Node ExpressionParser::parseOr() {
    const Depth guard(*this);
    return parseJunction(false, "||", "or", &ExpressionParser::parseAnd);
}

Node ExpressionParser::parseAnd() {
    return parseJunction(true, "&&", "and", &ExpressionParser::parseNot);
}

/// One part, or several of which all or any must hold.
Node ExpressionParser::parseJunction(bool all, const char* sign, const char* word,
                                     Node (ExpressionParser::*parsePart)()) {
    auto junction = std::make_shared<JunctionNode>();
    junction->all = all;
    junction->kind = ExpressionKind::Truth;
    Nodes& parts = junction->children;
    parts.push_back((this->*parsePart)());
    while (token_.is(sign) || isWord(word)) {
        requireNumber(parts.back(), sign);
        advance();
        parts.push_back((this->*parsePart)());
        requireNumber(parts.back(), sign);
    }
    if (parts.size() == 1)
        return parts.front();
    return made(junction, parts.front()->begin, last_.end, parts);
}

Node ExpressionParser::parseNot() {
    if (!isWord("not"))
        return parseComparison();
    const Depth guard(*this);
    advance();
    const Node child = parseNot();
    requireNumber(child, "not");
    return inverted(child);
}

Node ExpressionParser::parseComparison() {
    Node left = parseSum();
    Nodes chain; // 18 < r < 20: each neighbour compared with the next
    const size_t begin = left->begin;
    for (;;) {
        if (isWord("not")) {
            const ExpressionToken word = token_;
            advance();
            if (!isWord("in"))
                throw ExpressionError(word.begin, word.end - word.begin, "'not' stands behind a value",
                                      "write it in front, or write not in (…)");
            advance();
            chain.push_back(parseMembers(left, true));
            break;
        }
        if (takeWord("in")) {
            chain.push_back(parseMembers(left, false));
            break;
        }
        const ExpressionToken sign = token_;
        if (sign.kind != Kind::Symbol || std::find(signs.begin(), signs.end(), sign.text) == signs.end())
            break;
        advance();
        const Node right = parseSum();
        chain.push_back(comparison(sign, left, right));
        left = right;
    }
    if (chain.empty())
        return left;
    if (chain.size() == 1)
        return chain.front();
    auto junction = std::make_shared<JunctionNode>();
    junction->kind = ExpressionKind::Truth;
    junction->children = chain;
    return made(junction, begin, last_.end, chain);
}

Node ExpressionParser::comparison(const ExpressionToken& sign, const Node& left, const Node& right) {
    const bool leftText = left->kind == ExpressionKind::Text, rightText = right->kind == ExpressionKind::Text;
    if (leftText && rightText)
        return compareTexts(sign, left, right);
    if (leftText != rightText) {
        const Node &text = leftText ? left : right, &other = leftText ? right : left;
        double number = 0;
        const auto* literal = as<TextNode>(text);
        std::string cure = "compare text with text and numbers with numbers";
        if (as<ConstantNode>(other) && literal->column)
            cure = "put it in quotes: " + quotedText(shownAs(other));
        else if (!literal->column && parseNumber(literal->constant, number))
            cure = "write " + escaped(literal->constant) + " without quotes";
        throw ExpressionError(left->begin, right->end - left->begin,
                              shownAs(text) + " is text and " + shownAs(other) + " is a number", cure);
    }
    const ColumnViewPtr leftWhole = wholeColumn(left), rightWhole = wholeColumn(right);
    const auto *leftNumber = as<ConstantNode>(left), *rightNumber = as<ConstantNode>(right);
    const bool exact = (leftWhole && (rightWhole || (rightNumber && rightNumber->whole))) ||
                       (rightWhole && leftNumber && leftNumber->whole);
    if (exact)
        return withOperation(leftWhole ? sign.text : mirrored(sign.text), [&]<class Operation>(Operation) {
            auto node = std::make_shared<WholeCompareNode<Operation>>();
            node->left = leftWhole ? leftWhole : rightWhole;
            node->right = leftWhole ? rightWhole : nullptr;
            node->constant = node->right ? 0 : (leftWhole ? rightNumber : leftNumber)->integer;
            node->kind = ExpressionKind::Truth;
            return made(node, left->begin, right->end, {left, right});
        });
    return withOperation(sign.text, [&]<class Operation>(Operation) {
        auto node = std::make_shared<BinaryNode<Operation>>();
        node->left = left;
        node->right = right;
        node->kind = ExpressionKind::Truth;
        return made(node, left->begin, right->end, {left, right});
    });
}

Node ExpressionParser::parseSum() {
    Node left = parseProduct();
    while (token_.is("+") || token_.is("-")) {
        const ExpressionToken sign = token_;
        advance();
        const Node right = parseProduct();
        requireNumber(left, sign.text);
        requireNumber(right, sign.text);
        const auto join = [&](auto node) {
            node->left = left;
            node->right = right;
            return made(node, left->begin, right->end, {left, right});
        };
        left = sign.is("+") ? join(std::make_shared<BinaryNode<Add>>())
                            : join(std::make_shared<BinaryNode<Subtract>>());
    }
    return left;
}

Node ExpressionParser::parseProduct() {
    Node left = parseUnary();
    while (token_.is("*") || token_.is("/") || token_.is("%")) {
        const ExpressionToken sign = token_;
        advance();
        const Node right = parseUnary();
        requireNumber(left, sign.text);
        requireNumber(right, sign.text);
        const auto join = [&](auto node) {
            node->left = left;
            node->right = right;
            return made(node, left->begin, right->end, {left, right});
        };
        left = sign.is("*")   ? join(std::make_shared<BinaryNode<Multiply>>())
               : sign.is("/") ? join(std::make_shared<BinaryNode<Divide>>())
                              : join(std::make_shared<BinaryNode<Remainder>>());
    }
    return left;
}

Node ExpressionParser::parseUnary() {
    if (!token_.is("-") && !token_.is("+") && !token_.is("!"))
        return parsePower();
    const Depth guard(*this);
    const ExpressionToken sign = token_;
    advance();
    const Node child = parseUnary();
    requireNumber(child, sign.text);
    if (sign.is("+"))
        return child;
    const auto wrap = [&](auto node) {
        node->child = child;
        return made(node, sign.begin, child->end, {child});
    };
    if (const auto* number = as<ConstantNode>(child); number && number->whole && sign.is("-")) {
        auto exact = std::make_shared<ConstantNode>(*number); // a whole number stays one
        exact->value = -number->value;
        exact->integer = -number->integer; // what the lexer read is not negative
        exact->begin = sign.begin;
        return exact;
    }
    if (sign.is("-"))
        return wrap(std::make_shared<UnaryNode<Negate>>());
    auto node = std::make_shared<UnaryNode<Invert>>();
    node->kind = ExpressionKind::Truth;
    return wrap(node);
}

Node ExpressionParser::parsePower() {
    const Node base = parsePrimary();
    if (!token_.is("^"))
        return base;
    const Depth guard(*this);
    advance();
    const Node exponent = parseUnary(); // binds to the right; its own minus is its own
    requireNumber(base, "^");
    requireNumber(exponent, "^");
    auto node = std::make_shared<BinaryNode<Power>>();
    node->left = base;
    node->right = exponent;
    return made(node, base->begin, exponent->end, {base, exponent});
}

Node ExpressionParser::parsePrimary() {
    const ExpressionToken token = token_;
    switch (token.kind) {
    case Kind::Number: {
        advance();
        auto node = std::make_shared<ConstantNode>();
        node->value = token.number;
        node->whole = token.whole;
        node->integer = token.integer;
        return made(node, token.begin, token.end, {});
    }
    case Kind::Text: {
        advance();
        auto node = std::make_shared<TextNode>();
        node->constant = token.text;
        node->kind = ExpressionKind::Text;
        return made(node, token.begin, token.end, {});
    }
    case Kind::Name:
        return parseName();
    case Kind::Symbol:
        if (take("(")) {
            const Node inside = parseOr();
            expect(")", token);
            return inside;
        }
        break;
    case Kind::End:
        break;
    }
    const bool end = token.kind == Kind::End;
    throw ExpressionError(token.begin, token.end - token.begin,
                          end ? "something is missing at the end"
                              : "'" + escaped(text_.substr(token.begin, token.end - token.begin)) +
                                    "' stands where a value is expected",
                          "a column, a number, a text in quotes or a function can stand here");
}

Node ExpressionParser::parseName() {
    const ExpressionToken name = token_;
    const bool reserved = isWord("and") || isWord("or") || isWord("in");
    advance();
    if (token_.is("(") && !name.quoted)
        return parseCall(name); // in(x, 1, 2) too
    if (reserved)
        throw ExpressionError(
            name.begin, name.end - name.begin, "'" + name.text + "' stands where a value is expected",
            "put something in front of it, or `" + name.text + "` if a column is called so");
    return column(name);
}

Node ExpressionParser::column(const ExpressionToken& name) {
    const ColumnViewPtr found = find(name);
    if (!found) {
        const std::string word = lowerCase(name.text);
        constexpr double infinite = std::numeric_limits<double>::infinity();
        const std::array<std::pair<const char*, double>, 6> named{{{"pi", std::numbers::pi},
                                                                   {"e", std::numbers::e},
                                                                   {"nan", std::nan("")},
                                                                   {"inf", infinite},
                                                                   {"true", 1.0},
                                                                   {"false", 0.0}}};
        for (const auto& [known, value] : named)
            if (word == known && !name.quoted)
                return constant(value, name.begin, name.end);
        noSuchColumn(name);
    }
    if (std::find(used_.begin(), used_.end(), found) == used_.end())
        used_.push_back(found);
    if (found->isText()) {
        auto node = std::make_shared<TextNode>();
        node->column = found;
        node->kind = ExpressionKind::Text;
        return made(node, name.begin, name.end, {});
    }
    auto node = std::make_shared<ColumnNode>();
    node->column = found;
    return made(node, name.begin, name.end, {});
}

ColumnViewPtr ExpressionParser::find(const ExpressionToken& name) {
    if (ColumnViewPtr exact = findColumn(columns_, name.text))
        return exact;
    ColumnViewPtr found;
    for (const ColumnViewPtr& column : columns_)
        if (lowerCase(column->name()) == lowerCase(name.text)) {
            if (found)
                throw ExpressionError(name.begin, name.end - name.begin,
                                      "several columns are called '" + escaped(name.text) + "' but for case",
                                      "write it as " + quotedName(found->name()) + " or " +
                                          quotedName(column->name()));
            found = column;
        }
    return found;
}

} // namespace galatea
