#pragma once
// From the words of an expression to its nodes.

#include <span>
#include <string_view>
#include <vector>

#include "core/expression_lexer.h"
#include "core/expression_nodes.h"

namespace galatea {

/// Recursive descent; one call for each level of binding. Throws ExpressionError.
class ExpressionParser {
  public:
    ExpressionParser(std::string_view text, std::span<const ColumnViewPtr> columns);
    ExpressionNodePtr parse();
    std::vector<ColumnViewPtr> used() { return std::move(used_); }

  private:
    using Node = ExpressionNodePtr;
    using Nodes = std::vector<ExpressionNodePtr>;
    /// Counts how deep the calls are nested, for as long as it lives.
    struct Depth {
        explicit Depth(ExpressionParser& owner);
        ~Depth() { --parser.depth_; }
        ExpressionParser& parser;
    };

    Node parseOr();
    Node parseAnd();
    Node parseJunction(bool all, const char* sign, const char* word, Node (ExpressionParser::*parsePart)());
    Node parseNot();
    Node parseComparison();
    Node parseMembers(Node left, bool without);
    Node parseSum();
    Node parseProduct();
    Node parseUnary();
    Node parsePower();
    Node parsePrimary();
    Node parseName();
    Node parseCall(const ExpressionToken& name);

    void advance();
    bool take(std::string_view symbol);
    bool takeWord(std::string_view word); ///< and, or, not, in: in any case, never in backquotes
    bool isWord(std::string_view word) const;
    void expect(std::string_view symbol, const ExpressionToken& opening);

    Node comparison(const ExpressionToken& sign, const Node& left, const Node& right);
    Node compareTexts(const ExpressionToken& sign, const Node& left, const Node& right);
    Node textCall(const ExpressionToken& name, const Nodes& arguments);
    Node column(const ExpressionToken& name);
    ColumnViewPtr find(const ExpressionToken& name);
    [[noreturn]] void noSuchColumn(const ExpressionToken& name) const;
    [[noreturn]] void noSuchFunction(const ExpressionToken& name) const;
    void requireNumber(const Node& node, const std::string& who) const;
    std::string shownAs(const Node& node) const; ///< as written, shortened
    Node made(const std::shared_ptr<ExpressionNode>& node, size_t begin, size_t end,
              const Nodes& children) const;
    Node inverted(const Node& node) const;
    static Node constant(double value, size_t begin, size_t end);

    std::string_view text_;
    std::span<const ColumnViewPtr> columns_;
    ExpressionLexer lexer_;
    ExpressionToken token_, last_;
    std::vector<ColumnViewPtr> used_;
    int depth_ = 0;
};

/// The name of `names` nearest to `wrong` by typing mistakes (Damerau 1964); empty if none is near.
std::string nearestName(std::string_view wrong, const std::vector<std::string>& names);

} // namespace galatea
